"""A window as one list of entities: the players in their places, then the ball; what is missing is marked, not guessed.

Every model of sets reads windows through here, so what "seen", "own" and "key" mean is written once.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from sportsai.errors import ModelError, check_shape

NEAR = 0.2  # positions relative to someone are divided by this share of half a court (soccer: about 10 m)
SPEED = 20.0  # steps between two samples are multiplied by this, which brings them to the size of positions
FAR = 3.0  # stands for "far away", and for somebody who is not seen


class Entities(NamedTuple):
    """V = P + 1 entities of B windows: P players in their places, then the ball; the key's team attacks right.

    Shapes
    ------
    xy (B, V, T, 2), zeros where not `seen` (B, V, T) bool; there (B, V) bool: seen at least once; team (B, V) in
    {-1, 0, +1}, 0 for the ball and the unknown; key (B, P + 1) 1 for the key player, all 0 when he is not known;
    ball (V,) 1 for the ball.
    """

    xy: Tensor
    seen: Tensor
    there: Tensor
    team: Tensor
    key: Tensor
    ball: Tensor


def entities(
    xy: Tensor, present: Tensor | None, key: Tensor | None, side: Tensor | None, ball: Tensor | None,
    ball_present: Tensor | None, frames: int,
) -> Entities:  # fmt: skip
    """Return the entities of windows; ModelError when they are not `frames` samples long.

    A window whose key is of side -1 is turned by half a turn, so that his team attacks right.
    Shapes: xy (B, P, T, 2), present (B, P, T) bool, key (B,) int64, side (B, P), ball (B, T, 2), ball_present (B, T).
    """
    B, P, T, _ = check_shape(xy, "B P T C", "xy")
    if frames != T:
        raise ModelError(f"windows of {T} samples", expected=f"{frames}")
    seen = torch.ones(B, P, T, dtype=torch.bool, device=xy.device) if present is None else present
    team = xy.new_zeros(B, P) if side is None else side.to(xy.dtype)
    if ball is None:
        ball, ball_present = xy.new_zeros(B, T, 2), seen.new_zeros(B, T)
    elif ball_present is None:
        ball_present = seen.new_ones(B, T)
    assert ball_present is not None
    seen = torch.cat([seen, ball_present[:, None]], 1)
    xy = torch.cat([xy[..., :2], ball[:, None, :, :2]], 1)
    there = seen.any(-1)
    is_key = xy.new_zeros(B, P + 1)
    if key is not None:
        own = team.gather(1, key[:, None])
        turn = torch.where(own < 0, -1.0, 1.0).to(xy.dtype)
        xy, team = xy * turn[..., None, None], team * turn
        is_key = is_key.scatter(1, key[:, None], 1.0)
    is_ball = torch.zeros(P + 1, dtype=xy.dtype, device=xy.device)
    is_ball[-1] = 1
    xy = torch.where(seen[..., None], xy, torch.zeros_like(xy))
    return Entities(xy, seen, there, F.pad(team, (0, 1)) * there, is_key, is_ball)


def velocity(xy: Tensor, seen: Tensor) -> Tensor:
    """Return each sample's step from the one before, 0 where either is missing. Shapes: (B, V, T, 2), (B, V, T)."""
    both = seen[..., 1:] & seen[..., :-1]
    return F.pad(xy.diff(dim=2) * both[..., None], (0, 0, 1, 0)) * SPEED


def of(x: Tensor, who: Tensor) -> Tensor:
    """Return the row of x marked in `who`, zeros where none is. Shapes: x (B, V, ...), who (B, V) -> (B, 1, ...)."""
    index = who.argmax(1).reshape(-1, 1, *[1] * (x.dim() - 2)).expand(-1, 1, *x.shape[2:])
    row = x.gather(1, index)
    known = who.amax(1).reshape(-1, *[1] * (x.dim() - 1)) > 0
    return torch.where(known, row, torch.zeros_like(row))


def gap(e: Entities, xy: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Return the way from somebody to each entity, and its length (FAR where either is missing), in units of NEAR.

    Shapes: somebody's xy (B, 1, T, 2) and seen (B, 1, T) -> (B, V, T, 2), (B, V, T, 1).
    """
    both = e.seen & seen
    way = (e.xy - xy) * both[..., None] / NEAR
    away = torch.where(both, way.square().sum(-1).add(1e-12).sqrt(), torch.full_like(way[..., 0], FAR))
    return way, away.clamp(max=FAR)[..., None]


def marks(e: Entities) -> Tensor:
    """Return what each entity is at each sample it is seen: own, other, key, ball, seen. -> (B, V, T, 5)."""
    own, other = (e.team > 0).to(e.xy.dtype), (e.team < 0).to(e.xy.dtype)
    kinds = torch.stack([own, other, e.key, e.ball.expand_as(own), torch.ones_like(own)], -1)
    return kinds[:, :, None] * e.seen[..., None]
