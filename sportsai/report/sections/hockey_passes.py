"""Hockey's passes from zone to zone: how many arrived, into the slot, across the middle, off the boards."""

from __future__ import annotations

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.zone_matrix import zone_matrix
from sportsai.report.hockey.log import Log, log_of, power_play
from sportsai.report.hockey.places import BEHIND, HOW, LEFT, NEUTRAL, OWN, PLACES, POINTS, RIGHT, SLOT, place
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Section

PAGE, ORDER, SPORTS = "match", 30, ("hockey",)
LEAST = 5  # passes of a team with both ends known
INSIDE = (POINTS, LEFT, RIGHT, SLOT, BEHIND)


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the passes by zone, None where their ends were not logged."""
    log = log_of(m)
    if log is None or m.tracks is None:
        return None
    both = [known(log, s) for s in (HOME, AWAY)]
    told = [s for s in (HOME, AWAY) if len(both[s]) >= LEAST]
    if not told:
        return None
    text = tuple(_says(m, evidence, log, both[s], s) for s in told)
    figures = tuple(_matrix(m, evidence, log, both[s], s) for s in told)
    few = [
        f"{m.names[s]}: {len(both[s])} pass{'es' if len(both[s]) != 1 else ''}, too few for a grid"
        for s in (HOME, AWAY)
        if s not in told and both[s]
    ]
    how = f"Passes are {log.by}, with both ends. {HOW} Across the middle: both ends inside the zone, on either side."
    how += f" {'; '.join(few)}." if few else ""
    return Section("passes", "Passes by zone", text, (), figures, how=how)


def known(log: Log, side: int) -> list[int]:
    """Return the rows of a team's passes whose both ends are logged."""
    return [i for i in log.of("pass", side=side) if log.at(i) is not None and log.to(i) is not None]


def ends(m: Material, log: Log, i: int) -> tuple[str, str]:
    """Return from where to where a pass went."""
    a, b = log.at(i), log.to(i)
    assert a is not None
    assert b is not None
    return place(m, *a), place(m, *b)


def arrived(log: Log, i: int) -> bool:
    """Whether the log marks a pass successful."""
    return log.about(i).get("successful") is True


def _says(m: Material, evidence: Evidence, log: Log, rows: list[int], side: int) -> Markup:
    def link(some: list[int], what: str) -> Markup:
        return evidence.plays(len(some), f"passes-{what}-{side}", log.plays(evidence, some), "passes")

    good = [i for i in rows if arrived(log, i)]
    low, high = wilson(len(good) / len(rows), len(rows))
    said = Markup("{}: {} of {} passes arrived ({}; 95% range {}–{})").format(
        m.names[side], link(good, "good"), link(rows, "all"), f"{len(good) / len(rows):.0%}", f"{100 * low:.0f}",
        f"{high:.0%}",
    )  # fmt: skip
    slot = [i for i in rows if ends(m, log, i)[1] == SLOT]
    across = [i for i in rows if _across(m, log, i)]
    boards = [i for i in rows if log.about(i).get("event_type") == "Indirect"]
    for some, what, words in ((slot, "slot", "into the slot"), (across, "across", "across the middle of the zone"),
                              (boards, "boards", "off the boards")):  # fmt: skip
        if some:
            into = [i for i in some if arrived(log, i)]
            said += Markup("; {} {}, {} of them arrived").format(link(some, what), words, len(into))
    return said + "."


def _across(m: Material, log: Log, i: int) -> bool:
    a, b = log.at(i), log.to(i)
    assert a is not None
    assert b is not None
    return a[1] * b[1] < 0 and all(z in INSIDE for z in ends(m, log, i))


def _matrix(m: Material, evidence: Evidence, log: Log, rows: list[int], side: int) -> Figure:
    cells: dict[tuple[str, str], list[int]] = {}
    for i in rows:
        cells.setdefault(ends(m, log, i), []).append(i)
    zones = [z for z in PLACES if any(z in k for k in cells)]
    best = max(cells.values(), key=len)
    a, b = next(k for k, v in cells.items() if v is best)
    n = len(rows)
    ties = sum(len(v) == len(best) for v in cells.values())
    way = f"within the {_the(a)}" if a == b else f"from the {_the(a)} to the {_the(b)}"
    title = f"{m.names[side]} pass most {way}: {len(best)} of {n}"
    if ties > 1:
        inside = sum(a in INSIDE and b in INSIDE for a, b in (ends(m, log, i) for i in rows))
        title = f"{m.names[side]} play {inside} of {n} passes inside the zone they attack"
    shown = {
        (a, b): (len(v), f"{a} to {b}: {len(v)}, {sum(arrived(log, i) for i in v)} arrived", log.plays(evidence, v))
        for (a, b), v in cells.items()
    }
    sub = f"Passes from zone (row) to zone (column); n = {n}"
    return zone_matrix(evidence, zones, shown, f"passes-{side}", title, sub)


def _the(zone: str) -> str:
    """Return a place's name in running words."""
    return {OWN: "own zone", NEUTRAL: "neutral zone", BEHIND: "place behind the net"}.get(zone, zone)


def measures(m: Material) -> list[Measure]:
    """Return the share of passes that arrived, of the team on the power play."""
    log = log_of(m)
    side = power_play(log) if log is not None and log.own else None
    rows = known(log, side) if log is not None and side is not None else []
    if log is None or side is None or len(rows) < 8:
        return []
    good = [i for i in rows if arrived(log, i)]
    share = len(good) / len(rows)
    low, high = wilson(share, len(rows))
    return [
        Measure(
            "passes_arrived", side, share, f"{share:.0%}", "{value} of {team}’s passes arrived.", "Passes that arrived",
            f"n = {len(rows)} passes", "passing", se=(high - low) / 3.92, plays=tuple(rows), anchor="passes",
            good=good, bad=[i for i in rows if i not in set(good)],
        )
    ]  # fmt: skip
