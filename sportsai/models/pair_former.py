"""PairFormer: every track is read alone, then the entities look at each other, told how each pair lies and moves.

  h_i = W [mean_t, max_t, at the moment of CNN(track_i) ; 1 / rank_i]    one small network for all tracks
  A_ij = softmax_j(q_i . k_j / sqrt(d) + MLP(pair_ij))          two layers; pair_ij at a few samples
  logits = MLP([h_key ; attention pooling of h ; max of h ; h of the nearest to the key, nearest first])
  choose: score_j = MLP([h_j ; h_key ; pooling])

Our own, for small data and one processor: what Shared-Compare (arXiv 1706.00893) learns by comparing tracks - who is
near whom, who closes in on whom - is given as pair features, as in relation networks (Santoro et al., arXiv 1706.01427)
and as attention biases (Graphormer, arXiv 2106.05234). All entities take part, in no order; the few players nearest to
the key are read in theirs, as there. Without a key the mean of the tokens stands in his place, and the nearest are
those to the ball. `entity_dropout` hides players while training, never the key or the ball.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.attention import Block
from sportsai.layers.entities import FAR, NEAR, SPEED, Entities, entities, gap, marks, of, velocity
from sportsai.layers.flight import HEIGHT, flight
from sportsai.layers.masked import masked_mean, take
from sportsai.layers.reflect import over_reflections, reflected

TRACK = 17  # position, velocity, way to key, way to ball: 2 each; both ways' lengths and closing speeds; 5 marks
RANKS = 2  # how near, among the players, to the key and to the ball
PAIR = 5  # way 2, distance, closing speed, both seen - at each sample looked at


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. choose: score places, (B, P), instead of classes.
    track: widths of the convolutions over a track. taps: samples one of them sees. width: of a token.
    layers, heads: of the attention. pair: hidden units of the pair network; 0: no bias at all.
    nearest: players nearest to the key whose tokens the head reads in order.
    looks: how many samples, evenly spread, pairs are looked at; the reference is always one of them.
    reference: the sample of the moment (None: T // 2). dropout: share of a token, and of the head's units.
    entity_dropout: share of players hidden while training, unless one of them is asked for.
    reflect: "none", or "y": left and right of the court exchanged at random while training, averaged afterwards; only
    for labels that do not tell left from right. height: the ball's height is an input, where its windows tell it.
    """

    classes: int = 6
    frames: int = 16
    choose: bool = False
    track: tuple[int, ...] = (32, 48)
    taps: int = 3
    width: int = 64
    layers: int = 2
    heads: int = 4
    pair: int = 24
    nearest: int = 3
    looks: int = 3
    reference: int | None = None
    dropout: float = 0.2
    entity_dropout: float = 0.0
    reflect: str = "y"
    height: bool = False

    def __post_init__(self) -> None:
        if self.reflect not in ("none", "y"):
            raise ModelError(f'reflect = "{self.reflect}"', expected='"none" or "y"')
        if self.width % self.heads:
            raise ModelError(f"{self.heads} heads of a width of {self.width}", expected="a number that divides it")

    @property
    def at(self) -> int:
        """The reference sample."""
        return self.frames // 2 if self.reference is None else self.reference

    @property
    def looked_at(self) -> list[int]:
        """The samples pairs are looked at."""
        n = max(self.looks, 1)
        spread = {round(k * (self.frames - 1) / max(n - 1, 1)) for k in range(n)}
        return sorted({*sorted(spread - {self.at}, key=lambda s: -abs(s - self.at))[: n - 1], self.at})


