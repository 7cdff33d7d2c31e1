"""Spatiotemporal pyramid network: one picture, K snippets of optical flow, fused and attended on three levels.

  m_p   = STCB(f_1p, ..., f_Kp)                     level 1: the K snippets' maps at each place p of the grid
  a     = softmax_p conv(relu(conv(STCB(v_p, m_p))))   level 2: where in the picture v its motion says to look
  att   = sum_p a_p v_p
  y     = FC(STCB(mean_p v_p, att, mean_p m_p))     level 3: visual, attended, motion
STCB is compact bilinear fusion (`layers.compact_bilinear`).

Source: Wang, Long, Wang, Yu, "Spatiotemporal pyramid network for video action recognition", CVPR 2017, arXiv
1903.01038 (algorithm 1, figures 2 to 4; K = 3 snippets of L = 10 fields, at intervals of 1 to 10). The size of the
fusion is not in the paper: 4,096. Its backbones were BN-Inception; here residual networks, which take weights by name.
Switches are its ablations: `fusion` of the snippets and of the top, `attention` guided by nothing (mean pooling), by
the picture alone, or by picture and motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.clips import class_loss, example_clips
from sportsai.layers.compact_bilinear import CompactBilinear
from sportsai.layers.resnet import ResNet, first_map, hold_norms

FUSIONS = ("compact", "concat", "sum")
GUIDES = ("none", "spatial", "motion")


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: of the answer. snippets: K. fields: L of a snippet. backbone: of `layers.resnet`. d: of a fusion. fusion:
    "compact", "concat" or "sum" of the snippets, and, but for "sum", of the top. attention: guided by "none" (the mean
    of all places), "spatial" (the picture) or "motion" (picture and motion). hidden: of the attention. dropout: before
    the answer. partial: batch norms but the first keep their means and variances.
    """

    classes: int = 8
    snippets: int = 3
    fields: int = 10
    backbone: str = "small"
    d: int = 4096
    fusion: str = "compact"
    attention: str = "motion"
    hidden: int = 64
    dropout: float = 0.7
    partial: bool = False

    def __post_init__(self) -> None:
        for name, value, among in (("fusion", self.fusion, FUSIONS), ("attention", self.attention, GUIDES)):
            if value not in among:
                raise ModelError(f'{name} = "{value}"', expected=f"one of {', '.join(among)}")
        if self.snippets < 1 or self.fields < 1:
            raise ModelError(f"{self.snippets} snippets of {self.fields} fields", expected="one or more of each")


class Fuse(nn.Module):
    """Several inputs (..., p_i) as one: compact bilinear, side by side, or added up. out: its size."""

    def __init__(self, how: str, sizes: list[int], d: int, seed: int) -> None:
        super().__init__()
        self.how = how
        self.stcb = CompactBilinear(sizes, d, seed=seed) if how == "compact" else None
        self.out = {"compact": d, "concat": sum(sizes), "sum": sizes[0]}[how]

    def forward(self, *inputs: Tensor) -> Tensor:
        if self.stcb is not None:
            fused: Tensor = self.stcb(*inputs)
            return fused
        return torch.cat(inputs, -1) if self.how == "concat" else torch.stack(inputs).sum(0)


class Pyramid(nn.Module):
    """The three levels over maps that are there already. channels: of the picture's map, motion: of a snippet's."""

    def __init__(self, channels: int, motion: int, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.snippets = Fuse(c.fusion, [motion] * c.snippets, c.d, 1) if c.snippets > 1 else None
        moved = motion if self.snippets is None else self.snippets.out
        self.guide: Fuse | None = None
        if c.attention == "motion":
            self.guide = Fuse("concat" if c.fusion == "concat" else "compact", [channels, moved], c.d, 2)
        looks = channels if self.guide is None else self.guide.out
        self.look = nn.Sequential(nn.Linear(looks, c.hidden), nn.ReLU(), nn.Linear(c.hidden, 1))
        self.top = Fuse("compact" if c.fusion == "compact" else "concat", [channels, channels, moved], c.d, 3)
        self.drop = nn.Dropout(c.dropout)
        self.answer = nn.Linear(self.top.out, c.classes)

    def weights(self, picture: Tensor, motion: Tensor) -> Tensor:
        """Return where to look, (B, P), adding up to 1."""
        if self.config.attention == "none":
            return picture.new_full(picture.shape[:2], 1 / picture.shape[1])
        seen = picture if self.guide is None else self.guide(picture, motion)
        return torch.softmax(self.look(seen)[..., 0], -1)

    def forward(self, picture: Tensor, snippets: Tensor) -> Tensor:
        """Return logits. Shapes: picture (B, P, C) of P places, snippets (B, K, P, C')."""
        motion = snippets[:, 0] if self.snippets is None else self.snippets(*snippets.unbind(1))
        weights = self.weights(picture, motion)
        attended = torch.einsum("bp,bpc->bc", weights, picture)
        top = self.top(picture.mean(1), attended, motion.mean(1))
        out: Tensor = self.answer(self.drop(top))
        return out


class Model(nn.Module):
    """Two backbones and the pyramid; the picture is the clip's middle one."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.spatial, self.temporal = ResNet(c.backbone), ResNet(c.backbone, 2 * c.fields)
        self.pyramid = Pyramid(self.spatial.channels, self.temporal.channels, c)

    def train(self, mode: bool = True) -> Model:
        super().train(mode)
        if mode and self.config.partial:
            hold_norms(self.spatial)
            hold_norms(self.temporal)
        return self

    def forward(self, clip: Tensor, flow: Tensor) -> Tensor:
        """Return logits, (B, classes). Shapes: clip (B, 3, T, H, W); flow (B, K, 2 L, H, W)."""
        c = self.config
        if flow.dim() != 5 or flow.shape[1:3] != (c.snippets, 2 * c.fields):
            raise ModelError(f"flow is {tuple(flow.shape)}", expected=f"(B, {c.snippets}, {2 * c.fields}, H, W)")
        picture = self.spatial(clip[:, :, clip.shape[2] // 2]).flatten(2).transpose(1, 2)
        snippets = first_map(self.temporal, flow).flatten(3).transpose(2, 3)
        if snippets.shape[2] != picture.shape[1]:
            raise ModelError("picture and flow differ in size", expected="both of one height and width")
        out: Tensor = self.pyramid(picture, snippets)
        return out


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 2 clips of 3 pictures, 32 pixels wide."""
    flow = torch.randn(2, config.snippets, 2 * config.fields, 32, 32, generator=generator)
    return {**example_clips(config.classes, 3, 32, generator), "flow": flow}


loss = class_loss
