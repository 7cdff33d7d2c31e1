"""A play as one picture: everybody where he was at the event, the ball's way before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.moments import Moment
from sportsai.report.svg import Frame, Svg, num

TRAIL_S = 2.0


def still(m: Material, k: Moment) -> Figure:
    """Return the picture of a key moment, the side that profits attacking right."""
    t, e = m.tracks, m.events.iloc[k.index]
    assert t is not None
    f = Frame(m.court, 446.0)
    turn = m.facing(k.side)
    team = m.names[max(k.side, 0)]
    svg = Svg(
        f.width,
        f.height + 14,
        f"{k.title}. Positions at {m.clock(int(e['period']), float(e['t_s']))}, {team} attacking right.",
        "still",
    )
    f.draw(svg)
    at = int(e["frame"]) if k.frame is None else k.frame
    row = int(np.clip(np.searchsorted(t.frame, at), 0, t.T - 1))
    a, b = np.searchsorted(t.frame, [at - round(TRAIL_S * float(t.rate_hz)), k.end_frame])
    ball, known = m.ball
    for class_, rows in (("way before", np.arange(a, row + 1)), ("way", np.arange(row, min(b, t.T)))):
        rows = rows[known[rows] & (t.period[rows] == int(e["period"]))]
        d = _path(f, ball[rows] * turn, t.frame[rows], float(t.rate_hz))
        if d:
            svg.add("path", d=d, class_=class_)
    key = None if pd.isna(e["player_id"]) else str(e["player_id"])
    for i in np.flatnonzero(t.present[row]):
        s = t.slots[i]
        x, y = float(f.x(t.xy[row, i, 0] * turn)), float(f.y(t.xy[row, i, 1] * turn))
        player = m.game.player(s.player_id or "")
        class_ = {0: "home", 1: "away"}.get(s.side, "other")
        if key is not None and s.player_id == key:
            svg.add("circle", cx=x, cy=y, r=12.0, class_="ring")
        svg.add(
            "circle",
            cx=x,
            cy=y,
            r=7.5 if s.side >= 0 else 4.0,
            class_=f"{class_} dot",
            title=player.display if player else None,
        )
        if player and player.number is not None and s.side >= 0:
            svg.text(x, y + 3.2, player.number, class_=f"shirt {class_}-ink", text_anchor="middle")
    if known[row]:
        svg.add("circle", cx=float(f.x(ball[row, 0] * turn)), cy=float(f.y(ball[row, 1] * turn)), r=3.5, class_="ball")
    f.arrow(svg, team)
    return Figure("", "", svg.markup())


def _path(f: Frame, xy: np.ndarray, frames: np.ndarray, rate_hz: float) -> str:
    """Return path data through xy (N, 2), thinned to three points a second, broken across gaps over half a second."""
    if len(xy) < 2:
        return ""
    keep = np.unique(np.append(np.arange(0, len(xy), max(1, round(rate_hz / 3))), len(xy) - 1))
    parts, before = [], None
    for i in keep:
        move = before is None or frames[i] - before > rate_hz
        parts.append(f"{'M' if move else 'L'}{num(float(f.x(xy[i, 0])))} {num(float(f.y(xy[i, 1])))}")
        before = int(frames[i])
    return "".join(parts)
