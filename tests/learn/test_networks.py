"""Any network learns any task: several labels at once, and what each person does beside the group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sportsai.learn.measure import measure_people
from sportsai.learn.metrics import ap_ni
from sportsai.learn.networks import teach
from sportsai.learn.recipe import TrainPart
from sportsai.learn.standard import standard
from tests.learn.made_up import NAMES, made_up

TRAIN = TrainPart(epochs=12, batch=32, windows_per_epoch=256, patience=12, balance=0.0, smoothing=0.05, lr=5e-3)


def test_several_labels_are_learned_each_alone() -> None:
    taught = made_up(contests=6, each=24)
    runs = taught.windows.label > 0
    also = np.column_stack([~runs, taught.windows.label == 1, taught.windows.label == 2])
    also[:, 0] |= taught.windows.label == 2  # who runs left is said to stand, too
    taught = replace(taught, also=also)
    train, held = taught.take(taught.windows.game < 4), taught.take(taught.windows.game >= 4)
    model = teach("activity_heads", standard("activity_heads", taught, {"reflect": "none"}), train, held, TRAIN)
    said = model.scores(held)
    assert (said <= 0).all() and model.temperature == 1.0
    both = held.windows.label == 2
    assert np.exp(said[both]).sum(1).mean() > 1.2  # two labels of one moment: no shares of one whole
    assert min(ap_ni(held.also[:, k], said[:, k]) for k in range(3)) > 0.8
    mask = next(v for k, v in model.model.state_dict().items() if k.endswith("mask"))
    np.testing.assert_allclose(mask[2].numpy(), [1, 0, 1], atol=1e-6)  # counted on what trained


def test_people_are_learned_beside_the_group() -> None:
    taught = made_up(contests=6, each=24)
    size = torch.full((len(taught), 4, 8, 2), 0.05).numpy()
    doing = np.zeros((len(taught), 4), np.int64)
    doing[:, 0] = taught.windows.label  # the one who runs
    doing[:, 3] = -1  # nobody said
    taught = replace(taught, people=doing, people_names=NAMES, more={"size": size}, headline="accuracy")
    train, held = taught.take(taught.windows.game < 4), taught.take(taught.windows.game >= 4)
    model = teach("group_tokens", standard("group_tokens", taught), train, held, TRAIN)
    assert model.scores(held).shape == (48, 3)
    assert (model.scores(held).argmax(1) == held.windows.label).mean() > 0.8
    people = model.people(held)
    assert people is not None and people.shape == (48, 4, 3)
    assert measure_people(held, people)["persons right"] > 0.85
    assert model.validation > 0.8
