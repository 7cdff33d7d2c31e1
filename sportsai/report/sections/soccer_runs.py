"""Runs without the ball: who runs hard towards goal while the own side has it, and who gets in behind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from markupsafe import Markup

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material
from sportsai.report.plays import Evidence, Play
from sportsai.report.section import Cell, Clips, Column, Section, Table
from sportsai.units import KMH_PER_MPS

PAGE, ORDER, SPORTS = "players", 30, frozenset({"soccer"})
FAST_MPS = 5.5  # 19.8 km/h: high-speed running begins here in most providers' bands
HELD_S, TOP_S = 0.7, 0.5
AHEAD = 0.5  # cosine: at most 60 degrees off the way to the goal line
FREE_M = 3.0  # so far from the ball at least: he does not run with it
DEFENDERS = 3  # seen, for a line that one can get behind
MOST_ROWS, MOST_CLIPS = 16, 5


@dataclass(frozen=True)
class Run:
    """A run. slot: whose; first, last: rows of the tracks; top_mps: highest speed held for TOP_S; behind: it ended
    beyond the last defender seen, and had begun before him."""

    slot: int
    side: int
    first: int
    last: int
    top_mps: float
    behind: bool


def section(m: Material, evidence: Evidence) -> Section | None:
    """Return the table of runs and those in behind; None where speeds are not known or nobody ran."""
    if m.tracks is None or m.brief:
        return None
    found = runs(m)
    if not found:
        return None
    tables, clips = [_table(m, evidence, found)], []
    for s in (HOME, AWAY):
        mine = sorted((r for r in found if r.side == s and r.behind), key=lambda r: (-r.top_mps, r.first))
        lines = []
        for n, r in enumerate(mine[:MOST_CLIPS]):
            play = run_play(m, r)
            link = evidence.clips(play.when, f"behind-{s}-{n}", [play], "runs")
            lines.append(Markup("{} {}, {:.0f} km/h").format(link, _who(m, r), r.top_mps * KMH_PER_MPS))
        if lines:
            clips.append(Clips(f"{m.names[s]}: the fastest runs in behind", tuple(lines)))
    how = (
        f"A run: {FAST_MPS * KMH_PER_MPS:.0f} km/h or more for {HELD_S} s, towards the goal line, {FREE_M:.0f} m or "
        "more from the ball, while the own side has it. In behind: it ends beyond the last defender, and began "
        f"before that line; {DEFENDERS} defenders or more must be seen, goalkeepers left out. Runs off camera are "
        f"missing: compare with the minutes seen. Top speed: held for {TOP_S} s."
    )
    return Section("runs", "Runs without the ball", tables=tuple(tables), clips=tuple(clips), how=how)


@lru_cache(maxsize=2)
def runs(m: Material) -> tuple[Run, ...]:
    """Return the runs of a game, in order of slot and time."""
    t, moved = m.tracks, m.moved
    if t is None or moved is None:
        return ()
    rate = float(t.rate_hz)
    ball, known = m.ball
    ahead = np.where(t.side == AWAY, -1.0, 1.0)  # the material is turned: home attacks right
    fast = moved.known & (moved.speed >= FAST_MPS) & (moved.v[..., 0] * ahead >= AHEAD * moved.speed)
    fast &= (m.possession[:, None] == t.side) & (t.side >= 0) & (t.period > 0)[:, None]
    out = []
    for k in np.flatnonzero(fast.any(0)).tolist():
        rows = np.flatnonzero(fast[:, k])
        parts = np.split(rows, np.flatnonzero(np.diff(t.frame[rows]) > 1) + 1)
        for part in parts:
            a, b = int(part[0]), int(part[-1])
            if (t.frame[b] - t.frame[a] + 1) < HELD_S * rate:
                continue
            gap = np.linalg.norm(t.xy[part, k] - ball[part], axis=-1)
            if known[part].any() and float(gap[known[part]].min()) < FREE_M:
                continue
            held = min(len(part), max(2, round(TOP_S * rate)))
            top = float(np.lib.stride_tricks.sliding_window_view(moved.speed[part, k], held).min(1).max())
            out.append(Run(k, int(t.side[k]), a, b, top, _behind(m, k, a, b)))
    return tuple(out)


def _behind(m: Material, slot: int, first: int, last: int) -> bool:
    t = m.tracks
    assert t is not None
    side = int(t.side[slot])
    turn = m.facing(side)
    keep = np.array([s.side == 1 - side and not m.is_keeper(m.game.player(s.player_id or "")) for s in t.slots], bool)
    lines = []
    for row in (first, last):
        x = t.xy[row, t.present[row] & keep, 0] * turn
        if len(x) < DEFENDERS:
            return False
        lines.append(float(x.max()))
    x = t.xy[[first, last], slot, 0] * turn
    return bool(x[0] <= lines[0] and x[1] > lines[1] and lines[1] > 0)


def run_play(m: Material, r: Run) -> Play:
    """Return a run as a play."""
    t = m.tracks
    assert t is not None
    rate, start, end = float(t.rate_hz), int(t.frame[r.first]), int(t.frame[r.last]) + 1
    period = int(t.period[r.first])
    title = f"Run{' in behind' if r.behind else ''}: {_who(m, r)}, {r.top_mps * KMH_PER_MPS:.0f} km/h"
    shown = (start - round(2 * rate), end + round(3 * rate))
    return Play(title, period, m.clock(period, float(t.t_s[r.first])), start, (start, end), shown, r.side, "run",
                t.slots[r.slot].player_id)  # fmt: skip


def _who(m: Material, r: Run) -> str:
    assert m.tracks is not None
    return m.player_name(m.tracks.slots[r.slot].player_id)


def _table(m: Material, evidence: Evidence, found: tuple[Run, ...]) -> Table:
    t = m.tracks
    assert t is not None
    by: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for r in found:
        by[r.side, str(t.slots[r.slot].player_id or "")].append(r)
    ranked = sorted(by.items(), key=lambda v: (-len(v[1]), v[0]))
    rows = []
    for (side, who), mine in ranked[:MOST_ROWS]:
        numbers = evidence.add([run_play(m, r) for r in mine])
        behind = [n for n, r in zip(numbers, mine, strict=True) if r.behind]
        name, through = m.player_name(who or None), f"behind-of-{side}-{who}"
        columns = [i for i, s in enumerate(t.slots) if str(s.player_id or "") == who and s.side == side]
        seen = float((t.present[:, columns].any(1) & (t.period > 0)).sum()) / float(t.rate_hz) / 60
        top = max(r.top_mps for r in mine) * KMH_PER_MPS
        rows.append(
            (Cell(name, name, side), Cell(evidence.plays(len(mine), f"runs-{side}-{who}", numbers, "runs"), len(mine)),
             Cell(f"{30 * len(mine) / seen:.1f}" if seen >= 5 else "–", 30 * len(mine) / seen if seen >= 5 else None),
             Cell(evidence.plays(len(behind), through, behind, "runs") if behind else "0", len(behind)),
             Cell(f"{top:.1f}", top))
        )  # fmt: skip
    (side, who), most = ranked[0]
    title = f"{m.player_name(who or None)} ({m.names[side]}) made most runs: {len(most)}"
    left = len(ranked) - len(rows)
    note = f"n = {len(found)} runs of {len(ranked)} players" + (f"; {left} with fewer are left out" if left else "")
    return Table(title, (Column("Player", False), Column("Runs"), Column("per 30 min seen"), Column("in behind"),
                         Column("top speed, km/h")), tuple(rows), note)  # fmt: skip
