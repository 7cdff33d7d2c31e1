"""How often a team's passes go where a model would send them: to its first choice, to one of its first three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Svg, short

LEFT, ROW, GROUP, WIDE = 136.0, 24.0, 80.0, 330.0


def choices(m: Material, sides: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Return the share of passes to the first choice and to one of three, None without passes whose receiver is known.

    sides: home and away, each with `known`, `first` and `among_three`.
    """
    if not all(s.get("known") for s in sides):
        return None
    share = [s["first"] / s["known"] for s in sides]
    ahead = 0 if share[0] >= share[1] else 1
    behind = f"{m.names[1 - ahead]} {share[1 - ahead]:.0%}"
    title = f"{m.names[ahead]} play {share[ahead]:.0%} of their passes to the likeliest receiver, {behind}"
    svg = Svg(LEFT + WIDE + 60, 2 * GROUP + 22, f"{title}.")
    for i in range(5):
        x = LEFT + WIDE * i / 4
        svg.add("line", x1=x, x2=x, y1=18.0, y2=2 * GROUP + 2, class_="grid")
        svg.text(x, 2 * GROUP + 18, f"{i * 25}%", class_="tick", text_anchor="middle")
    groups = (("To the likeliest receiver", "first"), ("To one of the three likeliest", "among_three"))
    for k, (what, key) in enumerate(groups):
        svg.text(LEFT, GROUP * k + 14, what, class_="lab")
        for side, class_ in ((0, "home"), (1, "away")):
            y = GROUP * k + 20 + ROW * side
            value = sides[side][key] / sides[side]["known"]
            low, high = wilson(value, sides[side]["known"])
            svg.text(LEFT - 8, y + 13, short(m.names[side], 16), class_="tick", text_anchor="end")
            svg.add("rect", x=LEFT, y=y, width=WIDE * value, height=18.0, class_=class_)
            svg.add("line", x1=LEFT + WIDE * low, x2=LEFT + WIDE * high, y1=y + 9, y2=y + 9, class_="whisker")
            svg.text(LEFT + WIDE + 12, y + 13, f"{value:.0%}", class_="tick")
    n = " and ".join(str(s["known"]) for s in sides)
    sub = f"n = {n} passes whose receiver is known; lines: 95 % intervals (Wilson)"
    return Figure(title, sub, svg.markup(), "choices")
