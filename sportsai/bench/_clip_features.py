"""aLSTM on features of real video: nine frames of 256 numbers of 3,493 volleyball clips, and what is attended to.

What is read is always the whole frames' features. What is attended to is these again; how they change from frame to
frame; or where people stand, which is known of one frame of nine, the annotated one: the others are zeros, and a number
says which is known. Authors' training videos train; of their validation videos every other one chooses the epoch, the
rest are reported.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TASK = "aLSTM on features of video: eight team activities of volleyball clips"
SEEDS = (0, 1, 2)
PEOPLE, AT = 12, 5  # people of a clip, sorted by x; the frame their boxes are of
SCENE, BOXES = 256, 4 * PEOPLE + 1
READS = tuple(range(SCENE))
CHANGE = tuple(range(SCENE, 2 * SCENE))
LAYOUT = tuple(range(2 * SCENE, 2 * SCENE + BOXES))
WAYS: dict[str, dict[str, Any]] = {
    "LSTM, last step": {"context": "none", "last": True},
    "LSTM, every step": {"context": "none"},
    "aLSTM, attends to what it reads, every step": {"attends": READS},
    "aLSTM, attends to how that changes, every step": {"attends": CHANGE},
    "LSTM, mean of the boxes' stream at every step": {"attends": LAYOUT, "context": "mean"},
    "aLSTM, attends to the boxes' stream, last step": {"attends": LAYOUT, "last": True},
    "aLSTM, attends to the boxes' stream, every step": {"attends": LAYOUT},
}
Float = NDArray[np.float64]


def streams(folder: Path) -> dict[str, Any]:
    """Return x (n, 9, F) float32, y (n,), video (n,), part (n,) "train", "choose" or "report", names."""
    import pandas as pd

    clips = pd.read_parquet(folder / "clips.parquet")
    boxes = pd.read_parquet(folder / "boxes.parquet")
    with np.load(folder / "scene_resnet50_pca256.npz", allow_pickle=False) as z:
        row = {k: i for i, k in enumerate(zip(z["video"].tolist(), z["clip"].tolist(), strict=True))}
        scene = z["feat"].astype(np.float32)
    keys = list(zip(clips["video"].tolist(), clips["clip"].tolist(), strict=True))
    scene = scene[[row[k] for k in keys]]
    held = sorted(clips.loc[clips["split"] == "val", "video"].unique().tolist())
    part_of = {v: "choose" if n % 2 else "report" for n, v in enumerate(held)}
    video = clips["video"].to_numpy()
    part = np.array([part_of.get(int(v), "train") for v in video])
    names = sorted(clips["group"].unique().tolist())
    y = np.array([names.index(g) for g in clips["group"]])
    at = {k: i for i, k in enumerate(keys)}
    where = np.zeros((len(clips), len(scene[0]), BOXES), np.float32)
    for key, mine in boxes.groupby(["video", "clip"]):
        where[at[int(key[0]), int(key[1])], AT] = layout(  # type: ignore[call-overload]
            mine[["x", "y", "w", "h"]].to_numpy(np.float64), float(mine["img_w"].iloc[0]), float(mine["img_h"].iloc[0])
        )
    change = np.diff(scene, axis=1, prepend=scene[:, :1])
    train = part == "train"
    scene, change = (_even(v, train) for v in (scene, change))
    mean, spread = where[train, AT, :-1].mean(0), where[train, AT, :-1].std(0) + 1e-6
    where[:, AT, :-1] = (where[:, AT, :-1] - mean) / spread
    x = np.concatenate([scene, change, where], 2)
    return {"x": x, "y": y, "video": video, "part": part, "names": names}


def layout(xywh: Float, wide: float, high: float) -> Float:
    """Return where people stand, (4 * PEOPLE + 1,): each one's x, feet, width and height as shares of the picture, from
    left to right, zeros where there are fewer; then 1: it is known."""
    x = np.stack([xywh[:, 0] + xywh[:, 2] / 2, xywh[:, 1] + xywh[:, 3], xywh[:, 2], xywh[:, 3]], 1)
    x = x[np.argsort(x[:, 0], kind="stable")][:PEOPLE] / [wide, high, wide, high]
    out = np.zeros(BOXES)
    out[: x.size], out[-1] = x.ravel(), 1.0
    return out


def _even(x: NDArray[np.float32], train: NDArray[np.bool_]) -> NDArray[np.float32]:
    mean, spread = x[train].mean((0, 1)), x[train].std((0, 1))
    return (x - mean) / np.where(spread > 1e-6, spread, 1.0)


def measured(folder: Path, seeds: tuple[int, ...], say: Callable[[int, int], None]) -> list[dict[str, Any]]:
    """Return a row for each way of reading the features, and the sentences beside."""
    from sportsai.clips.plain import regression
    from sportsai.learn.metrics import accuracy, balanced_accuracy, bootstrap, confusion, mean_ap

    s = streams(folder)
    y, part, K = s["y"], s["part"], len(s["names"])
    train, choose, report = (np.flatnonzero(part == p) for p in ("train", "choose", "report"))
    one = np.eye(K, dtype=bool)[y]
    mean = s["x"][:, :, :SCENE].mean(1)
    both = np.concatenate([mean, s["x"][:, AT, 2 * SCENE : -1]], 1)
    said: dict[str, list[Float]] = {
        "share of the classes": [np.tile(one[train].mean(0), (len(report), 1))],
        "mean of the frames, logistic regression": [regression(mean, one, False, train, choose)[report]],
        "mean of the frames and the boxes, logistic regression": [regression(both, one, False, train, choose)[report]],
    }
    for n, (way, config) in enumerate(WAYS.items()):
        for k, seed in enumerate(seeds):
            said.setdefault(way, []).append(taught(s, config, seed)[report])
            say(n * len(seeds) + k + 1, len(WAYS) * len(seeds))
    rows = []
    for way, each in said.items():
        tables = [confusion(y[report], p.argmax(1), K) for p in each]
        right = np.mean([p.argmax(1) == y[report] for p in each], 0)

        def share(i: NDArray[np.int64], right: Float = right) -> float:
            return float(right[i].mean())

        low, high = bootstrap(s["video"][report], share, draws=500)
        found = {
            "accuracy": [accuracy(t) for t in tables], "balanced accuracy": [balanced_accuracy(t) for t in tables],
            "mAP": [mean_ap(y[report], p) for p in each],
        }  # fmt: skip
        rows.append(
            {"task": TASK, "reads": way}
            | {k: f"{np.mean(v):.3f}" + (f" ± {np.std(v):.3f}" if len(v) > 1 else "") for k, v in found.items()}
            | {"accuracy 95 %": f"{low:.3f} – {high:.3f}", "seeds": len(each)}
        )
    say_ = (
        f"{len(train):,} clips of {len(set(s['video'][train].tolist()))} videos train, {len(choose)} of "
        f"{len(set(s['video'][choose].tolist()))} choose the epoch or the penalty, {len(report)} of "
        f"{len(set(s['video'][report].tolist()))} are reported; the 95 % draws these videos anew. The boxes' stream is "
        "known at one frame of nine: that frame must be found among zeros, and boxes alone tell more than whole frames "
        "do (gradient boosting on boxes: .776, `reports/benchmarks/group.md`). What attention itself is worth is the "
        "step from the mean of the boxes' stream, which shows a ninth of it, to attending to it, and from reading to "
        "attending to the same."
    )
    return [*rows, {"task": TASK, "say": say_}]


def taught(s: dict[str, Any], config: dict[str, Any], seed: int, epochs: int = 14) -> Float:
    """Return the probabilities of all clips by an aLSTM that read those that train, (n, K)."""
    import torch
    from torch.nn import functional as F

    from sportsai.learn.recipe import TrainPart
    from sportsai.learn.steps import descend, one_thread
    from sportsai.sequence_models.attention_lstm import Config, Model

    x, y = torch.from_numpy(s["x"]), torch.from_numpy(s["y"])
    train, choose = (np.flatnonzero(s["part"] == p) for p in ("train", "choose"))
    dice = np.random.default_rng(seed)
    t = TrainPart(epochs=epochs, batch=64, lr=3e-3, weight_decay=1e-2, patience=5)

    def steps_(logits: Any, label: Any) -> Any:
        """Return the cross-entropy of every step's answer, averaged (methods: softmax at each step)."""
        return F.cross_entropy(logits.flatten(0, 1), label[:, None].expand(-1, logits.shape[1]).flatten())

    def probabilities(model: Any, index: Any) -> Any:
        with torch.no_grad():
            return torch.cat([model.eval()(x[i]).softmax(-1).mean(1) for i in np.array_split(index, 8)])

    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        model = Model(Config(inputs=x.shape[2], classes=len(s["names"]), reads=READS, dropout=0.4, **config))

        def batches() -> Any:
            for index in np.array_split(dice.permutation(train), -(-len(train) // t.batch)):
                yield {"x": x[index], "y": y[index]}

        def measure() -> float:
            p = probabilities(model, choose)[torch.arange(len(choose)), y[choose]]
            return float(p.clamp_min(1e-6).log().mean().exp())

        descend(
            model, t, -(-len(train) // t.batch), batches, lambda b: steps_(model(b["x"]), b["y"]), measure, clip=5.0
        )
        return np.asarray(probabilities(model, np.arange(len(y))).double().numpy())
