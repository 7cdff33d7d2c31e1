"""What is answered, and how wrong it was."""

from __future__ import annotations

import math

import torch

from sportsai.layers.answer import answer_loss, example_windows


def test_only_allowed_places_share_the_probability() -> None:
    scores = torch.tensor([[0.0, 5.0, 0.0, 0.0]])
    batch = {"label": torch.tensor([0]), "choices": torch.tensor([[True, False, True, False]])}
    assert math.isclose(float(answer_loss(scores, batch)), math.log(2), rel_tol=1e-6)
    batch["weight"] = torch.ones(9)  # of classes: says nothing about places
    assert math.isclose(float(answer_loss(scores, batch)), math.log(2), rel_tol=1e-6)


def test_classes_are_weighted() -> None:
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0]])
    batch = {"label": torch.tensor([0, 1]), "weight": torch.tensor([1.0, 3.0]), "also": torch.ones(2, 2).bool()}
    assert math.isclose(float(answer_loss(logits, batch)), (math.log(2) + 3 * math.log(4)) / 4, rel_tol=1e-6)


def test_the_label_of_an_example_is_a_place_that_may_be_chosen() -> None:
    for seed in range(20):
        batch = example_windows(4, 6, 3, True, torch.Generator().manual_seed(seed))
        assert batch["choices"].gather(1, batch["label"][:, None]).all()
        assert not batch["choices"][:, 0].any()  # the key does not choose himself
