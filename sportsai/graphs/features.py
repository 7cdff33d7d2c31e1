"""What is said of each node and each pair of nodes, by name. Metres, m/s, directions as cosine and sine.

A feature is found by its name, never by its place: `column(NODE_FEATURES, "vx")`. Angles are atan2(y, x): x first in
space, y first in the function; both are given as cosine and sine so that neither a wrap nor a swap can hide.
"""

from __future__ import annotations

import torch
from torch import Tensor

NODE_FEATURES: dict[str, str] = {
    "x": "metres along the court from its centre; the home side attacks +x",
    "y": "metres across the court",
    "vx": "m/s along x, 0 where not known",
    "vy": "m/s along y",
    "speed": "m/s",
    "v_known": "1 where the velocity rests on an unbroken window",
    "ball_distance": "metres to the ball, 0 where there is no ball",
    "ball_cos": "direction to the ball, x part; 0 for the ball itself or without a ball",
    "ball_sin": "direction to the ball, y part",
    "goal_distance": "metres to the middle of the goal its side attacks; for the ball, to the nearer goal",
    "goal_cos": "direction to that goal, x part",
    "goal_sin": "direction to that goal, y part",
    "is_home": "1 for the home side",
    "is_away": "1 for the away side",
    "is_ball": "1 for the ball",
}
EDGE_FEATURES: dict[str, str] = {
    "dx": "x of the target minus x of the source, metres",
    "dy": "y of the target minus y of the source, metres",
    "distance": "metres",
    "cos": "dx / distance, 0 where they coincide",
    "sin": "dy / distance, 0 where they coincide",
    "dvx": "vx of the target minus vx of the source, m/s",
    "dvy": "vy of the target minus vy of the source, m/s",
    "closing": "m/s at which the two come nearer (negative: apart), 0 where they coincide",
    "same_team": "1 where both play for the same side",
}


def column(features: dict[str, str], name: str) -> int:
    """Return the place of a named feature in the last axis."""
    return list(features).index(name)


def directions(offset: Tensor) -> tuple[Tensor, Tensor]:
    """Return the length of each offset and its direction (cos, sin), 0 where the length is 0.

    Shapes: offset (..., 2) -> (...), (..., 2).
    """
    length = offset.square().sum(-1).sqrt()
    return length, offset / length.clamp_min(1e-9)[..., None] * (length > 0)[..., None]


def node_features(
    xy: Tensor, v: Tensor, v_known: Tensor, side: Tensor, mask: Tensor, ball: int, goal_x_m: float
) -> Tensor:
    """Return the node features in the order of NODE_FEATURES; zeros where `mask` is False.

    Shapes: xy, v (B, V, 2); v_known, mask (B, V) bool; side (B, V) 0 home, 1 away, -1 the ball -> (B, V, F).
    ball: the ball's place among the nodes. goal_x_m: x of the goal the home side attacks.
    """
    there = mask[..., None].to(xy.dtype)
    ball_seen = mask[:, ball, None].to(xy.dtype)
    ball_distance, ball_way = directions(xy[:, ball, None] - xy)
    attacked = torch.where(side == 1, -goal_x_m, goal_x_m).to(xy.dtype)
    attacked = torch.where(side < 0, xy[..., 0].sign() * goal_x_m, attacked)
    goal_distance, goal_way = directions(torch.stack([attacked, torch.zeros_like(attacked)], -1) - xy)
    known = v_known.to(xy.dtype)
    parts = [
        xy[..., 0], xy[..., 1], v[..., 0] * known, v[..., 1] * known, v.square().sum(-1).sqrt() * known, known,
        ball_distance * ball_seen, ball_way[..., 0] * ball_seen, ball_way[..., 1] * ball_seen,
        goal_distance, goal_way[..., 0], goal_way[..., 1],
        (side == 0).to(xy.dtype), (side == 1).to(xy.dtype), (side < 0).to(xy.dtype),
    ]  # fmt: skip
    return torch.stack(parts, -1) * there


def edge_features(xy: Tensor, v: Tensor, side: Tensor, mask: Tensor) -> Tensor:
    """Return the features of every ordered pair (source, target) in the order of EDGE_FEATURES; zeros where absent.

    Shapes: xy, v (B, V, 2), side, mask (B, V) -> (B, V, V, E).
    """
    B, V, _ = xy.shape
    out = xy.new_empty(B, V, V, len(EDGE_FEATURES))
    offset, relative = out[..., 0:2], out[..., 5:7]
    torch.sub(xy[:, None], xy[:, :, None], out=offset)  # [b, source, target]
    torch.sub(v[:, None], v[:, :, None], out=relative)
    length = (offset[..., 0].square() + offset[..., 1].square()).sqrt()
    inverse = torch.where(length > 0, 1 / length.clamp_min(1e-9), 0.0)
    out[..., 2] = length
    out[..., 3] = offset[..., 0] * inverse
    out[..., 4] = offset[..., 1] * inverse
    out[..., 7] = -(out[..., 3] * relative[..., 0] + out[..., 4] * relative[..., 1])
    out[..., 8] = ((side[:, None] == side[:, :, None]) & (side >= 0)[:, None]).to(xy.dtype)
    out *= (mask[:, None] & mask[:, :, None])[..., None]
    return out
