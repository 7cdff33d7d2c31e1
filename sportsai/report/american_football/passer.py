"""The passer: how long he had the ball, and how near the rush came."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sportsai.report.american_football.down import Down
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.over_time import Line, over_time
from sportsai.report.plays import Evidence

LEAST_S = 0.5
NEAR_YD = 3.0


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
    title = _title(name, (rows - d.snap) / d.rate, gap)
    other = f"{('away', 'home')[d.side]}-l"
    figure = over_time(
        [Line("nearest", (rows - d.snap) / d.rate, gap, other, True)], [(d.since(until), end)],
        "yards to the nearest defender", title, f"n = {len(rows)} frames at {d.rate:.0f} a second", "pressure-drawn",
        f"Yards from {name} to the nearest defender, from the snap to the {end}.",
    )  # fmt: skip
    return text, figure


def _title(name: str, seconds: NDArray[np.float64], gap: NDArray[np.float64]) -> str:
    """Return when the rush came within NEAR_YD for good: a defender lined up so near is no rush."""
    far = np.flatnonzero(~(gap <= NEAR_YD))
    since = int(far[-1]) + 1 if len(far) else 0
    if since >= len(gap):
        return f"No defender was within {NEAR_YD:.0f} yards of {name} at the end"
    if since == 0:
        return f"A defender was within {NEAR_YD:.0f} yards of {name} all along"
    return f"The rush was within {NEAR_YD:.0f} yards of {name} from {seconds[since]:.1f} s on"


def _yards(n: float) -> str:
    return f"{n:.0f} yard{'' if round(n) == 1 else 's'}"


def _depth(d: Down, evidence: Evidence, until: int) -> Markup:
    """Return where the passer stood as the ball left, and how many defenders had crossed the line."""
    assert d.passer is not None
    rushing = [int(s) for s in d.slots(False) if d.seen[until, s] and d.xy[until, s, 0] < d.line]
    back = d.line - d.xy[until, d.passer, 0]
    stood = [d.play("Where the passer stood", until, d.passer)]
    rushers = [d.play("Defenders past the line", until, d.passer)]
    link = evidence.clips(len(rushing), "rushers", rushers, "pressure-drawn")
    place = evidence.clips(_yards(abs(back)), "passer-depth", stood, "pressure-drawn")
    where = Markup("{} {} the line").format(place, "behind" if back >= 0 else "past")
    verb = "defender was" if len(rushing) == 1 else "defenders were"
    return Markup("He stood {}, and {} {} on his side of it.").format(where, link, verb)
