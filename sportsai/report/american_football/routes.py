"""The way of each eligible receiver from the snap on, and what it is called where a stated rule gives a name.

A route is smoothed over half a second and searched for its sharpest turn: the angle between how he runs in the 0.8 s
before and after. Upfield is 0 degrees; inside is towards where the ball was snapped. Names by the rule:

    stays       never 3 yd from where he stood
    go          no turn of BEND or more, 8 yd deep or more, within GO of upfield
    out, in     after the turn between 60 and 120 degrees, to the outside or the inside; under 2 yd deep: flat
    corner, post    after the turn between 20 and 60 degrees, broken at 8 yd or deeper
    slant       the same to the inside, broken nearer than 8 yd
    curl        after the turn more than 120 degrees: back to the passer
Everything else has no name: it is told by its depth and the side it breaks to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sportsai.report.american_football.down import ELIGIBLE, Down, Float

LOOK_S, SMOOTH_S = 0.8, 0.5
BEND, GO = 30.0, 20.0
STAY_YD, DEEP_YD, FLAT_YD = 3.0, 8.0, 2.0
SLOW_YD = 1.5  # covered in LOOK_S: slower, and a direction is not told


@dataclass(frozen=True)
class Route:
    """slot: whose. path: (N, 2) yards past the line of scrimmage, and from the field's middle. depth: how deep it went.
    label: in words. named: whether the rule gave it a name. turn: the row of `path` it breaks at, None where it does
    not."""

    slot: int
    path: Float
    depth: float
    label: str
    named: bool
    turn: int | None


def routes(d: Down) -> list[Route]:
    """Return the routes of a pass play, from the snap until the pass arrives; [] where nothing was thrown."""
    until = d.arrival if d.arrival is not None else d.throw
    if until is None or until - d.snap < round(LOOK_S * d.rate):
        return []
    out = []
    rows = np.arange(d.snap, until + 1)
    for slot in d.slots(True):
        if d.position(int(slot)) in ELIGIBLE and slot != d.passer and d.seen[rows, slot].all():
            out.append(_route(d, int(slot), d.xy[rows, slot] - np.array([d.line, 0.0])))
    return sorted(out, key=lambda r: -float(r.path[0, 1]))


def _route(d: Down, slot: int, path: Float) -> Route:
    n = max(1, round(SMOOTH_S * d.rate) // 2)
    padded = np.pad(path, ((n, n), (0, 0)), mode="edge")
    smooth = np.stack([padded[i : i + len(path)] for i in range(2 * n + 1)]).mean(0)
    depth = float(path[:, 0].max())
    inside = -np.sign(path[0, 1] - d.ball[d.snap, 1])
    label, turn = _named(smooth, depth, float(inside), round(LOOK_S * d.rate))
    if label:
        return Route(slot, path, depth, label, True, turn)
    breaks = "" if turn is None else (", breaks " + ("left" if path[-1, 1] > path[turn, 1] else "right"))
    return Route(slot, path, depth, f"route {max(depth, 0):.0f} yd{breaks}", False, turn)


def _named(path: Float, depth: float, inside: float, look: int) -> tuple[str, int | None]:
    """Return a route's name, "" where the rule has none, and where it breaks."""
    if np.hypot(*(path - path[0]).T).max() < STAY_YD:
        return "stays", None
    if len(path) <= 2 * look:
        return "", None
    at = np.arange(look, len(path) - look)
    before, after = path[at] - path[at - look], path[at + look] - path[at]
    fast = (np.hypot(*before.T) >= SLOW_YD) & (np.hypot(*after.T) >= SLOW_YD)
    bend = np.abs(np.degrees(np.angle(_complex(after) / np.where(fast, _complex(before), 1))))
    bend[~fast] = 0
    best = int(bend.argmax()) if len(bend) else 0
    if not len(bend) or bend[best] < BEND:
        way = path[-1] - path[0]
        straight = abs(np.degrees(np.arctan2(way[1], way[0]))) <= GO
        return ("go" if straight and depth >= DEEP_YD else ""), None
    turn = int(at[best])
    to = path[-1] - path[turn]
    angle = abs(np.degrees(np.arctan2(to[1], to[0])))
    inwards = np.sign(to[1]) == inside
    broken = float(path[turn, 0])
    if angle > 120:
        return "curl", turn
    if angle >= 60:
        return ("flat" if depth < FLAT_YD else "in" if inwards else "out"), turn
    if angle >= 20:
        if broken >= DEEP_YD:
            return ("post" if inwards else "corner"), turn
        return ("slant" if inwards else ""), turn
    return "", turn


def _complex(xy: Float) -> np.ndarray:
    return np.asarray(xy[:, 0] + 1j * xy[:, 1])
