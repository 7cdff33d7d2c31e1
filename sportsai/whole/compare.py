"""Every model of whole games on the same games: how many of their moments it finds in games it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import RecipeError, nearest
from sportsai.learn.metrics import expected_calibration_error
from sportsai.learn.recipe import Recipe
from sportsai.learn.spotting import Found, matched
from sportsai.sequence_models import sequence_model_names
from sportsai.tasks import load_task
from sportsai.tasks.moments import Games
from sportsai.whole.parts import Part, missing, parts
from sportsai.whole.rules import ball_rule, lag_of, late
from sportsai.whole.score import WITHIN_S, Scored, guessed, interval, score
from sportsai.whole.spots import pooled, spots, true
from sportsai.whole.trials import Told, moments, seen_all, trial
from sportsai.whole.trust import curves, probability

Float = NDArray[np.float64]
Progress = Callable[..., None]
ALONE = ("ball_rule", "chance")  # nothing in them is learned: one time is all there is


def compare(
    recipe: Recipe, games: Games, models: Sequence[str], *, seeds: Sequence[int] = (0, 1, 2),
    progress: Progress | None = None, keep: Path | None = None, briefly: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return the table of `models` on the games that test; the recipe's model also with all its seeds as one.

    Parameters
    ----------
    seeds: trainings a model. briefly: models trained with the first seed only. keep: folder for finished trainings.

    Raises DataError when no honest split is left, or a class has no moment in a part.
    """
    (part,) = parts(games, recipe)[:1]
    for what, index in (("train", part.train), ("choose", part.validation), ("test", part.test)):
        missing([games.lines[i] for i in index], recipe.names, what)
    learned = [m for m in models if m not in ALONE]
    seen = dict(enumerate(seen_all(games, recipe, range(len(games))))) if learned else {}
    rows = []
    jobs = [(m, s) for m in models for s in (seeds[:1] if m in (*ALONE, *briefly) else seeds)]
    told: dict[str, list[Told]] = {}
    for n, (name, seed) in enumerate(jobs):
        if progress:
            progress(n, len(jobs), text=f"{name}, seed {seed}")
        if name not in ALONE:
            told.setdefault(name, []).append(trial(recipe, games, seen, part, name, seed, keep=keep))
    if progress:
        progress(len(jobs), len(jobs))
    for name in models:
        if name in ALONE:
            rows.append(_alone(recipe, games, part, name))
        else:
            rows.append(_row(recipe, games, part, name, [t.heat for t in told[name]], told[name]))
    mine = told.get(recipe.model, [])
    if len(mine) > 1:
        joined = {i: np.mean([t.heat[i] for t in mine], axis=0) for i in mine[0].heat}
        rows.append(_row(recipe, games, part, f"{recipe.model}, {len(mine)} as one", [joined], mine) | {"joined": True})
    guess = next((r for r in rows if r["model"] == "chance"), None) or _alone(recipe, games, part, "chance")
    best = max((r for r in rows if r["validation"] is not None), key=lambda r: r["validation"], default=rows[0])
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "headline": headline(WITHIN_S[0]),
        "items": sum(len(games.lines[i].at_s) for i in part.test), "contests": len(part.test), "ap": "AP-voc",
        "names": list(recipe.names), "rows": rows, "best": best["model"], "terms": games.terms,
        "refused": dict(games.refused), "note": note(recipe, games, part), "chance": guess["mean"],
        "differences": {}, "confusion": [],
        "reliability": _reliability(recipe, games, part, mine) if mine else {},
    }  # fmt: skip


def _reliability(recipe: Recipe, games: Games, part: Part, told: Sequence[Told]) -> dict[str, Any]:
    """Return stated probability against the share that is real, of moments found in games that test, all classes.

    What a moment's heat is worth was read off the games that choose.
    """
    heat = {i: np.mean([t.heat[i] for t in told], axis=0) for i in (*part.validation, *part.test)}
    held, tested = ([games.lines[i] for i in index] for index in (part.validation, part.test))
    found = [moments(recipe, games.lines[i], heat[i]) for i in part.validation]
    within = recipe.detect.tolerance_s
    curve_of = curves(held, found, recipe.names, within)
    truth, said = (
        pooled([true(line) for line in tested]),
        pooled([moments(recipe, games.lines[i], heat[i]) for i in part.test]),
    )
    p, right = [], []
    for k in range(len(recipe.names)):
        mine = said.take(said.label == k)
        mine = mine.take(np.argsort(-mine.score, kind="stable"))
        p.append(probability(mine, curve_of, recipe.names))
        right.append(matched(truth.take(truth.label == k), mine, within) >= 0)
    stated, real = np.concatenate(p), np.concatenate(right)
    bins = np.minimum((stated * 10).astype(int), 9)
    each = [
        [float(stated[bins == b].mean()), float(real[bins == b].mean()), int((bins == b).sum())]
        for b in np.unique(bins)
    ]
    return {"model": recipe.model, "bins": each, "ece": expected_calibration_error(real, stated)}


