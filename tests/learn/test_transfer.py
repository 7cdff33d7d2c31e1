"""Learning without labels and carrying it over: the loss falls, few labels keep every class, rows say the gain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sportsai.learn import transfer
from sportsai.learn.networks import teach
from sportsai.learn.standard import standard
from sportsai.learn.transfer import carry_over, few, pretrain
from tests.learn.made_up import made_up
from tests.learn.test_compare import recipe


def test_where_everybody_goes_is_learned_and_carried_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taught = made_up(each=30, T=8)
    config = standard("pair_former", taught)
    start, losses = pretrain("pair_former", config, [taught, made_up(seed=4)], steps=200, batch=32)
    assert losses[-1] < losses[0]
    assert not any(k.startswith("head.") for k in start)
    r = recipe(joined=[], model="pair_former", model_config={"frames": 8})
    begun = []

    def begin(*asked: Any, start: Any = None, **more: Any) -> Any:
        begun.append(start)
        return teach(*asked, start=start, **more)

    monkeypatch.setattr(transfer, "teach", begin)
    rows = carry_over("pair_former", r, taught, {"nothing": None, "tracks": start}, shares=(0.3,), seeds=(0,))
    assert [x["start"] for x in rows] == ["nothing", "tracks"]
    half = len(begun) // 2
    assert half and begun[:half] == [None] * half and all(one is start for one in begun[half:])
    assert "gain" not in rows[0] and rows[1]["low"] <= rows[1]["gain"] <= rows[1]["high"]


def test_few_labels_keep_every_class() -> None:
    taught = made_up()
    some = few(taught, 0.1, 0)
    assert np.bincount(some.windows.label).tolist() == [3, 3, 3]
    assert len(few(taught, 1.0, 0)) == len(taught)


def test_a_training_begins_with_the_weights_it_is_given() -> None:
    taught = made_up(each=20, T=8)
    config = standard("pair_former", taught)
    t = recipe().train.model_copy(update={"epochs": 1, "lr": 1e-12, "weight_decay": 0.0})
    other = teach("pair_former", config, taught, taught, t, seed=1).model.state_dict()
    start = {k: v for k, v in other.items() if not k.startswith("head.")} | {"no such part": torch.ones(3)}
    begun = teach("pair_former", config, taught, taught, t, seed=0, start=start).model.state_dict()
    alone = teach("pair_former", config, taught, taught, t, seed=0).model.state_dict()
    for name, weight in begun.items():
        assert torch.allclose(weight, start.get(name, alone[name]).to(weight), atol=1e-6), name
    assert any(not torch.allclose(alone[k], begun[k], atol=1e-3) for k in begun)
