"""TrackActionFormer: every frame, on six time scales, says which event it lies in and how far its ends are.

  z_0 = two convolutions over frames, then blocks of attention within a local window
  z_l = block(z_{l-1} thinned by 2)                      l = 1 .. levels - 1
  on each level, heads shared: logit_k and (d_s, d_e) = relu(scale_l * conv(z_l)) * 2^l: the segment [t - d_s, t + d_e]

A segment is taught on the level whose range its ends fall into, to frames near its middle; the loss is focal for
classes and 1 - DIoU for ends, over the number of positives.
Source: Zhang et al., "ActionFormer", arXiv 2202.07925 (levels, ranges, centre sampling 1.5 strides, focal .25 and 2);
Zheng et al., DIoU, arXiv 1911.08287, in one dimension. Differs: frames are numbers of players and
ball; a moment is taught as the segment `around` it and found as the middle of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.attention import Block
from sportsai.layers.frames import example_frames

ALPHA, GAMMA = 0.25, 2.0
NEAR = 1.5  # strides from a segment's middle within which frames are taught it


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. classes: K kinds of event. width: of a frame on every level. heads: of the attention.
    stem: blocks before the first thinning. levels: time scales, each twice as coarse. local: frames of a level that see
    each other. dropout: share of what a block adds. around: frames to either side of a moment that are its segment.
    first: the longest way to an end taught on level 0, in frames; doubled from level to level.
    """

    inputs: int = 40
    classes: int = 4
    width: int = 64
    heads: int = 4
    stem: int = 2
    levels: int = 5
    local: int = 19
    dropout: float = 0.1
    around: float = 5.0
    first: float = 4.0

    def __post_init__(self) -> None:
        if self.levels < 1 or self.local < 1 or self.around <= 0:
            raise ModelError(
                f"levels = {self.levels}, local = {self.local}, around = {self.around}", expected="each above 0"
            )


class Segments(NamedTuple):
    """M frames of all levels: logit (B, M, K), ends (B, M, 2) and middle (M,) in frames, level (M,), there (B, M)."""

    logit: Tensor
    ends: Tensor
    middle: Tensor
    level: Tensor
    there: Tensor


class Model(nn.Module):
    """The network; `forward` gives `Segments`."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.enter = nn.ModuleList(nn.Conv1d(i, c.width, 3, padding=1) for i in (c.inputs, c.width))
        self.norms = nn.ModuleList(nn.LayerNorm(c.width) for _ in self.enter)
        self.stem = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.stem))
        self.thin = nn.ModuleList(
            nn.Conv1d(c.width, c.width, 3, stride=2, padding=1, groups=c.width) for _ in range(c.levels - 1)
        )
        self.blocks = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.levels - 1))
        self.classes, self.ends = _Head(c.width, c.classes), _Head(c.width, 2)
        self.scale = nn.Parameter(torch.ones(c.levels))
        nn.init.constant_(self.classes.says.bias, -4.6)  # focal loss starts from one in a hundred
        nn.init.constant_(self.ends.says.bias, 1.0)

    def forward(self, x: Tensor, there: Tensor | None = None) -> Segments:
        """Return what each frame of each level says. Shapes: x (B, T, F), there (B, T) bool."""
        c = self.config
        if there is None:
            there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        z = torch.where(there[..., None], x, 0)
        for conv, norm in zip(self.enter, self.norms, strict=True):
            z = F.relu(norm(conv(z.transpose(1, 2)).transpose(1, 2))) * there[..., None]
        for block in self.stem:
            z = block(z, there, self._local(z)) * there[..., None]
        said: list[tuple[Tensor, ...]] = []
        middle = torch.arange(x.shape[1], dtype=x.dtype, device=x.device)
        for level in range(c.levels):
            if level:
                z = self.thin[level - 1](z.transpose(1, 2)).transpose(1, 2)
                there, middle = there[:, ::2], middle[::2]
                z = self.blocks[level - 1](z * there[..., None], there, self._local(z)) * there[..., None]
            way = F.relu(self.scale[level] * self.ends(z, there)) * 2**level
            ends = torch.stack([middle - way[..., 0], middle + way[..., 1]], -1)
            said.append((self.classes(z, there), ends, middle, torch.full_like(middle, level), there))
        logits, every, middles, levels, here = (list(v) for v in zip(*said, strict=True))
        return Segments(
            torch.cat(logits, 1), torch.cat(every, 1), torch.cat(middles), torch.cat(levels).long(), torch.cat(here, 1)
        )

    def _local(self, z: Tensor) -> Tensor:
        at = torch.arange(z.shape[1], device=z.device)
        far = (at[:, None] - at[None]).abs() > self.config.local // 2
        return torch.zeros(far.shape, dtype=z.dtype, device=z.device).masked_fill(far, -1e9)


class _Head(nn.Module):
    """Two convolutions and an answer, at every frame of a level. Shapes: (B, T, width) -> (B, T, outputs)."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.says = nn.Linear(width, outputs)

    def forward(self, z: Tensor, there: Tensor) -> Tensor:
        for conv, norm in zip(self.convs, self.norms, strict=True):
            z = F.relu(norm(conv((z * there[..., None]).transpose(1, 2)).transpose(1, 2)))
        return self.says(z)


