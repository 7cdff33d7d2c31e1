"""The routes of a pass play: every eligible receiver's way from the snap, and what came open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from sportsai.report.american_football.down import ELIGIBLE, Down, down_of, signed
from sportsai.report.american_football.routes import BEND, DEEP_YD, GO, LOOK_S, SMOOTH_S, STAY_YD, Route, routes
from sportsai.report.american_football.separation import separation
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.gridiron import Way, about, field, people, ways
from sportsai.report.material import Material
from sportsai.report.plays import Evidence, Play
from sportsai.report.section import Cell, Column, Section, Table
from sportsai.report.words import possessive
from sportsai.units import YARD_M

PAGE, ORDER, SPORTS = "match", 20, ("american_football",)
MPH = 3600 / (1760 * YARD_M)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the routes, None where nothing was thrown or no receiver's position is told."""
    d = down_of(m)
    found = routes(d) if d is not None else []
    if d is None or not found:
        return None
    text, figures, how = list(_says(d, evidence, found)), [_drawn(d, found)], _how(d)
    opened = separation(d, evidence)
    if opened is not None:
        text, figures = text + opened[0], [*figures, opened[1]]
        how += (
            " Open: yards to the nearest defender at each frame, whoever he is; he need not have covered him, "
            "and nothing here sees whether the passer’s view was blocked. One play: no comparison with what is usual."
        )
    return Section("routes", "Routes and separation", tuple(text), figures=tuple(figures),
                   tables=(_table(d, evidence, found),), how=how)  # fmt: skip


def _how(d: Down) -> str:
    until = "the pass arrives" if d.arrival is not None else "the throw"
    said = (
        f"Eligible: {', '.join(ELIGIBLE)} by the roster, but the passer. A route runs from the snap until {until}, "
        f"smoothed over {SMOOTH_S} s; it breaks where the ways {LOOK_S} s before and after differ most, by {BEND:.0f}° "
        f"or more. Names by rule: go: no break, {DEEP_YD:.0f} yd or deeper and within {GO:.0f}° of upfield; out, in: "
        "60–120° after the break (flat: under 2 yd deep); corner, post: 20–60°, broken "
        f"{DEEP_YD:.0f} yd deep or deeper; slant: the same, nearer, to the inside; curl: over 120°; stays: within "
        f"{STAY_YD:.0f} yd of its start. Without a name it is told by its depth: what was called is not in the data."
    )
    if d.target is not None:
        said += " The target is the offence’s player nearest to the ball as it arrives."
    return said


def _says(d: Down, evidence: Evidence, found: Sequence[Route]) -> tuple[Markup, ...]:
    n = evidence.figure(len(found), "routes-drawn")
    deep = max(found, key=lambda r: r.depth)
    text = Markup("{} {}; the deepest route is {}, {} past the line.").format(
        n, "eligible receiver" if len(found) == 1 else "eligible receivers", possessive(d.name(deep.slot)),
        evidence.clips(f"{deep.depth:.0f} yards", "deepest", [_play(d, deep)], "routes-drawn"),
    )  # fmt: skip
    mine = next((r for r in found if r.slot == d.target), None)
    if mine is None or d.arrival is None:
        return (text,)
    at = d.xy[d.arrival, mine.slot, 0] - d.line
    what = mine.label if mine.named else f"a {mine.label}"
    return (text, Markup("The ball went to {} ({}), {}.").format(
        d.name(mine.slot), what,
        evidence.clips(f"{abs(at):.0f} yards {'past' if at >= 0 else 'behind'} the line", "target", [_play(d, mine)],
                       "routes-drawn"),
    ))  # fmt: skip


def _play(d: Down, r: Route) -> Play:
    until = d.arrival if d.arrival is not None else d.throw
    return d.play(f"{d.name(r.slot)}: {r.label}", d.snap, r.slot, until)


