"""Where the skaters of a power play and of its penalty killers stood while the puck was held in the zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sportsai.report.basketball.spacing import areas
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Part
from sportsai.report.hockey.log import Log, log_of, power_play
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.report.svg import Svg, short

PAGE, ORDER, SPORTS = "team", 30, ("hockey",)
LEAST_S = 8.0  # of all attackers in the zone, together
PLAYER_S = 5.0  # of one of them, to be drawn
BLOCK_S = 5.0  # seconds drawn again together for the range


@dataclass(frozen=True)
class Setting:
    """rows: of the tracks, all `n` attacking skaters in the zone. xy: (rows, P, 2), the power play attacking right."""

    side: int
    n: int
    rows: NDArray[np.int64]
    skaters: NDArray[np.bool_]


def setting(m: Material, log: Log) -> Setting | None:
    """Return when the power play's skaters stood in the zone together, None where hardly ever."""
    t, side = m.tracks, power_play(log)
    zone = next((z for z in m.court.zones if z.name == "offensive_zone"), None)
    if t is None or side is None or zone is None or not t.T:
        return None
    keeper = np.array([m.is_keeper(m.game.player(s.player_id or "")) for s in t.slots], bool)
    line = float(zone.outline.points()[:, 0].min())
    mine = (t.side == side) & ~keeper
    seen = t.present & mine & (t.period > 0)[:, None]
    inside = seen & (t.xy[..., 0] * m.facing(side) >= line)
    count = inside.sum(1)
    whole = count == seen.sum(1)
    for n in (5, 4):
        rows = np.flatnonzero(whole & (count == n))
        if len(rows) >= LEAST_S * float(t.rate_hz):
            return Setting(side, n, rows, mine)
    return None


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the mean places of both units, None where the power play was hardly seen set up."""
    log = log_of(m)
    found = setting(m, log) if log is not None else None
    t = m.tracks
    if found is None or t is None:
        return None
    seconds = len(found.rows) / float(t.rate_hz)
    size, low, high = _area(m, found)
    text = Markup("{} had {} skaters on camera in the zone for {}; together they spanned {} ({}).").format(
        m.names[found.side], found.n, evidence.figure(f"{seconds:.0f} s", "formation-drawn"),
        evidence.figure(f"{size:.0f} m²", "formation-drawn"), f"{low:.0f}–{high:.0f}",
    )  # fmt: skip
    how = (
        f"Mean place of each skater over the frames in which {found.n} of the team with more players were on camera, "
        "all of them in the zone they attack; the ellipse holds one standard deviation. Players are drawn who were in "
        f"at least {PLAYER_S:.0f} s of it. Filled: the power play; hollow: the other team. No system is named: "
        "that was not measured. Area: of the smallest convex shape about the attackers; "
        f"95% range from stretches of {BLOCK_S:.0f} s, drawn again."
    )
    return Section("formation", "In the zone", (text,), (), (_drawn(m, found),), how=how)


def _area(m: Material, found: Setting) -> tuple[float, float, float]:
    t = m.tracks
    assert t is not None
    step = max(1, round(float(t.rate_hz) / 2))
    rows = found.rows[::step]
    inside = t.present[rows] & found.skaters
    xy = np.stack([t.xy[r, s] for r, s in zip(rows, inside, strict=True)]).astype(float)
    area = areas(xy)
    block = (t.frame[rows] / (BLOCK_S * float(t.rate_hz))).astype(int)
    parts = [area[block == b] for b in np.unique(block)]
    rng = np.random.default_rng(0)
    means = [np.concatenate([parts[k] for k in rng.integers(0, len(parts), len(parts))]).mean() for _ in range(1000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(area.mean()), float(low), float(high)


def _drawn(m: Material, found: Setting) -> Figure:
    t = m.tracks
    assert t is not None
    turn, rate = m.facing(found.side), float(t.rate_hz)
    f = Part(m.court, 510.0, 0.0)
    shown = []
    for slot, s in enumerate(t.slots):
        rows = found.rows[t.present[found.rows, slot]]
        keeper = m.is_keeper(m.game.player(s.player_id or ""))
        if s.side not in (0, 1) or keeper or len(rows) < PLAYER_S * rate or s.player_id is None:
            continue
        shown.append((slot, t.xy[rows, slot].astype(float) * turn, len(rows) / rate))
    mine = [xy.mean(0) for slot, xy, _ in shown if t.side[slot] == found.side]
    deep = max((float(p[0]) for p in mine), default=0.0) - min((float(p[0]) for p in mine), default=0.0)
    wide = max((float(p[1]) for p in mine), default=0.0) - min((float(p[1]) for p in mine), default=0.0)
    title = f"{m.names[found.side]}’s mean places reach {deep:.0f} m deep and {wide:.0f} m wide"
    sub = f"Mean places and one standard deviation; n = {len(found.rows) / rate:.0f} s with {found.n} in the zone"
    svg = Svg(f.width, f.height + 18, f"{title}. {sub}")
    svg.open("clipPath", id="clip-formation")
    svg.add("rect", x=0.0, y=0.0, width=f.width, height=f.height)
    svg.close("clipPath")
    svg.open("g", clip_path="url(#clip-formation)")
    f.draw(svg)
    svg.close("g")
    for slot, xy, seconds in shown:
        _player(m, svg, f, slot, xy, seconds, bool(t.side[slot] == found.side))
    f.arrow(svg, m.names[found.side], legend=True)
    return Figure(title, sub, svg.markup(), "formation-drawn")


def _player(
    m: Material, svg: Svg, f: Part, slot: int, xy: NDArray[np.float64], seconds: float, ours: bool
) -> None:  # fmt: skip
    t = m.tracks
    assert t is not None
    s = t.slots[slot]
    player = m.game.player(s.player_id or "")
    name = player.display if player else "an unnamed player"
    team = ("home", "away")[s.side]
    x, y = float(f.x(xy[:, 0].mean())), float(f.y(xy[:, 1].mean()))
    values, vectors = np.linalg.eigh(np.cov(xy.T))
    rx, ry = np.sqrt(np.maximum(values, 0.01)) * f.scale
    angle = -float(np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0])))
    svg.add("ellipse", cx=0.0, cy=0.0, rx=float(rx), ry=float(ry), class_=f"{team} spread",
            transform=f"translate({x:.1f} {y:.1f}) rotate({angle:.1f})")  # fmt: skip
    svg.add("circle", cx=x, cy=y, r=8.0, class_=f"{team} dot" if ours else f"hollow {team}-l",
            title=f"{name}: {seconds:.0f} s")  # fmt: skip
    if player and player.number is not None:
        svg.text(x, y + 3.4, player.number, class_=f"shirt {team}-ink" if ours else "shirt", text_anchor="middle")
    if ours:
        svg.text(x, y - 12, short(name.split(" ")[-1], 14), class_="name", text_anchor="middle")
