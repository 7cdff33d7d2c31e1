"""Every model on the same examples and parts: what it scores on games it never saw, what it costs, which one to use.

Scores of all parts are put together before they are measured; each contest is scored by models that never saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.splits import Split
from sportsai.errors import RecipeError, nearest
from sportsai.layers.cooccurrence import phi
from sportsai.learn.batches import refuse_empty
from sportsai.learn.clips import clips_of
from sportsai.learn.lessons import folds
from sportsai.learn.measure import MANY, chance, headline, leaning, measure, measure_people, value
from sportsai.learn.metrics import bootstrap, confusion, curve, expected_calibration_error
from sportsai.learn.networks import MOST_FOR_SVM
from sportsai.learn.predict import averaged
from sportsai.learn.recipe import Recipe
from sportsai.learn.standard import CLASSICAL, ENTRIES, NETWORKS, RULES, chooses, module_of
from sportsai.learn.trials import Said, said_of
from sportsai.models import load_model, model_names
from sportsai.tasks import EVENT, Examples, load_task

Float = NDArray[np.float64]
Progress = Callable[..., None]
ONCE = ("idt_svm", "majority", "last_holder")  # nothing in them is drawn: one seed is all there is


def compare(
    recipe: Recipe, taught: Examples, models: Sequence[str], *, seeds: Sequence[int] = (0, 1, 2),
    progress: Progress | None = None, keep: Path | None = None, briefly: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return the table of `models` on a task.

    Parameters
    ----------
    seeds: trainings a model. briefly: models trained once only, with the first seed. keep: folder for finished
        trainings; what is there and of the same recipe, games and configuration is not trained again.

    Raises RecipeError when a class has no example in a part, DataError when no honest split is left.
    """
    splits = folds(taught, recipe)
    if taught.names and len(taught.names) <= MANY:
        for split in splits:
            refuse_empty(taught.take(split.train), _whole(len(split.train)), None)
    said: dict[str, list[Said]] = {}
    jobs = [(m, s) for m in models for s in (seeds[:1] if m in (*ONCE, *briefly) else seeds)]
    for n, (name, seed) in enumerate(jobs):
        if progress:
            progress(n, len(jobs), text=f"{name}, seed {seed}")
        said.setdefault(name, []).extend(said_of(recipe, taught, splits, name, (seed,), keep))
    if progress:
        progress(len(jobs), len(jobs))
    return table(recipe, taught, splits, said)


def table(recipe: Recipe, taught: Examples, splits: list[Split], said: dict[str, list[Said]]) -> dict[str, Any]:
    """Return the results of what models said: a row a model, the joined ones last, and which to use."""
    tested = np.flatnonzero(np.isfinite(next(iter(said.values()))[0].test).any(1))
    events = taught.take(tested)
    held = np.flatnonzero(np.isfinite(next(iter(said.values()))[0].validation).any(1))
    check = taught.take(held)
    name = headline(taught)
    ways = _ways(recipe, splits, tested)
    share = _shares(taught, splits)[tested]
    joined = [m for m in (recipe.model, *recipe.joined) if m in said]
    if recipe.joined and len(joined) == 1 + len(recipe.joined):
        said = said | {" + ".join(joined): [_joined(said, joined, taught)]}
    acts = getattr(load_task(recipe.data.task), "ACTS", ())
    doing = _people_shares(taught, splits)[tested] if taught.people is not None else None
    rows: list[dict[str, Any]] = []
    for model, each in said.items():
        scores = [s.test[tested] for s in each]
        leans = [_leans(taught, splits, s.validation, name)[tested] for s in each]
        figures = [_measured(events, s, recipe, ways, share, c) for s, c in zip(scores, leans, strict=True)]
        if taught.people is not None and all(s.people is not None for s in each):
            for row, s in zip(figures, each, strict=True):
                row |= measure_people(events, s.people[tested], acts, doing)  # type: ignore[index]
        mean = {k: float(np.nanmean([f[k] for f in figures])) for k in figures[0]}
        sd = {k: float(np.nanstd([f[k] for f in figures])) for k in figures[0]}
        low, high = _interval(events, scores, name, ways, recipe)
        rows.append(
            {
                "model": model, "seeds": len(each), "mean": mean, "sd": sd, "interval": [low, high],
                "validation": float(np.mean([value(check, s.validation[held], name) for s in each])),
                "parameters": int(np.mean([s.parameters for s in each])),
                "cpu_s": float(np.mean([s.cpu_s for s in each])), "joined": model not in NAMES and " + " in model,
            }
        )  # fmt: skip
    for model, each in list(said.items()):
        if each[0].unknown is not None:
            rows.append(_unknown_row(model, each, events, tested, recipe, ways, share))
    best = max((r for r in rows if r["validation"] is not None), key=lambda r: float(r["validation"]))
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "items": len(events), "headline": name,
        "contests": len(set(events.contest.tolist())), "parts": len(splits), "ap": "AP-ni", "names": list(taught.names),
        "chance": chance(events), "rows": rows, "best": best["model"],
        "note": _note(recipe, events, splits, "idt_svm" in said, any(s[0].unknown is not None for s in said.values())),
        "differences": _differences(said, rows, events, tested, recipe, name, ways),
        "confusion": _confusion(said, best["model"], events, tested),
        "curves": _curves(said, best["model"], events, tested),
        "reliability": _reliability(said, best["model"], events, tested), "refused": dict(taught.refused),
        "terms": taught.terms, "networks": [m for m in said if m not in (*CLASSICAL, *RULES) and " + " not in m],
        **_labels(taught), **_clips(said, best["model"], events, tested),
    }  # fmt: skip


