"""Pressing: where the ball was won, what came of balls won high, and how near the presser was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.counts import wilson
from sportsai.report.figures.figure import Figure
from sportsai.report.figures.shot_map import Spot, spot_map
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.section import Cell, Clips, Column, Section, Table
from sportsai.report.soccer import HIGH_M, PRESSED, THEN_S, Won, won_high
from sportsai.report.spells import spell_play

PAGE, ORDER, SPORTS = "match", 30, frozenset({"soccer"})
MOST_CLIPS = 4
LEAST = 200  # frames in which the holder and an opponent are seen, for a mean distance
THIRDS = ("own third", "middle third", "final third")


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return balls won high and pressing distances; None where no ball was seen to be won."""
    if m.tracks is None or m.brief:
        return None
    each = [(s, won_high(m, s)) for s in (HOME, AWAY)]
    if not any(won for _, won in each):
        return None
    figures, text = [], []
    clips: list[Clips] = []
    for side, won in each:
        if not won:
            text.append(Markup("{} won no ball within {:.0f} m of the goal they attack.").format(m.names[side], HIGH_M))
            continue
        plays = evidence.add([spell_play(m, w.spell, f"Won high: {m.names[side]}", _note(m, w)) for w in won])
        figures.append(_map(m, evidence, side, won, plays))
        clips += _clips(m, evidence, side, won, plays)
    table = _distances(m)
    return Section(
        "pressing", "Pressing and balls won high", tuple(text), figures=tuple(figures),
        tables=() if table is None else (table,), clips=tuple(clips),
        how=f"Won high: the side’s spell begins within {HIGH_M:.0f} m of the goal it attacks, within two seconds of "
        f"the end of the other’s; dangerous: within {THEN_S:.0f} s the {m.words.ball} comes into the {m.words.box} in "
        f"the same spell, or a shot is taken. Passes allowed for a ball won count in the {PRESSED:.0%} of the "
        "pitch nearest to the goal attacked. Play that was not on camera is missing.",
    )  # fmt: skip


def _note(m: Material, w: Won) -> str:
    return "Then a shot." if w.shot else f"Then in the {m.words.box}." if w.box else "Nothing came of it."


def _map(m: Material, evidence: Evidence, side: int, won: tuple[Won, ...], plays: list[int]) -> Figure:
    points = [
        Spot(w.spell.start_x, w.spell.start_y, f"{w.away_m:.0f} m from {m.words.goal}. {_note(m, w)}", (n,),
             w.box or w.shot, 0.8, side)
        for w, n in zip(won, plays, strict=True)
    ]  # fmt: skip
    good = [n for w, n in zip(won, plays, strict=True) if w.box or w.shot]
    link = evidence.plays(f"{len(won)} ball{'s' if len(won) != 1 else ''}", f"high-{side}", plays, "pressing")
    came = evidence.plays(len(good), f"high-good-{side}", good, "pressing")
    title = Markup("{} won {} high; {} led to a shot or into the {}").format(m.names[side], link, came, m.words.box)
    low, high = wilson(len(good) / len(won), len(won))
    sub = f"n = {len(won)}; dangerous: {len(good) / len(won):.0%} (95 %: {low:.0%}–{high:.0%})"
    key = ("dangerous", "nothing came of it")
    return spot_map(m, evidence, points, f"pressing-{side}", title, sub, side=side, key=key)


def _clips(m: Material, evidence: Evidence, side: int, won: tuple[Won, ...], plays: list[int]) -> list[Clips]:
    out = []
    for good, what in ((True, "worked"), (False, "came to nothing")):
        mine = [(w, n) for w, n in zip(won, plays, strict=True) if (w.box or w.shot) == good]
        mine.sort(key=lambda v: v[0].away_m)
        lines = []
        for k, (w, n) in enumerate(mine[:MOST_CLIPS]):
            play = evidence.shown[n]
            name = f"press-{side}-{what.split()[0]}-{k}"
            link = evidence.plays(play.when, name, [n], "pressing")
            lines.append(Markup("{} won {:.0f} m from {}. {}").format(link, w.away_m, m.words.goal, _note(m, w)))
        if lines:
            out.append(Clips(f"{m.names[side]}: pressing that {what}", tuple(lines)))
    return out


def _distances(m: Material) -> Table | None:
    """Return how near the nearest opponent is to who has the ball, by third, as a table."""
    t = m.tracks
    assert t is not None
    ball, known = m.ball
    rows = np.flatnonzero((m.possession >= 0) & known)
    gap = np.full(len(rows), np.inf)
    for start in range(0, len(rows), 20000):
        r = rows[start : start + 20000]
        theirs = t.present[r] & (t.side == 1 - m.possession[r][:, None]) & (t.side >= 0)
        d = np.where(theirs, np.linalg.norm(t.xy[r] - ball[r][:, None], axis=-1), np.inf)
        gap[start : start + 20000] = d.min(1, initial=np.inf)
    side = m.possession[rows]
    x = ball[rows, 0] * np.where(side == AWAY, -1, 1)
    third = np.clip(np.searchsorted([-m.court.half_length_m / 3, m.court.half_length_m / 3], x), 0, 2)
    lines = []
    for attacked in (HOME, AWAY):
        cells = [Cell(m.names[1 - attacked], m.names[1 - attacked], 1 - attacked)]
        for k in range(3):
            d = gap[(side == attacked) & (third == k) & np.isfinite(gap)]
            text = f"{np.median(d):.1f} m" if len(d) >= LEAST else "–"
            cells.append(Cell(text, float(np.median(d)) if len(d) >= LEAST else None))
        lines.append(tuple(cells))
    if all(c.value is None for line in lines for c in line[1:]):
        return None
    note = (
        "Median distance from the ball to the nearest opponent seen, while the other side has it; thirds as the side "
        f"on the ball attacks. n = {int(np.isfinite(gap).sum()):,} frames; an opponent off camera may have been nearer."
    )
    columns = (Column("Pressing side", False), *(Column(f"Ball in {t}") for t in THIRDS))
    return Table(_closer(m, lines), columns, tuple(lines), note)


def _closer(m: Material, lines: Sequence[tuple[Cell, ...]]) -> str:
    """Return which side is nearer to the ball where both are known, the middle third before the others."""
    for k in (2, 3, 1):
        near = sorted((float(v), str(r[0].value)) for r in lines if isinstance(v := r[k].value, float))
        if len(near) == 2:
            (a, one), (b, other) = near
            return (
                f"{one} are nearer to the {m.words.ball} in the {THIRDS[k - 1]}: {a:.1f}\u00a0m, {other} {b:.1f}\u00a0m"
            )
    return "How close the nearest opponent was"
