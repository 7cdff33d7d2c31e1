"""SpotGRU: each frame is encoded alone, a GRU reads the game both ways, and each frame is one event or none.

  e_t = relu(W2 relu(W1 [x_t, part of e_{t-1} and e_{t+1}]))     neighbours lend a share of their channels
  h_t = GRU both ways (e)
  p_t = softmax(V h_t)                                    "none" and K classes; an event is taught to its neighbours too

Source: Hong et al., "Spotting temporally precise, fine-grained events in video" (E2E-Spot), arXiv 2207.10213: a frame
encoder with gated shifts, a bidirectional GRU as wide as its input, cross-entropy with foreground weight 5, labels
dilated by a frame. Differs: the encoder reads numbers of players and ball, and its shift has no gate.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.frames import example_frames, moments_loss, one_or_none


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. classes: K events. width: of a frame's encoding and of the GRU each way. layers: of
    the GRU. shift: share of the channels that each neighbour lends. dropout: share of encodings and states. weight: of
    a frame with an event. dilate: frames to either side of an event that are taught it too.
    """

    inputs: int = 40
    classes: int = 4
    width: int = 64
    layers: int = 1
    shift: float = 0.25
    dropout: float = 0.2
    weight: float = 5.0
    dilate: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.shift <= 0.5:
            raise ModelError(f"shift = {self.shift}", expected="0 to 0.5")


class Model(nn.Module):
    """The network; `forward` gives the log-odds of a softmax over the classes and "none"."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.first, self.second = nn.Linear(c.inputs, c.width), nn.Linear(c.width, c.width)
        self.gru = nn.GRU(
            c.width, c.width, c.layers, batch_first=True, bidirectional=True, dropout=c.dropout * (c.layers > 1)
        )
        self.drop = nn.Dropout(c.dropout)
        self.says = nn.Linear(2 * c.width, c.classes + 1)

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return log-odds (B, T, K). Shapes: x (B, T, F), there (B, T) bool, its gaps at the end of a game only."""
        if there is None:
            there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        on = there[..., None]
        e = torch.where(on, F.relu(self.first(torch.where(on, x, 0))), 0)
        n = round(self.config.shift * e.shape[-1])
        before, after = F.pad(e[:, :-1], (0, 0, 1, 0)), F.pad(e[:, 1:], (0, 0, 0, 1))
        e = torch.cat([before[..., :n], after[..., n : 2 * n], e[..., 2 * n :]], -1)
        e = self.drop(F.relu(self.second(e)))
        count = there.sum(1).clamp_min(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(e, count, batch_first=True, enforce_sorted=False)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True, total_length=x.shape[1])
        return one_or_none(self.says(self.drop(h)))


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Cross-entropy of one class a frame or none. See `moments_loss`."""
    c = config or Config()
    return moments_loss(output, batch, c.weight, c.dilate)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
