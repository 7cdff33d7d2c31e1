"""A set as a race: both teams' points, rally by rally."""

from __future__ import annotations

from collections.abc import Sequence

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.rallies import Rally
from sportsai.report.svg import Svg, num, short

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 510.0, 190.0, 28.0, 146.0, 10.0, 34.0


def race(m: Material, mine: Sequence[Rally], after: Sequence[tuple[int, int]], title: str) -> Figure:
    """Return the points of one set. after: the score after each of `mine`."""
    n, most = len(after), max(max(a) for a in after)
    svg = Svg(WIDTH, HEIGHT, f"{title}. Points of both teams after each of {n} rallies.")

    def x(i: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * i / max(n, 1)

    def y(points: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * points / max(most, 1)

    for points in range(0, most + 1, 5):
        svg.add("line", x1=LEFT, x2=x(n), y1=y(points), y2=y(points), class_="grid")
        svg.text(LEFT - 6, y(points) + 4, points, class_="tick", text_anchor="end")
    for side, class_ in ((0, "home"), (1, "away")):
        d, last = f"M{num(x(0))} {num(y(0))}", 0
        for i, score in enumerate(after, 1):
            if score[side] != last:
                d += f"H{num(x(i))}V{num(y(score[side]))}"
                last = score[side]
        svg.add("path", d=f"{d}H{num(x(n))}", class_=f"{class_}-l line")
    ends = [y(after[-1][s]) for s in (0, 1)]
    if abs(ends[0] - ends[1]) < 16:  # the higher name stays above
        upper = 0 if ends[0] <= ends[1] else 1
        middle = sum(ends) / 2
        ends[upper], ends[1 - upper] = middle - 8, middle + 8
    for side in (0, 1):
        svg.add("circle", cx=x(n), cy=y(after[-1][side]), r=3.5, class_="home" if side == 0 else "away")
        svg.text(x(n) + 8, ends[side] + 4, f"{after[-1][side]} {short(m.names[side], 13)}", class_="lab")
    for i in range(0, n + 1, 10 if n > 20 else 2):
        svg.text(x(i), HEIGHT - BOTTOM + 15, i, class_="tick", text_anchor="middle")
    svg.text((LEFT + x(n)) / 2, HEIGHT - 3, "rallies of the set", class_="tick", text_anchor="middle")
    unseen = "" if mine[0].serve else "; serves are not told"
    return Figure(title, f"Points after each rally, n = {n}{unseen}", svg.markup(), f"race-{mine[0].period}")
