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
from torch.nn import functional as F

from sportsai.errors import ModelError
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

    def __post_init__(self) -> None:
        if not self.dilations or min(self.dilations) < 1 or self.rounds < 1:
            raise ModelError(f"dilations = {self.dilations}, rounds = {self.rounds}", expected="some of 1 or more")
        if self.width % self.groups:
            raise ModelError(f"width = {self.width}, groups = {self.groups}", expected="a width the groups divide")

    @property
    def reach(self) -> int:
        """Frames to either side that an answer depends on."""
        return 1 + self.rounds * sum(self.dilations)


class EachFrame(nn.Module):
    """Layer norm of each frame alone in groups of channels. Shapes: (B, C, T) -> the same."""

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.groups = groups
        self.scale, self.shift = nn.Parameter(torch.ones(width, 1)), nn.Parameter(torch.zeros(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return each group of channels of each frame at mean 0 and variance 1, scaled and shifted as learned."""
        g = x.unflatten(1, (self.groups, -1))
        g = (g - g.mean(2, keepdim=True)) * (g.var(2, unbiased=False, keepdim=True) + 1e-5).rsqrt()
        return g.flatten(1, 2) * self.scale + self.shift


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities at every frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        each = [d for _ in range(c.rounds) for d in c.dilations]
        self.enter = nn.Conv1d(c.inputs, c.width, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv1d(c.width, 2 * c.width, 3, padding=d, dilation=d) for d in each)
        self.norms = nn.ModuleList(EachFrame(c.groups, c.width) for _ in each)
        self.drop = nn.Dropout(c.dropout)
        self.says = nn.Conv1d(c.width, c.classes, 1)
        with torch.no_grad():
            self.says.bias.fill_(-3.0)  # type: ignore[union-attr]  # events are rare: said before anything is learned

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, K). Shapes: x (B, T, F), there (B, T) bool."""
        on = None if there is None else there[:, None].to(x.dtype)
        h = x.transpose(1, 2)
        h = self.enter(h if on is None else torch.where(on > 0, h, 0))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            z = norm(h)
            a, b = layer(z if on is None else z * on).chunk(2, 1)
            h = h + self.drop(torch.tanh(a) * torch.sigmoid(b))
        return self.says(F.relu(h)).transpose(1, 2)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Cross-entropy of each class at each frame with how near an event of it is. See `heat_loss`."""
    return heat_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
