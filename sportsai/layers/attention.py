"""Multi-head attention over a set of which some members are missing, with a bias for each pair and head; its block.

Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762; normalised before each part as in Xiong et al.,
arXiv 2002.04745; the pair bias as in Shaw et al., arXiv 1803.02155, here any function of the pair.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """softmax(q k^T / sqrt(d) + bias) v over the members that are there.

    Shapes: x (N, L, width), there (N, L) bool, bias (N, heads, L, L) -> (N, L, width). Where nobody is there the
    answer is the output layer's constant, never NaN.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        """Return each member's mixture of the values of those there."""
        weights, v = self.weights(x, there, bias)
        return self.out((self.drop(weights) @ v).transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, there: Tensor | None = None, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return who looks at whom, rows adding up to 1, (N, heads, L, L), and the values (N, heads, L, d)."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias
        if there is None:
            return scores.softmax(-1), v
        hidden = ~there[:, None, None, :]
        return scores.masked_fill(hidden, -1e9).softmax(-1).masked_fill(hidden, 0.0), v


class Block(nn.Module):
    """Attention, then two layers on each member alone, each added to what came in. Shapes as `Attention`."""

    def __init__(self, width: int, heads: int, dropout: float = 0.0, inner: int = 2) -> None:
        super().__init__()
        self.before, self.then = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.own = nn.Sequential(
            nn.Linear(width, inner * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(inner * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        """Return the members after one round of looking at each other."""
        x = x + self.drop(self.attention(self.before(x), there, bias))
        return x + self.drop(self.own(self.then(x)))


def clock(samples: int, width: int) -> Tensor:
    """Return sines and cosines of the sample's number, (samples, width), of wavelengths 4 to about 4 * samples."""
    half = (width + 1) // 2
    at = torch.arange(samples, dtype=torch.float32)[:, None]
    slow = torch.linspace(0, 1, half)
    angle = 2 * math.pi * at / (4 * float(max(samples, 2)) ** slow)
    return torch.cat([angle.sin(), angle.cos()], 1)[:, :width]
