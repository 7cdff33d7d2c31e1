"""The passer: how long he had the ball, and how near the rush came."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.report.american_football.down import Down
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.over_time import Line, over_time
from sportsai.report.plays import Evidence

LEAST_S = 0.5


def passer(d: Down, evidence: Evidence) -> tuple[list[Markup], Figure] | None:
    """Return the passer's time and pressure in words and drawn, None where nobody passed or was sacked."""
    if d.passer is None:
        return None
    until = d.throw if d.throw is not None else d.first(("qb_sack", "qb_strip_sack"))
    if until is None or d.since(until) < LEAST_S:
        return None
    rows = np.arange(d.snap, until + 1)
    gap = d.gap(d.passer, rows)
    if not np.isfinite(gap[-1]):
        return None
    name, end = d.name(d.passer), "throw" if d.throw is not None else "sack"
    rusher = d.nearest(until, d.xy[until, d.passer], d.slots(False))
    time = evidence.clips(f"{d.since(until):.1f} s", "time-to-throw",
                          [d.play(f"Snap to {end}", d.snap, d.passer, until)], "pressure-drawn")  # fmt: skip
    near = evidence.clips(f"{gap[-1]:.1f} yards", "pressure", [d.play(f"The rush at the {end}", until, d.passer)],
                          "pressure-drawn")  # fmt: skip
    text = [Markup("{} had the ball for {}; at the {} the nearest defender, {}, was {} away.").format(
        name, time, end, d.name(rusher[0]) if rusher else "unnamed", near)]  # fmt: skip
    text.append(_depth(d, evidence, until))
    within = next((float(t) for t, g in zip((rows - d.snap) / d.rate, gap, strict=True) if g <= 3), None)
    title = f"The rush came within 3 yards of {name} after {within:.1f} s" if within is not None else (
        f"No defender came within 3 yards of {name}")  # fmt: skip
    other = f"{('away', 'home')[d.side]}-l"
    figure = over_time(
        [Line("nearest", (rows - d.snap) / d.rate, gap, other, True)], [(d.since(until), end)],
        "yards to the nearest defender", title, f"n = {len(rows)} frames at {d.rate:.0f} a second", "pressure-drawn",
        f"Yards from {name} to the nearest defender, from the snap to the {end}.",
    )  # fmt: skip
    return text, figure


def _depth(d: Down, evidence: Evidence, until: int) -> Markup:
    """Return where he stood as the ball left, and how many defenders had crossed the line."""
    assert d.passer is not None
    rushing = [int(s) for s in d.slots(False) if d.seen[until, s] and d.xy[until, s, 0] < d.line]
    back = d.line - d.xy[until, d.passer, 0]
    link = evidence.clips(
        len(rushing), "rushers", [d.play("Defenders past the line", until, d.passer)], "pressure-drawn"
    )
    where = f"{abs(back):.0f} yards {'behind' if back >= 0 else 'past'} the line"
    verb = "defender was" if len(rushing) == 1 else "defenders were"
    return Markup("He stood {}, and {} {} on his side of it.").format(where, link, verb)
