"""Candidates for pick-and-rolls: who screened for whom, where, and whether he rolled."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball import screens as rule
from sportsai.report.basketball.offence import offence, rows_play, slot_name
from sportsai.report.basketball.screens import Screen, screens
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "team", 60, ("basketball",)
WORDS = {"roll": "rolled to the rim", "pop": "popped out", "stay": "stayed"}
MOST = 30
LEAST = 3  # candidates for a drawing


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the candidates; None where the samples are too few to look, or nothing was found."""
    t = m.tracks
    if t is None or not offence(m).possessions:
        return None
    if float(t.rate_hz) < rule.LEAST_HZ:
        said = (
            f"Not looked for: at {float(t.rate_hz):.1f} samples a second a screen falls between two samples "
            f"(at least {rule.LEAST_HZ:.0f} are needed)."
        )
        return Section("screens", "Pick-and-roll candidates", how=said)
    found = screens(m)
    if not found:
        return None
    plays = [
        rows_play(m, f"Pick-and-roll candidate: {slot_name(m, s.handler)}, screen by {slot_name(m, s.screener)}",
                  s.side, s.row, s.end + 1, "pick-and-roll candidate", s.handler, others=(s.screener, s.defender),
                  note=f"{slot_name(m, s.screener)} {WORDS[s.then]}.")
        for s in found
    ]  # fmt: skip
    shown = list(zip(found, evidence.add(plays), strict=True))
    drawn = (HOME, AWAY) if len(found) >= LEAST else ()
    figures = tuple(f for side in drawn if (f := _map(m, evidence, shown, side)) is not None)
    how = (
        f"By geometry alone, a candidate: a team-mate no faster than {rule.SET_MPS} m/s stands within "
        f"{rule.SCREEN_M} m of the defender of the player with the ball and within {rule.NEAR_M:.0f} m of that player, "
        f"at least {rule.OUTSIDE_M} m from the rim, for {rule.LEAST_S} s or more; within {rule.THEN_S} s the two come "
        f"{rule.OFF_M} m apart. A roll brings the screener {rule.MOVE_M} m nearer to the rim, a pop as much away from "
        "it. How many of them a coach would call pick-and-rolls was not measured."
    )
    tables = (_table(m, evidence, shown),) if len({(s.handler, s.screener) for s in found}) > 1 else ()
    return Section("screens", "Pick-and-roll candidates", (_says(m, evidence, shown),), (), figures, tables, how=how)


def _says(m: Material, evidence: Evidence, shown: list[tuple[Screen, int]]) -> Markup:
    parts = []
    for side in (HOME, AWAY):
        mine = [(s, i) for s, i in shown if s.side == side]
        if not mine:
            continue
        n = evidence.plays(len(mine), f"screens-{side}", [i for _, i in mine], "screens")
        said = Markup("{}: {} candidate{}").format(m.names[side], n, "s" if len(mine) != 1 else "")
        for then in ("roll", "pop"):
            rows = [i for s, i in mine if s.then == then]
            if rows:
                link = evidence.plays(len(rows), f"screens-{then}-{side}", rows, "screens")
                said += Markup(", {} with a {}").format(link, then)
        parts.append(said)
    return Markup("; ").join(parts) + "."


def _map(m: Material, evidence: Evidence, shown: list[tuple[Screen, int]], side: int) -> Figure | None:
    mine = [(s, i) for s, i in shown if s.side == side]
    if not mine:
        return None
    n, rolls = len(mine), sum(s.then == "roll" for s, _ in mine)
    title = f"{m.names[side]}: {rolls} of {n} candidates with a roll" if n > 1 else f"{m.names[side]}: one candidate"
    t = m.tracks
    assert t is not None
    spots = []
    for s, i in mine:
        x, y = (t.xy[s.end, s.screener] * m.facing(side)).tolist()
        label = f"{slot_name(m, s.handler)}, screen by {slot_name(m, s.screener)}, who {WORDS[s.then]}"
        spots.append(Spot(x, y, label, (i,), s.then == "roll", 0.5, side, s.at))
    sub = f"Lines: the screener’s way in the {rule.THEN_S} s after; n = {n}"
    return spot_map(m, evidence, spots, f"screens-{side}", title, sub, side=side, from_m=0.0,
                    key=("rolled", "popped or stayed"))  # fmt: skip


def _table(m: Material, evidence: Evidence, shown: list[tuple[Screen, int]]) -> Table:
    pairs: dict[tuple[int, int], list[tuple[Screen, int]]] = {}
    for s, i in shown:
        pairs.setdefault((s.handler, s.screener), []).append((s, i))
    rows = []
    ranked = sorted(pairs.items(), key=lambda v: -len(v[1]))
    for k, ((handler, screener), mine) in enumerate(ranked[:MOST]):
        c = Counter(s.then for s, _ in mine)
        link = evidence.plays(len(mine), f"screens-pair-{k}", [i for _, i in mine], "screens")
        a, b = slot_name(m, handler), slot_name(m, screener)
        switched = sum(s.switched for s, _ in mine)
        rows.append((
            Cell(a, a, mine[0][0].side), Cell(b, b), Cell(link, len(mine)), Cell(str(c["roll"]), c["roll"]),
            Cell(str(c["pop"]), c["pop"]), Cell(str(switched), switched),
        ))  # fmt: skip
    pair, top = ranked[0]
    title = f"{slot_name(m, pair[1])} screens for {slot_name(m, pair[0])} most: {len(top)}"
    if len(ranked) > 1 and len(ranked[1][1]) == len(top):
        title = f"{len(ranked)} pairs screen"
    heads = ("Candidates", "Rolls", "Pops", "Another defender on the ball after")
    columns = (Column("Ball-handler", False), Column("Screener", False), *(Column(h) for h in heads))
    return Table(title, columns, tuple(rows))
