"""Labels of every frame: models side by side, by per-frame average precision over all frames of games never seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import RecipeError, nearest
from sportsai.learn.metrics import ap_ni, bootstrap
from sportsai.learn.recipe import Recipe
from sportsai.sequence_models import sequence_model_names
from sportsai.tasks import load_task
from sportsai.tasks.moments import Games
from sportsai.whole.compare import Heard, heard, reliability, together
from sportsai.whole.parts import parts
from sportsai.whole.trials import seen_all, trial

Float = NDArray[np.float64]
Progress = Callable[..., None]
# entries of tables that are a model by some keys of its configuration: rungs of MultiLSTM, of the size a laptop trains
SMALL = {"width": 64, "embed": 32, "match": 32, "align": "centre"}
ENTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "multi_lstm": ("multi_lstm", SMALL),
    "multi_lstm_plain": ("multi_lstm", SMALL | {"rung": "lstm"}),
    "multi_lstm_input": ("multi_lstm", SMALL | {"rung": "input"}),
    "multi_lstm_attention": ("multi_lstm", SMALL | {"rung": "attention"}),
}
DRAWS = 60


def compare(
    recipe: Recipe, games: Games, models: Sequence[str], *, seeds: Sequence[int] = (0, 1, 2),
    progress: Progress | None = None, keep: Path | None = None, briefly: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return the table of `models`, the mean over seeds, each game tested once by models that never saw it."""
    every = parts(games, recipe)
    seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
    jobs = [(m, s) for m in models for s in (seeds[:1] if m in briefly else seeds)]
    told: dict[str, list[Heard]] = {}
    for n, (entry, seed) in enumerate(jobs):
        if progress:
            progress(n, len(jobs), text=f"{entry}, seed {seed}")
        name, changes = ENTRIES.get(entry, (entry, {}))
        each = [trial(recipe, games, seen, part, name, seed, keep=keep, **changes) for part in every]
        told.setdefault(entry, []).append(heard(every, each))
    if progress:
        progress(len(jobs), len(jobs))
    rows = [_row(recipe, games, m, told[m]) for m in models]
    tested = sorted(i for part in every for i in part.test)
    best = max(rows, key=lambda r: r["validation"])
    return {
        "recipe": f"{recipe.league}/{recipe.name}", "title": recipe.title, "headline": "mAP", "ap": "AP-ni",
        "items": sum(len(games.lines[i]) for i in tested), "unit": "frames", "contests": len(tested),
        "names": list(recipe.names), "rows": rows, "best": best["model"], "note": note(recipe, games, every),
        "chance": guess(games, recipe.names, tested), "terms": games.terms, "refused": dict(games.refused),
        "differences": {}, "confusion": [],
        "reliability": _reliability(games, best["model"], together(told[best["model"]])),
    }  # fmt: skip


def figures(truth: NDArray[np.bool_], heat: Float, names: Sequence[str]) -> dict[str, float]:
    """Return the per-frame AP of each label over all frames, and their mean; labels that never hold do not count."""
    each = [ap_ni(truth[:, k], heat[:, k]) for k in range(len(names))]
    mean = float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")
    return {"mAP": mean} | {f"AP {n}": float(v) for n, v in zip(names, each, strict=True)}


def measure(games: Games, names: Sequence[str], heat: Mapping[int, Float]) -> dict[str, float]:
    """Return the figures of several games, their frames put together."""
    return figures(np.concatenate([_truth(games, i) for i in heat]), np.concatenate(list(heat.values())), names)


def _reliability(games: Games, model: str, told: Heard) -> dict[str, Any]:
    """Return stated probability against the share of frames, all labels and frames of games that test together."""
    stated = np.concatenate([h.ravel() for h in told.test.values()])
    return reliability(model, stated, np.concatenate([_truth(games, i).ravel() for i in told.test]))


def guess(games: Games, names: Sequence[str], index: Sequence[int]) -> dict[str, float]:
    """Return what guesses score: the share of frames each label holds at."""
    truth = np.concatenate([_truth(games, i) for i in index])
    often = truth.mean(0)
    each = {f"AP {n}": float(c) for n, c in zip(names, often, strict=True)}
    return {"mAP": float(np.mean(often[truth.any(0)])), **each}


def interval(games: Games, names: Sequence[str], heat: Mapping[int, Float]) -> list[float]:
    """Return the 95 % interval of the mAP, drawing games."""
    index = sorted(heat)

    def mean(drawn: NDArray[np.int64]) -> float:
        chosen = [index[d] for d in drawn]
        truth = np.concatenate([_truth(games, i) for i in chosen])
        return figures(truth, np.concatenate([heat[i] for i in chosen]), names)["mAP"]

    return list(bootstrap(np.arange(len(index)), mean, DRAWS))


def _truth(games: Games, i: int) -> NDArray[np.bool_]:
    labels = games.lines[i].labels
    assert labels is not None
    return labels


def _row(recipe: Recipe, games: Games, name: str, each: Sequence[Heard]) -> dict[str, Any]:
    scored = [measure(games, recipe.names, h.test) for h in each]
    between = interval(games, recipe.names, together(each).test)
    return {
        "model": name, "seeds": len(each), "interval": between, "joined": False,
        "mean": {k: float(np.mean([f[k] for f in scored])) for k in scored[0]},
        "sd": {k: float(np.std([f[k] for f in scored])) for k in scored[0]},
        "validation": float(np.mean([measure(games, recipe.names, h.held)["mAP"] for h in each])),
        "parameters": each[0].parameters, "cpu_s": float(np.mean([h.cpu_s for h in each])),
    }  # fmt: skip


def note(recipe: Recipe, games: Games, every: Sequence[Any]) -> str:
    """Return how the figures were made."""
    ball = " Of a frame only the ball is told." if recipe.data.ball_only else ""
    frames = sum(len(line) for line in games.lines)
    return (
        f"{len(games)} games, {frames:,} frames, in {len(every)} parts; no game trains and tests. Per-frame AP "
        "(non-interpolated) of each label over all frames put together, mean over labels; intervals draw games, of the "
        f"seeds' mean.{ball}"
    )


def model_list(named: str | None, recipe: Recipe) -> list[str]:
    """Return the entries to compare: the named ones (separated by commas), else all that suit the recipe's task."""
    if not named:
        return list(load_task(recipe.data.task).MODELS)
    chosen = [m.strip() for m in named.split(",") if m.strip()]
    known = (*sequence_model_names(), *ENTRIES)
    for name in chosen:
        if name not in known:
            raise RecipeError(f'no model of whole games named "{name}"', todo=nearest(name, known))
    return chosen
