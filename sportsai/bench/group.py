"""From person to group, many labels at once, labels that are given: every model x task, and what each part is worth.

Real games: volleyball boxes with and without whole frames, hockey's moments and who acts, labels of hockey, soccer and
NFL moments, how NBA possessions end and who ends them. SIMULATED volleyball (`sportsai.tasks.rallies`) for the
two-stage hierarchical LSTM part by part: nobody played these games, every label is exact. Trainings are kept in
`runs/group`, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sportsai.bench import _scores
from sportsai.bench._heads import roles, speeds, stages, structures
from sportsai.bench._parts import parts, pictures
from sportsai.bench._process import environment
from sportsai.bench._scores import compared, kept, named, progress
from sportsai.errors import DataError

TITLE = "group models, labels and endings"
_LABELS = ("label_graph", "label_graph_sinn", "label_graph_logistic", "majority")
_STAGES = ("hierarchical_lstm", "lstm_b7", "lstm_b6", "lstm_b5", "lstm_b2", "lstm_one_group")
TASKS: dict[tuple[str, str], tuple[str, ...]] = {
    ("volleyball", "activities"): ("group_tokens", "hierarchical_lstm", "lstm_one_group", "boosted", "majority"),
    ("volleyball", "activities_scene"): ("group_tokens",),
    ("hockey", "roles"): ("group_tokens", *_STAGES, "boosted", "majority"),
    ("hockey", "actors"): ("boosted", "pair_former", "majority"),
    ("hockey", "labels"): (*_LABELS, "activity_heads", "label_queries"),
    ("soccer", "labels"): _LABELS,
    ("american_football", "labels"): _LABELS,
    ("basketball", "endings"): ("boosted", "boosted_simple", "majority"),
    ("basketball", "endings_free_throws"): ("boosted", "boosted_simple", "majority"),
    ("basketball", "endings_early"): ("boosted", "boosted_simple", "majority"),
    ("basketball", "enders"): ("boosted", "last_holder", "majority"),
}
BRIEFLY = {  # one seed: they cost the most, or are far off the others
    ("volleyball", "activities"): ("hierarchical_lstm", "lstm_one_group"),
    ("volleyball", "activities_scene"): ("group_tokens",),
    ("hockey", "roles"): ("lstm_b5", "lstm_b2"),
    ("hockey", "actors"): ("pair_former",),
    ("hockey", "labels"): ("activity_heads", "label_queries"),
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
NOTE = (
    "Accuracy is the MCA of group activity, balanced accuracy its MPCA; mAP is the mean of non-interpolated AP over "
    "classes, mAP per item the mean over moments of how well each one's labels are ranked. Games that were not seen, "
    "95 % by game, as many seeds as the column says. SIMULATED games are called so."
)
KEEP = Path("runs/group")
SEEDS = (0, 1, 2)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for each model of each task, each share of labels given, each part left out, and what things cost.

    quick: one seed. Tasks whose data are not here are said and left out.
    """
    seeds = SEEDS[:1] if quick else SEEDS
    heads = [*structures(seeds, KEEP), *speeds(seeds, KEEP)]
    people = [*roles(seeds, KEEP), *stages(seeds, KEEP), *parts(seeds, KEEP)]
    return [*compared(TASKS, seeds, KEEP, BRIEFLY), *given(seeds, KEEP), *heads, *people, *speed()]


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows, under what its figures are called elsewhere."""
    return ["", NOTE, *_scores.page(rows)]


def given(seeds: Sequence[int], keep: Path) -> list[dict[str, Any]]:
    """Return how well labels are found that nobody gave, by the share of the others that were given."""
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.partial import KINDS, SHARES, partial
    from sportsai.learn.recipe import load_recipe

    found: list[dict[str, Any]] = []
    for of in GIVEN:
        recipe = load_recipe(*of)
        task = f"{recipe.title}: labels given"
        try:
            taught = task_examples(recipe)
        except DataError as missing:
            found.append({"task": task, "say": f"not measured: {missing}"})
            continue

        def rows(recipe: Any = recipe, taught: Any = taught, task: str = task) -> list[dict[str, Any]]:
            return [_told(task, r) for r in partial(recipe, taught, seeds=seeds, keep=keep, progress=progress(task))]

        found += kept(keep / named("given", recipe, taught, tuple(seeds), KINDS, SHARES), rows)
        found.append(
            {"task": task, "say": "Given labels are never scored. One draw of what is given for all networks."}
        )
    return found


def _told(task: str, r: dict[str, Any]) -> dict[str, Any]:
    from sportsai.learn.partial import COARSE

    share = "all but the finest level" if r["given"] == COARSE else f"{r['given']:.0%}"
    return {"task": task, "network": r["kind"], "given": share, "mAP of the others": round(r["mAP"], 3),
            "95 %": "{:.3f} – {:.3f}".format(*r["interval"]), "mAP, finest level": round(r["mAP, finest"], 3),
            "seeds": r["seeds"]}  # fmt: skip


def speed() -> list[dict[str, Any]]:
    """Return what a clip costs, and how memory grows with the labels of a correlation map."""
    done = subprocess.run(
        [sys.executable, "-c", _SPEED], env=environment(), stdout=subprocess.PIPE, check=True, text=True
    )
    clip, few, some, many = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        {"task": "speed", "case": "a volleyball clip of 12 people, group_tokens", "cpu_ms": round(clip, 2),
         "target": f"<= {CLIP_MS:g}", "ok": clip <= CLIP_MS},
        {"task": "speed", "case": "correlation maps of 4 moments, 1,000, 2,000 and 4,000 labels: MB more than before",
         "mb": f"{few:.0f}, {some:.0f}, {many:.0f}", "target": "labels squared, few times",
         "ok": few + some + many <= COPIES * 4 * LABELS * LABELS * 16 * 4 / 2**20},
    ]  # fmt: skip


__all__ = ["TITLE", "given", "page", "pictures", "run", "speed"]
