"""Phases of play: how long each side builds up, creates and finishes, and what it ends in."""

from __future__ import annotations

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Bar, Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 40, frozenset({"soccer"})
PHASES = ("build_up", "create", "finish", "transition", "set_play")


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return minutes and number of each phase; None where no phase is logged or recognised."""
    e = m.events[m.events["type"].isin(PHASES) & m.events["side"].isin([HOME, AWAY])]
    if not len(e) or m.tracks is None:
        return None
    rate = float(m.tracks.rate_hz)
    bars, rows = [], []
    for name in PHASES:
        minutes, links, n = [], [], []
        for s in (HOME, AWAY):
            mine = e[(e["type"] == name) & (e["side"] == s)]
            long = (mine["end_frame"] - mine["start_frame"]) / rate
            minutes.append(float(long.sum()) / 60)
            n.append(len(mine))
            links.append(evidence.plays(f"{minutes[-1]:.1f} min", f"phase-{name}-{s}", list(mine.index), "phases"))
            led = [i for i in mine.index if _leads(m, int(i), s)]
            if len(mine):
                rows.append(
                    (Cell(m.names[s], m.names[s], s), Cell(m.event_label(name), m.event_label(name)),
                     Cell(evidence.plays(len(mine), f"phase-n-{name}-{s}", list(mine.index), "phases"), len(mine)),
                     Cell(f"{long.mean():.1f} s", float(long.mean())),
                     Cell(evidence.plays(len(led), f"phase-led-{name}-{s}", led, "phases") if led else "0", len(led)))
                )  # fmt: skip
        if sum(n):
            bars.append(Bar(m.event_label(name), (links[0], links[1]), (minutes[0], minutes[1]),
                            (_times(n[0]), _times(n[1]))))  # fmt: skip
    columns = (Column("Team", False), Column("Phase", False), Column("Times"), Column("Mean length"),
               Column("A shot within 10 s of its end"))  # fmt: skip
    apart = max(bars, key=lambda b: abs((b.value[0] or 0.0) - (b.value[1] or 0.0)))
    more = 0 if (apart.value[0] or 0.0) >= (apart.value[1] or 0.0) else 1
    title = (
        f"{m.names[more]}: {apart.value[more]:.1f} min of {apart.what.lower()}, {m.names[1 - more]} "
        f"{apart.value[1 - more]:.1f} min, the widest gap of any phase"
    )
    table = Table(title, columns, tuple(rows), f"n = {len(e)} phases")
    logged = e["score"].isna().all()
    how = ("The phases are the provider’s." if logged else "The phases are recognised by a model.") + (
        " A set play counts until open play resumes."
    )
    return Section("phases", "Phases of play", bars=tuple(bars), tables=(table,), how=how)


def _times(n: int) -> str:
    return f"{n} time{'s' if n != 1 else ''}"


def _leads(m: Material, row: int, side: int) -> bool:
    e = m.events.loc[row]
    rate = float(m.tracks.rate_hz) if m.tracks is not None else 1.0
    shots = m.of("shot", side)["frame"]
    return bool(((shots >= e["start_frame"]) & (shots <= e["end_frame"] + 10 * rate)).any())
