"""Blocks of people and what is told of each, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.entities import entities
from sportsai.layers.groups import (
    PERSON,
    GroupAnswer,
    about_people,
    check_groups,
    cut,
    first_seen,
    given,
    group_loss,
    pool_groups,
    ranks,
    spread,
)


def pooled(
    values: list[float], groups: int = 2, pool: str = "max", faithful: bool = False, x: list[float] | None = None
) -> list[float]:
    """One number a person, people in order of x unless told; NaN: not there."""
    f = torch.tensor(values, dtype=torch.float32)[None, :, None, None]
    there = ~f[..., 0, 0].isnan()
    at = torch.zeros(1, len(values), 2)
    at[0, :, 0] = torch.arange(len(values)) if x is None else torch.tensor(x)
    return pool_groups(f, there[..., None], cut(at, there, groups), pool, faithful)[0, 0].tolist()


def crowd(people: int = 7, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Features (2, P, 3, 5), where people stand (2, P, 2), and who is seen when (2, P, 3)."""
    g = torch.Generator().manual_seed(seed)
    seen = torch.rand(2, people, 3, generator=g) < 0.8
    seen[:, -1] = False
    return torch.randn(2, people, 3, 5, generator=g), torch.randn(2, people, 2, generator=g), seen


def test_the_zeros_that_fill_the_last_block_clip_it_only_where_faithful() -> None:
    for faithful in (False, True):
        assert pooled([1, -3, 2, -5], faithful=faithful) == [1, 2]
    assert pooled([1, -3, -5], faithful=True) == [1, 0]
    assert pooled([1, -3, -5]) == [1, -5]
    assert pooled([1, -3, -5], pool="avg", faithful=True) == [-1, -2.5]
    assert pooled([1, -3, -5], pool="avg") == [-1, -5]
    assert pooled([1, -3, -5], pool="sum", faithful=True) == pooled([1, -3, -5], pool="sum") == [-2, -5]


def test_five_people_in_four_blocks_are_two_two_one_and_nobody() -> None:
    for faithful, last in ((False, [-5, 0]), (True, [0, 0])):
        assert pooled([-1, -2, -3, -4, -5], 4, faithful=faithful) == [-1, -3, *last]
    assert pooled([-1, -2, -3, -4, -6], 4, "avg", True) == [-1.5, -3.5, -3, 0]
    assert pooled([7], 4) == [7, 0, 0, 0]
    assert pooled([float("nan")], 2) == [0, 0]


@pytest.mark.parametrize("pool", ["max", "avg", "sum"])
@pytest.mark.parametrize("faithful", [False, True])
def test_who_is_not_there_is_taken_out_before_the_cut(pool: str, faithful: bool) -> None:
    nobody = float("nan")
    apart = pooled([-1, nobody, nobody, nobody, -3, -4, nobody], 2, pool, faithful)
    assert apart == pooled([-1, -3, -4], 2, pool, faithful)
    left_in = pooled([-1, 0, 0, 0, -3, -4, 0], 2, pool, faithful)  # zeros among the people, not taken out
    assert left_in[0] == {"max": 0, "avg": -0.25, "sum": -1}[pool]
    assert left_in != apart


def test_people_are_in_order_of_x_then_y() -> None:
    assert pooled([-4, -1, -3, -2], x=[0.4, 0.1, 0.3, 0.2]) == [-1, -3]
    at = torch.tensor([[[0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]]])
    assert cut(at, torch.ones(1, 4, dtype=torch.bool), 2).member[0, :, 0].tolist() == [False, True, False, True]


@pytest.mark.parametrize("pool", ["max", "avg", "sum"])
@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("by", ["x", "side"])
def test_a_loop_over_windows_and_people_gives_the_same(pool: str, faithful: bool, groups: int, by: str) -> None:
    x, at, seen = crowd()
    side = torch.tensor([[1.0, -1, 1, 1, 0, -1, 1], [0] * 7])
    z = pool_groups(x, seen, cut(at, seen.any(-1), groups, by, side), pool, faithful)
    assert z.shape == (2, 3, groups * 5)
    for b in range(2):
        here = sorted(torch.nonzero(seen[b].any(-1)).flatten().tolist(), key=lambda i: tuple(at[b, i].tolist()))
        teams = [here]
        if by == "side" and b == 0 and groups > 1:
            teams = [[i for i in here if side[b, i] == s] for s in (-1, 1)]
        parts = groups // len(teams)
        blocks = []
        for team in teams:
            long = math.ceil(len(team) / parts)
            blocks += [(team[k * long : (k + 1) * long], long) for k in range(parts)]
        for t in range(3):
            for g, (block, long) in enumerate(blocks):
                rows = [x[b, i, t] for i in block if seen[b, i, t]]
                rows += [torch.zeros(5)] * (long - len(block)) * faithful
                r = torch.stack(rows) if rows else torch.zeros(1, 5)
                want = {"max": r.amax(0), "avg": r.mean(0), "sum": r.sum(0)}[pool]
                assert torch.allclose(z[b, t, 5 * g : 5 * g + 5], want, atol=1e-6)


