"""SingleFrame: each frame is labelled by what it shows itself. What models of whole games are worth is seen beside it.

  y_t = V relu(W2 relu(W1 x_t))

Source: the single-frame baseline of Yeung et al., "Every Moment Counts", arXiv 1507.05738; there a fine-tuned image
network, here two layers on what a frame shows of players and ball.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.layers.frames import example_frames, heat_loss


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. classes: L labels. width: of both layers. dropout: share of each.
    """

    inputs: int = 40
    classes: int = 4
    width: int = 128
    dropout: float = 0.2


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities at every frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.layers = nn.Sequential(
            nn.Linear(c.inputs, c.width), nn.ReLU(), nn.Dropout(c.dropout),
            nn.Linear(c.width, c.width), nn.ReLU(), nn.Dropout(c.dropout), nn.Linear(c.width, c.classes),
        )  # fmt: skip

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, L). Shapes: x (B, T, F), there (B, T) bool."""
        return self.layers(x if there is None else torch.where(there[..., None], x, 0))


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Binary cross-entropy of each label at each frame. See `heat_loss`."""
    return heat_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
