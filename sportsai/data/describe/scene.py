"""A chunk of windows as both descriptions see it: metres, sideways towards the key's own touchline."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.windows import OTHER, OWN, Windows

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]
Array = NDArray[Any]

SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)  # samples looked at, each way from the reference
RADII = (0.04, 0.08, 0.16, 0.3)  # of half the court's longer side: 2, 4, 8, 16 m in soccer
CHUNK = 2048  # windows described at once


def described(windows: Windows, say: Callable[[Windows], dict[str, Array]]) -> Iterator[dict[str, Array]]:
    """Yield what `say` says of each chunk of the windows; of no windows, one chunk of none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nothing seen: NaN is what is meant
        for i in range(0, max(len(windows), 1), CHUNK):
            yield say(windows.take(np.arange(i, min(i + CHUNK, len(windows)))))


class Scene:
    """One chunk of windows in metres, sideways towards the key's touchline."""

    def __init__(self, windows: Windows) -> None:
        w, m = windows, np.float32(windows.scale_m)
        n = np.arange(len(w))
        self.n, self.m, self.T, self.at = n, m, w.T, w.reference
        self.xy = np.where(w.present[..., None], w.xy, np.nan).astype(np.float32) * m
        self.ball = np.where(w.ball_present[..., None], w.ball, np.nan).astype(np.float32) * m
        key = self.xy[n, w.key]
        side = np.where(key[:, self.at, 1] < 0, -1, 1).astype(np.float32)[:, None]
        self.xy[..., 1] *= side[:, :, None]
        self.ball[..., 1] *= side
        self.key = self.xy[n, w.key]  # (B, T, 2)
        self.is_key = np.arange(w.P)[None] == w.key[:, None]
        self.own, self.mate, self.opp = w.relation == OWN, (w.relation == OWN) & ~self.is_key, w.relation == OTHER
        self.has_ball = bool(w.ball_present.any())
        self.now = self.xy[:, :, self.at]  # (B, P, 2)
        self.goal = np.array([m, 0], np.float32)

    def whens(self, shares: tuple[float, ...] = SHARES) -> Iterator[tuple[str, int]]:
        """Yield (name, sample) of the samples looked at, the reference left out; each sample once."""
        done = {self.at}
        for sign, span in ((-1, self.at), (1, self.T - 1 - self.at)):
            for share in shares:
                t = self.at + sign * round(share * span)
                if t not in done:
                    done.add(t)
                    yield f"{sign * share:+g}", t

    def spans(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, first, last sample) of the part before and the part after, where there is one."""
        if self.at > 0:
            yield "before", 0, self.at
        if self.at < self.T - 1:
            yield "after", self.at, self.T - 1

    def velocity(self, of: Array, t: int) -> Array:
        """Metres a sample about sample t, from samples a sixteenth of the window either side. (..., T, 2)."""
        half = max(self.T // 16, 1)
        a, b = max(t - half, 0), min(t + half, self.T - 1)
        if a == b:
            return np.full((*of.shape[:-2], 2), np.nan, np.float32)
        return (of[..., b, :] - of[..., a, :]) / (b - a)


def length(xy: Array) -> Array:
    """Length of each vector, (..., 2) -> (...)."""
    return np.hypot(xy[..., 0], xy[..., 1])


def angle(a: Array, b: Array) -> Array:
    """Angle between two moves, 0 to pi, (..., 2) -> (...)."""
    cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return np.abs(np.arctan2(cross, (a * b).sum(-1)))


def finite(x: Array) -> Array:
    """The same numbers, NaN for those that are not finite."""
    return np.where(np.isfinite(x), x, np.nan)


def least(away: Array, who: Bool) -> Array:
    """Smallest distance among `who`, NaN where none is seen, (B, P) -> (B,)."""
    return finite(np.where(who & np.isfinite(away), away, np.inf).min(1))
