"""Reflections of the court."""

from __future__ import annotations

import pytest
import torch

from sportsai.layers.reflect import GROUPS, over_reflections, reflected


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("scores", [False, True])
def test_the_average_is_the_same_for_every_reflection(group: str, scores: bool) -> None:
    torch.manual_seed(0)
    xy, weight = torch.randn(7, 3, 2), torch.randn(6, 4)

    def answer(xy: torch.Tensor) -> torch.Tensor:
        def read(sign: torch.Tensor) -> torch.Tensor:
            return (reflected(xy, sign).flatten(1) @ weight + 0.7).tanh()

        return over_reflections(read, group, len(xy), False, scores)

    own = answer(xy)
    for sign in GROUPS[group]:
        assert torch.allclose(answer(xy * torch.tensor(sign)), own, atol=1e-6)
    assert not torch.allclose(answer(xy * 1.1), own, atol=1e-3)


def test_training_draws_one_for_each_window() -> None:
    torch.manual_seed(0)
    drawn = over_reflections(lambda sign: sign, "d2", 400, True, False)
    assert {tuple(s) for s in drawn.tolist()} == set(GROUPS["d2"])
    assert (over_reflections(lambda sign: sign, "none", 5, True, False) == 1).all()


def test_averaged_log_probabilities_are_those_of_the_geometric_mean() -> None:
    got = over_reflections(lambda sign: torch.tensor([[1.0, 0.0]]) * sign[:, 1:], "y", 1, False, False)
    assert torch.allclose(got.softmax(-1), torch.tensor([[0.5, 0.5]]))