NAMES = (*NETWORKS, *CLASSICAL)
_DRAWS = 1000


def model_list(named: str | None, recipe: Recipe) -> list[str]:
    """Return the models to compare: the named ones (separated by commas), else all that suit the recipe's task.

    Raises RecipeError naming the nearest when one is unknown, or when it cannot answer what the task asks.
    """
    suited = list(getattr(load_task(recipe.data.task), "MODELS", NAMES))
    only = {m for m in suited if getattr(load_model(module_of(m)), "ONLY_CHOOSES", False)}  # which player, no class
    suited = [m for m in suited if m not in only] if recipe.names else [m for m in suited if chooses(m)]
    if named:
        chosen = [m.strip() for m in named.split(",") if m.strip()]
        for name in chosen:
            if name not in (known := (*NAMES, *suited, *model_names(), *ENTRIES)):
                raise RecipeError(f'no model named "{name}"', todo=nearest(name, tuple(dict.fromkeys(known))))
            if recipe.names and getattr(load_model(module_of(name)), "ONLY_CHOOSES", False):
                raise RecipeError(f'"{name}" only chooses among players', expected=f"some of {', '.join(suited)}")
            if not recipe.names and not chooses(name):
                raise RecipeError(f'"{name}" cannot choose among players', expected=f"some of {', '.join(suited)}")
        return chosen
    return [*suited, *(m for m in (recipe.model, *recipe.joined) if m not in suited)]


