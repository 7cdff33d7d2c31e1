"""What is painted on a court, as shapes in metres: where does each line, circle and spot lie?

        y  (half the width)
        ^
+-------+-------+
|       |       |        origin at the court's centre, x along its length, metres;
|       o-------|--> x   `end` says which half a mirrored shape lies in, "left" (x < 0) or "right"
|       |       |
+-------+-------+
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One painted or standing thing of a court.

    Parameters
    ----------
    name: the rule book's word, shared by its mirrored copies.
    role: "boundary", "marking", "goal", "net" or "word" (painted letters and arrows).
    end: "left" or "right" where a copy stands at each end, else "".
    colour: #rrggbb where the rule book gives one (hockey's red and blue), else "".
    paint_m: the painted line's width; 0 where the rule book gives none.
    source: rule book and rule.
    """

    name: str
    role: str = "marking"
    end: str = ""
    colour: str = ""
    dashed: bool = False
    filled: bool = False
    paint_m: float = 0.0
    source: str = ""
    closed: ClassVar[bool] = False

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        """Return the outline as (N, 2) metres; curves are cut every `step_deg` degrees."""
        raise NotImplementedError

    def mirrored(self, axis: str) -> Self:
        """Return the copy at the other end (axis "x") or on the other side (axis "y")."""
        sign = (-1.0, 1.0) if axis == "x" else (1.0, -1.0)
        end = {"left": "right", "right": "left"}.get(self.end, self.end) if axis == "x" else self.end
        return dataclasses.replace(self, end=end, **self._flipped(*sign))

    def _flipped(self, sx: float, sy: float) -> dict:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Line(Shape):
    """A straight line."""

    start: Point
    stop: Point

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        return np.array([self.start, self.stop], dtype=np.float64)

    def _flipped(self, sx: float, sy: float) -> dict:
        return {"start": _flip(self.start, sx, sy), "stop": _flip(self.stop, sx, sy)}


@dataclass(frozen=True, kw_only=True)
class Circle(Shape):
    """A whole circle."""

    centre: Point
    radius_m: float
    closed: ClassVar[bool] = True

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        return _on_circle(self.centre, self.radius_m, 0.0, 360.0, step_deg)[:-1]

    def _flipped(self, sx: float, sy: float) -> dict:
        return {"centre": _flip(self.centre, sx, sy)}


@dataclass(frozen=True, kw_only=True)
class Spot(Circle):
    """A small filled circle: a penalty mark, a face-off dot."""

    filled: bool = True


@dataclass(frozen=True, kw_only=True)
class Arc(Shape):
    """A part of a circle, counter-clockwise from `start_deg` to `stop_deg` (0 points along +x, 90 along +y)."""

    centre: Point
    radius_m: float
    start_deg: float
    stop_deg: float

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        return _on_circle(self.centre, self.radius_m, self.start_deg, self.stop_deg, step_deg)

    def _flipped(self, sx: float, sy: float) -> dict:
        start, stop = self.start_deg, self.stop_deg
        if sx < 0:
            start, stop = 180 - stop, 180 - start
        if sy < 0:
            start, stop = -stop, -start
        return {"centre": _flip(self.centre, sx, sy), "start_deg": start, "stop_deg": stop}


@dataclass(frozen=True, kw_only=True)
class Rect(Shape):
    """A rectangle with sides along the court's."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float
    closed: ClassVar[bool] = True

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        x0, x1, y0, y1 = self.x_min, self.x_max, self.y_min, self.y_max
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)

    def _flipped(self, sx: float, sy: float) -> dict:
        (x_min, x_max), (y_min, y_max) = (
            sorted((sx * self.x_min, sx * self.x_max)),
            sorted((sy * self.y_min, sy * self.y_max)),
        )
        return {"x_min": x_min, "x_max": x_max, "y_min": y_min, "y_max": y_max}


@dataclass(frozen=True, kw_only=True)
class Polygon(Shape):
    """A closed outline of straight sides."""

    vertices: tuple[Point, ...]
    closed: ClassVar[bool] = True

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        return np.array(self.vertices, dtype=np.float64)

    def _flipped(self, sx: float, sy: float) -> dict:
        return {"vertices": tuple(_flip(p, sx, sy) for p in self.vertices)}


@dataclass(frozen=True, kw_only=True)
class Text(Shape):
    """Painted words or numbers, read from the nearer side (`angle_deg` 0 reads along +x)."""

    at: Point
    text: str
    height_m: float
    angle_deg: float = 0.0

    def points(self, step_deg: float = 2.0) -> NDArray[np.float64]:
        return np.array([self.at], dtype=np.float64)

    def _flipped(self, sx: float, sy: float) -> dict:
        # letters are not mirrored, only moved; on the other side they are turned to the other stand
        return {"at": _flip(self.at, sx, sy), "angle_deg": self.angle_deg + (180.0 if sy < 0 else 0.0)}


def arc_within(radius_m: float, half_height_m: float) -> float:
    """Return the half angle in degrees of the part of a circle within `half_height_m` of its own axis.

    A three-point arc of 6.75 m between lines 6.6 m off the axis: asin(6.6 / 6.75) = 77.9 degrees.
    """
    return math.degrees(math.asin(min(1.0, half_height_m / radius_m)))


def arc_beyond(radius_m: float, depth_m: float) -> float:
    """Return the half angle in degrees of the part of a circle more than `depth_m` ahead of its centre.

    The arc of soccer's penalty area: acos(5.5 / 9.15) = 53.05 degrees.
    """
    return math.degrees(math.acos(min(1.0, max(-1.0, depth_m / radius_m))))


def _flip(p: Point, sx: float, sy: float) -> Point:
    return (sx * p[0], sy * p[1])


def _on_circle(centre: Point, radius_m: float, start: float, stop: float, step: float) -> NDArray[np.float64]:
    n = max(2, math.ceil((stop - start) / step) + 1)
    a = np.radians(np.linspace(start, stop, n))
    return np.stack([centre[0] + radius_m * np.cos(a), centre[1] + radius_m * np.sin(a)], axis=-1)
