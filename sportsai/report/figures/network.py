"""Who passed to whom: players where they pass from, lines as wide as the passes are many."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.report.figures.figure import Figure
from sportsai.report.labels import spread
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.svg import Frame, Svg, num

LEAST_PASSES = 3  # a line stands for at least so many between two players, both ways together
MOST_PLAYERS = 11
LINE = 3  # players who make the last line, and the first


def network(m: Material, evidence: Evidence, side: int) -> Figure | None:
    """Return a team's pass network, None without passes."""
    passes = m.of("pass", side)
    passes = passes[passes["player_id"].notna() & passes["x"].notna()]
    if len(passes) < LEAST_PASSES or not m.words.passes:
        return None
    turn = m.facing(side)
    by = passes.groupby("player_id")
    weight = dict(zip(passes.index, m.weights(passes), strict=True))
    made = (
        passes.assign(weight=m.weights(passes))
        .groupby("player_id")["weight"]
        .sum()
        .sort_values(ascending=False, kind="stable")
    )
    chosen = list(made.index[:MOST_PLAYERS])
    place = {str(i): (float(g["x"].mean()) * turn, float(g["y"].mean()) * turn) for i, g in by if i in chosen}
    pairs: dict[tuple[str, str], list[int]] = {}
    for i, a, others in zip(passes.index, passes["player_id"], passes["other_ids"], strict=True):
        b = str(others[0]) if len(others) and others[0] else ""
        if a in place and b in place and a != b:
            pairs.setdefault((min(a, b), max(a, b)), []).append(int(i))
    team, f = m.names[side], Frame(m.court)
    expected = {p: float(sum(weight[i] for i in plays)) for p, plays in pairs.items()}
    ranked = sorted(pairs.items(), key=lambda v: (-expected[v[0]], v[0]))
    shown = [(p, expected[p]) for p, _ in ranked if expected[p] >= LEAST_PASSES]
    title = alt = f"{team}: {len(passes)} passes"
    if ranked:
        (one, two), plays = ranked[0]
        said = f"{team} pass most between {m.player_name(one)} and {m.player_name(two)}"
        about = f"{expected[one, two]:.0f}"
        title = Markup("{}: {}").format(said, evidence.plays(about, f"pair-{side}", plays, f"network-{side}"))
        alt = f"{said}: {about}"
    count = m.count("pass", side)
    sub = f"n = {len(passes)} {'recognised' if m.recognised else 'logged'} passes"
    sub += f", {count.range} real" if count.range else ""
    sub += f"; lines: {LEAST_PASSES} or more between two{', by sum of probabilities' if m.recognised else ''}; "
    sub += "circles: area by passes made, at the mean place they pass from; dashed: the mean of the three who pass "
    sub += f"from deepest and highest, from the own {m.words.goal}, goalkeepers left out"
    svg = Svg(f.width, f.height + 16, f"Pass network of {team}, attacking right. {alt}.")
    f.draw(svg)
    f.arrow(svg, team)
    _lines(m, svg, f, place)
    class_ = "home" if side == 0 else "away"
    top = max((n for _, n in shown), default=1)
    for (a, b), n in reversed(shown):
        (ax, ay), (bx, by_) = place[a], place[b]
        svg.add(
            "line",
            x1=float(f.x(ax)),
            y1=float(f.y(ay)),
            x2=float(f.x(bx)),
            y2=float(f.y(by_)),
            class_=f"{class_}-l edge",
            stroke_width=num(1 + 8 * n / top),
            title=f"{m.player_name(a)} – {m.player_name(b)}: {n:.0f}",
        )
    most = float(made.iloc[0])
    spots = []
    for i in chosen:
        x, y = float(f.x(place[i][0])), float(f.y(place[i][1]))
        r = 5 + 8 * float(np.sqrt(made[i] / most))
        svg.add("circle", cx=x, cy=y, r=r, class_=f"{class_} dot", title=f"{m.player_name(i)}: {made[i]:.0f} passes")
        spots.append((x, y, r, m.player_name(i)))
    spread(svg, spots, f.width, f.height)
    return Figure(title, sub, svg.markup(), f"network-{side}")


def _lines(m: Material, svg: Svg, f: Frame, place: dict[str, tuple[float, float]]) -> None:
    """Draw how far from their own goal the last and the first line of passers stand."""
    field = sorted(x for i, (x, _) in place.items() if not m.is_keeper(m.game.player(i)))
    if len(field) < 2 * LINE:
        return
    for part, anchor in ((field[:LINE], "end"), (field[-LINE:], "start")):
        x = float(np.mean(part))
        at = float(f.x(x))
        svg.add("line", x1=at, x2=at, y1=float(f.y(m.court.half_width_m)), y2=float(f.y(-m.court.half_width_m)),
                class_="hair")  # fmt: skip
        svg.text(at + (-4 if anchor == "end" else 4), float(f.y(-m.court.half_width_m)) - 6,
                 f"{x + m.court.half_length_m:.0f} m", class_="tick", text_anchor=anchor)  # fmt: skip
