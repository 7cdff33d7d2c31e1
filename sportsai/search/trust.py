"""How far is a peak to be trusted: with which probability is it an event of each type, and which are kept?

Fitted on validation frames, never the test part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks
from sportsai.learn.recipe import Recipe
from sportsai.search.answers import match
from sportsai.search.peaks import features, groups

Int = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Trust:
    """How far a group of peaks (releases, carries) is to be trusted: the probability that one is an event of each type.

    Parameters
    ----------
    types: the group's event types. weight ((types + 1) x features), offset: a multinomial logistic model of
        what `features` gives, its first class "no event".
    thresholds: the least probability with which an event of each type is kept.
    tilt: what the first type's probability is multiplied by before the types are compared.
    """

    types: tuple[str, ...]
    weight: tuple[tuple[float, ...], ...]
    offset: tuple[float, ...]
    thresholds: tuple[float, ...]
    tilt: float = 1.0

    def __call__(self, features: Float) -> Float:
        """Return the probability of each type. Shapes: features (n, F) -> (n, types)."""
        z = np.asarray(features, np.float64) @ np.array(self.weight).T + np.array(self.offset)
        z = np.exp(z - z.max(1, keepdims=True))
        return (z / z.sum(1, keepdims=True))[:, 1:]

    def choose(self, probability: Float) -> tuple[Int, NDArray[np.bool_]]:
        """Return each peak's type and whether it is kept. Shapes: probability (n, types) -> (n,), (n,)."""
        tilted = probability.copy()
        tilted[:, 0] *= self.tilt
        kind = tilted.argmax(1)
        return kind, probability[np.arange(len(kind)), kind] >= np.array(self.thresholds)[kind]


def calibrate(found: pd.DataFrame, real: pd.DataFrame, recipe: Recipe, tracks: Tracks) -> dict[str, Trust]:
    """Return each group's Trust, fitted on these peaks and what really happened (validation: never the test part).

    The tilt between the types and the thresholds are those with the highest mean F1.
    """
    from sklearn.linear_model import LogisticRegression

    trust = {}
    for group, types in groups(recipe).items():
        mine = found[found["group"] == group].reset_index(drop=True)
        events = real[real["type"].isin(types)].reset_index(drop=True)
        x = features(mine, recipe, group)
        hit = match(mine, mine["height"].to_numpy(), events, tracks)
        kind = events["type"].map({t: i for i, t in enumerate(types)}).to_numpy(int)
        target = np.where(hit >= 0, kind[hit] + 1 if len(kind) else 0, 0)
        F, K = x.shape[1], len(types) + 1
        weight, offset = np.zeros((K, F)), np.zeros(K)
        if len(np.unique(target)) > 1:
            fitted = LogisticRegression(C=10.0, max_iter=1000).fit(x, target)
            if len(fitted.classes_) == 2:  # sklearn keeps one row for two classes
                weight[fitted.classes_[1]], offset[fitted.classes_[1]] = fitted.coef_[0], fitted.intercept_[0]
            else:
                weight[fitted.classes_], offset[fitted.classes_] = fitted.coef_, fitted.intercept_
            offset[np.setdiff1d(np.arange(K), fitted.classes_)] = -20.0
        plain = Trust(types, _tuples(weight), tuple(offset.tolist()), (0.0,) * len(types))
        trust[group] = _best_choice(plain, plain(x), target, np.bincount(kind, minlength=len(types)))
    return trust


def _tuples(weight: Float) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in weight.tolist())


def _best_choice(plain: Trust, p: Float, target: Int, real: Int) -> Trust:
    """Return the Trust with the tilt and thresholds that give the highest mean F1. Shapes: p (n, k), target (n,)."""
    best, choice = -1.0, plain
    for tilt in [1.0] if p.shape[1] == 1 else [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]:
        kind, _ = replace(plain, tilt=tilt).choose(p)
        thresholds, f1 = [], []
        for k in range(p.shape[1]):
            mine = np.flatnonzero(kind == k)
            order = mine[np.argsort(-p[mine, k], kind="stable")]
            tp = np.cumsum(target[order] == k + 1)
            score = 2 * tp / (np.arange(1, len(tp) + 1) + max(int(real[k]), 1))
            top = int(score.argmax()) if len(score) else 0
            thresholds.append(float(p[order[top], k]) if len(score) else 0.5)
            f1.append(float(score[top]) if len(score) else 0.0)
        if np.mean(f1) > best:
            best, choice = float(np.mean(f1)), replace(plain, tilt=tilt, thresholds=tuple(thresholds))
    return choice


def trust_of(about: Mapping[str, Any]) -> dict[str, Trust]:
    """Return the Trust stored beside weights."""
    return {
        k: Trust(
            tuple(t["types"]),
            tuple(tuple(r) for r in t["weight"]),
            tuple(t["offset"]),
            tuple(t["thresholds"]),
            t["tilt"],
        )
        for k, t in about["trust"].items()
    }


def decide(found: pd.DataFrame, trust: Mapping[str, Trust], recipe: Recipe) -> pd.DataFrame:
    """Return the peaks with their type, `score` (calibrated probability) and `kept` (above the type's threshold)."""
    out = found.assign(type=pd.Series(pd.NA, index=found.index, dtype="object"), score=0.0, kept=False)
    for group, t in trust.items():
        mine = np.flatnonzero((found["group"] == group).to_numpy())
        if not len(mine):
            continue
        p = t(features(found.iloc[mine], recipe, group))
        kind, kept = t.choose(p)
        out.loc[mine, "type"] = np.array(t.types, object)[kind]
        out.loc[mine, "score"] = p[np.arange(len(mine)), kind]
        out.loc[mine, "kept"] = kept
    return out
