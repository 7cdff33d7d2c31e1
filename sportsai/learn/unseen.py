"""Score trained weights of a task on the games of a folder: which of them the weights ever saw is said, never mixed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import ModelError
from sportsai.learn.blend import Blend
from sportsai.learn.measure import chance, headline, measure, measure_people, value
from sportsai.learn.metrics import bootstrap, confusion, expected_calibration_error
from sportsai.learn.weights import Weights
from sportsai.tasks import EVENT, Examples, load_task

GIVEN = (
    "Weights as given, nothing fitted. mAP is the mean of AP-ni (non-interpolated); the 95 % interval draws games "
    "(minutes where there is one)."
)


def seen(taught: Examples, loaded: Weights) -> NDArray[np.bool_]:
    """Return which moments are of contests the weights were trained on, (n,).

    A contest is known by its id; where ids are only numbers within a file, also by the file's content.
    """
    task = load_task(loaded.recipe.data.task)
    known = np.isin(taught.contest, np.array(list(loaded.about["contests"]), str))
    if getattr(task, "OWN_IDS", True):
        return known
    same = bool(set(taught.sources.values()) & set(loaded.about["sources"].values()))
    return known & same


def unseen(loaded: Weights, taught: Examples) -> dict[str, Any]:
    """Return the scores of a blend on `taught`: games it never saw, and apart from them those it was trained on."""
    if not isinstance(loaded.model, Blend):
        raise ModelError("weights that search games", where=loaded.path, expected="weights of a task")
    names = list(loaded.about["names"])
    if list(taught.names) != names:
        raise ModelError(
            f"weights for the classes {', '.join(names) or 'none'}", where=loaded.path,
            expected=", ".join(taught.names) or "a choice among players", todo="Train again with this recipe.",
        )  # fmt: skip
    events = taught.take(taught.kind == EVENT)
    old = seen(events, loaded)
    ways, recipe = [], loaded.recipe
    for trained in (False, True):
        mine = events.take(old == trained)
        if len(mine):
            ways.append(_way(loaded, mine, trained))
    note = GIVEN + (
        "" if not old.any() else " Games the weights were trained on are set apart: their scores mean nothing."
    )
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "note": note, "ap": "AP-ni",
        "headline": headline(events), "names": names, "ways": ways, "weights_sha256": loaded.sha256,
        "refused": dict(taught.refused),
    }  # fmt: skip


def _way(loaded: Weights, events: Examples, trained: bool) -> dict[str, Any]:
    scores = loaded.model.scores(events)
    name, label = headline(events), events.windows.label
    contests = sorted(set(events.contest.tolist()))
    blocks = events.windows.game if len(contests) > 1 else events.windows.frame // 600

    def figure(index: NDArray[np.int64]) -> float:
        return value(events.take(index), scores[index], name)

    low, high = bootstrap(blocks, figure, draws=1000 if len(events) < 3000 else 200)
    right, p = scores.argmax(1) == label, np.exp(scores.max(1))
    if events.hierarchy is not None and events.also is not None:
        right, p = events.also.ravel(), np.exp(np.minimum(scores, 0)).ravel()
    share = np.array(loaded.about.get("shares") or [])
    mean = measure(
        events, scores, loaded.recipe, share if len(share) and events.names else None, loaded.about.get("lean")
    )
    doing = loaded.model.people(events) if events.people is not None else None
    if doing is not None:
        mean |= measure_people(events, doing, getattr(load_task(loaded.recipe.data.task), "ACTS", ()))
    title = f"{len(contests)} game{'s' * (len(contests) != 1)} " + ("TRAINED ON" if trained else "never seen")
    guess = chance(events)
    return {
        "title": title, "trained": trained, "items": len(events), "contests": contests,
        "rows": [
            {"model": " + ".join(loaded.model.names), "seeds": 1, "mean": mean, "sd": {}, "interval": [low, high]},
            {"model": "chance", "seeds": 1, "mean": {k: guess.get(k) for k in mean}, "sd": {}, "interval": None},
        ],
        "ece": expected_calibration_error(right, p),
        "confusion": []
        if not events.names or events.hierarchy is not None
        else confusion(label, scores.argmax(1), len(events.names)).tolist(),
    }  # fmt: skip
