"""How well the model recognised each type in the part of the data it never saw."""

from __future__ import annotations

from collections.abc import Mapping

from sportsai.report.counts import TypeScore, wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.svg import Svg

LEFT, ROW, WIDE = 190.0, 24.0, 300.0


def scores(m: Material, tests: Mapping[str, TypeScore]) -> Figure | None:
    """Return precision, recall and average precision with 95 % intervals, None where nothing was measured."""
    rows: list[tuple[str, str, float, float | None]] = []
    for name, s in tests.items():
        label = m.league.events[name].label if name in m.league.events else name
        right = None if s.found is None or s.precision is None else s.found * s.precision
        for what, value, n in (
            ("precision", s.precision, s.found),
            ("recall", s.recall, s.n),
            ("average precision", s.ap, None),
            ("key player", s.key_right, right),
        ):
            if value is not None:
                rows.append((label if what == "precision" else "", what, value, n))
    if not rows:
        return None
    best = max(tests.values(), key=lambda s: s.precision or 0)
    worst = min(tests.values(), key=lambda s: s.precision or 0)

    def share(s: TypeScore) -> str:
        name = (m.league.events[s.type].label if s.type in m.league.events else s.type).lower()
        return f"{s.precision or 0:.0%} of recognised {name} events are right"

    title = (
        share(best)[:1].upper()
        + share(best)[1:]
        + (f", {worst.precision or 0:.0%} of {worst.type} events" if worst is not best else "")
    )
    svg = Svg(LEFT + WIDE + 60, ROW * len(rows) + 30, title + ".")
    for i in range(5):
        x = LEFT + WIDE * i / 4
        svg.add("line", x1=x, x2=x, y1=4.0, y2=ROW * len(rows) + 6, class_="grid")
        svg.text(x, ROW * len(rows) + 22, f"{i * 25}%", class_="tick", text_anchor="middle")
    for i, (label, what, value, n) in enumerate(rows):
        y = ROW * i + 18
        if label:
            svg.text(0, y + 4, label, class_="lab")
        svg.text(
            LEFT - 8, y + 4, what if what != "average precision" else "avg. precision", class_="tick", text_anchor="end"
        )
        x = LEFT + WIDE * value
        if n:
            low, high = wilson(value, n)
            svg.add("line", x1=LEFT + WIDE * low, x2=LEFT + WIDE * high, y1=y, y2=y, class_="whisker")
        svg.add("circle", cx=x, cy=y, r=4.5, class_="point")
        svg.text(LEFT + WIDE + 12, y + 4, f"{value:.0%}", class_="tick")
    ns = ", ".join(f"{s.type} {s.n:,}" for s in tests.values() if s.n)
    tolerance = ((m.run or {}).get("metrics") or {}).get("tolerance")
    where = f"right is {tolerance}; " if isinstance(tolerance, str) else ""
    sub = f"Test part only; {where}bars: 95 % intervals (Wilson)" + (
        f"; n of true events: {ns}" if ns else "; n not stated by the run"
    )
    return Figure(title, sub, svg.markup(), "scores")
