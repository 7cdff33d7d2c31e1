"""Shared-Compare Trajectory Network: what happened in a short window, and who did it, from trajectories alone.

One network S reads every player's trajectory (weights shared); a second, P, reads the key player's and another's
features side by side and compares them; the pairs, nearest to the key first, are concatenated and classified.

Source: Mehrasa, Zhong, Tung, Bornn, Mori, "Learning Person Trajectory Representations for Team Activity Analysis",
arXiv 1706.00893 (2017), section 3.2. Differs: layer widths are ours (the paper gives none); absent players are masked;
when the key player is not known every valid candidate is tried and the results are averaged as probabilities, logits
or pair features. Switches, all off by default: a velocity, position-relative-to-key, same-team or presence channel, the
way to the ball and its length, and the ball as one more entity compared with the key. With `side` given, the window is
turned for each candidate so that his team attacks +x. With `choose` the question is not what but who (to whom does the
key pass?): each other player's pair with the key is scored by one head, in his own place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError, check_shape
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.masked import masked_logmeanexp, masked_mean, take
from sportsai.layers.temporal import ConvPool, samples_left

POOLS = ("prob", "logit", "feature")
ORDERS = ("distance", "given")
FAR = 3.0  # stands for "far from the ball", and for a ball that is not seen
CHUNK = 256  # windows read at once: what lies between the layers stays in the processor's cache
OWN_SCALE = 0.2  # positions relative to the key are divided by this share of half a court (about 10 m)

Filled = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # xy, present, side, ball, ball_present


@dataclass(frozen=True)
class Config:
    """Sizes and switches; the defaults have 946,758 parameters.

    classes: K. players: N, the key and the N - 1 nearest to him. frames: T, samples of a window. channels: 2, x and y.
    shared, compare: widths of the blocks of S and P. taps: samples a convolution sees. hidden: units of the head.
    dropout: share of the head's units. pool: what is averaged over candidates when the key is not known.
    order: "distance" to the key at `reference` (None: frame T // 2), or "given": key first, the rest as they come.
    pairs: False gives the ablation in which every player is read alone and never compared.
    velocity, relative, same_team, presence, ball, to_ball: further inputs, see the module.
    choose: score every other player, (B, P), instead of classes; `players` and `order` play no part then.
    """

    classes: int = 6
    players: int = 5
    frames: int = 16
    channels: int = 2
    shared: tuple[int, ...] = (64, 128)
    compare: tuple[int, ...] = (256, 256)
    taps: int = 3
    hidden: int = 512
    dropout: float = 0.5
    pool: str = "prob"
    order: str = "distance"
    reference: int | None = None
    pairs: bool = True
    velocity: bool = False
    relative: bool = False
    same_team: bool = False
    presence: bool = False
    ball: bool = False
    to_ball: bool = False
    choose: bool = False

    def __post_init__(self) -> None:
        for name, known in (("pool", POOLS), ("order", ORDERS)):
            if getattr(self, name) not in known:
                raise ModelError(f'{name} = "{getattr(self, name)}"', expected=f"one of {', '.join(known)}")
        if self.players < 2 and not self.ball:
            raise ModelError(f"players = {self.players}", expected="at least 2: the key and one to compare with")
        samples_left(self.frames, len(self.shared) + len(self.compare))

    @property
    def inputs(self) -> int:
        """Channels S reads."""
        more = 2 * self.velocity + 2 * self.relative + self.same_team + self.presence + self.ball + 3 * self.to_ball
        return self.channels + int(more)


class Who(NamedTuple):
    """Unknown-key answer: logits (B, K), key (B,) the best candidate, scores (B, P) his ordering's, -inf for others."""

    logits: Tensor
    key: Tensor
    scores: Tensor


class Model(nn.Module):
    """The network; `forward` gives logits for a known key, and pooled logits when `key` is None."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.shared = ConvPool(c.inputs, c.shared, c.taps)
        self.compare = ConvPool(c.shared[-1] * (2 if c.pairs else 1), c.compare, c.taps)
        left = samples_left(c.frames, len(c.shared) + len(c.compare))
        pairs = 1 if c.choose else c.players - 1 + c.ball + (not c.pairs)
        self.head = nn.Sequential(
            nn.Linear(pairs * c.compare[-1] * left, c.hidden), nn.ReLU(), nn.Dropout(c.dropout),
            nn.Linear(c.hidden, 1 if c.choose else c.classes, bias=not c.choose),
        )  # fmt: skip

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, candidates: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits whose softmax are the class probabilities.

        Shapes
        ------
        xy (B, P, T, C); present (B, P, T) bool; key (B,) int64 or None; side (B, P) in {-1, 0, +1}, positions given so
        that side +1 attacks right; ball (B, T, C), ball_present (B, T) bool; candidates (B, P) bool, who may be the key
        (None: everybody seen at the reference frame) -> (B, K); with `choose` (B, P), very low for the key himself and
        for places that are empty.
        """
        inputs = self._filled(xy, present, side, ball, ball_present)
        if self.config.choose:
            if key is None:
                raise ModelError("choose=True without a key player", expected="the player whose pairs are scored")
            there = inputs[1].any(-1).scatter(1, key[:, None], False)
            return torch.where(there, self.head(self.own_pairs(*inputs, key).flatten(2)).squeeze(-1), LOW)
        if key is not None:
            return self.head(self._in_chunks(inputs, key))
        return self._pooled(inputs, candidates).logits

    def who(
        self, xy: Tensor, present: Tensor | None = None, side: Tensor | None = None, ball: Tensor | None = None,
        ball_present: Tensor | None = None, candidates: Tensor | None = None, background: int | None = None,
    ) -> Who:  # fmt: skip
        """Return pooled logits and the candidate whose ordering scores highest (the probability of its best class).

        background: a class that is no event and must not speak for a candidate.
        """
        return self._pooled(self._filled(xy, present, side, ball, ball_present), candidates, background)

    def pair_features(
        self, xy: Tensor, present: Tensor, side: Tensor, ball: Tensor, ball_present: Tensor, key: Tensor,
        rows: Tensor | None = None, alone: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:  # fmt: skip
        """Return what P makes of each pair, nearest first, zeros for an empty place: (n, pairs, F, T').

        key (n,): rows (n,) says in which window (None: one key for each window). alone: `_alone` of these windows,
        where one reading serves several keys.
        """
        c = self.config
        rows = torch.arange(len(key), device=key.device) if rows is None else rows
        order, there = self.ordered(xy, present, key, rows)  # (n, N), (n, N)
        each = rows[:, None]
        present, side = present[each, order] & there[..., None], side[each, order]
        if alone is None:
            alone = self._alone(xy[each, order], present, ball[rows], ball_present[rows])
        else:
            alone = alone[0][each, order], alone[1][rows]
        tracks = self._channels(*alone, present, side, ball_present[rows])  # (n, N (+1), F, T)
        if c.ball:
            there = torch.cat([there, ball_present[rows].any(1, keepdim=True)], 1)
        return self._compared(tracks) * there[:, 0 if not c.pairs else 1 :, None, None]

    def own_pairs(
        self, xy: Tensor, present: Tensor, side: Tensor, ball: Tensor, ball_present: Tensor, key: Tensor
    ) -> Tensor:
        """Return what P makes of the key and each player, in the player's own place: (B, P, F, T')."""
        B, P = side.shape
        order = torch.cat([key[:, None], torch.arange(P, device=key.device).expand(B, P)], 1)
        present = take(present, order)
        alone = self._alone(take(xy, order), present, ball, ball_present)
        tracks = self._channels(*alone, present, take(side, order), ball_present)
        g = self._compared(tracks[:, : P + 1])  # the ball is an input here, nobody to choose
        return g if self.config.pairs else g[:, 1:]

    def _compared(self, tracks: Tensor) -> Tensor:
        """Return S then P of the key's track with each other: (B, V, F, T) -> (B, V - 1, F', T'); V alone."""
        B, V = tracks.shape[:2]
        f = self.shared(tracks.flatten(0, 1)).unflatten(0, (B, V))  # (B, V, F, T')
        if not self.config.pairs:
            return self.compare(f.flatten(0, 1)).unflatten(0, (B, V))
        q = torch.cat([f[:, :1].expand(-1, V - 1, -1, -1), f[:, 1:]], 2)  # (B, V-1, 2F, T')
        return self.compare(q.flatten(0, 1)).unflatten(0, (B, V - 1))

    def _in_chunks(self, inputs: Filled, key: Tensor, rows: Tensor | None = None) -> Tensor:
        """Return pair features side by side, (n, F), read a few windows at a time; rows: which windows, (n,)."""
        parts = []
        alone = None if rows is None else self._alone(*inputs[:2], *inputs[3:])
        for i in range(0, max(len(key), 1), CHUNK):
            here = slice(i, i + CHUNK)
            if rows is None:
                xy, present, side, ball, ball_present = (x[here] for x in inputs)
                read = self.pair_features(xy, present, side, ball, ball_present, key[here])
            else:
                read = self.pair_features(*inputs, key[here], rows[here], alone)
            parts.append(read.flatten(1))
        return torch.cat(parts)

    def ordered(self, xy: Tensor, present: Tensor, key: Tensor, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the places to read, key first, then by rising distance to him; and which of them are filled.

        Only the reference frame counts, so a track is never broken. Ties keep the given order (stable sort).
        Shapes: xy (B, P, T, C), present (B, P, T), key (n,), rows (n,) the window of each (None: one each) ->
        (n, N) int64, (n, N) bool.
        """
        at = xy.shape[2] // 2 if self.config.reference is None else self.config.reference
        here, seen = xy[:, :, at, :2], present[:, :, at]
        if rows is not None:
            here, seen = here[rows], seen[rows]
        (B, P), N = seen.shape, self.config.players
        if self.config.order == "distance":
            rank = (here - take(here, key[:, None])).square().sum(-1)
        else:
            rank = torch.arange(P, device=here.device, dtype=here.dtype).expand(B, P)
        rank = rank.masked_fill(~seen, float("inf")).scatter(1, key[:, None], -1.0)
        rank, order = rank.sort(dim=1, stable=True)
        order, there = order[:, :N], rank[:, :N].isfinite()
        if P < N:  # fewer players than places: empty places
            order = F.pad(order, (0, N - P))
            there = F.pad(there, (0, N - P))
        return order, there

    def _alone(self, xy: Tensor, present: Tensor, ball: Tensor, ball_present: Tensor) -> tuple[Tensor, Tensor]:
        """Return what of the tracks' channels has nothing to do with the key: positions, steps, the way to the ball.

        Shapes: xy (n, V, T, C), present (n, V, T), ball (n, T, C), ball_present (n, T) -> of the players (n, V, T, F);
        of the ball (n, T, F).
        """
        c = self.config
        xy = torch.cat([xy, ball[:, None]], 1)
        present = torch.cat([present, ball_present[:, None]], 1)
        xy = xy * present[..., None]
        parts = [xy]
        if c.velocity:  # per sample, after decimation; 0 where either end is missing
            both = present[..., 1:] & present[..., :-1]
            parts.append(F.pad(xy.diff(dim=2)[..., :2] * both[..., None], (0, 0, 1, 0)) * 20)
        if c.to_ball:
            both = present & ball_present[:, None]
            gap = (xy - xy[:, -1:])[..., :2] * both[..., None] / OWN_SCALE
            away = torch.where(both, gap.square().sum(-1).add(1e-12).sqrt(), torch.full_like(gap[..., 0], FAR))
            parts += [gap, away.clamp(max=FAR)[..., None]]
        read = torch.cat(parts, -1)
        return read[:, :-1], read[:, -1]

    def _channels(self, alone: Tensor, ball: Tensor, present: Tensor, side: Tensor, ball_present: Tensor) -> Tensor:
        """Return what S reads, (B, V, F, T): players in order (key first), then the ball where it takes part."""
        c = self.config
        turn = torch.where(side[:, 0] < 0, -1.0, 1.0).to(alone.dtype)[:, None, None, None]  # the key's team goes right
        team = side * side[:, :1]
        if c.ball:
            alone = torch.cat([alone, ball[:, None]], 1)
            present = torch.cat([present, ball_present[:, None]], 1)
            team = F.pad(team, (0, 1))
        own = c.channels + 2 * c.velocity
        parts = [alone[..., :own] * turn]
        xy = parts[0][..., : c.channels]
        if c.relative:
            both = present & present[:, :1]
            parts.append((xy - xy[:, :1])[..., :2] * both[..., None] / OWN_SCALE)
        if c.same_team:
            parts.append((team[..., None].to(xy.dtype) * present)[..., None])
        if c.presence:
            parts.append(present[..., None].to(xy.dtype))
        if c.to_ball:
            parts += [alone[..., own : own + 2] * turn, alone[..., own + 2 :]]
        if c.ball:
            is_ball = torch.zeros_like(present)
            is_ball[:, -1] = True
            parts.append(is_ball[..., None].to(xy.dtype))
        return torch.cat(parts, -1).transpose(2, 3)

    def _pooled(self, inputs: Filled, candidates: Tensor | None, background: int | None = None) -> Who:
        xy, present = inputs[:2]
        B, P, T, _ = xy.shape
        at = T // 2 if self.config.reference is None else self.config.reference
        valid = present[:, :, at] if candidates is None else candidates & present[:, :, at]
        b, p = valid.nonzero(as_tuple=True)
        z = self._in_chunks(inputs, p, b)  # (n, F): only candidates who are there
        logits = xy.new_zeros(B, P, self.config.classes)
        logits[b, p] = self.head(z)
        log_p = logits.log_softmax(-1)
        speaks = log_p if background is None else _without(log_p, background)
        scores = speaks.amax(-1).masked_fill(~valid, float("-inf"))
        if self.config.pool == "feature":
            features = z.new_zeros(B, P, z.shape[-1])
            features[b, p] = z
            pooled = self.head(masked_mean(features, valid[..., None], 1))
        elif self.config.pool == "logit":
            pooled = masked_mean(logits, valid[..., None], 1)
        else:
            pooled = masked_logmeanexp(log_p, valid[..., None], 1)
        pooled = torch.where(valid.any(1, keepdim=True), pooled, torch.zeros_like(pooled))
        return Who(pooled, scores.argmax(1), scores)

    def _filled(
        self, xy: Tensor, present: Tensor | None, side: Tensor | None, ball: Tensor | None, ball_present: Tensor | None
    ) -> Filled:
        B, P, T, C = check_shape(xy, "B P T C", "xy")
        c = self.config
        if T != c.frames or C != c.channels:  # noqa: SIM300
            raise ModelError(f"windows of {T} samples and {C} channels", expected=f"{c.frames} and {c.channels}")
        if present is None:
            present = torch.ones(B, P, T, dtype=torch.bool, device=xy.device)
        if side is None:
            side = torch.zeros(B, P, device=xy.device)
        if ball is None:
            ball, ball_present = xy.new_zeros(B, T, C), torch.zeros(B, T, dtype=torch.bool, device=xy.device)
        elif ball_present is None:
            ball_present = torch.ones(B, T, dtype=torch.bool, device=xy.device)
        assert ball_present is not None
        return xy, present, side.to(xy.dtype), ball, ball_present


def _without(log_p: Tensor, column: int) -> Tensor:
    mask = torch.zeros(log_p.shape[-1], dtype=torch.bool, device=log_p.device)
    mask[column] = True
    return log_p.masked_fill(mask, float("-inf"))


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy, weighted by `batch["weight"]` (K,) where given. Shapes: output (B, K or P), label (B,)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of N + 1 players, one of them absent in the last window."""
    return example_windows(config.players + 1, config.frames, config.classes, config.choose, generator, config.channels)
