"""Real tracks: what makes an activity-specific head, what several rates are worth to it, and each stage of the LSTM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sportsai.bench._scores import ablated, kept, named, progress
from sportsai.errors import DataError

STRUCTURES: dict[str, dict[str, Any]] = {
    "baseline: mean of the map": {"structure": "baseline"},
    "no activity-specific features": {"structure": "no_activity"},
    "no correlation map": {"structure": "no_correlation"},
    "complete": {},
}
STAGES: dict[str, dict[str, Any]] = {
    "full: LSTM of each person, LSTM of the group, two halves along x": {},
    "without LSTM-2, of the group": {"group_lstm": False},
    "without LSTM-1, of each person": {"person_lstm": False},
    "full, one group": {"groups": 1},
    "full, two groups: the teams": {"by": "side"},
}
LOOK, SAMPLES = 64, 16  # native samples of a window, and those seen: every second one spans 1.1 s


def structures(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return the head without its parts, on everything that is true of a hockey moment, in the paper's order."""
    task = "Activity-specific heads without their parts: 21 labels of hockey moments"
    return _told(task, ("hockey", "labels"), "activity_heads", STRUCTURES, seeds, keep)


def roles(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return what it is worth to a model of the group to be taught what each person does, when nobody says who acts."""
    task = "Taught what each does, or the group's class alone: hockey's moments, nobody says who acts"
    ways: dict[str, dict[str, Any]] = {"taught both": {}, "taught the group's class alone": {"actions": 0}}
    return _told(task, ("hockey", "roles"), "group_tokens", ways, seeds, keep)


def stages(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return the two-stage LSTM without its stages, on how NBA possessions end (one part of six tested)."""
    task = "The two-stage LSTM without its stages: how NBA possessions end, one part of six tested"
    return _told(task, ("basketball", "endings"), "hierarchical_lstm", STAGES, seeds, keep, parts=1)


def speeds(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return what speed-invariant tuning is worth: hockey's events, several of which may hold."""
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.rates import SETS, rates
    from sportsai.learn.recipe import load_recipe

    task = "Speed-invariant tuning: hockey's events at one, two and three rates"
    recipe = load_recipe("hockey", "plays")
    data = recipe.data.model_copy(update={"stride": 1, "moved": ()})
    train = recipe.train.model_copy(
        update={"epochs": 20, "windows_per_epoch": None, "moved": False, "smoothing": 0.0, "weight_decay": 0.01}
    )
    recipe = recipe.model_copy(update={"data": data, "train": train, "model_config_": {"frames": LOOK}})
    try:
        taught = task_examples(recipe)
    except DataError as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    path = keep / named("rates", recipe, taught, SAMPLES, tuple(seeds), SETS)
    rows = kept(path, lambda: rates(recipe, taught, frames=SAMPLES, seeds=seeds, progress=progress(task)))
    told = [
        {"task": task, "rates": r["rates"], "mAP": f"{r['mAP']:.3f} ± {r['sd']:.3f}",
         "95 %": "{:.3f} – {:.3f}".format(*r["interval"]), "seeds": r["seeds"]}
        for r in rows
    ]  # fmt: skip
    one, three = (next(r["mAP"] for r in rows if r["rates"] == k) for k in ("2", "1, 2, 4"))
    spread = max(r["sd"] for r in rows)
    say = (
        f"Three rates against one, tuned for as long: mAP {three - one:+.3f} (spread between seeds up to {spread:.3f})."
    )
    return [*told, {"task": task, "say": say}]


def _told(
    task: str, of: tuple[str, str], model: str, ways: dict[str, dict[str, Any]], seeds: Sequence[int], keep: Path,
    parts: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the rows of the ways and a sentence: the headline figure against the whole model's."""
    try:
        rows = ablated(task, of, model, ways, seeds, keep, parts)
    except DataError as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    head = next(k for k in rows[0] if k.endswith(" 95 %")).removesuffix(" 95 %")
    value = {r["way"]: float(r[head].split()[0]) for r in rows}
    spreads = [float(r[head].split("±")[1]) for r in rows if "±" in r[head]]
    noise = f"largest spread between seeds {max(spreads):.3f}" if spreads else "one seed"
    whole = next(w for w in ways if not ways[w])
    said = "; ".join(f"{w}: {value[w] - value[whole]:+.3f}" for w in ways if w != whole)
    say = f"{head} against {whole.partition(':')[0]}: {said} ({noise})."
    return [*rows, {"task": task, "say": say}]
