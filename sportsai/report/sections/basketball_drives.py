"""Who drove to the basket, along which way, and what came of it."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.drives import FROM_M, MOST_S, SET, SHOT_S, TO_M, Drive, drives
from sportsai.report.basketball.offence import CONTROL_M, offence, rows_play, slot_name
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence, Play
from sportsai.report.section import Cell, Clips, Column, Section, Table

PAGE, ORDER, SPORTS = "team", 40, ("basketball",)
MOST_CLIPS = 4
LEAST = 3  # drives for a drawing
WORDS = {
    "made": "shot made",
    "missed": "shot missed",
    "passed": "passed on",
    "lost": "ended in a turnover",
    "": "not known",
}


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return both teams' drives, None where there were none."""
    found = drives(m)
    if not found or m.tracks is None:
        return None
    plays = evidence.add([_play(m, d) for d in found])
    shown = list(zip(found, plays, strict=True))
    logged = bool(offence(m).shots)
    drawn = (HOME, AWAY) if len(found) >= LEAST else ()
    figures = tuple(f for s in drawn if (f := _map(m, evidence, shown, s, logged)) is not None)
    tables = (_table(m, evidence, shown, logged),) if len({d.slot for d in found}) > 2 else ()
    clips = _clips(m, evidence, shown) if logged else ()
    rate = float(m.tracks.rate_hz)
    has = (
        "the provider’s holder"
        if (m.tracks.holder >= 0).any()
        else f"the nearest player within {CONTROL_M} m of the ball"
    )
    how = (
        f"A drive: one player has the ball {FROM_M:.1f} m (20 ft) or more from the rim in the front court and "
        f"brings it to within {TO_M:.1f} m (10 ft) in at most {MOST_S:.0f} s, as the NBA counts drives; with fewer "
        f"than {SET} defenders nearer to the rim as it starts it is a fast break and left out. Who has the ball: "
        f"{has}, {rate:.1f} times a second; at that rate a quick exchange can be missed. "
        + (f"What came of it: the driver’s shot within {SHOT_S:.0f} s, a team-mate on the ball, or a turnover logged "
           "as the possession’s end." if logged else "What came of them is not in the data.")
    )  # fmt: skip
    return Section("drives", "Drives", (_says(m, evidence, shown, logged),), (), figures, tables, clips, how)


def _play(m: Material, d: Drive) -> Play:
    name = slot_name(m, d.slot)
    note = f"{d.way_m:.1f} m at {d.speed_mps:.1f} m/s" + (f"; {WORDS[d.after]}." if d.after else ".")
    return rows_play(m, f"Drive: {name}", d.side, d.start, d.end, "drive", d.slot, after_s=2.5, note=note)


def _says(m: Material, evidence: Evidence, shown: list[tuple[Drive, int]], logged: bool) -> Markup:
    parts = []
    for side in (HOME, AWAY):
        mine = [(d, i) for d, i in shown if d.side == side]
        n = evidence.plays(len(mine), f"drives-{side}", [i for _, i in mine], "drives")
        said = Markup("{} drove {} time{}").format(m.names[side], n, "s" if len(mine) != 1 else "")
        if logged and mine:
            made = [i for d, i in mine if d.after == "made"]
            tried = [i for d, i in mine if d.after in ("made", "missed")]
            link = evidence.plays(f"{len(made)} of {len(tried)}", f"drives-shots-{side}", tried, "drives")
            said += Markup(", and made {} shots off them").format(link) if tried else Markup(", without a shot")
        parts.append(said)
    return Markup("; ").join(parts) + "."


