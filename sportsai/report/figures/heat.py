"""Where a team, or one player, was: a map of seen time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.players import cells
from sportsai.report.svg import Frame, Svg, num
from sportsai.report.words import possessive

LEVELS = 8
CELLS = 35  # from end to end
FRONT_M = 3.0  # of a court with a net: its attack line


def team_heat(m: Material, side: int) -> Figure | None:
    """Return where a team's outfield players were seen, None where nobody was."""
    t = m.tracks
    if t is None or (m.brief and m.league.sport == "american_football"):  # one play: its own pages draw it
        return None
    keep = np.array([s.side == side and not m.is_keeper(m.game.player(s.player_id or "")) for s in t.slots], bool)
    seen = t.present[:, keep] & (t.period > 0)[:, None]
    if not seen.any():
        return None
    xy = t.xy[:, keep][seen] * m.facing(side)
    high = float((xy[:, 0] > 0).mean())
    team = m.names[side]
    minutes = seen.sum() / float(t.rate_hz) / 60
    who = m.words.field if m.keepers else "players"
    title = f"{possessive(team)} {who} spend {high:.0%} of their seen time in the other half"
    if m.court.net is not None:  # nobody is in the other half
        near = float((np.abs(xy[:, 0]) <= FRONT_M).mean())
        title = f"{possessive(team)} players spend {near:.0%} of their seen time within {FRONT_M:.0f} m of the net"
    kept = ", goalkeeper left out" if m.keepers else ""
    count = f"{minutes:,.0f}" if minutes >= 10 else f"{minutes:.1f}"  # of a clip, less than one
    sub = f"n = {count} player-minutes seen{kept}; equal steps of time per {m.court.length_m / CELLS:.1f} m square"
    f = Frame(m.court)
    svg = Svg(f.width, f.height + 16, f"Heat map of {team}, attacking right. {title}.")
    f.draw(svg)
    draw_cells(svg, f, cells(m, xy, m.court.length_m / CELLS), blur=1.0)
    f.draw_lines(svg)
    f.arrow(svg, team, legend=True)
    y = f.height + 4
    svg.text(14.0, y + 9, "less", class_="tick")
    for k in range(1, LEVELS):
        svg.add("rect", x=44.0 + 12 * (k - 1), y=y, width=12.0, height=10.0, class_=f"v{k}")
    svg.text(44.0 + 12 * (LEVELS - 1) + 5, y + 9, "more", class_="tick")
    return Figure(title, sub, svg.markup(), f"heat-{side}")


def player_heat(m: Material, grid: NDArray[np.float64], name: str) -> Figure:
    """Return where one player was seen, small."""
    f = Frame(m.court, 262.0)
    svg = Svg(f.width, f.height, f"Heat map of {name}, attacking right.", "small")
    f.draw(svg)
    draw_cells(svg, f, grid, blur=0.6)
    f.draw_lines(svg)
    return Figure("", "", svg.markup())


def draw_cells(svg: Svg, f: Frame, grid: NDArray[np.float64], blur: float) -> None:
    """Draw a grid (rows from the top, columns) as one path a level, neighbours of a row joined."""
    smooth = gaussian_filter(grid, blur)
    top = float(np.quantile(smooth, 0.995)) or float(smooth.max()) or 1.0
    level = np.minimum((smooth / top * LEVELS).astype(int), LEVELS - 1)
    rows, columns = grid.shape
    w, h = f.court.length_m * f.scale / columns, f.court.width_m * f.scale / rows
    x0, y0 = float(f.x(-f.court.half_length_m)), float(f.y(f.court.half_width_m))
    for k in range(1, LEVELS):
        d = []
        for r in range(rows):
            on = np.flatnonzero(np.diff(np.concatenate([[0], level[r] == k, [0]])))
            for a, b in zip(on[::2], on[1::2], strict=True):
                d.append(f"M{num(x0 + a * w)} {num(y0 + r * h)}h{num((b - a) * w)}v{num(h)}H{num(x0 + a * w)}z")
        if d:
            svg.add("path", d="".join(d), class_=f"v{k}")
