"""What a model of clips of pictures is taught when one class holds, and the smallest clips to try it on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def class_loss(output: Tensor, batch: dict[str, Tensor], config: Any = None) -> Tensor:
    """Cross-entropy of logits (B, classes) with batch["y"] (B,)."""
    return F.cross_entropy(output, batch["y"])


def example_clips(classes: int, frames: int, side: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Return 2 clips of `frames` square pictures, `side` pixels wide, and their classes."""
    return {
        "clip": torch.rand(2, 3, frames, side, side, generator=generator),
        "y": torch.randint(classes, (2,), generator=generator),
    }