@pytest.mark.parametrize("pool", ["max", "avg", "sum"])
def test_order_within_a_team_plays_no_part_and_teams_exchanged_exchange_the_halves(pool: str) -> None:
    x, at, seen = crowd()
    there, side = seen.any(-1), torch.tensor([[1.0, -1, 1, 1, -1, -1, 1]]).expand(2, -1)
    z = pool_groups(x, seen, cut(at, there, 2, "side", side), pool)
    o = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    other = pool_groups(x[:, o], seen[:, o], cut(at[:, o], there[:, o], 2, "side", side[:, o]), pool)
    assert torch.allclose(other, z, atol=1e-6)
    left, right = pool_groups(x, seen, cut(at, there, 2, "side", -side), pool).chunk(2, -1)
    assert torch.equal(torch.cat([right, left], -1), z)


def test_one_block_does_not_know_a_picture_from_its_mirror_image_two_do() -> None:
    x, at, seen = crowd(9)
    there, mirror = seen.any(-1), at * torch.tensor([-1.0, 1.0])
    assert there.sum(1).tolist() == [8, 8]
    one, two = (pool_groups(x, seen, cut(at, there, n)) for n in (1, 2))
    assert torch.equal(pool_groups(x, seen, cut(mirror, there, 1)), one)
    swapped = torch.cat(pool_groups(x, seen, cut(mirror, there, 2)).chunk(2, -1)[::-1], -1)
    assert torch.equal(swapped, two)
    assert not torch.allclose(two[..., :5], two[..., 5:])


def test_an_empty_block_passes_no_gradient_and_no_nan() -> None:
    x = torch.randn(2, 3, 1, 4, requires_grad=True)
    seen = torch.tensor([[True, False, False], [False] * 3])[..., None]
    pool_groups(x, seen, cut(torch.zeros(2, 3, 2), seen[..., 0], 2)).sum().backward()
    assert x.grad is not None
    assert x.grad[0, 0].eq(1).all() and x.grad[0, 1:].eq(0).all() and x.grad[1].eq(0).all()


def test_ranks_are_even_from_first_to_last() -> None:
    x = torch.tensor([[3.0, 1.0, 2.0, 2.0, 9.0]])
    seen = torch.tensor([[True, True, True, True, False]])
    assert torch.allclose(ranks(x, seen), torch.tensor([[1.0, -1.0, 0.0, 0.0, 0.0]]))
    assert ranks(x[:, :1], seen[:, :1]).tolist() == [[0.0]]


def test_a_group_is_told_the_same_wherever_the_camera_stands() -> None:
    g = torch.Generator().manual_seed(0)
    xy, seen = torch.rand(1, 5, 4, 2, generator=g), torch.ones(1, 5, 4, dtype=torch.bool)
    seen[0, 4, 2:] = False
    size = torch.rand(1, 5, 4, 2, generator=g) + 0.5
    one = about_people(entities(xy, seen, None, None, None, None, 4), None, size)
    e = entities(xy * 0.5 + 0.3, seen, None, None, None, None, 4)
    other = about_people(e, None, size * 0.5)
    assert one.shape == (1, 5, 4, PERSON)
    relative = torch.tensor([6, 7, 8, 9, 12, 13, 14, 15])  # place in the group, ranks, box against the mean box
    assert torch.allclose(other[..., relative], one[..., relative], atol=1e-5)
    assert torch.allclose(other[..., 4:6], one[..., 4:6] * 0.5, atol=1e-5)
    assert not torch.allclose(other[..., :2], one[..., :2], atol=1e-2)
    assert (one[0, 4, 2:] == 0).all()
    assert torch.allclose(one[0, :, 0, 6:8].square().mean(0), torch.ones(2), atol=0.5)
    assert one[0, :4, 3, 6:8].mean(0).abs().max() < 1e-5


