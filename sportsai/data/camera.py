"""Where a broadcast camera looks that follows play: late, smoothly, never as far to the sides as the ball goes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks

Float = NDArray[np.float64]
BREAK_S = 1.0  # without the ball: the camera begins anew


@dataclass(frozen=True)
class Aim:
    """How a camera follows. spread_s: of the bell that its path is smoothed with. reach: how far along half the court
    it looks at most. across: share of the ball's way off the middle line that it follows; nearer: how much nearer to
    itself than that it looks, in widths of the court. tremor_m: of the hand."""

    spread_s: float = 0.9
    reach: float = 0.8
    across: float = 0.35
    nearer: float = 0.06
    tremor_m: float = 1.2


def aimed(play: Float, length_m: float, width_m: float, fps: float, rng: np.random.Generator, aim: Aim) -> Float:
    """Return where a camera looks that follows where play is, both (T, 2) metres, `fps` frames a second."""
    at = eased(play, fps * aim.spread_s)
    far = aim.reach * length_m / 2
    out = np.stack([np.clip(at[:, 0], -far, far), aim.across * at[:, 1] - aim.nearer * width_m], -1)
    return out + eased(rng.normal(0, aim.tremor_m, (len(play), 2)), fps * 0.5)


def eased(values: Float, spread: float) -> Float:
    """Return values (T, ...) smoothed by a bell, `spread` frames wide."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, spread, axis=0, mode="nearest"))


def filmed(tracks: Tracks, length_m: float, width_m: float, name: str) -> Tracks:
    """Return tracks whose ball is where a drawn camera looks that follows it; its height is not known.

    name: of the game: each has a camera of its own, drawn about the usual one.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    usual = Aim()
    aim = Aim(
        usual.spread_s * rng.uniform(0.6, 1.5), rng.uniform(0.7, 0.95), rng.uniform(0.2, 0.6),
        usual.nearer * rng.uniform(0, 2), usual.tremor_m * rng.uniform(0.5, 1.5),
    )  # fmt: skip
    xy = tracks.ball_xy.copy()
    rows = np.flatnonzero(tracks.ball_present)
    rate = float(tracks.rate_hz)
    breaks = np.flatnonzero((np.diff(tracks.frame[rows]) > BREAK_S * rate) | (np.diff(tracks.period[rows]) != 0)) + 1
    for part in np.split(rows, breaks):
        if len(part):
            xy[part] = aimed(tracks.ball_xy[part].astype(np.float64), length_m, width_m, rate, rng, aim)
    return replace(tracks, ball_xy=xy, ball_z=np.full_like(tracks.ball_z, np.nan))
