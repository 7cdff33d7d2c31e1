"""One loop, whoever runs it: this process, Lightning, half the bits; what stops it, and what it draws of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from sportsai.errors import RecipeError
from sportsai.learn.engine import Engine, _share, current, lightning, running
from sportsai.learn.networks import Taught, teach
from sportsai.learn.recipe import TrainPart
from sportsai.learn.standard import GROUPS, LABELS, NETWORKS, schedule, standard
from sportsai.learn.steps import descend
from sportsai.models import load_model
from tests.learn.made_up import made_up

TRAIN = TrainPart(epochs=5, batch=32, windows_per_epoch=96, patience=5, noise=0.01, smoothing=0.05)


def taught(engine: Engine, name: str = "shared_compare", t: TrainPart = TRAIN) -> Taught:
    """Return a model taught made-up runs, its dropout and reflections thrown as they are by default."""
    d = made_up(contests=6)
    with running(engine):
        return teach(name, standard(name, d), d.take(d.windows.game < 4), d.take(d.windows.game >= 4), t, seed=1)


def same(a: Taught, b: Taught) -> bool:
    """Return whether two models are the same to the last bit, and became so by the same way."""
    ours, theirs = a.model.state_dict(), b.model.state_dict()
    return a.history == b.history and a.epoch == b.epoch and all(torch.equal(v, theirs[k]) for k, v in ours.items())


def test_lightning_on_one_processor_learns_the_same_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightning")
    engine, steps = lightning(1, "cpu"), []
    back = engine.fabric.backward
    monkeypatch.setattr(engine.fabric, "backward", lambda cost: steps.append(cost) or back(cost))
    plain, theirs = taught(Engine()), taught(engine)
    assert same(plain, theirs)
    assert len(steps) == 5 * 3  # Lightning took each step: five epochs of 96 windows, 32 a batch
    assert current().fabric is None  # what ran inside is over


def test_who_stops_early_stops_at_the_same_epoch() -> None:
    pytest.importorskip("lightning")
    t = TRAIN.model_copy(update={"epochs": 30, "patience": 2, "lr": 2e-2})
    plain, theirs = taught(Engine(), t=t), taught(lightning(1, "cpu"), t=t)
    assert len(plain.history) == plain.epoch + 3 < 30
    assert same(plain, theirs)


def test_patience_by_hand() -> None:
    figures = iter([0.2, 0.5, 0.4, 0.5, 0.3, 0.9])
    model = torch.nn.Linear(1, 1)
    t = SimpleNamespace(lr=1e-3, weight_decay=0.0, epochs=6, patience=3, precision="32")
    batch = {"x": torch.ones(4, 1)}
    at, history = descend(model, t, 1, lambda: [batch], lambda b: model(b["x"]).mean(), lambda: next(figures))
    assert (at, history) == (1, [0.2, 0.5, 0.4, 0.5, 0.3])  # as good is no better; three without end it


def test_shares_of_a_batch_add_up_to_its_mean() -> None:
    x = torch.arange(7.0)
    parts = [_share({"x": x, "y": 2 * x}, rank, 3) for rank in range(3)]
    assert sorted(torch.cat([p["x"] for p, _ in parts]).tolist()) == x.tolist()
    assert all(torch.equal(p["y"], 2 * p["x"]) for p, _ in parts)
    mean = sum(float(p["x"].mean()) * weight for p, weight in parts) / 3
    assert mean == pytest.approx(3.0)
    with pytest.raises(RecipeError, match="a batch of 2 for 3 processes"):
        _share({"x": x[:2]}, 0, 3)


def test_half_the_bits_only_where_they_are_asked_for() -> None:
    full = taught(Engine())
    half = taught(Engine(), t=TRAIN.model_copy(update={"precision": "bf16"}))
    assert not same(full, half)
    assert {v.dtype for v in half.model.state_dict().values() if v.is_floating_point()} == {torch.float32}
    assert half.validation > 0.6
    asked = TrainPart(precision="bf16")
    assert schedule("stacked", asked).precision == "32"  # a recipe speaks of its own model


@pytest.mark.parametrize("name", [*NETWORKS, *LABELS, *GROUPS])
def test_every_network_learns_with_half_the_bits(name: str) -> None:
    d = made_up(contests=2, each=12)
    if name in LABELS:
        d = replace(d, also=F.one_hot(torch.from_numpy(d.windows.label), 3).bool().numpy())
    if name in GROUPS:
        people = torch.zeros(len(d), 4, dtype=torch.int64).numpy()
        d = replace(d, people=people, people_names=d.names, more={"size": torch.full((len(d), 4, 8, 2), 0.05).numpy()})
    t = TRAIN.model_copy(update={"epochs": 1, "windows_per_epoch": 24, "batch": 8, "precision": "bf16"})
    own = {"reflect": "none"} if hasattr(load_model(name).Config, "reflect") else {}
    model = teach(name, standard(name, d, own), d, d, t)
    assert all(torch.isfinite(v).all() for v in model.model.state_dict().values())


def test_the_curves_can_be_read_back(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    model = taught(Engine(curves=tmp_path))
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("01-shared_compare-")
    read: Any = EventAccumulator(str(folder)).Reload()
    assert [e.value for e in read.Scalars("validation mAP")] == pytest.approx(model.history, abs=1e-6)
    assert [e.step for e in read.Scalars("training loss")] == list(range(5))
    loss = [e.value for e in read.Scalars("training loss")]
    assert loss[-1] < loss[0]
    assert len(read.Scalars("rate")) == 5
    assert same(model, taught(Engine()))  # to be watched changes nothing
