"""Hockey's zone entries, carried, passed or dumped, what followed, and how the puck came out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.hockey.log import ENTRIES, Log, log_of, power_play
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Clips, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 10, ("hockey",)
THEN_S = 10.0
MOST_CLIPS = 4


@dataclass(frozen=True)
class Entry:
    """One zone entry: row of the log. kept: whether the log marks it successful, None where it does not say.

    shot_s: seconds to the team's next shot within THEN_S; lost_s: to the other team's next touch within it.
    """

    i: int
    side: int
    how: str
    kept: bool | None
    shot_s: float | None
    lost_s: float | None

    @property
    def then(self) -> str:
        if self.shot_s is not None and (self.lost_s is None or self.shot_s <= self.lost_s):
            return f"shot after {self.shot_s:.0f} s"
        if self.lost_s is not None:
            return f"puck lost after {self.lost_s:.0f} s" + (", shot later" if self.shot_s is not None else "")
        return "no shot" if self.shot_s is None else f"shot after {self.shot_s:.0f} s"


def entries(log: Log, side: int) -> list[Entry]:
    """Return a team's entries, in order."""
    out = []
    for i in log.of(*ENTRIES, side=side):
        shot = log.after(i, ["shot", "goal"], THEN_S, side)
        lost = log.after(i, ["puck_recovery", "takeaway", "dump_out", "pass", "dump_in", *ENTRIES], THEN_S, 1 - side)
        said = log.about(i).get("successful") if log.logged else None
        out.append(
            Entry(
                i,
                side,
                ENTRIES[str(log.events["type"].iloc[i])],
                said if isinstance(said, bool) else None,
                shot[1] if shot else None,
                lost[1] if lost else None,
            )
        )
    return out


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the entries and exits, None where none was logged."""
    log = log_of(m)
    if log is None or m.tracks is None:
        return None
    both = [entries(log, s) for s in (HOME, AWAY)]
    outs = [log.of("dump_out", side=s) for s in (HOME, AWAY)]
    if not sum(map(len, both)) + sum(map(len, outs)):
        return None
    text = [p for s in (HOME, AWAY) if (p := _says(m, evidence, log, both[s], s)) is not None]
    text += [p for s in (HOME, AWAY) if (p := _exits(m, evidence, log, outs[s], s)) is not None]
    figures = tuple(f for s in (HOME, AWAY) if (f := _map(m, evidence, log, both[s], s)) is not None)
    every = sorted((*both[HOME], *both[AWAY]), key=lambda v: v.i)
    tables = (_table(m, evidence, log, every),) if len(every) > 1 else ()
    how = (
        f"Entries and exits are {log.by}; what followed is the next event of either team within {THEN_S:.0f} s. The "
        "log marks the puck dumped out of a zone; exits that were carried or passed are not marked, so no share of "
        "exits can be told. The puck is not tracked: places are the log’s."
    )
    clips = _clips(m, evidence, log, every)
    return Section("entries", "Entries and exits", tuple(text), (), figures, tables, clips, how)


def _says(m: Material, evidence: Evidence, log: Log, found: Sequence[Entry], side: int) -> Markup | None:
    if not found:
        return None
    parts = []
    for how in ENTRIES.values():
        rows = [e.i for e in found if e.how == how]
        if rows:
            link = evidence.plays(len(rows), f"entries-{how}-{side}", log.plays(evidence, rows), "entries")
            parts.append(Markup("{} {}").format(link, how))
    n = evidence.plays(len(found), f"entries-{side}", log.plays(evidence, [e.i for e in found]), "entries")
    said = Markup("{} entered the zone {} time{}: {}").format(
        m.names[side], n, "s" if len(found) != 1 else "", Markup(", ").join(parts)
    )
    shots = [e.i for e in found if e.shot_s is not None]
    link = evidence.plays(len(shots), f"entries-shot-{side}", log.plays(evidence, shots), "entries")
    return said + Markup("; {} led to a shot within {:.0f} s.").format(link if shots else "none", THEN_S)


def _exits(m: Material, evidence: Evidence, log: Log, rows: Sequence[int], side: int) -> Markup | None:
    if not rows:
        return None
    more = power_play(log)
    short = " while short-handed" if more == 1 - side else ""
    n = evidence.plays(len(rows), f"exits-{side}", log.plays(evidence, rows), "entries")
    again = [i for i in rows if log.after(i, list(ENTRIES), 20.0, 1 - side) is not None]
    said = Markup("{} dumped the puck out {} time{}{}").format(m.names[side], n, "s" if len(rows) != 1 else "", short)
    link = evidence.plays(len(again), f"exits-again-{side}", log.plays(evidence, again), "entries")
    return said + Markup("; within 20 s {} {} had entered the zone again.").format(
        m.names[1 - side], Markup("after {} of them").format(link) if again else "never"
    )


def _map(m: Material, evidence: Evidence, log: Log, found: Sequence[Entry], side: int) -> Figure | None:
    placed = [(e, at) for e in found if (at := log.at(e.i)) is not None]
    if not placed:
        return None
    spots = []
    for e, (x, y) in placed:
        label = f"{log.when(e.i)}, {log.who(e.i)}: {e.how}; {e.then}"
        plays = tuple(log.plays(evidence, [e.i]))
        spots.append(Spot(x, y, label, plays, e.shot_s is not None, 1.0, side, (x - 4.0, y), e.how == "dumped"))
    carried = sum(e.how == "carried" for e, _ in placed)
    n = len(placed)
    title = f"{m.names[side]} carry the puck in on {carried} of {n} entries" if n > 1 else (
        f"{m.names[side]}: one entry, {placed[0][0].how}")  # fmt: skip
    sub = f"Where the zone was entered; dashed: dumped in; n = {n}"
    return spot_map(m, evidence, spots, f"entries-{side}", title, sub, side=side,
                    key=(f"shot within {THEN_S:.0f} s", "no shot"))  # fmt: skip


def _table(m: Material, evidence: Evidence, log: Log, found: Sequence[Entry]) -> Table:
    rows = []
    for e in found:
        link = evidence.plays(log.when(e.i), f"entry-{e.i}", log.plays(evidence, [e.i]), "entries")
        t_s = float(log.events["t_s"].iloc[e.i]) + 1e5 * int(log.events["period"].iloc[e.i])
        kept = {True: "yes", False: "no", None: "–"}[e.kept]
        who = log.who(e.i)
        team = Cell(m.names[e.side], m.names[e.side], e.side)
        words = [Cell(w, w) for w in (who, e.how, kept, e.then)]
        rows.append((Cell(link, t_s), team, *words))
    titles = []
    for how in ENTRIES.values():
        mine = [e for e in found if e.how == how]
        shots = sum(e.shot_s is not None for e in mine)
        if mine:
            titles.append(f"{shots} of {len(mine)} {how}")
    columns = [Column(c, False) for c in ("Time", "Team", "Player", "How", "Control kept, as logged")]
    columns.append(Column(f"Within {THEN_S:.0f} s", False))
    return Table(f"Entries that led to a shot within {THEN_S:.0f} s: {', '.join(titles)}", tuple(columns), tuple(rows))


def _clips(m: Material, evidence: Evidence, log: Log, found: Sequence[Entry]) -> tuple[Clips, ...]:
    good = [e for e in found if e.shot_s is not None]
    bad = [e for e in found if e.shot_s is None and e.lost_s is not None]
    if not good or not bad:
        return ()
    out = []
    for title, mine in (("Entries that led to a shot", good), ("Entries that lost the puck", bad)):
        ranked = sorted(mine, key=lambda e: e.shot_s if e.shot_s is not None else e.lost_s or 0)[:MOST_CLIPS]
        lines = []
        for e in ranked:
            link = evidence.plays(log.when(e.i), f"entry-{e.i}", log.plays(evidence, [e.i]), "entries")
            lines.append(Markup("{} {}, {}: {}, {}").format(link, log.who(e.i), m.names[e.side], e.how, e.then))
        out.append(Clips(title, tuple(lines)))
    return tuple(out)


def measures(m: Material) -> list[Measure]:
    """Return the share of entries that the team on the power play carried or passed in."""
    log = log_of(m)
    side = power_play(log) if log is not None and log.own else None
    if log is None or side is None:
        return []
    found = entries(log, side)
    if len(found) < 4:
        return []
    share = sum(e.how != "dumped" for e in found) / len(found)
    low, high = wilson(share, len(found))
    return [
        Measure(
            "controlled_entries", side, share, f"{share:.0%}",
            "{team} entered the zone with control {value} of the time.", "Entries with control",
            f"n = {len(found)} entries", "entries", se=(high - low) / 3.92,
            plays=tuple(e.i for e in found), anchor="entries",
            good=[e.i for e in found if e.shot_s is not None], bad=[e.i for e in found if e.shot_s is None],
        )
    ]  # fmt: skip