def _unknown_row(
    model: str, each: list[Said], events: Examples, tested: NDArray[np.int64], recipe: Recipe,
    ways: list[NDArray[np.int64]], share: Float,
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a model that is not told who the key player is, with how often it names the right one."""
    scores = [s.unknown[tested] for s in each if s.unknown is not None]
    figures = [_measured(events, s, recipe, ways, share) for s in scores]
    right = [float((s.who[tested] == events.windows.key).mean()) for s in each if s.who is not None]
    low, high = _interval(events, scores, headline(events), ways, recipe)
    return {
        "model": f"{model}, unknown key", "seeds": len(each),
        "mean": {k: float(np.nanmean([f[k] for f in figures])) for k in figures[0]},
        "sd": {k: float(np.nanstd([f[k] for f in figures])) for k in figures[0]}, "interval": [low, high],
        "validation": None, "parameters": int(np.mean([s.parameters for s in each])), "cpu_s": None, "joined": False,
        "who": float(np.mean(right)),
    }  # fmt: skip


def _joined(said: dict[str, list[Said]], names: list[str], taught: Examples) -> Said:
    """Return the mean of the log-probabilities of every seed of these models."""
    many = taught.hierarchy is not None
    each = [averaged([s.test for s in said[n]], taught.choices, many) for n in names]
    held = [averaged([s.validation for s in said[n]], taught.choices, many) for n in names]
    parameters = sum(s.parameters for n in names for s in said[n])
    cpu = sum(s.cpu_s for n in names for s in said[n])
    doing = [s.people for n in names for s in said[n] if s.people is not None]
    people = np.mean(doing, axis=0) if doing else None
    test, validation = averaged(each, taught.choices, many), averaged(held, taught.choices, many)
    return Said(test, validation, parameters, cpu, people=people)


def _ways(recipe: Recipe, splits: list[Split], tested: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return which of the tested moments are measured together: all; or, half against half, each way alone."""
    if recipe.split.by == "game":
        return [np.arange(len(tested))]
    return [np.flatnonzero(np.isin(tested, split.test)) for split in splits]


def _shares(taught: Examples, splits: list[Split]) -> Float:
    """Return the share of each class among the events that trained each moment's model, (n, K); NaN untested."""
    K = len(taught.names)
    share = np.full((len(taught), max(K, 1)), np.nan)
    for split in splits if K else ():
        event = split.train[taught.kind[split.train] == EVENT]
        share[split.test] = np.bincount(taught.windows.label[event], minlength=K) / max(len(event), 1)
    return share


def _people_shares(taught: Examples, splits: list[Split]) -> Float:
    """Return the share of each action of people among those that trained each moment's model, (n, A)."""
    assert taught.people is not None
    A = len(taught.people_names)
    share = np.full((len(taught), A), np.nan)
    for split in splits:
        doing = taught.people[split.train[taught.kind[split.train] == EVENT]]
        count = np.bincount(doing[doing >= 0], minlength=A)
        share[split.test] = count / max(int(count.sum()), 1)
    return share


def _leans(taught: Examples, splits: list[Split], validation: Float, name: str) -> Float:
    """Return how far each moment's decision leans to rare classes: chosen where its model validated, (n,)."""
    lean = np.zeros(len(taught))
    if name != "mAP" or taught.hierarchy is not None:
        return lean
    share = _shares(taught, splits)
    for split in splits:
        held = split.validation[np.isfinite(validation[split.validation]).all(1)]
        if len(held) and len(split.test):
            label = taught.windows.label[held]
            lean[split.test] = leaning(label, validation[held], share[split.test[0]])
    return lean


def _measured(
    events: Examples, scores: Float, recipe: Recipe, ways: list[NDArray[np.int64]], share: Float,
    lean: Float | None = None,
) -> dict[str, float]:  # fmt: skip
    each = [
        measure(
            events.take(w), scores[w], recipe, share[w] if events.names else None, None if lean is None else lean[w]
        )
        for w in ways
    ]
    return {k: float(np.mean([e[k] for e in each])) for k in each[0]}


def _mean(
    events: Examples, scores: list[Float], name: str, index: NDArray[np.int64], ways: list[NDArray[np.int64]]
) -> float:
    """Return the headline of some moments, the mean over ways and seeds."""
    found = []
    for way in ways:
        here = index if len(ways) == 1 else index[np.isin(index, way)]
        part = _Rows(events, here)
        found += [value(part, s[here], name) for s in scores]  # type: ignore[arg-type]
    return float(np.mean(found))


def _interval(
    events: Examples, scores: list[Float], name: str, ways: list[NDArray[np.int64]], recipe: Recipe
) -> tuple[float, float]:
    return bootstrap(_blocks(events, recipe), lambda i: _mean(events, scores, name, i, ways), draws=_DRAWS)


class _Rows:
    """As much of Examples as `value` reads: cutting whole windows a thousand times would cost minutes."""

    def __init__(self, events: Examples, index: NDArray[np.int64]) -> None:
        self.windows = self
        self.label = events.windows.label[index]
        self.hierarchy = events.hierarchy
        self.also = None if events.also is None else events.also[index]


def _blocks(events: Examples, recipe: Recipe) -> NDArray[np.int64]:
    """Return what the interval draws: contests, or minutes where there is one."""
    if recipe.split.by == "game":
        return events.windows.game
    w = events.windows
    return w.game * 100_000 + w.period.astype(np.int64) * 1000 + w.frame // (60 * 10)


def _differences(
    said: dict[str, list[Said]], rows: list[dict[str, Any]], events: Examples, tested: NDArray[np.int64],
    recipe: Recipe, name: str, ways: list[NDArray[np.int64]],
) -> dict[str, list[float]]:  # fmt: skip
    """Return each model's headline minus that of gradient boosting: mean and 95 % interval, paired by contest."""
    if "boosted" not in said:
        return {}
    theirs = [s.test[tested] for s in said["boosted"]]
    found = {}
    for row in rows:
        if row["model"] in ("boosted", "majority") or row["model"] not in said:
            continue
        ours = [s.test[tested] for s in said[row["model"]]]

        def gap(i: NDArray[np.int64], ours: list[Float] = ours) -> float:
            return _mean(events, ours, name, i, ways) - _mean(events, theirs, name, i, ways)

        low, high = bootstrap(_blocks(events, recipe), gap, draws=_DRAWS // 2)
        found[row["model"]] = [gap(np.arange(len(events))), low, high]
    return found


def _clips(said: dict[str, list[Said]], best: str, events: Examples, tested: NDArray[np.int64]) -> dict[str, Any]:
    """Return a few clips with what the best model says of each person in them, where it says anything of people."""
    doing = [s.people[tested] for s in said[best] if s.people is not None]
    if not doing or events.people is None:
        return {}
    scores = averaged([s.test[tested] for s in said[best]])
    return {"clips": clips_of(events, scores, np.mean(doing, axis=0))}


def _labels(taught: Examples) -> dict[str, Any]:
    """Return how the labels of a task with many stand to each other: rules, and which come together."""
    if taught.hierarchy is None or taught.also is None:
        return {}
    also = taught.also[taught.kind == EVENT]
    about = {
        "names": list(taught.names),
        "count": also.sum(0).tolist(),
        "phi": phi(also).double().numpy().round(4).tolist(),
    }
    return {"labels": about | asdict(taught.hierarchy)}


def _confusion(said: dict[str, list[Said]], model: str, events: Examples, tested: NDArray[np.int64]) -> list[list[int]]:
    if not events.names or events.hierarchy is not None:
        return []
    best = averaged([s.test[tested] for s in said[model]])
    return confusion(events.windows.label, best.argmax(1), len(events.names)).tolist()


def _curves(
    said: dict[str, list[Said]], best: str, events: Examples, tested: NDArray[np.int64]
) -> dict[str, dict[str, list[list[float]]]]:
    """Return precision over recall of each class: of the best model, and of Shared-Compare with and without the key."""
    if not events.names or len(events.names) > MANY or events.hierarchy is not None:
        return {}
    drawn = {best: [s.test[tested] for s in said[best]]}
    for name, each in said.items():
        if each[0].unknown is not None:
            drawn[f"{name}, known key"] = [s.test[tested] for s in each]
            drawn[f"{name}, unknown key"] = [s.unknown[tested] for s in each if s.unknown is not None]
    found: dict[str, dict[str, list[list[float]]]] = {}
    for model, scores in drawn.items():
        pooled = averaged(scores)
        for k, label in enumerate(events.names):
            precision, recall = curve(events.windows.label == k, pooled[:, k])
            at = np.unique(np.searchsorted(recall, np.linspace(0, 1, 60)).clip(max=len(recall) - 1))
            found.setdefault(model, {})[label] = [recall[at].round(4).tolist(), precision[at].round(4).tolist()]
    return found


def _reliability(
    said: dict[str, list[Said]], model: str, events: Examples, tested: NDArray[np.int64]
) -> dict[str, Any]:
    """Return stated probability against share right in ten bins, and the expected calibration error.

    Of the likeliest class; where several labels may hold, of every label.
    """
    best = averaged([s.test[tested] for s in said[model]], events.choices, events.hierarchy is not None)
    p, right = np.exp(best.max(1)), best.argmax(1) == events.windows.label
    if events.hierarchy is not None and events.also is not None:
        p, right = np.exp(np.minimum(best, 0)).ravel(), events.also.ravel()
    bins = np.minimum((p * 10).astype(int), 9)
    each = [
        [float(p[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum())] for b in np.unique(bins)
    ]
    return {"model": model, "bins": each, "ece": expected_calibration_error(right, p)}


def _note(recipe: Recipe, events: Examples, splits: list[Split], machine: bool, unknown: bool) -> str:
    contests = len(set(events.contest.tolist()))
    few = f" IDT + SVM learns from {MOST_FOR_SVM:,} windows at most: its cost is quadratic." if machine else ""
    if unknown:
        few += (
            " Unknown key: a network taught with the key given is asked of everybody in turn; it never learned whom not"
            " to take."
        )
    if recipe.split.by == "period":
        return (
            "One game: half against half, both ways; intervals draw one-minute blocks. mAP is the mean of AP-ni "
            f"(non-interpolated).{few}"
        )
    if recipe.split.by == "part":
        return (
            f"{len(events)} moments of {contests} games its authors set apart; {len(splits)} trainings, each with "
            f"others validating, answer together. 95 % intervals draw games. mAP is the mean of AP-ni.{few}"
        )
    return (
        f"{len(events)} moments of {contests} games in {len(splits)} part{'s' * (len(splits) != 1)}; no game trains "
        f"and tests; 95 % intervals draw games. mAP is the mean of AP-ni (non-interpolated).{few}"
    )


def _whole(n: int) -> Split:
    every, none = np.arange(n), np.zeros(0, np.int64)
    return Split(every, every, every, none)
