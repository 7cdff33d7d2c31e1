"""The match in bars: who had the ball, where, what came of it."""

from __future__ import annotations

import numpy as np

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material
from sportsai.report.measures import Measure
from sportsai.report.plays import Evidence, Play
from sportsai.report.section import Bar, Section
from sportsai.report.soccer import HIGH_M, Won, allowed, box_entries, lost, won_high
from sportsai.report.spells import moment_play, spell_play, spells
from sportsai.report.territory import Stretch, stretches, total

PAGE, ORDER, SPORTS = "match", 10, frozenset({"soccer"})
SIDES = (HOME, AWAY)
LEAST_S = 60.0  # of possession seen, of each side


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the stat bars; None where no possession was seen and nothing is logged."""
    if m.brief:
        return None
    whole = total(stretches(m, 300.0))
    bars = [*_held(m, evidence, whole), *_chances(m, evidence), *_events(m, evidence), *_pressing(m, evidence)]
    if not bars:
        return None
    how = "Of what was seen, nothing stretched to the whole match. "
    if m.recognised:
        how += "Counts of recognised events are estimates, their 95 % range beside them. "
    if any(b.what == "Balls lost" for b in bars) and not m.recognised:
        how += "Balls lost: turnovers, and passes that did not arrive. "
    if m.tracks is not None:
        how += (
            f"A ball is won where one side’s spell of possession ends and the other’s begins within two seconds; high: "
            f"within {HIGH_M:.0f} m of the goal attacked. Into the box: the {m.words.ball} comes there in a side’s "
            "possession; again only when it was out of it for five seconds."
        )
    return Section("stats", "The match in numbers", bars=tuple(bars), how=how)


def _held(m: Material, evidence: Evidence, whole: Stretch | None) -> list[Bar]:
    if whole is None or whole.share(HOME) is None:
        return []
    share = [whole.share(s) or 0.0 for s in SIDES]
    shown = [evidence.figure(f"{v:.0%}", "timeline") for v in share]
    bars = [Bar("Possession", (shown[0], shown[1]), (share[0], share[1]), _minutes(whole.held_s))]
    final = [whole.final_share(s) for s in SIDES]
    if None not in final and m.words.end:
        text = [evidence.figure(f"{v:.0%}", "quarters") for v in final]
        bars.append(Bar(f"Of it, in the {m.words.end}", (text[0], text[1]), (final[0], final[1]),
                        _minutes(whole.final_s)))  # fmt: skip
    longest = [[s for s in spells(m) if s.side == side] for side in SIDES]
    if all(longest) and m.tracks is not None:
        t = m.tracks
        mean = [float(np.mean([(t.frame[s.last] - t.frame[s.first] + 1) for s in each])) / float(t.rate_hz)
                for each in longest]  # fmt: skip
        best = [sorted(each, key=lambda s: s.first - s.last)[:5] for each in longest]
        links = [
            evidence.clips(f"{v:.1f} s", f"spells-{side}", [spell_play(m, s, "One of the longest spells") for s in top],
                           "stats")
            for side, (v, top) in enumerate(zip(mean, best, strict=True))
        ]  # fmt: skip
        notes = [f"n = {len(each)}" for each in longest]
        bars.append(Bar("Mean spell on the ball", (links[0], links[1]), (mean[0], mean[1]), (notes[0], notes[1])))
    return bars


def _minutes(seconds: tuple[float, float]) -> tuple[str, str]:
    return f"{seconds[0] / 60:.0f} min seen", f"{seconds[1] / 60:.0f} min seen"


def _chances(m: Material, evidence: Evidence) -> list[Bar]:
    bars = []
    if m.tracks is not None and m.words.box:
        rows = [box_entries(m, s) for s in SIDES]
        if any(rows):
            links = [
                evidence.clips(len(r), f"box-{s}", [moment_play(m, i, s, f"Into the box: {m.names[s]}") for i in r],
                               "stats")
                for s, r in zip(SIDES, rows, strict=True)
            ]  # fmt: skip
            bars.append(Bar(f"Times into the {m.words.box}", (links[0], links[1]), (len(rows[0]), len(rows[1]))))
    return bars


def _events(m: Material, evidence: Evidence) -> list[Bar]:
    bars = []
    for kind, what in (("goal", "Goals"), ("shot", "Shots"), ("pass", "Passes"), ("cross", "Crosses"),
                       ("turnover", "Balls lost"), ("foul", "Fouls"), ("corner", "Corners")):  # fmt: skip
        rows = [_rows(m, kind, s) for s in SIDES]
        counts = [m.count(kind, s) if len(r) == len(m.of(kind, s)) else m.few(m.events.loc[r])
                  for s, r in zip(SIDES, rows, strict=True)]  # fmt: skip
        if not sum(c.n for c in counts):
            continue
        links = [
            evidence.plays(f"{c.expected:.0f}", f"stat-{kind}-{s}", r, "stats")
            for s, (c, r) in enumerate(zip(counts, rows, strict=True))
        ]
        rough = m.tests.get(kind) is not None and not m.trusted(kind)
        bars.append(Bar(what + (", rough estimate" if rough else ""), (links[0], links[1]),
                        (counts[0].expected, counts[1].expected), (counts[0].range, counts[1].range)))  # fmt: skip
    return bars


def _rows(m: Material, kind: str, side: int) -> list[int]:
    """Return the rows of a side's events of a type; of balls lost in a log the passes that did not arrive, too."""
    mine = m.of(kind, side)
    if kind == "turnover" and len(mine) and mine["score"].isna().all():
        return lost(m, side)
    return [int(i) for i in mine.index]


