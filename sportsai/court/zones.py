"""Named parts of a court: which of these positions lie in the final third, the paint, the offensive zone?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.court.shapes import Circle, Rect, Shape


@dataclass(frozen=True)
class Zone:
    """A named part of the court; `group` names the set it belongs to ("thirds"), where zones rarely overlap.

    A zone lies within `outline`; `name` is the part's name for a team attacking right.
    """

    name: str
    group: str
    outline: Shape
    title: str = ""
    source: str = ""

    def holds(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which of xy (..., 2) lie in the zone, its edges included."""
        x, y = xy[..., 0], xy[..., 1]
        if isinstance(self.outline, Rect):
            r = self.outline
            return (x >= r.x_min) & (x <= r.x_max) & (y >= r.y_min) & (y <= r.y_max)
        if isinstance(self.outline, Circle):
            return np.hypot(x - self.outline.centre[0], y - self.outline.centre[1]) <= self.outline.radius_m
        return _in_polygon(self.outline.points(), x, y)


def _in_polygon(corners: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points lie inside: an even-odd count of the edges a ray to +x crosses."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        inside ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return inside
