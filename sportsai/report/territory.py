"""Who had the ball, where, and how much of it was seen: minute by minute and quarter-hour by quarter-hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sportsai.data import AWAY, HOME
from sportsai.report.material import Material


@dataclass(frozen=True)
class Stretch:
    """A stretch of one period [start_s, end_s).

    seen: share of it in which somebody, or the ball, was seen. held_s: seconds of possession of each side. final_s: of
    those, seconds with the ball in the end that side attacks (`Words.end`; where its place is known: known_s). ball_m:
    mean distance of the ball from the halfway line towards away's goal, None where it was not known.
    """

    period: int
    start_s: float
    end_s: float
    seen: float
    held_s: tuple[float, float]
    known_s: tuple[float, float]
    final_s: tuple[float, float]
    ball_m: float | None

    def share(self, side: int) -> float | None:
        """Share of possession, None where nobody was seen in possession."""
        total = sum(self.held_s)
        return self.held_s[side] / total if total else None

    def final_share(self, side: int) -> float | None:
        """Share of a side's possession that it spent in the end it attacks."""
        return self.final_s[side] / self.known_s[side] if self.known_s[side] else None


def stretches(m: Material, length_s: float) -> list[Stretch]:
    """Return the game cut into stretches of `length_s` seconds; a short rest joins the stretch before it."""
    t = m.tracks
    if t is None:
        return []
    out = []
    ball, known = m.ball
    step = 1 / float(t.rate_hz)
    for period in m.periods:
        rows = np.flatnonzero(t.period == period)
        if not len(rows):
            continue
        seconds = t.t_s[rows]
        whole = max(1, int(np.floor(float(seconds.max()) / length_s + (0.5 if length_s > 60 else 0.999))))
        index = np.minimum((seconds // length_s).astype(int), whole - 1)
        first = int(index.min()) if m.game.kind != "game" else 0  # a clip begins where it begins
        for i in range(first, whole):
            r = rows[index == i]
            end = float(seconds.max()) if i == whole - 1 else (i + 1) * length_s
            if not len(r):
                out.append(Stretch(period, i * length_s, end, 0.0, (0, 0), (0, 0), (0, 0), None))
                continue
            held = [m.possession[r] == s for s in (HOME, AWAY)]
            place = [known[r] & h for h in held]
            final = [p & (ball[r, 0] * m.facing(s) > m.words.end_from_m) for s, p in enumerate(place)]
            held_s, known_s, final_s = (_seconds(x, step) for x in (held, place, final))
            mean = float(ball[r, 0][known[r]].mean()) if known[r].sum() >= 20 else None
            seen = float((m.observed[r] | known[r]).mean())
            out.append(Stretch(period, i * length_s, end, seen, held_s, known_s, final_s, mean))
    return out


def _seconds(rows: list[np.ndarray], step: float) -> tuple[float, float]:
    return float(rows[0].sum()) * step, float(rows[1].sum()) * step


def total(parts: list[Stretch]) -> Stretch | None:
    """Return the stretches as one, None when there are none."""
    if not parts:
        return None

    def add(name: str) -> tuple[float, float]:
        return (sum(getattr(p, name)[0] for p in parts), sum(getattr(p, name)[1] for p in parts))

    length = sum(p.end_s - p.start_s for p in parts) or 1.0
    seen = sum(p.seen * (p.end_s - p.start_s) for p in parts) / length
    return Stretch(0, 0.0, length, seen, add("held_s"), add("known_s"), add("final_s"), None)
