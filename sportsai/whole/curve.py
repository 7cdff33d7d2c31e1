"""Accuracy against the share of frames read: a scout, an even grid, glimpses, beside a model that read them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.learn.recipe import Recipe
from sportsai.learn.steps import Progress
from sportsai.tasks.moments import Games
from sportsai.whole.fit import Seen
from sportsai.whole.parts import Part
from sportsai.whole.score import WITHIN_S, interval, score
from sportsai.whole.spots import pooled, true
from sportsai.whole.trials import Told, Way, moments, read_trial, with_teacher

BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2)
HOWS = {
    "scout": "a scout: where it thinks itself wrong", "undecided": "a scout: where it is undecided",
    "even": "an even grid, the same network", "glimpses": "glimpses of each chunk, an LSTM agent",
}  # fmt: skip


def scouted(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, seeds: Sequence[int], keep: Path | None = None,
    hows: Sequence[str] = ("scout", "even", "undecided"), progress: Progress | None = None,
) -> tuple[dict[Way, list[Told]], list[Told]]:  # fmt: skip
    """Return what scouts of several seeds say, way by way, and what their teachers say of the same games."""
    ways = [*(Way(h, b) for h in hows for b in BUDGETS), Way("even", 1.0)]
    told: dict[Way, list[Told]] = {way: [] for way in ways}
    teachers = []
    for seed in seeds:
        own, teacher = with_teacher(recipe, games, seen, part, seed, keep, progress)
        if teacher is not None:
            teachers.append(teacher)
        each = read_trial(recipe, games, own, part, "scout", seed, ways, keep=keep, progress=progress,
                          taught_by=recipe.data.teacher)  # fmt: skip
        for way in ways:
            told[way].append(each[way])
    return told, teachers


def points(
    recipe: Recipe, games: Games, part: Part, told: Mapping[Way, Sequence[Told]], dense: Sequence[Told]
) -> list[dict[str, Any]]:
    """Return a row for each way of reading: its mAP on games that test, and its share of the dense model's.

    Shares are of the mean over seeds, at the first tolerance.
    """
    lines = [games.lines[i] for i in part.test]

    def found(t: Told) -> list[Any]:
        return [moments(recipe, games.lines[i], t.heat[i]) for i in part.test]

    def figures(each: Sequence[Told]) -> dict[str, Any]:
        scored = [score(lines, found(t), recipe.names) for t in each]
        mean = np.mean([s.mean for s in scored], axis=0)
        return {
            "mAP": [float(m) for m in mean], "sd": float(np.std([s.mean[0] for s in scored])),
            "AP": dict(zip(recipe.names, np.mean([s.each[0] for s in scored], axis=0).tolist(), strict=True)),
            "interval": list(interval(lines, [found(t) for t in each], recipe.names, WITHIN_S[0])), "seeds": len(each),
        }  # fmt: skip

    whole = figures(dense) if dense else None
    rows = [] if whole is None else [{"how": "dense", "budget": 1.0, **whole, "share": 1.0}]
    for way, each in told.items():
        one = figures(each)
        share = None if whole is None else one["mAP"][0] / whole["mAP"][0]
        shot = "shot" in recipe.names and whole is not None
        rows.append({"how": way.how, "budget": way.budget, **one, "share": share,
                     "share, shots": one["AP"]["shot"] / whole["AP"]["shot"] if shot and whole else None})  # fmt: skip
    return rows


def shots_found(recipe: Recipe, games: Games, part: Part, told: Sequence[Told], within_s: float = WITHIN_S[0]) -> float:
    """Return the share of shots that any finding, however unsure, lies near: the recall of all that was said."""
    k = recipe.names.index("shot")
    each = []
    for t in told:
        truth = pooled([true(games.lines[i]) for i in part.test])
        said = pooled([moments(recipe, games.lines[i], t.heat[i]) for i in part.test])
        truth, said = truth.take(truth.label == k), said.take(said.label == k)
        near = [
            (np.abs(said.at[said.game == g] - at) <= within_s).any() for g, at in zip(truth.game, truth.at, strict=True)
        ]
        each.append(float(np.mean(near)))
    return float(np.mean(each))
