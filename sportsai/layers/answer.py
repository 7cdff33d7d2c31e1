"""What a model of windows answers - a class, or a player - and how wrong it was; the smallest windows to try it on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LOW = -1e4  # the score of a place where nobody is: finite, so that it can be added up, and never the highest


def answer_loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the player chosen where the batch has "choices".

    Shapes: output (B, K) or (B, P); batch["label"] (B,) class or place; batch["weight"] (K,) of the classes, optional;
    batch["choices"] (B, P) bool, the places allowed: the others get no probability.
    """
    if "choices" in batch:
        output = output.masked_fill(~batch["choices"], float("-inf"))
        return F.cross_entropy(output, batch["label"])
    return F.cross_entropy(output, batch["label"], weight=batch.get("weight"))


def example_windows(
    places: int, frames: int, classes: int, choose: bool, generator: torch.Generator, channels: int = 2
) -> dict[str, Tensor]:
    """Return 3 windows, key first, of two teams and the ball; the last place of the last window is empty."""
    B, P, T = 3, places, frames
    xy = torch.rand(B, P, T, channels, generator=generator) * 2 - 1
    present = torch.ones(B, P, T, dtype=torch.bool)
    present[-1, -1] = False
    side = torch.where(torch.rand(B, P, generator=generator) < 0.5, -1.0, 1.0)
    side[:, 0] = 1.0
    batch = {
        "xy": xy,
        "present": present,
        "key": torch.zeros(B, dtype=torch.int64),
        "side": side,
        "ball": torch.rand(B, T, channels, generator=generator) * 2 - 1,
        "ball_present": torch.ones(B, T, dtype=torch.bool),
        "label": torch.randint(classes, (B,), generator=generator),
    }
    if choose:
        batch["choices"] = present.any(-1).scatter(1, batch["key"][:, None], False)
        batch["label"] = torch.randint(1, max(P - 1, 2), (B,), generator=generator)
    return batch
