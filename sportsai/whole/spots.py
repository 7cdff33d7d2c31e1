"""The moments that stand out of what a model says at every frame: the highest, and what is not its shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.learn.spotting import Found

Float = NDArray[np.float64]
LEAST = 0.003  # less sure than this is not said
PER_S = 0.5  # no more moments of a class are said than so many a second


def spots(line: Timeline, heat: Float, apart_s: float, shadow_s: float) -> Found:
    """Return the moments of a game in what is said at its frames, surest first within a class; `game` is the period.

    Soft non-maximum suppression (Bodla et al., arXiv 1704.04503): the highest frame is a moment; within `apart_s` of it
    there is no other of its class, further away the rest is lowered by 1 - exp(-d^2 / 2 shadow_s^2), and so on.

    Shapes: heat (N, K) in [0, 1].
    """
    game, label, at, score = [], [], [], []
    for first, end in line.stretches():
        t = line.frames.t_s[first:end]
        for k in range(heat.shape[1]):
            for i, sure in peaks(heat[first:end, k], t, apart_s, shadow_s):
                game.append(int(line.frames.period[first]))
                label.append(k)
                at.append(float(t[i]))
                score.append(sure)
    return Found.of(game, label, np.array(at, np.float64), np.array(score, np.float64))


def peaks(heat: Float, t_s: Float, apart_s: float, shadow_s: float) -> list[tuple[int, float]]:
    """Return (frame, how sure) of each moment in one class's heat, (T,), surest first."""
    left = np.array(heat, np.float64)
    found: list[tuple[int, float]] = []
    if not len(left):
        return found
    most = max(1, int(PER_S * (t_s[-1] - t_s[0]) + 1))
    while len(found) < most:
        i = int(left.argmax())
        if left[i] < LEAST:
            break
        found.append((i, float(left[i])))
        reach = max(apart_s, 4 * shadow_s)
        a, b = np.searchsorted(t_s, (t_s[i] - reach, t_s[i] + reach), side="left")
        d = np.abs(t_s[a : b + 1] - t_s[i])
        kept = 1 - np.exp(-(d**2) / (2 * shadow_s**2)) if shadow_s > LEAST else np.ones(len(d))
        left[a : b + 1] *= np.where(d < apart_s, 0, kept)
    return found


def true(line: Timeline) -> Found:
    """Return what is true of a game as findings; `game` is the period."""
    return Found.of(line.period, line.label, line.at_s)


def pooled(each: list[Found]) -> Found:
    """Return the findings of several games as one; a game's periods stay apart. `game` is 100 x its place + period."""
    game = [f.game + 100 * i for i, f in enumerate(each)]
    if not each:
        return Found.of([], [], np.zeros(0))
    rest = (np.concatenate([getattr(f, n) for f in each]) for n in ("label", "at", "score"))
    return Found(np.concatenate(game), *rest)