def _drawn(d: Down, found: Sequence[Route]) -> Figure:
    origin = np.array([d.line, 0.0])
    both = np.concatenate([d.slots(True), d.slots(False)])
    near = both[d.seen[d.snap, both]]
    s = about(np.concatenate([*(r.path + origin for r in found), d.xy[d.snap, near]]))
    named = sum(r.named for r in found)
    title = f"{named} of {len(found)} routes have a name by the rule"
    target = next((r for r in found if r.slot == d.target), None)
    if target is not None:
        title = f"{d.name(target.slot)} is the target: {'' if target.named else 'a '}{target.label}"
    to_go = d.m.game.extra.get("yards_to_go")
    alt = f"{title}. Routes: " + "; ".join(f"{d.name(r.slot)} {r.label}" for r in found) + "."
    svg = field(s, alt, d.line, float(to_go) if isinstance(to_go, int) else None, d.m.names[d.side])
    for slots, side in ((d.slots(True), d.side), (d.slots(False), 1 - d.side)):
        mine = slots[d.seen[d.snap, slots]]
        people(svg, s, d.xy[d.snap, mine], ("home", "away")[side], [d.name(int(i)) for i in mine], side != d.side)
    class_ = ("home", "away")[d.side]
    ways(svg, s, [Way(r.path + origin, f"{class_}-l", f"{_last(d.name(r.slot))}: {r.label}", "", r.slot == d.target)
                  for r in found])  # fmt: skip
    sub = f"n = {len(found)} receivers, snap to {'arrival' if d.arrival is not None else 'throw'}; players at the snap"
    return Figure(title, sub, svg.markup(), "routes-drawn")


def _last(name: str) -> str:
    return name.split()[-1] if name.split() else name


def _table(d: Down, evidence: Evidence, found: Sequence[Route]) -> Table:
    columns = [Column("Receiver", False), Column("Pos.", False), Column("Route", False), Column("Depth, yd"),
               Column("Break, yd"), Column("Run, yd"), Column("Top, mph")]  # fmt: skip
    moments = [(d.throw, "Open: throw"), (d.arrival, "Open: arrival")]
    columns += [Column(title) for row, title in moments if row is not None]
    rows = []
    for r in found:
        until = d.arrival if d.arrival is not None else d.throw
        assert until is not None
        span = np.arange(d.snap, until + 1)
        run = float(np.hypot(*np.diff(r.path, axis=0).T).sum())
        top = float(np.nanmax(v)) * MPH if np.isfinite(v := d.speed(r.slot, span)).any() else None
        name = Markup("{}{}").format(d.name(r.slot), " (target)" if r.slot == d.target else "")
        row = [
            Cell(evidence.clips(name, f"route-{r.slot}", [_play(d, r)], "routes-drawn"), d.name(r.slot), d.side),
            Cell(d.position(r.slot), d.position(r.slot)), Cell(r.label, r.label), Cell(signed(r.depth, 1), r.depth),
            Cell("–") if r.turn is None else Cell(signed(r.path[r.turn, 0], 1), float(r.path[r.turn, 0])),
            Cell(f"{run:.0f}", run), Cell("–" if top is None else f"{top:.1f}", top),
        ]  # fmt: skip
        for at, _ in moments:
            if at is not None:
                gap = float(d.gap(r.slot, np.array([at]))[0])
                row.append(Cell(f"{gap:.1f}" if np.isfinite(gap) else "–", gap if np.isfinite(gap) else None))
        rows.append(tuple(row))
    open_ = [r[-1].value for r in rows if isinstance(r[-1].value, float)]
    title = f"{len(found)} routes"
    if open_:
        best = max(rows, key=lambda r: r[-1].value if isinstance(r[-1].value, float) else -1.0)
        when = "as the pass arrives" if d.arrival is not None else "at the throw"
        title = f"{best[0].value} is the most open {when}: {best[-1].value:.1f} yards"
    return Table(title, tuple(columns), tuple(rows), "Depth: past the line of scrimmage. Open: yards to the nearest "
                 "defender, between players’ tracked points.")  # fmt: skip