class Model(nn.Module):
    """The network; `forward` gives logits, or a score for each place."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        tracks: list[nn.Module] = []
        inputs = TRACK + HEIGHT * c.height
        for width in c.track:
            tracks += [nn.Conv1d(inputs, width, c.taps, padding=c.taps // 2), nn.ReLU()]
            inputs = width
        self.track = nn.Sequential(*tracks)
        self.token = nn.Linear(3 * inputs + RANKS, c.width)
        self.blocks = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.layers))
        if c.pair:
            pairs = PAIR * len(c.looked_at) + 2
            self.pair = nn.Sequential(nn.Linear(pairs, c.pair), nn.ReLU(), nn.Linear(c.pair, c.layers * c.heads))
        self.norm = nn.LayerNorm(c.width)
        self.look = nn.Linear(c.width, 1)
        self.head = nn.Sequential(
            nn.Linear((3 + (0 if c.choose else c.nearest)) * c.width, c.width), nn.ReLU(), nn.Dropout(c.dropout),
            nn.Linear(c.width, 1 if c.choose else c.classes, bias=not c.choose),
        )  # fmt: skip

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, ball_z: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, K), with `choose` scores (B, P), very low where nobody is.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool; ball_z (B, T, 1) metres, read with `height`.
        """
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)
        if self.training and self.config.entity_dropout and not self.config.choose:
            e = _hidden(e, self.config.entity_dropout)

        def read(sign: Tensor) -> Tensor:
            return self._answer(e._replace(xy=reflected(e.xy, sign)), ball_z)

        return over_reflections(read, self.config.reflect, len(xy), self.training, self.config.choose)

    def encode(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, ball_z: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return a token for each player in his place, then the ball's, zeros where nobody is: (B, P + 1, width)."""
        return self._tokens(entities(xy, present, key, side, ball, ball_present, self.config.frames), ball_z)

    def _answer(self, e: Entities, ball_z: Tensor | None) -> Tensor:
        h, there = self._tokens(e, ball_z), e.there[..., None]  # (B, V, F)
        known = e.key.amax(1, keepdim=True) > 0
        key = torch.where(known, of(h, e.key)[:, 0], masked_mean(h, there, 1))
        pooled = (self.look(h).masked_fill(~there, -1e9).softmax(1) * h).sum(1)
        if self.config.choose:
            h = h[:, :-1]
            both = torch.cat([key, pooled], -1)[:, None].expand(-1, h.shape[1], -1)
            return self.head(torch.cat([h, both], -1)).squeeze(-1).masked_fill(~e.there[:, :-1], LOW)
        most = torch.where(there, h, torch.full_like(h, -1e9)).amax(1) * e.there.any(1, keepdim=True)
        return self.head(torch.cat([key, pooled, most, self._in_order(e, h)], -1))

    def _in_order(self, e: Entities, h: Tensor) -> Tensor:
        """Return the tokens of the players nearest to the key (the ball, without one), nearest first, side by side."""
        n = self.config.nearest
        rank = torch.where(e.key.amax(1, keepdim=True) > 0, self._ranks(e)[..., 0], self._ranks(e)[..., 1])[:, :-1]
        h = F.pad(h[:, :-1], (0, 0, 0, n))  # places for players who do not exist
        near, who = F.pad(rank, (0, n)).sort(dim=1, descending=True, stable=True)
        return (take(h, who[:, :n]) * (near[:, :n, None] > 0)).flatten(1)

    def _ranks(self, e: Entities) -> Tensor:
        """Return 1 / rank among the players by distance to the key and to the ball at the reference, (B, V, 2).

        0 for the key and the ball themselves, for who is not seen, and where there is nobody to be near to.
        """
        at, ranks = self.config.at, []
        for who in (e.key, e.ball.expand_as(e.key)):
            xy, seen = of(e.xy[:, :, at], who), of(e.seen[:, :, at], who)
            away = (e.xy[:, :, at] - xy).square().sum(-1)
            none = ~(e.seen[:, :, at] & seen) | (e.key > 0) | (e.ball > 0)
            place = away.masked_fill(none, float("inf")).argsort(dim=1, stable=True).argsort(dim=1)
            ranks.append((1 / (1 + place)).masked_fill(none, 0.0))
        return torch.stack(ranks, -1)

    def _tokens(self, e: Entities, ball_z: Tensor | None) -> Tensor:
        B, V = e.there.shape
        here = of(e.xy, e.key), of(e.seen, e.key)
        to_key, key_away = gap(e, *here)
        to_ball, ball_away = gap(e, e.xy[:, -1:], e.seen[:, -1:])
        parts = [
            e.xy,
            velocity(e.xy, e.seen),
            to_key,
            to_ball,
            key_away,
            ball_away,
            _closing(key_away),
            _closing(ball_away),
        ]
        if self.config.height:
            told = flight(e.xy[:, -1], e.seen[:, -1], ball_z)
            parts.append(told[:, None].expand(-1, V, -1, -1))
        x = torch.cat([torch.cat(parts, -1) * e.seen[..., None], marks(e)], -1)  # (B, V, T, TRACK)
        f = self.track(x.flatten(0, 1).transpose(1, 2)).transpose(1, 2).unflatten(0, (B, V))  # (B, V, T, F)
        seen = e.seen[..., None]
        most = (f * seen).amax(2)  # after ReLU: nothing is below 0
        at = self.config.at
        h = self.token(torch.cat([masked_mean(f, seen, 2), most, f[:, :, at] * seen[:, :, at], self._ranks(e)], -1))
        biases: list[Tensor] | list[None] = [None] * self.config.layers
        if self.config.pair:
            biases = list(self.pair(self._pairs(e)).permute(0, 3, 1, 2).chunk(self.config.layers, 1))
        for block, bias in zip(self.blocks, biases, strict=True):
            h = block(h, e.there, bias)
        return self.norm(h) * e.there[..., None]

    def _pairs(self, e: Entities) -> Tensor:
        """Return how j lies and moves as i sees it, (B, V, V, 5 * samples + 2); attack is to the right."""
        at = torch.tensor(self.config.looked_at, device=e.xy.device)
        xy, seen, v = e.xy[:, :, at], e.seen[:, :, at], velocity(e.xy, e.seen)[:, :, at]
        both = seen[:, None] & seen[:, :, None]  # (B, i, j, S)
        way = (xy[:, None] - xy[:, :, None]) * both[..., None] / NEAR
        moves = (v[:, None] - v[:, :, None]) * both[..., None]
        away = way.square().sum(-1).add(1e-6).sqrt()
        closing = -(way * moves).sum(-1) / away
        away = torch.where(both, away, torch.full_like(away, FAR)).clamp(max=FAR)
        looks = torch.cat([way.clamp(-FAR, FAR).flatten(3), away, closing, both.to(xy.dtype)], -1)
        same = (e.team[:, None] * e.team[:, :, None])[..., None]
        return torch.cat([looks, same, same.abs()], -1)


def _closing(away: Tensor) -> Tensor:
    """Return how fast somebody comes nearer, 0 where either sample says FAR. Shapes: (B, V, T, 1) -> (B, V, T, 1)."""
    near = (away[:, :, 1:] < FAR) & (away[:, :, :-1] < FAR)
    return F.pad(-away.diff(dim=2) * near, (0, 0, 1, 0)) * (SPEED * NEAR)


def _hidden(e: Entities, share: float) -> Entities:
    """Return the entities with some players hidden: never the key, never the ball."""
    stays = (torch.rand(e.key.shape, device=e.key.device) >= share) | (e.key > 0) | (e.ball > 0)
    seen = e.seen & stays[..., None]
    return e._replace(xy=e.xy * seen[..., None], seen=seen, there=e.there & stays, team=e.team * stays)


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the place among `batch["choices"]`. Shapes: output (B, K or P), label (B,)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    return example_windows(6, config.frames, config.classes, config.choose, generator)
