"""The commands that write, each on small files of its own, to be stopped and started by the thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sportsai.bench._faults_library import filled, played
from sportsai.bench._faulty import State, Words, state


@dataclass(frozen=True)
class Command:
    """A command to stop. words: its folder -> its command line. prepare: puts what was accepted before into a folder.

    whole: it happens wholly or not at all; else each of its games and pages does. told: what it says of work that is
    accepted. look: folder -> what is there.
    """

    name: str
    words: Callable[[Path], Words]
    prepare: Callable[[Path], object]
    whole: bool = True
    told: str = "\0"
    look: Callable[[Path], State] = state


def commands(sources: Path) -> dict[str, Command]:
    """Return the commands by name; what they read is put into `sources`."""
    one, other = (str(played(sources / f"game-{k}", shift=float(k))) for k in range(2))
    far = str(played(sources / "game-far", shift=2.0, game_id=2))

    def library(folder: Path) -> Path:
        return folder / "library"

    def kept(folder: Path) -> None:
        filled(library(folder))

    def words(*said: str, many: bool = False) -> Callable[[Path], Words]:
        def line(folder: Path) -> list[str]:
            more = ["--reports", str(folder / "pages")] if many else []
            return [*said, *more, "--library", str(library(folder))]

        return line

    said = ("label", "1", "--kind", "log", "--add", "0:01 shot", "--add", "0:02 shot", "--by", "Ada")
    season = ("season", one, far, "--league", "soccer", "--workers", "0", "--retries", "0")
    every = [
        Command("ingest, a new game", words("ingest", far, "--league", "soccer"), kept),
        Command("ingest, a game anew", words("ingest", other, "--league", "soccer", "--force"), kept),
        Command("ingest, a first library", words("ingest", one, "--league", "soccer"), lambda folder: None),
        Command("analyse", words("analyse", "1"), kept),
        Command("label", words(*said), kept, told="Kept for"),
        Command("season, one process", words(*season, many=True), kept, whole=False),
        Command("a training's checkpoint", training, lambda folder: folder.mkdir(exist_ok=True), False, look=learned),
    ]
    return {c.name: c for c in every}


# ---- a training ------------------------------------------------------------------------------------------------------


def training(folder: Path) -> Callable[[], None]:
    """Return a training of a few numbers that keeps where it is after each of its epochs, and goes on from there."""

    def train() -> None:
        from sportsai.learn.checkpoint import SoFar

        kept, model = checkpoint_of(folder)
        so_far = kept.load() or SoFar()
        for epoch in range(len(so_far.history), 6):
            _epoch(kept, model)
            so_far.history.append(float(epoch))
            kept.save(so_far)

    return train


def learned(folder: Path) -> State:
    """Return what a training keeps: that its numbers are those of the epoch it says."""
    path = folder / "checkpoint.safetensors"
    if not path.is_file():
        return {}
    kept, model = checkpoint_of(folder)
    so_far = kept.load()
    assert so_far is not None
    epochs, numbers = len(so_far.history), [float(p.detach().sum()) for p in model.parameters()]
    return {"numbers": "as they are in its epoch" if numbers == _numbers()[epochs] else f"wrong: {epochs}",
            **{f"epoch {n}": "learned" for n in range(epochs)}}  # fmt: skip


def checkpoint_of(folder: Path) -> tuple[Any, Any]:
    """Return the checkpoint of a small training that is kept in a folder, and its model; the same ones every time."""
    import numpy as np
    import torch

    from sportsai.learn.checkpoint import Checkpoint

    torch.set_num_threads(1)  # as in the forks: sums in the same order
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Dropout(0.5), torch.nn.Linear(64, 1))
    optimiser = torch.optim.Adam(model.parameters())
    rate = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.9)
    return Checkpoint(folder / "checkpoint.safetensors", model, optimiser, rate, np.random.default_rng(0)), model


def _epoch(kept: Any, model: Any) -> None:
    import torch

    given = torch.as_tensor(kept.draws.normal(size=(16, 64)), dtype=torch.float32)
    loss = model.train()(given).square().mean()
    kept.optimiser.zero_grad()
    loss.backward()
    kept.optimiser.step()
    kept.rate.step()


@cache
def _numbers() -> list[list[float]]:
    """Return the sums of the model's numbers after each epoch of a training that nothing disturbs."""
    kept, model = checkpoint_of(Path("nowhere"))
    out = []
    for _ in range(7):
        out.append([float(p.detach().sum()) for p in model.parameters()])
        _epoch(kept, model)
    return out