def _pressing(m: Material, evidence: Evidence) -> list[Bar]:
    if m.tracks is None:
        return []
    won = [won_high(m, s) for s in SIDES]
    bars = []
    if any(won):
        links = [
            evidence.clips(
                len(w), f"won-high-{s}", [spell_play(m, x.spell, f"Won high: {m.names[s]}", _came(m, x)) for x in w],
                "pressing",
            )
            for s, w in zip(SIDES, won, strict=True)
        ]  # fmt: skip
        bars.append(Bar("Balls won high", (links[0], links[1]), (len(won[0]), len(won[1]))))
    pressed = [allowed(m, s) for s in SIDES]
    if all(n >= 5 for _, n in pressed) and m.trusted("pass"):
        each = [m.few(m.events.loc[rows]).expected / n for rows, n in pressed]
        links = [evidence.plays(f"{v:.1f}", f"ppda-{s}", rows, "pressing")
                 for s, (v, (rows, _)) in enumerate(zip(each, pressed, strict=True))]  # fmt: skip
        notes = [f"{n} won" for _, n in pressed]
        bars.append(Bar("Passes allowed for a ball won", (links[0], links[1]), (each[0], each[1]),
                        (notes[0], notes[1])))  # fmt: skip
    return bars


def _came(m: Material, won: Won) -> str:
    return "Then a shot." if won.shot else f"Then in the {m.words.box}." if won.box else ""


def _times(n: int) -> str:
    return f"{n} time{'s' if n != 1 else ''}"


def _entered(m: Material, side: int) -> tuple[Play, ...]:
    return tuple(moment_play(m, r, side, f"Into the {m.words.box}: {m.names[side]}") for r in box_entries(m, side))


def _high(m: Material, side: int) -> tuple[Play, ...]:
    return tuple(spell_play(m, w.spell, f"Won high: {m.names[side]}", _came(m, w)) for w in won_high(m, side))


def measures(m: Material) -> list[Measure]:
    """Return possession, final third, times into the box, balls won high and passes allowed, of each side."""
    whole = total(stretches(m, 300.0)) if m.tracks is not None and not m.brief else None
    if whole is None or whole.share(HOME) is None or min(whole.held_s) < LEAST_S:
        return []
    out = []
    half_hour = sum(whole.held_s) / 1800  # of possession seen: games are seen for different lengths
    for s in SIDES:
        share, final = whole.share(s) or 0.0, whole.final_share(s)
        minutes = f"{sum(whole.held_s) / 60:.0f} min of possession seen"
        seen = f"n = {minutes}"
        out.append(Measure("possession", s, share, f"{share:.0%}",
                           "{team} had the ball for {value} of the possession that was seen.", "Possession", seen,
                           "ball", anchor="timeline"))  # fmt: skip
        if final is not None:
            out.append(Measure("final_third", s, final, f"{final:.0%}",
                               "{team} spent {value} of their possession in the final third.",
                               "Of it, in the final third", seen, "territory", anchor="quarters"))  # fmt: skip
        rows_in, wins = len(box_entries(m, s)), len(won_high(m, s))
        entries = rows_in / half_hour
        out.append(Measure("box_entries", s, entries, f"{entries:.0f}",
                           "{team} came into the box {value} times per 30 min of either side’s possession.",
                           "Times into the box, per 30 min",
                           f"{_times(rows_in)} in {minutes}", "box", clips=_entered(m, s), anchor="chances",
                           se=max(rows_in, 1) ** 0.5 / half_hour))  # fmt: skip
        high = wins / half_hour
        out.append(Measure("won_high", s, high, f"{high:.1f}",
                           "{team} won the ball high {value} times per 30 min of either side’s possession.",
                           "Balls won high, per 30 min",
                           f"{_times(wins)} in {minutes}", "pressing", clips=_high(m, s), anchor="pressing",
                           se=max(wins, 1) ** 0.5 / half_hour))  # fmt: skip
        rows, won = allowed(m, s)
        if won >= 5 and len(rows) and m.trusted("pass"):
            each = m.few(m.events.loc[rows]).expected / won
            out.append(Measure("passes_allowed", s, each, f"{each:.1f}",
                               "{team} allowed {value} passes for every ball they won where they press.",
                               "Passes allowed for a ball won", f"n = {won} balls won", "pressing",
                               plays=tuple(rows), anchor="pressing",
                               se=each * (1 / won + 1 / len(rows)) ** 0.5))  # fmt: skip
    return out
