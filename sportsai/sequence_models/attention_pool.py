"""AttentionPool: frames of a chunk look at each other, and one learned question per label gathers what it needs.

  z   = blocks of attention over frames (W x + clock)
  a_k = softmax over frames of q_k . K z                 where label k looks
  y_k = v_k . sum over i of a_{k,i} V z_i
A frame's saliency is the mean of the labels' attention. It stands beside `attention_lstm`, on the same input.

Source: attention pooling of Lee et al., "Set Transformer", arXiv 1810.00825, over the encoder of Vaswani et al., arXiv
1706.03762.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ShapeError
from sportsai.layers.attention import Block, clock
from sportsai.layers.frames import chunk_loss, example_frames


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. classes: K labels of a chunk. frames: of the longest chunk, which sets the clock.
    width: of a frame. layers: blocks over frames. heads: of their attention. dropout: share of what a block adds.
    """

    inputs: int = 40
    classes: int = 4
    frames: int = 64
    width: int = 48
    layers: int = 2
    heads: int = 4
    dropout: float = 0.2


class Model(nn.Module):
    """The network; `forward` gives the chunk's logits, the same at every frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.enter = nn.Linear(c.inputs, c.width)
        self.blocks = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.width)
        self.asks = nn.Parameter(torch.randn(c.classes, c.width) / c.width**0.5)
        self.shows, self.tells = nn.Linear(c.width, c.width, bias=False), nn.Linear(c.width, c.width)
        self.says = nn.Parameter(torch.randn(c.classes, c.width) / c.width**0.5)
        self.bias = nn.Parameter(torch.zeros(c.classes))

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, K). Shapes: x (B, T, F), there (B, T) bool."""
        return self.all(x, there)[0]

    def all(self, x: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits (B, T, K), and where each label looked, (B, K, T)."""
        if there is None:
            there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        z = self.enter(torch.where(there[..., None], x, 0)) + self._clock(x)
        for block in self.blocks:
            z = block(z, there)
        z = self.norm(z)
        m = torch.einsum("kc,btc->bkt", self.asks, self.shows(z)).masked_fill(~there[:, None], -1e9)
        look = m.softmax(-1).masked_fill(~there[:, None], 0.0)
        y = torch.einsum("bkt,btc,kc->bk", look, self.tells(z), self.says) + self.bias
        return y[:, None].expand(-1, x.shape[1], -1), look

    def looks(self, x: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return how likely each chunk holds each class, (B, K), and how much each frame was looked at for it, (B, T,
        K): 1 if at all alike."""
        there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device) if there is None else there
        logit, look = self.all(x, there)
        return logit[:, 0].sigmoid(), look.transpose(1, 2) * there.sum(1)[:, None, None]

    def _clock(self, x: Tensor) -> Tensor:
        ticks = clock(self.config.frames, self.config.width)
        if x.shape[1] > len(ticks):
            raise ShapeError(f"a chunk of {x.shape[1]} frames", expected=f"at most {len(ticks)}")
        return ticks[: x.shape[1]].to(x)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Cross-entropy of each label with what the chunk holds. See `chunk_loss`."""
    return chunk_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 chunks of 12 frames, the last one shorter."""
    return example_frames(12, config.inputs, config.classes, generator)
