"""Score trained weights on the whole games of a folder: which of them the weights ever saw is said, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sportsai.errors import ModelError
from sportsai.learn.weights import Weights
from sportsai.tasks.moments import Games
from sportsai.whole import labels
from sportsai.whole.compare import entry, figures_of, headline, shares
from sportsai.whole.score import WITHIN_S, guessed, interval, score
from sportsai.whole.trials import moments, said_of

GIVEN = "Weights as given, nothing fitted. "
SPOTTED = (
    "Precise spotting: each finding, surest first, takes the nearest moment of its class that is free and within the "
    "tolerance; all-point interpolated AP, mean over classes. 95 % by game."
)
LABELLED = "Per-frame AP (non-interpolated) of each label over all frames put together, mean over labels. 95 % by game."
APART = " Games the weights were trained on are set apart: their scores mean nothing."


def unseen(loaded: Weights, games: Games) -> dict[str, Any]:
    """Return the scores of weights on games they never saw, and apart from them on those they were trained on.

    Weights that read few frames are scored at several shares of them.
    """
    recipe = loaded.recipe
    if list(loaded.about["names"]) != list(games.names):
        raise ModelError(
            f"weights for the classes {', '.join(loaded.about['names'])}", where=loaded.path,
            expected=", ".join(games.names), todo="Train again with this recipe.",
        )  # fmt: skip
    known = set(loaded.about["contests"])
    ways = []
    for trained in (False, True):
        index = [i for i, c in enumerate(games.contests) if (c in known) == trained]
        if not index:
            continue
        lines = [games.lines[i] for i in index]
        rows = _labelled(loaded, games, index) if recipe.every_frame else _spotted(loaded, games, index)
        title = f"{len(index)} game{'s' * (len(index) != 1)} " + ("TRAINED ON" if trained else "never seen")
        items = sum(len(line) if recipe.every_frame else len(line.at_s) for line in lines)
        ways.append({"title": title, "trained": trained, "items": items, "contests": [line.contest for line in lines],
                     "rows": rows})  # fmt: skip
    note = GIVEN + (LABELLED if recipe.every_frame else SPOTTED) + (APART if known & set(games.contests) else "")
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "note": note,
        "ap": "AP-ni" if recipe.every_frame else "AP-voc", "unit": "frames" if recipe.every_frame else "moments",
        "headline": "mAP" if recipe.every_frame else headline(WITHIN_S[0]), "names": list(games.names), "ways": ways,
        "weights_sha256": loaded.sha256, "refused": dict(games.refused),
    }  # fmt: skip


def _spotted(loaded: Weights, games: Games, index: Sequence[int]) -> list[dict[str, Any]]:
    recipe, lines = loaded.recipe, [games.lines[i] for i in index]
    name, models = " + ".join(loaded.model.names), [m.model for m in loaded.model.members]
    rows = []
    for share in shares(recipe.model):
        found = [moments(recipe, line, said_of(models, recipe, line, share)) for line in lines]
        between = list(interval(lines, [found], recipe.names, WITHIN_S[0])) if len(lines) > 1 else None
        rows.append(_row(entry(name, share), figures_of(recipe, score(lines, found, recipe.names)), between))
    rng = np.random.default_rng(0)
    usual = [max(1, round(n / len(lines))) for n in np.bincount(
        np.concatenate([line.label for line in lines]), minlength=len(recipe.names))]  # fmt: skip
    chance = score(lines, [guessed(line, rng, usual) for line in lines], recipe.names)
    return [*rows, _row("chance", figures_of(recipe, chance), None)]


def _labelled(loaded: Weights, games: Games, index: Sequence[int]) -> list[dict[str, Any]]:
    recipe, models = loaded.recipe, [m.model for m in loaded.model.members]
    heat = {i: said_of(models, recipe, games.lines[i]) for i in index}
    between = labels.interval(games, recipe.names, heat) if len(index) > 1 else None
    return [
        _row(" + ".join(loaded.model.names), labels.measure(games, recipe.names, heat), between),
        _row("chance", labels.guess(games, recipe.names, index), None),
    ]


def _row(name: str, mean: dict[str, float], between: list[float] | None) -> dict[str, Any]:
    return {"model": name, "seeds": 1, "mean": mean, "sd": {}, "interval": between}
