"""Learning without labels and carrying it over: the loss falls, few labels keep every class, rows say the gain."""

from __future__ import annotations

import numpy as np

from sportsai.learn.standard import standard
from sportsai.learn.transfer import carry_over, few, pretrain
from tests.learn.made_up import made_up
from tests.learn.test_compare import recipe


def test_where_everybody_goes_is_learned_and_carried_over() -> None:
    taught = made_up(each=30, T=8)
    config = standard("pair_former", taught)
    start, losses = pretrain("pair_former", config, [taught, made_up(seed=4)], steps=200, batch=32)
    assert losses[-1] < losses[0]
    assert not any(k.startswith("head.") for k in start)
    r = recipe(joined=[], model="pair_former", model_config={"frames": 8})
    rows = carry_over("pair_former", r, taught, {"nothing": None, "tracks": start}, shares=(0.3,), seeds=(0,))
    assert [x["start"] for x in rows] == ["nothing", "tracks"]
    assert "gain" not in rows[0] and rows[1]["low"] <= rows[1]["gain"] <= rows[1]["high"]


def test_few_labels_keep_every_class() -> None:
    taught = made_up()
    some = few(taught, 0.1, 0)
    assert np.bincount(some.windows.label).tolist() == [3, 3, 3]
    assert len(few(taught, 1.0, 0)) == len(taught)
