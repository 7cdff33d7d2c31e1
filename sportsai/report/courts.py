"""Draw any league's court to scale, ready to plot metres on: soccer by mplsoccer, the others in its manner.

ax = draw_court(load_league("nba").court)
ax.scatter(xy[:, 0], xy[:, 1])              # metres, origin at the centre
ax = draw_court(court, vertical=True)       # attack goes up the page
ax.scatter(*on_axes(xy, vertical=True).T)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.court import Court
from sportsai.court.shapes import Line, Polygon, Rect, Shape, Spot, Text
from sportsai.errors import ShapeError, SportsaiError, nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Theme:
    """The colours of a drawn court: quiet, so that what is played on it stands out.

    Parameters
    ----------
    page: behind everything. surround: run-off. surface: the court. tint: painted areas. line: markings.
    goal: goals, boards and nets. word: painted numbers. ink, mix: a rule book's own colour is
    let through by `mix`, 0 to 1, and toned with `ink` for the rest.
    """

    page: str
    surround: str
    surface: str
    tint: str
    line: str
    goal: str
    word: str
    ink: str
    mix: float


THEMES = {
    "light": Theme("#ffffff", "#eef0f2", "#f8f9fa", "#eceff1", "#9aa3ad", "#5b6670", "#c3cad1", "#f8f9fa", 0.62),
    "dark": Theme("#14171a", "#191d21", "#1e2327", "#262c32", "#66717c", "#aab4be", "#454f58", "#b9c3cd", 0.58),
}

BOUNDARY_PT, MARKING_PT, STANDING_PT = 1.5, 1.1, 2.4  # line widths, points: thinner than any trail drawn on them
SURFACE_Z, TINT_Z, LINE_Z = 0.5, 0.6, 0.9  # as mplsoccer: below everything a caller plots


def draw_court(
    court: Court,
    ax: Axes | None = None,
    *,
    theme: str = "light",
    vertical: bool = False,
    pad_m: float | None = None,
    line_colour: str | None = None,
    line_zorder: float = LINE_Z,
) -> Axes:
    """Draw the court to scale and return its axes, whose data coordinates are court metres.

    Parameters
    ----------
    ax: drawn on when given, else a new figure of the court's proportions.
    theme: "light" or "dark".
    vertical: turn the court a quarter to the left, attack going up; plot `on_axes(xy, vertical=True)` there.
    pad_m: margin shown around the court, metres; the run-off, or 4 % of the length, unless given.
    """
    if theme not in THEMES:
        raise SportsaiError(f'no theme named "{theme}"', todo=nearest(theme, THEMES))
    ink = THEMES[theme]
    pad = _pad(court) if pad_m is None else pad_m
    ax = _new_axes(court, pad, vertical, ink) if ax is None else ax
    pen = _Pen(ax, court, ink, line_colour or ink.line, line_zorder, vertical)
    ax.set_facecolor(ink.page)
    pen.ground()
    if court.sport == "soccer":
        _draw_soccer(pen, pad)
    else:
        pen.shapes()
    _frame(ax, court, pad, vertical)
    return ax


def note_attack(ax: Axes, text: str = "attacks →", *, theme: str = "light") -> None:
    """Say once, under the court, which way the team plays (up a vertical court: "attacks ↑")."""
    ax.text(0.5, -0.01, text, transform=ax.transAxes, ha="center", va="top", fontsize=9, color=THEMES[theme].goal)


def on_axes(xy: ArrayLike, *, vertical: bool = False) -> NDArray[np.float64]:
    """Return court metres (..., 2) as the axes' coordinates: swapped on a vertical court, whose x axis is reversed."""
    p = np.asarray(xy, dtype=np.float64)
    if p.shape[-1:] != (2,):
        raise ShapeError(f"xy has shape {p.shape}", expected="(..., 2)")
    return p[..., ::-1] if vertical else p


@dataclass(frozen=True)
class Stroke:
    """One look of a line; all lines of one look are drawn together."""

    colour: str
    width_pt: float
    zorder: float
    closed: bool
    dashed: bool = False
    clipped: bool = False


