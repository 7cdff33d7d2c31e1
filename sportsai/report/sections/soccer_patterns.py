"""Patterns to coach: what a side tried again and again, how often it came off, and plays of both kinds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.material import Material
from sportsai.report.plays import Evidence, Play
from sportsai.report.section import Clips, Section
from sportsai.report.soccer import HIGH_M, inside, won_high
from sportsai.report.spells import Spell, spell_play, spells
from sportsai.report.words import END_ZONES

PAGE, ORDER, SPORTS = "moments", 10, frozenset({"soccer"})
LEAST = 8  # tries of a side, for a pattern
MOST, MOST_CLIPS = 3, 4
LIKELY = 2.0  # standard errors: smaller differences could be chance
WORKED_S = 2.0  # of a spell, before it came off or failed: shorter ones show little and come last


@dataclass(frozen=True)
class Pattern:
    """Tries of one side: those that came off and those that did not, the clearest first. says: {team}, {right}, {n}."""

    side: int
    says: str
    right: tuple[Play, ...]
    wrong: tuple[Play, ...]
    what: tuple[str, str]

    @property
    def n(self) -> int:
        """How often it was tried."""
        return len(self.right) + len(self.wrong)

    @property
    def share(self) -> float:
        """How often it came off."""
        return len(self.right) / self.n


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return up to three patterns in which the sides differ most; None where none was tried often enough."""
    if m.tracks is None or m.brief or not m.words.end:
        return None
    ranked: list[tuple[float, Pattern, Pattern | None]] = []
    for make in (_out_of_the_back, _into_the_box, _won_high):
        both = [p if p is not None and p.n >= LEAST else None for p in (make(m, HOME), make(m, AWAY))]
        for one, other in (both, both[::-1]):
            if one is not None:
                ranked.append((_apart(one, other), one, other))
    ranked.sort(key=lambda v: (-abs(v[0]), -v[1].n, v[1].side))
    chosen: list[tuple[float, Pattern, Pattern | None]] = []
    for v in ranked:
        if v[1].says not in {c[1].says for c in chosen}:
            chosen.append(v)
    if not chosen:
        return None
    text, clips = [], []
    for k, (z, one, other) in enumerate(chosen[:MOST]):
        text.append(_sentence(m, evidence, k, z, one, other))
        for plays, what in ((one.right, one.what[0]), (one.wrong, one.what[1])):
            lines = [
                Markup("{}{}").format(evidence.clips(p.when, f"pattern-{k}-{what}-{i}", [p], "patterns"),
                                      f" {p.note}" if p.note else "")
                for i, p in enumerate(plays[:MOST_CLIPS])
            ]  # fmt: skip
            if lines:
                clips.append(Clips(f"{m.names[one.side]}: {what}", tuple(lines)))
    how = (
        "Spells of possession that were on camera from their start. The patterns in which the two sides differ most, "
        "in standard errors of the difference between two shares; intervals are 95 % (Wilson)."
    )
    return Section("patterns", "Patterns to coach", tuple(text), clips=tuple(clips), how=how)


def _sentence(m: Material, evidence: Evidence, k: int, z: float, one: Pattern, other: Pattern | None) -> Markup:
    right = evidence.clips(len(one.right), f"pattern-{k}-right", one.right, "patterns")
    every = evidence.clips(one.n, f"pattern-{k}-every", [*one.right, *one.wrong], "patterns")
    said = one.says.replace("{team}", "{0}").replace("{right}", "{1}").replace("{n}", "{2}")
    low, high = wilson(one.share, one.n)
    out = Markup("<b>{}.</b> ").format(k + 1) + Markup(said).format(m.names[one.side], right, every)
    out += Markup(" That is {:.0%} ({:.0%}–{:.0%})").format(one.share, low, high)
    if other is None:
        return out + Markup("; {} tried it too rarely to compare.").format(m.names[1 - one.side])
    their = evidence.clips(f"{len(other.right)} of {other.n}", f"pattern-{k}-other", [*other.right, *other.wrong],
                           "patterns")  # fmt: skip
    chance = "" if abs(z) >= LIKELY else ": could be chance"
    return out + Markup("; {}: {}, {:.0%} (apart by {:.1f} standard errors{}).").format(
        m.names[other.side], their, other.share, abs(z), chance
    )


