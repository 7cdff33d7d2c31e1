"""Each part of a model earns its place on a small task built so that it must: an order over three seeds, with a margin.

Shared-Compare: a key player and two others; the class says in which half the key plays and whether the NEARER other
closes in on him or moves away. The key moves himself, so the other's own motion does not tell; the further one is a
distraction. Stacked: whether one track repeats another some samples later. Trajectory shapes: which way a track bends,
or where it lies.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sportsai.data.windows import WindowCutter, Windows
from sportsai.models import idt_svm, stacked
from sportsai.models.shared_compare import Config, Model, loss
from tests.conftest import make_game

SEEDS = 3
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
    return [accuracy(BASE, s) for s in range(SEEDS)]


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
    without = [accuracy(config, s, **how) for s in range(SEEDS)]
    assert np.mean(full) > np.mean(without) + margin


def echoes(n: int, lag: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows (n, 2, 32, 2) of two tracks that jump to and fro; class 1: the second does as the first, `lag` later."""
    rng = np.random.default_rng(seed)

    def jumps() -> NDArray[np.float64]:
        return np.repeat(rng.choice([-0.5, 0.5], (n, 24)), 2, axis=1)

    first, other, label = jumps(), jumps(), rng.integers(0, 2, n)
    xy = np.zeros((n, 2, 32, 2), np.float32)
    xy[:, 0, :, 0] = first[:, 16:]
    xy[:, 1, :, 0] = np.where(label[:, None] == 1, first[:, 16 - lag : 48 - lag], other[:, 16:])
    return torch.tensor(xy), torch.tensor(label)


def hears_the_echo(layers: int, lag: int, seed: int) -> float:
    """Train a stacked network of so many layers on 800 windows and return accuracy on 600 others."""
    torch.manual_seed(seed)
    sizes = {"players": 2, "widths": (32,) * 5, "hidden": 32, "dropout": 0.0, "order": "given", "team": False}
    model = stacked.Model(stacked.Config(classes=2, frames=32, n_layers=layers, **sizes))
    xy, label = echoes(800, lag, seed)
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=12 * 16)
    for _ in range(12):
        for index in torch.randperm(800).split(50):
            optimiser.zero_grad()
            stacked.loss(model(xy[index]), {"label": label[index]}).backward()
            optimiser.step()
            rate.step()
    xy, label = echoes(600, lag, 900 + seed)
    with torch.no_grad():
        return float((model.eval()(xy).argmax(1) == label).float().mean())


def test_the_longer_the_lag_the_more_layers_it_takes() -> None:
    got = {(n, lag): np.mean([hears_the_echo(n, lag, s) for s in range(SEEDS)]) for n in (2, 4) for lag in (2, 10)}
    assert got[2, 2] > 0.95 and got[4, 2] > 0.95  # both see far enough
    assert got[4, 10] > got[2, 10] + 0.06  # two layers see about ten samples


def bends_or_lies(n: int, seed: int, where: bool) -> Windows:
    """Windows of one track; the class says which way it bends, or (`where`) on which side it lies."""
    rng = np.random.default_rng(seed)
    windows = WindowCutter(make_game(), length=8, players=2).cut([20] * n, [0] * n, rng.integers(0, 2, n))
    t = np.linspace(0, 1, 8)
    sign = np.where(windows.label[:, None], 1, -1)
    bend = (rng.choice([-1, 1], (n, 1)) if where else sign) * t * t
    start = rng.uniform(-1, 1, (n, 1, 2))
    if where:
        start[:, 0, 0] = rng.uniform(0.1, 1, n) * sign[:, 0]
    path = np.stack([np.tile(t, (n, 1)), bend], -1) * 0.2 + start + rng.normal(0, 0.003, (n, 8, 2))
    windows.xy[:, 0] = path
    windows.xy[:, 1:] = 0.5
    return windows


def test_shapes_of_tracks_tell_bends_and_never_places() -> None:
    config = idt_svm.Config(classes=2, players=2, ball=False, costs=(1.0,), gammas=(1.0,))

    def right(where: bool, seed: int) -> float:
        train, validation, test = (bends_or_lies(n, 10 * seed + k, where) for k, n in enumerate((120, 40, 200)))
        scores = idt_svm.Model(config).fit(train, validation).scores(test)
        return float((scores.argmax(1) == test.label).mean())

    shape, place = ([right(where, s) for s in range(SEEDS)] for where in (False, True))
    assert min(shape) > 0.95
    assert abs(np.mean(place) - 0.5) < 0.08
