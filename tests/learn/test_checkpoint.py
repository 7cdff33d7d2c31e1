"""A training that is stopped goes on and ends with the very weights it would have had; nothing in its file can run."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from sportsai.errors import ModelError
from sportsai.learn.engine import Engine, running
from sportsai.learn.networks import teach
from sportsai.learn.standard import standard
from sportsai.whole.fit import Seen, fit
from tests.learn.made_up import made_up
from tests.learn.test_engine import TRAIN, same, taught


class Stopped(Exception):
    """Stands for whatever ends a process."""


def stop_after(epochs: int):
    """Return what watches a training and ends it."""

    def watch(epoch: int, figure: float) -> None:
        if epoch + 1 == epochs:
            raise Stopped

    return watch


@pytest.mark.parametrize("name", ["shared_compare", "pair_former", "stacked"])
@pytest.mark.parametrize("stops", [(1,), (2, 4)])
def test_it_goes_on_to_the_same_weights(tmp_path: Path, name: str, stops: tuple[int, ...]) -> None:
    whole = taught(Engine(), name)
    for epochs in stops:
        with pytest.raises(Stopped):
            taught(Engine(checkpoints=tmp_path, resume=True, watch=stop_after(epochs)), name)
    engine = Engine(checkpoints=tmp_path, resume=True)
    assert same(taught(engine, name), whole)
    assert engine.went_on == [f"{name} went on after epoch {stops[-1]} of at most 5"]
    again = Engine(checkpoints=tmp_path, resume=True)  # what has ended is not learned again
    last = taught(again, name)
    assert same(last, whole)
    assert again.earlier_s > 0 and last.cpu_s > again.earlier_s


def test_patience_goes_on_counting(tmp_path: Path) -> None:
    t = TRAIN.model_copy(update={"epochs": 30, "patience": 2, "lr": 2e-2})
    whole = taught(Engine(), t=t)
    with pytest.raises(Stopped):
        taught(Engine(checkpoints=tmp_path, watch=stop_after(whole.epoch + 2)), t=t)
    engine = Engine(checkpoints=tmp_path, resume=True)
    assert same(taught(engine, t=t), whole)
    assert engine.went_on == [f"shared_compare went on after epoch {whole.epoch + 2} of at most 30"]


def test_a_model_of_whole_games_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    from sportsai.sequence_models.spot_conv import Config
    from tests.whole.test_compare import games, recipe

    seen = [Seen.of(line, 1.0, pace=True, gaps=False) for line in games(recipe(), 2).lines]
    config = Config(inputs=seen[0].x.shape[1], classes=seen[0].heat.shape[1])

    def moved(model: torch.nn.Module) -> float:
        return float(sum(p.detach().abs().sum() for p in model.parameters()))

    def learned(engine: Engine) -> dict[str, torch.Tensor]:
        t = TRAIN.model_copy(update={"epochs": 3, "batch": 4, "windows_per_epoch": 16})
        with running(engine):
            return fit("spot_conv", config, seen, t, 32, moved, seed=2).model.state_dict()

    whole = learned(Engine())
    with pytest.raises(Stopped):
        learned(Engine(checkpoints=tmp_path, watch=stop_after(2)))
    engine = Engine(checkpoints=tmp_path, resume=True)
    went_on = learned(engine)
    assert all(torch.equal(v, whole[k]) for k, v in went_on.items())
    assert engine.went_on == ["spot_conv went on after epoch 2 of at most 3"]  # and was not taught anew


def test_a_checkpoint_of_other_data_another_seed_or_recipe_is_not_gone_on_from(tmp_path: Path) -> None:
    taught(Engine(checkpoints=tmp_path))
    d = made_up(contests=6, seed=8)
    parts = d.take(d.windows.game < 4), d.take(d.windows.game >= 4)
    for examples, t, seed in ((parts, TRAIN, 1), (None, TRAIN, 2), (None, TRAIN.model_copy(update={"lr": 1e-3}), 1)):
        first = made_up(contests=6)
        train, held = examples or (first.take(first.windows.game < 4), first.take(first.windows.game >= 4))
        engine = Engine(checkpoints=tmp_path, resume=True)
        with running(engine):
            teach("shared_compare", standard("shared_compare", train), train, held, t, seed=seed)
        assert engine.went_on == []
    assert len(list(tmp_path.iterdir())) == 4


def test_a_damaged_file_and_a_pickle_are_refused(tmp_path: Path) -> None:
    taught(Engine(checkpoints=tmp_path))
    (path,) = tmp_path.glob("*.safetensors")
    raw = path.read_bytes()
    path.write_bytes(raw[:-9] + b"x" + raw[-8:])
    with pytest.raises(ModelError, match="the numbers are not those that were saved"):
        taught(Engine(checkpoints=tmp_path, resume=True))
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match="is a pickle, which can run code"):
        taught(Engine(checkpoints=tmp_path, resume=True))
    engine = Engine(checkpoints=tmp_path)
    assert same(taught(engine), taught(Engine())) and engine.went_on == []  # who does not ask to go on begins anew


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    import numpy as np

    from sportsai.errors import StoreError
    from sportsai.learn.checkpoint import Checkpoint, SoFar

    (tmp_path / "file").write_bytes(b"")
    model = torch.nn.Linear(2, 1)
    optimiser = torch.optim.Adam(model.parameters())
    rate = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.9)
    kept = Checkpoint(tmp_path / "file" / "c.safetensors", model, optimiser, rate, np.random.default_rng(0))
    with pytest.raises(StoreError, match="a file stands where a folder should be while keeping the training"):
        kept.save(SoFar())
