"""A team's shape with and without the ball: each player's mean place, and how far it moves."""

from __future__ import annotations

import numpy as np

from sportsai.report.figures.figure import Figure
from sportsai.report.labels import spread
from sportsai.report.material import Material
from sportsai.report.svg import Frame, Svg

LEAST_S = 240.0  # a player is drawn when seen so long both with and without the ball
MOST = 11


def shape(m: Material, side: int) -> Figure | None:
    """Return mean places in (filled) and out of possession (hollow), None where too little was seen."""
    t = m.tracks
    if t is None or m.court.net is not None:  # a net: a team keeps its half whoever has the ball
        return None
    rate, turn = float(t.rate_hz), m.facing(side)
    spots: list[tuple[float, str, np.ndarray, np.ndarray]] = []
    for i, s in enumerate(t.slots):
        if s.side != side or s.player_id is None:
            continue
        places = []
        for holds in (side, 1 - side):
            rows = t.present[:, i] & (m.possession == holds)
            places.append((rows.sum() / rate, t.xy[rows, i].mean(0) * turn if rows.any() else None))
        (a_s, a), (b_s, b) = places
        enough = min(a_s, b_s) * (3 if m.is_keeper(m.game.player(s.player_id)) else 1) >= LEAST_S
        if enough and a is not None and b is not None:
            spots.append((float(a_s + b_s), s.player_id, a, b))
    if len(spots) < 2:
        return None
    spots = sorted(spots, key=lambda v: -v[0])[:MOST]
    team = m.names[side]
    field = [v for v in spots if not m.is_keeper(m.game.player(v[1]))] or spots
    with_x, without_x = float(np.mean([v[2][0] for v in field])), float(np.mean([v[3][0] for v in field]))
    ahead = "higher" if with_x >= without_x else "deeper"
    title = f"{team} stand {abs(with_x - without_x):.0f} m {ahead} with the {m.words.ball} than without it"
    sub = (
        f"Mean place of the {len(spots)} players seen most (over {LEAST_S / 60:.0f} min each way; keepers over "
        f"{LEAST_S / 180:.1f}): filled with the {m.words.ball}, hollow without. Off-camera time is missing."
    )
    f = Frame(m.court)
    svg = Svg(f.width, f.height + 16, f"Mean places of {team}, attacking right. {title}.")
    f.draw(svg)
    f.arrow(svg, team)
    class_ = "home" if side == 0 else "away"
    names = []
    for _, player_id, a, b in spots:
        ax, ay, bx, by = float(f.x(a[0])), float(f.y(a[1])), float(f.x(b[0])), float(f.y(b[1]))
        svg.add("line", x1=bx, y1=by, x2=ax, y2=ay, class_=f"{class_}-l move")
        svg.add("circle", cx=bx, cy=by, r=4.5, class_=f"{class_}-l hollow")
        svg.add("circle", cx=ax, cy=ay, r=6.5, class_=f"{class_} dot", title=m.player_name(player_id))
        names.append((ax, ay, 6.5, m.player_name(player_id)))
    spread(svg, names, f.width, f.height)
    return Figure(title, sub, svg.markup(), f"shape-{side}")
