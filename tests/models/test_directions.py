"""Each part of Shared-Compare earns its place on a small task built so that it must (methods: direction of ablations).

A key player and two others; the class says in which half the key plays and whether the NEARER other closes in on him or
moves away. The key moves himself, so the other's own motion does not tell; the further one is a distraction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sportsai.models.shared_compare import Config, Model, loss

BASE = Config(classes=4, players=3, frames=8, shared=(32, 32), compare=(32,), hidden=32, dropout=0.0)


def task(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows (n, 3, 8, 2), key first, and their classes (n,)."""
    rng = np.random.default_rng(seed)
    t = np.linspace(-1, 1, 8)[None, :, None]
    where = rng.uniform(0.15, 0.8, (n, 1, 2)) * np.sign(rng.uniform(-1, 1, (n, 1, 2)))
    key = where + rng.uniform(-0.2, 0.2, (n, 1, 2)) * t
    closes = rng.integers(0, 2, (2, n))

    def other(away: float, closing: np.ndarray) -> np.ndarray:
        angle = rng.uniform(0, 2 * np.pi, n)
        unit = np.stack([np.cos(angle), np.sin(angle)], -1)[:, None]
        speed = np.where(closing == 1, -0.2, 0.2)[:, None, None]
        return key + unit * (away + speed * t)

    near, far = other(0.25, closes[0]), other(0.6, closes[1])
    swap = rng.random(n) < 0.5  # the order in which they are given says nothing
    a, b = np.where(swap[:, None, None], far, near), np.where(swap[:, None, None], near, far)
    label = 2 * (where[:, 0, 0] > 0) + closes[0]
    return torch.tensor(np.stack([key, a, b], 1), dtype=torch.float32), torch.tensor(label)


def accuracy(config: Config, seed: int, *, steps: bool = False, who: bool = False) -> float:
    """Train on 3,000 windows and return accuracy on 600 others; `steps`: velocities instead of places."""

    def given(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        xy, label = task(n, seed)
        if steps:
            xy = torch.nn.functional.pad(xy.diff(dim=2), (0, 0, 1, 0)) * 10
        return xy, label

    torch.manual_seed(seed)
    model = Model(config)
    xy, label = given(3000, 100 + seed)
    optimiser = torch.optim.Adam(model.parameters(), 4e-3)
    for _ in range(16):
        for index in torch.randperm(len(xy)).split(100):
            optimiser.zero_grad()
            batch = {"label": label[index]}
            loss(model(xy[index], key=torch.zeros(len(index), dtype=torch.int64)), batch).backward()
            optimiser.step()
    model.eval()
    xy, label = given(600, 900 + seed)
    with torch.no_grad():
        key = None if who else torch.zeros(len(xy), dtype=torch.int64)
        return float((model(xy, key=key).argmax(1) == label).float().mean())


@pytest.fixture(scope="module", autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def full() -> list[float]:
    return [accuracy(BASE, s) for s in range(2)]


@pytest.mark.parametrize(
    ("part", "config", "how", "margin"),
    [
        ("pairs", replace(BASE, pairs=False), {}, 0.02),
        ("order", replace(BASE, order="given"), {}, 0.05),
        ("places", BASE, {"steps": True}, 0.2),
        ("the key player", BASE, {"who": True}, 0.02),
    ],
)
def test_without_it_accuracy_falls(full: list[float], part: str, config: Config, how: dict, margin: float) -> None:
    without = [accuracy(config, s, **how) for s in range(2)]
    assert np.mean(full) > np.mean(without) + margin
