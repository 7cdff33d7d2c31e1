"""Lines over the seconds of one play, labelled where they end, with the moments of the log as uprights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.report.figures.figure import Figure
from sportsai.report.svg import Svg, num, short

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, LINE = 510.0, 240.0, 34.0, 150.0, 30.0, 38.0, 14.0


@dataclass(frozen=True)
class Line:
    """at, value (N,): seconds and what is drawn, NaN where it is not known. strong: the one the title speaks of."""

    label: str
    at: NDArray[np.float64]
    value: NDArray[np.float64]
    class_: str = "quiet-l"
    strong: bool = False


def over_time(
    lines: Sequence[Line], marks: Sequence[tuple[float, str]], y_label: str, title: str, sub: str, name: str, alt: str,
    least: float = 5.0,
) -> Figure:  # fmt: skip
    """Return the figure; marks: (second, what happened). y from 0 to at least `least`."""
    known = [v for line in lines for v in line.value if np.isfinite(v)]
    first, last = min(float(line.at[0]) for line in lines), max(float(line.at[-1]) for line in lines)
    step = next((s for s in (1, 2, 5, 10, 20) if max([*known, least]) / s <= 6), 50)
    most = step * float(np.ceil(max([*known, least]) / step))
    svg = Svg(WIDTH, HEIGHT, f"{title}. {alt}")

    def x(t: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (t - first) / max(last - first, 1e-9)

    def y(v: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * v / most

    for v in np.arange(0, most + step / 2, step):
        svg.add("line", x1=LEFT, x2=x(last), y1=y(v), y2=y(v), class_="grid")
        svg.text(LEFT - 6, y(v) + 4, f"{v:g}", class_="tick", text_anchor="end")
    svg.text(0, 12, y_label, class_="tick")
    before = -100.0
    for t, said in sorted(marks):
        if first <= t <= last:
            svg.add("line", x1=x(t), x2=x(t), y1=TOP - 4, y2=HEIGHT - BOTTOM, class_="hair")
            up = TOP - 8 if x(t) - before > 52 else TOP + 8
            svg.text(x(t), up, said, class_="tick", text_anchor="middle")
            before = x(t)
    for line in sorted(lines, key=lambda v: v.strong):
        d, on = "", False
        for t, v in zip(line.at, line.value, strict=True):
            if np.isfinite(v):
                d += f"{'L' if on else 'M'}{num(x(float(t)))} {num(y(float(v)))}"
            on = bool(np.isfinite(v))
        if d:
            svg.add("path", d=d, class_=f"{line.class_} {'line' if line.strong else 'thin'}", title=line.label)
    ends = sorted(((y(float(f[-1])), line) for line in lines if len(f := line.value[np.isfinite(line.value)])),
                  key=lambda v: v[0])  # fmt: skip
    at = -100.0
    places = []
    for h, line in ends:
        at = max(h, at + LINE)
        places.append((at, line))
    over = max(0.0, at - (HEIGHT - BOTTOM))
    for h, line in places:
        svg.text(x(last) + 8, h - over + 4, short(line.label, 16), class_="lab" if line.strong else "tick")
    length = last - first
    for t in np.arange(np.ceil(first), last + 1e-6, 1 if length <= 12 else 2 if length <= 24 else 5):
        svg.text(x(float(t)), HEIGHT - BOTTOM + 16, f"{t:g}", class_="tick", text_anchor="middle")
    svg.text((LEFT + x(last)) / 2, HEIGHT - 4, "seconds after the snap", class_="tick", text_anchor="middle")
    return Figure(title, sub, svg.markup(), name)
