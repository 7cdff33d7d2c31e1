"""Volleyball's team activities, side by side, and what everybody in the picture did meanwhile."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.rallies import KINDS, by_picture, contacts, how, running, sides
from sportsai.report.rally_plays import see
from sportsai.report.section import Bar, Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 20, ("volleyball",)
WHAT = {"serve": "Serves", "pass": "Passes: first contacts", "set": "Sets", "spike": "Attacks",
        "block": "Blocks"}  # fmt: skip


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return how often each side did what, None where nothing was told."""
    every = contacts(m)
    if not every:
        return None
    bars, counts = [], Counter((c.kind, c.side) for c in every)
    for kind in KINDS:
        if kind == "winpoint" or not counts[kind, HOME] + counts[kind, AWAY]:  # points are the rallies'
            continue
        mine = [[c for c in every if c.kind == kind and c.side == s] for s in (HOME, AWAY)]
        few = [m.few(m.events.loc[[c.row for c in x]]) for x in mine]
        shown = tuple(see(m, evidence, len(x), f"{kind}-{s}", x) for s, x in enumerate(mine))
        value = (float(len(mine[0])), float(len(mine[1])))
        bars.append(Bar(WHAT[kind], (shown[0], shown[1]), value, (few[0].range, few[1].range)))
    named = {kind: [counts[kind, s] for s in (HOME, AWAY)] for kind in ("spike",)}
    lines = []
    a, b = named["spike"]
    if a + b:
        high = HOME if a >= b else AWAY
        mine = [[c for c in every if c.kind == "spike" and c.side == s] for s in (HOME, AWAY)]
        told = "recognised" if m.recognised else "logged"
        if a == b:
            text = Markup("Both sides attack equally often: {} times each, {}.").format(
                see(m, evidence, a, "attacks-0", mine[0]), told
            )
        else:
            text = Markup("{} attack{} more often: {} against {} attacks {}.").format(
                _big(running(m, high)), "s" if by_picture(m) else "",
                see(m, evidence, len(mine[high]), f"attacks-{high}", mine[high]),
                see(m, evidence, len(mine[1 - high]), f"attacks-{1 - high}", mine[1 - high]), told,
            )  # fmt: skip
        lines.append(text)
    said = "Counts of what was recognised, with the range its probabilities allow." if m.recognised else ""
    if not any(c.kind == "serve" for c in every):
        said += " Serves and blocks are no team activity of this source: they are not counted."
    table = _actions(m)
    if table:
        said += " What each person did is told of one frame a moment, and of nobody by name."
    said = how(m, said.strip())
    return Section(
        "activities", "What the sides did", tuple(lines), tuple(bars), tables=table, how=said, heads=sides(m)
    )


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]


def _actions(m: Material) -> tuple[Table, ...]:
    """Return people's actions by team activity, means a frame, where frames tell them."""
    seen: Counter[str] = Counter()
    people: Counter[tuple[str, str]] = Counter()
    for name, about in zip(m.events["type"], m.events["attributes"], strict=True):
        if isinstance(about, dict) and about.get("actions"):
            seen[str(name)] += 1
            people.update((str(name), str(a)) for a in about["actions"])
    if not seen:
        return ()
    order = [n for n in m.league.events if n in seen]
    actions = [n for n in m.league.events if any((k, n) in people for k in order)]
    columns = (Column("Activity", False), Column("Frames"), *(Column(m.event_label(a)) for a in actions))
    rows = []
    for k in order:
        side = "lr".find(k[0]) if k[1:2] == "_" else -1
        cells = [Cell(m.event_label(k), k, side if side >= 0 else None)]
        cells.append(Cell(Markup('<a class="ev" href="#pictures-{}">{}</a>').format(k, seen[k]), seen[k]))
        for a in actions:
            mean = people[k, a] / seen[k]
            cells.append(Cell(f"{mean:.1f}" if mean >= 0.05 else "under 0.1" if mean else "–", mean))
        rows.append(tuple(cells))
    spikes = [(people[k, "blocking"] / seen[k], k) for k in order if k.endswith("spike") and people[k, "blocking"]]
    title = "Who does what: people a frame by action"
    if spikes:
        title = " and ".join(f"{mean:.1f} people block a {m.event_label(k).lower()}" for mean, k in spikes)
    total = sum(seen.values())
    return (Table(title, columns, tuple(rows), f"Mean number of people of a frame who do it; n = {total} frames."),)
