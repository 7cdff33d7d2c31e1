"""How good are events found in whole games? Segments by overlap, moments by distance: families that never mix.

  segments   mAP over temporal overlap, as ActivityNet and THUMOS count it (`segment_ap`)
  moments    SoccerNet's action spotting, driven by the truth (`soccernet_ap`), and precise event spotting, driven by
             the scores (`spot_ap`): the same data, other figures

Each takes what is true and what was found as `Found`; a class without truth is NaN, one without findings 0.

Sources: ActivityNet's evaluation (github.com/activitynet/ActivityNet, AP-voc); THUMOS'14 (overlaps .3 to .7); Giancola
et al., "SoccerNet", arXiv 1804.04527, and Deliege et al., arXiv 2011.13367 (github.com/SoccerNet/SoccerNet, AP-11);
Hong et al., "Spotting temporally precise, fine-grained events in video", arXiv 2207.10213 (github.com/jhong93/spot).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.errors import DataError

Float = NDArray[np.float64]
Int = NDArray[np.int64]

ACTIVITYNET = tuple(np.linspace(0.5, 0.95, 10).round(2).tolist())
THUMOS = (0.3, 0.4, 0.5, 0.6, 0.7)
TIGHT, LOOSE = (1.0, 2.0, 3.0, 4.0, 5.0), tuple(float(d) for d in range(5, 65, 5))  # seconds, the whole window
THRESHOLDS = np.linspace(0, 1, 200)


@dataclass(frozen=True)
class Found:
    """Moments or segments of games: what is true, or what a model found.

    game (n,): whose; label (n,): of which class; at (n,) seconds of moments, or (n, 2) the start and end of segments;
    score (n,): how sure, 1 of what is true. Times count within a game: what has halves is one game a half.
    """

    game: Int
    label: Int
    at: Float
    score: Float

    @classmethod
    def of(cls, game: ArrayLike, label: ArrayLike, at: ArrayLike, score: ArrayLike | None = None) -> Found:
        """Return them from anything array-like; DataError unless all are as long and finite."""
        g, k, t = np.asarray(game, np.int64), np.asarray(label, np.int64), np.asarray(at, np.float64)
        s = np.ones(len(g)) if score is None else np.asarray(score, np.float64)
        if not (len(g) == len(k) == len(t) == len(s)):
            raise DataError(
                f"{len(g)} games, {len(k)} labels, {len(t)} times, {len(s)} scores", expected="as many each"
            )
        if (t.ndim == 2 and t.shape[1] != 2) or t.ndim > 2:
            raise DataError(f"times of shape {t.shape}", expected="(n,) or (n, 2)")
        if not (np.isfinite(t).all() and np.isfinite(s).all()):
            raise DataError("times or scores that are no numbers", expected="finite ones")
        return cls(g, k, np.sort(t, 1) if t.ndim == 2 else t, s)

    def __len__(self) -> int:
        return len(self.game)

    def take(self, index: NDArray[np.bool_] | Int) -> Found:
        """Return those at `index`."""
        return Found(self.game[index], self.label[index], self.at[index], self.score[index])


def temporal_iou(a: ArrayLike, b: ArrayLike) -> Float:
    """Return the overlap of each segment with each other one, intersection over union; 0 where both are empty.

    Shapes: (n, 2), (m, 2) -> (n, m).
    """
    x, y = np.atleast_2d(np.asarray(a, np.float64)), np.atleast_2d(np.asarray(b, np.float64))
    both = np.minimum(x[:, None, 1], y[None, :, 1]) - np.maximum(x[:, None, 0], y[None, :, 0])
    both = np.maximum(both, 0)
    union = (x[:, 1] - x[:, 0])[:, None] + (y[:, 1] - y[:, 0])[None] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)


def segment_ap(truth: Found, found: Found, classes: int, overlaps: Sequence[float] = ACTIVITYNET) -> Float:
    """Return the AP-voc of each class at each overlap, (overlaps, K).

    Findings are walked from the surest; each takes the free true segment of its game that it overlaps most, if by
    `overlap` or more; a second finding of one segment is wrong. Ties keep their order.
    """
    out = np.full((len(overlaps), classes), np.nan)
    for k in range(classes):
        mine, said = truth.take(truth.label == k), found.take(found.label == k)
        if len(mine):
            said = said.take(np.argsort(-said.score, kind="stable"))
            out[:, k] = [voc(right, len(mine)) for right in _overlapping(mine, said, overlaps)]
    return out


def _overlapping(truth: Found, found: Found, overlaps: Sequence[float]) -> NDArray[np.bool_]:
    """Return which findings, in order, are right at each overlap, (overlaps, n)."""
    right = np.zeros((len(overlaps), len(found)), bool)
    for g in np.unique(found.game):
        theirs, ours = np.flatnonzero(found.game == g), truth.at[truth.game == g]
        if not len(ours):
            continue
        each = temporal_iou(found.at[theirs], ours)
        best = np.argsort(-each, axis=1, kind="stable")
        free = np.ones((len(overlaps), len(ours)), bool)
        for i, row in enumerate(theirs.tolist()):
            for t, least in enumerate(overlaps):
                for j in best[i].tolist():
                    if each[i, j] < least:
                        break
                    if free[t, j]:
                        free[t, j], right[t, row] = False, True
                        break
    return right


def voc(right: NDArray[np.bool_], truths: int) -> float:
    """Return the all-point interpolated average precision of ranked findings."""
    if not len(right):
        return 0.0
    hits = np.cumsum(right)
    precision = np.maximum.accumulate((hits / np.arange(1, len(right) + 1))[::-1])[::-1]
    return float(precision[right].sum() / truths)


def spot_ap(truth: Found, found: Found, classes: int, within_s: Sequence[float]) -> Float:
    """Return the AP of each class at each tolerance, (tolerances, K), as precise event spotting counts it.

    Findings are walked from the surest; each goes to the NEAREST free true moment of its game, and is right when that
    lies within +- `within_s`; precision is interpolated from the right. Ties keep their order.
    """
    out = np.full((len(within_s), classes), np.nan)
    for k in range(classes):
        mine, said = truth.take(truth.label == k), found.take(found.label == k)
        if not len(mine):
            continue
        said = said.take(np.argsort(-said.score, kind="stable"))
        for t, within in enumerate(within_s):
            out[t, k] = voc(matched(mine, said, within) >= 0, len(mine))
    return out


def matched(truth: Found, found: Found, within_s: float) -> Int:
    """Return which true moment each finding takes, its place in `truth`, -1 for none, (n,): in the order given.

    Labels are not looked at: give those of one class.
    """
    rows: dict[int, list[int]] = {}
    for i in np.argsort(truth.at, kind="stable").tolist():
        rows.setdefault(int(truth.game[i]), []).append(i)
    free = {g: ([float(truth.at[i]) for i in index], list(index)) for g, index in rows.items()}
    taken = np.full(len(found), -1, np.int64)
    for n, (g, at) in enumerate(zip(found.game.tolist(), found.at.tolist(), strict=True)):
        times, index = free.get(g, ([], []))
        j = bisect_left(times, at)
        near = [i for i in (j - 1, j) if 0 <= i < len(times)]
        if not near:
            continue
        i = min(near, key=lambda i: abs(times[i] - at))
        if abs(times[i] - at) <= within_s + 1e-9:
            taken[n] = index[i]
            del times[i], index[i]
    return taken


def soccernet_ap(
    truth: Found, found: Found, classes: int, windows_s: Sequence[float] = TIGHT, rate_hz: float = 2.0
) -> Float:
    """Return the AP-11 of each class at each window, (windows, K), as SoccerNet's action spotting counts it.

    Times are put into bins of 1 / `rate_hz` seconds, the last of a bin counts; a window is the WHOLE width: a finding
    may lie half of it away. True moments are walked in time, each takes the surest free finding near it. Precision and
    recall are read at 200 thresholds from 0 to 1: scores must lie between them. A class without truth is 0, as there.
    """
    if len(found) and not (found.score.min() >= 0 and found.score.max() <= 1):
        raise DataError(f"scores from {found.score.min():g} to {found.score.max():g}", expected="0 to 1")
    out = np.zeros((len(windows_s), classes))
    for k in range(classes):
        mine, said = (_binned(f.take(f.label == k), rate_hz) for f in (truth, found))
        if not len(mine):
            continue
        for t, window in enumerate(windows_s):
            out[t, k] = _eleven(_near(mine, said, window * rate_hz / 2), said.score, len(mine))
    return out


def _binned(spots: Found, rate_hz: float) -> Found:
    """Return the moments in bins, one a bin and game: the last of those given."""
    bins = np.floor(np.round(spots.at * 1000) * rate_hz / 1000).astype(np.int64)
    last = {(g, b): i for i, (g, b) in enumerate(zip(spots.game.tolist(), bins.tolist(), strict=True))}
    index = np.array(sorted(last.values(), key=lambda i: (spots.game[i], bins[i])), np.int64)
    return Found(spots.game[index], spots.label[index], bins[index].astype(np.float64), spots.score[index])


def _near(truth: Found, found: Found, within: float) -> NDArray[np.bool_]:
    """Return which findings a true moment takes: in time, each the surest free one near it."""
    taken = np.zeros(len(found), bool)
    for g in np.unique(truth.game):
        theirs = np.flatnonzero(found.game == g)
        for at in truth.at[truth.game == g]:
            near = theirs[(np.abs(found.at[theirs] - at) <= within) & ~taken[theirs]]
            if len(near):
                taken[near[found.score[near].argmax()]] = True
    return taken


def _eleven(right: NDArray[np.bool_], score: Float, truths: int) -> float:
    """Return the 11-point AP over the thresholds."""
    over = score[None] >= THRESHOLDS[:, None]
    hits, said = (over & right[None]).sum(1), over.sum(1)
    precision = np.divide(hits, said, out=np.zeros(len(said)), where=said > 0)
    recall = hits / truths
    return float(np.mean([precision[recall >= r - 1e-12].max(initial=0.0) for r in np.linspace(0, 1, 11)]))


def average_map(each: Float, windows_s: Sequence[float]) -> float:
    """Return SoccerNet's average-mAP: the mean over classes as an integral over windows, its ends at half weight.

    Shapes: each (windows, K) of `soccernet_ap`. One window: its mAP.
    """
    values = np.asarray(each, np.float64).mean(1)
    if len(values) == 1:
        return float(values[0])
    return float(np.trapezoid(values, np.asarray(windows_s)) / (windows_s[-1] - windows_s[0]))
