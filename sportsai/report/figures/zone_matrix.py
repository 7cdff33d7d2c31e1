"""From which zone to which: a grid of counts, darker where there are more, each cell opening its plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sportsai.report.figures.figure import Figure
from sportsai.report.plays import Evidence
from sportsai.report.svg import Svg

LEFT, TOP, WIDTH, ROW = 106.0, 58.0, 510.0, 34.0
LEVELS = 7


def zone_matrix(
    evidence: Evidence,
    zones: Sequence[str],
    cells: Mapping[tuple[str, str], tuple[int, str, Sequence[int]]],
    name: str,
    title: str,
    sub: str,
    head: tuple[str, str] = ("from ↓", "to →"),
) -> Figure:
    """Return a grid: rows are where from, columns where to.

    cells: (from, to) -> how many, what is shown on hover, the plays it opens.
    """
    step = (WIDTH - LEFT) / len(zones)
    svg = Svg(WIDTH, TOP + ROW * len(zones) + 4, f"{title}. {sub}", role="group")
    svg.text(LEFT - 8, TOP - 8, head[0], class_="tick", text_anchor="end")
    svg.text(LEFT, 12.0, head[1], class_="tick")
    most = max((n for n, _, _ in cells.values()), default=1)
    for k, zone in enumerate(zones):
        svg.text(LEFT - 8, TOP + ROW * k + ROW / 2 + 4, zone, class_="tick", text_anchor="end")
        words = zone.split(" ")
        for line, word in enumerate(words):
            svg.text(LEFT + step * (k + 0.5), TOP - 8 - 14 * (len(words) - 1 - line), word, class_="tiny",
                     text_anchor="middle")  # fmt: skip
        for j, to in enumerate(zones):
            x, y = LEFT + step * j, TOP + ROW * k
            n, said, plays = cells.get((zone, to), (0, "", ()))
            link = f"{name}-{k}-{j}"
            if plays:
                evidence.lists[link] = list(plays)
                svg.open("a", href=f"#{name}", class_="spot", data_plays=link, aria_label=said)
            level = 0 if not n else max(1, min(LEVELS - 2, round((LEVELS - 2) * n / most)))
            svg.add("rect", x=x + 1, y=y + 1, width=step - 2, height=ROW - 2,
                    class_=f"v{level}" if level else "box", title=said or None)  # fmt: skip
            if n:
                ink = "cell-dark" if level >= 4 else "cell"
                svg.text(x + step / 2, y + ROW / 2 + 4, n, class_=ink, text_anchor="middle")
            if plays:
                svg.close("a")
    return Figure(title, sub, svg.markup(), name)
