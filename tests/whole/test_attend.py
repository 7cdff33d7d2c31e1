"""What a model of chunks says of a whole game: chunk by chunk, overlapping, averaged, no chunk over a period's end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from sportsai.data.timeline import named, streams
from sportsai.sequence_models import load_sequence_model
from sportsai.tasks.moments import Options, timeline
from sportsai.whole.attend import attended
from sportsai.whole.fit import Seen
from tests.whole.made_up import game


class First:
    """Looks at the first frame of each chunk only, and says the chunk holds its class as likely as that frame shows."""

    config = SimpleNamespace(classes=1)

    def eval(self) -> None:
        pass

    def looks(self, x: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        where = torch.zeros(*there.shape, 1)
        where[:, 0] = there.sum(1)[:, None].float()
        return x[:, 0, :1], where


def test_by_hand() -> None:
    x = np.arange(1, 11, dtype=np.float32)[:, None] / 10
    out = attended([First()], x, ("height",), [(0, 7), (7, 10)], 4, mirrors=False)
    # chunks [0, 4), [2, 6), [4, 7) and [7, 10): 4, 4, 3 and 3 frames; a frame that two chunks show gets their mean
    assert out[:, 0].tolist() == pytest.approx([0.4, 0, 0.6, 0, 0.75, 0, 0, 2.4, 0, 0])


@pytest.mark.parametrize("name", ["attention_lstm", "attention_pool"])
def test_an_attention_of_all_frames_alike_says_the_chance(name: str) -> None:
    options = Options(provider="any", classes={"shot": ("shot",)}, pace=False)
    line = timeline(game(0), options)
    assert line is not None
    seen = Seen.of(line, 1.0, pace=False, gaps=False)
    module = load_sequence_model(name)
    torch.manual_seed(0)
    more: dict[str, Any] = {"context": "mean"} if name == "attention_lstm" else {}
    model = module.Model(module.Config(inputs=seen.x.shape[1], classes=1, width=8, **more))
    if name == "attention_pool":
        torch.nn.init.zeros_(model.asks)
    heat = attended([model], seen.x, seen.names, line.stretches(), 32)
    assert heat.shape == (400, 1)
    assert heat.min() > 0 and heat.max() < 1  # every frame gets its chunks' chance


def test_frames_turned_to_the_attack_show_the_ball_on_the_right() -> None:
    line = timeline(game(0), Options(provider="any", classes={"shot": ("shot",)}))
    assert line is not None
    plain = Seen.of(line, 1.0, pace=True, gaps=False)
    turned = Seen.of(line, 1.0, pace=True, gaps=False, attack=True)
    column = plain.names.index("ball x")
    assert (turned.x[:, column] == np.abs(plain.x[:, column])).all()
    left = plain.x[:, column] < 0
    home, away = plain.names.index("home 1 away"), plain.names.index("away 1 away")
    np.testing.assert_array_equal(turned.x[left, home], plain.x[left, away])


def test_streams_share_no_number_and_miss_only_the_clock() -> None:
    names = named(pace=True, gaps=True)
    each = streams(names)
    assert list(each) == ["ball", "attackers", "defenders", "scene"]
    every = [i for columns in each.values() for i in columns]
    assert len(set(every)) == len(every)
    assert {names[i] for i in range(len(names)) if i not in every} == {
        "gap before", "gap after", "a gap before", "a gap after",
    }  # fmt: skip
    assert list(streams(named(ball_only=True))) == ["ball"]
