"""Activity heads on tracks: what the answer is made of, what explains it, what tuning freezes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError, ShapeError
from sportsai.layers.cooccurrence import conditional
from sportsai.layers.many import WAYS, binary_terms, combined
from sportsai.layers.observe import STRUCTURES, at_rate
from sportsai.models.activity_heads import Config, Model, example, loss

SMALL = Config(classes=4, width=16, layers=1, heads=2, observations=4, inner=8, groups=2, reflect="none")


def made(config: Config = SMALL) -> tuple[Model, dict[str, Tensor], dict[str, Tensor]]:
    """Return a model, what it reads, and the whole batch."""
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices", "also")}, batch


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_is_both_answers_combined(way: str) -> None:
    model, given, _ = made(replace(SMALL, answer=way))
    a = model.explain(**given)
    assert a.joint is not None
    assert torch.allclose(model(**given), combined(a.own, a.joint, way), atol=1e-6)


def test_while_training_both_answers_are_taught() -> None:
    model, given, batch = made(replace(SMALL, dropout=0.0))
    a = model.explain(**given)
    output = model.train()(**given)
    assert a.joint is not None
    assert torch.allclose(output, torch.cat([a.own, a.joint], 1), atol=1e-6)
    want = (binary_terms(a.own, batch["also"]).mean() + binary_terms(a.joint, batch["also"]).mean()) / 2
    assert torch.allclose(loss(output, batch), want)
    model.eval()
    assert torch.allclose(loss(model(**given), batch), binary_terms(model(**given), batch["also"]).mean())


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("query", ["last", "mean", "learned"])
@pytest.mark.parametrize("classifier", ["shared", "per_class"])
def test_each_structure_learns_and_answers(structure: str, query: str, classifier: str) -> None:
    model, given, batch = made(replace(SMALL, structure=structure, query=query, classifier=classifier))
    both = structure == "complete"
    assert model(**given).shape == (3, 4)
    output = model.train()(**given)
    assert output.shape == (3, 8 if both else 4)
    loss(output, batch).backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and p.grad.abs().sum() > 0, name
    assert model.explain(**given).attention.shape == (3, 4, 8 * 8)  # 8 moments of 6 players, ball and scene


def test_each_activity_shows_where_it_looked() -> None:
    model, given, _ = made()
    given["present"][:, 2, :8] = False
    a = model.explain(**given)
    looked = a.attention.unflatten(-1, (8, 8))
    assert torch.allclose(looked.sum((2, 3)), torch.ones(3, 4), atol=1e-6)
    assert (looked[:, :, :4, 2] == 0).all() and (looked[:, :, 4:, 2] > 0).all()
    assert (looked[2, :, :, 5] == 0).all()  # nobody there
    assert a.correlation is not None and a.correlation.shape == (3, 4, 4)


def test_the_mask_is_counted_kept_and_used() -> None:
    model, given, _ = made()
    labels = torch.rand(30, 4, generator=torch.Generator().manual_seed(2)) < 0.4
    before = model(**given)
    model.set_mask(labels.numpy())
    assert torch.equal(model.state_dict()["head.mask"], conditional(labels))
    assert not torch.allclose(model(**given), before, atol=1e-5)
    other = Model(SMALL).eval()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(**given), model(**given))
    with pytest.raises(ShapeError, match="labels have 3 columns; expected 4"):
        model.set_mask(labels[:, :3])


@pytest.mark.parametrize("reflect", ["y", "d2"])
def test_reflections_change_nothing(reflect: str) -> None:
    model, given, _ = made(replace(SMALL, reflect=reflect))
    for sign in ((1.0, -1.0), *([(-1.0, 1.0)] if reflect == "d2" else [])):
        turn = torch.tensor(sign)
        other = given | {"xy": given["xy"] * turn, "ball": given["ball"] * turn}
        assert torch.allclose(model(**other), model(**given), atol=1e-6)


def test_a_map_made_elsewhere() -> None:
    model, _, _ = made()
    tokens = torch.randn(2, 16, 9, generator=torch.Generator().manual_seed(3))
    there = torch.ones(2, 9, dtype=torch.bool)
    there[:, 6:] = False
    got = model(tokens=tokens, there=there)
    assert got.shape == (2, 4)
    assert torch.allclose(got, model(tokens=tokens[..., :6]), atol=1e-5)
    assert model.explain(tokens=tokens).attention.shape == (2, 4, 9)
    with pytest.raises(ModelError, match="nothing to read; expected xy, or tokens"):
        model()


def test_tuning_leaves_the_encoder_as_it_is() -> None:
    model, given, batch = made()
    given = at_rate(given, torch.tensor([1, 2, 4]), 16)
    left = model.tune_head()
    before = {k: v.clone() for k, v in model.encoder.state_dict().items()}
    optimiser = torch.optim.AdamW(left, 0.1, weight_decay=0.1)
    model.train()
    loss(model(**given), batch).backward()
    optimiser.step()
    assert len(left) == len(list(model.head.parameters()))
    assert all(torch.equal(v, before[k]) for k, v in model.encoder.state_dict().items())
    assert all(p.grad is not None for p in left)


def test_players_ask_where_one_is_chosen() -> None:
    model, given, _ = made(replace(SMALL, choose=True))
    model.set_mask(torch.ones(3, 4))  # nothing to count
    assert model.train()(**given).shape == (3, 6)
    with pytest.raises(ModelError, match="a map has no places"):
        model(tokens=torch.zeros(1, 16, 3))


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ModelError, match='answer = "least"; expected one of mean, own, joint, max'):
        Config(answer="least")
    with pytest.raises(ModelError, match='reflect = "x"'):
        Config(reflect="x")
    with pytest.raises(ModelError, match='structure = "whole"'):
        Model(Config(structure="whole"))
