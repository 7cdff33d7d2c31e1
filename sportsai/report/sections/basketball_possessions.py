"""Basketball possession by possession: how long each was, and how it ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.basketball.offence import Offence, Possession, offence, rows_play
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.intervals import mean_range
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Column, Section, Table
from sportsai.report.svg import Svg, short

PAGE, ORDER, SPORTS = "match", 20, ("basketball",)
LEAST = 4  # possessions; fewer are one play
MOST_ROWS = 120
SCORED, SHOT, LOST, FREE, NOTHING = "made shot", "missed shot", "turnover", "free throws", "nothing logged"
ENDS = {"made_shot": SCORED, "missed_shot": SHOT, "turnover": LOST, "free_throw": FREE}
WIDTH, LEFT, BAR = 1080.0, 8.0, 74.0


@dataclass(frozen=True)
class Told:
    """A possession as it is told. s: its length. first_s: until its first shot left the hand. end: how it ended."""

    p: Possession
    play: int
    s: float
    first_s: float | None
    end: str
    text: str


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the possessions, None where there are too few."""
    o = offence(m)
    if len(o.possessions) < LEAST or m.tracks is None:
        return None
    told = _tell(m, evidence, o)
    logged = any(t.end != NOTHING for t in told)
    figures = (_drawn(m, evidence, told, logged),) if logged else ()
    tables = (_table(m, evidence, told, logged),) if len(told) <= MOST_ROWS else ()
    by = "as the provider marks it" if o.possessions[0].index is not None else "read off who is nearest the ball"
    how = (
        f"A possession runs from first control to the other team’s, {by}. "
        "How it ended is the last shot, turnover or free throw the log gives that team after it began; the log’s clock "
        "is up to 6 s late. Until the first shot: to the last sample with the ball in the shooter’s hand, where it was "
        "found. The shot clock is not in the data."
        if logged
        else "Possessions are read off who is nearest the ball: how they ended is not in the data."
    )
    return Section("possessions", "Possessions", (_says(m, evidence, told, logged),), (), figures, tables, how=how)


def _tell(m: Material, evidence: Evidence, o: Offence) -> list[Told]:
    t, e = m.tracks, m.events
    assert t is not None
    release = {s.index: s for s in o.shots}
    plays, rest = [], []
    for n, (p, ends) in enumerate(zip(o.possessions, o.ends, strict=True)):
        last = ends[-1] if ends else None
        end = NOTHING if last is None else ENDS[str(e["type"].iloc[last])]
        if end == FREE and len(ends) > 1 and _and_one(m, ends):
            last, end = _last_shot(m, ends), SCORED
        text = end
        shot = release.get(last) if last is not None else None
        if shot is not None:
            text += f", {m.player_name(shot.player)}" if shot.player is not None else ""
            text += f" from {shot.rim_m:.1f} m" if shot.rim_m is not None else ""
        elif last is not None and isinstance(e["player_id"].iloc[last], str):
            text += f", {m.player_name(e['player_id'].iloc[last])}"
        rows = [release[i].row for i in ends if i in release and release[i].row is not None]
        start_s = float(t.t_s[p.start])
        first = [float(t.t_s[r]) - start_s for r in rows if r is not None and r >= p.start]
        length = float(t.t_s[p.end - 1]) - start_s + 1 / float(t.rate_hz)
        title = f"Possession {n + 1}: {m.names[p.side]}"
        plays.append(rows_play(m, title, p.side, p.start, p.end, "possession", after_s=2.0,
                               note=f"{text[:1].upper()}{text[1:]}."))  # fmt: skip
        rest.append((p, length, min(first) if first else None, end, text))
    numbers = evidence.add(plays)
    return [Told(p, i, s, f, end, text) for i, (p, s, f, end, text) in zip(numbers, rest, strict=True)]


def _last_shot(m: Material, ends: tuple[int, ...]) -> int:
    return next((i for i in ends[::-1] if m.events["type"].iloc[i] != "free_throw"), ends[-1])


def _and_one(m: Material, ends: tuple[int, ...]) -> bool:
    """Whether the last free throw came with a made shot: the clock stood still between the two."""
    i = _last_shot(m, ends)
    return m.events["type"].iloc[i] == "made_shot" and m.events["t_s"].iloc[ends[-1]] - m.events["t_s"].iloc[i] < 1


def _says(m: Material, evidence: Evidence, told: list[Told], logged: bool) -> Markup:
    parts = []
    for side in (HOME, AWAY):
        mine = [t for t in told if t.p.side == side]
        if not mine:
            continue
        n = evidence.plays(len(mine), f"possessions-{side}", [t.play for t in mine], "possessions")
        mean, low, high = mean_range([t.s for t in mine])
        length = evidence.figure(f"{mean:.1f} s", "possessions") + (f" ({low:.1f}–{high:.1f})" if low < high else "")
        said = Markup("{} had {} possession{} of {} each at the mean").format(
            m.names[side], n, "s" if len(mine) != 1 else "", length
        )
        scored = [t.play for t in mine if t.end == SCORED]
        if logged:
            link = evidence.plays(len(scored), f"possessions-made-{side}", scored, "possessions")
            said += Markup("; {} ended in a made shot").format(link)
        parts.append(said)
    return Markup(". ").join(parts) + "."


