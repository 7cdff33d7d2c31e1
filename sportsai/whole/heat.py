"""What a model says at every frame of a game, piece by piece: what a network needs does not
grow with the game's length; a game's frames, 52 numbers each, do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.timeline import mirrored
from sportsai.learn.steps import one_thread

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
PIECE, EDGE = 1024, 128  # frames said at once, and frames before and after that are read for them
WAYS = ((), ("y",), ("x",), ("x", "y"))  # the court's mirror images


def heat(
    models: Sequence[Any], x: Float32, names: tuple[str, ...], stretches: Sequence[tuple[int, int]],
    mirrors: bool = True,
) -> Float:  # fmt: skip
    """Return the probability of each class at each frame, (N, K), the mean over models and mirror images.

    Shapes: x (N, F), what the frames show; a model is asked of each stretch alone.
    """
    out = np.zeros((len(x), models[0].config.classes))
    images = mirror_images(x, names, mirrors)
    for seen in images:
        for model in models:
            for first, end in stretches:
                out[first:end] += _stretch(model, seen[first:end])
    return out / (len(images) * len(models))


def mirror_images(x: Float32, names: tuple[str, ...], mirrors: bool = True) -> list[Float32]:
    """Return what the frames would show in each mirror, (N, F) each, x itself first, alone without `mirrors`."""
    images = []
    for way in WAYS if mirrors else WAYS[:1]:
        seen = x
        for axis in way:
            seen = mirrored(seen, names, axis)
        images.append(seen)
    return images


def _stretch(model: Any, x: Float32) -> Float:
    out = np.zeros((len(x), model.config.classes))
    model.eval()
    with torch.inference_mode(), one_thread():
        for a in range(0, len(x), PIECE):
            first, end = max(0, a - EDGE), min(len(x), a + PIECE + EDGE)
            said = each_frame(model(torch.from_numpy(np.ascontiguousarray(x[first:end]))[None]), end - first)[0]
            out[a : a + PIECE] = said[a - first : a - first + PIECE].numpy()
    return out


def each_frame(output: Any, frames: int) -> Tensor:
    """Return the probability of each class at each frame, (B, T, K); of segments, the surest with its middle there."""
    if isinstance(output, Tensor):
        return output.sigmoid()
    p = torch.where(output.there[..., None], output.logit.sigmoid(), 0.0)
    at = output.ends.mean(-1).round().long().clamp(0, frames - 1)
    out = p.new_zeros(len(p), frames, p.shape[-1])
    return out.scatter_reduce(1, at[..., None].expand_as(p), p, "amax")
