"""Stacked Trajectory Network: all tracks side by side as channels of one signal, read by one convolution over time.

  X = [ball ; player_1 ; ... ; player_N], channels x time;  logits = FC(FC(CNN(X)))

Source: Mehrasa, Zhong, Tung, Bornn, Mori, "Learning Person Trajectory Representations for Team Activity Analysis",
arXiv 1706.00893 (2017), section 3.1, there for telling teams apart by 200 samples of 5 players and the ball. Differs:
widths are ours (the paper gives none); so is the order of the players, which it does not say; a key player, where one
is known, stands first; beside x and y a track has a channel of its side (+1 the key's team, -1 the other; the ball: 1
where seen), which also tells an absent player from one on the centre spot. Pools stop before less than one sample is
left: 16 samples take four, 4 samples two. `norm` is ours, too: without it the network learns little of team style.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.entities import Entities, entities, velocity
from sportsai.layers.masked import take
from sportsai.layers.temporal import ConvPool, pools_that_fit, samples_left

ORDERS = ("ball", "goal", "random", "given")


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. choose: score places, (B, P), instead of classes.
    players: N tracks beside the ball; the first N in the order, empty ones are zeros.
    n_layers: 2 to 5 convolutions. widths: of each, the first `n_layers` count. taps: samples one of them sees.
    hidden: units of the fully connected layer. dropout: share of them.
    order: players by distance to the "ball" where both are first seen, or to the "goal" attacked, at x = +1; "random":
    for each window anew in training, by its contents and `seed` afterwards, a negative control; "given".
    seed: of the random order. key_first: the key player, where known, before the others.
    velocity, team: channels of a track beside x and y: its steps; its side. norm: batch norm of the inputs and after
    each convolution.
    """

    classes: int = 6
    frames: int = 16
    choose: bool = False
    players: int = 10
    n_layers: int = 5
    widths: tuple[int, ...] = (64, 128, 256, 512, 512)
    taps: int = 3
    hidden: int = 1024
    dropout: float = 0.5
    order: str = "ball"
    seed: int = 0
    key_first: bool = True
    velocity: bool = False
    team: bool = True
    norm: bool = False

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ModelError(f'order = "{self.order}"', expected=f"one of {', '.join(ORDERS)}")
        if not 2 <= self.n_layers <= min(5, len(self.widths)):
            raise ModelError(f"n_layers = {self.n_layers}", expected="2 to 5, with a width for each")

    @property
    def channels(self) -> int:
        """Channels of one track."""
        return 2 + 2 * self.velocity + self.team


class Model(nn.Module):
    """The network; `forward` gives logits, or a score for each place."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        pools = min(pools_that_fit(c.frames), c.n_layers)
        self.read = ConvPool((c.players + 1) * c.channels, c.widths[: c.n_layers], c.taps, pools=pools, norm=c.norm)
        self.head = nn.Sequential(
            nn.Linear(self.read.width * samples_left(c.frames, pools), c.hidden), nn.ReLU(), nn.Dropout(c.dropout),
            nn.Linear(c.hidden, c.players if c.choose else c.classes),
        )  # fmt: skip

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, K), with `choose` scores (B, P), very low where nobody is or whose track was not read.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool.
        """
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)
        order, there = self.ordered(e)
        output = self.head(self.read(self.stacked(e, order, there)).flatten(1))
        if not self.config.choose:
            return output
        n = order.shape[1]  # places that are no place (fewer players than N) come last and are left out
        output = torch.where(there, output[:, :n], LOW)
        return output.new_full((len(xy), xy.shape[1]), LOW).scatter(1, order, output)

    def ordered(self, e: Entities) -> tuple[Tensor, Tensor]:
        """Return the places of the players to read, and which of them are filled, (B, min(N, P)) each."""
        c, (B, P) = self.config, e.there[:, :-1].shape
        start = e.seen.int().argmax(-1)  # the sample at which each is first seen
        first = e.xy.gather(2, start[..., None, None].expand(-1, -1, 1, 2))[:, :, 0]  # (B, V, 2)
        if c.order == "ball":
            rank = (first[:, :-1] - first[:, -1:]).square().sum(-1)
        elif c.order == "goal":
            rank = (first[:, :-1] - first.new_tensor([1.0, 0.0])).square().sum(-1)
        elif c.order == "given":
            rank = torch.arange(P, device=e.xy.device, dtype=e.xy.dtype).expand(B, P)
        elif self.training:
            rank = torch.rand(B, P, device=e.xy.device)
        else:  # as good as random, but the same for the same window, alone or in a batch
            mixed = (first[:, :-1].double() * first.new_tensor([12.9898, 78.233]).double()).sum(-1)
            rank = ((mixed + 1.0 + c.seed).sin() * 43758.5453).frac().abs()
        if c.key_first:
            rank = rank.masked_fill(e.key[:, :-1] > 0, -1.0)
        rank, order = rank.masked_fill(~e.there[:, :-1], float("inf")).sort(dim=1, stable=True)
        return order[:, : c.players], rank[:, : c.players].isfinite()

    def stacked(self, e: Entities, order: Tensor, there: Tensor) -> Tensor:
        """Return the signal, (B, (N + 1) * channels, T): the ball's channels, then each player's in order."""
        parts = [e.xy]
        if self.config.velocity:
            parts.append(velocity(e.xy, e.seen))
        if self.config.team:
            parts.append(((e.team + e.ball)[..., None] * e.seen)[..., None])
        x = torch.cat(parts, -1)  # (B, V, T, channels)
        players = take(x, order) * there[..., None, None]
        empty = x.new_zeros(len(x), self.config.players - order.shape[1], *x.shape[2:])
        return torch.cat([x[:, -1:], players, empty], 1).transpose(2, 3).flatten(1, 2)


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the place among `batch["choices"]`. Shapes: output (B, K or P), label (B,)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    return example_windows(6, config.frames, config.classes, config.choose, generator)
