"""Basketball's line-ups: who was on the court together, and what became of the possessions."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.lineups import LineUp, line_ups
from sportsai.report.basketball.offence import offence, rows_play
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "players", 60, ("basketball",)
MOST = 6  # line-ups of a team
LEAST_S = 20.0  # on the court together; less is a substitution under way


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the line-ups, None where neither team changed its five or nobody is named."""
    t, o = m.tracks, offence(m)
    if t is None or m.brief or not o.possessions:
        return None
    both = [[v for v in line_ups(m, s) if v.seconds >= LEAST_S] for s in (HOME, AWAY)]
    if max(map(len, both)) < 2 or any(s.player_id is None for s in t.slots):
        return None
    logged = bool(o.shots)
    tables = tuple(_table(m, evidence, s, both[s], logged) for s in (HOME, AWAY) if both[s])
    parts = []
    for s in (HOME, AWAY):
        if both[s]:
            first = both[s][0]
            said = "{} used {} line-up{} for {:.0f} s or more; the first was on the court for {}"
            many, time = "s" if len(both[s]) != 1 else "", evidence.figure(_minutes(first), "line-ups")
            parts.append(Markup(said).format(m.names[s], len(both[s]), many, LEAST_S, time))
    how = (
        "Minutes: time tracked with these five on the court. A possession belongs to the five who were on in most of "
        "it, a shot to its possession. Points are not in the log, so a line-up’s balance is in field goals. A quarter "
        "is far too short to rank line-ups by: what is made here is seen, not expected."
        if logged
        else "Minutes: time tracked with these five on the court. What was scored is not in the data."
    )
    return Section("line-ups", "Line-ups", (Markup("; ").join(parts) + ".",), (), (), tables, how=how)


def _minutes(v: LineUp) -> str:
    return f"{int(v.seconds // 60)}:{int(v.seconds % 60):02d}"


def _table(m: Material, evidence: Evidence, side: int, found: list[LineUp], logged: bool) -> Table:
    columns = [
        Column(m.names[side], False),
        Column("On court, min"),
        Column("Possessions"),
        Column("Of the other team"),
    ]
    columns += [Column("Shots made of tried"), Column("Against")] if logged else []
    t, o = m.tracks, offence(m)
    assert t is not None
    names = _short(m, [i for v in found for i in v.slots])
    rows = []
    for k, v in enumerate(found[:MOST]):
        five = ", ".join(names[i] for i in v.slots)
        links = []
        for which, numbers in (("for", v.ours), ("against", v.theirs)):
            plays = []
            for n in numbers:
                p = o.possessions[n]
                title = f"Possession {n + 1}: {m.names[p.side]}"
                plays.append(rows_play(m, title, p.side, p.start, p.end, "possession"))
            links.append(evidence.clips(len(numbers), f"line-up-{side}-{k}-{which}", plays, "line-ups"))
        cells = [Cell(five, five, side), Cell(_minutes(v), v.seconds)]
        cells += [Cell(links[0], len(v.ours)), Cell(links[1], len(v.theirs))]
        if logged:
            for which, made, tried in (("own", v.made, v.tried), ("theirs", v.against_made, v.against_tried)):
                text = f"{len(made)} of {len(tried)}" if tried else "–"
                link = evidence.plays(text, f"line-up-{side}-{k}-{which}", sorted(tried), "line-ups")
                cells.append(Cell(link, len(made)))
        rows.append(tuple(cells))
    whole = sum(v.seconds for v in found) or 1.0
    five = ", ".join(names[i] for i in found[0].slots)
    title = f"{m.names[side]}: {five} play {found[0].seconds / whole:.0%} of the time told here"
    return Table(title, tuple(columns), tuple(rows))


def _short(m: Material, slots: list[int]) -> dict[int, str]:
    """Return each player's last names, the whole name where two would be the same."""
    t = m.tracks
    assert t is not None
    whole = {i: m.player_name(t.slots[i].player_id) for i in slots}
    last = {i: n.split(" ", 1)[-1] for i, n in whole.items()}
    seen = Counter(last.values())
    return {i: last[i] if seen[last[i]] == 1 else whole[i] for i in whole}
