"""Who carried the ball: his way, his speed, and how far he went before and after somebody reached him."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from sportsai.report.american_football.down import Down, down_of, signed
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.gridiron import Way, about, field, people, ways
from sportsai.report.figures.over_time import Line, over_time
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Section
from sportsai.units import YARD_M

PAGE, ORDER, SPORTS = "match", 30, ("american_football",)
MPH = 3600 / (1760 * YARD_M)
LEAST_S = 0.5


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the ball carrier, None where nobody is seen to carry it for half a second."""
    d = down_of(m)
    if d is None or d.carrier is None:
        return None
    slot, start = d.carrier
    rows = np.arange(start, d.end + 1)
    if len(rows) < LEAST_S * d.rate or not d.seen[rows, slot].all():
        return None
    name, path = d.name(slot), d.xy[rows, slot]
    way = float(np.hypot(*np.diff(path, axis=0).T).sum())
    on = float(path[-1, 0] - path[0, 0]) * (-1 if d.kick else 1)
    run = d.play(f"{name} with the ball", start, slot, d.end)
    begins = ((d.caught is not None, "the catch"), ("handoff" in d.tags, "the hand-off"), (d.kick, "the kick’s end"),
              ("run" in d.tags, "the start of the run"))  # fmt: skip
    from_ = next((said for holds, said in begins if holds), "the snap")
    far = evidence.clips(f"{on:.0f} yards", "carried", [run], "carrier-way")
    text = [Markup("{} carried the ball {} {} from {}, {:.1f} s and {:.0f} yards of running.").format(
        name, far, "back" if d.kick else "upfield", from_, (len(rows) - 1) / d.rate, way)]  # fmt: skip
    speed = d.speed(slot, rows) * MPH
    figures = [_way(d, slot, rows, on)]
    if np.isfinite(speed).any():
        top = int(np.nanargmax(speed))
        fastest = d.play(f"{name}’s top speed", int(rows[top]), slot)
        link = evidence.clips(f"{speed[top]:.1f} mph", "carrier-top", [fastest], "carrier-speed")
        text.append(Markup("His top speed with the ball was {} ({:.1f} km/h).").format(link, speed[top] * 1.609344))
        marks = [(d.since(d.tags[t]), said) for t, said in (("first_contact", "contact"),) if t in d.tags]
        figures.append(over_time(
            [Line(name, (rows - d.snap) / d.rate, speed, f"{('home', 'away')[int(_side(d, slot))]}-l", True)], marks,
            "speed, mph", f"{name} reached {speed[top]:.1f} mph, {d.since(int(rows[top])):.1f} s after the snap",
            f"n = {int(np.isfinite(speed).sum())} of {len(rows)} frames; smoothed over 0.7 s", "carrier-speed",
            f"Speed of {name} while he had the ball.", 10.0))  # fmt: skip
    touch = d.tags.get("first_contact")
    if touch is not None and touch in rows:
        before = float(d.xy[touch, slot, 0] - path[0, 0])
        after = float(path[-1, 0] - d.xy[touch, slot, 0])
        link = evidence.clips(f"{after:.0f} yards", "after-contact", [d.play("First contact", touch, slot, d.end)],
                              "carrier-way")  # fmt: skip
        text.append(Markup("{:.0f} yards before the logged first contact, {} after it.").format(before, link))
    how = (
        "The carrier is who is nearest to the ball in most frames, within 3 yards of it. Speed: a quadratic fit over "
        "0.7 s."
    )
    return Section("carrier", "With the ball", tuple(text), figures=tuple(figures), how=how)


def _side(d: Down, slot: int) -> int:
    assert d.m.tracks is not None
    return int(d.m.tracks.side[slot])


def _way(d: Down, slot: int, rows: np.ndarray, on: float) -> Figure:
    """Return the carrier's way, and everybody as it begins."""
    first, side = int(rows[0]), _side(d, slot)
    path = d.xy[rows, slot]
    others = [int(i) for i in np.flatnonzero(d.seen[first]) if i != slot]
    near = d.xy[first, others][np.hypot(*(d.xy[first, others] - path[0]).T) < 25]
    s = about(np.concatenate([path, near]) if len(near) else path)
    name = d.name(slot)
    title = f"{name}: {signed(on)} yards with the ball"
    to_go = d.m.game.extra.get("yards_to_go")
    show = None if d.kick else d.line
    svg = field(s, f"{title}. His way, and both teams as he gets the ball.", show,
                float(to_go) if isinstance(to_go, int) else None, d.m.names[d.side])  # fmt: skip
    assert d.m.tracks is not None
    for which in (0, 1):
        mine = [i for i in others if d.m.tracks.side[i] == which]
        people(svg, s, d.xy[first, mine], ("home", "away")[which], [d.name(i) for i in mine], which != side)
    ways(svg, s, [Way(path, f"{('home', 'away')[side]}-l", name.split()[-1] if name.split() else name, name, True)])
    sub = f"Players as he gets the ball: circles his side, crosses the other; n = {len(rows)} frames"
    return Figure(title, sub, svg.markup(), "carrier-way")
