"""Drives: one player brings the ball from twenty feet or more to within ten feet of the rim, not on a fast break.

Source of the distances: the NBA's tracking glossary, "drives" (a touch that starts at least 20 feet from the basket
and is dribbled within 10 feet of it, fast breaks left out).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks
from sportsai.report.basketball.offence import Offence, Possession, offence, rim
from sportsai.report.material import Material
from sportsai.units import FOOT_M

FROM_M, TO_M = 20 * FOOT_M, 10 * FOOT_M
MOST_S = 5.0  # longer ways in are no drive
LAPSE_S = 1.1  # the ball may be this long out of reach of the same player, nobody else having it
SET = 3  # so many defenders nearer to the rim as it starts: else it is a fast break
SHOT_S = 2.0  # a shot this soon after the nearest point belongs to the drive


@dataclass(frozen=True)
class Drive:
    """slot drives from row `start` to row `end`, its nearest to the rim. way: (N, 2) metres, attacking right.

    after: "made", "missed" (the driver's own shot), "lost" (the possession ended in a turnover), "passed" (a
    team-mate had the ball next), "" unknown. index: the row of the game's events that says so, None where none does.
    """

    possession: int
    side: int
    slot: int
    start: int
    end: int
    way: NDArray[np.float64]
    speed_mps: float
    after: str
    index: int | None = None

    @property
    def way_m(self) -> float:
        """From its start to its end in a straight line, metres."""
        return float(np.linalg.norm(self.way[-1] - self.way[0]))


def drives(m: Material) -> list[Drive]:
    """Return the drives of a game, in order."""
    t, goal, o = m.tracks, rim(m), offence(m)
    if t is None or goal is None:
        return []
    out = []
    for n, p in enumerate(o.possessions):
        for slot, rows in _touches(t, o.has, p):
            found = _drive(m, t, o, n, slot, rows, goal)
            if found is not None:
                out.append(found)
    return out


def _touches(t: Tracks, has: NDArray[np.int16], p: Possession) -> list[tuple[int, NDArray[np.int64]]]:
    """Return who of the attackers had the ball from when to when: all rows from the first to the last of a touch."""
    rows = np.arange(p.start, p.end)
    held = rows[(has[rows] >= 0) & (t.side[np.maximum(has[rows], 0)] == p.side)]
    if not len(held):
        return []
    gap = round(LAPSE_S * float(t.rate_hz))
    new = np.ones(len(held), bool)
    new[1:] = (has[held[1:]] != has[held[:-1]]) | (np.diff(t.frame[held]) > max(gap, 1))
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(held)) - 1
    return [(int(has[held[a]]), np.arange(held[a], held[b] + 1)) for a, b in zip(first, last, strict=True)]


def _drive(
    m: Material, t: Tracks, o: Offence, n: int, slot: int, rows: NDArray[np.int64], goal: NDArray[np.float64]
) -> Drive | None:
    p = o.possessions[n]
    rows = rows[t.present[rows, slot]]
    if len(rows) < 2:
        return None
    xy = t.xy[rows, slot].astype(float) * m.facing(p.side)
    away = np.linalg.norm(xy - goal, axis=-1)
    near = int(away.argmin())
    far = np.flatnonzero((away[:near] >= FROM_M) & (xy[:near, 0] > 0))
    if away[near] > TO_M or not len(far):
        return None
    start = int(far[-1])
    seconds = (t.frame[rows[near]] - t.frame[rows[start]]) / float(t.rate_hz)
    if seconds > MOST_S or not _set(m, t, p.side, int(rows[start]), goal, float(away[start])):
        return None
    step = np.linalg.norm(np.diff(xy[start : near + 1], axis=0), axis=-1).sum()
    after, index = _after(m, t, o, n, slot, int(rows[start]), int(rows[near]), int(rows[-1]))
    a, b = int(rows[start]), int(rows[near]) + 1
    return Drive(n, p.side, slot, a, b, xy[start : near + 1], float(step / max(seconds, 1e-6)), after, index)


def _set(m: Material, t: Tracks, side: int, row: int, goal: NDArray[np.float64], away_m: float) -> bool:
    """Whether a set defence stands between the ball and the rim."""
    other = (t.side == 1 - side) & t.present[row]
    theirs = np.linalg.norm(t.xy[row, other] * m.facing(side) - goal, axis=-1)
    return int((theirs < away_m).sum()) >= SET


def _after(
    m: Material, t: Tracks, o: Offence, n: int, slot: int, start: int, end: int, last: int
) -> tuple[str, int | None]:
    who, rate = t.slots[slot].player_id, float(t.rate_hz)
    for s in o.shots:
        mine = s.player is not None and s.player == who and s.possession == n and s.row is not None
        if mine and s.row is not None and start <= s.row and t.frame[s.row] - t.frame[end] <= SHOT_S * rate:
            return ("made" if s.made else "missed"), s.index
    rows = np.arange(last + 1, o.possessions[n].end)
    rows = rows[(o.has[rows] >= 0) & (o.has[rows] != slot)]
    rows = rows[t.side[o.has[rows]] == o.possessions[n].side]
    if len(rows) and t.frame[rows[0]] - t.frame[last] <= SHOT_S * rate:
        return "passed", None
    ends = o.ends[n]
    if ends and m.events["type"].iloc[ends[-1]] == "turnover":
        return "lost", ends[-1]
    return "", None
