"""Spots and ways on a court, or on a part of it: shots, drives, entries; each opens its play."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.svg import Frame, Svg, num

RADIUS = 7.0  # units, of a spot of value 1
LEAST_RADIUS = 3.5


@dataclass(frozen=True)
class Spot:
    """One thing at one place.

    x, y: metres, the team attacking right. label: shown on hover and told to those who cannot see. plays: what it
    opens. filled: whether it came off (a goal, a made shot). value: its area, 1 the largest. side: its colour. start:
    where the way to it began, None for a spot alone. dashed: draw that way dashed.
    """

    x: float
    y: float
    label: str
    plays: tuple[int, ...] = ()
    filled: bool = True
    value: float = 1.0
    side: int = 0
    start: tuple[float, float] | None = None
    dashed: bool = False


@dataclass(frozen=True)
class Part(Frame):
    """The part of a court from `from_m` to the end that is attacked; metres along the court, 0 its middle."""

    from_m: float = 0.0

    @property
    def scale(self) -> float:
        return self.size / (self.court.half_length_m - self.from_m + self.pad_m)

    def x(self, x_m: ArrayLike) -> NDArray[np.float64]:
        return (np.asarray(x_m, float) - self.from_m) * self.scale


def spot_map(
    m: Material,
    evidence: Evidence,
    spots: Sequence[Spot],
    name: str,
    title: str | Markup,
    sub: str,
    *,
    side: int,
    from_m: float | None = None,
    key: tuple[str, str] = ("", ""),
    size: float = 510.0,
) -> Figure:
    """Return spots on a court with `side` attacking right.

    Parameters
    ----------
    name: the figure's anchor. title: what it found. sub: units, n, how to read it.
    from_m: show the court from here to its right end only (0: the attacked half), None the whole.
    key: what a filled and a hollow spot mean, "" to leave it out.
    """
    f = Frame(m.court, size) if from_m is None else Part(m.court, size, from_m)
    said = title.striptags() if isinstance(title, Markup) else title
    svg = Svg(f.width, f.height + 18, f"{said}. {m.names[side]} attack right. {sub}", role="group")
    if from_m is not None:
        svg.open("clipPath", id=f"clip-{name}")
        svg.add("rect", x=0.0, y=0.0, width=f.width, height=f.height)
        svg.close("clipPath")
        svg.open("g", clip_path=f"url(#clip-{name})")
    f.draw(svg)
    for s in spots:
        if s.start is not None:
            _way(svg, f, s)
    if from_m is not None:
        svg.close("g")
    for i, s in sorted(enumerate(spots), key=lambda v: -v[1].value):
        _spot(svg, f, evidence, s, f"{name}-{i}", name)
    _key(svg, f, key, side)
    f.arrow(svg, m.names[side], legend=True)
    return Figure(title, sub, svg.markup(), name)


def _class(side: int) -> str:
    return {0: "home", 1: "away"}.get(side, "other")


def _spot(svg: Svg, f: Frame, evidence: Evidence, s: Spot, link: str, anchor: str) -> None:
    if s.plays:
        evidence.lists[link] = list(s.plays)
        svg.open("a", href=f"#{anchor}", class_="spot", data_plays=link, aria_label=s.label)
    r = max(LEAST_RADIUS, RADIUS * math.sqrt(max(s.value, 0.0)))
    team = _class(s.side)
    class_ = f"{team} dot" if s.filled else f"hollow {team}-l"
    svg.add("circle", cx=float(f.x(s.x)), cy=float(f.y(s.y)), r=r, class_=class_, title=s.label)
    if s.plays:
        svg.close("a")


def _way(svg: Svg, f: Frame, s: Spot) -> None:
    assert s.start is not None
    (x1, y1), (x2, y2) = s.start, (s.x, s.y)
    svg.add(
        "line",
        x1=float(f.x(x1)), y1=float(f.y(y1)), x2=float(f.x(x2)), y2=float(f.y(y2)),
        class_=f"{_class(s.side)}-l move", stroke_dasharray="5 4" if s.dashed else None,
    )  # fmt: skip


def _key(svg: Svg, f: Frame, key: tuple[str, str], side: int) -> None:
    x, y = 14.0, f.height + 8
    for said, filled in zip(key, (True, False), strict=True):
        if said:
            team = _class(side)
            svg.add("circle", cx=x, cy=y, r=5.0, class_=f"{team} dot" if filled else f"hollow {team}-l")
            svg.text(x + 10, y + 4, said, class_="tick")
            x += 36 + 8.2 * len(said)


def path(f: Frame, xy: NDArray[np.floating]) -> str:
    """Return path data through xy (N, 2) metres."""
    points = [f"{num(float(x))} {num(float(y))}" for x, y in zip(f.x(xy[:, 0]), f.y(xy[:, 1]), strict=True)]
    return "M" + "L".join(points) if points else ""
