"""Who attacked from when to when, where each logged shot was taken, and how each possession ended."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import Court
from sportsai.court.shapes import Arc, Line
from sportsai.data.possessions import control
from sportsai.data.tracks import Tracks
from sportsai.report.material import Material
from sportsai.report.plays import Play

HELD_M = 1.2  # the shooter has the ball while it is this near
RIM_M, RIM_HIGH_M = 1.5, 2.4  # the ball comes to the rim: this near to its middle, this high
FLIGHT_S = 2.6  # the longest way from hand to rim
LATE_S, EARLY_S = 6.0, 1.0  # a log's clock is up to this late, and this early
CLOSE_M = 0.6  # nearer to the three-point line than this: a two or a three, not known
LEAST_S = 1.5  # shorter spells of control are no possession
CONTROL_M = 1.5  # who is nearest to the ball and this near has it
FIELD_GOALS = ("made_shot", "missed_shot")


@dataclass(frozen=True)
class Possession:
    """Rows [start, end) of one team's attack; front: its first row in the front court, None where never.

    index: the row of the game's events that says so, None where it was read off the positions.
    """

    index: int | None
    side: int
    period: int
    start: int
    end: int
    front: int | None


@dataclass(frozen=True)
class Shot:
    """One logged field-goal attempt.

    index: row of the game's events. at: where the shooter stood at the last sample with the ball in hand, metres, the
    shooter's team attacking right; None where the ball was not found leaving the hand for the rim. row: that sample.
    rim_m: from the middle of the rim. beyond_m: how far beyond the three-point line (negative: inside it).
    possession: its number, None where none fits.
    """

    index: int
    side: int
    player: str | None
    made: bool
    at: tuple[float, float] | None = None
    row: int | None = None
    rim_m: float | None = None
    beyond_m: float | None = None
    possession: int | None = None


@dataclass(frozen=True)
class Offence:
    """possessions and shots in order; ends: of each possession the rows of the events that ended it, in order.

    has: (T,) the slot that has the ball, -1 nobody.
    """

    possessions: tuple[Possession, ...]
    shots: tuple[Shot, ...]
    ends: tuple[tuple[int, ...], ...]
    has: NDArray[np.int16]

    def of(self, side: int) -> list[Possession]:
        return [p for p in self.possessions if p.side == side]


def offence(m: Material) -> Offence:
    """Return the attacks of a game, found once."""
    known: Offence | None = m.__dict__.get("_offence")
    if known is None:
        known = m.__dict__["_offence"] = _offence(m)
    return known


def rim(m: Material) -> NDArray[np.float64] | None:
    """Return the middle of the rim that is attacked, (2,), the team attacking right; None on a court without."""
    goal = m.court.goal_right
    return None if goal is None else np.asarray(goal, float)[:2]


def who_has(m: Material) -> NDArray[np.int16]:
    """Return the slot that has the ball, (T,): as the provider says, else the nearest player within CONTROL_M."""
    t = m.tracks
    assert t is not None
    return t.holder if (t.holder >= 0).any() else control(t, CONTROL_M, 0.4)


def _offence(m: Material) -> Offence:
    t = m.tracks
    if t is None or not t.T or rim(m) is None:
        return Offence((), (), (), np.zeros(0, np.int16))
    has = who_has(m)
    found = tuple(_told(m, t) or _read_off(m, t, has))
    shots = tuple(_shot(m, t, e, i, found) for i, e in _log(m, FIELD_GOALS))
    at = {s.index: s.possession for s in shots}
    ends: list[list[int]] = [[] for _ in found]
    for i, e in _log(m, (*FIELD_GOALS, "turnover", "free_throw")):
        n = at[i] if i in at else _before(t, found, int(e["side"]), int(e["period"]), float(e["t_s"]) - EARLY_S)
        if n is not None:
            ends[n].append(i)
    return Offence(found, shots, tuple(map(tuple, ends)), has)


def _log(m: Material, types: tuple[str, ...]) -> list[tuple[int, Mapping[Hashable, Any]]]:
    """Return what a person logged of these types with its row, in order."""
    e = m.events
    rows = np.flatnonzero(e["type"].isin(types) & e["side"].isin([0, 1])).tolist()
    return list(zip(rows, e.iloc[rows].to_dict("records"), strict=True))


def _told(m: Material, t: Tracks) -> list[Possession]:
    """Return the possessions that the provider marked."""
    out = []
    for i, e in _log(m, ("possession",)):
        a, b = np.searchsorted(t.frame, [int(e["start_frame"]), int(e["end_frame"])]).tolist()
        if b > a:
            out.append(_possession(m, t, i, int(e["side"]), a, b))
    return out


def _read_off(m: Material, t: Tracks, has: NDArray[np.int16]) -> list[Possession]:
    """Return spells of one team's control; a lapse that nobody else fills belongs to the spell before it."""
    side = np.where(has >= 0, t.side[np.maximum(has, 0)], -1) if t.P else np.full(t.T, -1)
    known = np.flatnonzero((side >= 0) & (t.period > 0))
    if not len(known):
        return []
    step = float(t.rate_hz)
    new = np.ones(len(known), bool)
    gap = np.diff(t.frame[known]) > 5 * step
    new[1:] = (np.diff(side[known]) != 0) | (np.diff(t.period[known]) != 0) | gap
    first = known[new]
    last = np.append(known[np.flatnonzero(new)[1:] - 1], known[-1])
    spells: list[tuple[int, int, int]] = []
    for a, b in zip(first.tolist(), last.tolist(), strict=True):
        same = spells and spells[-1][0] == side[a] and t.frame[a] - t.frame[spells[-1][2] - 1] <= 5 * step
        if same and t.period[a] == t.period[spells[-1][1]]:
            spells[-1] = (spells[-1][0], spells[-1][1], b + 1)
        elif t.frame[b] - t.frame[a] + 1 >= LEAST_S * step:
            spells.append((int(side[a]), a, b + 1))
    return [_possession(m, t, None, s, a, b) for s, a, b in spells]


