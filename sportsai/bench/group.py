"""From person to group, many labels at once, labels that are given: every model x task, and what each part is worth.

Real games: volleyball boxes, hockey's labels, how NBA possessions end and who ends them. SIMULATED volleyball
(`sportsai.tasks.rallies`) for the two-stage hierarchical LSTM part by part: nobody played these games, every label is
exact. Trainings are kept in `runs/group`, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench.trajectory import _progress, page, rows_of
from sportsai.errors import DataError

TITLE = "group models, labels and endings"
_LABELS = ("label_graph", "label_graph_sinn", "label_graph_logistic", "majority")
TASKS: dict[tuple[str, str], tuple[str, ...]] = {
    ("volleyball", "activities"): ("group_tokens", "boosted", "majority"),
    ("hockey", "labels"): _LABELS,
    ("american_football", "labels"): _LABELS,
    ("basketball", "endings"): ("boosted", "boosted_simple", "majority"),
    ("basketball", "endings_early"): ("boosted", "boosted_simple", "majority"),
    ("basketball", "enders"): ("boosted", "last_holder", "majority"),
}
GIVEN = (("hockey", "labels"), ("soccer", "labels"))
CLIP_MS, LABELS = 5.0, 1000
COPIES = 5  # of a map of 4,000 labels squared, four moments, 4 bytes a number
_SPEED = """
import json, resource, time
import torch
from sportsai.layers.observe import ActivityHead
from sportsai.learn.recipe import load_recipe
from sportsai.models import load_model
torch.set_num_threads(1)
module = load_model("group_tokens")
recipe = load_recipe("volleyball", "activities")
own = {k: v for k, v in recipe.model_config_.items() if k != "frames"}
config = module.Config(classes=8, frames=1, actions=9, **own)
model = module.Model(config).eval()
g = torch.Generator().manual_seed(0)
batch = dict(xy=torch.rand(1, 12, 1, 2, generator=g) - .5, size=torch.rand(1, 12, 1, 2, generator=g) * .1 + .05)
with torch.inference_mode():
    times = []
    for _ in range(220):
        start = time.process_time()
        model(**batch)
        times.append(time.process_time() - start)
    clip = sorted(times[20:])[100] * 1e3
    grown = []
    for labels in (1000, 2000, 4000):
        head = ActivityHead(48, labels, 16, 32, 4, "last", "shared", "complete", 0.0).eval()
        head.set_mask(torch.rand(50, labels, generator=g) < .1)
        tokens = torch.rand(4, 48, 200, generator=g)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        head(tokens)
        grown.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
print(json.dumps([clip, *grown]))
"""
KEEP = Path("runs/group")
SEEDS = (0, 1, 2)
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


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for each model of each task, each share of labels given, each part left out, and what things cost.

    quick: one seed. Tasks whose data are not here are said and left out.
    """
    return [*tables(quick), *given(quick), *parts(quick), *speed()]


def tables(quick: bool = False) -> list[dict[str, Any]]:
    """Return every model of every task, on games it did not see, and which one to use."""
    from sportsai.learn.compare import compare
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.scorecard import verdict as to_use

    found: list[dict[str, Any]] = []
    for (league, name), models in TASKS.items():
        recipe = load_recipe(league, name)
        try:
            taught = task_examples(recipe)
        except DataError as missing:
            found.append({"task": recipe.title, "say": f"not measured: {missing}"})
            continue
        seeds = SEEDS[:1] if quick else SEEDS
        table = compare(recipe, taught, models, seeds=seeds, keep=KEEP, progress=_progress(recipe.title))
        found += [*rows_of(table), {"task": recipe.title, "say": to_use(table)}]
    return found


def given(quick: bool = False) -> list[dict[str, Any]]:
    """Return how well labels are found that nobody gave, by the share of the others that were given."""
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.partial import COARSE, partial
    from sportsai.learn.recipe import load_recipe

    found: list[dict[str, Any]] = []
    for league, name in GIVEN:
        recipe = load_recipe(league, name)
        task = f"{recipe.title}: labels given"
        try:
            taught = task_examples(recipe)
        except DataError as missing:
            found.append({"task": task, "say": f"not measured: {missing}"})
            continue
        rows = partial(recipe, taught, seeds=SEEDS[:1] if quick else SEEDS, keep=KEEP, progress=_progress(task))
        for r in rows:
            share = "all but the finest level" if r["given"] == COARSE else f"{r['given']:.0%}"
            found.append(
                {"task": task, "network": r["kind"], "given": share, "mAP of the others": round(r["mAP"], 3),
                 "95 %": "{:.3f} – {:.3f}".format(*r["interval"]), "mAP, finest level": round(r["mAP, finest"], 3),
                 "seeds": r["seeds"]}
            )  # fmt: skip
        found.append(
            {"task": task, "say": "Given labels are never scored. One draw of what is given for all networks."}
        )
    return found


def speed() -> list[dict[str, Any]]:
    """Return what a clip costs, and how memory grows with the labels of a correlation map."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", _SPEED], env=env, stdout=subprocess.PIPE, check=True, text=True)
    clip, few, some, many = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        {"task": "speed", "case": "a volleyball clip of 12 people, group_tokens", "cpu_ms": round(clip, 2),
         "target": f"<= {CLIP_MS:g}", "ok": clip <= CLIP_MS},
        {"task": "speed", "case": "correlation maps of 4 moments, 1,000, 2,000 and 4,000 labels: MB more than before",
         "mb": f"{few:.0f}, {some:.0f}, {many:.0f}", "target": "labels squared, few times",
         "ok": few + some + many <= COPIES * 4 * LABELS * LABELS * 16 * 4 / 2**20},
    ]  # fmt: skip


def parts(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for each way of configuring the hierarchical LSTM, and a sentence for each question."""
    from sportsai.models.hierarchical_lstm import BASELINES

    seeds = SEEDS[:1] if quick else SEEDS
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
    )
    return [row for task, rows in told.items() for row in [*rows, {"task": task, "say": verdict(rows)}]]


def ablated(tables: dict[str, dict[str, dict[str, Any]]], seeds: tuple[int, ...]) -> dict[str, list[dict[str, Any]]]:
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
        _progress(TITLE)(n, len(jobs), f"{way}, seed {seed}")
        own = tables[task][way]
        # who knows no places says the same of a window and its mirror image: the mean of both would say nothing
        of, seen = (still, unturned) if own.get("places") is False else (recipe, taught)
        changed = of.model_copy(update={"model": MODEL, "model_config_": recipe.model_config_ | own})
        told.setdefault((task, way), []).extend(said_of(changed, seen, splits, MODEL, (seed,), KEEP))
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
        }
        found.setdefault(task, []).append(row)
    return found


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


__all__ = ["TITLE", "ablated", "figures", "given", "page", "parts", "run", "speed", "tables", "verdict"]
