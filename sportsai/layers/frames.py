"""What a model of whole games answers at each frame, and how wrong it was; the smallest games to try it on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def heat_loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Binary cross-entropy of every class at every frame with what is true there, mean over what is known.

    Shapes: output (B, T, K) logits; batch["heat"] (B, T, K) in [0, 1]: 1 at an event or where a label holds, less near
    an event, NaN where nobody knows; batch["there"] (B, T) bool; batch["weight"] (K,) of the classes, optional.
    """
    heat = batch["heat"]
    known = torch.isfinite(heat)
    if "there" in batch:
        known = known & batch["there"][..., None]
    each = F.binary_cross_entropy_with_logits(output, torch.where(known, heat, 0), reduction="none")
    if "weight" in batch:
        each = each * batch["weight"]
    return torch.where(known, each, 0).sum() / known.sum().clamp_min(1)


def moments_loss(output: Tensor, batch: dict[str, Tensor], weight: float, dilate: int) -> Tensor:
    """Cross-entropy of one class a frame or none, a frame with an event counting `weight` times.

    Shapes: output (B, T, K), the log-odds of softmax probabilities, "none" being what is left; batch["at"] (B, M) the
    frames of M moments, batch["what"] (B, M) their classes, -1 where there are fewer. Frames within `dilate` of a
    moment are taught its class, the nearest one's.
    """
    B, T = output.shape[:2]
    frame = torch.arange(T, device=output.device)
    away = (frame[None, :, None] - batch["at"][:, None]).abs()
    away = torch.where(batch["what"][:, None] >= 0, away, torch.inf)
    near, which = away.min(-1) if away.shape[-1] else (away.new_full((B, T), torch.inf), frame.new_zeros(B, T))
    some = near <= dilate + 0.5
    label = torch.where(some, batch["what"].gather(1, which), 0) if away.shape[-1] else which
    said = F.logsigmoid(output)
    nothing = torch.log((1 - said.exp().sum(-1)).clamp_min(1e-6))
    each = -torch.where(some, said.gather(-1, label[..., None])[..., 0] * weight, nothing)
    there = batch["there"] if "there" in batch else torch.ones(B, T, dtype=torch.bool, device=output.device)
    counts = torch.where(some, weight, 1.0) * there
    return torch.where(there, each, 0).sum() / counts.sum().clamp_min(1)


def chunk_loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Binary cross-entropy of each label, at every step alike, with whether it holds anywhere in the chunk.

    Shapes: output (B, T, K) logits; batch["heat"] (B, T, K): a label holds where it is 1/2 or more; batch["there"].
    """
    heat = torch.nan_to_num(batch["heat"])
    there = batch["there"] if "there" in batch else torch.ones(heat.shape[:2], dtype=torch.bool, device=heat.device)
    holds = ((heat >= 0.5) & there[..., None]).any(1, keepdim=True).to(output).expand_as(output)
    each = F.binary_cross_entropy_with_logits(output, holds, reduction="none")
    return torch.where(there[..., None], each, 0).sum() / (there.sum().clamp_min(1) * output.shape[-1])


def one_or_none(logits: Tensor) -> Tensor:
    """Return the log-odds of each class of a softmax over "none" and K classes. Shapes: (..., K + 1) -> (..., K)."""
    p = logits.log_softmax(-1)[..., 1:]
    return p - torch.log1p(-p.exp().clamp_max(1 - 1e-6))


def example_frames(frames: int, inputs: int, classes: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Return 3 games: what frames show, the last game shorter, and two moments of each, as heat and as a list."""
    B, T, K = 3, frames, classes
    there = torch.ones(B, T, dtype=torch.bool)
    there[-1, T - T // 4 :] = False
    at = torch.stack([torch.randint(1, T // 2, (B,), generator=generator) for _ in range(2)], 1).sort(1).values
    what = torch.randint(K, (B, 2), generator=generator)
    frame = torch.arange(T, dtype=torch.float32)
    heat = torch.zeros(B, T, K)
    for m in range(2):
        bell = torch.exp(-((frame[None] - at[:, m, None]) ** 2) / 2)
        own = torch.nn.functional.one_hot(what[:, m], K)[:, None] * bell[..., None]
        heat = torch.maximum(heat, own)
    return {
        "x": torch.rand(B, T, inputs, generator=generator) * 2 - 1, "there": there, "heat": heat,
        "at": at.float(), "what": what,
    }  # fmt: skip