def _map(m: Material, evidence: Evidence, shown: list[tuple[Drive, int]], side: int, logged: bool) -> Figure | None:
    mine = [(d, i) for d, i in shown if d.side == side]
    if not mine:
        return None
    who = Counter(d.slot for d, _ in mine).most_common(2)
    n = len(mine)
    title = f"{m.names[side]} drive {f'{n} times' if n != 1 else 'once'}"
    if n > 1 and (len(who) == 1 or who[0][1] > who[1][1]) and who[0][1] > 1:
        title += (
            f", {slot_name(m, who[0][0])} {who[0][1]} of them" if who[0][1] < n else f", all {slot_name(m, who[0][0])}"
        )
    spots = []
    for d, i in mine:
        t = m.tracks
        assert t is not None
        when = m.clock(int(t.period[d.start]), float(t.t_s[d.start]))
        label = f"{when}, {slot_name(m, d.slot)}: {d.way_m:.1f} m at {d.speed_mps:.1f} m/s"
        label += f"; {WORDS[d.after]}" if d.after else ""
        (x0, y0), (x1, y1) = d.way[0].tolist(), d.way[-1].tolist()
        filled = d.after == "made" if logged else True
        spots.append(Spot(x1, y1, label, (i,), filled, 0.5, side, (x0, y0)))
    sub = f"From where the drive began to its nearest to the rim; n = {n} drive{'s' if n != 1 else ''}"
    key = ("made the shot", "did not") if logged else ("", "")
    return spot_map(m, evidence, spots, f"drives-{side}", title, sub, side=side, from_m=0.0, key=key)


def _table(m: Material, evidence: Evidence, shown: list[tuple[Drive, int]], logged: bool) -> Table:
    columns = [Column("Player", False), Column("Drives"), Column("Speed, m/s")]
    columns += [Column(c) for c in ("Shots made of tried", "Passed", "Turnovers")] if logged else []
    rows = []
    slots = Counter(d.slot for d, _ in shown).most_common()
    for slot, n in slots:
        mine = [(d, i) for d, i in shown if d.slot == slot]
        name, side = slot_name(m, slot), mine[0][0].side
        link = evidence.plays(n, f"drives-of-{slot}", [i for _, i in mine], "drives")
        speed = sum(d.speed_mps for d, _ in mine) / n
        cells = [Cell(name, name, side), Cell(link, n), Cell(f"{speed:.1f}", speed)]
        if logged:
            c = Counter(d.after for d, _ in mine)
            tried = c["made"] + c["missed"]
            cells += [Cell(f"{c['made']} of {tried}" if tried else "–", c["made"])]
            cells += [Cell(str(c["passed"]), c["passed"]), Cell(str(c["lost"]), c["lost"])]
        rows.append(tuple(cells))
    top = slots[0]
    return Table(f"{slot_name(m, top[0])} drives most: {top[1]} of {len(shown)}", tuple(columns), tuple(rows),
                 "Speed: mean over the way of the drive")  # fmt: skip


def _clips(m: Material, evidence: Evidence, shown: list[tuple[Drive, int]]) -> tuple[Clips, ...]:
    """Return drives that came off and drives that did not."""
    out = []
    for title, kinds in (("Drives to a made shot", ("made",)),
                         ("Drives to a missed shot or a turnover", ("missed", "lost"))):  # fmt: skip
        lines = []
        for d, i in [v for v in shown if v[0].after in kinds][:MOST_CLIPS]:
            t = m.tracks
            assert t is not None
            when = m.clock(int(t.period[d.start]), float(t.t_s[d.start]))
            link = evidence.plays(when, f"drive-{i}", [i], "drives")
            lines.append(Markup("{} {}, {}: {:.1f} m at {:.1f} m/s, {}").format(
                link, slot_name(m, d.slot), m.names[d.side], d.way_m, d.speed_mps, WORDS[d.after]))  # fmt: skip
        if lines:
            out.append(Clips(title, tuple(lines)))
    return tuple(out) if len(out) == 2 else ()


def measures(m: Material) -> list[Measure]:
    """Return how often both teams drove."""
    o = offence(m)
    if m.brief or min((len(o.of(s)) for s in (HOME, AWAY)), default=0) < 8:
        return []
    out = []
    found = drives(m)
    for side in (HOME, AWAY):
        mine = [d for d in found if d.side == side]
        n = len(o.of(side))
        logged = tuple(d.index for d in mine if d.index is not None)
        out.append(
            Measure(
                "drives", side, 100 * len(mine) / n, f"{100 * len(mine) / n:.0f}",
                "{team} drove to the basket {value} times per 100 possessions.", "Drives per 100 possessions",
                f"n = {n} possessions, {len(mine)} drives", "drives", se=100 * (len(mine) + 1) ** 0.5 / n,
                plays=logged, anchor="drives",
                good=[d.index for d in mine if d.after == "made" and d.index is not None],
                bad=[d.index for d in mine if d.after in ("missed", "lost") and d.index is not None],
            )
        )  # fmt: skip
    return out
