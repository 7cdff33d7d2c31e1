"""People as a group: cut into parts that are pooled apart, told where they stand in it, answered for one by one.

Source: Ibrahim, Muralidharan, Deng, Vahdat and Mori, "A hierarchical deep temporal model for group activity
recognition", CVPR 2016, arXiv 1511.06040, and its code (github.com/mostafa-saad/deep-activity-rec): people sorted by x
are cut into G equally long consecutive blocks, zero vectors filling the last. `faithful` keeps these zeros, which clip
a signed maximum and thin an average; by default they do not count. Blocks of known teams, and all features, are ours.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from sportsai.errors import ModelError, check_shape
from sportsai.layers.answer import example_windows
from sportsai.layers.entities import Entities, gap, velocity
from sportsai.layers.masked import masked_mean

POOLS = ("max", "avg", "sum")
PARTS = (1, 2, 4)
ORDERS = ("x", "side")
PERSON = 24  # numbers `about_people` tells of a person at a sample
LEAST = 0.02  # a group is never taken to be narrower than this


class GroupAnswer(NamedTuple):
    """What a group does, and what each person does. Shapes: group (B, K) logits, people (B, P, A) logits."""

    group: Tensor
    people: Tensor


class Blocks(NamedTuple):
    """Who is in which part of a group.

    Shapes: member (B, P, G) bool; filled (B, G) int64, the zero vectors that make a block as long as the first.
    """

    member: Tensor
    filled: Tensor


def check_groups(pool: str, groups: int, by: str) -> None:
    """Raise ModelError unless `pool_groups` and `cut` know these."""
    if pool not in POOLS:
        raise ModelError(f'pool = "{pool}"', expected=f"one of {', '.join(POOLS)}")
    if groups not in PARTS:
        raise ModelError(f"groups = {groups}", expected="1, 2 or 4")
    if by not in ORDERS:
        raise ModelError(f'by = "{by}"', expected=f"one of {', '.join(ORDERS)}")


def cut(at: Tensor, there: Tensor, groups: int, by: str = "x", side: Tensor | None = None) -> Blocks:
    """Return the blocks of those who are there, in the order of x, then y.

    by: "x": everybody in one line, cut into G; "side": side -1 first, each side cut into G / 2, who is of no known side
    in no block; windows without any known side are cut by x.
    Shapes: at (B, P, 2), there (B, P) bool, side (B, P) in {-1, 0, 1}.
    """
    team = torch.zeros_like(there, dtype=torch.int64)
    parts = torch.full_like(team[:, :1], groups)  # (B, 1): blocks of a team
    if by == "side" and side is not None and groups > 1:
        known = (side != 0) & there
        taught = known.any(1, keepdim=True)
        team = torch.where(taught & (side > 0), 1, 0)
        parts = torch.where(taught, groups // 2, groups)
        there = torch.where(taught, known, there)
    mates = there[:, :, None] & there[:, None] & (team[:, :, None] == team[:, None])  # (B, i, j)
    x, y = at[..., 0], at[..., 1]
    tied = x[:, None] == x[:, :, None]
    lower = (x[:, None] < x[:, :, None]) | (tied & (y[:, None] < y[:, :, None]))
    first = torch.ones_like(mates[0]).tril(-1) & tied & (y[:, None] == y[:, :, None])
    place = (mates & (lower | first)).sum(-1)
    long = -(-mates.sum(-1) // parts)  # (B, P)
    block = place // long.clamp(min=1) + team * parts
    number = torch.arange(groups, device=at.device)
    member = (block[..., None] == number) & there[..., None]
    theirs = (number // parts).clamp(max=1)  # (B, G): the team a block belongs to
    size = torch.stack([(there & (team == k)).sum(1) for k in (0, 1)], 1).gather(1, theirs)
    return Blocks(member, -(-size // parts) - member.sum(1))


def pool_groups(x: Tensor, seen: Tensor, blocks: Blocks, pool: str = "max", faithful: bool = False) -> Tensor:
    """Return each block's pooled features at each sample, zeros where it is empty, blocks side by side.

    faithful: the zero vectors that fill a block up count as members.
    Shapes: x (B, P, T, F), seen (B, P, T) bool -> (B, T, G * F).
    """
    counts = blocks.member[..., None] & seen[:, :, None]  # (B, P, G, T)
    filled = blocks.filled[..., None, None] * faithful  # (B, G, 1, 1)
    if pool == "max":
        low = torch.full_like(x, float("-inf"))
        each = [torch.where(counts[:, :, g, :, None], x, low).amax(1) for g in range(counts.shape[2])]
        most = torch.stack(each, 1).masked_fill(~counts.any(1)[..., None], 0.0)
        return torch.where(filled > 0, most.clamp(min=0), most).transpose(1, 2).flatten(2)
    total = torch.einsum("bptf,bpgt->bgtf", torch.where(seen[..., None], x, 0.0), counts.to(x.dtype))
    if pool == "avg":
        total = total / (counts.sum(1)[..., None] + filled).clamp(min=1)
    return total.transpose(1, 2).flatten(2)


def first_seen(e: Entities, size: Tensor | None = None) -> Tensor:
    """Return where each person is first seen, with `size` his box's left edge there. Shapes: size (B, P, T, 2)."""
    sample = e.seen[:, :-1].int().argmax(-1)[..., None, None].expand(-1, -1, 1, 2)
    at = e.xy[:, :-1].gather(2, sample)[:, :, 0]
    if size is None:
        return at
    wide = size.gather(2, sample)[:, :, 0, :1]
    return torch.cat([at[..., :1] - wide / 2, at[..., 1:]], -1)


