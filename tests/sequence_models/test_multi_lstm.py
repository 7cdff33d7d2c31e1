"""MultiLSTM: its degenerate cases, its weights at borders, and how late it speaks."""

from __future__ import annotations

import pytest
import torch

from sportsai.errors import ModelError
from sportsai.sequence_models.multi_lstm import Config, Model

X = torch.rand(2, 12, 40, generator=torch.Generator().manual_seed(0))


def made(**changes: object) -> Model:
    torch.manual_seed(0)
    return Model(Config(**{"dropout": 0.0, "window": 3, **changes})).eval()


def test_a_window_of_one_is_the_plain_lstm() -> None:
    plain = made(rung="lstm", window=1)
    for rung in ("input", "attention", "multi"):
        other = made(rung=rung, window=1)
        other.load_state_dict(plain.state_dict(), strict=False)
        assert torch.allclose(other(X), plain(X), atol=1e-6)


def test_attention_that_weighs_nothing_is_the_mean() -> None:
    mean, attends = made(rung="input"), made(rung="attention")
    attends.load_state_dict(mean.state_dict(), strict=False)
    torch.nn.init.zeros_(attends.weighs.weight)
    assert torch.allclose(attends(X), mean(X), atol=1e-6)


@pytest.mark.parametrize("align", ["causal", "centre"])
@pytest.mark.parametrize("rung", ["lstm", "input", "attention", "multi"])
def test_weights_of_a_window_add_up_to_one_at_the_borders_too(rung: str, align: str) -> None:
    there = torch.ones(2, 12, dtype=torch.bool)
    there[1, 7:] = False
    looks = made(rung=rung, align=align, window=5).all(X, there)[1]
    assert torch.allclose(looks.sum(-1)[there], torch.ones(int(there.sum())), atol=1e-6)


def test_answers_are_averaged_over_the_steps_that_spoke() -> None:
    model = made(speaks="uniform")
    spoken = torch.arange(1.0, 5.0)[None, :, None, None].expand(1, 4, 3, 4)  # step t says t of every frame
    heard = model._heard(spoken, torch.ones(1, 4, dtype=torch.bool))
    assert heard[0, :, 0].tolist() == pytest.approx([2.0, 3.0, 3.5, 4.0])  # methods.md A16


@pytest.mark.parametrize("speaks", ["learned", "uniform", "triangular"])
@pytest.mark.parametrize("align", ["causal", "centre"])
def test_what_everybody_agrees_on_stays(speaks: str, align: str) -> None:
    model = made(speaks=speaks, align=align, window=5)
    assert model.trust.sum().item() == pytest.approx(1)
    agreed = torch.full((1, 9, 5, 4), 0.7)
    assert torch.allclose(model._heard(agreed, torch.ones(1, 9, dtype=torch.bool)), torch.full((1, 9, 4), 0.7))


@pytest.mark.parametrize(
    ("rung", "align", "late"),
    [("lstm", "causal", 0), ("input", "causal", 0), ("attention", "causal", 0), ("multi", "causal", 4),
     ("lstm", "centre", 0), ("input", "centre", 2), ("attention", "centre", 2), ("multi", "centre", 4)],
)  # fmt: skip
def test_an_answer_hangs_on_frames_as_late_as_is_said_and_no_later(rung: str, align: str, late: int) -> None:
    model = made(rung=rung, align=align, window=5)
    assert model.config.latency == late
    x = X[:1].clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(x)[0, 4].sum(), x)
    reached = grad[0].abs().sum(-1) > 0
    assert reached[4 + late]
    assert not reached[5 + late :].any()


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ModelError, match="lstm, input, attention, multi"):
        Config(rung="best")
    with pytest.raises(ModelError, match="window = 0"):
        Config(window=0)
