"""Hockey's shots: where from, on net or not, through traffic, at once or not, as far as the log says."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.hockey.log import Log, log_of
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Column, Section, Table

PAGE, ORDER, SPORTS = "match", 20, ("hockey",)
MISSED = {"On Net": "on net", "Blocked": "blocked", "Missed": "missed the net"}
LEAST = 2  # shots for a drawing and a table


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the shots, None where none was logged with its place."""
    log = log_of(m)
    if log is None or m.tracks is None:
        return None
    both = [[i for i in log.of("shot", "goal", side=s) if log.at(i) is not None] for s in (HOME, AWAY)]
    if not any(both):
        return None
    text = tuple(_says(m, evidence, log, both[s], s) for s in (HOME, AWAY) if both[s])
    every = sorted((*both[HOME], *both[AWAY]))
    drawn = [s for s in (HOME, AWAY) if both[s]] if len(every) >= LEAST else []
    figures = tuple(_map(m, evidence, log, both[s], s) for s in drawn)
    tables = (_table(m, evidence, log, every),) if len(every) >= LEAST else ()
    how = f"Shots are {log.by}"
    how += (
        ", with where they went, whether somebody stood in the way (traffic) and whether they were taken at once "
        "(one-timer). Which of them went in is not said as such."
        if log.logged
        else "; where they went is not in the data."
    )
    how += " Distance: to the middle of the goal line between the posts."
    return Section("shots", "Shots", text, (), figures, tables, how=how)


def away_m(m: Material, log: Log, i: int) -> float:
    """Return how far from the goal a shot was taken, metres."""
    goal, at = m.court.goal_right, log.at(i)
    return float(np.hypot(at[0] - goal[0], at[1] - goal[1])) if goal is not None and at is not None else float("nan")


def target(log: Log, i: int) -> str:
    """Return where a shot went, "" where nobody says."""
    return MISSED.get(str(log.about(i).get("event_detail_1") or ""), "")


def _says(m: Material, evidence: Evidence, log: Log, rows: list[int], side: int) -> Markup:
    n = len(rows)
    link = evidence.plays(n, f"shots-{side}", log.plays(evidence, rows), "shots")
    said = Markup("{} took {} shot{}").format(m.names[side], link, "s" if n != 1 else "")
    if n == 1:
        said += f" from {away_m(m, log, rows[0]):.0f} m"
    if log.logged and any(target(log, i) for i in rows):
        on = [i for i in rows if target(log, i) == "on net"]
        blocked = [i for i in rows if target(log, i) == "blocked"]
        low, high = wilson(len(on) / n, n)
        share = f" ({len(on) / n:.0%}; 95% range {100 * low:.0f}–{high:.0%})" if n >= 3 else ""
        said += Markup(": {} on net{}, {} blocked").format(
            evidence.plays(len(on), f"shots-on-{side}", log.plays(evidence, on), "shots"), share,
            evidence.plays(len(blocked), f"shots-blocked-{side}", log.plays(evidence, blocked), "shots"),
        )  # fmt: skip
        once = [i for i in rows if log.about(i).get("event_detail_3") == "t"]
        if once:
            of = evidence.plays(len(once), f"shots-once-{side}", log.plays(evidence, once), "shots")
            said += Markup("; {} one-timer{}").format(of, "s" if len(once) != 1 else "")
    return said + "."


def _map(m: Material, evidence: Evidence, log: Log, rows: list[int], side: int) -> Figure:
    known = log.logged and any(target(log, i) for i in rows)
    far = [away_m(m, log, i) for i in rows]
    n = len(rows)
    title = f"{m.names[side]} shoot from {np.median(far):.0f} m at the median" if n > 1 else (
        f"{m.names[side]}: one shot, from {far[0]:.0f} m")  # fmt: skip
    spots = []
    for i, d in zip(rows, far, strict=True):
        at = log.at(i)
        assert at is not None
        label = f"{log.when(i)}, {log.who(i)}: {_kind(log, i)} from {d:.0f} m"
        label += f", {target(log, i)}" if known else ""
        plays = tuple(log.plays(evidence, [i]))
        spots.append(Spot(at[0], at[1], label, plays, not known or target(log, i) == "on net", 1.0, side))
    sub = f"Where shots were taken from; n = {n}"
    key = ("on net", "missed or blocked") if known else ("", "")
    return spot_map(m, evidence, spots, f"shots-{side}", title, sub, side=side, from_m=0.0, key=key)


def _kind(log: Log, i: int) -> str:
    said = str(log.about(i).get("event_type") or "") if log.logged else ""
    return said.lower() if said not in ("", "nan") else "shot"


def _table(m: Material, evidence: Evidence, log: Log, rows: list[int]) -> Table:
    logged = log.logged and any(target(log, i) for i in rows)
    columns = [Column("Time", False), Column("Team", False), Column("Player", False), Column("From, m")]
    columns += [Column(c, False) for c in ("Kind", "Went", "Traffic", "One-timer")] if logged else []
    out = []
    for i in rows:
        side, about = int(log.events["side"].iloc[i]), log.about(i)
        link = evidence.plays(log.when(i), f"shot-{i}", log.plays(evidence, [i]), "shots")
        t_s = float(log.events["t_s"].iloc[i]) + 1e5 * int(log.events["period"].iloc[i])
        d = away_m(m, log, i)
        who = log.who(i)
        cells = [Cell(link, t_s), Cell(m.names[side], m.names[side], side), Cell(who, who), Cell(f"{d:.1f}", d)]
        if logged:
            yes = {"t": "yes", "f": "no"}
            words = [_kind(log, i), target(log, i) or "–"]
            words += [yes.get(str(about.get(k)), "–") for k in ("event_detail_2", "event_detail_3")]
            cells += [Cell(w, w) for w in words]
        out.append(tuple(cells))
    through = sum(log.about(i).get("event_detail_2") == "t" for i in rows)
    title = f"{through} of {len(rows)} shots went through traffic" if logged else f"{len(rows)} shots"
    return Table(title, tuple(columns), tuple(out))
