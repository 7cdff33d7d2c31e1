"""TrackSetTransformer: at each moment the entities look at each other, then each looks along its own track.

  z_{i,t} = W x_{i,t} + clock_t;  z_{CLS,t} = c + clock_t
  repeated: z_{.,t} <- Block(z_{.,t}) over entities;  z_{i,.} <- Block(z_{i,.}) over time
  logits = MLP([max_t z_CLS ; max_t z_key]);  choose: score_j = MLP([z_j ; z_CLS ; z_key])

Source: factorised attention with a [CLS] entity as in baller2vec (Alcorn and Nguyen, arXiv 2102.03291) and TranSPORTmer
(Capellera et al., arXiv 2410.17785); the mean over the court's reflections as in TacticAI (Wang et al., Nature
Communications 15, 2024). Differs: attention looks both ways in time; 2 + 2 layers of width 48 instead of 4 + 4 of 128;
a token holds `patch` samples; entities and time take turns; an input channel says in which direction the key's team
attacks, and reflecting x turns it, so that both ends of the court stay different. Without a key the mean over the
entities stands in his place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.attention import Block, clock
from sportsai.layers.entities import Entities, entities, marks, of, velocity
from sportsai.layers.masked import masked_mean
from sportsai.layers.reflect import GROUPS, over_reflections, reflected

INPUTS = 10  # position 2, velocity 2, own, other, key, ball, seen, direction of attack


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. choose: score places, (B, P), instead of classes.
    width: of a token. layers: pairs of a layer over entities and one over time. heads: of the attention.
    patch: samples of one token. dropout: share of a token, and of the head's units.
    reflect: "none"; "y": left and right of the court exchanged; "d2": its ends, too. At random while training, averaged
    afterwards; only for labels that do not tell left from right.
    """

    classes: int = 6
    frames: int = 16
    choose: bool = False
    width: int = 48
    layers: int = 2
    heads: int = 4
    patch: int = 2
    dropout: float = 0.1
    reflect: str = "y"

    def __post_init__(self) -> None:
        if self.reflect not in GROUPS:
            raise ModelError(f'reflect = "{self.reflect}"', expected=f"one of {', '.join(GROUPS)}")
        if self.width % self.heads:
            raise ModelError(f"{self.heads} heads of a width of {self.width}", expected="a number that divides it")
        if not 1 <= self.patch <= self.frames:
            raise ModelError(f"patch = {self.patch}", expected=f"1 to {self.frames}")

    @property
    def tokens(self) -> int:
        """T', tokens along a track; the last is filled up with samples not seen."""
        return -(-self.frames // self.patch)


class Model(nn.Module):
    """The network; `forward` gives logits (averaged log-probabilities in eval), or a score for each place."""

    clock: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.embed = nn.Linear(INPUTS * c.patch, c.width)
        self.register_buffer("clock", clock(c.tokens, c.width), persistent=False)
        self.cls = nn.Parameter(torch.randn(c.width) * 0.02)
        self.across = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.layers))
        self.along = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.width)
        self.head = nn.Sequential(
            nn.Linear((3 if c.choose else 2) * c.width, c.width), nn.ReLU(), nn.Dropout(c.dropout),
            nn.Linear(c.width, 1 if c.choose else c.classes, bias=not c.choose),
        )  # fmt: skip

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, attack: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, K), with `choose` scores (B, P), very low where nobody is.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool; attack (B,) +1 where the key's team attacks +x (None: everywhere).
        """
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)
        towards = xy.new_ones(len(xy)) if attack is None else attack.to(xy.dtype)

        def read(sign: Tensor) -> Tensor:
            return self._answer(e._replace(xy=reflected(e.xy, sign)), towards * sign[:, 0].to(xy.dtype))

        return over_reflections(read, self.config.reflect, len(xy), self.training, self.config.choose)

    def encode(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, attack: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return a token for each player in his place, then the ball's, zeros where nobody is: (B, P + 1, width)."""
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)
        towards = xy.new_ones(len(xy)) if attack is None else attack.to(xy.dtype)
        return self._tokens(e, towards)[0]

    def _answer(self, e: Entities, attack: Tensor) -> Tensor:
        h, cls = self._tokens(e, attack)
        known = e.key.amax(1, keepdim=True) > 0
        key = torch.where(known, of(h, e.key)[:, 0], masked_mean(h, e.there[..., None], 1))
        whole = torch.cat([cls, key], -1)
        if self.config.choose:
            h = h[:, :-1]
            scores = self.head(torch.cat([h, whole[:, None].expand(-1, h.shape[1], -1)], -1)).squeeze(-1)
            return scores.masked_fill(~e.there[:, :-1], LOW)
        return self.head(whole)

    def _tokens(self, e: Entities, attack: Tensor) -> tuple[Tensor, Tensor]:
        """Return the entities' tokens (B, V, width) and the [CLS] entity's (B, width), the highest over time."""
        c, (B, V, T) = self.config, e.seen.shape
        towards = attack[:, None, None, None] * e.seen[..., None]
        x = torch.cat([e.xy, velocity(e.xy, e.seen), marks(e), towards], -1)  # (B, V, T, INPUTS)
        more = c.tokens * c.patch - T
        x = F.pad(x, (0, 0, 0, more)).unflatten(2, (c.tokens, c.patch)).flatten(3)
        seen = F.pad(e.seen, (0, more)).unflatten(2, (c.tokens, c.patch)).any(-1)  # (B, V, T')
        z = torch.cat([self.cls.expand(B, 1, c.tokens, -1), self.embed(x)], 1) + self.clock  # (B, 1 + V, T', width)
        seen = F.pad(seen, (0, 0, 1, 0), value=True)
        at_once, in_turn = seen.transpose(1, 2).flatten(0, 1), seen.flatten(0, 1)
        for across, along in zip(self.across, self.along, strict=True):
            z = across(z.transpose(1, 2).flatten(0, 1), at_once).unflatten(0, (B, c.tokens)).transpose(1, 2)
            z = along(z.flatten(0, 1), in_turn).unflatten(0, (B, V + 1))
        z = self.norm(z)
        best = torch.where(seen[..., None], z, torch.full_like(z, -1e9)).amax(2) * seen.any(-1)[..., None]
        return best[:, 1:], best[:, 0]


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the place among `batch["choices"]`. Shapes: output (B, K or P), label (B,)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    return example_windows(6, config.frames, config.classes, config.choose, generator)
