"""Each part of the models of whole games earns its place on a task built so that it must: an order over three seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from sportsai.bench._built_clips import attended
from sportsai.learn.metrics import ap_ni
from sportsai.sequence_models import multi_lstm

SEEDS = 3


def marks(n: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
    """Marked values at random frames among noise, (n, 40, 4). Label 0 holds where those of the last 7 frames add up to
    more than .8, label 1 where those of the next 7 do: one needs the past, the other the future."""
    mark = torch.rand(n, 40, generator=g) < 0.3
    value = torch.randn(n, 40, generator=g)
    x = torch.zeros(n, 40, 4)
    x[..., 0] = torch.where(mark, value, 0.1 * torch.randn(n, 40, generator=g))
    x[..., 1] = mark.float()
    x[..., 2:] = torch.randn(n, 40, 2, generator=g)
    past = F.pad(value * mark, (6, 0)).unfold(1, 7, 1).sum(-1)
    future = F.pad((value * mark)[:, 1:], (0, 7)).unfold(1, 7, 1).sum(-1)
    return x, (torch.stack([past, future], -1) > 0.8).float()


def labelled(rung: str, seed: int) -> float:
    """Return the per-frame mAP of a rung on marks it never saw."""
    g = torch.Generator().manual_seed(100 + seed)
    torch.manual_seed(seed)
    sizes: dict[str, Any] = {"window": 7, "width": 16, "match": 16, "embed": 16, "dropout": 0.0}
    model = multi_lstm.Model(multi_lstm.Config(inputs=4, classes=2, rung=rung, **sizes))
    opt = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(110):
        x, heat = marks(16, g)
        cost = multi_lstm.loss(model(x), {"heat": heat})
        opt.zero_grad()
        cost.backward()
        opt.step()
    x, heat = marks(100, torch.Generator().manual_seed(7))
    with torch.no_grad():
        said = model.eval()(x)
    return float(np.mean([ap_ni(heat[..., k].ravel().numpy(), said[..., k].ravel().numpy()) for k in (0, 1)]))


def test_each_rung_of_multi_lstm_is_above_the_one_below() -> None:
    """LSTM < + input window < + attention < several outputs, which alone hears the future."""
    each = {rung: np.mean([labelled(rung, s) for s in range(SEEDS)]) for rung in multi_lstm.RUNGS}
    assert each["lstm"] + 0.005 < each["input"]
    assert each["input"] + 0.01 < each["attention"]
    assert each["attention"] + 0.1 < each["multi"]


def test_attending_to_a_stream_that_tells_more_is_above_its_mean_and_above_the_stream_itself() -> None:
    ways: dict[str, dict[str, Any]] = {
        "attends": {}, "last": {"last": True}, "mean": {"context": "mean"}, "itself": {"attends": (0, 1)},
        "none": {"context": "none"},
    }  # fmt: skip
    right = {k: np.mean([attended(s, **v)[0] for s in range(SEEDS)]) for k, v in ways.items()}
    assert right["attends"] > right["mean"] + 0.2
    assert right["mean"] > max(right["none"], right["itself"]) + 0.03
    assert right["attends"] >= right["last"] - 0.02
    assert attended(0)[1] > 4  # of 8 frames the one that mattered got more than half of the attention
