"""How good are these scores? Average precision in its three forms, and what is read off a confusion matrix.

Every table names the form of average precision it uses: AP-ni (non-interpolated, ties taken together, the one this
project reports), AP-voc (all-point interpolated), AP-11 (eleven points).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


def curve(relevant: ArrayLike, scores: ArrayLike) -> tuple[Float, Float]:
    """Return precision and recall at each distinct score, descending, (n,) each; tied items enter together."""
    relevant, scores = np.asarray(relevant, bool), np.asarray(scores, np.float64)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(relevant[order])
    last = np.append(np.flatnonzero(np.diff(scores[order]) != 0), len(order) - 1)
    return hits[last] / (last + 1), hits[last] / max(int(relevant.sum()), 1)


def ap_ni(relevant: ArrayLike, scores: ArrayLike) -> float:
    """Return the non-interpolated average precision, sum of precision times the rise of recall; NaN without positives.

    Ties are taken together by distinct thresholds, so permuting tied items changes nothing.
    """
    if not np.any(relevant):
        return float("nan")
    precision, recall = curve(relevant, scores)
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def ap_voc(relevant: ArrayLike, scores: ArrayLike) -> float:
    """Return the all-point interpolated average precision (VOC 2011, ActivityNet); NaN without positives."""
    if not np.any(relevant):
        return float("nan")
    precision, recall = curve(relevant, scores)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def ap_11(relevant: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean of the best precision at recall >= 0, .1, ..., 1 (VOC 2007, SoccerNet); NaN without positives."""
    if not np.any(relevant):
        return float("nan")
    precision, recall = curve(relevant, scores)
    at = [precision[recall >= r - 1e-12].max(initial=0.0) for r in np.linspace(0, 1, 11)]
    return float(np.mean(at))


def per_class_ap(labels: ArrayLike, scores: ArrayLike, ap: Callable[..., float] = ap_ni) -> Float:
    """Return each class's one-vs-rest average precision. Shapes: labels (n,), scores (n, K) -> (K,); NaN without."""
    labels, scores = np.asarray(labels), np.asarray(scores)
    return np.array([ap(labels == k, scores[:, k]) for k in range(scores.shape[1])])


