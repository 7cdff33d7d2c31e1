"""Momentum: which side had the ball near the other's goal, five minutes at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sportsai.data import AWAY, HOME
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.report.soccer import box_entries
from sportsai.report.spells import moment_play
from sportsai.report.svg import Svg, num, short
from sportsai.report.territory import Stretch, stretches

PAGE, ORDER, SPORTS = "match", 5, frozenset({"soccer"})
OVER = 5  # minutes taken together
ENTRY_S = 10.0  # seconds in the final third that a way into the box counts for
LEAST = 15  # minutes of a game, for a momentum
WIDE, HIGH = 1040.0, 150.0


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the curve of momentum; None for short clips and where the ball's place is not known."""
    if m.tracks is None or m.brief or not m.words.end:
        return None
    parts = stretches(m, 60.0)
    if len(parts) < LEAST or not any(sum(p.known_s) for p in parts):
        return None
    t = m.tracks
    entered = np.zeros((2, len(parts)))
    rows: dict[int, list[tuple[int, int]]] = {HOME: [], AWAY: []}
    for s in (HOME, AWAY):
        for r in box_entries(m, s):
            k = next((k for k, p in enumerate(parts)
                      if p.period == t.period[r] and p.start_s <= t.t_s[r] <= p.end_s), None)  # fmt: skip
            if k is not None:
                entered[s, k] += 1
                rows[s].append((k, r))
    minute = np.array([p.final_s for p in parts]).T + ENTRY_S * entered  # (2, minutes)
    ahead = minute[HOME] - minute[AWAY]
    smooth = _rolling(ahead, np.array([p.period for p in parts]))
    best = int(np.abs(smooth).argmax())
    side = HOME if smooth[best] >= 0 else AWAY
    span = [k for k in range(best - OVER + 1, best + 1) if k >= 0 and parts[k].period == parts[best].period]
    mine = [r for k, r in rows[side] if k in span]
    end = parts[span[-1]]
    clock = [m.clock(end.period, v).split(":")[0] for v in (parts[span[0]].start_s, end.end_s)]
    when = f"minutes {clock[0]} to {clock[1]}"
    held = sum(parts[k].final_s[side] for k in span)
    link = evidence.clips(
        f"{len(mine)} time{'s' if len(mine) != 1 else ''}", "momentum",
        [moment_play(m, r, side, f"Into the {m.words.box}: {m.names[side]}") for r in mine], "momentum",
    )  # fmt: skip
    text = Markup("{} were strongest in {}: {:.0f} s on the {} in the final third, into the {} {}.").format(
        m.names[side], when, held, m.words.ball, m.words.box, link
    )
    ball = m.ball[1]
    known = [float(ball[_rows(m, p)].mean()) if len(_rows(m, p)) else 0.0 for p in parts]
    figure = _curve(m, smooth, parts, known)
    how = (
        f"Of each minute: seconds in the final third with the ball, and {ENTRY_S:.0f} for every way into the box, one "
        f"side’s less the other’s; the mean of {OVER} minutes. Grey: the ball’s place is known in less than half of "
        "the minute, so a flat stretch may be an unseen one."
    )
    return Section("momentum", "Momentum", (text,), figures=(figure,), how=how)


def _rolling(values: NDArray[np.float64], period: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.zeros(len(values))
    for k in range(len(values)):
        first = max(0, k - OVER + 1)
        mine = period[first : k + 1] == period[k]
        out[k] = values[first : k + 1][mine].sum() / OVER  # the first minutes of a period weigh less
    return out


def _rows(m: Material, p: Stretch) -> NDArray[np.int64]:
    t = m.tracks
    assert t is not None
    return np.flatnonzero((t.period == p.period) & (t.t_s >= p.start_s) & (t.t_s < p.end_s))


def _curve(m: Material, smooth: NDArray[np.float64], parts: Sequence[Stretch], known: Sequence[float]) -> Figure:
    most = max(float(np.abs(smooth).max()), 1.0)
    step, middle = WIDE / len(smooth), HIGH / 2 + 18
    ahead = [int((smooth > 0).sum()), int((smooth < 0).sum())]
    side = HOME if ahead[HOME] >= ahead[AWAY] else AWAY
    title = (
        f"{m.names[side]} are ahead in {ahead[side]} of {len(smooth)} minutes, {m.names[1 - side]} in {ahead[1 - side]}"
    )
    svg = Svg(WIDE, HIGH + 52, f"{title}. Momentum by minute, {m.names[0]} upwards, {m.names[1]} downwards.")
    for k in range(len(parts)):
        if known[k] < 0.5:
            svg.add("rect", x=k * step, y=18.0, width=step, height=HIGH, class_="unseen soft")
    for s, class_ in ((HOME, "home"), (AWAY, "away")):
        keep = np.where(smooth * (1 if s == HOME else -1) > 0, smooth, 0.0)
        points = [f"{num((k + 0.5) * step)} {num(middle - v / most * HIGH / 2)}" for k, v in enumerate(keep)]
        d = f"M{num(0.5 * step)} {num(middle)}L{'L'.join(points)}L{num((len(keep) - 0.5) * step)} {num(middle)}Z"
        svg.add("path", d=d, class_=class_)
    svg.add("line", x1=0.0, x2=WIDE, y1=middle, y2=middle, class_="axis")
    svg.text(0.0, 12.0, f"{short(m.names[0])} ↑", class_="lab")
    svg.text(0.0, HIGH + 34, f"{short(m.names[1])} ↓", class_="lab")
    for k, p in enumerate(parts):
        minute = round(p.start_s / 60)
        new = k and parts[k - 1].period != p.period
        if new:
            svg.add("line", x1=k * step, x2=k * step, y1=18.0, y2=18 + HIGH, class_="hair")
        if minute and minute % 15 == 0:
            text = m.clock(p.period, p.start_s).split(":")[0].removesuffix("+0")
            svg.text(k * step, HIGH + 34, f"{text}′" if text.isdigit() else text, class_="tick", text_anchor="middle")
    sub = f"Seconds a minute, mean of {OVER} minutes, full height {most:.0f}; n = {len(smooth)} minutes"
    return Figure(title, sub, svg.markup(), "momentum-curve", wide=True)