def targets(
    output: Segments, segments: Tensor, what: Tensor, classes: int, first: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what each frame is taught: classes (B, M, K), ends (B, M, 2), and which frames lie in a segment (B, M).

    Shapes: segments (B, S, 2) in frames, what (B, S) classes, -1 none. Of several segments a frame takes the shortest.
    """
    B, M = output.there.shape
    if not segments.shape[1]:
        none = torch.zeros(B, M, dtype=torch.bool, device=what.device)
        return none[..., None].expand(-1, -1, classes).float(), segments.new_zeros(B, M, 2), none
    t, stride = output.middle[None, :, None], 2.0 ** output.level[None, :, None]
    before, after = t - segments[:, None, :, 0], segments[:, None, :, 1] - t
    longest = torch.maximum(before, after)
    least = torch.where(output.level == 0, 0, first * 2.0 ** (output.level - 1))[None, :, None]
    most = torch.where(output.level == output.level.max(), torch.inf, first * 2.0**output.level)[None, :, None]
    near = (t - segments.mean(-1)[:, None]).abs() <= NEAR * stride
    mine = (before >= 0) & (after >= 0) & near & (longest >= least) & (longest < most) & (what[:, None] >= 0)
    mine = mine & output.there[..., None]
    length = torch.where(mine, before + after, torch.inf)
    short, which = length.min(-1)
    some = torch.isfinite(short)
    taught = F.one_hot(what.clamp_min(0), classes)[:, None] * mine[..., None]  # a frame of two classes is taught both
    ends = segments.gather(1, which[..., None].expand(-1, -1, 2))
    return taught.amax(2).float(), ends, some


def loss(output: Segments, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Focal loss of the classes and 1 - DIoU of the ends, over the number of frames that lie in a segment.

    Shapes: batch["segments"] (B, S, 2) in frames and batch["what"] (B, S); without "segments" those `around` the
    moments batch["at"] (B, S).
    """
    c = config or Config(classes=output.logit.shape[-1])
    at = batch.get("segments")
    if at is None:
        at = torch.stack([batch["at"] - c.around, batch["at"] + c.around], -1)
    taught, ends, some = targets(output, at, batch["what"], output.logit.shape[-1], c.first)
    p = output.logit.sigmoid()
    right = torch.where(taught > 0, p, 1 - p)
    weight = torch.where(taught > 0, ALPHA, 1 - ALPHA) * (1 - right) ** GAMMA
    each = weight * F.binary_cross_entropy_with_logits(output.logit, taught, reduction="none")
    focal = torch.where(output.there[..., None], each, 0).sum()
    a, b = output.ends[some], ends[some]
    both = (torch.minimum(a[:, 1], b[:, 1]) - torch.maximum(a[:, 0], b[:, 0])).clamp_min(0)
    hull = (torch.maximum(a[:, 1], b[:, 1]) - torch.minimum(a[:, 0], b[:, 0])).clamp_min(1e-6)
    either = ((a[:, 1] - a[:, 0]) + (b[:, 1] - b[:, 0]) - both).clamp_min(1e-6)
    apart = (a.mean(-1) - b.mean(-1)) ** 2 / hull**2
    return (focal + (1 - both / either + apart).sum()) / some.sum().clamp_min(1)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 40 frames, the last one shorter."""
    return example_frames(40, config.inputs, config.classes, generator)
