"""Made-up examples whose classes a model can tell: how fast, and which way, the key player runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sportsai.data.windows import Windows
from sportsai.tasks import EVENT, Examples

NAMES = ("stands", "runs right", "runs left")


def made_up(contests: int = 4, each: int = 24, P: int = 4, T: int = 8, seed: int = 0, choose: bool = False) -> Examples:
    """Return `each` windows of every contest, classes in turn; with `choose` the answer is who is furthest right."""
    rng = np.random.default_rng(seed)
    n = contests * each
    label = np.arange(n) % 3
    xy = rng.uniform(-0.5, 0.5, (n, P, 1, 2)) + rng.normal(0, 0.002, (n, P, T, 2))
    way = np.array([0.0, 0.03, -0.03])[label]
    xy[:, 0, :, 0] += way[:, None] * np.arange(T)
    choices = None
    if choose:
        choices = np.tile(np.arange(P) > 0, (n, 1))
        label = 1 + xy[:, 1:, T // 2, 0].argmax(1)
    relation = np.tile(np.where(np.arange(P) < 2 + choose * P, 1, -1), (n, 1)).astype(np.int8)
    game = np.repeat(np.arange(contests), each)
    frame = np.tile(np.arange(each) * 100, contests)
    windows = Windows(
        xy.astype(np.float32), np.ones((n, P, T), bool), relation, np.tile(np.arange(P), (n, 1)),
        np.zeros(n, np.int64), np.zeros((n, T, 2), np.float32), np.zeros((n, T), bool), label.astype(np.int64), game,
        np.ones(n, np.int8), frame, frame - 10, frame + 10, np.arange(n), tuple(f"g{i}" for i in range(contests)), 50.0,
        T // 2,
    )  # fmt: skip
    facts = pd.DataFrame({"contest": game})
    return Examples(
        windows, () if choose else NAMES, np.full(n, EVENT), choices=choices, facts=facts,
        sources={"made-up.csv": "0" * 64}, terms="made up", refused={"a reason": 2},
    )  # fmt: skip
