"""What a coach would count without any model: plain rules on the ball, beside every score, and chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sportsai.court import load_league
from sportsai.data.frames import HEIGHT_M, NAMES
from sportsai.data.timeline import Timeline, shown
from sportsai.learn.spotting import spot_ap
from sportsai.whole.spots import pooled, spots, true

Float = NDArray[np.float64]
LAGS_S = tuple(0.5 * i for i in range(9))  # by which a log may be late
HIGH_M = 2.6  # a basketball so high is being shot, more surely the higher
NEAR = 0.25  # of half the court's length from a goal
FAR = 0.8  # further from a goal nobody shoots


def ball_rule(line: Timeline) -> Float:
    """Return how much each frame looks like a shot, (N,) in [0, 1], from the ball alone.

    In basketball: how high it is near a ring. Elsewhere: how fast it comes nearer to a goal, times how near.
    """
    x, _ = shown(line)
    at = {n: x[:, NAMES.index(n)] for n in NAMES[:10]}
    goal = np.minimum(at["to the left goal"], at["to the right goal"])
    if load_league(line.frames.game.league).sport == "basketball":
        high = np.clip((at["ball height"] * HEIGHT_M - HIGH_M) / 2, 0, 1)
        return np.asarray(high * (goal < NEAR), np.float64)
    step = np.diff(line.frames.t_s, prepend=line.frames.t_s[0] - line.step_s)
    out = np.zeros(len(line))
    for name in ("to the left goal", "to the right goal"):
        closer = -np.diff(at[name], prepend=at[name][:1]) / np.maximum(step, line.step_s)
        closer = np.where(step < 1.5 * line.step_s, closer, 0)
        seen = (at["ball seen"] > 0) & (np.roll(at["ball seen"], 1) > 0)
        out = np.maximum(out, np.clip(closer, 0, 1) * np.clip(1 - at[name] / FAR, 0, 1) * seen)
    return np.asarray(out, np.float64)


def late(line: Timeline, told: Float, lag_s: float) -> Float:
    """Return what was told of each frame so many seconds later: a log that is late is met by it. Shapes: (N,)."""
    out = np.zeros(len(line))
    for first, end in line.stretches():
        t = line.frames.t_s[first:end]
        out[first:end] = np.interp(t - lag_s, t, told[first:end], left=0, right=0)
    return out


def lag_of(lines: Sequence[Timeline], told: Sequence[Float], label: int, within_s: float, apart_s: float) -> float:
    """Return the lag of LAGS_S at which the rule finds most of the moments of a class in training games."""

    def found(lag: float) -> float:
        each = [spots(line, late(line, t, lag)[:, None], apart_s, apart_s) for line, t in zip(lines, told, strict=True)]
        truth = pooled([true(line) for line in lines])
        truth = truth.take(truth.label == label)
        truth = type(truth)(truth.game, np.zeros_like(truth.label), truth.at, truth.score)
        return float(spot_ap(truth, pooled(each), 1, (within_s,))[0, 0])

    return max(LAGS_S, key=found)
