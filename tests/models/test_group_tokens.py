"""GroupTokenTransformer's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.layers.entities import entities
from sportsai.models.group_tokens import Config, Model, example, hide, loss, membership

SMALL = Config(
    classes=4, frames=6, actions=3, track=(8,), width=16, layers=2, heads=2, pair=8, dropout=0.0, actor_dropout=0.0,
    scene=5, image=7,
)  # fmt: skip
PEOPLE = ("xy", "present", "side", "size", "image")
ANSWERS = ("label", "people", "people_weight")


def made(config: Config = SMALL) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ANSWERS}


@pytest.mark.parametrize("sides", [False, True])
@pytest.mark.parametrize("pair", [0, 8])
def test_people_in_any_order_and_empty_places_change_nothing(sides: bool, pair: int) -> None:
    model, batch = made(replace(SMALL, pair=pair))
    if not sides:
        batch["side"] = torch.zeros_like(batch["side"])
    group, people = model(**batch)
    assert group.shape == (3, 4) and people.shape == (3, 6, 3)
    order = torch.tensor([3, 0, 4, 2, 1, 5])
    got = model(**batch | {k: batch[k][:, order] for k in PEOPLE} | {"key": torch.ones(3).long()})
    assert torch.allclose(got.group, group, atol=1e-5) and torch.allclose(got.people, people[:, order], atol=1e-5)
    more = {k: torch.cat([v, torch.full_like(v[:, :2], 0 if k == "present" else 7)], 1) for k, v in batch.items()
            if k in PEOPLE}  # fmt: skip
    got = model(**batch | more)
    assert torch.allclose(got.group, group, atol=1e-5) and torch.allclose(got.people[:, :6], people, atol=1e-5)
    assert (got.people[:, 6:] == 0).all() and (people[2, 5] == 0).all()
    alone = {k: v[2:, :5] if k in PEOPLE else v[2:] for k, v in batch.items()}
    assert torch.allclose(model(**alone).group, group[2:], atol=1e-5)


def test_what_is_not_seen_is_not_read() -> None:
    model, batch = made()
    batch["present"][:, 2, :3] = False
    batch["ball_present"][:, 5] = False
    seen, nothing = batch["present"][..., None], torch.tensor(float("nan"))
    other = batch | {k: batch[k].where(seen, nothing) for k in ("size", "image")}
    other["xy"] = batch["xy"].where(seen, torch.tensor(7.0))
    other["ball"] = batch["ball"].where(batch["ball_present"][..., None], torch.tensor(-7.0))
    for a, b in zip(model(**other), model(**batch), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(("people", "frames"), [(1, 1), (1, 16), (40, 1), (40, 16)])
def test_one_person_or_forty_one_sample_or_sixteen(people: int, frames: int) -> None:
    model, _ = made(replace(SMALL, frames=frames))
    g = torch.Generator().manual_seed(2)
    xy = torch.rand(2, people, frames, 2, generator=g)
    some = torch.rand(2, people, frames, generator=g) < 0.8
    for present in (some, torch.zeros_like(some), torch.ones_like(some)):
        output = model.train()(xy, present, size=torch.rand(2, people, frames, 2, generator=g))
        assert output.group.shape == (2, 4) and output.people.shape == (2, people, 3)
        assert torch.isfinite(output.group).all() and torch.isfinite(output.people).all()
        loss(output, {"label": torch.tensor([0, 3]), "people": torch.full((2, people), 2)}).backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize("actions", [0, 3])
@pytest.mark.parametrize("pair", [0, 8])
def test_a_gradient_reaches_each_parameter(actions: int, pair: int) -> None:
    config = replace(SMALL, actions=actions, pair=pair)
    model, batch = made(config)[0].train(), example(config, torch.Generator().manual_seed(1))
    output = model(**{k: v for k, v in batch.items() if k not in ANSWERS})
    assert output.people.shape == (3, 6, actions)
    loss(output, batch).backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and p.grad.abs().sum() > 0, name


def test_somebody_belongs_to_the_team_of_his_side_else_to_left_and_right_by_rank() -> None:
    at = torch.tensor([[0.0, 3, 1, 9]])[..., None].expand(2, -1, 2)
    there = torch.tensor([[True, True, True, False]]).expand(2, -1)
    member, known = membership(at, there, torch.tensor([[0.0, 0, 0, 0], [-1, 0, 1, 1]]))
    assert known.tolist() == [False, True]
    assert member[0].tolist() == [[1, 0], [0, 1], [0.5, 0.5], [0, 0]]
    assert member[1].tolist() == [[1, 0], [0, 0], [0, 1], [0, 0]]


def test_the_team_of_a_side_counts_and_no_side_is_neither() -> None:
    model, batch = made()
    own = model(**batch).group
    assert not torch.allclose(model(**batch | {"side": -batch["side"]}).group, own, atol=1e-4)
    none = {k: v for k, v in batch.items() if k != "side"}
    assert torch.equal(model(**none).group, model(**batch | {"side": torch.zeros_like(batch["side"])}).group)
    assert not torch.allclose(model(**none).group, own, atol=1e-4)


def test_how_two_lie_to_each_other_moves_the_attention() -> None:
    model, batch = made()
    e = entities(batch["xy"], batch["present"], None, batch["side"], batch["ball"], batch["ball_present"], 6)
    member, _ = membership(e.xy[:, :-1, 0], e.there[:, :-1], e.team[:, :-1])
    pairs = model._pairs(e, batch["size"], member, 12)
    S, V = len(SMALL.looked_at), 7
    assert SMALL.looked_at == [0, 2, 5]
    assert pairs.shape == (3, 12, 12, 6 * S + 5)
    turned = pairs.transpose(1, 2)
    against = [*range(2 * S), 6 * S]  # ways and the ratio of heights point from i to j
    assert torch.allclose(turned[..., against], -pairs[..., against], atol=1e-6)
    rest = [i for i in range(6 * S + 5) if i not in against]
    assert torch.allclose(turned[..., rest], pairs[..., rest], atol=1e-6)
    assert (pairs[2, 6] == 0)[:, [*range(2 * S), *range(3 * S, 6 * S)]].all()  # he is not there
    assert (pairs[:, 0] == 0).all() and (pairs[:, 10:] == 0)[..., :-1].all()
    assert torch.equal(pairs[:, 1:V, 8:10, -1], member)


def test_a_picture_without_its_whole_frames_is_as_if_none_were_given() -> None:
    model, batch = made()
    lost = batch["scene"].clone()
    lost[1] = torch.nan
    own, partly, none = (model(**batch | {"scene": s}).group for s in (batch["scene"], lost, lost * torch.nan))
    assert torch.isfinite(partly).all() and torch.isfinite(none).all()
    assert torch.allclose(partly[[0, 2]], own[[0, 2]], atol=1e-6)
    assert torch.allclose(partly[1], none[1], atol=1e-6) and not torch.allclose(partly[1], own[1], atol=1e-4)


def test_whole_frames_are_tokens_in_their_order() -> None:
    model, batch = made()
    own = model(**batch).group
    assert not torch.allclose(model(**batch | {"scene": batch["scene"].flip(1)}).group, own, atol=1e-4)
    for shots in (1, 9):
        assert torch.isfinite(model(**batch | {"scene": torch.ones(3, shots, 5)}).group).all()
    for name in ("present", "key", "side", "size", "scene", "image", "ball_present"):
        assert torch.isfinite(model(**{k: v for k, v in batch.items() if k != name}).group).all()
    unseen = batch | {"ball_present": torch.zeros_like(batch["ball_present"])}
    none = {k: v for k, v in batch.items() if k not in ("ball", "ball_present")}
    assert torch.equal(model(**unseen).group, model(**none).group)
    assert not torch.allclose(model(**none).group, own, atol=1e-4)


def test_people_are_hidden_while_training_only_never_all_of_them() -> None:
    model, batch = made(replace(SMALL, actor_dropout=0.5))
    assert torch.equal(model(**batch).group, model(**batch).group)
    assert not torch.equal(model.train()(**batch).group, model(**batch).group)
    e = entities(torch.rand(500, 4, 2, 2), None, None, None, torch.rand(500, 2, 2), None, 2)
    left = hide(e, 0.5)
    assert left.there[:, -1].all() and left.there[:, :-1].any(1).all()
    assert 0.5 < left.there[:, :-1].float().mean() < 0.6  # half of them, and one of the sixteenth that lost all
    assert (left.xy[~left.seen] == 0).all() and torch.equal(left.xy[left.seen], e.xy[left.seen])
    one = hide(entities(torch.rand(5, 1, 2, 2), None, None, None, None, None, 2), 0.9)
    assert one.there[:, 0].all()


def test_safetensors_round_trip() -> None:
    model, batch = made()
    other = Model(SMALL)
    other.load_state_dict(load(save(model.state_dict())))
    assert torch.equal(other.eval()(**batch).group, model(**batch).group)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match="5 heads of a width of 64"):
        Config(heads=5)
    with pytest.raises(ModelError, match=r"track = \(\), taps = 3"):
        Config(track=())
    with pytest.raises(ModelError, match="actor_dropout = 1"):
        Config(actor_dropout=1.0)
    model, batch = made()
    with pytest.raises(ModelError, match="windows of 2 samples; expected 6"):
        model(batch["xy"][:, :, :2])
    with pytest.raises(ModelError, match="scene of 3 numbers; expected 5"):
        model(**batch | {"scene": batch["scene"][..., :3]})
