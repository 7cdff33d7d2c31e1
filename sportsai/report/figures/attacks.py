"""Where a volleyball team attacks from and to: on the court where there are positions, else in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Frame, Svg


class Around(Frame):
    """A court with two metres of its free zone: a ball may be played there."""

    @property
    def pad_m(self) -> float:
        return 2.0


@dataclass(frozen=True)
class Attack:
    """start, end: metres, the side attacking right; end None where nobody touched the ball next. won: the point.

    play: its number in the file, None where there is none. says: the note on hover.
    """

    start: tuple[float, float]
    end: tuple[float, float] | None
    won: bool
    says: str
    play: int | None


def attacks(m: Material, side: int, found: Sequence[Attack], title: str, sub: str) -> Figure:
    """Return attacks as points, each with a line to where the other side touched the ball next."""
    f = Around(m.court)
    svg = Svg(f.width, f.height + 16, f"{title}. {m.names[side]} attack right.")
    f.draw(svg)
    class_ = "home" if side == 0 else "away"
    for a in found:
        if a.end is not None:
            (x1, x2), (y1, y2) = f.x([a.start[0], a.end[0]]), f.y([a.start[1], a.end[1]])
            svg.add("line", x1=float(x1), x2=float(x2), y1=float(y1), y2=float(y2), class_=f"{class_}-l path")
    for a in sorted(found, key=lambda a: a.won):
        svg.add(
            "circle", cx=float(f.x(a.start[0])), cy=float(f.y(a.start[1])), r=5.0, title=a.says,
            class_=f"{class_} dot" if a.won else f"{class_}-l hollow",
            **({} if a.play is None else {"data_play": a.play}),
        )  # fmt: skip
    f.arrow(svg, m.names[side])
    return Figure(title, sub, svg.markup(), f"attacks-{side}")


WIDTH, HEIGHT, EDGE = 510.0, 287.0, 4.0


def in_picture(points: Sequence[tuple[float, float, int]], title: str, sub: str) -> Figure:
    """Return where attackers' feet were: x, y as shares of the picture from its top left corner, and the side."""
    svg = Svg(WIDTH, HEIGHT + 2 * EDGE, f"{title}. Attackers' feet in the picture.")
    svg.add("rect", x=EDGE, y=EDGE, width=WIDTH - 2 * EDGE, height=HEIGHT, rx=4.0, class_="screen")
    svg.text(EDGE + 8, EDGE + 16, "far side", class_="tick")
    svg.text(EDGE + 8, EDGE + HEIGHT - 8, "near side", class_="tick")
    for x, y, side in points:
        cx, cy = EDGE + x * (WIDTH - 2 * EDGE), EDGE + y * HEIGHT
        if side == 0:
            svg.add("circle", cx=cx, cy=cy, r=5.0, class_="home dot")
        else:
            svg.add("rect", x=cx - 4.5, y=cy - 4.5, width=9.0, height=9.0, class_="away dot")
    return Figure(title, sub, svg.markup(), "attacks")
