"""What a model of chunks says of a whole game: of each chunk what it holds, laid where the model looked.

A model of whole games that answers a chunk as one has `looks`: how likely the chunk holds each class, and how much of
its attention each frame got. Chunks overlap by half; what they say of a frame is averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.learn.steps import one_thread
from sportsai.whole.heat import mirror_images

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
BATCH = 64  # chunks at once


def looks(model: Any) -> bool:
    """Whether a model answers chunks as one, and says where it looked."""
    return hasattr(model, "looks")


def attended(
    models: Sequence[Any], x: Float32, names: tuple[str, ...], stretches: Sequence[tuple[int, int]], chunk: int,
    mirrors: bool = True, where: bool = False,
) -> Float:  # fmt: skip
    """Return how much each frame matters for each class, (N, K), the mean over models and mirror images.

    That is how likely its chunks hold the class, times how much the model looked at it: 1 if at all frames alike; or
    with `where` only the latter. Shapes: x (N, F), what the frames show; chunk: frames.
    """
    out = np.zeros((len(x), models[0].config.classes))
    images = mirror_images(x, names, mirrors)
    for seen in images:
        for model in models:
            out += _one(model, seen, stretches, chunk, where)
    return out / (len(images) * len(models))


def chunks(
    model: Any, x: Float32, heat: Float32, stretches: Sequence[tuple[int, int]], chunk: int
) -> tuple[NDArray[np.bool_], Float]:  # fmt: skip
    """Return what chunks side by side hold, and how likely the model says they do, (n, K) twice.

    heat (N, K): what is true of each frame; a chunk holds a class where it is 1/2 or more, as it is taught.
    """
    each = [(a, min(a + chunk, end)) for first, end in stretches for a in range(first, end, chunk)]
    truth = np.array([(heat[a:b] >= 0.5).any(0) for a, b in each])
    said = [chance for chance, _ in _asked(model, x, each, chunk)]
    return truth, np.concatenate(said).astype(np.float64)


def _one(model: Any, x: Float32, stretches: Sequence[tuple[int, int]], chunk: int, alone: bool) -> Float:
    K = model.config.classes
    total, count = np.zeros((len(x), K)), np.zeros(len(x))
    each = [
        (a, min(a + chunk, end)) for first, end in stretches for a in range(first, max(end - chunk // 2, first + 1),
                                                                            max(chunk // 2, 1))
    ]  # fmt: skip
    n = 0
    for chance, where in _asked(model, x, each, chunk):
        worth = where.astype(np.float64) * (1.0 if alone else chance[:, None])
        for i, (a, b) in enumerate(each[n : n + len(worth)]):
            total[a:b] += worth[i, : b - a]
            count[a:b] += 1
        n += len(worth)
    return total / np.maximum(count, 1)[:, None]


def _asked(
    model: Any, x: Float32, each: Sequence[tuple[int, int]], chunk: int
) -> Iterator[tuple[Float32, Float32]]:  # fmt: skip
    """Yield what the model says of chunks, (B, K), and where it looked, (B, chunk, K), batch by batch."""
    model.eval()
    for n in range(0, len(each), BATCH):
        some = each[n : n + BATCH]
        shown = np.zeros((len(some), chunk, x.shape[1]), np.float32)
        there = np.zeros((len(some), chunk), bool)
        for i, (a, b) in enumerate(some):
            shown[i, : b - a], there[i, : b - a] = x[a:b], True
        with torch.inference_mode(), one_thread():
            chance, where = model.looks(torch.from_numpy(shown), torch.from_numpy(there))
        yield chance.numpy(), where.numpy()
