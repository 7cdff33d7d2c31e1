"""A court in metres: how large is it, what is painted on it, and which part of it is a position in?

                 +y
     +-----------+-----------+
     |           |           |
left |        centre (0,0)   | right     a team "attacking right" attacks +x: zones are named as it sees them
     |           |           |
     +-----------+-----------+
                 -y
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.court.facts import CourtFacts, GoalFacts, NetFacts, ShapeFacts, ZoneFacts
from sportsai.court.placing import Surface, place, place_zone
from sportsai.court.shapes import Arc, Point, Polygon, Rect, Shape
from sportsai.court.zones import Zone
from sportsai.errors import LeagueError


@dataclass(frozen=True)
class Court:
    """A court of one size.

    Parameters
    ----------
    name: the sport's own word: pitch, rink, court, field.
    length_m, width_m: outer size of the playing surface, metres (a rink's boards, a football field's end lines).
    players_per_side: on the court at once, goalkeeper included.
    corner_radius_m: radius of the rounded corners; 0 for square ones.
    surround_m: run-off around the surface.
    """

    name: str
    length_m: float
    width_m: float
    players_per_side: int = 0
    sport: str = ""
    corner_radius_m: float = 0.0
    surround_m: float = 0.0
    source: str = ""
    goal: GoalFacts | None = None
    net: NetFacts | None = None
    shape_facts: tuple[ShapeFacts, ...] = dataclasses.field(default=(), repr=False)
    zone_facts: tuple[ZoneFacts, ...] = dataclasses.field(default=(), repr=False)

    @classmethod
    def from_facts(cls, facts: CourtFacts, sport: str, where: str) -> Court:
        """Return the court that a TOML's facts (in metres) describe; `where` is the file for the error."""
        for key in ("name", "length", "width", "players_per_side"):
            if getattr(facts, key) is None:
                raise LeagueError(
                    "is missing", where=f'{where}, "court.{key}"', expected="a value", todo="See leagues/README.md."
                )
        length, width, players = facts.length or 0.0, facts.width or 0.0, facts.players_per_side or 0
        if facts.corner_radius > min(length, width) / 2:
            raise LeagueError(
                f"is {facts.corner_radius:g} m",
                where=f'{where}, "court.corner_radius"',
                expected=f"at most half the width, {width / 2:g} m",
            )
        return cls(
            name=facts.name or "",
            length_m=length,
            width_m=width,
            players_per_side=players,
            sport=sport,
            corner_radius_m=facts.corner_radius,
            surround_m=facts.surround,
            source=facts.source,
            goal=facts.goal,
            net=facts.net,
            shape_facts=facts.shapes,
            zone_facts=facts.zones,
        )

    def resized(self, length_m: float, width_m: float) -> Court:
        """Return this court for a game played on another size: markings keep theirs and follow their end or side.

        Raises LeagueError when a size is not a positive number.
        """
        for key, value in (("length", length_m), ("width", width_m)):
            if not (math.isfinite(value) and value > 0):
                raise LeagueError(f"a {self.name} cannot have a {key} of {value} m", expected="a positive number")
        return dataclasses.replace(self, length_m=float(length_m), width_m=float(width_m))

    @property
    def half_length_m(self) -> float:
        return self.length_m / 2

    @property
    def half_width_m(self) -> float:
        return self.width_m / 2

    @property
    def surface(self) -> Surface:
        """The size alone: all that placing a marking needs."""
        return Surface(self.half_length_m, self.half_width_m, self.corner_radius_m)

    @property
    def goal_right(self) -> Point | None:
        """Where a team attacking right scores: the goal's, basket's or goal posts' middle; None without a goal."""
        return None if self.goal is None else (self.half_length_m - self.goal.from_end, 0.0)

    @property
    def goal_left(self) -> Point | None:
        return None if self.goal is None else (self.goal.from_end - self.half_length_m, 0.0)

    @cached_property
    def boundary(self) -> Shape:
        """The outline of the playing surface."""
        hx, hy, r = self.half_length_m, self.half_width_m, self.corner_radius_m
        common: dict[str, Any] = {"name": "boundary", "role": "boundary", "source": self.source}
        if r <= 0:
            return Rect(x_min=-hx, x_max=hx, y_min=-hy, y_max=hy, **common)
        corners = [(hx - r, hy - r, 0), (r - hx, hy - r, 90), (r - hx, r - hy, 180), (hx - r, r - hy, 270)]
        arcs = [Arc(name="", centre=(x, y), radius_m=r, start_deg=a, stop_deg=a + 90).points() for x, y, a in corners]
        return Polygon(vertices=tuple((float(x), float(y)) for x, y in np.concatenate(arcs)), **common)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Everything painted or standing, the boundary first, mirrored copies written out."""
        drawn = [s for facts in self.shape_facts for s in place(facts, self.surface)]
        return (self.boundary, *drawn)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every zone, most particular first as the TOML lists them."""
        return tuple(z for facts in self.zone_facts for z in place_zone(facts, self.surface))

    @property
    def zone_groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(z.group for z in self.zones))

    def shape(self, name: str, end: str = "") -> Shape:
        """Return the first shape of that name (at that end); KeyError when there is none."""
        for s in self.shapes:
            if s.name == name and end in ("", s.end):
                return s
        raise KeyError(name)

    def contains(self, xy: ArrayLike, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Return which positions lie on the court or within `margin_m` outside it; NaN lies nowhere.

        Shapes: xy (..., 2) metres -> (...).
        """
        p = np.abs(_positions(xy))
        hx, hy = self.half_length_m + margin_m, self.half_width_m + margin_m
        inside = (p[..., 0] <= hx) & (p[..., 1] <= hy)
        r = self.corner_radius_m + margin_m
        if self.corner_radius_m <= 0 or r <= 0:
            return inside
        beyond = np.maximum(p - (hx - r, hy - r), 0.0)  # distance past the corner's centre, each axis
        return inside & (np.hypot(beyond[..., 0], beyond[..., 1]) <= r)

    def zone(self, xy: ArrayLike, group: str | None = None) -> NDArray[np.str_]:
        """Return each position's zone name ("" in none), the first that holds it, of `group` or of all groups.

        Shapes: xy (..., 2) metres, attacking right -> (...).
        """
        p = _positions(xy)
        zones = [z for z in self.zones if group in (None, z.group)]
        longest = max((len(z.name) for z in zones), default=1)
        names = np.full(p.shape[:-1], "", dtype=f"<U{longest}")
        for zone in reversed(zones):
            names[zone.holds(p)] = zone.name
        return names


def _positions(xy: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(xy, dtype=np.float64)
