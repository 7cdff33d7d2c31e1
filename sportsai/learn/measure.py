"""The figures of a task: of classes, of a choice among players, and what the task itself adds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sportsai.data.styles import team_quarter
from sportsai.learn.metrics import (
    accuracy,
    ap_ni,
    balanced_accuracy,
    confusion,
    hit_at,
    macro_f1,
    mean_ap,
    mean_ap_of,
    scores_of,
)
from sportsai.learn.recipe import Recipe
from sportsai.tasks import Examples, load_task

Float = NDArray[np.float64]


def headline(taught: Examples) -> str:
    """Return the figure that chooses: the task's, or mAP, or top-1 where a player is asked for or classes are many."""
    if taught.headline:
        return taught.headline
    if taught.hierarchy is not None:
        return "mAP"
    return "mAP" if taught.names and len(taught.names) <= MANY else "top-1"


MANY = 12  # more classes than this are scored by hits, not by a row of average precisions


LEANS = np.arange(21) / 20  # 0: the likeliest class; 1: as if all classes were as common


def measure(
    taught: Examples, scores: Float, recipe: Recipe, share: Float | None = None, lean: float | Float | None = None
) -> dict[str, float]:
    """Return every figure of scores (n, K) or (n, P) on examples.

    Parameters
    ----------
    share: of each class where the model was trained, (K,) or (n, K): gives the balanced accuracy of the other decision,
        too, in which every class is held equally likely beforehand.
    lean: how far a third decision goes that way, of all or (n,), as `leaning` chose it on validation.
    """
    if taught.hierarchy is not None:
        return _of_labels(taught, scores)
    label = taught.windows.label
    task = load_task(recipe.data.task)
    if not taught.names or len(taught.names) > MANY:
        row = {f"top-{k}": hit_at(label, scores, k) for k in (1, 2, 3)}
    else:
        row = scores_of(label, scores, list(taught.names))
        if share is not None:
            even = scores - np.log(np.maximum(share, 1e-9))
            row["balanced, even"] = balanced_accuracy(confusion(label, even.argmax(1), len(taught.names)))
        if share is not None and lean is not None:
            row["macro-F1, leaned"] = macro_f1(confusion(label, leaned(scores, share, lean), len(taught.names)))
        if taught.also is not None:
            each = [ap_ni(taught.also[:, k], scores[:, k]) for k in range(len(taught.names))]
            row["mAP, all labels"] = float(np.nanmean(each))
    for name, column in getattr(task, "APART", {}).items():
        rest = ~taught.facts[column].to_numpy(bool)
        row[name] = mean_ap(label[rest], scores[rest]) if rest.any() else float("nan")
    for name, column in getattr(task, "POOLED", {}).items():
        pooled = team_quarter(scores, taught.facts[column].to_numpy(str))
        first = {g: int(t) for g, t in zip(taught.facts[column].astype(str), label, strict=True)}
        row[name] = float(np.mean([first[g] == c for g, c in zip(pooled.group, pooled.choice, strict=True)]))
    return row


def _of_labels(taught: Examples, scores: Float) -> dict[str, float]:
    """Return the average precision of each label, NaN of one that never holds, and their means, all and by level.

    Per item: of each moment that has a label, how well its labels are ranked before the others, the mean.
    """
    from sklearn.metrics import label_ranking_average_precision_score

    assert taught.also is not None
    assert taught.hierarchy is not None
    each = np.array([ap_ni(taught.also[:, k], scores[:, k]) for k in range(len(taught.names))])
    level = np.array(taught.hierarchy.level)
    row = {"mAP": float(np.nanmean(each))}
    row |= {
        f"mAP, level {t + 1}": float(np.nanmean(each[level == t]))
        for t in np.unique(level)
        if np.isfinite(each[level == t]).any()
    }
    some = taught.also.any(1)
    row["mAP per item"] = float(label_ranking_average_precision_score(taught.also[some], scores[some]))
    return row | {f"AP {n}": float(v) for n, v in zip(taught.names, each, strict=True)}


def measure_people(
    taught: Examples, people: Float, acts: Sequence[str] = (), share: Float | None = None
) -> dict[str, float]:
    """Return how often each person's action is right, of all and the mean over actions. Shape: people (n, P, A).

    acts: the actions of which one person does one; then also how often the likeliest to do any of them is he who does,
    and of choosing anybody who is there. share (n, A): of each action where the model was trained: then also the other
    decision, in which every action is held equally likely beforehand.
    """
    assert taught.people is not None
    known = taught.people >= 0
    table = confusion(taught.people[known], people[known].argmax(-1), len(taught.people_names))
    row = {"persons right": accuracy(table), "persons, mean of actions": balanced_accuracy(table)}
    if share is not None:
        even = (people - np.log(np.maximum(share, 1e-9))[:, None])[known].argmax(-1)
        table = confusion(taught.people[known], even, len(taught.people_names))
        row |= {"persons right, even": accuracy(table), "persons, mean of actions, even": balanced_accuracy(table)}
    if acts:
        doing = [taught.people_names.index(a) for a in acts]
        does = np.isin(taught.people, doing)
        some = does.any(1)
        p = np.where(known[..., None], np.exp(people), 0.0)[..., doing].sum(-1)[some]
        row["who acts"] = float(does[some][np.arange(len(p)), p.argmax(1)].mean())
        row["who acts, chance"] = float((1 / known[some].sum(1)).mean())
    return row


def leaned(scores: Float, share: Float, lean: float | Float) -> NDArray[np.int64]:
    """Return the class decided for: the highest log-probability less `lean` times the log of the class's share.

    Shapes: scores (n, K), share (K,) or (n, K), lean one number or (n,) -> (n,).
    """
    by = np.asarray(lean, np.float64).reshape(-1, 1)
    return np.asarray((scores - by * np.log(np.maximum(share, 1e-9))).argmax(1))


def leaning(label: NDArray[np.int64], scores: Float, share: Float) -> float:
    """Return the lean of LEANS with the best macro-F1, its neighbours' counted in: one lucky step proves nothing."""
    K = scores.shape[1]
    each = np.array([macro_f1(confusion(label, leaned(scores, share, c), K)) for c in LEANS])
    smooth = np.convolve(np.pad(each, 2, mode="edge"), np.ones(5) / 5, "valid")
    return float(LEANS[int(smooth.argmax())])


def value(taught: Examples, scores: Float, name: str) -> float:
    """Return one of the headline figures; quick enough to be drawn a thousand times."""
    label = taught.windows.label
    if taught.hierarchy is not None:
        assert taught.also is not None
        return mean_ap_of(taught.also, scores)
    return mean_ap(label, scores) if name == "mAP" else hit_at(label, scores, 1)


def chance(taught: Examples) -> dict[str, float]:
    """Return what guessing gives: a random class, or a random one of the choices."""
    if taught.choices is not None:
        many = np.maximum(taught.choices.sum(1), 1)
        return {f"top-{k}": float(np.minimum(k / many, 1).mean()) for k in (1, 2, 3)}
    K = len(taught.names)
    if taught.hierarchy is not None and taught.also is not None:
        return {"mAP": float(taught.also.mean(0)[taught.also.any(0)].mean())}
    if K > MANY:
        return {f"top-{k}": k / K for k in (1, 2, 3)}
    share = np.bincount(taught.windows.label, minlength=K) / max(len(taught), 1)
    return {"mAP": float(share[share > 0].mean()), "balanced accuracy": 1 / K, "accuracy": 1 / K}
