"""Volleyball at a glance: who led each set by how much, rally by rally, and where the key moments lie."""

from __future__ import annotations

from collections.abc import Sequence

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.moments import Moment
from sportsai.report.rallies import Rally, rallies, standings
from sportsai.report.svg import Svg, short

WIDTH, TOP, MIDDLE, HALF, EDGE = 544.0, 44.0, 96.0, 48.0, 8.0
LEAST = 5  # rallies of a set
MOST_BAR = 16.0


def leads(m: Material, moments: Sequence[Moment]) -> list[Figure]:
    """Return a drawing a set, nothing where the score is not known."""
    every = rallies(m)
    score = standings(m, every)
    most = max((abs(a - b) for a, b in score.values()), default=0)
    sets = [[r for r in every if r.period == p and r.number in score] for p in m.periods]
    return [_set(m, mine, score, max(most, 5), moments) for mine in sets if len(mine) >= LEAST]


def _set(
    m: Material, mine: Sequence[Rally], score: dict[int, tuple[int, int]], most: int, moments: Sequence[Moment]
) -> Figure:
    lead = [score[r.number][0] - score[r.number][1] for r in mine]
    ahead = [sum(v > 0 for v in lead), sum(v < 0 for v in lead)]
    side = 0 if ahead[0] >= ahead[1] else 1
    name = m.period_name(mine[0].period)
    title = f"{name.capitalize()}: {m.names[side]} lead after {ahead[side]} of {len(mine)} rallies"
    svg = Svg(WIDTH, MIDDLE + HALF + 40, f"{title}. The lead after each rally, up for {m.names[0]}, down for "
              f"{m.names[1]}, and key moments.", "timeline", "group")  # fmt: skip
    step = min(MOST_BAR, (WIDTH - 2 * EDGE - 30) / len(mine))
    left = EDGE + 22
    for points in (-most, 0, most):
        y = MIDDLE - HALF * points / most
        svg.add("line", x1=left, x2=left + step * len(mine), y1=y, y2=y, class_="axis" if points == 0 else "grid")
        svg.text(left - 6, y + 4, f"{abs(points)}", class_="tick", text_anchor="end")
    for i, (r, v) in enumerate(zip(mine, lead, strict=True)):
        h = HALF * abs(v) / most
        if v:
            svg.add("rect", x=left + step * i + 0.5, width=step - 1, y=MIDDLE - h if v > 0 else MIDDLE, height=h,
                    class_="home" if v > 0 else "away",
                    title=f"rally {r.number}: {score[r.number][0]}–{score[r.number][1]}")  # fmt: skip
    last = -100.0
    rows = {c.row: i for i, r in enumerate(mine) for c in r.contacts}
    for i, n, k in sorted((rows[k.index], n, k) for n, k in enumerate(moments, 1) if k.index in rows):
        x = left + step * (i + 0.5)
        shown = max(x, last + 17, EDGE + 8)
        last = shown
        svg.add("line", x1=x, x2=x, y1=26.0, y2=MIDDLE + HALF, class_="hair")
        svg.add("line", x1=shown, x2=x, y1=18.0, y2=26.0, class_="hair")
        svg.open("a", href=f"#moment-{n}", class_="pin")
        team = ("home", "away")[k.side] if k.side in (0, 1) else "other"
        svg.add("circle", cx=shown, cy=11.0, r=8.0, class_=team, title=f"{n}: {k.title}")
        svg.text(shown, 15, n, class_=f"pin-t {team}-ink", text_anchor="middle")
        svg.close("a")
    svg.text(left, TOP - 8, f"{short(m.names[0])} lead ↑", class_="lab")
    svg.text(left, MIDDLE + HALF + 15, f"{short(m.names[1])} lead ↓", class_="lab")
    for i in range(0, len(mine) + 1, 10):
        svg.text(left + step * i, MIDDLE + HALF + 34, i, class_="tick", text_anchor="middle")
    svg.text(WIDTH - EDGE, MIDDLE + HALF + 15, "points; below: rallies", class_="tick", text_anchor="end")
    return Figure(title, f"Points of lead after each rally, n = {len(mine)}", svg.markup(), f"leads-{mine[0].period}")