def headline(within_s: float) -> str:
    """Return what the mAP at a tolerance is called in tables."""
    return f"mAP ±{within_s:g} s"


def note(recipe: Recipe, games: Games, part: Part) -> str:
    """Return how the figures were made, in a few sentences."""
    count = [sum(len(games.lines[i].at_s) for i in index) for index in (part.train, part.validation, part.test)]
    sizes = [len(part.train), len(part.validation), len(part.test)]
    gaps = " Models are told how long the clock stood between frames." if recipe.data.gaps else ""
    return (
        f"{sizes[0]} games ({count[0]:,} moments) train, {sizes[1]} choose, {sizes[2]} ({count[2]:,} moments) test. "
        "Precise spotting: each finding, surest first, takes the nearest moment of its class that is free and within "
        "the tolerance; all-point interpolated AP, mean over classes; the log's times as they stand, all its entries, "
        f"those too that no frame shows. 95 % by game.{gaps}"
    )


def _row(
    recipe: Recipe, games: Games, part: Part, name: str, heats: Sequence[dict[int, Float]], told: Sequence[Told]
) -> dict[str, Any]:
    tested = [[moments(recipe, games.lines[i], h[i]) for i in part.test] for h in heats]
    held = [[moments(recipe, games.lines[i], h[i]) for i in part.validation] for h in heats]
    lines = [games.lines[i] for i in part.validation]
    validation = float(np.mean([score(lines, f, recipe.names, WITHIN_S[:1]).mean[0] for f in held]))
    return {
        **_scored(recipe, games, part, name, tested), "validation": validation,
        "parameters": int(np.mean([t.parameters for t in told])) * (len(told) if len(heats) < len(told) else 1),
        "cpu_s": float(np.mean([t.cpu_s for t in told])),
    }  # fmt: skip


def _alone(recipe: Recipe, games: Games, part: Part, name: str) -> dict[str, Any]:
    """Return the row of what learns nothing: the rule on the ball, for shots only; or guesses."""
    lines = [games.lines[i] for i in part.test]
    K = len(recipe.names)
    if name == "chance":
        rng = np.random.default_rng(0)
        usual = [np.mean([(games.lines[i].label == k).sum() for i in part.train]) for k in range(K)]
        found = [[guessed(line, rng, [max(1, round(u)) for u in usual]) for line in lines] for _ in range(3)]
    else:
        if "shot" not in recipe.names:
            raise RecipeError("the rule on the ball finds shots only", expected="a recipe with the class shot")
        k = recipe.names.index("shot")
        taught = [games.lines[i] for i in part.train[:40]]
        apart = recipe.data.shadow_s
        lag = lag_of(taught, [ball_rule(line) for line in taught], k, WITHIN_S[0], apart)
        heat = [np.zeros((len(line), K)) for line in lines]
        for h, line in zip(heat, lines, strict=True):
            h[:, k] = late(line, ball_rule(line), lag)
        found = [[spots(line, h, apart, apart) for line, h in zip(lines, heat, strict=True)]]
    row = _scored(recipe, games, part, name, found)
    if name == "ball_rule":  # of the other classes it says nothing
        row["mean"] = {k: v if k == "AP shot" else float("nan") for k, v in row["mean"].items()}
        row["interval"] = None
    return {**row, "validation": None, "parameters": 0, "cpu_s": 0.0}


def _scored(recipe: Recipe, games: Games, part: Part, name: str, found: Sequence[Sequence[Found]]) -> dict[str, Any]:
    lines = [games.lines[i] for i in part.test]
    each: list[Scored] = [score(lines, f, recipe.names) for f in found]
    figures = [_figures(recipe, s) for s in each]
    low, high = interval(lines, found, recipe.names, WITHIN_S[0])
    return {
        "model": name, "seeds": len(found), "interval": [low, high], "joined": False,
        "mean": {k: float(np.mean([f[k] for f in figures])) for k in figures[0]},
        "sd": {k: float(np.std([f[k] for f in figures])) for k in figures[0]},
    }  # fmt: skip


def _figures(recipe: Recipe, s: Scored) -> dict[str, float]:
    row = {headline(d): float(m) for d, m in zip(WITHIN_S, s.mean, strict=True)}
    return row | {f"AP {n}": float(v) for n, v in zip(recipe.names, s.each[0], strict=True)}


def model_list(named: str | None, recipe: Recipe) -> list[str]:
    """Return the models to compare: the named ones (separated by commas), else all that suit the recipe's task."""
    suited = [m for m in load_task(recipe.data.task).MODELS if m != "ball_rule" or "shot" in recipe.names]
    if not named:
        return list(dict.fromkeys([*suited, recipe.model]))
    chosen = [m.strip() for m in named.split(",") if m.strip()]
    known = (*sequence_model_names(), *ALONE)
    for name in chosen:
        if name not in known:
            raise RecipeError(f'no model of whole games named "{name}"', todo=nearest(name, known))
    return chosen
