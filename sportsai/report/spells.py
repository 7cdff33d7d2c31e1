"""Spells of possession: unbroken runs of rows in which one side has the ball, and where the ball was in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sportsai.report.material import Material
from sportsai.report.plays import Play

JOIN_S = 1.5  # the ball may be nobody's, or unseen, so long within a spell
LEAST_S = 1.0  # shorter spells are touches: they end nothing
TURNED_S = 2.0  # the next side's spell begins so soon after, or who won the ball was not seen

Int = NDArray[np.int64]


@dataclass(frozen=True)
class Spell:
    """One spell. side: whose. first, last: rows of the tracks, both of that side. won: the other side had it before,
    at most TURNED_S earlier; lost: it had it after, at most as much later. start_x, start_y: where the ball was first
    known, that side attacking right, NaN where it never was."""

    side: int
    period: int
    first: int
    last: int
    won: bool
    lost: bool
    start_x: float
    start_y: float


@lru_cache(maxsize=2)
def spells(m: Material) -> tuple[Spell, ...]:
    """Return the spells of a game in order."""
    t = m.tracks
    if t is None:
        return ()
    rate = float(t.rate_hz)
    rows = np.flatnonzero((m.possession >= 0) & (t.period > 0))
    if not len(rows):
        return ()
    side, frame, period = m.possession[rows], t.frame[rows].astype(np.int64), t.period[rows]
    new = (np.diff(side) != 0) | (np.diff(frame) > JOIN_S * rate) | (np.diff(period) != 0)
    first = np.concatenate([[0], np.flatnonzero(new) + 1])
    last = np.concatenate([np.flatnonzero(new), [len(rows) - 1]])
    long = (frame[last] - frame[first] + 1) >= LEAST_S * rate
    first, last = first[long], last[long]
    ball, known = m.ball
    out = []
    for n, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        before = n and _soon(frame, period, side, int(last[n - 1]), a, TURNED_S * rate)
        after = n + 1 < len(first) and _soon(frame, period, side, b, int(first[n + 1]), TURNED_S * rate)
        at = np.arange(rows[a], rows[b] + 1)
        at = at[known[at]]
        x, y = (ball[at[0]] * m.facing(int(side[a]))).tolist() if len(at) else (np.nan, np.nan)
        who, when = int(side[a]), int(period[a])
        out.append(Spell(who, when, int(rows[a]), int(rows[b]), bool(before), bool(after), float(x), float(y)))
    return tuple(out)


def _soon(frame: Int, period: NDArray[np.int8], side: NDArray[np.int8], a: int, b: int, most: float) -> bool:
    return bool(side[a] != side[b] and period[a] == period[b] and frame[b] - frame[a] <= most)


def spell_play(m: Material, s: Spell, title: str, note: str = "", most_s: float = 20.0, lead_s: float = 2.0) -> Play:
    """Return a spell as a play: from a little before it to its end, `most_s` of it at most."""
    t = m.tracks
    assert t is not None
    rate, start = float(t.rate_hz), int(t.frame[s.first])
    end = min(int(t.frame[s.last]) + 1, start + round(most_s * rate))
    when = m.clock(s.period, float(t.t_s[s.first]))
    shown = (start - round(lead_s * rate), end + round(rate))
    return Play(title, s.period, when, start, (start, end), shown, s.side, "possession", note=note)


def entries(m: Material, side: int, inside: NDArray[np.bool_], apart_s: float = 5.0) -> Int:
    """Return the rows in which a side brings the ball into a part of the court, in its possession.

    inside (T,): where the ball lies in it. An entry counts anew once the ball was outside, or unseen, for `apart_s`.
    """
    t = m.tracks
    assert t is not None
    at = np.flatnonzero(inside & (m.possession == side) & (t.period > 0))
    if not len(at):
        return at
    frame = t.frame[at].astype(np.int64)
    return at[np.concatenate([[True], np.diff(frame) > apart_s * float(t.rate_hz)])]


def moment_play(m: Material, row: int, side: int, title: str, before_s: float = 5.0, after_s: float = 3.0) -> Play:
    """Return a row of the tracks as a play about it."""
    t = m.tracks
    assert t is not None
    rate, f, period = float(t.rate_hz), int(t.frame[row]), int(t.period[row])
    shown = (f - round(before_s * rate), f + round(after_s * rate))
    return Play(title, period, m.clock(period, float(t.t_s[row])), f, (f, f + 1), shown, side, "possession")
