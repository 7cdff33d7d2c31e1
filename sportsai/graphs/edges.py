"""Who is joined to whom: edge rules by name. A rule gives (B, V, V) bool; absent nodes and self-loops never count."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sportsai.errors import SportsaiError, nearest

BALL = -1  # side of the ball's node
# Roles by line, from the own goal forward. Source: SkillCorner and FIFA role acronyms as they appear on line-ups.
ROLE_LINES: tuple[frozenset[str], ...] = (
    frozenset({"GK", "G", "Goalkeeper", "Goalie"}),
    frozenset({"CB", "LCB", "RCB", "LB", "RB", "LWB", "RWB", "D", "DEF", "LD", "RD"}),
    frozenset({"CM", "DM", "AM", "LM", "RM", "LDM", "RDM", "LAM", "RAM", "MID", "M", "LCM", "RCM"}),
    frozenset({"CF", "LW", "RW", "LF", "RF", "ST", "SS", "FWD", "F", "W", "C"}),
)


def complete(xy: Tensor, side: Tensor, mask: Tensor, line: Tensor, k: int) -> Tensor:
    """Everybody with everybody."""
    return torch.ones(*mask.shape, mask.shape[1], dtype=torch.bool, device=mask.device)


def nearest_k(xy: Tensor, side: Tensor, mask: Tensor, line: Tensor, k: int) -> Tensor:
    """Each node from its k nearest (ties: the earlier node), ball included."""
    away = torch.cdist(xy, xy)
    away = away.masked_fill(~mask[:, None], float("inf"))
    away = away.masked_fill(torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device), float("inf"))
    rank = away.argsort(dim=-1, stable=True)[..., :k]  # [b, target, source]
    joined = torch.zeros_like(away, dtype=torch.bool).scatter(-1, rank, True) & away.isfinite()
    return joined.transpose(1, 2)


def team(xy: Tensor, side: Tensor, mask: Tensor, line: Tensor, k: int) -> Tensor:
    """Team-mates with one another, and the ball with everybody."""
    return (side[:, None] == side[:, :, None]) | ball(xy, side, mask, line, k)


def ball(xy: Tensor, side: Tensor, mask: Tensor, line: Tensor, k: int) -> Tensor:
    """The ball with everybody, both ways, and nothing else."""
    is_ball = side == BALL
    return is_ball[:, None] | is_ball[:, :, None]


def positional(xy: Tensor, side: Tensor, mask: Tensor, line: Tensor, k: int) -> Tensor:
    """Team-mates of the same or the neighbouring line (keeper, defence, midfield, attack), and the ball with everybody.

    Source: the formation-line edges of SoccerNet-GAR (arXiv 2511.12606), here also within a line. A player whose role
    the line-up does not give is joined to the ball only.
    """
    near = (line[:, None] - line[:, :, None]).abs() <= 1
    known = (line >= 0)[:, None] & (line >= 0)[:, :, None]
    same = side[:, None] == side[:, :, None]
    return (near & known & same) | ball(xy, side, mask, line, k)


Rule = Callable[[Tensor, Tensor, Tensor, Tensor, int], Tensor]
EDGE_RULES: dict[str, Rule] = {
    "complete": complete,
    "nearest": nearest_k,
    "team": team,
    "ball": ball,
    "positional": positional,
}


def connect(rule: str, xy: Tensor, side: Tensor, mask: Tensor, line: Tensor | None = None, k: int = 5) -> Tensor:
    """Return the edges of `rule`: [b, source, target] True where the target hears the source.

    Shapes: xy (B, V, 2), side (B, V) 0/1, -1 the ball, mask (B, V) bool, line (B, V) 0-3, -1 unknown -> (B, V, V) bool.
    Raises SportsaiError naming the nearest rule when there is none of that name.
    """
    if rule not in EDGE_RULES:
        raise SportsaiError(f'no edge rule named "{rule}"', todo=nearest(rule, EDGE_RULES))
    line = torch.full_like(side, -1) if line is None else line
    joined = EDGE_RULES[rule](xy, side, mask, line, k)
    there = mask[:, None] & mask[:, :, None]
    return joined & there & ~torch.eye(mask.shape[1], dtype=torch.bool, device=mask.device)


def line_of(position: str | None) -> int:
    """Return the line a role stands in: 0 keeper, 1 defence, 2 midfield, 3 attack, -1 unknown."""
    return next((i for i, roles in enumerate(ROLE_LINES) if position in roles), -1)
