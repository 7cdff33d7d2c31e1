"""Every model of whole games on the same games: how many of their moments it finds in games it never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.errors import RecipeError, nearest
from sportsai.learn.metrics import expected_calibration_error
from sportsai.learn.recipe import Recipe
from sportsai.learn.spotting import Found, matched
from sportsai.sequence_models import sequence_model_names
from sportsai.tasks import load_task
from sportsai.tasks.moments import Games
from sportsai.whole.parts import Part, missing, parts
from sportsai.whole.reading import BUDGET, SHARES
from sportsai.whole.rules import ball_rule, lag_of, late
from sportsai.whole.score import WITHIN_S, Scored, guessed, interval, score
from sportsai.whole.spots import pooled, spots, true
from sportsai.whole.trials import READERS, Told, moments, seen_all, trial
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
    every = parts(games, recipe)
    for part in every:
        for what, index in (("train", part.train), ("choose", part.validation), ("test", part.test)):
            missing([games.lines[i] for i in index], recipe.names, what)
    learned = [m for m in models if m not in ALONE]
    seen = dict(enumerate(seen_all(games, recipe, range(len(games))))) if learned else {}
    jobs = [(m, s) for m in learned for s in (seeds[:1] if m in briefly else seeds)]
    told: dict[str, list[Heard]] = {}
    for n, (name, seed) in enumerate(jobs):
        if progress:
            progress(n, len(jobs), text=f"{name}, seed {seed}")
        for share in shares(name):
            each = [trial(recipe, games, seen, part, name, seed, keep=keep, share=share) for part in every]
            told.setdefault(entry(name, share), []).append(heard(every, each))
    if progress:
        progress(len(jobs), len(jobs))
    rows = []
    for m in models:
        of = {s: entry(m, s) for s in shares(m)} if m in learned else {}
        read = [{"share": s} if m in READERS else {} for s in of]
        each_row = [_row(recipe, games, k, told[k], told[k]) | r for k, r in zip(of.values(), read, strict=True)]
        rows += each_row or [_alone(recipe, games, every, m)]
    main = entry(recipe.model, BUDGET if recipe.model in READERS else 1.0)
    mine = told.get(main, [])
    if recipe.model in READERS:  # each of several reads frames of its own: together they read more than is said
        mine = mine[:1]
    if len(mine) > 1:
        rows.append(_row(recipe, games, f"{main}, {len(mine)} as one", [together(mine)], mine) | {"joined": True})
    guess = next((r for r in rows if r["model"] == "chance"), None) or _alone(recipe, games, every, "chance")
    best = max((r for r in rows if r["validation"] is not None), key=lambda r: r["validation"], default=rows[0])
    if recipe.model in READERS and mine:  # the more it reads the more it finds: how much is for who asks to say
        best = next(r for r in rows if r["model"] == main)
    tested = sorted(i for part in every for i in part.test)
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "headline": headline(WITHIN_S[0]),
        "items": sum(len(games.lines[i].at_s) for i in tested), "contests": len(tested), "ap": "AP-voc",
        "names": list(recipe.names), "rows": rows, "best": best["model"], "terms": games.terms,
        "refused": dict(games.refused), "note": note(recipe, games, every), "chance": guess["mean"],
        "differences": {}, "confusion": [],
        "reliability": _reliability(recipe, games, together(mine)) if mine else {},
        **({"verdict": _asked(rows, main)} if recipe.model in READERS and mine else {}),
    }  # fmt: skip


def _asked(rows: Sequence[Mapping[str, Any]], main: str) -> str:
    """Return the verdict on a model that reads few frames: who asks says how many."""
    row = next(r for r in rows if r["model"] == main)
    head = headline(WITHIN_S[0])
    return (
        f"**{BUDGET:.0%} of the frames** are read unless more is asked for: {head} {row['mean'][head]:.3f} on games "
        "never seen."
    )


def shares(name: str) -> tuple[float, ...]:
    """Return the shares of frames a model is shown at: SHARES for one that reads few, else all."""
    return SHARES if name in READERS else (1.0,)


def entry(name: str, share: float) -> str:
    """Return what a model is called in tables, with the share of frames read where that is not all."""
    return name if share == 1.0 else f"{name}, {share:.0%} read"


@dataclass(frozen=True)
class Heard:
    """What one seed says: the heat of games by models that were not taught by them, those that test, those that chose.

    parameters, cpu_s: of one training, the mean over parts.
    """

    test: dict[int, Float]
    held: dict[int, Float]
    parameters: int
    cpu_s: float


def heard(every: Sequence[Part], told: Sequence[Told]) -> Heard:
    """Return what the trainings of all parts say together."""
    return Heard(
        {i: t.heat[i] for part, t in zip(every, told, strict=True) for i in part.test},
        {i: t.heat[i] for part, t in zip(every, told, strict=True) for i in part.validation},
        int(np.mean([t.parameters for t in told])), float(np.mean([t.cpu_s for t in told])),
    )  # fmt: skip


def together(each: Sequence[Heard]) -> Heard:
    """Return the mean over seeds."""
    test = {i: np.mean([h.test[i] for h in each], axis=0) for i in each[0].test}
    held = {i: np.mean([h.held[i] for h in each], axis=0) for i in each[0].held}
    return Heard(test, held, sum(h.parameters for h in each), sum(h.cpu_s for h in each))


def _reliability(recipe: Recipe, games: Games, told: Heard) -> dict[str, Any]:
    """Return stated probability against the share that is real, of moments found in games that test, all classes.

    What a moment's heat is worth was read off the games that choose.
    """
    held, tested = ([games.lines[i] for i in h] for h in (told.held, told.test))
    found = [moments(recipe, games.lines[i], h) for i, h in told.held.items()]
    within = recipe.detect.tolerance_s
    curve_of = curves(held, found, recipe.names, within)
    truth = pooled([true(line) for line in tested])
    said = pooled([moments(recipe, games.lines[i], h) for i, h in told.test.items()])
    likely, right = [], []
    for k in range(len(recipe.names)):
        found_k = said.take(said.label == k)
        found_k = found_k.take(np.argsort(-found_k.score, kind="stable"))
        likely.append(probability(found_k, curve_of, recipe.names))
        right.append(matched(truth.take(truth.label == k), found_k, within) >= 0)
    return reliability(recipe.model, np.concatenate(likely), np.concatenate(right))


def reliability(model: str, stated: Float, real: NDArray[np.bool_]) -> dict[str, Any]:
    """Return stated probability against the share that is real, in ten bins. Shapes: (n,) each."""
    bins = np.minimum((stated * 10).astype(int), 9)
    each = [
        [float(stated[bins == b].mean()), float(real[bins == b].mean()), int((bins == b).sum())]
        for b in np.unique(bins)
    ]
    return {"model": model, "bins": each, "ece": expected_calibration_error(real, stated)}


def headline(within_s: float) -> str:
    """Return what the mAP at a tolerance is called in tables."""
    return f"mAP ±{within_s:g} s"


def note(recipe: Recipe, games: Games, every: Sequence[Part]) -> str:
    """Return how the figures were made, in a few sentences."""
    first = every[0]
    tested = sum(len(part.test) for part in every)
    count = sum(len(games.lines[i].at_s) for part in every for i in part.test)
    gaps = " Models are told how long the clock stood between frames." if recipe.data.gaps else ""
    ball = " Of a frame only the ball is told." if recipe.data.ball_only else ""
    few = f" Calibration: {BUDGET:.0%} of the frames read." if recipe.model in READERS else ""
    dealt = f" in {len(every)} parts" if len(every) > 1 else ""
    return (
        f"{len(first.train)} games train, {len(first.validation)} choose, {tested} ({count:,} moments) test{dealt}. "
        "Precise spotting: each finding, surest first, takes the nearest moment of its class that is free and within "
        "the tolerance; all-point interpolated AP, mean over classes; the log's times as they stand, all its entries, "
        f"those too that no frame shows. 95 % by game.{gaps}{ball}{few}"
    )


def _row(recipe: Recipe, games: Games, name: str, each: Sequence[Heard], of: Sequence[Heard]) -> dict[str, Any]:
    tested = [[moments(recipe, games.lines[i], h.test[i]) for i in sorted(h.test)] for h in each]
    held = [[moments(recipe, games.lines[i], h.held[i]) for i in sorted(h.held)] for h in each]
    chose = [games.lines[i] for i in sorted(each[0].held)]
    validation = float(np.mean([score(chose, f, recipe.names, WITHIN_S[:1]).mean[0] for f in held]))
    lines = [games.lines[i] for i in sorted(each[0].test)]
    return {
        **_scored(recipe, lines, name, tested), "validation": validation,
        "parameters": int(np.mean([h.parameters for h in each])), "cpu_s": float(np.mean([h.cpu_s for h in of])),
    }  # fmt: skip


def _alone(recipe: Recipe, games: Games, every: Sequence[Part], name: str) -> dict[str, Any]:
    """Return the row of what learns nothing: the rule on the ball, for shots only; or guesses."""
    tested = sorted(i for part in every for i in part.test)
    lines, K = [games.lines[i] for i in tested], len(recipe.names)
    if name == "chance":
        rng = np.random.default_rng(0)
        usual = [np.mean([(games.lines[i].label == k).sum() for i in every[0].train]) for k in range(K)]
        found = [[guessed(line, rng, [max(1, round(u)) for u in usual]) for line in lines] for _ in range(3)]
    else:
        if "shot" not in recipe.names:
            raise RecipeError("the rule on the ball finds shots only", expected="a recipe with the class shot")
        k, apart = recipe.names.index("shot"), recipe.data.shadow_s
        by_game: dict[int, Found] = {}
        for part in every:
            taught = [games.lines[i] for i in part.train[:40]]
            lag = lag_of(taught, [ball_rule(line) for line in taught], k, WITHIN_S[0], apart)
            for i in part.test:
                heat = np.zeros((len(games.lines[i]), K))
                heat[:, k] = late(games.lines[i], ball_rule(games.lines[i]), lag)
                by_game[i] = spots(games.lines[i], heat, apart, apart)
        found = [[by_game[i] for i in tested]]
    row = _scored(recipe, lines, name, found)
    if name == "ball_rule":  # of the other classes it says nothing
        row["mean"] = {k: v if k == "AP shot" else float("nan") for k, v in row["mean"].items()}
        row["interval"] = None
    return {**row, "validation": None, "parameters": 0, "cpu_s": 0.0}


def _scored(recipe: Recipe, lines: Sequence[Timeline], name: str, found: Sequence[Sequence[Found]]) -> dict[str, Any]:
    each: list[Scored] = [score(lines, f, recipe.names) for f in found]
    figures = [figures_of(recipe, s) for s in each]
    low, high = interval(lines, found, recipe.names, WITHIN_S[0])
    return {
        "model": name, "seeds": len(found), "interval": [low, high], "joined": False,
        "mean": {k: float(np.mean([f[k] for f in figures])) for k in figures[0]},
        "sd": {k: float(np.std([f[k] for f in figures])) for k in figures[0]},
    }  # fmt: skip


def figures_of(recipe: Recipe, s: Scored) -> dict[str, float]:
    """Return a score as a row of a table: the mAP at each tolerance, and the AP of each class at the first."""
    row = {headline(d): float(m) for d, m in zip(WITHIN_S, s.mean, strict=True)}
    return row | {f"AP {n}": float(v) for n, v in zip(recipe.names, s.each[0], strict=True)}


def model_list(named: str | None, recipe: Recipe) -> list[str]:
    """Return the models to compare: the named ones (separated by commas), else all that suit the recipe's task."""
    suited = [m for m in load_task(recipe.data.task).MODELS if m != "ball_rule" or "shot" in recipe.names]
    if recipe.model in READERS:  # beside models that read every frame it would only say that they read more
        suited = [recipe.model, *(m for m in suited if m in ALONE)]
    if not named:
        return list(dict.fromkeys([*suited, recipe.model]))
    chosen = [m.strip() for m in named.split(",") if m.strip()]
    known = (*sequence_model_names(), *ALONE)
    for name in chosen:
        if name not in known:
            raise RecipeError(f'no model of whole games named "{name}"', todo=nearest(name, known))
        key = next((k for k in ("pace", "attack") if getattr(recipe.data, k)), None)
        if name in READERS and key:
            raise RecipeError(
                f'"{name}" reads frames one by one, and this recipe tells more of them', where=f"data.{key}",
                expected="false", todo="Take a recipe made for it: moments_scout.",
            )  # fmt: skip
    return chosen