def ranks(x: Tensor, seen: Tensor) -> Tensor:
    """Return who stands where in line, -1 first to +1 last, ties between, 0 for one alone. Shapes: (B, P, ...)."""
    both = seen[:, :, None] & seen[:, None]
    way = (x[:, :, None] - x[:, None]).sign() * both
    return way.sum(2) / (both.sum(2) - 1).clamp(min=1)


def spread(e: Entities) -> tuple[Tensor, Tensor]:
    """Return the middle of those seen at each sample, and how far they are from it along x and y, at least LEAST.

    Shapes: (B, 1, T, 2), (B, 1, 1, 2).
    """
    xy, seen = e.xy[:, :-1], e.seen[:, :-1, :, None]
    middle = masked_mean(xy, seen, 1)[:, None]
    apart = masked_mean((xy - middle).square().flatten(1, 2), seen.flatten(1, 2), 1)
    return middle, apart.sqrt().clamp(min=LEAST)[:, None, None]


def sized(e: Entities, size: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return logarithms of widths and heights, 0 where not known, and where they are. Shapes: (B, P, T, 2), (.., 1)."""
    seen = e.seen[:, :-1, :, None]
    if size is None:
        return e.xy.new_zeros(e.xy[:, :-1].shape), torch.zeros_like(seen)
    known = seen & (size > 0).all(-1, keepdim=True)
    return torch.where(known, size, 1.0).log(), known


def about_people(e: Entities, key: Tensor | None = None, size: Tensor | None = None) -> Tensor:
    """Return what is known of each person at each sample, zeros where he is not seen.

    Position and velocity 2 + 2; both against the middle of the group, the position in units of its spread 2 + 2; rank
    along x and y 2; box 2, the logarithm against the mean box 2, and of width to height 1, known 1; side -1, side +1,
    key 3; way to the ball 2, its length, ball seen 2; seen 1.
    Shapes: key (B,) int64, size (B, P, T, 2) -> (B, P, T, PERSON).
    """
    xy, seen = e.xy[:, :-1], e.seen[:, :-1]
    s = seen[..., None]
    v = velocity(xy, seen)
    stepped = F.pad(seen[..., 1:] & seen[..., :-1], (1, 0))[..., None]
    middle, wide = spread(e)
    box, known = sized(e, size)
    team = e.team[:, :-1, None, None]
    is_key = torch.zeros_like(team)
    if key is not None:
        is_key = is_key.scatter(1, key[:, None, None, None], 1.0)
    to_ball, away = gap(e, e.xy[:, -1:], e.seen[:, -1:])
    parts = [
        xy,
        v,
        v - masked_mean(v, stepped, 1)[:, None],
        (xy - middle) / wide,
        ranks(xy, s),
        box.exp() * known,
        (box - masked_mean(box, known, 1)[:, None]) * known,
        box[..., :1] - box[..., 1:],
        known,
        (torch.cat([team < 0, team > 0, is_key > 0], -1)).expand(*seen.shape, 3),
        to_ball[:, :-1],
        away[:, :-1],
        e.seen[:, -1:, :, None].expand_as(s),
        s,
    ]
    return torch.cat([p.to(xy.dtype) for p in parts], -1) * s


def given(x: Tensor | None, letters: str, name: str, none: Tensor) -> Tensor:
    """Return features of the shape `letters`, `none` where none are given or wanted; ModelError unless as wide."""
    if x is None or not none.shape[-1]:
        return none
    if check_shape(x, letters, name)[-1] != none.shape[-1]:
        raise ModelError(f"{name} of {x.shape[-1]} numbers", expected=f"{none.shape[-1]}")
    return x.to(none.dtype)


def group_loss(output: GroupAnswer, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of what the group does, and of what people do where it is known.

    Shapes: batch["label"] (B,); batch["weight"] (K,) of the classes, optional; batch["people"] (B, P) int64, -1 not
    known, optional; batch["people_weight"] of their mean, a scalar, 1 where not given; batch["smoothing"]
    of the group's labels, a scalar, 0 where not given.
    """
    smoothing = float(batch.get("smoothing", 0.0))
    total = F.cross_entropy(output.group, batch["label"], weight=batch.get("weight"), label_smoothing=smoothing)
    if "people" not in batch or not output.people.shape[-1]:
        return total
    people = batch["people"].flatten()
    wrong = F.cross_entropy(output.people.flatten(0, 1), people, ignore_index=-1, reduction="sum")
    return total + batch.get("people_weight", 1.0) * wrong / (people >= 0).sum().clamp(min=1)


def example_groups(
    frames: int, classes: int, actions: int, scene: int, image: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Return 3 windows of 6 people with boxes, one of them absent in the last window, and two whole frames."""
    batch = example_windows(6, frames, classes, False, generator)
    B, P, T, _ = batch["xy"].shape
    batch["size"] = torch.rand(B, P, T, 2, generator=generator) * 0.1 + 0.05
    if scene:
        batch["scene"] = torch.randn(B, 2, scene, generator=generator)
    if image:
        batch["image"] = torch.randn(B, P, T, image, generator=generator)
    if actions:
        people = torch.randint(actions, (B, P), generator=generator)
        batch["people"] = people.masked_fill(~batch["present"].any(-1), -1)
    return batch