def _possession(m: Material, t: Tracks, index: int | None, side: int, a: int, b: int) -> Possession:
    ball, known = m.ball
    ahead = known[a:b] & (ball[a:b, 0] * m.facing(side) > 0)
    front = a + int(ahead.argmax()) if ahead.any() else None
    return Possession(index, side, int(t.period[a]), a, b, front)


def _before(t: Tracks, found: tuple[Possession, ...], side: int, period: int, t_s: float) -> int | None:
    """Return the side's last possession that had begun by a moment of its period."""
    mine = [n for n, p in enumerate(found) if p.side == side and p.period == period and t.t_s[p.start] <= t_s]
    return mine[-1] if mine else None


def _shot(m: Material, t: Tracks, e: Mapping[Hashable, Any], index: int, found: tuple[Possession, ...]) -> Shot:
    side, made = int(e["side"]), e["type"] == "made_shot"
    player = None if pd.isna(e["player_id"]) else str(e["player_id"])
    t_s, period, goal = float(e["t_s"]), int(e["period"]), rim(m)
    at: dict[str, Any] = {}
    row = None
    slot = t.slot_of(player) if player is not None else -1
    if slot >= 0 and np.isfinite(t_s) and goal is not None:
        row = _release(t, slot, goal * m.facing(side), period, t_s)
    if row is not None and goal is not None:
        x, y = (t.xy[row, slot] * m.facing(side)).tolist()
        at = {"at": (x, y), "row": row, "rim_m": float(np.hypot(x - goal[0], y - goal[1]))}
        at["beyond_m"] = beyond_three(m.court, x, y)
    when = float(t.t_s[row]) if row is not None else t_s - EARLY_S
    return Shot(index, side, player, made, possession=_before(t, found, side, period, when), **at)


def _release(t: Tracks, slot: int, goal: NDArray[np.float64], period: int, t_s: float) -> int | None:
    """Return the last row in which the shooter had the ball before it came to the rim; None where it was not seen to.

    The rim is looked for from LATE_S before what the log says to EARLY_S after it, the latest first.
    """
    rows = np.flatnonzero((t.period == period) & (t.t_s >= t_s - LATE_S) & (t.t_s <= t_s + EARLY_S) & t.ball_present)
    if not len(rows):
        return None
    away = np.linalg.norm(t.ball_xy[rows] - goal, axis=-1)
    high = np.nan_to_num(t.ball_z[rows], nan=RIM_HIGH_M) >= RIM_HIGH_M
    there = rows[(away <= RIM_M) & high]
    held = rows[t.present[rows, slot] & (np.linalg.norm(t.ball_xy[rows] - t.xy[rows, slot], axis=-1) <= HELD_M)]
    for row in there[::-1]:
        mine = held[(held <= row) & (t.t_s[held] >= t.t_s[row] - FLIGHT_S)]
        if len(mine):
            return int(mine[-1])
    return None


@lru_cache(maxsize=8)
def _line_of(court: Court) -> tuple[float, float, float, float] | None:
    """Return the arc's centre x and radius, and how far off the axis and from which x on its straight part runs."""
    arc = next(
        (s for s in court.shapes if s.name == "three_point_arc" and isinstance(s, Arc) and s.centre[0] > 0), None
    )
    if arc is None:
        return None
    side = [s.points() for s in court.shapes if s.name == "three_point_corner" and isinstance(s, Line)]
    right = [p for p in side if p[:, 0].mean() > 0]
    off = abs(float(right[0][0, 1])) if right else np.inf
    return float(arc.centre[0]), float(arc.radius_m), off, min((float(p[:, 0].min()) for p in right), default=np.inf)


def beyond_three(court: Court, x: float, y: float) -> float | None:
    """Return how far beyond the three-point line a place is, metres, negative inside; None on a court without one."""
    line = _line_of(court)
    if line is None:
        return None
    cx, radius, off, straight = line
    return abs(y) - off if x >= straight else float(np.hypot(x - cx, y)) - radius


def rows_play(
    m: Material, title: str, side: int, a: int, b: int, kind: str, key: int | None = None, *,
    others: tuple[int, ...] = (), before_s: float = 1.0, after_s: float = 1.0, note: str = "",
) -> Play:  # fmt: skip
    """Return rows [a, b) as a play; key, others: slots."""
    t = m.tracks
    assert t is not None
    rate, last = float(t.rate_hz), max(b - 1, a)
    start, end = int(t.frame[a]), int(t.frame[last]) + 1
    ids = [t.slots[i].player_id for i in others]
    return Play(
        title, int(t.period[a]), m.clock(int(t.period[a]), float(t.t_s[a])), start, (start, end),
        (start - round(before_s * rate), end + round(after_s * rate)), side, kind,
        t.slots[key].player_id if key is not None and key >= 0 else None,
        tuple(i for i in ids if i is not None), note=note,
    )  # fmt: skip


def slot_name(m: Material, slot: int) -> str:
    """Return a slot's player by name."""
    t = m.tracks
    return m.player_name(t.slots[slot].player_id) if t is not None and slot >= 0 else "an unnamed player"
