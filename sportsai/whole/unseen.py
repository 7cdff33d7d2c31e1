"""Score trained weights on the whole games of a folder: which of them the weights ever saw is said, never mixed."""

from __future__ import annotations

from typing import Any

import numpy as np

from sportsai.errors import ModelError
from sportsai.learn.weights import Weights
from sportsai.tasks.moments import Games
from sportsai.whole.compare import headline
from sportsai.whole.score import WITHIN_S, guessed, interval, score
from sportsai.whole.ship import everywhere
from sportsai.whole.trials import moments

GIVEN = (
    "Weights as given, nothing fitted. Precise spotting: each finding, surest first, takes the nearest moment of its "
    "class that is free and within the tolerance; all-point interpolated AP, mean over classes. 95 % by game."
)


def unseen(loaded: Weights, games: Games) -> dict[str, Any]:
    """Return the scores of weights on games they never saw, and apart from them on those they were trained on."""
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
        found = [moments(recipe, games.lines[i], everywhere(loaded.model, recipe, games, i)) for i in index]
        figures = score(lines, found, recipe.names)
        low, high = interval(lines, [found], recipe.names, WITHIN_S[0]) if len(lines) > 1 else (np.nan, np.nan)
        rng = np.random.default_rng(0)
        usual = [max(1, round(n / len(lines))) for n in np.bincount(
            np.concatenate([line.label for line in lines]), minlength=len(recipe.names))]  # fmt: skip
        chance = score(lines, [guessed(line, rng, usual) for line in lines], recipe.names)
        rows = []
        for name, s, between in (
            (" + ".join(loaded.model.names), figures, [low, high] if len(lines) > 1 else None), ("chance", chance, None)
        ):  # fmt: skip
            mean = {headline(d): float(m) for d, m in zip(WITHIN_S, s.mean, strict=True)}
            mean |= {f"AP {n}": float(v) for n, v in zip(recipe.names, s.each[0], strict=True)}
            rows.append({"model": name, "seeds": 1, "mean": mean, "sd": {}, "interval": between})
        title = f"{len(index)} game{'s' * (len(index) != 1)} " + ("TRAINED ON" if trained else "never seen")
        ways.append({"title": title, "trained": trained, "items": sum(len(line.at_s) for line in lines),
                     "contests": [line.contest for line in lines], "rows": rows})  # fmt: skip
    note = GIVEN + (" Games the weights were trained on are set apart: their scores mean nothing." if known & set(
        games.contests) else "")  # fmt: skip
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "note": note, "ap": "AP-voc",
        "headline": headline(WITHIN_S[0]), "names": list(games.names), "ways": ways, "weights_sha256": loaded.sha256,
        "refused": dict(games.refused),
    }  # fmt: skip
