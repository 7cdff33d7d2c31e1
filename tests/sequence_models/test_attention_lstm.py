"""aLSTM and the attention pool: what attention must and must not change."""

from __future__ import annotations

import pytest
import torch

from sportsai.errors import ModelError, ShapeError
from sportsai.sequence_models import attention_pool
from sportsai.sequence_models.attention_lstm import Config, Model, saliency

X = torch.rand(2, 8, 40, generator=torch.Generator().manual_seed(0))
THERE = torch.ones(2, 8, dtype=torch.bool)


def made(**changes: object) -> Model:
    torch.manual_seed(0)
    return Model(Config(**{"dropout": 0.0, **changes})).eval()


@pytest.mark.parametrize("last", [False, True])
def test_attention_adds_up_to_one_over_frames(last: bool) -> None:
    there = THERE.clone()
    there[1, 5:] = False
    model = made(last=last)
    y, where = model.all(X, there)
    assert torch.allclose(where.sum(-1)[there], torch.ones(int(there.sum())), atol=1e-6)
    assert where[1, :, 5:].abs().sum() == 0
    assert saliency(where, there)[there].mean().item() == pytest.approx(1, abs=1e-5)
    assert (y[0] == y[0, :1]).all() == last


def test_attention_without_weights_is_the_mean() -> None:
    attends, mean = made(), made(context="mean")
    torch.nn.init.zeros_(attends.weighs.weight)
    mean.load_state_dict(attends.state_dict(), strict=False)
    assert torch.allclose(attends(X), mean(X), atol=1e-6)


def test_the_order_of_attended_frames_changes_nothing_but_the_weights() -> None:
    model = made(reads=(0, 1, 2), attends=tuple(range(3, 40)))
    order = torch.randperm(8, generator=torch.Generator().manual_seed(1))
    other = X.clone()
    other[..., 3:] = X[:, order][..., 3:]
    y, where = model.all(X)
    y2, where2 = model.all(other)
    assert torch.allclose(y, y2, atol=1e-5)
    assert torch.allclose(where[..., order], where2, atol=1e-6)


def test_a_context_that_reaches_no_gate_is_the_plain_lstm() -> None:
    attends, plain = made(), made(context="none")
    torch.nn.init.zeros_(attends.tells.weight)
    plain.load_state_dict(attends.state_dict(), strict=False)
    assert torch.allclose(attends(X), plain(X), atol=1e-6)


def test_frames_beyond_the_first_answer_one_at_a_time() -> None:
    x = X[:1].clone().requires_grad_()
    y = made(context="none")(x)
    (grad,) = torch.autograd.grad(y[0, 2].sum(), x)
    assert grad[0, :3].abs().sum() > 0
    assert grad[0, 3:].abs().sum() == 0


def test_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(ModelError, match="columns from 0 to 39"):
        Config(attends=(40,))


def test_a_chunk_longer_than_the_clock_is_refused() -> None:
    model = attention_pool.Model(attention_pool.Config(frames=8))
    assert model(X).shape == (2, 8, 4)
    with pytest.raises(ShapeError, match="a chunk of 9 frames"):
        model(torch.zeros(1, 9, 40))
