"""What a label graph makes of labels that are given: the average precision of all others, by how many are known.

Games are never seen by what answers for them. Which labels are given is drawn at random, the same draw for each kind of
network; a given label is never scored. What is given is the labels as they are, without what the hierarchy says follows
from them: what is won is what the network learned.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.data.describe import describe
from sportsai.learn.lessons import folds
from sportsai.learn.metrics import ap_ni, bootstrap
from sportsai.learn.recipe import Recipe
from sportsai.learn.standard import standard
from sportsai.library.atomic import write_bytes
from sportsai.models import label_graph
from sportsai.tasks import EVENT, Examples

Float = NDArray[np.float64]
KINDS = ("logistic", "binn", "sinn")
SHARES = (0.0, 0.1, 0.3)
COARSE = "coarse"


def partial(
    recipe: Recipe, taught: Examples, *, seeds: Sequence[int] = (0, 1, 2), kinds: Sequence[str] = KINDS,
    shares: Sequence[float] = SHARES, progress: Callable[[int, int, str], None] | None = None,
    keep: Path | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each kind of network and share of labels given: mAP of the labels not given, over seeds.

    Rows whose share is "coarse" give every label above the finest level, and score the finest.
    """
    if taught.hierarchy is None or taught.also is None:
        raise ValueError("these examples have one class each, no labels to give")
    splits = folds(taught, recipe)
    level = np.array(taught.hierarchy.level)
    fine = level == level.max()
    own = {k: v for k, v in recipe.model_config_.items() if k not in ("frames", "kind")}
    x, _ = describe(taught.windows)
    said: dict[tuple[str, float | str, int], Float] = {}
    hidden: dict[tuple[float | str, int], NDArray[np.bool_]] = {}
    tested = np.zeros(len(taught), bool)
    for seed in seeds:
        draws = np.random.default_rng(1000 + seed).random(taught.also.shape)
        masks: dict[float | str, NDArray[np.bool_]] = {s: draws < s for s in shares}
        masks[COARSE] = np.tile(~fine, (len(taught), 1))
        hidden |= {(s, seed): ~m for s, m in masks.items()}
        for j, split in enumerate(splits):
            if progress:
                progress(seeds.index(seed) * len(splits) + j, len(seeds) * len(splits), f"seed {seed}, part {j + 1}")
            train, test = split.train, split.test[taught.kind[split.test] == EVENT]
            tested[test] = True
            config = replace(standard("label_graph", taught, own), seed=seed)
            heard, asked = _heard(x, taught, train, test, config, keep, f"{recipe.league}-{recipe.name}-{j}-{seed}")
            for kind in kinds:
                net = label_graph.learned(heard, taught.also[train], replace(config, kind=kind))
                for how, mask in masks.items():
                    given = torch.from_numpy(np.where(mask[test], taught.also[test], np.nan).astype(np.float32))
                    with torch.inference_mode():
                        z = net(torch.from_numpy(asked).float(), given).numpy()
                    said.setdefault((kind, how, seed), np.full(taught.also.shape, np.nan))[test] = z
    rows = []
    events = np.flatnonzero(tested)
    also, game = taught.also[events], taught.windows.game[events]
    every: tuple[float | str, ...] = (*shares, COARSE)
    for kind in kinds:
        for share in every:
            columns = np.flatnonzero(fine) if share == COARSE else np.arange(len(level))
            scores = [said[kind, share, s][events] for s in seeds]
            free = [hidden[share, s][events] for s in seeds]
            each = [_ap(also, z, f, columns) for z, f in zip(scores, free, strict=True)]

            def figure(i: NDArray[np.int64], scores: list[Float] = scores, free: Any = free, c: Any = columns) -> float:
                return float(
                    np.mean([np.nanmean(_ap(also[i], z[i], f[i], c)) for z, f in zip(scores, free, strict=True)])
                )

            low, high = bootstrap(game, figure, draws=200)
            means = [float(np.nanmean(e)) for e in each]
            finest = [np.nanmean(_ap(also, z, f, np.flatnonzero(fine))) for z, f in zip(scores, free, strict=True)]
            rows.append(
                {"kind": kind, "given": share, "seeds": len(seeds), "mAP": float(np.mean(means)),
                 "sd": float(np.std(means)), "interval": [low, high], "mAP, finest": float(np.mean(finest)),
                 "AP": {taught.names[k]: float(np.mean([e[i] for e in each])) for i, k in enumerate(columns)}}
            )  # fmt: skip
    return rows


def _ap(also: NDArray[np.bool_], z: Float, free: NDArray[np.bool_], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the average precision of each column over the rows in which it was not given, NaN where none is true."""
    found = []
    for k in columns.tolist():
        rows = free[:, k]
        true = also[rows, k]
        found.append(ap_ni(true, z[rows, k]) if true.any() else np.nan)
    return np.array(found)


def _heard(
    x: Any,
    taught: Examples,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    config: Any,
    keep: Path | None,
    name: str,
) -> tuple[Float, Float]:
    """Return the activations of the training windows, by trees that did not see their game, and of the tested ones."""
    path = keep / f"trees-{name}-{config.trees}.npz" if keep else None
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as kept:
            if kept["heard"].shape == (len(train), len(taught.names)) and len(kept["own"]) == len(test):
                return kept["heard"], kept["own"]
    assert taught.also is not None
    heard = label_graph.logits(
        label_graph.unseen_shares(x[train], taught.also[train], taught.windows.game[train], config)
    )
    own = label_graph.logits(label_graph.shares(label_graph.grown(x[train], taught.also[train], config), x[test]))
    if path is not None:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, heard=heard, own=own)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, buffer.getvalue())
    return heard, own
