"""Means with the range they could have come from, and dots in rows to see them by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sportsai.report.figures.figure import Figure
from sportsai.report.plays import Evidence
from sportsai.report.svg import Svg, num, short

DRAWS = 2000
LEAST = 3  # values for a range
WIDTH, LEFT, RIGHT, ROW, TOP = 510.0, 8.0, 12.0, 86.0, 6.0


@dataclass(frozen=True)
class Dot:
    """One value. label: shown on hover. play: what it opens, None for nothing. filled: whether it came off."""

    value: float
    label: str
    play: int | None = None
    filled: bool = True


@dataclass(frozen=True)
class Row:
    """One row of dots with its mean; class_: "home" or "away"."""

    name: str
    class_: str
    dots: tuple[Dot, ...]


def mean_range(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Return the mean and its 95 % range, by drawing the values again (bootstrap); without enough, the mean thrice."""
    v = np.asarray(values, float)
    mean = float(v.mean()) if len(v) else float("nan")
    if len(v) < LEAST:
        return mean, mean, mean
    drawn = np.random.default_rng(seed).integers(0, len(v), (DRAWS, len(v)))
    low, high = np.quantile(v[drawn].mean(1), [0.025, 0.975])
    return mean, float(low), float(high)


def apart(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether the 95 % range of the difference of two means leaves 0 out."""
    if min(len(a), len(b)) < LEAST:
        return False
    rng = np.random.default_rng(0)
    means = [np.asarray(v, float)[rng.integers(0, len(v), (DRAWS, len(v)))].mean(1) for v in (a, b)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return bool(low > 0 or high < 0)


def dot_rows(evidence: Evidence, rows: Sequence[Row], name: str, title: str, sub: str, unit: str) -> Figure:
    """Return rows of dots along one axis, each row's mean as a line with its 95 % range."""
    values = np.array([d.value for r in rows for d in r.dots])
    low, high, step = _axis(values)
    svg = Svg(WIDTH, TOP + ROW * len(rows) + 26, f"{title}. {sub}", role="group")
    scale = (WIDTH - LEFT - RIGHT) / (high - low)
    bottom = TOP + ROW * len(rows)
    for v in np.arange(low, high + step / 2, step):
        x = LEFT + scale * (v - low)
        svg.add("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="grid")
        last = v > high - step / 2
        text = f"{v:g}" + (f" {unit}" if last else "")
        svg.text(x, bottom + 16, text, class_="tick", text_anchor="end" if last else "start" if v == low else "middle")
    for i, r in enumerate(rows):
        _row(svg, evidence, r, TOP + ROW * i, name, lambda v: LEFT + scale * (v - low))
    return Figure(title, sub, svg.markup(), name)


def _axis(values: np.ndarray) -> tuple[float, float, float]:
    """Return round ends and the step of an axis that holds the values."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    span = max(high - low, 1e-3)
    step = next(s for k in range(-3, 6) for s in (10.0**k, 2 * 10.0**k, 5 * 10.0**k) if span / s <= 6)
    first = np.floor(low / step) * step
    last = np.ceil(high / step) * step
    return float(first), float(last if last > first else first + step), float(step)


def _row(svg: Svg, evidence: Evidence, r: Row, y: float, name: str, x_of: Callable[[float], float]) -> None:
    v = [d.value for d in r.dots]
    mean, low, high = mean_range(v)
    svg.text(LEFT, y + 12, f"{short(r.name, 36)}, n = {len(v)}", class_="lab")
    middle = y + 44
    lanes: dict[int, int] = {}
    for i, d in sorted(enumerate(r.dots), key=lambda k: k[1].value):
        x = float(x_of(d.value))
        n = lanes[round(x / 9)] = lanes.get(round(x / 9), -1) + 1
        dy = (n + 1) // 2 * 7.5 * (1 if n % 2 else -1)
        link = f"{name}-{r.class_}-{i}"
        if d.play is not None:
            evidence.lists[link] = [d.play]
            svg.open("a", href=f"#{name}", class_="spot", data_plays=link, aria_label=d.label)
        class_ = f"{r.class_} dot" if d.filled else f"hollow {r.class_}-l"
        svg.add("circle", cx=x, cy=middle + max(-24.0, min(24.0, dy)), r=4.0, class_=class_, title=d.label)
        if d.play is not None:
            svg.close("a")
    if v:
        x = float(x_of(mean))
        if low < high:
            svg.add("line", x1=float(x_of(low)), x2=float(x_of(high)), y1=y + 73, y2=y + 73, class_="whisker")
        svg.add("path", d=f"M{num(x)} {num(y + 68)}v10", class_="whisker")
        text = f"mean {mean:.1f}" + (f" ({low:.1f}–{high:.1f})" if low < high else "")
        end = x > WIDTH * 0.6
        at = float(x_of(low)) - 6 if end else float(x_of(high)) + 6
        svg.text(at, y + 77, text, class_="tick", text_anchor="end" if end else "start")
