"""Where six players stand, in their own team's view: the net at x = 0, their court at x in [-9, 0], y up to the left.

Rule book: places 1 to 6 and their order at the service hit, front before back and left, middle, right (FIVB Rules 7.4,
7.6; the 2021-2024 rules ask it of both teams, the server excepted); the libero for a middle of the back row
(Rule 19.3). Made up: how far apart, who receives (both outsides and the libero), the 5-1 system, all metres.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
SETTER, OUTSIDE, MIDDLE, OPPOSITE, LIBERO = "setter", "outside", "middle", "opposite", "libero"
# a team's seven, the first six in the order of rotation: a setter opposite an opposite, outsides and middles so too
ROLES = (SETTER, OUTSIDE, MIDDLE, OPPOSITE, OUTSIDE, MIDDLE, LIBERO)
LANES = {4: 3.0, 3: 0.0, 2: -3.0, 5: 3.0, 6: 0.0, 1: -3.0}
COLUMN = {4: 0, 5: 0, 3: 1, 6: 1, 2: 2, 1: 2}  # left, middle, right


class Lineup(NamedTuple):
    """Six on court. Shapes: who (6,) index into ROLES, place (6,) 1 to 6."""

    who: NDArray[np.int64]
    place: NDArray[np.int64]

    def role(self, i: int) -> str:
        """Return what the i-th is."""
        return ROLES[int(self.who[i])]

    def front(self, i: int) -> bool:
        """Whether the i-th is of the front row (Rule 7.4.1)."""
        return int(self.place[i]) in (2, 3, 4)

    def find(self, role: str, front: bool | None = None) -> list[int]:
        """Return those of a role, of one row where said."""
        return [i for i in range(6) if self.role(i) == role and (front is None or self.front(i) == front)]


def lineup(turns: int, serves: bool) -> Lineup:
    """Return who is on court after so many rotations; a middle serves himself, for the libero may not here."""
    who = np.arange(6)
    place = (who - turns) % 6 + 1
    for i in (2, 5):
        if place[i] in (5, 6) or (place[i] == 1 and not serves):
            who[i] = 6
    return Lineup(who, place)


def homes(team: Lineup) -> dict[int, int]:
    """Return the zone each of the six plays in once the ball is served: front 4, 3, 2, back 5, 6, 1."""
    zone: dict[int, int] = {}
    for i in range(6):
        role = team.role(i)
        if team.front(i):
            zone[i] = {OUTSIDE: 4, MIDDLE: 3}.get(role, 2)
        else:
            zone[i] = {OUTSIDE: 6, MIDDLE: 5, LIBERO: 5}.get(role, 1)
    return zone


BASE = {4: (-1.3, 2.8), 3: (-1.1, 0.0), 2: (-1.3, -2.8), 5: (-5.8, 2.9), 6: (-7.4, 0.0), 1: (-5.8, -2.9)}


def receiving(team: Lineup) -> Float:
    """Return where the six wait for the serve, in order: (6, 2)."""
    xy = np.zeros((6, 2))
    passers = [i for i in range(6) if team.role(i) in (OUTSIDE, LIBERO)]
    passers.sort(key=lambda i: (COLUMN[int(team.place[i])], team.front(i)))
    for lane, i in zip((2.9, 0.0, -2.9), passers, strict=True):
        xy[i] = -5.5 if team.front(i) else -6.6, lane
    rest = [i for i in range(6) if i not in passers]
    for i in rest:
        p = int(team.place[i])
        back_of = next(j for j in range(6) if j != i and COLUMN[int(team.place[j])] == COLUMN[p])
        if team.front(i):
            xy[i] = -1.5 if team.role(i) == SETTER else -2.3, LANES[p]
        elif team.role(i) == SETTER:
            ahead = -5.5 if back_of in passers else -2.3
            xy[i] = ahead - 0.9, LANES[p]
        else:
            xy[i] = -8.2, LANES[p]
    for row in ((4, 3, 2), (5, 6, 1)):  # left, middle, right in order, half a metre apart at least
        men = [int(np.flatnonzero(team.place == p)[0]) for p in row]
        fixed = [i in passers for i in men]
        y = xy[men, 1]
        for k in (0, 2):  # outer ones make way for a fixed middle, and a middle for fixed outer ones
            if not fixed[k]:
                y[k] = max(y[k], y[1] + 0.7) if k == 0 else min(y[k], y[1] - 0.7)
        if not fixed[1]:
            y[1] = np.clip(y[1], y[2] + 0.7, y[0] - 0.7) if y[0] - y[2] > 1.4 else (y[0] + y[2]) / 2
        for k in (0, 2):
            if not fixed[k]:
                y[k] = max(y[k], y[1] + 0.7) if k == 0 else min(y[k], y[1] - 0.7)
        xy[men, 1] = y
    return xy


def serving(team: Lineup) -> Float:
    """Return where the six stand at their own serve, the server behind the end line (Rule 12.4.3): (6, 2)."""
    xy = np.array([BASE[int(p)] for p in team.place])
    xy[:, 1] *= 0.75  # together, until they may change places at the hit
    return xy


def defending(zone: dict[int, int], ball_y: float, hit_x: float) -> dict[int, tuple[float, float]]:
    """Return where each waits for an attack from `ball_y` (own view): two block, the rest about the block's shadow.

    hit_x: how far behind the net the ball is hit, above 0; from the back row the block has more time.
    """
    left = ball_y > 0.8
    right = ball_y < -0.8
    where: dict[int, tuple[float, float]] = {}
    edge = float(np.clip(ball_y, -3.7, 3.7))
    for i, z in zone.items():
        if z == 3:
            where[i] = (-0.55, edge - np.sign(edge) * 0.45 if left or right else edge)
        elif z == 4:
            where[i] = (-0.55, edge + 0.35) if left else (-0.55, edge + 0.7) if not right else (-3.2, 2.6)
        elif z == 2:
            where[i] = (-0.55, edge - 0.35) if right else (-0.55, edge - 0.7) if not left else (-3.2, -2.6)
        elif z == 5:
            where[i] = (-5.2, 3.6) if left else (-6.3, 3.0) if right else (-5.4, 2.8)
        elif z == 6:
            where[i] = (-7.6, -0.25 * ball_y)
        else:
            where[i] = (-5.2, -3.6) if right else (-6.3, -3.0) if left else (-5.4, -2.8)
    return where
