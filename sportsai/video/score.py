"""How well people were followed: HOTA, IDF1 and MOTA of boxes beside true ones.

detected   recall and precision: a frame's boxes given to its true ones by linear assignment, those that overlap enough
IDF1       Ristani et al., ECCVW 2016: each true person is given one track for all of a clip; 2 IDTP / (true + found)
MOTA       Bernardin and Stiefelhagen, 2008: 1 - (missed + false + switched) / true. Filling gaps raises it whether
           the person is right or not: it is told, never chosen by
HOTA       Luiten et al., IJCV 2021: the geometric mean of how well people are found and how well they stay who they
           are, the mean over overlaps 0.05 to 0.95
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sportsai.video.follow import Boxes, overlap, pairs

Float = NDArray[np.float64]
Int = NDArray[np.int64]
SAME = 0.5  # overlap of one person's two boxes
ALPHAS = np.arange(0.05, 0.99, 0.05)


@dataclass(frozen=True)
class Counts:
    """What is counted of one clip; `total` adds clips up. hota (A, 4): of each overlap the true positives, false
    negatives, false positives, and the sum of what each match is worth as an association."""

    true: int
    found: int
    hits: int
    switches: int
    idtp: int
    hota: Float

    @property
    def recall(self) -> float:
        """Share of true boxes that were found."""
        return self.hits / max(self.true, 1)

    @property
    def precision(self) -> float:
        """Share of found boxes that are true ones."""
        return self.hits / max(self.found, 1)

    @property
    def idf1(self) -> float:
        """How well people keep one track each."""
        return 2 * self.idtp / max(self.true + self.found, 1)

    @property
    def mota(self) -> float:
        """One less missed, false and switched boxes, of the true ones."""
        return 1 - (self.true - self.hits + self.found - self.hits + self.switches) / max(self.true, 1)

    @property
    def hota_mean(self) -> float:
        """HOTA, the mean over overlaps."""
        tp, fn, fp, worth = self.hota.T
        return float(np.sqrt(tp / np.maximum(tp + fn + fp, 1) * worth / np.maximum(tp, 1)).mean())


def total(each: Sequence[Counts]) -> Counts:
    """Return the counts of several clips together."""
    return Counts(*(sum(getattr(c, k) for c in each) for k in ("true", "found", "hits", "switches", "idtp", "hota")))


def counted(true: Boxes, found: Boxes, same: float = SAME) -> Counts:
    """Return the counts of one clip. true, found: boxes with tracks, their frames the same."""
    people, mine = np.unique(true.track, return_inverse=True)
    tracks, theirs = np.unique(found.track, return_inverse=True)
    frames = np.union1d(true.frame, found.frame)
    a, b = np.argsort(true.frame, kind="stable"), np.argsort(found.frame, kind="stable")
    a_at, b_at = (np.searchsorted(x.frame[o], np.append(frames, frames[-1:] + 1)) for x, o in ((true, a), (found, b)))
    each: list[tuple[Int, Int, Float]] = []
    likely = np.zeros((len(people), len(tracks)))
    both = np.zeros((len(people), len(tracks)))
    hits = switches = 0
    last = np.full(len(people), -1)
    for n in range(len(frames)):
        i, j = a[a_at[n] : a_at[n + 1]], b[b_at[n] : b_at[n + 1]]
        if not len(i) or not len(j):
            continue
        near = overlap(true.xyxy[i], found.xyxy[j])
        each.append((mine[i], theirs[j], near))
        sums = near.sum(0)[None] + near.sum(1)[:, None] - near
        likely[np.ix_(mine[i], theirs[j])] += near / np.maximum(sums, 1e-9)
        r, c = np.nonzero(near >= same)
        both[mine[i[r]], theirs[j[c]]] += 1
        stays = (theirs[j][None] == last[mine[i]][:, None]) & (near >= same)
        for p, q in pairs(np.where(near >= same, near + 2 * stays, 0.0), same):  # who was matched stays so
            who, track = mine[i[p]], theirs[j[q]]
            switches += last[who] not in (-1, track)
            last[who] = track
            hits += 1
    rows, columns = linear_sum_assignment(-both) if both.size else (np.zeros(0, int), np.zeros(0, int))
    size = np.bincount(mine, minlength=len(people)), np.bincount(theirs, minlength=len(tracks))
    return Counts(
        len(true), len(found), hits, int(switches), int(both[rows, columns].sum()),
        _hota(each, likely, size, len(true), len(found)),
    )  # fmt: skip


def _hota(
    each: list[tuple[Int, Int, Float]], likely: Float, size: tuple[Int, Int], true: int, found: int
) -> Float:  # fmt: skip
    """Return HOTA's counts, (A, 4). each: of a frame its people, tracks and their overlaps."""
    aligned = likely / np.maximum(size[0][:, None] + size[1][None] - likely, 1e-9)
    matched = np.zeros((len(ALPHAS), *likely.shape))
    for people, tracks, near in each:
        r, c = linear_sum_assignment(-aligned[np.ix_(people, tracks)] * near)
        good = near[r, c][None] >= ALPHAS[:, None] - 1e-12
        for k in range(len(ALPHAS)):
            matched[k, people[r[good[k]]], tracks[c[good[k]]]] += 1
    tp = matched.sum((1, 2))
    worth = matched / np.maximum(size[0][:, None] + size[1][None] - matched, 1)
    return np.stack([tp, true - tp, found - tp, (matched * worth).sum((1, 2))], -1)
