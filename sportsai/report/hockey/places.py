"""Where on the rink, as a power play speaks of it: own zone, neutral zone, points, flanks, slot, behind the net."""

from __future__ import annotations

import numpy as np

from sportsai.report.material import Material

OWN, NEUTRAL, POINTS, LEFT, RIGHT, SLOT, BEHIND = (
    "own zone", "neutral zone", "points", "left side", "right side", "slot", "behind net",
)  # fmt: skip
PLACES = (OWN, NEUTRAL, POINTS, LEFT, RIGHT, SLOT, BEHIND)
HOW = (
    "Places, the team attacking right: the points lie between the blue line and the top of the slot, the slot between "
    "the posts, the face-off spots and the tops of the circles, the sides beside it down to the goal line."
)


def place(m: Material, x: float, y: float) -> str:
    """Return which of PLACES a position is in, metres, its team attacking right."""
    zones = {z.name: z for z in m.court.zones}
    at = np.array([x, y])
    if "offensive_zone" not in zones or "slot" not in zones:
        return NEUTRAL
    line = float(zones["offensive_zone"].outline.points()[:, 0].min())
    if x < line:
        return NEUTRAL if x > -line else OWN
    if bool(zones["slot"].holds(at)):
        return SLOT
    goal = m.court.goal_right
    if goal is not None and x > float(goal[0]):
        return BEHIND
    top = float(zones["slot"].outline.points()[:, 0].min())
    return POINTS if x < top else LEFT if y > 0 else RIGHT
