"""Learning from tracks without labels: the end of a window is hidden, and where everybody goes is to be predicted.

Source: masked trajectory modelling as in UniTraj (Xu and Fu, arXiv 2405.17680) and baller2vec (Alcorn and Nguyen,
arXiv 2102.03291), in its plainest form: displacements from the last seen sample, smooth L1.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.layers.entities import SPEED, entities


class Pretext(NamedTuple):
    """The question and its answer.

    Shapes: inputs - the keyword arguments of a model's `encode`, with the last H samples hidden; target (B, V, H, 2)
    displacement from the last sample seen, in steps as the models read them; known (B, V, H) bool: where it is known.
    """

    inputs: dict[str, Tensor]
    target: Tensor
    known: Tensor


def hidden_samples(frames: int, share: float = 0.25) -> int:
    """Return H, how many samples at the end are hidden: at least one, never all."""
    return min(max(1, round(frames * share)), frames - 1)


def hide_the_end(batch: dict[str, Tensor], share: float = 0.25) -> Pretext:
    """Return the windows with their last samples hidden, and what happens there. Keys are not used.

    Shapes: batch xy (B, P, T, 2) and, where given, present (B, P, T), side (B, P), ball (B, T, 2), ball_present (B, T).
    """
    T = batch["xy"].shape[2]
    H = hidden_samples(T, share)
    given = {k: batch.get(k) for k in ("present", "side", "ball", "ball_present")}
    e = entities(batch["xy"], given["present"], None, given["side"], given["ball"], given["ball_present"], T)
    before = e.seen[..., : T - H]
    last = (before * torch.arange(1, T - H + 1)).argmax(-1)  # (B, V): the last one seen; 0 where none is
    start = e.xy.gather(2, last[..., None, None].expand(-1, -1, 1, 2))
    target = (e.xy[:, :, T - H :] - start) * SPEED
    known = e.seen[..., T - H :] & before.any(-1, keepdim=True)
    seen = e.seen.clone()
    seen[..., T - H :] = False
    xy = e.xy * seen[..., None]
    inputs = {"xy": xy[:, :-1], "present": seen[:, :-1], "ball": xy[:, -1], "ball_present": seen[:, -1]}
    if given["side"] is not None:
        inputs["side"] = given["side"]
    return Pretext(inputs, target * known[..., None], known)


class TrajectoryHead(nn.Module):
    """Reads each entity's token and says where it goes while hidden. Shapes: (B, V, F) -> (B, V, H, 2)."""

    def __init__(self, width: int, hidden_samples: int) -> None:
        super().__init__()
        self.read = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, 2 * hidden_samples))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the displacements."""
        return self.read(tokens).unflatten(-1, (-1, 2))


def pretext_loss(predicted: Tensor, pretext: Pretext) -> Tensor:
    """Return the mean smooth L1 over what is known, 0 where nothing is. Shapes: predicted (B, V, H, 2)."""
    each = F.smooth_l1_loss(predicted, pretext.target, reduction="none").sum(-1)
    return (each * pretext.known).sum() / pretext.known.sum().clamp(min=1)