class _Pen:
    """Draws the shapes of one court on one axes."""

    def __init__(self, ax: Axes, court: Court, ink: Theme, line: str, zorder: float, vertical: bool) -> None:
        self.ax, self.court, self.ink, self.line, self.zorder, self.vertical = ax, court, ink, line, zorder, vertical
        self.inside: Any = None  # the surface, to clip by

    def on(self, shape: Shape) -> NDArray[np.float64]:
        return on_axes(shape.points(), vertical=self.vertical)

    def ground(self) -> None:
        """Paint the run-off and the surface."""
        from matplotlib.patches import Polygon as Patch

        court = self.court
        if court.surround_m > 0:
            x, y = court.half_length_m + court.surround_m, court.half_width_m + court.surround_m
            around = Rect(name="surround", x_min=-x, x_max=x, y_min=-y, y_max=y)
            self.ax.add_patch(
                Patch(self.on(around), facecolor=self.ink.surround, edgecolor="none", zorder=SURFACE_Z - 0.1)
            )
        self.inside = Patch(self.on(court.boundary), facecolor=self.ink.surface, edgecolor="none", zorder=SURFACE_Z)
        self.ax.add_patch(self.inside)

    def shapes(self) -> None:
        """Paint filled areas, then lines of one look at a time, then words."""
        lines: dict[Stroke, list[NDArray[np.float64]]] = {}
        for shape in self.court.shapes:
            if isinstance(shape, Text):
                self.words(shape)
                continue
            if shape.filled:
                self.area(shape)
            if not shape.filled or not (shape.colour or shape.role == "word" or isinstance(shape, Spot)):
                lines.setdefault(self.stroke(shape), []).append(self.on(shape))
        for stroke, outlines in lines.items():
            self.strokes(outlines, stroke)

    def colour(self, shape: Shape) -> str:
        """Return the theme's colour for a shape's role, a rule book's own colour let through in part."""
        if shape.colour:
            return _mixed(shape.colour, self.ink.ink, self.ink.mix)
        return {"goal": self.ink.goal, "net": self.ink.goal, "word": self.ink.word}.get(shape.role, self.line)

    def stroke(self, shape: Shape) -> Stroke:
        colour, standing = self.colour(shape), shape.role in ("goal", "net")
        if shape.role == "boundary":
            return Stroke(colour, BOUNDARY_PT, self.zorder + 0.02, closed=True)
        if standing:
            width = STANDING_PT if isinstance(shape, Line) else MARKING_PT * 1.2
            return Stroke(colour, width, self.zorder + 0.03, closed=shape.closed)
        rounded = self.court.corner_radius_m > 0
        above = 0.01 if shape.colour else 0.0
        return Stroke(colour, MARKING_PT, self.zorder + above, shape.closed, shape.dashed, clipped=rounded)

    def strokes(self, outlines: list[NDArray[np.float64]], stroke: Stroke) -> None:
        from matplotlib.collections import PathCollection
        from matplotlib.path import Path

        if stroke.closed:
            outlines = [np.concatenate([p, p[:1]]) for p in outlines]
        drawn = PathCollection(
            [Path(p, closed=stroke.closed) for p in outlines],
            facecolors="none",
            edgecolors=stroke.colour,
            linewidths=stroke.width_pt,
            linestyles=[(0, (4, 3)) if stroke.dashed else "solid"],
            capstyle="butt" if stroke.dashed else "projecting",
            joinstyle="miter",
            zorder=stroke.zorder,
        )
        self.ax.add_collection(drawn, autolim=False)
        if stroke.clipped:
            drawn.set_clip_path(self.inside)

    def area(self, shape: Shape) -> None:
        from matplotlib.patches import Polygon as Patch

        plain = not shape.colour and shape.role == "marking" and not isinstance(shape, Spot)
        face = self.ink.tint if plain else self.colour(shape)
        patch = Patch(self.on(shape), facecolor=face, edgecolor="none", zorder=TINT_Z + (0 if plain else 0.1))
        patch.set_alpha(0.5 if isinstance(shape, Polygon) and shape.colour else None)  # a crease, not a line
        self.ax.add_patch(patch)
        if shape.role == "marking":
            patch.set_clip_path(self.inside)

    def words(self, shape: Text) -> None:
        """Paint letters as outlines, so that they keep their size in metres whatever the figure's."""
        from matplotlib.font_manager import FontProperties
        from matplotlib.patches import PathPatch
        from matplotlib.textpath import TextPath
        from matplotlib.transforms import Affine2D

        path = TextPath((0, 0), shape.text, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
        box = path.get_extents()
        centred = (
            Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2).scale(shape.height_m / box.height)
        )
        placed = centred.rotate_deg(shape.angle_deg).translate(*shape.at).transform_path(path)
        placed = placed.__class__(on_axes(placed.vertices, vertical=self.vertical), placed.codes)
        self.ax.add_patch(PathPatch(placed, facecolor=self.ink.word, edgecolor="none", zorder=TINT_Z + 0.2))


def _draw_soccer(pen: _Pen, pad: float) -> None:
    """Draw the markings by mplsoccer, whose "skillcorner" pitch has our origin and metres."""
    from mplsoccer import Pitch, VerticalPitch

    court = pen.court
    kind = VerticalPitch if pen.vertical else Pitch
    pitch = kind(
        pitch_type="skillcorner",
        pitch_length=court.length_m,
        pitch_width=court.width_m,
        pitch_color="none",
        line_color=pen.line,
        linewidth=MARKING_PT,
        line_zorder=pen.zorder,
        goal_type="box",
        goal_alpha=1,
        corner_arcs=True,
        spot_scale=0.022,
        pad_left=pad,
        pad_right=pad,
        pad_top=pad,
        pad_bottom=pad,
    )
    pitch.draw(ax=pen.ax)
    pen.ax.set_facecolor(pen.ink.page)


def _pad(court: Court) -> float:
    """Return room for the run-off, or for the goals behind the end lines."""
    return max(court.surround_m, 0.04 * court.length_m) if court.sport != "volleyball" else court.surround_m


def _new_axes(court: Court, pad: float, vertical: bool, ink: Theme) -> Axes:
    import matplotlib.pyplot as plt

    long, short = court.length_m + 2 * pad, court.width_m + 2 * pad
    width = 9.0
    size = (width * short / long, width) if vertical else (width, width * short / long)
    figure = plt.figure(figsize=size, facecolor=ink.page)
    return figure.add_axes((0, 0, 1, 1))


def _frame(ax: Axes, court: Court, pad: float, vertical: bool) -> None:
    """Show the court and its margin to scale, without ticks or spines."""
    x, y = court.half_length_m + pad, court.half_width_m + pad
    if vertical:
        ax.set_xlim(y, -y)
        ax.set_ylim(-x, x)
    else:
        ax.set_xlim(-x, x)
        ax.set_ylim(-y, y)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def _mixed(colour: str, ground: str, share: float) -> str:
    """Return `share` of a colour laid over a ground, both #rrggbb."""
    a, b = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (colour, ground))
    return "#" + "".join(f"{round(v):02x}" for v in share * a + (1 - share) * b)
