"""Accuracy against the share of frames read: a scout, an even grid, glimpses, beside a model that read them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.data.timeline import Timeline
from sportsai.learn.recipe import Recipe
from sportsai.learn.spotting import Found
from sportsai.learn.steps import Progress
from sportsai.tasks.moments import Games
from sportsai.whole.fit import Seen
from sportsai.whole.parts import Part
from sportsai.whole.score import WITHIN_S, interval, score
from sportsai.whole.trials import Told, Way, moments, read_trial, with_teacher

BUDGETS = (0.01, 0.02, 0.05, 0.1, 0.2)
WINDOW_S = 1.6  # 16 frames at 10 Hz
HOWS = {
    "scout": "a scout: where it thinks itself wrong", "undecided": "a scout: where it is undecided",
    "even": "an even grid, the same network", "glimpses": "glimpses of each chunk, an LSTM agent",
}  # fmt: skip


def scouted(
    recipe: Recipe, games: Games, seen: dict[int, Seen], every: Sequence[Part], seeds: Sequence[int],
    keep: Path | None = None, hows: Sequence[str] = ("scout", "even", "undecided"), progress: Progress | None = None,
) -> tuple[dict[Way, list[Told]], list[Told]]:  # fmt: skip
    """Return what scouts of several seeds say, way by way, and what their teachers say, of the games that test."""
    ways = [*(Way(h, b) for h in hows for b in BUDGETS), Way("even", 1.0)]
    told: dict[Way, list[Told]] = {way: [] for way in ways}
    teachers = []
    for seed in seeds:
        each, taught = [], []
        for part in every:
            own, teacher = with_teacher(recipe, games, seen, part, seed, keep, progress)
            taught += [] if teacher is None else [teacher]
            each.append(read_trial(recipe, games, own, part, "scout", seed, ways, keep=keep, progress=progress,
                                   taught_by=recipe.data.teacher))  # fmt: skip
        for way in ways:
            told[way].append(_tested(every, [t[way] for t in each]))
        teachers += [_tested(every, taught)] if taught else []
    return told, teachers


def _tested(every: Sequence[Part], each: Sequence[Told]) -> Told:
    """Return what the trainings of all parts say of the games they are tested on, as one."""
    heat = {i: t.heat[i] for part, t in zip(every, each, strict=True) for i in part.test}
    return Told(heat, each[0].parameters, sum(t.cpu_s for t in each))


def points(
    recipe: Recipe, games: Games, told: Mapping[Way, Sequence[Told]], dense: Sequence[Told]
) -> list[dict[str, Any]]:
    """Return a row for each way of reading: its mAP on games that test, and its share of the dense model's.

    Shares are of the mean over seeds, at the first tolerance. "shots found": see `shots_found`; the dense model's at
    the same budget is beside it.
    """
    tested = sorted(next(iter(told.values()))[0].heat)
    lines = [games.lines[i] for i in tested]
    shot = "shot" in recipe.names

    def found(t: Told) -> list[Found]:
        return [moments(recipe, games.lines[i], t.heat[i]) for i in tested]

    def figures(each: Sequence[list[Found]]) -> dict[str, Any]:
        scored = [score(lines, f, recipe.names) for f in each]
        mean = np.mean([s.mean for s in scored], axis=0)
        return {
            "mAP": [float(m) for m in mean], "sd": float(np.std([s.mean[0] for s in scored])),
            "AP": dict(zip(recipe.names, np.mean([s.each[0] for s in scored], axis=0).tolist(), strict=True)),
            "interval": list(interval(lines, each, recipe.names, WITHIN_S[0])), "seeds": len(each),
        }  # fmt: skip

    def shots(each: Sequence[list[Found]], budget: float) -> float:
        return float(np.mean([shots_found(lines, f, recipe.names.index("shot"), budget) for f in each]))

    by_all = [found(t) for t in dense]
    whole = figures(by_all) if dense else None
    rows = [] if whole is None else [{"how": "dense", "budget": 1.0, **whole, "share": 1.0}]
    for way, each in told.items():
        by_few = [found(t) for t in each]
        row = {"how": way.how, "budget": way.budget, **figures(by_few)}
        row["share"] = None if whole is None else row["mAP"][0] / whole["mAP"][0]
        if shot and whole is not None:
            row["share, shots"] = row["AP"]["shot"] / whole["AP"]["shot"]
            row["shots found, dense"] = shots(by_all, way.budget)
        if shot:
            row["shots found"] = shots(by_few, way.budget)
        rows.append(row)
    return rows


def shots_found(
    lines: Sequence[Timeline], found: Sequence[Found], k: int, budget: float, within_s: float = WITHIN_S[0]
) -> float:
    """Return the share of shots, class k, with a finding near them, of as many findings a game, the surest, as the
    budget would buy windows of WINDOW_S."""
    near: list[bool] = []
    for line, said in zip(lines, found, strict=True):
        said = said.take(said.label == k)
        most = max(1, round(budget * len(line) * line.step_s / WINDOW_S))
        said = said.take(np.argsort(-said.score, kind="stable")[:most])
        for period, at in zip(line.period[line.label == k], line.at_s[line.label == k], strict=True):
            near.append(bool((np.abs(said.at[said.game == period] - at) <= within_s).any()))
    return float(np.mean(near)) if near else float("nan")
