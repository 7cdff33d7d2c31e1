"""How near the nearest opponent was to whoever played the puck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.intervals import Dot, Row, apart, dot_rows, mean_range
from sportsai.report.hockey.log import Log, log_of
from sportsai.report.hockey.places import HOW, PLACES, place
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Clips, Column, Section, Table

PAGE, ORDER, SPORTS = "team", 40, ("hockey",)
TYPES = ("pass", "shot", "puck_recovery", "entry_carried", "takeaway")
NEAR_M = 2.0  # a stick's reach and a stride
LEAST = 4
MOST_CLIPS = 4


@dataclass(frozen=True)
class Pressed:
    """One event: row of the log; gap_m: the nearest opposing skater seen; place: where on the rink."""

    i: int
    side: int
    gap_m: float
    place: str


def pressed(m: Material, log: Log) -> list[Pressed]:
    """Return how near the nearest opposing skater was at each event of TYPES whose player was tracked then.

    Goalkeepers are left out on both sides; where no opposing skater was on camera the event is left out.
    """
    t = m.tracks
    assert t is not None
    keeper = np.array([m.is_keeper(m.game.player(s.player_id or "")) for s in t.slots], bool)
    out = []
    for i in log.of(*TYPES):
        side, slot = int(log.events["side"].iloc[i]), log.slot(i)
        frame = int(log.events["frame"].iloc[i])
        row = int(t.rows(np.array([frame]))[0]) if t.T else -1
        if slot < 0 or row < 0 or keeper[slot] or not t.present[row, slot]:
            continue
        theirs = np.flatnonzero((t.side == 1 - side) & ~keeper & t.present[row])
        if not len(theirs):
            continue
        gap = float(np.linalg.norm(t.xy[row, theirs] - t.xy[row, slot], axis=-1).min())
        x, y = (t.xy[row, slot] * m.facing(side)).tolist()
        out.append(Pressed(i, side, gap, place(m, x, y)))
    return out


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the pressure on both teams, None where too few events have their player on camera."""
    log = log_of(m)
    if log is None or m.tracks is None:
        return None
    found = pressed(m, log)
    told = [s for s in (HOME, AWAY) if sum(p.side == s for p in found) >= LEAST]
    if not told:
        return None
    text = tuple(_says(m, evidence, log, [p for p in found if p.side == s], s) for s in told)
    figures = (_drawn(m, evidence, log, found, told),)
    missing = len(log.of(*TYPES)) - len(found)
    how = (
        "Distance from the player who acts to the nearest opposing skater on camera, at the event’s frame; somebody "
        f"off camera may have been nearer. {missing} of {len(log.of(*TYPES))} events are left out: their player, or "
        f"every opponent, was not tracked at that frame. The puck is not in the data. Ranges: 95%, "
        f"drawing events again. {HOW}"
    )
    return Section("pressure", "Pressure", text, (), figures, (_table(m, evidence, log, found, told),),
                   _clips(m, evidence, log, found, told), how)  # fmt: skip


def _says(m: Material, evidence: Evidence, log: Log, mine: list[Pressed], side: int) -> Markup:
    mean, low, high = mean_range([p.gap_m for p in mine])
    near = [p.i for p in mine if p.gap_m <= NEAR_M]
    times = f"{len(near)} time{'s' if len(near) != 1 else ''}"
    said = "{} had the nearest opponent {} m away ({}) when they played the puck, n = {}; {} under {} m."
    return Markup(said).format(
        m.names[side],
        evidence.figure(f"{mean:.1f}", "pressure-drawn"),
        f"{low:.1f}–{high:.1f}",
        len(mine),
        evidence.plays(times, f"pressure-{side}", log.plays(evidence, near), "pressure"),
        f"{NEAR_M:.0f}",
    )


