"""Candidates for pick-and-rolls, by geometry alone: a screen set near the ball-handler's defender, then both move off.

A team-mate stands still close to the defender of the player with the ball; within the next seconds the handler leaves
him behind, and he rolls to the rim, pops out, or stays. Source of the shape of the rule: McQueen, Wiens & Guttag,
"Automatically recognizing on-ball screens", MIT Sloan Sports Analytics Conference 2014 (screener and handler near each
other, screener near the on-ball defender, screener slow), with the distances below. It names candidates, no more: how
many of them are screens was not measured here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks
from sportsai.report.basketball.offence import Possession, offence, rim
from sportsai.report.material import Material

LEAST_HZ = 4.0  # fewer samples a second, and a screen falls between two of them
SCREEN_M = 1.5  # the screener from the handler's defender
NEAR_M = 3.0  # the screener from the handler
MARK_M = 3.0  # the handler's defender from the handler
SET_MPS = 1.5  # a screener is no faster
OUTSIDE_M = 4.5  # the handler is at least so far from the rim
OFF_M = 2.5  # how far they come apart
MOVE_M = 1.5  # towards the rim: a roll; away from it: a pop
THEN_S = 2.5  # within
LEAST_S = 0.4  # it lasts
APART_S = 2.0  # two screens by the same pair are at least so far apart


@dataclass(frozen=True)
class Screen:
    """Row `row`: the last in which slot `screener` stands by slot `defender`, who marks slot
    `handler`. end: the last row looked at.

    then: "roll", "pop" or "stay". at: where, metres, attacking right. switched: whether the screener's defender is the
    one nearest to the handler at the end.
    """

    possession: int
    side: int
    row: int
    end: int
    handler: int
    screener: int
    defender: int
    then: str
    at: tuple[float, float]
    switched: bool


def screens(m: Material) -> list[Screen]:
    """Return the candidates of a game, in order; none where there are too few samples a second."""
    t, goal, o = m.tracks, rim(m), offence(m)
    if t is None or goal is None or float(t.rate_hz) < LEAST_HZ:
        return []
    out: list[Screen] = []
    for n, p in enumerate(o.possessions):
        if p.front is not None:
            out += _possession(m, t, n, p, o.has, goal)
    return out


def _possession(
    m: Material, t: Tracks, n: int, p: Possession, has: NDArray[np.int16], goal: NDArray[np.float64]
) -> list[Screen]:
    rate, turn = float(t.rate_hz), m.facing(p.side)
    moved = m.moved
    assert moved is not None
    assert p.front is not None
    step = max(1, round(rate / 5))
    runs: list[tuple[tuple[int, int, int], int, int]] = []  # who, first and last row of their standing together
    for row in range(p.front, p.end, step):
        who = _pair(t, moved.speed[row], int(has[row]), row, p.side, goal * turn)
        if who is None:
            continue
        if runs and runs[-1][0] == who and row - runs[-1][2] <= 2 * step:
            runs[-1] = (who, runs[-1][1], row)
        else:
            runs.append((who, row, row))
    out: list[Screen] = []
    for who, first, row in runs:
        if t.frame[row] - t.frame[first] + step < LEAST_S * rate:
            continue
        found = _followed(t, n, p, row, who, goal * turn)
        pair = [s for s in out if (s.handler, s.screener) == who[:2]]
        if found is not None and not (pair and t.frame[row] - t.frame[pair[-1].row] < APART_S * rate):
            x, y = (t.xy[row, found.screener] * turn).tolist()
            out.append(replace(found, at=(x, y)))
    return out


def _pair(
    t: Tracks, speed: NDArray[np.float32], handler: int, row: int, side: int, goal: NDArray[np.float64]
) -> tuple[int, int, int] | None:
    """Return handler, screener and defender where the three stand as in a screen."""
    if handler < 0 or t.side[handler] != side or not t.present[row, handler]:
        return None
    xy, seen = t.xy[row], t.present[row]
    if np.linalg.norm(xy[handler] - goal) < OUTSIDE_M:
        return None
    theirs = np.flatnonzero(seen & (t.side == 1 - side))
    mates = np.flatnonzero(seen & (t.side == side) & (np.arange(t.P) != handler) & (speed <= SET_MPS))
    if not len(theirs) or not len(mates):
        return None
    defender = int(theirs[np.linalg.norm(xy[theirs] - xy[handler], axis=-1).argmin()])
    if np.linalg.norm(xy[defender] - xy[handler]) > MARK_M:
        return None
    gap = np.linalg.norm(xy[mates] - xy[defender], axis=-1)
    best = int(gap.argmin())
    screener = int(mates[best])
    if gap[best] > SCREEN_M or np.linalg.norm(xy[screener] - xy[handler]) > NEAR_M:
        return None
    return handler, screener, defender


def _followed(
    t: Tracks, n: int, p: Possession, row: int, who: tuple[int, int, int], goal: NDArray[np.float64]
) -> Screen | None:
    """Return the candidate where handler and screener part within THEN_S, both seen; None where they do not."""
    handler, screener, defender = who
    rows = np.arange(row, p.end)
    rows = rows[
        (t.frame[rows] - t.frame[row] <= THEN_S * float(t.rate_hz)) & t.present[rows][:, [handler, screener]].all(1)
    ]
    if len(rows) < 2:
        return None
    off = np.linalg.norm(t.xy[rows, handler] - t.xy[rows, screener], axis=-1)
    walked = np.linalg.norm(t.xy[rows, handler] - t.xy[row, handler], axis=-1)
    parted = (off >= OFF_M) & (walked >= MOVE_M)
    if not parted.any():
        return None
    away = np.linalg.norm(t.xy[rows, screener] - goal, axis=-1)
    closed = float(away[0] - away.min())
    then = "roll" if closed >= MOVE_M else "pop" if float(away.max() - away[0]) >= MOVE_M else "stay"
    end = int(rows[-1])
    theirs = np.flatnonzero(t.present[end] & (t.side == 1 - p.side))
    nearest = (
        int(theirs[np.linalg.norm(t.xy[end, theirs] - t.xy[end, handler], axis=-1).argmin()]) if len(theirs) else -1
    )
    return Screen(n, p.side, row, end, handler, screener, defender, then, (0.0, 0.0), nearest not in (-1, defender))
