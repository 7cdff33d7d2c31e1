"""What the soccer sections share: box and final third, balls won high up the pitch, passes into them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sportsai.report.material import Material
from sportsai.report.moments import BOX_ZONES
from sportsai.report.spells import Spell, entries, spells
from sportsai.report.words import zone_of

HIGH_M = 40.0  # a ball won so near the opponents' goal is won high (Opta: high turnovers)
THEN_S = 15.0  # what a ball won high came to, within so long
PRESSED = 0.6  # of the pitch, seen from the goal attacked: where passes and balls won count towards PPDA

Bool = NDArray[np.bool_]


def inside(m: Material, side: int, zones: tuple[str, ...] = BOX_ZONES) -> Bool:
    """Return the rows, (T,), in which the ball is known to lie in a zone, seen by `side`."""
    ball, known = m.ball
    zone = zone_of(m.court, zones)
    if zone is None:
        return np.zeros(len(known), bool)
    return np.asarray(known & zone.holds(np.asarray(ball * m.facing(side), np.float64)))


@dataclass(frozen=True)
class Won:
    """A ball won high: its spell, and whether the box was reached, or a shot taken, within THEN_S."""

    spell: Spell
    away_m: float
    box: bool
    shot: bool


@lru_cache(maxsize=4)
def won_high(m: Material, side: int) -> tuple[Won, ...]:
    """Return the balls a side won from the other within HIGH_M of its goal, in order."""
    t = m.tracks
    goal = m.court.goal_right
    if t is None or goal is None:
        return ()
    box = inside(m, side) & (m.possession == side)
    rate = float(t.rate_hz)
    shots = m.of("shot", side)["frame"].to_numpy(np.int64)
    out = []
    for s in spells(m):
        if s.side != side or not s.won or not np.isfinite(s.start_x):
            continue
        away = float(np.hypot(s.start_x - goal[0], s.start_y - goal[1]))
        if away > HIGH_M:
            continue
        start = int(t.frame[s.first])
        stop = min(start + round(THEN_S * rate), int(t.frame[s.last]))
        rows = np.arange(s.first, s.last + 1)
        rows = rows[t.frame[rows] <= stop]
        shot = bool(((shots >= start) & (shots <= start + THEN_S * rate)).any())
        out.append(Won(s, away, bool(box[rows].any()), shot))
    return tuple(out)


def lost(m: Material, side: int) -> list[int]:
    """Return the rows of a side's events in which it lost the ball: turnovers, and passes that did not arrive."""
    e = m.events
    missed = [
        isinstance(a, dict) and a.get("outcome") in ("unsuccessful", "incomplete", "fail") for a in e["attributes"]
    ]
    mine = (e["side"] == side) & ((e["type"] == "turnover") | ((e["type"] == "pass") & np.array(missed, bool)))
    return [int(i) for i in e.index[mine]]


def allowed(m: Material, side: int) -> tuple[list[int], int]:
    """Return the opponents' passes in the part of the pitch where `side` presses (rows of events), and how often it
    won the ball there."""
    e, turn = m.events, m.facing(side)
    from_x = m.court.half_length_m * (1 - 2 * PRESSED)
    there = (e["type"] == "pass") & (e["side"] == 1 - side) & (e["x"] * turn > from_x)
    won = sum(s.side == side and s.won and np.isfinite(s.start_x) and s.start_x > from_x for s in spells(m))
    return [int(i) for i in e.index[there]], won


@lru_cache(maxsize=4)
def box_entries(m: Material, side: int) -> tuple[int, ...]:
    """Return the rows in which a side brings the ball into the box."""
    return tuple(int(r) for r in entries(m, side, inside(m, side)))
