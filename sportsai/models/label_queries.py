"""Label queries: a learned question for each label is put to the tokens of the tracks.

  F = encoder(tracks)                                  tokens over time x entities
  q <- q + Attention(q -> F);  q <- q + MLP(q)         repeated; before it the queries may look at each other
  logit_l = w_l . q_l + b_l

Source: Liu et al., "Query2Label", arXiv 2107.10834 (with `together`); Ridnik et al., "ML-Decoder", arXiv 2111.12933
(without); the loss of Ridnik et al., arXiv 2009.14119. Differs: the map comes from tracks, by the encoder of
`activity_heads`, with which it is meant to be compared; queries are learned in both settings, and not grouped.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.attention import Block
from sportsai.layers.entities import Entities, entities
from sportsai.layers.many import asymmetric_terms, mean_known
from sportsai.layers.observe import EachOwn, TrackMap, as_map, highest
from sportsai.layers.reflect import GROUPS, over_reflections, reflected


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: L labels, any of which may hold. frames: T, samples of a window. choose: score places, (B, P): players ask
    instead of labels.
    width: of a token. layers: pairs of an encoder layer over entities and one over time. heads: of every attention.
    patch: samples of one token. rounds: of questions. together: the questions look at each other first, in each round.
    up, down, margin: of the asymmetric loss: how little sure positives and sure negatives count, and below which
    probability a negative counts nothing.
    dropout: share of a token and of a question.
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
    rounds: int = 1
    together: bool = False
    up: float = 0.0
    down: float = 4.0
    margin: float = 0.05
    dropout: float = 0.1
    reflect: str = "y"

    def __post_init__(self) -> None:
        if self.reflect not in GROUPS:
            raise ModelError(f'reflect = "{self.reflect}"', expected=f"one of {', '.join(GROUPS)}")
        if not 0 <= self.margin < 1 or any(g != 0 and g < 1 for g in (self.up, self.down)):
            raise ModelError(
                f"up = {self.up}, down = {self.down}, margin = {self.margin}",
                expected="0 or at least 1, twice; 0 to under 1",
            )


class Asking(nn.Module):
    """One round: questions look at the tokens that are there, then two layers on each alone, each added.

    Shapes: q (B, L, width), x (B, N, width), there (B, N) bool -> (B, L, width), and who looks where (B, heads, L, N).
    """

    def __init__(self, width: int, heads: int, dropout: float, inner: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.then = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.kv, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.own = nn.Sequential(
            nn.Linear(width, inner * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(inner * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, q: Tensor, x: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Return the questions, answered once more, and the attention; zeros where nothing is there."""
        asked = self.q(self.before(q)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(x).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        hidden = ~there[:, None, None]
        scores = asked @ k.transpose(-1, -2) / asked.shape[-1] ** 0.5
        looks = scores.masked_fill(hidden, -1e9).softmax(-1).masked_fill(hidden, 0.0)
        q = q + self.drop(self.out((looks @ v).transpose(1, 2).flatten(2)))
        return q + self.drop(self.own(self.then(q))), looks


class LabelDecoder(nn.Module):
    """Reads L labels from a map of tokens of any kind; 0 labels: questions are given. Shapes: (B, C, N) -> (B, L)."""

    def __init__(self, width: int, labels: int, heads: int, rounds: int, together: bool, dropout: float) -> None:
        super().__init__()
        if labels:
            self.asked = nn.Parameter(torch.randn(labels, width))
        self.rounds = nn.ModuleList(Asking(width, heads, dropout) for _ in range(rounds))
        self.together = nn.ModuleList(Block(width, heads, dropout) for _ in range(rounds if together else 0))
        self.norm = nn.LayerNorm(width)
        self.last: nn.Module = EachOwn(labels, width) if labels else nn.Linear(width, 1, bias=False)

    def forward(
        self, tokens: Tensor, there: Tensor | None = None, queries: Tensor | None = None, asking: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return logits (B, L), and where each label looked in the last round, (B, L, N), mean over the heads.

        Shapes: tokens (B, C, N), there (B, N) bool; given questions (B, L, C), of which those `asking` (B, L) count.
        """
        x = tokens.transpose(1, 2)
        if there is None:
            there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        q = self.asked.expand(len(x), -1, -1) if queries is None else queries
        looks = x.new_zeros(len(x), 1, q.shape[1], x.shape[1])
        for t, ask in enumerate(self.rounds):
            if len(self.together):
                q = self.together[t](q, asking)
            q, looks = ask(q, x, there)
        return self.last(self.norm(q)).squeeze(-1), looks.mean(1)


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities, or a score for each place."""

    many_labels = True  # its answers are of each label alone, and do not add up to 1

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.encoder = TrackMap(c.frames, c.width, c.layers, c.heads, c.patch, c.dropout)
        self.decoder = LabelDecoder(c.width, 0 if c.choose else c.classes, c.heads, c.rounds, c.together, c.dropout)
        if c.choose:
            self.asks = nn.Linear(c.width, c.width)

    def forward(
        self, xy: Tensor | None = None, present: Tensor | None = None, key: Tensor | None = None,
        side: Tensor | None = None, ball: Tensor | None = None, ball_present: Tensor | None = None,
        tokens: Tensor | None = None, there: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, L), with `choose` scores (B, P), very low where nobody is.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool; or instead of them a map, tokens (B, width, N), there (B, N) bool.
        """
        if tokens is not None:
            if self.config.choose:
                raise ModelError("a map has no places to choose from", expected="xy, or a model of labels")
            return self.decoder(tokens, there)[0]
        if xy is None:
            raise ModelError("nothing to read", expected="xy, or tokens")
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)

        def read(sign: Tensor) -> Tensor:
            return self._answer(e._replace(xy=reflected(e.xy, sign)))

        return over_reflections(read, self.config.reflect, len(xy), self.training, True)

    def _answer(self, e: Entities) -> Tensor:
        z, seen = self.encoder(e)
        if not self.config.choose:
            return self.decoder(*as_map(z, seen))[0]
        there = e.there[:, :-1]
        asked = self.asks(highest(z, seen)[:, : there.shape[1]])
        return self.decoder(*as_map(z, seen), asked, there)[0].masked_fill(~there, LOW)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Asymmetric loss of each label, or cross-entropy of the place among `batch["choices"]`; settings of `config`.

    Shapes: output (B, L), batch["also"] (B, L) bool or float, NaN where not known; batch["weight"] (L,) optional; with
    choices, output (B, P) and label (B,).
    """
    if "choices" in batch:
        return answer_loss(output, batch)
    c, also = config or Config(), batch["also"]
    return mean_known(asymmetric_terms(output, also, c.up, c.down, c.margin), also, batch.get("weight"))


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    batch = example_windows(6, config.frames, config.classes, config.choose, generator)
    if not config.choose:
        also = torch.rand(3, config.classes, generator=generator) < 0.3
        batch["also"] = also.scatter(1, batch["label"][:, None], True)
    return batch
