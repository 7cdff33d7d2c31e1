"""Points on the court, each a play: where they were, which of them came to something, and how large they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Frame, Svg


@dataclass(frozen=True)
class Mark:
    """x, y: metres, the side attacking right. good: drawn filled. says: the note on hover. play: its number in the
    file, None where there is none. size: radius in units of the drawing."""

    x: float
    y: float
    good: bool
    says: str
    play: int | None = None
    size: float = 5.0


def marks(
    m: Material, side: int, points: Sequence[Mark], title: str | Markup, sub: str, name: str, alt: str
) -> Figure:  # fmt: skip
    """Return a team's points on the court; filled and hollow are told apart by form, not by colour alone."""
    f = Frame(m.court)
    svg = Svg(f.width, f.height + 16, f"{alt} {m.names[side]} attack right.")
    f.draw(svg)
    f.arrow(svg, m.names[side])
    class_ = "home" if side == 0 else "away"
    for p in sorted(points, key=lambda p: p.good):
        svg.add(
            "circle", cx=float(f.x(p.x)), cy=float(f.y(p.y)), r=p.size, title=p.says,
            class_=f"{class_} dot" if p.good else f"{class_}-l hollow",
            **({} if p.play is None else {"data_play": p.play}),
        )  # fmt: skip
    return Figure(title, sub, svg.markup(), name)
