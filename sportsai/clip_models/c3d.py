"""C3D: eight 3 x 3 x 3 convolutions over a clip, three dense layers; the volume baseline of trajectory networks.

Source: Tran, Bourdev, Fergus, Torresani, Paluri, "Learning spatiotemporal features with 3D convolutional networks",
ICCV 2015 (figure 3): 16 pictures of 112 x 112; 64, 128, 256, 256, 512, 512, 512, 512 filters; pools of 2 x 2 x 2, the
first 1 x 2 x 2; fc6 and fc7 of 4,096. `width` divides all sizes for little data; `frames` and `side` may be others, the
last map is then pooled to 1 x 4 x 4. `features` gives fc6, which aLSTM reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.clips import class_loss, example_clips

FILTERS = ((64,), (128,), (256, 256), (512, 512), (512, 512))
DENSE = 4096


@dataclass(frozen=True)
class Config:
    """Sizes. classes: of the answer. width: what all sizes are divided by, 1 for the paper's. dropout: of fc6, fc7."""

    classes: int = 8
    width: int = 8
    dropout: float = 0.5

    def __post_init__(self) -> None:
        if self.width < 1 or 64 % self.width:
            raise ModelError(f"width = {self.width}", expected="1, 2, 4, 8, 16, 32 or 64")


class Model(nn.Module):
    """The network; reads `clip` alone."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        layers: list[nn.Module] = []
        into = 3
        for n, group in enumerate(FILTERS):
            for filters in group:
                layers += [nn.Conv3d(into, filters // c.width, 3, padding=1), nn.ReLU()]
                into = filters // c.width
            if n < len(FILTERS) - 1:
                layers.append(nn.MaxPool3d((2, 2, 2) if n else (1, 2, 2)))
        self.maps = nn.Sequential(*layers)
        self.pool = nn.AdaptiveMaxPool3d((1, 4, 4))
        self.fc6 = nn.Linear(into * 16, DENSE // c.width)
        self.fc7 = nn.Linear(DENSE // c.width, DENSE // c.width)
        self.fc8 = nn.Linear(DENSE // c.width, c.classes)
        self.drop = nn.Dropout(c.dropout)
        for m in self.modules():
            if isinstance(m, nn.Conv3d | nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)

    def features(self, clip: Tensor) -> Tensor:
        """Return fc6, (B, 4096 / width). Shapes: clip (B, 3, T, H, W), T of 8 or more, H and W of 16 or more."""
        if clip.dim() != 5 or clip.shape[1] != 3 or clip.shape[2] < 8 or min(clip.shape[3:]) < 16:
            raise ModelError(f"clip is {tuple(clip.shape)}", expected="(B, 3, 8 or more, 16 or more, 16 or more)")
        out: Tensor = self.fc6(self.pool(self.maps(clip)).flatten(1)).relu()
        return out

    def forward(self, clip: Tensor, flow: Tensor | None = None) -> Tensor:
        """Return logits, (B, classes); flow is not read."""
        out: Tensor = self.fc8(self.drop(self.fc7(self.drop(self.features(clip))).relu()))
        return out


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 2 clips of 8 pictures, 16 pixels wide."""
    return example_clips(config.classes, 8, 16, generator)


loss = class_loss
