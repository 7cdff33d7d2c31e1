"""Path pool: every player's path is read alone by one network, the paths of a team are pooled as a set.

A sample of a path is where the player stands (and sines of it, so that a few steps to the left or right count), his
velocity, the way to the attacked goal, to the ball and to his nearest team-mate. Two temporal convolutions follow: mean
and maximum over time are what he did, mean and maximum over the team are what his team does. A second stream pools
the team at each sample first and then reads it through time, with the ball: who stands where at the same moment.

Source: sets after Zaheer et al., "Deep Sets", arXiv 1703.06114 (2017); sines of positions after Tancik et al., "Fourier
Features", arXiv 2006.10739 (2020). Sizes, inputs and the second stream are ours. Who a player is, and the order players
come in, play no part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError, check_shape
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.flight import HEIGHT, flight
from sportsai.layers.masked import masked_mean, take

OWN_SCALE = 0.25  # ways to the ball and to team-mates are divided by this share of half a court
FAR = 4.0  # the furthest of them
WAVES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0)  # half periods over the court's length and a little beside it
REACH = 1.15  # of half the court's length: where the slowest sine comes to a quarter period


@dataclass(frozen=True)
class Config:
    """Sizes and switches; the defaults, with 30 classes, have 519,000 parameters.

    classes: K. choose: the answer is a place, not a class. frames: T. width: units of a player's sample. wide: of the
    convolutions. stride: samples from one of their outputs to the next. hidden: units of the head. dropout: share of
    the head's inputs. others: the other team is pooled, too (apart from the key's). team: the second stream. ball: the
    ball is read. goal: where on the x axis the attacked goal is. speed: velocities, units per sample, are multiplied
    by this. height: so is the ball's height, where its windows tell it.
    """

    classes: int = 6
    choose: bool = False
    frames: int = 16
    width: int = 64
    wide: int = 96
    stride: int = 2
    hidden: int = 256
    dropout: float = 0.5
    others: bool = True
    team: bool = True
    ball: bool = True
    goal: float = 0.888
    speed: float = 10.0
    height: bool = False

    def __post_init__(self) -> None:
        if self.frames < 2 or self.stride < 1:
            raise ModelError(f"frames = {self.frames}, stride = {self.stride}", expected="at least 2, and at least 1")

    @property
    def inputs(self) -> int:
        """Numbers that say where somebody is and how he moves."""
        return 4 * len(WAVES) + 2 + 3 + 2 + 1  # sines; x, y; velocity, speed; the goal far and near; time


class Model(nn.Module):
    """The network; `forward` gives logits."""

    waves: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.register_buffer("waves", torch.tensor(WAVES) * (math.pi / 2 / REACH), persistent=False)
        self.player = nn.Sequential(
            nn.Linear(c.inputs + 6, c.width), nn.GELU(), nn.Linear(c.width, c.width), nn.GELU()
        )  # the way to the ball (2), near, handler, nearest team-mate, side
        self.path = _convolutions(c.width, c.wide, c.stride)
        groups = 1 + c.others
        size = 4 * c.wide * groups
        if c.ball:
            self.thing = nn.Sequential(nn.Linear(c.inputs + HEIGHT * c.height, c.width), nn.GELU())
            self.flight = _convolutions(c.width, c.width, c.stride)
            size += 3 * c.width
        if c.team:
            self.meet = nn.Linear(2 * c.wide * groups + c.width * c.ball, c.wide)
            self.turns = _convolutions(c.wide, c.wide, 1)
            size += 2 * c.wide
        size += 2 * c.wide * c.choose  # and what the player asked about did himself
        answers = 1 if c.choose else c.classes
        self.norm = nn.LayerNorm(size)
        self.head = nn.Sequential(
            nn.Dropout(c.dropout), nn.Linear(size, c.hidden), nn.GELU(), nn.Dropout(c.dropout),
            nn.Linear(c.hidden, answers, bias=not c.choose),
        )  # fmt: skip
        self.straight = nn.Sequential(nn.Dropout(c.dropout / 5), nn.Linear(size, answers, bias=not c.choose))

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, ball_z: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits whose softmax are the probabilities of the classes, or of the places.

        Shapes
        ------
        xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None (the first place); side (B, P) in {-1, 0, +1},
        positions given so that side +1 attacks right (None: one team); ball (B, T, 2), ball_present (B, T) bool,
        ball_z (B, T, 1) metres, read with `height` -> (B, K), or with `choose` (B, P), LOW where nobody is.
        """
        B, P, T, _ = check_shape(xy, "B P T 2", "xy")
        c = self.config
        if T != c.frames:  # noqa: SIM300
            raise ModelError(f"windows of {T} samples", expected=f"{c.frames}")
        if present is None:
            present = torch.ones(B, P, T, dtype=torch.bool, device=xy.device)
        if key is None:
            key = torch.zeros(B, dtype=torch.int64, device=xy.device)
        if ball is None or not c.ball:
            ball, ball_present = xy.new_zeros(B, T, 2), torch.zeros(B, T, dtype=torch.bool, device=xy.device)
        elif ball_present is None:
            ball_present = torch.ones(B, T, dtype=torch.bool, device=xy.device)
        assert ball_present is not None
        side = torch.ones(B, P, device=xy.device, dtype=xy.dtype) if side is None else side.to(xy.dtype)
        mine = take(side, key[:, None])  # (B, 1)
        turn = torch.where(mine < 0, -1.0, 1.0).to(xy.dtype)[..., None]
        xy = torch.where(present[..., None], xy * turn[..., None], 0.0)
        ball = torch.where(ball_present[..., None], ball * turn, 0.0)
        own = torch.where(mine == 0, torch.ones_like(side), side * mine)  # (B, P)

        z = self.player(self._samples(xy, present, ball, ball_present, own)) * present[..., None]
        z = z.flatten(0, 1).transpose(1, 2)  # (BP, F, T)
        for conv in self.path:
            z = F.gelu(conv(z))
        z = z.unflatten(0, (B, P))  # (B, P, F, T'), T' = T / stride, rounded up
        seen = _thinned(present, c.stride)[:, :, None]
        did = torch.cat([masked_mean(z, seen, 3), masked_max(z, seen, 3)], 2)  # what each player did, (B, P, 2F)
        teams = [own > 0, own < 0] if c.others else [own > 0]
        parts, meeting = [], []
        for team in teams:
            who = (present.any(2) & team)[..., None]
            parts += [masked_mean(did, who, 1), masked_max(did, who, 1)]
            there = seen & team[:, :, None, None]
            meeting += [masked_mean(z, there, 1), masked_max(z, there, 1)]  # (B, F, T') each
        if c.ball:
            where = self._where(ball, ball_present)
            if c.height:
                where = torch.cat([where, flight(ball, ball_present, ball_z)], -1)
            b = (self.thing(where) * ball_present[..., None]).transpose(1, 2)
            flown = _thinned(ball_present[:, None], c.stride)
            first = F.gelu(self.flight[0](b))
            then = F.gelu(self.flight[1](first))
            parts += [masked_mean(first, flown, 2), masked_mean(then, flown, 2), masked_max(then, flown, 2)]
            meeting.append(then * flown)
        if c.team:
            t = F.gelu(self.meet(torch.cat(meeting, 1).transpose(1, 2))).transpose(1, 2)
            for conv in self.turns:
                t = t + F.gelu(conv(t))
            parts += [t.mean(2), t.amax(2)]
        f = torch.cat(parts, 1)
        if c.choose:
            f = torch.cat([did, f[:, None].expand(-1, P, -1)], 2)
        f = self.norm(f)
        answer = self.head(f) + 0.3 * self.straight(f)
        return answer[..., 0].masked_fill(~present.any(2), LOW) if c.choose else answer

    def _where(self, xy: Tensor, present: Tensor) -> Tensor:
        """Return where something is and how it moves, (..., T, inputs). Shapes: xy (..., T, 2), present (..., T)."""
        c = self.config
        angle = (xy[..., None] * self.waves).flatten(-2)
        both = present[..., 1:] & present[..., :-1]
        step = (xy.diff(dim=-2) * both[..., None] * c.speed).clamp(-3, 3)
        step = torch.cat([step, step[..., -1:, :]], -2)
        goal = xy - xy.new_tensor([c.goal, 0.0])
        far = _length(goal)
        time = torch.linspace(0, 1, c.frames, device=xy.device, dtype=xy.dtype)[:, None].expand(*xy.shape[:-1], 1)
        return torch.cat([xy, angle.sin(), angle.cos(), step, _length(step), far, 0.1 / (far + 0.01), time], -1)

    def _samples(self, xy: Tensor, there: Tensor, ball: Tensor, ball_present: Tensor, own: Tensor) -> Tensor:
        """Return what is known of each player at each sample, (B, P, T, inputs + 6)."""
        both = (there & ball_present[:, None])[..., None]
        gap = (xy - ball[:, None]) / OWN_SCALE
        way = _length(gap)
        near = torch.where(both, (-way).exp(), 0.0)
        same = own[:, :, None] == own[:, None]  # (B, P, P)
        nearest = near[..., 0][:, None].masked_fill(~same[..., None], -1.0).amax(2)[..., None]  # of his team
        handler = ((near >= nearest) & both).to(xy.dtype)
        at, seen = xy.transpose(1, 2), there.transpose(1, 2)  # (B, T, P, 2), (B, T, P)
        apart = (at[:, :, :, None] - at[:, :, None]).square().sum(-1)  # (B, T, P, P)
        mate = seen[:, :, None] & same[:, None]
        mate = mate & ~torch.eye(xy.shape[1], dtype=torch.bool, device=xy.device)
        nearest = apart.masked_fill(~mate, 9.0).amin(-1).add(1e-6).sqrt().div(OWN_SCALE).clamp(max=FAR)
        nearest = nearest.transpose(1, 2)[..., None]
        team = own[:, :, None, None].expand(*xy.shape[:-1], 1)
        gap = torch.where(both, gap.clamp(-FAR, FAR), 0.0)
        return torch.cat([self._where(xy, there), gap, near, handler, nearest, team], -1)


def _convolutions(inputs: int, wide: int, stride: int) -> nn.ModuleList:
    return nn.ModuleList([nn.Conv1d(inputs, wide, 3, padding=1, stride=stride), nn.Conv1d(wide, wide, 3, padding=1)])


def _thinned(there: Tensor, stride: int) -> Tensor:
    """Return whether any of each `stride` samples is there. Shapes: (B, P, T) bool -> (B, P, T')."""
    if stride == 1:
        return there
    return F.max_pool1d(there.float(), stride, ceil_mode=True) > 0


def _length(x: Tensor) -> Tensor:
    return x.square().sum(-1, keepdim=True).add(1e-6).sqrt()


def masked_max(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Maximum of x over `dim` where mask; zeros where nothing is left."""
    mask = mask.expand_as(x)
    most = x.masked_fill(~mask, -1e9).amax(dim)
    return torch.where(mask.any(dim), most, torch.zeros_like(most))


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the place among `batch["choices"]`. Shapes: output (B, K) or (B, P)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of six players, one of them absent in the last window."""
    return example_windows(6, config.frames, config.classes, config.choose, generator)
