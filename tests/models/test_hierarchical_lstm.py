"""The two-stage hierarchical LSTM's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from sportsai.errors import ModelError, ShapeError
from sportsai.models.hierarchical_lstm import BASELINES, Config, Model, example, loss, lstm_parameters

SMALL = Config(classes=4, frames=6, actions=3, width=8, lstm1=8, hidden=8, lstm2=8, scene=5, image=7, dropout=0.0)
PEOPLE = ("xy", "present", "side", "size", "image")
ANSWERS = ("label", "people", "people_weight")
EACH = pytest.mark.parametrize("name", BASELINES)


def made(config: Config = SMALL) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ANSWERS}


def crowd(config: Config, people: int) -> dict[str, Tensor]:
    """Windows of so many people, no ball, no key."""
    g = torch.Generator().manual_seed(2)
    return {
        "xy": torch.rand(2, people, config.frames, 2, generator=g) * 2 - 1,
        "present": torch.rand(2, people, config.frames, generator=g) < 0.8,
    }


def test_lstm_1_of_the_paper_has_85_164_000_parameters() -> None:
    assert lstm_parameters(4096, 3000) == 4 * 3000 * (4096 + 3000) + 4 * 3000 == 85_164_000
    assert sum(p.numel() for p in nn.LSTM(7, 5).parameters()) == lstm_parameters(7, 5, biases=2)
    assert 2 * (4096 + 3000) == 14_192 == Config(width=4096, lstm1=3000).pooled


@EACH
def test_a_baseline_is_the_network_less_its_parts(name: str) -> None:
    config = replace(SMALL, **BASELINES[name])
    model, batch = made(config)
    parts = {n.partition(".")[0] for n, _ in model.named_parameters()}
    person = {} if name in ("B1", "B4") else {"person", "action"}
    want = {"frame", "group", *person}
    want |= {"lstm1"} if name in ("B7", "full") else set()
    want |= {"lstm2"} if name in ("B4", "B5", "B6", "full") else set()
    assert parts == want
    group, people = model(**batch)
    assert group.shape == (3, 4) and people.shape == (3, 6, 3)
    assert torch.allclose(group.exp().sum(1), torch.ones(3), atol=1e-5)
    assert (people == 0).all() == (name in ("B1", "B4"))


@EACH
def test_a_gradient_reaches_each_parameter(name: str) -> None:
    config = replace(SMALL, **BASELINES[name])
    model = made(config)[0].train()
    batch = example(config, torch.Generator().manual_seed(1))
    loss(model(**{k: v for k, v in batch.items() if k not in ANSWERS}), batch).backward()
    for n, p in model.named_parameters():
        assert p.grad is not None and p.grad.abs().sum() > 0, n


def learns(config: Config, part: str) -> bool:
    """Whether people's actions, or the group's class, teach the person stage."""
    model, batch = made(config)
    getattr(model(**batch), part).square().sum().backward()
    grads = [p.grad for n, p in model.named_parameters() if n.startswith(("person", "lstm1"))]
    return any(g is not None and g.abs().sum() > 0 for g in grads)


def test_switches_say_who_teaches_the_person_stage() -> None:
    assert learns(SMALL, "people") and learns(SMALL, "group")
    assert not learns(replace(SMALL, people_loss=False), "people")
    assert learns(replace(SMALL, people_loss=False), "group")
    assert not learns(replace(SMALL, joint=False), "group")
    assert learns(replace(SMALL, joint=False), "people")
    assert not learns(replace(SMALL, **BASELINES["B5"]), "people")
    assert learns(replace(SMALL, **BASELINES["B6"]), "people")


@EACH
@pytest.mark.parametrize("by", ["x", "side"])
def test_people_in_any_order_and_empty_places_change_nothing(name: str, by: str) -> None:
    model, batch = made(replace(SMALL, by=by, groups=4, **BASELINES[name]))
    group, people = model(**batch)
    order = torch.tensor([3, 0, 4, 2, 1, 5])
    other = batch | {k: batch[k][:, order] for k in PEOPLE} | {"key": torch.ones(3).long()}
    got = model(**other)
    assert torch.allclose(got.group, group, atol=1e-5) and torch.allclose(got.people, people[:, order], atol=1e-5)
    more = {k: torch.cat([v, torch.full_like(v[:, :2], 0 if k == "present" else 7)], 1) for k, v in batch.items()
            if k in PEOPLE}  # fmt: skip
    got = model(**batch | more)
    assert torch.allclose(got.group, group, atol=1e-5) and torch.allclose(got.people[:, :6], people, atol=1e-5)
    assert (got.people[:, 6:] == 0).all()
    alone = {k: v[2:, :5] if k in PEOPLE else v[2:] for k, v in batch.items()}
    assert torch.allclose(model(**alone).group, group[2:], atol=1e-5)


@pytest.mark.parametrize("faithful", [False, True])
def test_what_is_not_seen_is_not_read(faithful: bool) -> None:
    model, batch = made(replace(SMALL, faithful=faithful))
    batch["present"][:, 2, :3] = False
    batch["ball_present"][:, 5] = False
    seen, nothing = batch["present"][..., None], torch.tensor(float("nan"))
    other = batch | {k: batch[k].where(seen, nothing) for k in ("size", "image")}
    other["xy"] = batch["xy"].where(seen, torch.tensor(7.0))
    other["ball"] = batch["ball"].where(batch["ball_present"][..., None], torch.tensor(-7.0))
    for a, b in zip(model(**other), model(**batch), strict=True):
        assert torch.equal(a, b)


@EACH
@pytest.mark.parametrize(("people", "frames"), [(1, 1), (1, 16), (40, 1), (40, 16)])
def test_one_person_or_forty_one_sample_or_sixteen(name: str, people: int, frames: int) -> None:
    model, _ = made(replace(SMALL, frames=frames, groups=4, **BASELINES[name]))
    batch = crowd(model.config, people)
    for present in (batch["present"], torch.zeros_like(batch["present"]), torch.ones_like(batch["present"])):
        output = model(batch["xy"], present)
        assert output.group.shape == (2, 4) and output.people.shape == (2, people, 3)
        assert torch.isfinite(output.group).all() and torch.isfinite(output.people).all()
        loss(output, {"label": torch.tensor([0, 3]), "people": torch.full((2, people), 2)}).backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


def test_without_actions_there_is_nothing_to_say_of_people() -> None:
    model, batch = made(replace(SMALL, actions=0))
    assert model(**batch).people.shape == (3, 6, 0)
    assert "people" not in example(model.config, torch.Generator())


def test_the_answer_is_the_mean_of_the_probabilities_of_samples_with_somebody() -> None:
    model, batch = made(replace(SMALL, scene=0, group_lstm=False))
    batch["present"][:, :, 4:] = False
    z = model.frames(**batch)
    assert z.shape == (3, 6, 32) and (z[:, 4:] == 0).all()
    steps = model.group(model.frame(z)).softmax(-1)
    assert torch.allclose(model(**batch).group, steps[:, :4].mean(1).log(), atol=1e-6)
    model, batch = made(replace(SMALL, group_lstm=False))  # with the whole frame every sample counts
    batch["present"][:, :, 4:] = False
    steps = model.group(model.frame(model.frames(**batch))).softmax(-1)
    assert torch.allclose(model(**batch).group, steps.mean(1).log(), atol=1e-6)


def test_mirror_images_of_pictures_alone_differ_only_by_the_cut() -> None:
    for groups in (1, 2):
        model, batch = made(replace(SMALL, places=False, scene=0, groups=groups))
        mirror = batch | {"xy": batch["xy"] * torch.tensor([-1.0, 1.0])}
        own, other = model.frames(**batch)[:2], model.frames(**mirror)[:2]  # six people: halves of three
        assert torch.equal(other, own if groups == 1 else torch.cat(own.chunk(2, -1)[::-1], -1))
    assert not torch.allclose(other, own, atol=1e-3)


def test_faithful_zeros_change_odd_groups_only() -> None:
    model, batch = made(replace(SMALL, scene=0, pool="avg"))
    faithful = Model(replace(model.config, faithful=True)).eval()
    faithful.load_state_dict(model.state_dict())
    batch["size"] = torch.ones_like(batch["size"])  # left edges in the order of middles
    plain, filled = model.frames(**batch), faithful.frames(**batch)
    assert torch.equal(plain[:2], filled[:2])
    assert torch.allclose(plain[2, :, 16:] * 2 / 3, filled[2, :, 16:], atol=1e-6)  # two people and a zero
    assert torch.equal(plain[2, :, :16], filled[2, :, :16])


def test_whole_frames_are_spread_over_the_window() -> None:
    model, batch = made()
    for shots, want in ((1, [0] * 6), (2, [0, 0, 0, 1, 1, 1]), (6, [*range(6)]), (12, [0, 2, 4, 6, 8, 10])):
        batch["scene"] = torch.arange(float(shots))[None, :, None].expand(3, -1, 5)
        assert model.frames(**batch)[0, :, -1].tolist() == want
    batch.pop("scene")
    assert (model.frames(**batch)[..., -5:] == 0).all()


def test_what_is_not_given_is_not_needed() -> None:
    model, batch = made()
    none = {k: v for k, v in batch.items() if k not in ("ball", "ball_present")}
    unseen = batch | {"ball_present": torch.zeros_like(batch["ball_present"])}
    assert torch.equal(model(**unseen).group, model(**none).group)
    for name in ("present", "key", "side", "size", "scene", "image"):
        assert torch.isfinite(model(**{k: v for k, v in batch.items() if k != name}).group).all()
    assert not torch.allclose(model(**none).group, model(**batch).group)


def test_safetensors_round_trip() -> None:
    model, batch = made()
    other = Model(SMALL)
    other.load_state_dict(load(save(model.state_dict())))
    assert torch.equal(other.eval()(**batch).group, model(**batch).group)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match="groups = 3"):
        Config(groups=3)
    with pytest.raises(ModelError, match="people have neither places nor pictures"):
        Config(places=False)
    with pytest.raises(ModelError, match="person_lstm without person_input"):
        Config(person_input=False)
    model, batch = made()
    with pytest.raises(ModelError, match="windows of 2 samples; expected 6"):
        model(batch["xy"][:, :, :2])
    with pytest.raises(ModelError, match="image of 3 numbers; expected 7"):
        model(**batch | {"image": batch["image"][..., :3]})
    with pytest.raises(ShapeError, match=r"scene has shape \(3, 5\); expected \(B, S, F\)"):
        model(**batch | {"scene": batch["scene"][:, 0]})
