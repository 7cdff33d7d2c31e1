"""Reflections of the court: one at random while training, the mean over all of them afterwards.

Averaging over a group makes the answer exactly the same for a window and its reflections. Source: Wang et al.,
"TacticAI", Nature Communications 15 (2024), section "Geometric deep learning". Differs: a model may be told in which
direction a team attacks; exchanging the ends of the court turns that, too, so that no information is lost.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

GROUPS: dict[str, tuple[tuple[float, float], ...]] = {
    "none": ((1, 1),),
    "y": ((1, 1), (1, -1)),
    "d2": ((1, 1), (1, -1), (-1, 1), (-1, -1)),
}


def reflected(xy: Tensor, sign: Tensor) -> Tensor:
    """Return positions multiplied by the signs of x and y. Shapes: xy (B, ..., 2), sign (B, 2)."""
    return xy * sign.to(xy.dtype).reshape(len(sign), *[1] * (xy.dim() - 2), 2)


def over_reflections(
    read: Callable[[Tensor], Tensor], group: str, windows: int, training: bool, scores: bool
) -> Tensor:
    """Return the answers of `read`, which takes signs (B, 2), for one random reflection a window, or for all of them.

    scores: average plain scores, (B, P); else log-probabilities, (B, K).
    """
    signs = torch.tensor(GROUPS[group], dtype=torch.float32)
    if training or len(signs) == 1:
        return read(signs[torch.randint(len(signs), (windows,))] if len(signs) > 1 else signs.expand(windows, 2))
    answers = torch.stack([read(s.expand(windows, 2)) for s in signs])
    return answers.mean(0) if scores else answers.log_softmax(-1).mean(0)
