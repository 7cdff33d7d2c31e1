"""SIMULATED volleyball rallies: what each stage of the two-stage hierarchical LSTM is worth, and its two groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._scores import progress

TITLE = "simulated rallies"
ONCE = ("B1", "B2", "B4")  # far off the others: one seed says enough
MODEL = "hierarchical_lstm"
PARTS = {
    "full": "LSTM of each person, LSTM of the group, two groups",
    "B7": "without LSTM-2, of the group",
    "B6": "without LSTM-1, of each person",
    "B5": "B6, people not taught their actions",
    "B4": "all people's mean, over time",
    "B3": "no LSTM, people taught their actions",
    "B2": "no LSTM, people not taught their actions",
    "B1": "all people's mean, sample by sample",
}
ALONE = {"places": False, "image": 2}  # a person is what a picture of him alone shows: how high hips and hands are


def parts(seeds: tuple[int, ...], keep: Path) -> list[dict[str, Any]]:
    """Return a row for each way of configuring the hierarchical LSTM, and a sentence for each question."""
    from sportsai.models.hierarchical_lstm import BASELINES

    tracks: dict[str, dict[str, Any]] = {f"{b}: {PARTS[b]}": BASELINES[b] for b in PARTS}
    tracks["full, one group"] = {"groups": 1}
    alone = {f"{b}: {PARTS[b]}": BASELINES[b] | ALONE for b in ("full", "B7", "B6", "B3")}
    alone["full, one group"] = {"groups": 1} | ALONE
    told = ablated(
        {
            "Simulated rallies: people where they run (tracks)": tracks,
            "Simulated rallies: people without their places (posture alone)": alone,
        },
        seeds,
        keep,
    )
    return [row for task, rows in told.items() for row in [*rows, {"task": task, "say": verdict(rows)}, _pair(rows)]]


def _pair(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what `pictures` draws of a table: two groups and one, side by side."""
    two, one = (next(r for r in rows if r["way"].split(":")[0] == w) for w in ("full", "full, one group"))
    where = "tracks" if "tracks" in two["task"] else "posture"
    return {"task": two["task"], "picture": f"group_{where}.svg", "alt": "What is taken for what, two groups and one",
            "names": two["names"], "pair": [("Two groups", two["counts"]), ("One group", one["counts"])]}  # fmt: skip


def pictures(rows: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Write the confusion of two groups and of one, side by side, for each table that has them; return their paths."""
    from sportsai.report.scores.confusion import draw_pair
    from sportsai.report.scores.sheet import percent, style, write_picture

    written = []
    for row in (r for r in rows if "pair" in r):
        counts = [np.array(c) for _, c in row["pair"]]
        right = [float(np.trace(c) / max(c.sum(), 1)) for c in counts]
        title = f"Two groups read {percent(right[0])} of simulated plays rightly, one group {percent(right[1])}"
        note = f"{row['task']}. SIMULATED games that were not seen; rows are what it was, columns what was said."
        with style():
            sheet = draw_pair(
                row["names"], [(w, c) for (w, _), c in zip(row["pair"], counts, strict=True)], title, note
            )
            content = sheet.svg()
        written.append(write_picture(folder / row["picture"], content))
    return written


def ablated(
    tables: dict[str, dict[str, dict[str, Any]]], seeds: tuple[int, ...], keep: Path
) -> dict[str, list[dict[str, Any]]]:
    """Return a row for each way of each table: mean and spread over seeds, of games not seen."""
    from sportsai.learn.lessons import folds, task_examples
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.trials import Said, said_of

    recipe = load_recipe("volleyball", "rallies")
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"posture": True})})
    taught = task_examples(recipe)
    splits = folds(taught, recipe)
    still = recipe.model_copy(update={"train": recipe.train.model_copy(update={"mirror": False})})
    unturned = replace(taught, turned=None)
    jobs = [(seed, task, way) for seed in seeds for task in tables for way in tables[task]
            if seed == seeds[0] or way.split(":")[0] not in ONCE]  # fmt: skip
    told: dict[tuple[str, str], list[Said]] = {}
    for n, (seed, task, way) in enumerate(jobs):
        progress(TITLE)(n, len(jobs), f"{way}, seed {seed}")
        own = tables[task][way]
        # who knows no places says the same of a window and its mirror image: the mean of both would say nothing
        of, seen = (still, unturned) if own.get("places") is False else (recipe, taught)
        changed = of.model_copy(update={"model": MODEL, "model_config_": recipe.model_config_ | own})
        told.setdefault((task, way), []).extend(said_of(changed, seen, splits, MODEL, (seed,), keep))
    found: dict[str, list[dict[str, Any]]] = {}
    for (task, way), each in told.items():
        measured = [figures(taught, s.test, s.people) for s in each]
        row: dict[str, Any] = {"task": task, "way": way}
        for k in measured[0]:
            values = [m[k] for m in measured]
            row[k] = f"{np.mean(values):.3f}" + (f" ± {np.std(values):.3f}" if len(values) > 1 else "")
        row |= {
            "seeds": len(each),
            "numbers": each[0].parameters,
            "train_cpu_s": round(np.mean([s.cpu_s for s in each])),
            "names": list(taught.names),
            "counts": np.sum([_counts(taught, s.test) for s in each], axis=0).tolist(),
        }
        found.setdefault(task, []).append(row)
    return found


def _counts(taught: Any, test: np.ndarray) -> np.ndarray:
    from sportsai.learn.metrics import confusion

    rows = np.flatnonzero(np.isfinite(test).any(1))
    return confusion(taught.windows.label[rows], test[rows].argmax(1), len(taught.names))


def figures(taught: Any, test: np.ndarray, people: np.ndarray | None) -> dict[str, float]:
    """Return how often the group and its people are read right where tested, and how often left is taken for right.

    Shapes: test (n, K), people (n, P, A), rows not tested NaN.
    """
    from sportsai.learn.measure import measure_people

    rows = np.flatnonzero(np.isfinite(test).any(1))
    label, said = taught.windows.label[rows], test[rows].argmax(1)
    recall = [float((said[label == k] == k).mean()) for k in np.unique(label)]
    other = taught.turned[label]
    won = np.array([n.endswith("winpoint") for n in taught.names])[label]
    out = {
        "accuracy": float((said == label).mean()),
        "balanced accuracy": float(np.mean(recall)),
        "left for right": float((said == other).mean()),
        "winpoint to the wrong side": float((said == other)[won].mean()),
    }
    return out | (measure_people(taught.take(rows), people[rows]) if people is not None else {})


def verdict(rows: list[dict[str, Any]]) -> str:
    """Return in a sentence or two which stage is worth what, in accuracy."""
    right = {r["way"].split(":")[0]: float(r["accuracy"].split()[0]) for r in rows}
    wrong = {r["way"].split(":")[0]: float(r["winpoint to the wrong side"].split()[0]) for r in rows}
    noise = max(float(r["accuracy"].split("±")[1]) if "±" in r["accuracy"] else 0.0 for r in rows)
    parts = [
        f"LSTM-2 is worth {right['full'] - right['B7']:+.3f}",
        f"LSTM-1 {right['full'] - right['B6']:+.3f}",
        f"two groups against one {right['full'] - right['full, one group']:+.3f}",
    ]
    return (
        f"SIMULATED games. In accuracy, {', '.join(parts)} (largest spread between seeds {noise:.3f}). With one group "
        f"{wrong['full, one group']:.1%} of winpoints are given to the wrong side, with two {wrong['full']:.1%}."
    )
