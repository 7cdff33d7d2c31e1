"""GroupTokenTransformer: people, their two teams, the ball and the whole frame as tokens that look at each other.

  h_i = W [mean_t, max_t, at the middle of CNN(person_i)];  team_g = e_g + sum_i m_ig h_i / sum_i m_ig
  A_ij = softmax_j(q_i . k_j / sqrt(d) + MLP(pair_ij))       pair_ij: how two lie, move and compare; membership m_ig
  group = MLP([CLS ; max of h ; max of its left half ; of its right half]);  person_i = W h_i

Our own, the modern sibling of the two-stage hierarchical LSTM (Ibrahim et al., arXiv 1511.06040), whose two halves of
people it keeps. Tokens of people and groups as in COMPOSER (Zhou et al., ECCV 2022, arXiv 2112.05892), whence actors
hidden while training and the people's own loss; attention over actors as in Gavrilyuk et al., "Actor-Transformers",
arXiv 2003.12737; the pair bias as in `pair_former`. A person belongs to the team of his side; where no side is known,
to a left and a right token by his rank along x: m = (1 -+ rank) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.attention import Block, clock
from sportsai.layers.entities import Entities, entities, velocity
from sportsai.layers.groups import (
    PERSON,
    GroupAnswer,
    about_people,
    cut,
    example_groups,
    first_seen,
    given,
    group_loss,
    pool_groups,
    ranks,
    sized,
    spread,
)
from sportsai.layers.masked import masked_mean

BALL = 5  # position, velocity, seen
LOOK = 6  # way 2, distance, closing speed, distance in heights, both seen - at each sample looked at
PAIR = 5  # height ratio, both known; same side, both known; membership
FAR = 4.0  # the longest way between two, in spreads of the group


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. actions: A, of a person; 0: none are answered.
    track: widths of the convolutions over a person's samples. taps: samples one of them sees.
    width: of a token. layers, heads: of the attention. pair: hidden units of the pair network; 0: no bias at all.
    looks: how many samples, evenly spread, pairs are looked at. dropout: share of a token, and of the head's units.
    actor_dropout: share of people hidden while training. scene, image: features of a whole frame, of a person's
    picture; 0: none. scene_dropout: share of a whole frame's features.
    """

    classes: int = 8
    frames: int = 16
    actions: int = 0
    track: tuple[int, ...] = (48, 48)
    taps: int = 3
    width: int = 64
    layers: int = 2
    heads: int = 4
    pair: int = 24
    looks: int = 3
    dropout: float = 0.2
    actor_dropout: float = 0.1
    scene: int = 0
    image: int = 0
    scene_dropout: float = 0.5

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ModelError(f"{self.heads} heads of a width of {self.width}", expected="a number that divides it")
        if not self.track or self.taps % 2 == 0:
            raise ModelError(f"track = {self.track}, taps = {self.taps}", expected="a width or more, and an odd number")
        if not 0 <= self.actor_dropout < 1:
            raise ModelError(f"actor_dropout = {self.actor_dropout}", expected="0 to below 1")

    @property
    def looked_at(self) -> list[int]:
        """The samples pairs are looked at; the middle where it is only one."""
        if self.looks < 2:
            return [self.frames // 2]
        return sorted({round(k * (self.frames - 1) / (self.looks - 1)) for k in range(self.looks)})


class Track(nn.Module):
    """One token of somebody's samples, zeros where he is never seen. Shapes: (N, T, inputs), (N, T) -> (N, width)."""

    def __init__(self, inputs: int, config: Config) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for width in config.track:
            steps += [nn.Conv1d(inputs, width, config.taps, padding=config.taps // 2), nn.ReLU()]
            inputs = width
        self.read = nn.Sequential(*steps)
        self.token = nn.Linear(3 * inputs, config.width)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Return the tokens."""
        s = seen[..., None]
        f = self.read(x.transpose(1, 2)).transpose(1, 2) * s  # after ReLU: nothing is below 0
        middle = f.shape[1] // 2
        h = self.token(torch.cat([masked_mean(f, s, 1), f.amax(1), f[:, middle]], -1))
        return h * seen.any(1, keepdim=True)


class Model(nn.Module):
    """The network; `forward` gives what the group and what each person does."""

    when: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.register_buffer("when", torch.linspace(-1, 1, c.frames), persistent=False)
        seen_as = c.width // 2 if c.image else 0
        if c.image:
            self.picture = nn.Sequential(nn.Linear(c.image, seen_as), nn.ReLU(), nn.Dropout(c.dropout))
        if c.scene:
            self.shot = nn.Sequential(nn.LayerNorm(c.scene), nn.Dropout(c.scene_dropout), nn.Linear(c.scene, c.width))
        self.person, self.ball = Track(PERSON + 1 + seen_as, c), Track(BALL + 1, c)
        self.cls = nn.Parameter(torch.randn(1, 1, c.width) * 0.02)
        self.teams = nn.Parameter(torch.randn(2, 2, c.width) * 0.02)  # left and right; side -1 and side +1
        self.blocks = nn.ModuleList(Block(c.width, c.heads, c.dropout) for _ in range(c.layers))
        if c.pair:
            inputs = LOOK * len(c.looked_at) + PAIR
            out = nn.Linear(c.pair, c.layers * c.heads, bias=False)
            self.pair = nn.Sequential(nn.Linear(inputs, c.pair), nn.ReLU(), out)
        self.norm = nn.LayerNorm(c.width)
        self.group = nn.Sequential(
            nn.Linear(4 * c.width, c.width), nn.ReLU(), nn.Dropout(c.dropout), nn.Linear(c.width, c.classes)
        )
        if c.actions:
            self.action = nn.Linear(c.width, c.actions)

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, size: Tensor | None = None,
        scene: Tensor | None = None, image: Tensor | None = None,
    ) -> GroupAnswer:  # fmt: skip
        """Return logits of the group's class (B, K) and of people's actions (B, P, A), zeros for who is not there.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64; side (B, P) in {-1, 0, 1}; ball (B, T, 2),
        ball_present (B, T) bool; size (B, P, T, 2) of boxes, in the units of xy; scene (B, S, scene), S frames spread
        evenly over the window, NaN where there is none; image (B, P, T, image).
        """
        c = self.config
        e = entities(xy, present, None, side, ball, ball_present, c.frames)
        if self.training and c.actor_dropout:
            e = hide(e, c.actor_dropout)
        B, P = len(xy), xy.shape[1]
        there, at = e.there[:, :-1], first_seen(e)
        member, known = membership(at, there, e.team[:, :-1])
        people = self._people(e, key, size, image)
        flight = torch.cat([e.xy, velocity(e.xy, e.seen), e.seen[..., None]], -1)[:, -1]
        flight = self.ball(self._timed(flight) * e.seen[:, -1, :, None], e.seen[:, -1])
        teams = self.teams[known.long()] + member.transpose(1, 2) @ people / member.sum(1).clamp(min=1e-6)[..., None]
        tokens = [self.cls.expand(B, -1, -1), people, flight[:, None], teams]
        seen = [torch.ones_like(there[:, :1]), e.there, member.sum(1) > 0]
        if c.scene and scene is not None:
            shots = given(scene, "B S F", "scene", e.xy.new_zeros(B, 1, c.scene))
            shown = shots.isfinite().all(-1)
            shots = self.shot(shots.masked_fill(~shown[..., None], 0.0))
            tokens.append(shots + clock(shots.shape[1], c.width).to(shots))
            seen.append(shown)
        h, alive = torch.cat(tokens, 1), torch.cat(seen, 1)
        biases: list[Tensor] | list[None] = [None] * c.layers
        if c.pair:
            pairs = self._pairs(e, size, member, h.shape[1])
            biases = list(self.pair(pairs).permute(0, 3, 1, 2).chunk(c.layers, 1))
        for block, bias in zip(self.blocks, biases, strict=True):
            h = block(h, alive, bias)
        h = self.norm(h)
        cls, people = h[:, 0], h[:, 1 : P + 1]
        all_and_halves = [
            pool_groups(people[:, :, None], there[..., None], cut(at, there, n), "max")[:, 0] for n in (1, 2)
        ]
        actions = self.action(people) * there[..., None] if c.actions else h.new_zeros(B, P, 0)
        return GroupAnswer(self.group(torch.cat([cls, *all_and_halves], -1)), actions)

    def _timed(self, x: Tensor) -> Tensor:
        """Return samples with the time of each, -1 to +1, beside them. Shapes: (..., T, F) -> (..., T, F + 1)."""
        return torch.cat([x, self.when[:, None].expand(*x.shape[:-1], 1).to(x.dtype)], -1)

    def _people(self, e: Entities, key: Tensor | None, size: Tensor | None, image: Tensor | None) -> Tensor:
        """Return people's tokens before they look at each other, (B, P, width)."""
        c, seen = self.config, e.seen[:, :-1]
        x = self._timed(about_people(e, key, size))
        if c.image:
            picture = given(image, "B P T F", "image", e.xy.new_zeros(*seen.shape, c.image))
            x = torch.cat([x, self.picture(torch.where(seen[..., None], picture, 0.0))], -1)
        x = x * seen[..., None]
        return self.person(x.flatten(0, 1), seen.flatten(0, 1)).unflatten(0, seen.shape[:2])

    def _pairs(self, e: Entities, size: Tensor | None, member: Tensor, tokens: int) -> Tensor:
        """Return how j compares with i as i sees it, zeros beside people, ball and teams. -> (B, L, L, numbers)."""
        at = torch.tensor(self.config.looked_at, device=e.xy.device)
        xy, seen, v = e.xy[:, :, at], e.seen[:, :, at], velocity(e.xy, e.seen)[:, :, at]
        wide = spread(e)[1][:, None]
        both = seen[:, None] & seen[:, :, None]  # (B, i, j, S)
        plain = (xy[:, None] - xy[:, :, None]) * both[..., None]
        way = plain / wide
        away = way.square().sum(-1).add(1e-6).sqrt()
        closing = -(way * (v[:, None] - v[:, :, None]) * both[..., None]).sum(-1) / away
        box, sure = sized(e, size)
        tall = F.pad(masked_mean(box[..., 1:], sure, 2).squeeze(-1), (0, 1))  # (B, V) logarithm of the height
        sure_of = F.pad(sure.any(2).squeeze(-1), (0, 1))
        two = sure_of[:, None] & sure_of[:, :, None]
        height = ((tall[:, None] + tall[:, :, None]) / 2).exp()[..., None]
        heights = (plain.square().sum(-1).add(1e-12).sqrt() / height).clamp(max=2 * FAR) / 2 * two[..., None] * both
        away = torch.where(both, away, FAR).clamp(max=FAR)
        looks = torch.cat([way.clamp(-FAR, FAR).flatten(3), away, closing, heights, both.to(xy.dtype)], -1)
        same = e.team[:, None] * e.team[:, :, None]
        pair = torch.stack([(tall[:, None] - tall[:, :, None]) * two, two, same, same.abs()], -1)
        V, P = e.there.shape[1], member.shape[1]
        out = xy.new_zeros(len(xy), tokens, tokens, looks.shape[-1] + PAIR)
        out[:, 1 : V + 1, 1 : V + 1, :-1] = torch.cat([looks, pair], -1)
        out[:, 1 : P + 1, V + 1 : V + 3, -1] = member
        out[:, V + 1 : V + 3, 1 : P + 1, -1] = member.transpose(1, 2)
        return out


def membership(at: Tensor, there: Tensor, side: Tensor) -> tuple[Tensor, Tensor]:
    """Return how much each person belongs to each of two teams, and whether sides say so; else ranks along x do.

    Shapes: at (B, P, 2), there (B, P) bool, side (B, P) -> (B, P, 2), (B,) bool.
    """
    known = ((side != 0) & there).any(1)
    teams = torch.stack([side < 0, side > 0], -1).to(at.dtype)
    rank = ranks(at[..., 0], there)
    halves = torch.stack([1 - rank, 1 + rank], -1) / 2
    return torch.where(known[:, None, None], teams, halves) * there[..., None], known


def hide(e: Entities, share: float) -> Entities:
    """Return the entities with some people hidden, never the ball, never everybody."""
    drawn = torch.rand(e.there[:, :-1].shape, device=e.xy.device).masked_fill(~e.there[:, :-1], -1.0)
    stays = F.pad((drawn >= share) | (drawn == drawn.amax(1, keepdim=True)), (0, 1), value=True)
    seen = e.seen & stays[..., None]
    return e._replace(xy=e.xy * seen[..., None], seen=seen, there=e.there & stays, team=e.team * stays)


def loss(output: GroupAnswer, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the group's class and people's actions. Shapes: label (B,), people (B, P), -1 not known."""
    return group_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 people, one of them absent in the last window."""
    return example_groups(config.frames, config.classes, config.actions, config.scene, config.image, generator)
