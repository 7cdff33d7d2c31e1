"""Reception, set, attack: which chains a side plays, and what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.flow import flow
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.rallies import BACK, LOST, OVER, WON, WORDS, Spell, by_picture, how, rallies, running, sides
from sportsai.report.rally_plays import see_spells
from sportsai.report.section import Bar, Cell, Clips, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 30, ("volleyball",)
WHOLE = ("pass", "set", "spike")
NEAR_M = 3.0  # the attack line: a set played within it leaves every attacker to choose from
LEAST, MOST_CLIPS = 8, 4


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the chains of both sides, None where fewer than two are told."""
    every = rallies(m)
    spells = [s for r in every for s in r.spells]
    wins = all(r.won for r in every)  # else what was won would be told of some
    if len(spells) < 2:
        return None
    mine = [[s for s in spells if s.side == side] for side in (HOME, AWAY)]
    figures = tuple(_flow(m, x, side) for side, x in enumerate(mine) if x)
    said = [t for side, x in enumerate(mine) if (t := _says(m, evidence, x, side, wins)) is not None]
    pattern, clips = _pattern(m, evidence, mine, wins)
    explained = (
        "A chain is one side’s contacts in the order pass, set, attack until the ball goes over; what it lacks "
        "was not played or not told. Came back: the same side touched the ball next, as after a block."
    )
    if pattern:
        explained += f" Near: the set was played within {NEAR_M:.0f} m of the net. Ranges: 95 %, Wilson."
    return Section(
        "chains", "Reception, set, attack", tuple(said), pattern, figures,
        (_table(m, evidence, spells, mine, wins),), clips, how(m, explained), sides(m),
    )  # fmt: skip


def _says(m: Material, evidence: Evidence, mine: Sequence[Spell], side: int, wins: bool) -> Markup | None:
    passed = [s for s in mine if s.kinds[0] == "pass"]
    whole = [s for s in passed if s.kinds == WHOLE]
    if not passed:
        return None
    team = running(m, side)
    text = Markup("{}: {} of {} passes became a set and an attack").format(
        team[:1].upper() + team[1:], see_spells(m, evidence, len(whole), f"whole-{side}", whole), len(passed)
    )
    won, told = [s for s in whole if s.after == WON], [s for s in whole if s.after in (WON, LOST, OVER, BACK)]
    if told and wins:
        of = "them" if len(told) == len(whole) else f"those {len(told)} whose end is told"
        link = see_spells(m, evidence, len(won), f"whole-won-{side}", won)
        text += Markup("; {} of {} won the point").format(link, of)
    return text + "."


def _flow(m: Material, mine: Sequence[Spell], side: int) -> Figure:
    passed = [s for s in mine if "pass" in s.kinds]
    whole = sum(s.kinds == WHOLE for s in passed)
    share = f"{whole / len(passed):.0%} of passes end in a set and an attack" if passed else "no pass is told"
    name = sides(m)[side]
    return flow(
        mine, side, f"{name}: {share}", f"n = {len(mine)} chains; a band is as wide as it is often", f"flow-{side}"
    )


def _table(
    m: Material, evidence: Evidence, spells: Sequence[Spell], mine: Sequence[Sequence[Spell]], wins: bool
) -> Table:
    kinds = Counter(s.kinds for s in spells)
    columns = [Column("Chain", False)]
    for side in (HOME, AWAY):
        columns += [Column(f"{sides(m)[side]}: n")] + ([Column("Won"), Column("Lost")] if wins else [])
    rows = []
    for k, _ in kinds.most_common():
        name = " → ".join(WORDS[c] for c in k)
        row = [Cell(name, name)]
        for side in (HOME, AWAY):
            here = [s for s in mine[side] if s.kinds == k]
            for which, found in (("n", here), (WON, [s for s in here if s.after == WON]),
                                 (LOST, [s for s in here if s.after == LOST])):  # fmt: skip
                if which == "n" or wins:
                    link = see_spells(m, evidence, len(found), f"chain-{'-'.join(k)}-{side}-{which}", found)
                    row.append(Cell(link, len(found)))
        rows.append(tuple(row))
    first, n = kinds.most_common(1)[0]
    title = f"Most often: {' → '.join(WORDS[c] for c in first)}, {n} of {len(spells)} chains"
    return Table(
        title,
        tuple(columns),
        tuple(rows),
        f"n = {len(spells)} chains" + ("; won, lost: the point with this chain." if wins else "."),
    )


# ---- a pattern to coach: what a set near the net is worth ------------------------------------------------------------


def _pattern(
    m: Material, evidence: Evidence, mine: Sequence[Sequence[Spell]], wins: bool
) -> tuple[tuple[Bar, ...], tuple[Clips, ...]]:
    """Return what attacks win after sets near the net and far from it, and plays of both; nothing without positions."""
    if by_picture(m) or not wins:
        return (), ()
    bars, clips = [], []
    for near in (True, False):
        shown, value, note = [], [], []
        for side in (HOME, AWAY):
            found = [s for s in mine[side] if _near(s) is near and s.attack and s.after in (WON, LOST, OVER, BACK)]
            won = [s for s in found if s.after == WON]
            low, high = wilson(len(won) / len(found), len(found)) if found else (0.0, 1.0)
            link = see_spells(m, evidence, len(won), f"{'near' if near else 'far'}-won-{side}", won)
            shown.append(Markup("{} of {}").format(link, len(found)))
            value.append(len(won) / len(found) if len(found) >= LEAST else None)
            note.append(f"{len(won) / len(found):.0%} ({low:.0%}–{high:.0%})" if len(found) >= LEAST else "too few")
        what = f"Attacks that won the point, set {'within' if near else 'beyond'} {NEAR_M:.0f} m of the net"
        if any(v is not None for v in value):
            bars.append(Bar(what, (shown[0], shown[1]), (value[0], value[1]), (note[0], note[1])))
    if not bars:
        return (), ()
    for near, after, title in (
        (True, WON, "Good: set near the net, point won"), (False, LOST, "Bad: set far from the net, point lost"),
    ):  # fmt: skip
        found = [s for x in mine for s in x if _near(s) is near and s.kinds == WHOLE and s.after == after]
        found = sorted(found, key=lambda s: abs(_set_m(s)), reverse=not near)
        lines = tuple(
            Markup("{}, set {:.1f} m from the net: {}").format(
                see_spells(m, evidence, m.clock(s.contacts[0].period, s.contacts[0].t_s), f"pat-{s.contacts[0].row}",
                           [s]),
                abs(_set_m(s)), running(m, s.side),
            )
            for s in found[:MOST_CLIPS]
        )  # fmt: skip
        if lines:
            clips.append(Clips(title, lines))
    return tuple(bars), tuple(clips)


def _set_m(s: Spell) -> float:
    return next(c.xy[0] for c in s.contacts if c.kind == "set" and c.xy is not None)


def _near(s: Spell) -> bool | None:
    """Return whether the set was played near the net, None where there is none or its place is not known."""
    x = next((c.xy[0] for c in s.contacts if c.kind == "set" and c.xy is not None), None)
    return None if x is None else abs(x) <= NEAR_M
