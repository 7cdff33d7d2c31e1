"""Small SVG drawings with selectable text that take their colours from the page's style sheet (light, dark, print)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import ArrayLike, NDArray

from sportsai.court import Court


def num(v: float) -> str:
    """Return a coordinate with at most one decimal and nothing to spare."""
    text = f"{float(v):.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def short(name: str, most: int = 22) -> str:
    """Return a name that fits into a drawing, cut where it is long."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def attributes(values: dict[str, Any]) -> str:
    """Return ` name="value"` for each; class_ becomes class, stroke_width stroke-width; values are escaped."""
    parts = []
    for name, value in values.items():
        if value is None:
            continue
        shown = num(float(value)) if isinstance(value, (float, np.floating)) else value
        parts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(str(shown))}"')
    return "".join(parts)


class Svg:
    """A drawing under way: elements are added in order, `markup` closes it.

    Parameters
    ----------
    width, height: of the viewBox; the style sheet scales the drawing to its column.
    alt: what a reader who cannot see it is told. role: "group" for a drawing that holds links.
    """

    def __init__(self, width: float, height: float, alt: str, class_: str = "", role: str = "img") -> None:
        self.width, self.height, self.alt, self.class_, self.role = width, height, alt, class_, role
        self._parts: list[str] = []

    def add(self, tag: str, text: object = None, title: object = None, **values: Any) -> None:
        """Add one element; `text` is its content, `title` the note shown on hover, both escaped."""
        inner = ("" if title is None else f"<title>{escape(str(title))}</title>") + (
            "" if text is None else str(escape(str(text)))
        )
        self._parts.append(f"<{tag}{attributes(values)}>{inner}</{tag}>" if inner else f"<{tag}{attributes(values)}/>")

    def text(self, x: float, y: float, text: object, **values: Any) -> None:
        """Add text at (x, y), cut where it would run out of any drawing."""
        said = str(text)
        self.add("text", said if len(said) <= 48 else said[:47] + "…", x=float(x), y=float(y), **values)

    def open(self, tag: str, **values: Any) -> None:
        self._parts.append(f"<{tag}{attributes(values)}>")

    def close(self, tag: str) -> None:
        self._parts.append(f"</{tag}>")

    def markup(self) -> Markup:
        """Return the drawing as an <svg> element."""
        head = attributes(
            {
                "class_": self.class_ or None,
                "viewBox": f"0 0 {num(self.width)} {num(self.height)}",
                "role": self.role,
                "aria-label": self.alt,
            }
        )
        return Markup(f"<svg{head}>{''.join(self._parts)}</svg>")


PAD = 0.03  # of a court's length: the free space around it in a drawing


@dataclass(frozen=True)
class Frame:
    """Where metres of a court fall in a drawing.

    size: units from end to end, free space included, whatever the sport.
    """

    court: Court
    size: float = 510.0

    @property
    def pad_m(self) -> float:
        """Free space around the surface, metres: 3 on a soccer pitch, less on a smaller court."""
        return PAD * self.court.length_m

    @property
    def scale(self) -> float:
        """Units a metre."""
        return self.size / (self.court.length_m + 2 * self.pad_m)

    @property
    def width(self) -> float:
        return self.size

    @property
    def height(self) -> float:
        return (self.court.width_m + 2 * self.pad_m) * self.scale

    def x(self, x_m: ArrayLike) -> NDArray[np.float64]:
        return (np.asarray(x_m, float) + self.court.half_length_m + self.pad_m) * self.scale

    def y(self, y_m: ArrayLike) -> NDArray[np.float64]:
        return (self.court.half_width_m + self.pad_m - np.asarray(y_m, float)) * self.scale

    def draw(self, svg: Svg) -> None:
        """Lay the court (drawn once a page, see `court_symbol`) into a drawing."""
        svg.add("use", href="#court", transform=self.placed)

    def draw_lines(self, svg: Svg) -> None:
        """Lay the court's lines alone over what was drawn."""
        svg.add("use", href="#court-lines", transform=self.placed)

    @property
    def placed(self) -> str:
        """The transform that puts a drawing in metres about the court's centre into its place."""
        return f"translate({num(float(self.x(0)))} {num(float(self.y(0)))}) scale({self.scale:.4g})"

    def arrow(self, svg: Svg, text: str, *, legend: bool = False) -> None:
        """Say which way the team attacks, under the court's middle, or its right end where a legend stands there."""
        x, y = self.size / 2, float(self.y(-self.court.half_width_m - self.pad_m)) + 12
        if legend:
            x = self.size - self.pad_m * self.scale
        svg.text(x, y, f"{short(text)} attack →", class_="dir", text_anchor="end" if legend else "middle")


def court_paths(court: Court) -> list[dict[str, Any]]:
    """Return the court's shapes as paths in metres, y up, for the drawings and for the play viewer.

    Markings that reach beyond the drawings' free space, as volleyball's dashes beside the court, are left out: they
    would lie over what stands beside a drawing. Each has `d` (path data), `role`, `fill` (whether it is filled) and
    `color` (#rrggbb where the rule book gives one).
    """
    drawn = []
    shown = np.array([court.half_length_m, court.half_width_m]) + PAD * court.length_m
    for shape in court.shapes:
        try:
            points = shape.points(step_deg=6.0)
        except NotImplementedError:
            continue
        if len(points) < 2 or type(shape).__name__ == "Text":
            continue
        if shape.role == "marking" and (np.abs(points) > shown).any():
            continue
        d = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + ("Z" if shape.closed else "")
        drawn.append({"d": d, "role": shape.role, "fill": bool(shape.filled), "color": shape.colour})
    return drawn


def court_symbol(court: Court) -> Markup:
    """Return the hidden drawing that holds the court once (`court`, and `court-lines` without the surface)."""
    parts, lines = [], []
    for i, path in enumerate(court_paths(court)):
        class_ = "surface" if i == 0 else "goal" if path["role"] == "goal" else "mark"
        style = None
        if path["color"]:
            style = f"fill:{path['color']};opacity:.45" if path["fill"] else f"stroke:{path['color']};opacity:.6"
        values = {"class_": class_ + (" solid" if path["fill"] else ""), "d": path["d"], "style": style}
        parts.append(f"<path{attributes(values)}/>")
        values = {
            "class_": "mark",
            "d": path["d"],
            "style": f"stroke:{path['color']};opacity:.6" if path["color"] else None,
        }
        lines.append(f"<path{attributes(values)}/>")  # outlines only: nothing lies over what was drawn
    turned = '<g transform="scale(1 -1)">'
    return Markup(
        '<svg width="0" height="0" class="defs" aria-hidden="true"><defs>'
        f'<g id="court">{turned}{"".join(parts)}</g></g>'
        f'<g id="court-lines">{turned}{"".join(lines)}</g></g></defs></svg>'
    )