def _drawn(m: Material, evidence: Evidence, told: list[Told], logged: bool) -> Figure:
    """Return every possession as a bar along the clock: its length upwards for home, downwards for away."""
    counts = [Counter(t.end for t in told if t.p.side == s) for s in (HOME, AWAY)]
    total = [sum(c.values()) for c in counts]
    share = [c[SCORED] / n if n else 0.0 for c, n in zip(counts, total, strict=True)]
    ahead = HOME if share[HOME] >= share[AWAY] else AWAY
    title = (
        f"{m.names[ahead]} end {counts[ahead][SCORED]} of {total[ahead]} possessions with a made shot, "
        f"{m.names[1 - ahead]} {counts[1 - ahead][SCORED]} of {total[1 - ahead]}"
    )
    most = max(max(t.s for t in told), 24.0)
    sub = f"Bars: a possession each, seconds long (tallest {most:.0f} s); full: ended with a made shot; n = {len(told)}"
    svg = Svg(WIDTH, 2 * BAR + 64, f"{title}. {sub}", "wide", role="group")
    middle = BAR + 24
    t = m.tracks
    assert t is not None
    lengths = {p: m.length_s(p) for p in m.periods}
    before = {p: sum(lengths[q] for q in m.periods if q < p) for p in m.periods}
    whole = sum(lengths.values()) or 1.0
    scale = (WIDTH - 2 * LEFT) / whole
    svg.text(LEFT, 12, short(m.names[HOME]), class_="lab")
    svg.text(LEFT, 2 * BAR + 60, short(m.names[AWAY]), class_="lab")
    for period in m.periods:
        x = LEFT + scale * before[period]
        svg.add("line", x1=x, x2=x, y1=24.0, y2=middle + BAR, class_="grid")
        for minute in range(0, int(lengths[period] // 60) + 1, 2 if len(m.periods) == 1 else 6):
            at = x + scale * 60 * minute
            said = m.clock(period, 60.0 * minute) if minute == 0 or len(m.periods) == 1 else ""
            if said and at < WIDTH - 60:
                svg.text(at, 2 * BAR + 40, said, class_="tick", text_anchor="start" if minute == 0 else "middle")
    for k in told:
        start = float(t.t_s[k.p.start])
        x, h = LEFT + scale * (before[k.p.period] + start), BAR * k.s / most
        w = max(2.0, scale * k.s - 1.5)
        team = ("home", "away")[k.p.side]
        made = k.end == SCORED
        label = f"{m.clock(k.p.period, start)}, {m.names[k.p.side]}, {k.s:.0f} s: {k.text}"
        link = f"possession-{k.play}"
        evidence.lists[link] = [k.play]
        svg.open("a", href="#possessions", class_="spot", data_plays=link, aria_label=label)
        svg.add("rect", x=x, width=w, y=middle - h if k.p.side == HOME else middle, height=h,
                class_=team if made else f"hollow {team}-l", title=label)  # fmt: skip
        svg.close("a")
    svg.add("line", x1=LEFT, x2=WIDTH - LEFT, y1=middle, y2=middle, class_="axis")
    return Figure(title, sub, svg.markup(), "possessions-drawn")


def _table(m: Material, evidence: Evidence, told: list[Told], logged: bool) -> Table:
    columns = [
        Column("Began", False),
        Column("Team", False),
        Column("Length, s"),
        Column("In the front court after, s"),
    ]
    columns += [Column("First shot after, s"), Column("Ended with", False)] if logged else []
    t = m.tracks
    assert t is not None
    rows = []
    for k in told:
        start = float(t.t_s[k.p.start])
        when = evidence.plays(m.clock(k.p.period, start), f"possession-{k.play}", [k.play], "possessions")
        front = float(t.t_s[k.p.front]) - start if k.p.front is not None else None
        cells = [Cell(when, k.p.period * 1e5 + start), Cell(m.names[k.p.side], m.names[k.p.side], k.p.side)]
        cells += [Cell(f"{k.s:.1f}", k.s), _number(front)]
        cells += [_number(k.first_s), Cell(k.text, k.text)] if logged else []
        rows.append(tuple(cells))
    ends = Counter(t.end for t in told)
    parts = [f"{ends[e]} with {e if e == FREE else f'a {e}'}" for e in (SCORED, SHOT, LOST, FREE) if ends[e]]
    title = f"{len(told)} possessions"
    if logged:
        title = f"Of {title}, {', '.join(parts)}" + (
            f"; of {ends[NOTHING]} the log says nothing" if ends[NOTHING] else ""
        )
    return Table(title, tuple(columns), tuple(rows), "" if logged else "Seconds")


def _number(value: float | None) -> Cell:
    return Cell("–", None) if value is None else Cell(f"{value:.1f}", value)


def measures(m: Material) -> list[Measure]:
    """Return how long both teams' possessions were."""
    o = offence(m)
    if m.brief or m.tracks is None:
        return []
    out, t = [], m.tracks
    for side in (HOME, AWAY):
        mine = o.of(side)
        if len(mine) < 8:
            continue
        s = np.array([float(t.t_s[p.end - 1] - t.t_s[p.start]) + 1 / float(t.rate_hz) for p in mine])
        longest = [mine[i].index for i in np.argsort(-s)[:10]]
        out.append(
            Measure(
                "possession_length", side, float(s.mean()), f"{s.mean():.1f} s",
                "{team} took {value} a possession.", "Seconds a possession", f"n = {len(s)} possessions", "pace",
                se=float(s.std(ddof=1) / np.sqrt(len(s))), plays=tuple(i for i in longest if i is not None),
                anchor="possessions",
            )
        )  # fmt: skip
    return out
