"""From a marking's facts to its shapes on a court of one size: where do "from the end" and "mirrored" put it?"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from sportsai.court.facts import ShapeFacts, ZoneFacts
from sportsai.court.shapes import Arc, Circle, Line, Point, Polygon, Rect, Shape, Spot, Text, arc_beyond, arc_within
from sportsai.court.zones import Zone

Placed = Any  # ShapeFacts or ZoneFacts; facts.py has checked that the keys its kind needs are there


@dataclass(frozen=True)
class Surface:
    """The size of a court, metres."""

    half_length_m: float
    half_width_m: float
    corner_radius_m: float = 0.0


def place(facts: ShapeFacts, surface: Surface) -> list[Shape]:
    """Return the shape with its repeats, then their mirrored copies."""
    drawn = [_shape(surface, facts)]
    if facts.repeat is not None:
        dx, dy = facts.repeat.by
        for i in range(1, facts.repeat.times):
            drawn.append(_shape(surface, _moved(facts, dx * i, dy * i)))
    for axis in facts.mirror:
        drawn += [s.mirrored(axis) for s in drawn]
    return drawn


def place_zone(facts: ZoneFacts, surface: Surface) -> list[Zone]:
    """Return the zone and its mirrored copies, the one at the other end under its other name."""
    outline = _shape(surface, facts)
    zones = [Zone(facts.name, facts.group, outline, facts.title, facts.source)]
    if "y" in facts.mirror:
        zones += [dataclasses.replace(z, outline=z.outline.mirrored("y")) for z in zones]
    if "x" in facts.mirror and facts.mirrored is not None:
        zones += [dataclasses.replace(z, name=facts.mirrored, outline=z.outline.mirrored("x")) for z in zones]
    return zones


def _x(surface: Surface, facts: Placed, x: float) -> float:
    if facts.x_from == "end":
        return surface.half_length_m - x
    return x * surface.half_length_m if facts.x_from == "share" else x


def _y(surface: Surface, facts: Placed, y: float) -> float:
    if facts.y_from == "side":
        return surface.half_width_m - y
    return y * surface.half_width_m if facts.y_from == "share" else y


def _point(surface: Surface, facts: Placed, p: Point) -> Point:
    return (_x(surface, facts, p[0]), _y(surface, facts, p[1]))


def _shape(surface: Surface, facts: Placed) -> Shape:
    """Place one shape, in the right half where it is mirrored."""
    common: dict[str, Any] = {"name": facts.name, "source": facts.source}
    if isinstance(facts, ShapeFacts):
        common |= {
            "role": facts.role,
            "colour": facts.colour or "",
            "dashed": facts.dashed,
            "paint_m": facts.paint,
            "filled": facts.filled,
            "end": "right" if "x" in facts.mirror else "",
        }
    if facts.kind == "line":
        return Line(start=_point(surface, facts, facts.start), stop=_point(surface, facts, facts.stop), **common)
    if facts.kind == "across":
        x = _x(surface, facts, facts.at_x)
        reach = _reach(surface, x)
        return Line(start=(x, -reach), stop=(x, reach), **common)
    if facts.kind == "rect":
        (x_min, x_max) = sorted(_x(surface, facts, x) for x in facts.x)
        sides = (-surface.half_width_m, surface.half_width_m)
        (y_min, y_max) = sorted(_y(surface, facts, y) for y in facts.y) if facts.y else sides
        return Rect(x_min=x_min, x_max=x_max, y_min=y_min, y_max=y_max, **common)
    if facts.kind == "polygon":
        return Polygon(vertices=tuple(_point(surface, facts, p) for p in facts.points), **common)
    centre = _point(surface, facts, facts.centre)
    if facts.kind == "text":
        return Text(at=centre, text=facts.text, height_m=facts.height, angle_deg=facts.angle or 0.0, **common)
    if facts.kind == "circle":
        return Circle(centre=centre, radius_m=facts.radius, **common)
    if facts.kind == "spot":
        return Spot(centre=centre, radius_m=facts.radius, **{**common, "filled": True})
    if facts.kind == "arch":
        return _arch(surface, facts, centre, common)
    start, stop = _angles(surface, facts, centre)
    return Arc(centre=centre, radius_m=facts.radius, start_deg=start, stop_deg=stop, **common)


def _angles(surface: Surface, facts: Placed, centre: Point) -> tuple[float, float]:
    """Return where an arc starts and stops; cut by a line it faces the centre, 180 degrees in the right half."""
    if facts.angles is not None:
        return facts.angles
    half = 90.0
    if facts.within_y is not None:
        half = arc_within(facts.radius, abs(_y(surface, facts, facts.within_y) - centre[1]))
    if facts.beyond_x is not None:
        half = arc_beyond(facts.radius, centre[0] - _x(surface, facts, facts.beyond_x))
    return (180.0 - half, 180.0 + half)


def _arch(surface: Surface, facts: Placed, centre: Point, common: dict[str, Any]) -> Polygon:
    """Return what lies between the end line (or the line at `to_x`) and an arc facing the centre: a crease."""
    start, stop = _angles(surface, facts, centre)
    curve = Arc(name="", centre=centre, radius_m=facts.radius, start_deg=start, stop_deg=stop).points(step_deg=0.5)
    back = surface.half_length_m if facts.to_x is None else _x(surface, facts, facts.to_x)
    corners = [(back, float(curve[-1, 1])), (back, float(curve[0, 1]))]
    return Polygon(vertices=(*((float(x), float(y)) for x, y in curve), *corners), **common)


def _reach(surface: Surface, x: float) -> float:
    """Return the half width of the surface at x: less than half its width beside a rounded corner."""
    into = abs(x) - (surface.half_length_m - surface.corner_radius_m)
    r = surface.corner_radius_m
    if into <= 0 or r <= 0:
        return surface.half_width_m
    return surface.half_width_m - r + math.sqrt(max(0.0, r * r - into * into))


def _moved(facts: ShapeFacts, dx: float, dy: float) -> ShapeFacts:
    """Return the facts of a repeat, moved in the directions the shape itself is measured in."""

    def pair(p: Point | None) -> Point | None:
        return None if p is None else (p[0] + dx, p[1] + dy)

    return facts.model_copy(
        update={
            "start": pair(facts.start),
            "stop": pair(facts.stop),
            "centre": pair(facts.centre),
            "at_x": None if facts.at_x is None else facts.at_x + dx,
            "x": None if facts.x is None else (facts.x[0] + dx, facts.x[1] + dx),
            "y": None if facts.y is None else (facts.y[0] + dy, facts.y[1] + dy),
            "to_x": None if facts.to_x is None else facts.to_x + dx,
            "points": None if facts.points is None else tuple((x + dx, y + dy) for x, y in facts.points),
        }
    )
