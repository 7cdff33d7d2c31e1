"""TrackSetTransformer's exact properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.models.track_set import Config, Model, example

SMALL = Config(classes=4, width=16, layers=1, reflect="d2")
X, Y = torch.tensor([-1.0, 1.0]), torch.tensor([1.0, -1.0])


def made(config: Config) -> tuple[Model, dict[str, Tensor]]:
    torch.manual_seed(0)
    batch = example(config, torch.Generator().manual_seed(1))
    return Model(config).eval(), {k: v for k, v in batch.items() if k not in ("label", "choices")}


def turned(batch: dict[str, Tensor], sign: Tensor) -> dict[str, Tensor]:
    return batch | {"xy": batch["xy"] * sign, "ball": batch["ball"] * sign, "attack": torch.ones(3) * sign[0]}


@pytest.mark.parametrize("choose", [False, True])
def test_reflections_of_the_court_change_nothing(choose: bool) -> None:
    model, batch = made(replace(SMALL, choose=choose))
    own = model(**batch)
    for sign in (X, Y, X * Y):
        assert torch.allclose(model(**turned(batch, sign)), own, atol=1e-6)
    model, batch = made(replace(SMALL, choose=choose, reflect="y"))
    assert torch.allclose(model(**turned(batch, Y)), model(**batch), atol=1e-6)
    assert not torch.allclose(model(**turned(batch, X)), model(**batch), atol=1e-4)
    model, batch = made(replace(SMALL, choose=choose, reflect="none"))
    assert not torch.allclose(model(**turned(batch, Y)), model(**batch), atol=1e-4)


def test_the_two_ends_of_the_court_stay_different() -> None:
    model, batch = made(SMALL)
    other_end = turned(batch, X) | {"attack": torch.ones(3)}  # the play at the other end, attacking the same way
    assert not torch.allclose(model(**other_end), model(**batch), atol=1e-4)
    assert torch.equal(model(**batch | {"attack": torch.ones(3)}), model(**batch))


def test_evaluation_answers_with_averaged_log_probabilities() -> None:
    model, batch = made(SMALL)
    plain = Model(replace(SMALL, reflect="none")).eval()
    plain.load_state_dict(model.state_dict())
    each = [plain(**turned(batch, s)).log_softmax(-1) for s in (torch.ones(2), X, Y, X * Y)]
    assert torch.allclose(model(**batch), torch.stack(each).mean(0), atol=1e-6)


@pytest.mark.parametrize("patch", [1, 2, 3])
def test_players_in_any_order_and_empty_places_change_nothing(patch: int) -> None:
    model, batch = made(replace(SMALL, patch=patch))
    own = model.encode(**batch)
    assert own.shape == (3, 7, 16)
    assert (own[2, 5] == 0).all()  # nobody there
    order = torch.tensor([3, 0, 4, 2, 1, 5])
    other = batch | {k: batch[k][:, order] for k in ("xy", "present", "side")} | {"key": torch.ones(3).long()}
    assert torch.allclose(model.encode(**other)[:, :-1], own[:, order], atol=1e-5)


def test_the_order_of_samples_counts() -> None:
    model, batch = made(SMALL)
    still = batch | {"xy": batch["xy"][:, :, :1].repeat(1, 1, 16, 1), "ball": batch["ball"][:, :1].repeat(1, 16, 1)}
    late, early = dict(still), dict(still)
    late["xy"], early["xy"] = still["xy"].clone(), still["xy"].clone()
    late["xy"][:, 1, 12:] += 0.3
    early["xy"][:, 1, :4] += 0.3
    assert not torch.allclose(model(**late), model(**early), atol=1e-4)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ModelError, match='reflect = "x"; expected one of none, y, d2'):
        Config(reflect="x")
    with pytest.raises(ModelError, match="5 heads of a width of 48"):
        Config(heads=5)
    with pytest.raises(ModelError, match="patch = 17; expected 1 to 16"):
        Config(patch=17)
    model, batch = made(SMALL)
    with pytest.raises(ModelError, match="windows of 8 samples; expected 16"):
        model(batch["xy"][:, :, :8])
