"""PairFormer's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.layers.entities import FAR, NEAR, SPEED, entities
from sportsai.models.pair_former import Config, Model, _closing, _hidden, example

SMALL = Config(classes=4, track=(8, 8), width=16, heads=2)
Y = torch.tensor([1.0, -1.0])


def made(config: Config) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices")}


@pytest.mark.parametrize("choose", [False, True])
def test_left_and_right_exchanged_change_nothing(choose: bool) -> None:
    for reflect in ("y", "none"):
        model, batch = made(replace(SMALL, choose=choose, reflect=reflect))
        other = batch | {"xy": batch["xy"] * Y, "ball": batch["ball"] * Y}
        assert torch.allclose(model(**other), model(**batch), atol=1e-6) == (reflect == "y")


def test_pairs_by_hand() -> None:
    t = torch.arange(4.0)[:, None]
    xy = torch.stack([torch.zeros(4, 2), torch.tensor([0.4, 0.0]) - t * torch.tensor([0.02, 0.0])])[None]
    e = entities(xy, None, torch.tensor([0]), torch.tensor([[1, 1]]), None, None, 4)
    model = Model(replace(SMALL, frames=4, looks=1))
    pairs = model._pairs(e)  # at sample 2: the other is .36 to the right of the key and comes nearer by .02 a sample
    want = [0.36 / NEAR, 0, 0.36 / NEAR, 0.02 * SPEED, 1, 1, 1]
    assert torch.allclose(pairs[0, 0, 1], torch.tensor(want), atol=1e-5)
    assert torch.allclose(pairs[0, 1, 0], torch.tensor([-want[0], 0, *want[2:]]), atol=1e-5)
    assert pairs[0, 0, 2].tolist() == [0, 0, FAR, 0, 0, 0, 0]  # no ball


def test_who_is_near_is_read_first() -> None:
    xy = torch.tensor([0.0, 0.3, 0.1, 0.2])[None, :, None, None].expand(1, 4, 4, 2)
    present = torch.ones(1, 4, 4, dtype=torch.bool)
    present[0, 3] = False
    model = Model(replace(SMALL, frames=4))
    e = entities(xy, present, torch.tensor([0]), None, torch.full((1, 4, 2), 0.4), None, 4)
    assert torch.allclose(model._ranks(e)[0], torch.tensor([[0, 0], [1 / 2, 1], [1, 1 / 2], [0, 0], [0, 0]]))
    h = torch.arange(5.0)[None, :, None].expand(1, 5, 16) + 10
    assert model._in_order(e, h)[0, ::16].tolist() == [12, 11, 0]
    unknown = entities(xy, present, None, None, torch.full((1, 4, 2), 0.4), None, 4)
    assert model._in_order(unknown, h)[0, ::16].tolist() == [11, 12, 10]


def test_closing_speed_is_the_lengths_fall() -> None:
    away = torch.tensor([1.0, 0.5, FAR, 0.5, 0.7])[None, None, :, None]
    want = torch.tensor([0.0, 0.5, 0, 0, -0.2]) * SPEED * NEAR
    assert torch.allclose(_closing(away)[0, 0, :, 0], want)


def test_samples_looked_at_hold_the_reference() -> None:
    assert Config(frames=16).looked_at == [0, 8, 15]
    assert Config(frames=4).looked_at == [0, 2, 3]
    assert Config(frames=16, looks=1).looked_at == [8]
    assert Config(frames=16, looks=3, reference=15).looked_at == [0, 8, 15]
    assert Config(frames=2, looks=5).looked_at == [0, 1]


def test_players_in_any_order_and_empty_places_change_nothing() -> None:
    model, batch = made(SMALL)
    own = model.encode(**batch)
    assert own.shape == (3, 7, 16)
    assert (own[2, 5] == 0).all()  # nobody there
    order = torch.tensor([3, 0, 4, 2, 1, 5])
    other = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")} | {"key": torch.ones(3).long()}
    assert torch.allclose(model.encode(**other)[:, :-1], own[:, order], atol=1e-5)


def test_hidden_players_are_never_the_key_or_the_ball() -> None:
    batch = example(SMALL, torch.Generator().manual_seed(1))
    e = entities(*(batch[k] for k in ("xy", "present", "key", "side", "ball", "ball_present")), 16)
    torch.manual_seed(0)
    kept = torch.stack([_hidden(e, 0.4).there for _ in range(200)]).float().mean(0)
    assert (kept[:, [0, -1]] == 1).all()
    assert ((kept[:2, 1:-1] > 0.4) & (kept[:2, 1:-1] < 0.8)).all()
    assert (_hidden(e, 1.0).xy[:, 1:-1] == 0).all()
    asked = Model(replace(SMALL, choose=True, entity_dropout=1.0, dropout=0.0, reflect="none"))
    assert (asked(**{k: v for k, v in batch.items() if k != "label"})[:2] > -100).all()  # all may be the answer


def test_who_acts_where_and_how_they_lie_count() -> None:
    model, batch = made(SMALL)
    own = model(**batch)
    assert not torch.allclose(model(**batch | {"key": torch.ones(3).long()}), own, atol=1e-4)
    moved = batch | {"xy": batch["xy"] + torch.tensor([0.3, 0.0]), "ball": batch["ball"] + torch.tensor([0.3, 0.0])}
    assert not torch.allclose(model(**moved), own, atol=1e-4)
    plain, _ = made(replace(SMALL, pair=0))
    assert not hasattr(plain, "pair")
    assert torch.isfinite(plain(**batch)).all()


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match='reflect = "d2"; expected "none" or "y"'):
        Config(reflect="d2")
    with pytest.raises(ModelError, match="3 heads of a width of 64"):
        Config(heads=3)
