"""Which five were on the court together, for how long, and what was tried and made with them on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sportsai.report.basketball.offence import offence
from sportsai.report.material import Material

FIVE = 5


@dataclass
class LineUp:
    """Five players of a side. slots: their columns. ours, theirs: numbers of the possessions with them on the court.

    made, tried: rows of the game's events of their own team's shots in those; against_*: the other team's.
    """

    side: int
    slots: tuple[int, ...]
    seconds: float = 0.0
    ours: list[int] = field(default_factory=list)
    theirs: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    tried: list[int] = field(default_factory=list)
    against_made: list[int] = field(default_factory=list)
    against_tried: list[int] = field(default_factory=list)


def line_ups(m: Material, side: int) -> list[LineUp]:
    """Return a side's line-ups, the longest on the court first; rows without five of it seen belong to none.

    A possession belongs to the five who are on the court in most of its rows.
    """
    t, o = m.tracks, offence(m)
    if t is None:
        return []
    slots = np.flatnonzero(t.side == side)
    seen = t.present[:, slots] & (t.period > 0)[:, None]
    whole = np.flatnonzero(seen.sum(1) == FIVE)
    if not len(whole):
        return []
    kinds, which = np.unique(seen[whole], axis=0, return_inverse=True)
    which = which.ravel()
    of_row = np.full(t.T, -1)
    of_row[whole] = which
    found = [LineUp(side, tuple(slots[k].tolist())) for k in kinds]
    for n, count in enumerate(np.bincount(which, minlength=len(found))):
        found[n].seconds = float(count) / float(t.rate_hz)
    shots = {n: [s for s in o.shots if s.possession == n] for n in range(len(o.possessions))}
    for n, p in enumerate(o.possessions):
        rows = of_row[p.start : p.end]
        rows = rows[rows >= 0]
        if not len(rows):
            continue
        five = found[int(np.bincount(rows).argmax())]
        mine = p.side == side
        (five.ours if mine else five.theirs).append(n)
        (five.tried if mine else five.against_tried).extend(s.index for s in shots[n])
        (five.made if mine else five.against_made).extend(s.index for s in shots[n] if s.made)
    return sorted(found, key=lambda v: -v.seconds)