def _drawn(m: Material, evidence: Evidence, log: Log, found: list[Pressed], told: list[int]) -> Figure:
    rows, kinds = [], ("pass", "shot", "puck_recovery")
    for side in told:
        for kind in kinds:
            mine = [p for p in found if p.side == side and log.events["type"].iloc[p.i] == kind]
            if len(mine) < LEAST:
                continue
            dots = []
            for p in mine:
                play = log.plays(evidence, [p.i])[0]
                dots.append(Dot(p.gap_m, f"{log.when(p.i)}, {log.who(p.i)}: {p.gap_m:.1f} m, {p.place}", play))
            label = m.event_label(kind).lower()
            many = "passes" if kind == "pass" else "puck recoveries" if kind == "puck_recovery" else f"{label}s"
            rows.append(Row(f"{m.names[side]}, {many}", ("home", "away")[side], tuple(dots)))
    if not rows:
        side = told[0]
        mine = [p for p in found if p.side == side]
        dots = [Dot(p.gap_m, f"{log.when(p.i)}, {log.who(p.i)}", log.plays(evidence, [p.i])[0]) for p in mine]
        rows = [Row(m.names[side], ("home", "away")[side], tuple(dots))]
    ranked = sorted(rows, key=lambda r: mean_range([d.value for d in r.dots])[0])
    least, most = ([d.value for d in r.dots] for r in (ranked[0], ranked[-1]))
    low, high = mean_range(least)[0], mean_range(most)[0]
    if len(rows) == 1:
        title = f"{rows[0].name}: the nearest opponent is {low:.1f} m away at the mean"
    elif apart(least, most):
        title = f"{ranked[0].name}: the least room, {low:.1f} m; {ranked[-1].name}: the most, {high:.1f} m"
    else:
        title = f"No kind of play has surely less room than another: means of {low:.1f} to {high:.1f} m"
    return dot_rows(evidence, rows, "pressure-drawn", title, "Distance to the nearest opposing skater, m", "m")


def _table(m: Material, evidence: Evidence, log: Log, found: list[Pressed], told: list[int]) -> Table:
    columns = [Column("Where", False)]
    for s in told:
        columns += [Column(f"{m.names[s]}: events"), Column("Nearest opponent, m (range)")]
    rows, means = [], {}
    for k, where in enumerate(PLACES):
        cells, some = [Cell(where, k)], False
        for s in told:
            mine = [p for p in found if p.side == s and p.place == where]
            mean, low, high = mean_range([p.gap_m for p in mine]) if mine else (0.0, 0.0, 0.0)
            some = some or bool(mine)
            link = evidence.plays(len(mine), f"pressure-{k}-{s}", log.plays(evidence, [p.i for p in mine]), "pressure")
            text = f"{mean:.1f}" + (f" ({low:.1f}–{high:.1f})" if low < high else "")
            cells += [Cell(link if mine else "–", len(mine)), Cell(text if mine else "–", mean if mine else None)]
            if len(mine) >= LEAST:
                means[s, where] = mean
        if some:
            rows.append(tuple(cells))
    if means:
        (s, where), mean = min(means.items(), key=lambda v: v[1])
        title = f"{m.names[s]}, {where}: the nearest opponent is {mean:.1f} m away"
        if len(means) > 1:
            title = f"Least room: {m.names[s]}, {where}, {mean:.1f} m"
    else:
        title = "Room by place"
    return Table(title, tuple(columns), tuple(rows), f"Titled from places with {LEAST} events or more")


def _clips(m: Material, evidence: Evidence, log: Log, found: list[Pressed], told: list[int]) -> tuple[Clips, ...]:
    """Return passes under pressure that arrived, and that did not."""
    near = sorted((p for p in found if log.events["type"].iloc[p.i] == "pass"), key=lambda p: p.gap_m)
    near = [p for p in near if p.gap_m <= NEAR_M and p.side in told]
    out = []
    for title, good in (("Passes under pressure that arrived", True), ("Passes under pressure that did not", False)):
        mine = [p for p in near if log.about(p.i).get("successful") is good][:MOST_CLIPS]
        lines = []
        for p in mine:
            link = evidence.plays(log.when(p.i), f"pressed-{p.i}", log.plays(evidence, [p.i]), "pressure")
            lines.append(Markup("{} {}, {}: {:.1f} m, {}").format(
                link, log.who(p.i), m.names[p.side], p.gap_m, p.place))  # fmt: skip
        if lines:
            out.append(Clips(title, tuple(lines)))
    return tuple(out) if len(out) == 2 else ()
