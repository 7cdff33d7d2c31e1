"""Links from volleyball's numbers to what they rest on: plays of contacts, spells and rallies, else their pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from sportsai.report.material import Material
from sportsai.report.plays import Evidence, Play
from sportsai.report.rallies import BACK, LOST, OVER, UNKNOWN, WON, Contact, Rally, Spell, chain_text, running

AFTER_TEXT = {
    WON: "The point was won with it.", LOST: "The point was lost with it.", OVER: "The ball went over; play went on.",
    BACK: "The same side touched the ball again.", UNKNOWN: "What followed is not told.",
}  # fmt: skip


def pictured(m: Material) -> bool:
    """Whether people's boxes are told of any event: then they are drawn, and numbers link to them."""
    return any(isinstance(a, dict) and len(a.get("boxes_px") or ()) > 0 for a in m.events["attributes"])


def see(m: Material, evidence: Evidence, text: object, name: str, found: Sequence[Contact]) -> Markup:
    """Return `text` as a link to contacts: their plays, or their pictures where there are no positions."""
    if not found:
        return Markup('<span class="num">{}</span>').format(text)
    if m.tracks is not None:
        return evidence.plays(text, name, [c.row for c in found], "activities")
    if not pictured(m):
        return Markup('<span class="num">{}</span>').format(text)
    kinds = {(c.kind, c.side) for c in found}
    return evidence.figure(text, f"pictures-{'lr'[found[0].side]}_{found[0].kind}" if len(kinds) == 1 else "pictures")


def see_rallies(m: Material, evidence: Evidence, text: object, name: str, found: Sequence[Rally]) -> Markup:
    """Return `text` as a link to whole rallies."""
    if not found or (m.tracks is None and not pictured(m)):
        return Markup('<span class="num">{}</span>').format(text)
    if m.tracks is None:
        return evidence.figure(text, f"pictures-rally-{found[0].number}" if len(found) == 1 else "pictures-rallies")
    return evidence.plays(
        text, name, [_once(evidence, f"rally-{r.number}", rally_play, m, r) for r in found], "rallies"
    )


def see_spells(m: Material, evidence: Evidence, text: object, name: str, found: Sequence[Spell]) -> Markup:
    """Return `text` as a link to spells, each shown from its first contact on."""
    if not found or (m.tracks is None and not pictured(m)):
        return Markup('<span class="num">{}</span>').format(text)
    if m.tracks is None:
        return evidence.figure(text, "pictures-rallies")
    return evidence.plays(text, name, [_once(evidence, f"spell-{s.contacts[0].row}", spell_play, m, s) for s in found],
                          "chains")  # fmt: skip


def _once(evidence: Evidence, name: str, make: Callable[[Material, Any], Play], m: Material, of: Rally | Spell) -> int:
    """Return the number of a play that is made the first time it is asked for."""
    if name not in evidence.lists:
        evidence.lists[name] = evidence.add([make(m, of)])
    return evidence.lists[name][0]


def rally_play(m: Material, r: Rally) -> Play:
    """Return a whole rally as a play, its server's or first side attacking right."""
    assert m.tracks is not None
    first, rate = r.contacts[0], float(m.tracks.rate_hz)
    won = f", won by {running(m, r.won.side)}" if r.won is not None else ""
    start, end = r.frames
    shown = (start - round(rate), end + round(rate))
    return Play(f"Rally {r.number}{won}", r.period, m.clock(r.period, first.t_s), first.frame, (start, end), shown,
                first.side, "rally", first.player, note=chain_text(r.touches))  # fmt: skip


def spell_play(m: Material, s: Spell) -> Play:
    """Return a spell as a play, from a second before it to two after."""
    assert m.tracks is not None
    first, last, rate = s.contacts[0], s.contacts[-1], float(m.tracks.rate_hz)
    title = f"{chain_text(s.contacts).capitalize()}: {running(m, s.side)}"
    p = [c.score for c in s.contacts if math.isfinite(c.score)]
    return Play(title, first.period, m.clock(first.period, first.t_s), first.frame, (first.span[0], last.span[1]),
                (first.span[0] - round(rate), last.span[1] + round(2 * rate)), s.side, "spell", last.player,
                probability=math.prod(p) if p else None, note=AFTER_TEXT[s.after])  # fmt: skip
