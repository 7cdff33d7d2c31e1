"""A small two-dimensional backbone over a few pictures of a clip, their answers averaged: what one picture tells.

The temporal segment network's consensus (Wang et al., "Temporal segment networks", ECCV 2016, eq. 1) with the mean over
`pictures` evenly spread ones, without flow. The plain baseline beside `stpn` and `c3d`. `features` gives each picture's
pooled map, which aLSTM may attend to.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.layers.clips import class_loss, example_clips
from sportsai.layers.resnet import ResNet, first_map


@dataclass(frozen=True)
class Config:
    """Sizes. classes: of the answer. backbone: of `layers.resnet`. pictures: of a clip. dropout: before the answer."""

    classes: int = 8
    backbone: str = "small"
    pictures: int = 3
    dropout: float = 0.5


class Model(nn.Module):
    """The network; reads `clip` alone."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.backbone = ResNet(config.backbone)
        self.drop = nn.Dropout(config.dropout)
        self.answer = nn.Linear(self.backbone.channels, config.classes)

    def features(self, clip: Tensor) -> Tensor:
        """Return the pooled map of every picture asked for, (B, pictures, channels). Shapes: clip (B, 3, T, H, W)."""
        n, T = self.config.pictures, clip.shape[2]
        at = ((torch.arange(n) + 0.5) / n * T).long().clamp_max(T - 1)
        return first_map(self.backbone, clip[:, :, at].transpose(1, 2)).mean((-2, -1))

    def forward(self, clip: Tensor, flow: Tensor | None = None) -> Tensor:
        """Return logits, (B, classes); flow is not read."""
        out: Tensor = self.answer(self.drop(self.features(clip))).mean(1)
        return out


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 2 clips of 3 pictures, 32 pixels wide."""
    return example_clips(config.classes, 3, 32, generator)


loss = class_loss
