"""Trials: one model trained on every part of a task, one seed at a time, and what it then says of games it never saw.

A finished trial is kept as a file named by everything it depends on, so that a comparison that was stopped goes on
where it was, and the same trial in another table is not trained again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.splits import Split
from sportsai.learn.networks import teach
from sportsai.learn.predict import normal, unknown_key
from sportsai.learn.recipe import Recipe, TrainPart, dump_recipe
from sportsai.learn.standard import schedule, standard
from sportsai.library.atomic import write_bytes
from sportsai.tasks import EVENT, Examples, load_task

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What one model, one seed, says of every tested and every validated moment.

    test, validation (n, K): rows of moments in no such part are NaN. parameters, cpu_s: of one training, the mean.
    unknown (n, K): what it says of tested moments when the key player is not given; who (n,): the place it takes for
    him, -1 where not asked. Only of models that pool over candidates. people (n, P, A): of each person's action.
    """

    test: Float
    validation: Float
    parameters: int
    cpu_s: float
    temperatures: list[float] = field(default_factory=list)
    unknown: Float | None = None
    who: NDArray[np.int64] | None = None
    people: Float | None = None


def said_of(
    recipe: Recipe, taught: Examples, splits: list[Split], name: str, seeds: Sequence[int], keep: Path | None
) -> list[Said]:
    """Return what one model says over these splits, a training for each seed."""
    return [_say(recipe, taught, splits, name, seed, keep) for seed in seeds]


def _say(recipe: Recipe, taught: Examples, splits: list[Split], name: str, seed: int, keep: Path | None) -> Said:
    own = recipe.model_config_ if name == recipe.model else {}
    config = standard(name, taught, {k: v for k, v in own.items() if k != "frames"})
    train = recipe.train if name == recipe.model else schedule(name, recipe.train)
    path = None
    if keep is not None:
        path = keep / f"{recipe.league}-{recipe.name}-{name}-{seed}-{_mark(recipe, train, taught, config)}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return Said(
                    kept["test"], kept["validation"], int(kept["parameters"]), float(kept["cpu_s"]),
                    kept["temperatures"].tolist(), kept.get("unknown"),
                    kept.get("who"), kept.get("people"),
                )  # fmt: skip
    K = len(taught.names) or taught.windows.P
    test, validation = np.full((len(taught), K), np.nan), np.full((len(taught), K), np.nan)
    unknown, who = np.full((len(taught), K), np.nan), np.full(len(taught), -1)
    asks = name == "shared_compare" and bool(taught.names) and getattr(load_task(recipe.data.task), "KEY", True)
    cpu, parameters, temperatures = [], [], []
    people: Float | None = None
    for split in splits:
        model = teach(name, config, taught.take(split.train), taught.take(split.validation), train, seed=seed)
        for index, into in ((split.test, test), (split.validation, validation)):
            event = index[taught.kind[index] == EVENT]
            _add(into, event, model.scores(taught.take(event)))
            if asks and into is test:
                unknown[event], who[event] = unknown_key(model.model, taught.take(event))
        if taught.people is not None and (doing := model.people(taught.take(split.test))) is not None:
            people = np.full((len(taught), *doing.shape[1:]), np.nan) if people is None else people
            _add(people, split.test, doing)
        cpu.append(model.cpu_s)
        parameters.append(model.parameters)
        temperatures.append(model.temperature)
    if (times := _times(splits, len(taught))).max() > 1 and taught.hierarchy is None:  # tested by several: their mean
        test = normal(test / np.maximum(times, 1)[:, None], taught.choices)
    told: dict[str, Any] = {"unknown": unknown.astype(np.float32), "who": who} if asks else {}
    if people is not None:
        told["people"] = people.astype(np.float32)
    done = Said(test, validation, int(np.mean(parameters)), float(np.mean(cpu)), temperatures, **told)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, test=test.astype(np.float32), validation=validation.astype(np.float32),
            parameters=done.parameters, cpu_s=done.cpu_s, temperatures=np.array(temperatures), **told,
        )  # fmt: skip
        write_bytes(path, buffer.getvalue())
    return done


def _add(into: Float, index: NDArray[np.int64], scores: Float) -> None:
    """Add scores to rows in place; a row that has none yet is NaN."""
    into[index] = np.where(np.isnan(into[index]), 0, into[index]) + scores


def _times(splits: list[Split], n: int) -> NDArray[np.int64]:
    """Return how many of the splits test each moment, (n,)."""
    return np.bincount(np.concatenate([s.test for s in splits]), minlength=n)


def _mark(recipe: Recipe, train: TrainPart, taught: Examples, config: Any) -> str:
    """Return a mark that changes with whatever a training depends on, except the program itself.

    The seed is said apart; members are of shipping only.
    """
    said = dump_recipe(recipe)
    fit = _said(said["train"] | {"epochs": train.epochs}, "train")
    fit = {k: v for k, v in fit.items() if k not in ("seed", "members")}
    parted = ("train_part", "test_part")  # say nothing where the split is another
    split = {k: v for k, v in said["split"].items() if k not in parted or recipe.split.by == "part"}
    known = repr(config)
    for later in LATER_OF_MODELS:
        known = known.replace(later, "")
    return digest(_said(said["data"], recipe.data.task), split, fit, known, dict(taught.sources), len(taught))


# keys younger than trainings that are kept: at these values they change nothing, and so say nothing
LATER: dict[str, dict[str, Any]] = {
    "train": {"jitter": 0.0, "zoom": 0.0, "precision": "32"}, "endings": {"free_throws": False},
    "roles": {"ask": "what"},
}  # fmt: skip
LATER_OF_MODELS = (", height=False", ", scene_dropout=0.5")


def _said(keys: dict[str, Any], of: str) -> dict[str, Any]:
    """Return the keys of a table of a recipe that say something."""
    quiet = LATER.get(of, {})
    return {k: v for k, v in keys.items() if k not in quiet or v != quiet[k]}


def digest(*parts: Any) -> str:
    """Return twelve hexadecimal digits that change with any of the parts, which JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]