def _apart(one: Pattern, other: Pattern | None) -> float:
    if other is None:
        return 0.0
    p = (len(one.right) + len(other.right)) / (one.n + other.n)
    error = math.sqrt(max(p * (1 - p), 1e-9) * (1 / one.n + 1 / other.n))
    return (one.share - other.share) / error


def _spells(m: Material, side: int, keep: Callable[[Spell], bool]) -> list[Spell]:
    return [s for s in spells(m) if s.side == side and np.isfinite(s.start_x) and keep(s)]


def _within(m: Material, s: Spell, rows: np.ndarray) -> int | None:
    """Return the first row of a spell that is one of `rows` (T,) bool, None where none is."""
    hit = np.flatnonzero(rows[s.first : s.last + 1])
    return s.first + int(hit[0]) if len(hit) else None


def _after_s(m: Material, s: Spell, row: int) -> float:
    assert m.tracks is not None
    return float(m.tracks.frame[row] - m.tracks.frame[s.first]) / float(m.tracks.rate_hz)


def _sorted(tries: Sequence[tuple[float, Play]]) -> tuple[Play, ...]:
    return tuple(p for _, p in sorted(tries, key=lambda v: (v[0], v[1].frame)))


def _out_of_the_back(m: Material, side: int) -> Pattern | None:
    third = -m.court.half_length_m / 3
    final = inside(m, side, END_ZONES)
    own = m.ball[1] & (m.ball[0][:, 0] * m.facing(side) < 0)
    right, wrong = [], []
    for s in _spells(m, side, lambda s: s.start_x < third):
        row = _within(m, s, final)
        if row is not None:
            t = _after_s(m, s, row)
            title = f"Out of the back: {m.names[side]}"
            right.append((t, spell_play(m, s, title, f"in the final third after {t:.0f} s")))
        elif s.lost and own[s.last]:
            t = _after_s(m, s, s.last)
            play = spell_play(m, s, f"Lost at the back: {m.names[side]}", f"lost after {t:.0f} s")
            wrong.append((t if t >= WORKED_S else 100 - t, play))
    if not right and not wrong:
        return None
    says = (
        "{team} got from their own third to the final third in {right} of {n} spells that ended there or were lost in "
        "their own half."
    )
    return Pattern(side, says, _sorted(right), _sorted(wrong), ("played out", "lost in the own half"))


def _into_the_box(m: Material, side: int) -> Pattern | None:
    final, box = inside(m, side, END_ZONES), inside(m, side)
    right, wrong = [], []
    for s in _spells(m, side, lambda s: True):
        row = _within(m, s, final)
        if row is None:
            continue
        entered = _within(m, s, box)
        if entered is not None:
            t = max(_after_s(m, s, entered) - _after_s(m, s, row), 0.0)
            play = spell_play(m, s, f"Into the box: {m.names[side]}", f"in the box {t:.0f} s later", 40.0)
            right.append((t if t >= WORKED_S else 100 - t, play))
        elif s.lost:
            t = _after_s(m, s, s.last) - _after_s(m, s, row)
            wrong.append((-t, spell_play(m, s, f"Lost before the box: {m.names[side]}", f"lost {t:.0f} s later", 40.0)))
    if not right and not wrong:
        return None
    says = "{team} turned {right} of {n} spells in the final third into one in the box; the others were lost before it."
    return Pattern(side, says, _sorted(right), _sorted(wrong), ("into the box", "lost before the box"))


def _won_high(m: Material, side: int) -> Pattern | None:
    right: list[tuple[float, Play]] = []
    wrong: list[tuple[float, Play]] = []
    for w in won_high(m, side):
        good = w.box or w.shot
        note = f"won {w.away_m:.0f} m from goal"
        (right if good else wrong).append((w.away_m, spell_play(m, w.spell, f"Won high: {m.names[side]}", note)))
    if not right and not wrong:
        return None
    says = f"{{team}} came into the box, or shot, after {{right}} of {{n}} balls won within {HIGH_M:.0f} m of goal."
    return Pattern(side, says, _sorted(right), _sorted(wrong), ("won high and dangerous", "won high for nothing"))