def test_what_is_told_of_a_person_by_hand() -> None:
    xy = torch.tensor([[[[0.0, 0.0], [0.1, 0.0]], [[0.4, 0.2], [0.4, 0.2]]]])
    ball, key, side = torch.tensor([[[0.2, 0.0], [0.2, 0.0]]]), torch.tensor([1]), torch.tensor([[-1.0, 1.0]])
    size = torch.tensor([0.1, 0.2]).expand(1, 2, 2, 2)
    e = entities(xy, None, None, side, ball, None, 2)
    told = about_people(e, key, size)[0, :, 1]
    middle, wide = spread(e)
    assert middle[0, 0, 1].tolist() == pytest.approx([0.25, 0.1])
    assert wide[0, 0, 0].tolist() == pytest.approx([math.sqrt((2 * 0.2**2 + 2 * 0.15**2) / 4), 0.1])
    w = wide[0, 0, 0, 0].item()
    ratio = math.log(0.1) - math.log(0.2)
    want = [0.1, 0, 2, 0, 1, 0, -0.15 / w, -1, -1, -1, 0.1, 0.2, 0, 0, ratio, 1, 1, 0, 0, -0.5, 0, 0.5, 1, 1]
    assert told[0].tolist() == pytest.approx(want, abs=1e-5)
    want = [0.4, 0.2, 0, 0, -1, 0, 0.15 / w, 1, 1, 1, 0.1, 0.2, 0, 0, ratio, 1, 0, 1, 1, 1, 1, 2**0.5, 1, 1]
    assert told[1].tolist() == pytest.approx(want, abs=1e-5)


def test_a_person_stands_where_he_is_first_seen_or_his_box_begins() -> None:
    xy = torch.tensor([[[[5.0, 5.0], [0.4, 0.2]]]])
    e = entities(xy, torch.tensor([[[False, True]]]), None, None, None, None, 2)
    assert torch.equal(first_seen(e), torch.tensor([[[0.4, 0.2]]]))
    assert torch.allclose(first_seen(e, torch.full((1, 1, 2, 2), 0.2)), torch.tensor([[[0.3, 0.2]]]))


def test_loss_counts_only_people_whose_action_is_known() -> None:
    g = torch.Generator().manual_seed(0)
    output = GroupAnswer(torch.randn(2, 3, generator=g), torch.randn(2, 4, 5, generator=g))
    label, people = torch.tensor([2, 0]), torch.tensor([[1, -1, 4, -1], [-1, -1, -1, 0]])
    group = F.cross_entropy(output.group, label)
    each = -output.people.log_softmax(-1)
    mean = (each[0, 0, 1] + each[0, 2, 4] + each[1, 3, 0]) / 3
    assert torch.allclose(group_loss(output, {"label": label, "people": people}), group + mean)
    weighed = {"label": label, "people": people, "people_weight": torch.tensor(0.25)}
    assert torch.allclose(group_loss(output, weighed), group + mean / 4)
    assert torch.equal(group_loss(output, {"label": label}), group)
    assert torch.equal(group_loss(output, {"label": label, "people": torch.full((2, 4), -1)}), group)
    none = output._replace(people=torch.zeros(2, 4, 0))
    assert torch.equal(group_loss(none, {"label": label, "people": people}), group)
    unlike = torch.tensor([3.0, 1.0, 1.0])
    weight = {"label": label, "weight": unlike}
    assert torch.allclose(group_loss(output, weight), F.cross_entropy(output.group, label, weight=unlike))


def test_wrong_names_and_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match='pool = "most"; expected one of max, avg, sum'):
        check_groups("most", 2, "x")
    with pytest.raises(ModelError, match="groups = 3; expected 1, 2 or 4"):
        check_groups("max", 3, "x")
    with pytest.raises(ModelError, match='by = "y"; expected one of x, side'):
        check_groups("max", 2, "y")
    with pytest.raises(ModelError, match="scene of 5 numbers; expected 4"):
        given(torch.zeros(2, 1, 5), "B S F", "scene", torch.zeros(2, 1, 4))
    assert given(torch.zeros(2, 1, 5), "B S F", "scene", torch.zeros(2, 1, 0)).shape == (2, 1, 0)
