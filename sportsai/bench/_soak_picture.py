"""The picture of a soak: memory, CPU and latency, a dot a game."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WIDE, HIGH, LEFT, TOP = 720, 130, 56, 34
INK, GREY = "#1f2933", "#7b8794"
COLORS = ("#0b6e99", "#c2541b")
Line = tuple[str, Callable[[dict[str, Any]], float | None]]
PANELS: tuple[tuple[str, str, tuple[Line, ...]], ...] = (
    ("Memory", "MB", (("season", lambda g: g["MB"]), ("desk", lambda g: g["desk MB"]))),
    ("Work a game", "CPU-s", (
        ("read, analyse, sum up", lambda g: g["cpu"]["read, analyse, sum up"]),
        ("report", lambda g: g["cpu"]["report"]),
    )),
    ("Answers", "ms, wall", (
        ("query", lambda g: g["wall_ms"]["query"]),
        ("list of games at the desk", lambda g: g["wall_ms"]["list of games"]),
    )),
)  # fmt: skip


def draw(games: Sequence[dict[str, Any]]) -> str:
    """Return the picture as SVG: a panel a quantity over the number of the game, dashed lines where a season begins."""
    from sportsai.report.svg import Svg

    tall = len(PANELS) * (HIGH + 58) + 20
    svg = Svg(WIDE, tall, f"Memory, work and latency over {len(games)} simulated games, one after the other")
    svg.add("rect", x=0, y=0, width=WIDE, height=tall, fill="#ffffff")
    begun = [g["game"] for g in games if g["place"] == 1][1:]
    for n, (title, unit, lines) in enumerate(PANELS):
        _panel(svg, TOP + n * (HIGH + 58), title, unit, lines, games, begun)
    return str(svg.markup()).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ', 1)


def _panel(svg: Any, top: float, title: str, unit: str, lines: Sequence[Line], games: Any, begun: list[int]) -> None:
    values = [[(g["game"], v) for g in games if (v := of(g)) is not None] for _, of in lines]
    most = _round_up(float(np.percentile([v for line in values for _, v in line], 99.5)))
    last = max(2, len(games))

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - 1) / (last - 1) * (WIDE - LEFT - 20), top + HIGH - min(y, most) / most * HIGH

    svg.text(LEFT, top - 12, f"{title}, {unit}", fill=INK, font_size=13, font_weight=600)
    for n, (name, _) in enumerate(lines):
        svg.text(LEFT + 150 + 190 * n, top - 12, f"● {name}", fill=COLORS[n], font_size=12)
    for share in (0, 0.5, 1):
        x, y = at(1, share * most)
        svg.add("line", x1=x, y1=y, x2=WIDE - 20.0, y2=y, stroke="#e4e7eb")
        svg.text(LEFT - 6, y + 4, f"{share * most:g}", fill=GREY, font_size=11, text_anchor="end")
    for number in begun:
        x, _ = at(number, 0)
        svg.add("line", x1=x, y1=top, x2=x, y2=top + HIGH, stroke=GREY, stroke_dasharray="3 3")
    for n, line in enumerate(values):
        dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in (at(*p) for p in line))
        svg.add("path", d=dots, stroke=COLORS[n], stroke_width=2, stroke_linecap="round", fill="none")
    svg.text(LEFT, top + HIGH + 15, "game 1", fill=GREY, font_size=11)
    svg.text(WIDE - 20, top + HIGH + 15, f"{last:,}", fill=GREY, font_size=11, text_anchor="end")


def _round_up(v: float) -> float:
    """Return the next of 1, 2, 5, 10, ... above a value."""
    scale = 10.0 ** np.floor(np.log10(max(v, 1e-9)))
    return float(next(s * scale for s in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if s * scale >= v))
