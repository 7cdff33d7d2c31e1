"""A stretch of the American football field, yards to scale, the offence attacking right: ways, players, the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.report.svg import Svg, num, short

WIDTH, MOST_HEIGHT, FOOT, PAD_YD = 510.0, 460.0, 34.0, 2.0
HALF_X, HALF_Y, GOAL = 60.0, 80 / 3, 50.0
LEAST_YD = 24.0
CHAR = 6.4


@dataclass(frozen=True)
class Way:
    """path (N, 2): yards from the field's middle. class_: of the line. label: beside its end. play: its number."""

    path: NDArray[np.float64]
    class_: str
    label: str = ""
    title: str = ""
    strong: bool = False
    play: int | None = None


@dataclass(frozen=True)
class Stretch:
    """What is shown: yards from the field's middle, (low, high) along and across."""

    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def scale(self) -> float:
        """Units a yard."""
        return min(WIDTH / (self.x[1] - self.x[0]), MOST_HEIGHT / (self.y[1] - self.y[0]))

    @property
    def width(self) -> float:
        return (self.x[1] - self.x[0]) * self.scale

    @property
    def height(self) -> float:
        return (self.y[1] - self.y[0]) * self.scale

    def at(self, x: float, y: float) -> tuple[float, float]:
        left = (WIDTH - self.width) / 2
        return left + (x - self.x[0]) * self.scale, (self.y[1] - y) * self.scale


def about(points: NDArray[np.float64]) -> Stretch:
    """Return the stretch that holds points (N, 2), on the field, not smaller than LEAST_YD."""
    points = points[np.isfinite(points).all(1)]
    low, high = points.min(0) - PAD_YD, points.max(0) + PAD_YD
    for k in (0, 1):
        short = max(0.0, LEAST_YD - (high[k] - low[k])) / 2
        low[k], high[k] = low[k] - short, high[k] + short
    x = max(float(low[0]), -HALF_X), min(float(high[0]), HALF_X)
    return Stretch(x, (max(float(low[1]), -HALF_Y), min(float(high[1]), HALF_Y)))


def field(s: Stretch, alt: str, line: float | None, to_go: float | None, team: str) -> Svg:
    """Return a drawing of the stretch: yard lines with their numbers, goal lines, scrimmage and the line to gain."""
    svg = Svg(WIDTH, s.height + FOOT, alt)
    left, _ = s.at(s.x[0], 0)
    svg.add("rect", x=left, y=0.0, width=s.width, height=s.height, class_="turf")
    for sign in (-1, 1):
        a, b = sorted((max(min(sign * GOAL, s.x[1]), s.x[0]), max(min(sign * HALF_X, s.x[1]), s.x[0])))
        if b > a:
            svg.add("rect", x=s.at(a, 0)[0], y=0.0, width=(b - a) * s.scale, height=s.height, class_="end-zone")
    for yard in range(-50, 51, 5):
        if s.x[0] <= yard <= s.x[1]:
            x = s.at(yard, 0)[0]
            svg.add("line", x1=x, x2=x, y1=0.0, y2=s.height, class_="axis" if abs(yard) == 50 else "yard")
            if yard % 10 == 0:
                svg.text(x, s.height + 13, "G" if abs(yard) == 50 else 50 - abs(yard), class_="tick",
                         text_anchor="middle")  # fmt: skip
    for at, class_, said in ((line, "scrimmage", "scrimmage"), (None if line is None or to_go is None else line + to_go,
                                                              "to-gain", "line to gain")):  # fmt: skip
        if at is not None and s.x[0] <= at <= s.x[1] and at <= GOAL:
            x = s.at(at, 0)[0]
            svg.add("line", x1=x, x2=x, y1=0.0, y2=s.height, class_=class_, title=said)
    svg.text(WIDTH / 2, s.height + 30, f"{short(team)} attack →   yards to the goal line", class_="dir",
             text_anchor="middle")  # fmt: skip
    return svg


def people(svg: Svg, s: Stretch, xy: NDArray[np.float64], class_: str, names: Sequence[str], cross: bool) -> None:
    """Add players: circles, or crosses for a defence, as coaches draw them."""
    for (px, py), name in zip(xy, names, strict=True):
        if not (s.x[0] <= px <= s.x[1] and s.y[0] <= py <= s.y[1]):
            continue
        x, y = s.at(float(px), float(py))
        if cross:
            d = f"M{num(x - 4)} {num(y - 4)}l8 8M{num(x + 4)} {num(y - 4)}l-8 8"
            svg.add("path", d=d, class_=f"{class_}-l cross", title=name)
        else:
            svg.add("circle", cx=x, cy=y, r=4.5, class_=f"{class_} dot", title=name)


def ways(svg: Svg, s: Stretch, found: Sequence[Way]) -> None:
    """Add ways, each with its label at the end, moved where two would meet."""
    taken: list[tuple[float, float, float]] = []
    for w in sorted(found, key=lambda w: w.strong):
        p = np.clip(w.path, [s.x[0], s.y[0]], [s.x[1], s.y[1]])
        points = [s.at(float(x), float(y)) for x, y in p if np.isfinite([x, y]).all()]
        if len(points) < 2:
            continue
        d = "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)
        svg.add("path", d=d, class_=f"{w.class_} {'line' if w.strong else 'thin'}", title=w.title or w.label or None,
                **({} if w.play is None else {"data_play": w.play}))  # fmt: skip
        (bx, by), (ex, ey) = points[max(0, len(points) - 4)], points[-1]
        turn = np.arctan2(ey - by, ex - bx)
        head = [(ex + 7 * np.cos(turn + a), ey + 7 * np.sin(turn + a)) for a in (2.6, -2.6)]
        d = f"M{num(head[0][0])} {num(head[0][1])}L{num(ex)} {num(ey)}L{num(head[1][0])} {num(head[1][1])}"
        svg.add("path", d=d, class_=f"{w.class_} thin")
    for w in sorted(found, key=lambda w: -w.strong):
        if not w.label or not len(w.path):
            continue
        ex, ey = s.at(*np.clip(w.path[-1], [s.x[0], s.y[0]], [s.x[1], s.y[1]]))
        half = CHAR * len(w.label) / 2
        at, y = min(max(ex, half + 2), WIDTH - half - 2), ey - 8
        for shift in (0, 20, -14, 34, -28, 48, -42, 62):
            tried = ey - 8 + shift
            if 10 < tried < s.height - 3 and not any(
                abs(at - a) < half + b and abs(tried - c) < 13 for a, b, c in taken
            ):
                y = tried
                break
        taken.append((at, half, y))
        svg.text(at, y, w.label, class_="name strong" if w.strong else "name", text_anchor="middle")
