"""How far the nearest defender was from each receiver, from the snap until the pass arrived."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.report.american_football.down import ELIGIBLE, Down
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.over_time import Line, over_time
from sportsai.report.plays import Evidence


def separation(d: Down, evidence: Evidence) -> tuple[list[Markup], Figure] | None:
    """Return the separation in words and drawn, None where nothing was thrown or nobody is its target."""
    if d.throw is None or d.target is None or d.arrival is None or d.arrival <= d.snap:
        return None
    rows = np.arange(d.snap, d.arrival + 1)
    at = (rows - d.snap) / d.rate
    others = [int(s) for s in d.slots(True) if s not in (d.passer, d.target) and d.position(int(s)) in ELIGIBLE]
    class_ = f"{('home', 'away')[d.side]}-l"
    lines = [Line(d.name(s), at, d.gap(s, rows)) for s in others]
    mine = d.gap(d.target, rows)
    lines.append(Line(d.name(d.target), at, mine, class_, True))
    thrown, arrived = mine[d.throw - d.snap], mine[-1]
    if not (np.isfinite(thrown) and np.isfinite(arrived)):
        return None
    name = d.name(d.target)
    links = [
        evidence.clips(f"{gap:.1f} yards", key, [d.play(f"{name}: {gap:.1f} yards open", row, d.target)],
                       "separation-drawn")
        for gap, key, row in ((thrown, "open-throw", d.throw), (arrived, "open-arrival", d.arrival))
    ]  # fmt: skip
    said = Markup("{} was {} from the nearest defender at the throw and {} as the pass arrived, {:.1f} s later.")
    text = [said.format(name, *links, (d.arrival - d.throw) / d.rate)]
    each = {s: float(g) for s in others if np.isfinite(g := d.gap(s, np.array([d.throw]))[0])}
    if each:
        best = max(each, key=lambda s: each[s])
        if each[best] > thrown:
            link = evidence.clips(f"{each[best]:.1f} yards", "open-other",
                                  [d.play(f"{d.name(best)}: {each[best]:.1f} yards open", d.throw, best)],
                                  "separation-drawn")  # fmt: skip
            text.append(Markup("Most open at the throw was {}, {}.").format(d.name(best), link))
        else:
            text.append(Markup("No other receiver was more open at the throw."))
    word = "closed from" if arrived < thrown else "opened from"
    title = f"The gap to {name} {word} {thrown:.1f} to {arrived:.1f} yards while the ball flew"
    figure = over_time(
        lines, [(d.since(d.throw), "throw"), (d.since(d.arrival), "arrives")], "yards to the nearest defender", title,
        f"n = {len(lines)} receivers, {len(rows)} frames at {d.rate:.0f} a second; between tracked points, not bodies",
        "separation-drawn", f"Yards to the nearest defender of {len(lines)} receivers, from the snap on.",
    )  # fmt: skip
    return text, figure
