"""Trials: a model of whole games taught on a part's games, and what it then says of every game.

A finished trial is kept as a file named by all it depends on, so that a comparison that was stopped goes on.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.learn.recipe import Recipe, TrainPart
from sportsai.learn.spotting import Found
from sportsai.learn.steps import Progress
from sportsai.learn.trials import digest
from sportsai.library.atomic import write_bytes
from sportsai.sequence_models import load_sequence_model
from sportsai.tasks.moments import Games
from sportsai.whole.fit import Fitted, Seen, fit
from sportsai.whole.heat import heat
from sportsai.whole.parts import Part
from sportsai.whole.score import score
from sportsai.whole.spots import spots

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What one training says: the heat of each game, by its place, (N, K) each; of those that taught it, too."""

    heat: dict[int, Float]
    parameters: int
    cpu_s: float


def config_of(recipe: Recipe, name: str, inputs: int, **changes: Any) -> Any:
    """Return a model's configuration: the recipe's own for its model, the model's defaults for others."""
    if name == recipe.model and not changes:
        return recipe.config()
    own = dict(recipe.model_config_) if name == recipe.model else {}
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in {**own, **changes}.items()}
    return load_sequence_model(name).Config(**{"inputs": inputs, "classes": len(recipe.names), **values})


def seen_all(games: Games, recipe: Recipe, index: Sequence[int]) -> list[Seen]:
    """Return the games at `index`, read whole, as the recipe's model sees them."""
    d = recipe.data
    return [Seen.of(games.lines[i], d.heat_s, pace=d.pace, gaps=d.gaps) for i in index]


def say(model: Any, seen: Seen, mirrors: bool = True) -> Float:
    """Return what a model says at every frame of a game, (N, K)."""
    return heat([model], seen.x, seen.names, seen.line.stretches(), mirrors)


def moments(recipe: Recipe, line: Timeline, told: Float) -> Found:
    """Return the moments that stand out of what is said of a game."""
    return spots(line, told, recipe.detect.apart_s, recipe.data.shadow_s)


def taught(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, name: str, config: Any, seed: int,
    train: TrainPart | None = None, progress: Progress | None = None,
) -> Fitted:  # fmt: skip
    """Return the model fitted to a part's games, its epoch chosen by mAP at the recipe's tolerance on those held."""

    def measure(model: Any) -> float:
        found = [moments(recipe, games.lines[i], say(model, seen[i], mirrors=False)) for i in part.validation]
        lines = [games.lines[i] for i in part.validation]
        return float(score(lines, found, recipe.names, (recipe.detect.tolerance_s,)).mean[0])

    return fit(
        name, config, [seen[i] for i in part.train], train or recipe.train, recipe.data.chunk, measure, seed=seed,
        figure=f"mAP within {recipe.detect.tolerance_s:g} s", progress=progress,
    )  # fmt: skip


def trial(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, name: str, seed: int, *, keep: Path | None = None,
    progress: Progress | None = None, **changes: Any,
) -> Told:  # fmt: skip
    """Return what one training of a model says of the games that choose and test; kept in `keep`, if given.

    changes: of the model's configuration.
    """
    config = config_of(recipe, name, next(iter(seen.values())).x.shape[1], **changes)
    path = None
    if keep is not None:
        t = {k: v for k, v in recipe.train.model_dump().items() if k not in ("seed", "members")}
        lines = [(line.contest, len(line), len(line.at_s)) for line in games.lines]
        mark = digest(recipe.data.model_dump(mode="json"), repr(config), t, vars(part), lines, dict(games.sources))
        path = keep / f"{recipe.league}-{recipe.name}-{name}-{seed}-{mark}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                said = {int(k): kept[k].astype(np.float64) for k in kept.files if k.isdigit()}
                return Told(said, int(kept["parameters"]), float(kept["cpu_s"]))
    model = taught(recipe, games, seen, part, name, config, seed, progress=progress)
    told = {i: say(model.model, seen[i], mirrors=i not in part.train) for i in range(len(games))}
    if path is not None:
        out = io.BytesIO()
        half: dict[str, Any] = {str(i): v.astype(np.float16) for i, v in told.items()}
        np.savez_compressed(out, parameters=model.parameters, cpu_s=model.cpu_s, **half)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, out.getvalue())
    return Told(told, model.parameters, model.cpu_s)
