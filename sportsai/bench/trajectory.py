"""Which model for which trajectory task: every model on games it did not see, what it costs, and what to use.

Trainings are kept in `runs/trajectory`, so that a run that was stopped goes on where it was; a whole one takes hours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sportsai.bench._process import environment
from sportsai.bench._scores import ablated, compared, kept, page, progress, rows_of
from sportsai.errors import DataError

TITLE = "trajectory networks, every model on every task"
KEEP = Path("runs/trajectory")
TASKS = (
    ("hockey", "plays"), ("soccer", "handovers"), ("soccer", "handovers_past"), ("soccer", "outcomes"),
    ("soccer", "receivers"), ("soccer", "receivers_moment"), ("basketball", "styles"),
    ("american_football", "snaps"), ("american_football", "snaps_three"),
)  # fmt: skip
BRIEFLY = ("track_gin", "track_set")  # one seed: they cost the most
ONLY = {  # what takes hours is trained where it says most: model -> tasks
    "stacked": (("hockey", "plays"), ("basketball", "styles")), "track_gin": (("hockey", "plays"),),
    "track_set": (("hockey", "plays"),),
}  # fmt: skip
ONCE = {("soccer", "receivers"): ("pair_former",), ("soccer", "receivers_moment"): ("boosted",)}  # minutes a seed
NOT = {  # task -> models not trained for its table
    ("basketball", "styles"): ("shared_compare", "pair_former", "boosted_simple"),
    ("soccer", "receivers"): ("shared_compare",),
    ("soccer", "receivers_moment"): ("shared_compare", "pair_former", "extra_trees"),
}
QUICK = ("majority", "idt_svm", "boosted_simple")
SEEDS = (0, 1, 2)
WINDOWS_S, BATCH = 5000, 1024

_SPEED = """
import json, sys, time
import torch
from sportsai.learn.recipe import load_recipe
from sportsai.models import load_model
torch.set_num_threads(1)
module = load_model("shared_compare")
config = load_recipe("soccer", "shared_compare").config()
model = module.Model(config).eval()
players, batch = 8, int(sys.argv[1])
g = torch.Generator().manual_seed(0)
def windows(n, P):
    side = torch.where(torch.arange(P) < P // 2, 1.0, -1.0).expand(n, P)
    return dict(xy=torch.rand(n, P, config.frames, 2, generator=g) - .5, side=side,
                present=torch.ones(n, P, config.frames, dtype=torch.bool),
                ball=torch.rand(n, config.frames, 2, generator=g) - .5)
def cost(call, n):
    start = time.process_time()
    call()
    return (time.process_time() - start) / n
with torch.inference_mode():
    w = windows(batch, players)
    small = {k: v[:batch // players] for k, v in w.items()}
    key = torch.randint(0, players, (batch,), generator=g)
    each = [(cost(lambda: model(**w, key=key), batch), cost(lambda: model.who(**small), batch // players))
            for _ in range(65)][5:]  # in turns, the first ones not counted: both see the same machine
known, unknown = (sorted(e[k] for e in each)[15] for k in (0, 1))  # lower quartile: what others do only adds
print(json.dumps([1 / known, unknown / known, players]))
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for each task and model, what to use in each task, and how fast Shared-Compare is.

    quick: one seed, and only the models that train at once. Tasks whose data are not here are said and left out.
    """
    from sportsai.learn.compare import model_list
    from sportsai.learn.recipe import load_recipe

    every = {of: model_list(None, load_recipe(*of)) for of in TASKS}
    left = {of: [m for m in models if _left_out(*of, m)] for of, models in every.items()}
    among = {of: [m for m in models if m not in left[of] and (not quick or m in QUICK)] for of, models in every.items()}
    briefly = {of: (*BRIEFLY, *ONCE.get(of, ())) for of in TASKS}
    found = compared(among, SEEDS[:1] if quick else SEEDS, None if quick else KEEP, briefly, None if quick else left)
    if not quick:
        found += (
            kept(KEEP / "controls.json", style_controls)
            + kept(KEEP / "stacked.json", stacked_ways)
            + kept(KEEP / "shared.json", shared_ways)
        )
        found += kept(KEEP / "transfer.json", transfer) + kept(KEEP / "last_row.json", last_row)
    return [*found, *speed()]


def _left_out(league: str, name: str, model: str) -> bool:
    """Return whether a model is not trained for a task's table, for its cost."""
    return (league, name) not in ONLY.get(model, ((league, name),)) or model in NOT.get((league, name), ())


def style_controls() -> list[dict[str, Any]]:
    """Return team style with what could leak taken out of reach, a row a control."""
    from sportsai.learn.controls import controls, verdict
    from sportsai.learn.recipe import load_recipe

    rows = controls(load_recipe("basketball", "styles"), keep=KEEP, progress=progress("controls"))
    task = "Is it style? The same model with what could leak out of reach"
    keys = ("top-1", "top-2", "top-3", "team-quarter")
    said = [
        {"task": task, "control": r["name"], "what": r["words"], "games": r["games"], "moments": r["moments"],
         **{k: f"{r[k]:.3f}" for k in keys if k in r}, "top-1 95 %": "{:.3f} – {:.3f}".format(*r["interval"])}
        for r in rows
    ]  # fmt: skip
    return [*said, {"task": task, "say": verdict(rows)}]


def stacked_ways() -> list[dict[str, Any]]:
    """Return Stacked on team style by depth and by the order players are stacked in: one seed, as many epochs each."""
    near = "convolutions, by distance to the ball"
    own = {"widths": [64, 128, 256, 256, 256], "hidden": 512, "velocity": True, "norm": True}
    ways: dict[str, dict[str, Any]] = {f"{n} {near}": own | {"n_layers": n} for n in (2, 3, 4, 5)}
    ways |= {"4 convolutions, in random order": own | {"n_layers": 4, "order": "random"},
             "4 convolutions, nothing normalised": own | {"n_layers": 4, "norm": False}}  # fmt: skip
    task = "Stacked by depth and by order: team style, one seed"
    rows = ablated(task, ("basketball", "styles"), "stacked", ways, (0,), KEEP)
    best = max(rows[:4], key=lambda r: float(r["top-1"]))
    return [*rows, {"task": task, "say": f"The best depth is {best['way'].split()[0]} (top-1 {best['top-1']})."}]


def shared_ways() -> list[dict[str, Any]]:
    """Return Shared-Compare on hockey's events without what makes it: the order by distance, the pairs."""
    ways: dict[str, dict[str, Any]] = {
        "as compared above: nearest to the key first, in pairs with him": {},
        "players in the file's order": {"order": "given"},
        "every player read alone, never compared": {"pairs": False},
        "in pairs, no track relative to the key's": {"relative": False},
        "read alone, no track relative to the key's": {"pairs": False, "relative": False},
    }
    task = "Shared-Compare without its parts: hockey events, three seeds"
    rows = ablated(task, ("hockey", "plays"), "shared_compare", ways, (0, 1, 2), KEEP)
    whole, filed, alone, pairs, neither = (float(r["mAP"].split()[0]) for r in rows)
    say = (
        f"Nearest first against the file's order: mAP {whole - filed:+.3f}. Pairs against players read alone: "
        f"{whole - alone:+.3f} where each track also says where it lies from the key player, {pairs - neither:+.3f} "
        "where it does not; read alone, players still meet in the head, which reads all of them in order."
    )
    return [*rows, {"task": task, "say": say}]


def transfer() -> list[dict[str, Any]]:
    """Return what other sports' tracks and labels are worth to hockey, with a tenth, a third and all of its labels.

    135 trainings, of a third of the recipe's epochs each.
    """
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.networks import teach
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.standard import standard
    from sportsai.learn.transfer import carry_over, pretrain

    hockey, soccer, nba = (
        load_recipe(*r) for r in (("hockey", "plays"), ("soccer", "handovers"), ("basketball", "styles"))
    )
    hockey = hockey.model_copy(update={"train": hockey.train.model_copy(update={"epochs": hockey.train.epochs // 3})})
    nba = nba.model_copy(update={"data": nba.data.model_copy(update={"crops": 0})})
    target, moves, style = (task_examples(r) for r in (hockey, soccer, nba))
    name = "pair_former"
    tracks, _ = pretrain(name, standard(name, target), [style, moves], progress=progress("pre-training"))
    every = moves.take(moves.windows.period == 1), moves.take(moves.windows.period == 2)
    labelled = teach(name, standard(name, moves), *every, soccer.train).model.state_dict()
    labelled = {k: v for k, v in labelled.items() if not k.startswith("head.")}
    starts = {"nothing": None, "NBA and soccer tracks, no labels": tracks, "soccer events, labelled": labelled}
    rows = carry_over(name, hockey, target, starts, progress=progress("carrying over"))
    task = "Does moving like players carry over? Hockey with few labels"
    said = [
        {"task": task, "begins with": r["start"], "hockey labels": f"{r['labels']:.0%}", "seeds": r["seeds"],
         **{k: f"{r[k]:.3f} ± {r[f'{k} sd']:.3f}" for k in ("accuracy", "macro-F1", "mAP")},
         "mAP gained": "{gain:+.3f} ({low:+.3f}, {high:+.3f})".format(**r) if "gain" in r else None}
        for r in rows
    ]  # fmt: skip
    return [*said, {"task": task, "say": transfer_verdict(rows)}]


def transfer_verdict(rows: list[dict[str, Any]]) -> str:
    """Return whether a beginning in another sport helps, by share of labels."""
    sure = [r for r in rows if "gain" in r and r["low"] > 0]
    worse = [r for r in rows if "gain" in r and r["high"] < 0]
    if not sure:
        return "No beginning in another sport gains mAP beyond chance" + (", and some lose." if worse else ".")
    said = "; ".join(f"{r['start']} {r['gain']:+.3f} with {r['labels']:.0%} of the labels" for r in sure)
    return f"It carries over: mAP {said}." + (" Elsewhere it loses." if worse else "")


def last_row() -> list[dict[str, Any]]:
    """Return how the shipped receiver model, taught by Belgian passes, does on the passes of Last Row's goals."""
    from sportsai.errors import ModelError
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.unseen import unseen
    from sportsai.learn.weights import find_weights, load_weights

    task = "Carried over: receivers taught by Belgian passes, on Last Row's goals"
    try:
        loaded = load_weights(find_weights("soccer", "receivers"))
        options = loaded.recipe.data.model_copy(update={"source": "lastrow"})
        taught = task_examples(loaded.recipe.model_copy(update={"data": options}))
    except (DataError, ModelError) as missing:
        return [{"task": task, "say": f"not measured: {missing}"}]
    way = unseen(loaded, taught)["ways"][0]
    rows = []
    for r in way["rows"]:
        figures = {k: f"{v:.3f}" for k, v in r["mean"].items() if v is not None}
        interval = "{:.3f} – {:.3f}".format(*r["interval"]) if r["interval"] else None
        rows.append({"task": task, "model": r["model"], "passes": way["items"], **figures, "top-1 95 %": interval})
    return rows


def speed() -> list[dict[str, Any]]:
    """Return how many windows a CPU-second Shared-Compare reads, and what not knowing the key player costs."""
    command = [sys.executable, "-c", _SPEED, str(BATCH)]
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True, text=True)
    rate, ratio, players = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        {"task": "speed", "case": f"Shared-Compare, key known, batches of {BATCH}", "windows_per_cpu_s": round(rate),
         "target": f">= {WINDOWS_S:,}", "ok": rate >= WINDOWS_S},
        {"task": "speed", "case": f"key not known, {players} candidates: cost over known key", "times": round(ratio, 2),
         "target": f"<= {players}", "ok": ratio <= players},
    ]  # fmt: skip


__all__ = ["TITLE", "page", "rows_of", "run", "transfer_verdict"]
