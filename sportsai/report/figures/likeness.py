"""Which teams a team's possessions look like: the likeliest few as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.svg import Svg

LEAST_P = 0.01  # smaller ones stand in no sentence
LEFT, ROW, WIDE = 190.0, 32.0, 280.0


def likeness(m: Material, evidence: Evidence, team: Mapping[str, Any], plays: Sequence[int]) -> Figure | None:
    """Return what a team's possessions look most like, None where they are too few to say."""
    rows = team.get("likeliest") or []
    if not team.get("enough") or not rows:
        return None
    side = int(team["side"])
    name = m.names[side]
    n = evidence.plays(f"{team['possessions']}", f"style-{side}", plays, f"style-{side}")
    like = ", ".join(f"{r['name']} {r['p']:.0%}" for i, r in enumerate(rows) if i == 0 or r["p"] >= LEAST_P)
    title = f"{name}: these possessions look most like {like}"
    sub = Markup("n = {} possessions, all together; probability of each of the league’s teams, the first {} shown")
    svg = Svg(LEFT + WIDE + 60, ROW * len(rows) + 26, f"{title}. {team['possessions']} possessions.")
    for i in range(3):
        x = LEFT + WIDE * i / 2
        svg.add("line", x1=x, x2=x, y1=2.0, y2=ROW * len(rows) + 2, class_="grid")
        svg.text(x, ROW * len(rows) + 18, f"{i * 50}%", class_="tick", text_anchor="middle")
    class_ = ("home", "away")[side]
    for i, r in enumerate(rows):
        y = ROW * i + 4
        svg.text(LEFT - 10, y + 17, r["name"], class_="lab", text_anchor="end")
        svg.add("rect", x=LEFT, y=y, width=max(1.0, WIDE * float(r["p"])), height=22.0, class_=class_)
        said = f"{r['p']:.0%}" if r["p"] >= LEAST_P else "under 1%"
        svg.text(LEFT + WIDE * float(r["p"]) + 7, y + 16, said, class_="tick")
    return Figure(title, sub.format(n, len(rows)), svg.markup(), f"style-{side}")
