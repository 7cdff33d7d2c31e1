"""SpotConv: dilated convolutions over a whole game say at every frame which events happen there.

  h   = W x                                         what a frame shows, and its neighbours
  h  <- h + drop(tanh(a) * sigmoid(b)),  (a, b) = conv_d(norm(h))      d = 1, 2, 4, ..., again and again
  y_t = V relu(h_t)                                 one logit a class; several events may share a frame

Source: the gated dilated convolutions of van den Oord et al., "WaveNet", arXiv 1609.03499, over all time at once as in
Farha & Gall, "MS-TCN", arXiv 1903.01945. Differs: it looks ahead too, and is taught heat: 1 at the event, falling off
as a bell does, so that a frame that misses by a little is told so. Frames that are not there are zero in every layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.layers.dilated import Dilated, rare
from sportsai.layers.frames import example_frames, heat_loss


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. classes: K events. width: of a layer. dilations: of the layers of one round, frames
    between taps. rounds: how often they are gone through. dropout: share of a layer's addition. groups: of the norms.
    """

    inputs: int = 40
    classes: int = 4
    width: int = 64
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    rounds: int = 2
    dropout: float = 0.2
    groups: int = 4

    @property
    def reach(self) -> int:
        """Frames to either side that an answer depends on."""
        return 1 + self.rounds * sum(self.dilations)


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities at every frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.sees = Dilated(c.inputs, c.width, c.dilations, c.rounds, c.dropout, c.groups)
        self.says = rare(nn.Conv1d(c.width, c.classes, 1))

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, K). Shapes: x (B, T, F), there (B, T) bool."""
        return self.says(self.sees(x, there)).transpose(1, 2)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Cross-entropy of each class at each frame with how near an event of it is. See `heat_loss`."""
    return heat_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
