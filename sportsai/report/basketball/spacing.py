"""How far apart five attackers stand in a half court: the mean distance between them, and the area they span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from sportsai.report.basketball.offence import offence
from sportsai.report.material import Material

RATE_HZ = 2.0  # samples looked at a second: players do not move far between
LEAST_S = 2.0  # of a possession with all five in the front court
FIVE = 5
_PAIRS = np.triu_indices(FIVE, 1)


@dataclass(frozen=True)
class Spread:
    """One possession's. apart_m: mean distance between the five. area_m2: mean area of the hull about them.

    seconds: how long it was measured. start, end: rows of the tracks between which.
    """

    possession: int
    side: int
    apart_m: float
    area_m2: float
    seconds: float
    start: int
    end: int


def spreads(m: Material) -> list[Spread]:
    """Return the spacing of each possession in which all five attackers were seen in the front court."""
    t = m.tracks
    if t is None:
        return []
    step = max(1, round(float(t.rate_hz) / RATE_HZ))
    out = []
    for n, p in enumerate(offence(m).possessions):
        if p.front is None:
            continue
        slots = np.flatnonzero(t.side == p.side)
        rows = np.arange(p.front, p.end, step)
        seen = t.present[rows][:, slots]
        xy = t.xy[rows][:, slots] * m.facing(p.side)
        whole = (seen.sum(1) == FIVE) & ~(seen & (xy[..., 0] < 0)).any(1)
        seconds = float(whole.sum()) * step / float(t.rate_hz)
        if seconds < LEAST_S:
            continue
        five = np.stack([xy[i, seen[i]] for i in np.flatnonzero(whole)]).astype(float)
        used = rows[whole]
        a, b = int(used[0]), int(used[-1]) + 1
        out.append(Spread(n, p.side, float(apart(five).mean()), float(areas(five).mean()), seconds, a, b))
    return out


def apart(five: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean distance between five players, (N, 5, 2) -> (N,) metres."""
    gap = np.linalg.norm(five[:, :, None] - five[:, None], axis=-1)
    return np.asarray(gap[:, _PAIRS[0], _PAIRS[1]].mean(1))


def areas(five: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area of the convex hull of each, (N, 5, 2) -> (N,) square metres; 0 where all stand in a line."""
    out = np.zeros(len(five))
    for i, xy in enumerate(five):
        try:
            out[i] = ConvexHull(xy).volume
        except QhullError:
            out[i] = 0.0
    return out
