"""Models of clips: which part is worth what on built tasks, on real features, on rendered footage.

ablation   built chunks on which a part of a model is needed: with it and without
features   aLSTM on whole frames' features of 3,493 real volleyball clips, videos apart
rendered   120 clips of 2 s of ten real NBA quarters, drawn as a broadcast: every model beside regression on colours and
           flow, games apart. Nobody filmed them
people     pictures of followed players into the hierarchical LSTM, end to end: does it run, does it learn
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import Part, data, rows_of
from sportsai.bench._scores import progress

TITLE = "models of clips of footage"
KEEP = Path("runs/clips")
TURNS = (0, 1, 2)  # which fifth of the games tests; also the seed
MODELS = {  # of rendered clips -> what differs from its Config's defaults, passes
    "stpn": ({"d": "256", "dropout": "0.5"}, 30), "frame_net": ({}, 20),
    "c3d": ({"width": "16", "dropout": "0.2"}, 20), "clip_activity": ({"width": "16", "dropout": "0.2"}, 20),
}  # fmt: skip
FILMS = {"vb_7_38025": 38005, "vb_10_18360": 18340}  # clip -> its first frame's number in the annotation
WINDOW = 5  # frames, as the source's person stage
NOTE = (
    "No weights of these models ship: what is taught here knows drawn people, or built chunks. `sportsai clips train` "
    "teaches them what your clips show."
)


def run(quick: bool = False, parts: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for. quick: one turn or seed. Data not here are left out."""
    return rows_of(PARTS, quick, parts)


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows."""
    from sportsai.bench import _scores

    return ["", NOTE, *_scores.page(rows)]


def rendered(quick: bool) -> list[dict[str, Any]]:
    """Return how well each model tells which way play goes in clips that were drawn, on games it did not see."""
    from sportsai.bench._rendered_clips import EACH, GAMES, KINDS, LENGTH_S, drawn
    from sportsai.clips.shelf import shelved
    from sportsai.clips.table import load_clips, parted
    from sportsai.video.snippets import Reading

    task = "Rendered clips: which way play goes"
    folder = drawn(KEEP / "rendered", data("basketball") / "nba_q1.npz", progress=progress("Drawing"))
    clips = load_clips(folder)
    reading = Reading(32, 64, 112, 3, 5, 5)
    shelf = shelved(clips, reading, KEEP / "read", progress=lambda n, of, word: progress(word)(n, of))
    turns = TURNS[: 1 if quick else None]
    said: list[dict[str, dict[str, Any]]] = []
    for turn in turns:
        said.append(_taught(clips, shelf, parted(clips, turn), turn))
    index = np.concatenate([parted(clips, turn).test for turn in turns])
    rows = [{"task": task, "model": name} | _figures(clips, index, [s[name] for s in said]) for name in said[0]]
    say = (
        f"{len(clips)} clips of {LENGTH_S:g} s, {EACH} of each of {len(KINDS)} kinds of each of {GAMES} NBA quarters "
        f"({', '.join(KINDS)}), drawn at 12 frames a second and read at 112 x 64 pixels: drawn people, nobody filmed "
        f"them. {len(turns)} turns with a seed each: six games train, two choose the epoch, two test, others in each "
        f"turn; ± is over turns, the 95 % draws the {len(set(np.array(clips.game)[index]))} games that tested anew. "
        "Where play is one picture tells; where it goes only several do. Passes and rates of learning were chosen with "
        "the first turn's figures in sight. Tuned: turns in which tuning to speeds was no worse on validation."
    )
    return [*sorted(rows, key=lambda r: -float(r["accuracy"][:5])), {"task": task, "say": say}]


def features(quick: bool) -> list[dict[str, Any]]:
    """Return how well team activities are told from features of video, by what is attended to."""
    from sportsai.bench import _clip_features as room

    return room.measured(data("volleyball"), room.SEEDS[: 1 if quick else None], progress("aLSTM"))


def ablation(quick: bool) -> list[dict[str, Any]]:
    """Return what each part of the models is worth where it is needed."""
    from sportsai.bench import _built_clips as room

    rows = room.ablated(1 if quick else room.SEEDS, progress("built chunks"))
    say = (
        "Made-up chunks, so that the removed part is necessary; tests hold the directions with a margin "
        "(`tests/clip_models/test_directions.py`, `tests/sequence_models/test_directions.py`). Activity-specific "
        "features and the correlation map are in `reports/benchmarks/group.md`."
    )
    return [*rows, {"task": rows[0]["task"], "say": say}]


def people(quick: bool) -> list[dict[str, Any]]:
    """Return that pictures of followed players teach the hierarchical LSTM their actions, on two clips: no score."""
    import torch

    from sportsai.clips.people import backbone

    task = "Pictures of followed players into the hierarchical LSTM"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        seer = backbone("small", untrained=True)
    found = taught_people(data("video"), seer, 12 if quick else 120)
    say = (
        "Two volleyball clips of 20 frames with true tracks, windows of 5 frames. The backbone's weights are random, "
        "nearly all stand and nothing is held out, so that no figure here is a score: boxes, pictures, features and "
        "the two-stage network, which is told of no place, run end to end, and steps on the true actions lower the "
        "loss. Of actions it says what most do: two clips teach no more."
    )
    row = {"people": found["people"], "windows": found["windows"], "steps": found["steps"],
           "loss before": f"{found['first']:.3f}", "loss after": f"{found['last']:.3f}",
           "actions right, same windows": f"{found['right']:.3f}", "if all stood": f"{found['most']:.3f}"}  # fmt: skip
    return [{"task": task, **row}, {"task": task, "say": say}]


def taught_people(folder: Path, seer: Any, steps: int) -> dict[str, Any]:
    """Return how steps on the true actions of two clips lower the loss of the hierarchical LSTM."""
    import pandas as pd
    import torch

    from sportsai.clips.people import people as seen_people
    from sportsai.clips.people import windows
    from sportsai.models.hierarchical_lstm import Config, Model, loss
    from sportsai.video.decode import look
    from sportsai.video.follow import Boxes

    table = pd.read_parquet(folder / "vb_tracks.parquet")
    actions = sorted(table["action"].unique())
    batches = []
    for n, (clip, first) in enumerate(FILMS.items()):
        mine = table[(table["video"] == int(clip.split("_")[1])) & (table["lost"] == 0)]
        rows = np.arange(int(mine["frame"].min()), int(mine["frame"].max()) + 1)
        boxes = Boxes.of(
            mine["frame"].to_numpy(np.int64) - rows[0], mine[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float64),
            None, mine["player"].to_numpy(np.int64),
        )  # fmt: skip
        seen = seen_people(look(folder / f"{clip}.mp4"), rows - first, boxes, seer)
        batch = windows(seen, WINDOW)
        does = np.full((len(seen.track), len(rows)), -1)
        at = np.searchsorted(seen.track, mine["player"].to_numpy())
        does[at, boxes.frame] = [actions.index(a) for a in mine["action"]]
        middle = batch.pop("first").numpy() + WINDOW // 2
        batch["people"] = torch.from_numpy(does[:, middle].T.copy())
        batch["label"] = torch.full((len(middle),), n)
        batches.append(batch)
    P = max(b["xy"].shape[1] for b in batches)
    whole = {k: torch.cat([_wider(b[k], P, k) for b in batches]) for k in batches[0]}
    given = {k: v for k, v in whole.items() if k not in ("people", "label")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Model(
            Config(classes=2, frames=WINDOW, actions=len(actions), image=seer.net.channels, places=False, dropout=0.0)
        )
        optimiser = torch.optim.Adam(model.parameters(), 3e-3)
        costs = []
        for _ in range(steps):
            cost = loss(model(**given), whole)
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
            costs.append(float(cost.detach()))
        with torch.no_grad():
            said = model.eval()(**given).people.argmax(-1)
    known = whole["people"] >= 0
    return {
        "people": sum(int(b["present"].any(2).any(0).sum()) for b in batches), "windows": len(whole["label"]),
        "steps": steps, "first": costs[0], "last": costs[-1],
        "most": float(whole["people"][known].bincount().max() / known.sum()),
        "right": float((said == whole["people"])[known].float().mean()),
    }  # fmt: skip


def _wider(x: Any, P: int, name: str) -> Any:
    """Return a batch's tensor with P places for people; places that are added are nobody's."""
    import torch

    if name == "label" or x.shape[1] == P:
        return x
    more = torch.full((x.shape[0], P - x.shape[1], *x.shape[2:]), -1 if name == "people" else 0, dtype=x.dtype)
    return torch.cat([x, more], 1)


def _taught(clips: Any, shelf: Any, split: Any, turn: int) -> dict[str, dict[str, Any]]:
    """Return of each model and baseline the probabilities of the clips that test, and what it cost.

    Trainings are kept in KEEP: a run that was stopped goes on.
    """
    from sportsai.clips.fit import LR, TEACH, teach
    from sportsai.clips.plain import numbers, regression
    from sportsai.clips.score import PLAIN, SHARES
    from sportsai.clips.trained import probabilities
    from sportsai.library.atomic import write_bytes

    plain = regression(numbers(shelf), clips.y, clips.many, split.train, split.validation)[split.test]
    shares = np.tile(clips.y[split.train].mean(0), (len(split.test), 1))
    found: dict[str, dict[str, Any]] = {PLAIN: {"p": plain.tolist()}, SHARES: {"p": shares.tolist()}}
    for name, (options, epochs) in MODELS.items():
        path = KEEP / f"rendered-{turn}-{name}.json"
        if path.is_file():
            found[name] = json.loads(path.read_text())
            continue
        t = TEACH.model_copy(
            update={
                "epochs": epochs,
                "batch": 8 if name in LR else 4,
                "lr": LR.get(name, TEACH.lr),
                "seed": turn,
                "patience": epochs,
            }
        )

        def say(n: int, of: int, word: str) -> None:
            progress(f"turn {turn}, {word}")(n, of)

        m = teach(name, clips, shelf, split, t, options=options, progress=say)
        p = probabilities(m, shelf, split.test)
        found[name] = {
            "p": p.tolist(), "cpu_s": m.cpu_s, "numbers": m.parameters, "tuned": m.tuned, "epoch": m.epoch
        }  # fmt: skip
        write_bytes(path, json.dumps(found[name]).encode())
    return found


def _figures(clips: Any, index: Any, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a model's figures: the mean and spread over turns, and how far accuracy moves with the games drawn."""
    from sportsai.clips.score import figures
    from sportsai.learn.metrics import bootstrap

    p = [np.array(t["p"]) for t in turns]
    edges = np.cumsum([0, *map(len, p)])
    each = [figures(clips, index[a:b], one) for a, b, one in zip(edges, edges[1:], p, strict=False)]
    right = np.concatenate(p).argmax(1) == clips.label[index]
    low, high = bootstrap(np.array(clips.game)[index], lambda i: float(right[i].mean()), draws=500)
    row: dict[str, Any] = {
        k: f"{np.mean([e[k] for e in each]):.3f} ± {np.std([e[k] for e in each]):.3f}" for k in ("accuracy", "mAP")
    }
    row["accuracy 95 %"] = f"{low:.3f} – {high:.3f}"
    for side, kinds in (("left or right", (0, 1, 0, 1)), ("going or staying", (0, 0, 1, 1))):
        of = np.array(kinds)
        row[side] = f"{(of[np.concatenate(p).argmax(1)] == of[clips.label[index]]).mean():.3f}"
    if "cpu_s" in turns[0]:
        row |= {"numbers": turns[0]["numbers"], "train_cpu_s": round(float(np.mean([t["cpu_s"] for t in turns])), 1)}
        row["tuned"] = sum(t["tuned"] for t in turns) or None
    return row


PARTS: dict[str, Part] = {
    "ablation": ablation, "features": features, "rendered": rendered, "people": people,
}  # fmt: skip