def mean_ap(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean AP-ni over the classes that have positives."""
    each = per_class_ap(labels, scores)
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def mean_ap_of(also: ArrayLike, scores: ArrayLike) -> float:
    """Mean AP-ni over labels of which several may hold; a label that never holds does not count. Shapes: (n, K)."""
    also, scores = np.asarray(also, bool), np.asarray(scores)
    each = [ap_ni(also[:, k], scores[:, k]) for k in np.flatnonzero(also.any(0))]
    return float(np.mean(each)) if each else float("nan")


def confusion(labels: ArrayLike, predicted: ArrayLike, K: int) -> NDArray[np.int64]:
    """Return counts (K, K): rows the truth, columns the prediction."""
    table = np.zeros((K, K), np.int64)
    np.add.at(table, (np.asarray(labels), np.asarray(predicted)), 1)
    return table


def accuracy(table: NDArray[np.int64]) -> float:
    """Return the share on the diagonal of a confusion matrix."""
    return float(np.trace(table) / max(table.sum(), 1))


def balanced_accuracy(table: NDArray[np.int64]) -> float:
    """Return the mean recall of the classes that occur."""
    rows = table.sum(1)
    return float((np.diag(table)[rows > 0] / rows[rows > 0]).mean()) if rows.any() else float("nan")


def macro_f1(table: NDArray[np.int64]) -> float:
    """Return the mean F1 over the classes that occur or are said; 0 where it is not defined."""
    both = table.sum(0) + table.sum(1)
    f1 = 2 * np.diag(table) / np.maximum(both, 1)
    return float(f1[both > 0].mean()) if (both > 0).any() else float("nan")


def hit_at(labels: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Return the share of items whose class is among the k best scores, ties broken against the model."""
    labels, scores = np.asarray(labels), np.asarray(scores)
    own = scores[np.arange(len(labels)), labels][:, None]
    above = (scores >= own).sum(1)  # counts itself
    return float((above <= k).mean()) if len(labels) else float("nan")


def hit_any(also: ArrayLike, scores: ArrayLike, k: int) -> float:
    """Return the share of items with a true label among the k best scores; items without any label do not count.

    YouTube-8M's Hit@k. Ties are broken against the model. Shapes: also (n, L) bool, scores (n, L).
    """
    also, scores = np.asarray(also, bool), np.asarray(scores, np.float64)
    some = also.any(1)
    best = np.where(also, scores, -np.inf)[some].max(1, keepdims=True)
    above = ((scores[some] >= best) & ~also[some]).sum(1)
    return float((above < k).mean()) if some.any() else float("nan")


def global_ap(also: ArrayLike, scores: ArrayLike, top: int = 20) -> float:
    """Return YouTube-8M's GAP: the AP-ni of every item's `top` best labels, pooled, over all true labels.

    Shapes: also (n, L) bool, scores (n, L). Labels beyond an item's best are missed.
    """
    also, scores = np.asarray(also, bool), np.asarray(scores, np.float64)
    kept = np.argsort(-scores, 1, kind="stable")[:, :top]
    right, said = np.take_along_axis(also, kept, 1).ravel(), np.take_along_axis(scores, kept, 1).ravel()
    if not also.any():
        return float("nan")
    return ap_ni(right, said) * float(right.sum()) / float(also.sum()) if right.any() else 0.0


def precision_at_own(also: ArrayLike, scores: ArrayLike) -> float:
    """Return YouTube-8M's PERR: of each item with m labels the share of true ones among its m best, the mean."""
    also, scores = np.asarray(also, bool), np.asarray(scores, np.float64)
    some = also.any(1)
    if not some.any():
        return float("nan")
    also, order = also[some], np.argsort(-scores[some], 1, kind="stable")
    hits = np.cumsum(np.take_along_axis(also, order, 1), 1)
    m = also.sum(1)
    return float((hits[np.arange(len(m)), m - 1] / m).mean())


def expected_calibration_error(right: ArrayLike, probability: ArrayLike, bins: int = 10) -> float:
    """Return the mean gap between stated probability and share right, over equal-width bins weighted by size."""
    right, probability = np.asarray(right, float), np.asarray(probability, float)
    if not len(right):
        return float("nan")
    bin_of = np.minimum((probability * bins).astype(int), bins - 1)
    gap = 0.0
    for b in np.unique(bin_of):
        mine = bin_of == b
        gap += mine.mean() * abs(right[mine].mean() - probability[mine].mean())
    return float(gap)


def scores_of(labels: ArrayLike, scores: ArrayLike, names: list[str]) -> dict[str, float]:
    """Return the row of a results table: mAP (AP-ni), AP of each class, balanced accuracy, macro-F1, accuracy."""
    labels, scores = np.asarray(labels), np.asarray(scores)
    table = confusion(labels, scores.argmax(1), len(names)) if len(labels) else np.zeros((len(names),) * 2, np.int64)
    each = per_class_ap(labels, scores) if len(labels) else np.full(len(names), np.nan)
    row = {"mAP": float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")}
    row |= {f"AP {n}": float(a) for n, a in zip(names, each, strict=True)}
    return row | {
        "balanced accuracy": balanced_accuracy(table), "macro-F1": macro_f1(table), "accuracy": accuracy(table),
    }  # fmt: skip


def bootstrap(
    blocks: ArrayLike, statistic: Callable[[NDArray[np.int64]], float], draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile interval of `statistic(indices)` over resampled blocks.

    Parameters
    ----------
    blocks: the block of each item, (n,): its game, or its minute where there is one game. Whole blocks are drawn with
        replacement, so what belongs together stays together.
    """
    _, block_of = np.unique(np.asarray(blocks), return_inverse=True)
    if not len(block_of):
        return float("nan"), float("nan")
    members = [np.flatnonzero(block_of == b) for b in range(block_of.max() + 1)]
    rng = np.random.default_rng(seed)
    values = [
        statistic(np.concatenate([members[b] for b in rng.integers(len(members), size=len(members))]))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
