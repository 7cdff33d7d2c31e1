"""Gated dilated convolutions over frames: each layer sees further, and frames that are not there stay zero."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError


class EachFrame(nn.Module):
    """Norm of each frame alone, in groups of channels. Shapes: (B, C, T) -> the same."""

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.groups = groups
        self.scale, self.shift = nn.Parameter(torch.ones(width, 1)), nn.Parameter(torch.zeros(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return each group of channels of each frame at mean 0 and variance 1, scaled and shifted as learned."""
        g = x.unflatten(1, (self.groups, -1))
        g = g - g.mean(2, keepdim=True)
        g = g * (g.square().mean(2, keepdim=True) + 1e-5).rsqrt()  # `var` over a middle axis takes 20 times as long
        return g.flatten(1, 2) * self.scale + self.shift


class Dilated(nn.Module):
    """Layers of h <- h + drop(tanh(a) * sigmoid(b)), (a, b) = conv_d(norm(h)), after a first convolution of 3 frames.

    Shapes: x (B, T, inputs), there (B, T) bool -> (B, width, T). dilations: of one round of layers, gone through
    `rounds` times. Source: van den Oord et al., "WaveNet", arXiv 1609.03499, without its causality.
    """

    def __init__(
        self, inputs: int, width: int, dilations: Sequence[int], rounds: int, dropout: float, groups: int
    ) -> None:
        super().__init__()
        if not dilations or min(dilations) < 1 or rounds < 1:
            raise ModelError(f"dilations = {tuple(dilations)}, rounds = {rounds}", expected="some of 1 or more")
        if width % groups:
            raise ModelError(f"width = {width}, groups = {groups}", expected="a width the groups divide")
        each = [d for _ in range(rounds) for d in dilations]
        self.enter = nn.Conv1d(inputs, width, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv1d(width, 2 * width, 3, padding=d, dilation=d) for d in each)
        self.norms = nn.ModuleList(EachFrame(groups, width) for _ in each)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return what is known at each frame; nothing of a frame that is not there enters."""
        on = None if there is None else there[:, None].to(x.dtype)
        h = x.transpose(1, 2)
        h = self.enter(h if on is None else torch.where(on > 0, h, 0))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            z = norm(h)
            a, b = layer(z if on is None else z * on).chunk(2, 1)
            h = h + self.drop(torch.tanh(a) * torch.sigmoid(b))
        return F.relu(h)


def rare(layer: nn.Conv1d, bias: float = -3.0) -> nn.Conv1d:
    """Return the layer that answers, set to say little before anything is learned: events are rare."""
    assert layer.bias is not None
    nn.init.constant_(layer.bias, bias)
    return layer
