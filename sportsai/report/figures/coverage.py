"""How many players the cameras showed, minute by minute."""

from __future__ import annotations

from typing import Any

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Svg, num

HIGH, TOP, LEFT = 120.0, 20.0, 34.0


def coverage(m: Material, quality: dict[str, Any]) -> Figure | None:
    """Return players on camera over time as the quality check counted them, None without minutes."""
    minutes = quality.get("players_per_minute") or []
    if not minutes:
        return None
    most = max(float(quality.get("players_max") or 0), 2.0 * (m.court.players_per_side or 11))
    step = min(24.0, 470.0 / len(minutes))
    width = max(510.0, LEFT + step * len(minutes) + 8)
    seen = [v for v in minutes if v[3] > 0]
    mean = sum(v[2] * v[3] for v in seen) / max(1e-9, sum(v[3] for v in seen))
    everyone = 2 * (m.court.players_per_side or 11)
    title = f"The cameras showed {mean:.0f} of {everyone} players on average"
    svg = Svg(width, TOP + HIGH + 26, f"{title}, minute by minute.")
    y0 = TOP + HIGH
    before = None
    for i, (period, minute, players, share) in enumerate(minutes):
        x, h = LEFT + step * i, HIGH * min(1.0, players / most)
        if share < 1:
            svg.add("rect", x=x, y=TOP, width=step, height=HIGH, class_="unseen", opacity=f"{1 - share:.2f}")
        svg.add(
            "rect",
            x=x + 0.5,
            y=y0 - h,
            width=max(1.0, step - 1),
            height=h,
            class_="bar",
            title=f"{m.clock(int(period), float(minute) * 60)}: {players:.1f} players in the {share:.0%} seen",
        )
        if period != before:
            svg.add("line", x1=x, x2=x, y1=TOP, y2=y0 + 4, class_="axis")
            svg.text(x + 3, y0 + 18, m.period_name(int(period)), class_="tick")
            before = period
    for n in (0, everyone // 2, everyone):
        y = y0 - HIGH * n / most
        svg.add("line", x1=LEFT, x2=LEFT + step * len(minutes), y1=y, y2=y, class_="grid")
        svg.text(LEFT - 6, y + 4, num(n), class_="tick", text_anchor="end")
    svg.text(LEFT, 12, "players on camera when anybody is", class_="lab")
    sub = f"n = {len(minutes)} minutes; grey: the part of the minute in which nobody was seen"
    return Figure(title, sub, svg.markup(), "coverage")
