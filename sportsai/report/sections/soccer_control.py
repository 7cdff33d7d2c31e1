"""Pitch control: which parts of the pitch a side's players would reach first while it has the ball."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.report.spells import moment_play
from sportsai.report.svg import Frame, Svg, num

PAGE, ORDER, SPORTS = "team", 20, frozenset({"soccer"})
PLAYERS = 20  # seen at once: with fewer, open space is only unseen space
LEAST, MOST = 100, 600  # frames looked at, of each side
APART_S = 2.0  # between two of them
REACTION_S, SPEED_MPS, SPREAD_S = 0.7, 5.0, 0.45
GRID = (14, 21)  # rows, columns
LEVELS = 7

Float = NDArray[np.float64]
Int = NDArray[np.int64]


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the mean control of each side with the ball; None where nearly all players are seen too rarely."""
    if m.tracks is None or m.brief:
        return None
    told = [(s, rows) for s in (HOME, AWAY) if len(rows := pictures(m, s)) >= LEAST]
    if not told:
        return None
    figures = [_figure(m, evidence, s, rows) for s, rows in told]
    how = (
        "Each place belongs to the side whose player would be there first: everyone goes on as they move for "
        f"{REACTION_S} s, then runs there at {SPEED_MPS:.0f} m/s; a difference of {SPREAD_S} s in arrival decides it "
        "by 73 % (logistic; after Spearman, 2018, much simplified). Only frames in which "
        f"{PLAYERS} players or more are seen, {APART_S:.0f} s apart."
    )
    return Section("control", "Pitch control", figures=tuple(figures), how=how)


def pictures(m: Material, side: int) -> Int:
    """Return the rows looked at: `side` has the ball, and PLAYERS or more are seen."""
    t = m.tracks
    assert t is not None
    ok = np.flatnonzero((m.possession == side) & (t.present.sum(1) >= PLAYERS) & (t.period > 0))
    kept: list[int] = []
    last = -np.inf
    for row, frame in zip(ok.tolist(), t.frame[ok].tolist(), strict=True):
        if frame - last >= APART_S * float(t.rate_hz):
            kept.append(row)
            last = frame
    out = np.array(kept, np.int64)
    return out if len(out) <= MOST else out[np.linspace(0, len(out) - 1, MOST).round().astype(int)]


def control(m: Material, side: int, rows: Int) -> Float:
    """Return the share of each cell that `side` controls, (n, rows from the top, columns), seen attacking right."""
    t, moved = m.tracks, m.moved
    assert t is not None
    assert moved is not None
    turn = m.facing(side)
    y, x = ((np.arange(n) + 0.5) / n * 2 - 1 for n in GRID)
    spots = np.stack(np.meshgrid(x * m.court.half_length_m, -y * m.court.half_width_m), -1).reshape(-1, 2)
    out = np.empty((len(rows), len(spots)))
    for n, row in enumerate(rows.tolist()):
        there = t.present[row] & (t.side >= 0)
        at = (t.xy[row, there] + REACTION_S * moved.v[row, there]) * turn
        time = np.linalg.norm(spots[:, None] - at[None], axis=-1) / SPEED_MPS
        mine = t.side[there] == side
        first = [time[:, k].min(1, initial=np.inf) for k in (mine, ~mine)]
        out[n] = 1 / (1 + np.exp(np.clip((first[0] - first[1]) / SPREAD_S, -50, 50)))
    return out.reshape(len(rows), *GRID)


def _figure(m: Material, evidence: Evidence, side: int, rows: Int) -> Figure:
    each = control(m, side, rows)
    mean = each.mean(0)
    final = each[:, :, -GRID[1] // 3 :].mean((1, 2))
    half = 1.96 * float(final.std(ddof=1)) / np.sqrt(len(final))
    best = np.argsort(-final, kind="stable")[:5]
    link = evidence.clips(
        f"{final.mean():.0%}", f"control-{side}",
        [moment_play(m, int(rows[k]), side, f"Control of the final third: {final[k]:.0%}") for k in best], "control",
    )  # fmt: skip
    title = Markup("With the {}, {} control {} of the final third").format(m.words.ball, m.names[side], link)
    sub = (
        f"Mean share of each place, n = {len(rows)} frames (95 %: {final.mean() - half:.0%}–{final.mean() + half:.0%} "
        "of the final third); the link plays the five fullest"
    )
    f = Frame(m.court)
    svg = Svg(f.width, f.height + 16, f"Pitch control of {m.names[side]} with the ball: {final.mean():.0%} of the end.")
    f.draw(svg)
    level = np.minimum((mean * LEVELS).astype(int), LEVELS - 1) + 1
    w, h = m.court.length_m * f.scale / GRID[1], m.court.width_m * f.scale / GRID[0]
    x0, y0 = float(f.x(-m.court.half_length_m)), float(f.y(m.court.half_width_m))
    for k in range(1, LEVELS + 1):
        d = "".join(
            f"M{num(x0 + c * w)} {num(y0 + r * h)}h{num(w)}v{num(h)}h{num(-w)}z" for r, c in np.argwhere(level == k)
        )
        if d:
            svg.add("path", d=d, class_=f"v{k}")
    f.draw_lines(svg)
    f.arrow(svg, m.names[side], legend=True)
    y = f.height + 4
    svg.text(14.0, y + 9, "0%", class_="tick")
    for k in range(1, LEVELS + 1):
        svg.add("rect", x=34.0 + 12 * (k - 1), y=y, width=12.0, height=10.0, class_=f"v{k}")
    svg.text(34.0 + 12 * LEVELS + 5, y + 9, "100%", class_="tick")
    return Figure(title, sub, svg.markup(), f"control-{side}")
