"""Each stage of the hierarchical LSTM earns its place on a task built so that it must: an order over three seeds.

A person's action is the order of two poses, up then down or down then up, while two others of his team show the same
poses the other way round: people pooled at one sample always show both, so only LSTM-1 knows the action. One action, or
two different ones by different people, who are seen only while they act: which came first is for LSTM-2. Which of two
bystanders, one a team, wears a cap tells left from right: for the blocks. The class is what came first, and the side.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.models.hierarchical_lstm import BASELINES, Config, Model, loss

SEEDS = 3
T = 8
ALONE = 0.65  # the share of windows with one action
STAGES = Config(
    classes=4, frames=T, actions=3, width=8, lstm1=16, hidden=24, lstm2=24, by="side", dropout=0.0, image=3,
    places=False,
)  # fmt: skip
MOMENT = Config(
    classes=4, frames=1, actions=3, width=16, hidden=16, dropout=0.0, image=2, places=False, **BASELINES["B3"]
)


def shuffled(rng: np.random.Generator, *arrays: NDArray[np.generic]) -> list[Tensor]:
    """Return arrays (n, P, ...) with the people of each window in another order."""
    n, people = arrays[0].shape[:2]
    order = rng.permuted(np.tile(np.arange(people), (n, 1)), axis=1)
    return [torch.tensor(np.take_along_axis(x, order.reshape(n, people, *[1] * (x.ndim - 2)), 1)) for x in arrays]


def what_came_first(n: int, seed: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Windows of 8 people, the classes (n,) and people's actions (n, 8)."""
    rng = np.random.default_rng(seed)
    team, first = rng.integers(0, 2, (2, n))
    start, one = rng.integers(0, T - 3, n), rng.random(n) < ALONE
    image, present = np.zeros((n, 8, T, 3), np.float32), np.zeros((n, 8, T), bool)
    people, side = np.zeros((n, 8), np.int64), np.tile(np.float32([-1] * 7 + [1]), (n, 1))
    w = np.arange(n)
    present[:, 6:], image[w, 6 + team, :, 2] = True, 1
    for k, acts in enumerate((np.ones(n, bool), ~one)):
        pose, at = np.where(k, 1 - first, first), start + 2 * k
        people[w, k] = np.where(acts, 1 + pose, 0)
        for s in (0, 1):
            for who, shown in ((k, pose ^ s), (2 + 2 * k + s, 1 - pose ^ s)):
                present[w, who, at + s] = acts
                image[w, who, at + s, shown] = acts
    xy = np.repeat(rng.uniform(-1, 1, (n, 8, 1, 2)).astype(np.float32), T, 2)
    xy, present, image, side, people = shuffled(rng, xy, present, image, side, people)
    inputs = {"xy": xy, "present": present, "image": image, "side": side}
    return inputs, torch.tensor(team * 2 + first), people


def who_acts_where(n: int, seed: int, sides: bool) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Windows of 8 people at one moment, one in a pose: classes are which pose, and (`sides`) in which half."""
    rng = np.random.default_rng(seed)
    who, pose = rng.integers(0, 8, n), rng.integers(0, 2, n)
    image, xy = rng.normal(0, 0.2, (n, 8, 1, 2)).astype(np.float32), rng.uniform(-1, 1, (n, 8, 1, 2))
    xy[..., 0] = np.sort(xy[..., 0], 1)
    people = np.zeros((n, 8), np.int64)
    image[np.arange(n), who, 0, pose] += 1.5
    people[np.arange(n), who] = 1 + pose
    xy, image, people = shuffled(rng, xy.astype(np.float32), image, people)
    return {"xy": xy, "image": image}, torch.tensor(sides * (who // 4) * 2 + pose), people


def accuracy(config: Config, task, seed: int, n: int = 8000, epochs: int = 5) -> float:
    """Train on n windows and return accuracy on 600 others."""
    torch.manual_seed(seed)
    model = Model(config)
    inputs, label, people = task(n, 100 + seed)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(epochs):
        for index in torch.randperm(n).split(50):
            optimiser.zero_grad()
            output = model(**{k: v[index] for k, v in inputs.items()})
            loss(output, {"label": label[index], "people": people[index]}).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
    inputs, label, _ = task(600, 900 + seed)
    with torch.no_grad():
        return float((model.eval()(**inputs).group.argmax(1) == label).float().mean())


@pytest.fixture(scope="module", autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_each_stage_is_needed() -> None:
    got = {
        name: np.mean([accuracy(replace(STAGES, **BASELINES[name]), what_came_first, s) for s in range(SEEDS)])
        for name in ("full", "B7", "B6", "B1")
    }
    assert got["full"] > 0.9
    assert got["full"] > got["B7"] + 0.07  # without LSTM-2: of two actions, which was first is a guess
    assert got["B7"] > got["B6"] + 0.2  # without LSTM-1: only the side
    assert got["B6"] > got["B1"] + 0.15  # the frame pooled before anybody is read
    assert abs(got["B1"] - 0.25) < 0.08


def test_two_blocks_tell_left_from_right_and_nothing_else() -> None:
    def right(groups: int, sides: bool) -> float:
        config, task = replace(MOMENT, groups=groups), partial(who_acts_where, sides=sides)
        return float(np.mean([accuracy(config, task, s, 1000, 8) for s in range(SEEDS)]))

    assert right(2, sides=True) > 0.95 and right(1, sides=True) < 0.6
    assert min(right(2, sides=False), right(1, sides=False)) > 0.97
