"""Teach a model of whole games on pieces of them, drawn at random, mirrored as often as not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.timeline import Timeline, mirrored, shown
from sportsai.learn.engine import current
from sportsai.learn.recipe import TrainPart
from sportsai.learn.steps import Progress, descend, one_thread
from sportsai.sequence_models import load_sequence_model

Float32 = NDArray[np.float32]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """A game as a model of whole games is taught it.

    x (N, F) what its frames show, heat (N, K) what is true of each, at (M,) frame and what (M,) class of its moments.
    teacher (N, K) or None: what a model that read every frame says of each.
    """

    line: Timeline
    x: Float32
    names: tuple[str, ...]
    heat: Float32
    at: Int
    what: Int
    teacher: Float32 | None = None

    @classmethod
    def of(
        cls, line: Timeline, heat_s: float, *, ball_only: bool = False, pace: bool, gaps: bool, attack: bool = False
    ) -> Seen:  # fmt: skip
        """Return a game read whole."""
        x, names = shown(line, ball_only=ball_only, pace=pace, gaps=gaps, attack=attack)
        at = line.row_of(line.period, line.at_s)
        heat = line.heat(heat_s) if line.labels is None else line.labels.astype(np.float32)
        return cls(line, x, names, heat, at[at >= 0], line.label[at >= 0])


@dataclass(frozen=True)
class Fitted:
    """A taught model: its name, itself, its figure on validation games, the epoch kept, processor seconds."""

    name: str
    model: Any
    validation: float
    epoch: int = 0
    history: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def parameters(self) -> int:
        """Numbers the model learned."""
        return int(sum(p.numel() for p in self.model.parameters()))


def fit(
    name: str, config: Any, train: Sequence[Seen], t: TrainPart, chunk: int, measure: Callable[[Any], float], *,
    seed: int = 0, figure: str = "mAP", progress: Progress | None = None, turned: Int | None = None,
) -> Fitted:  # fmt: skip
    """Return the model fitted to pieces of `chunk` frames of the games in `train`.

    measure: a model's figure on validation games, which chooses the epoch. turned (K,): the class each class becomes
    where the court's ends are exchanged; None where none changes.
    """
    began = time.process_time()
    module = load_sequence_model(name)
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        model = module.Model(config)
        size = t.windows_per_epoch or max(1, sum(len(s.x) for s in train) // chunk)
        steps = max(1, size // t.batch)
        epoch, history = descend(
            model, t, steps, lambda: pieces(train, steps, t.batch, chunk, rng, t.mirror, turned),
            lambda batch: module.loss(model(batch["x"], batch["there"]), batch, config),
            lambda: measure(model), clip=1.0, figure=figure, progress=progress, draws=rng,
        )  # fmt: skip
    cpu_s = time.process_time() - began + current().earlier_s
    return Fitted(name, model, history[epoch], epoch, history, cpu_s)


def pieces(
    train: Sequence[Seen], steps: int, batch: int, chunk: int, rng: np.random.Generator, mirror: bool = True,
    turned: Int | None = None,
) -> Iterator[dict[str, Tensor]]:  # fmt: skip
    """Yield batches of pieces, each of a game drawn by its length and of one period of it."""
    stretch = [(s, a, b) for s in train for a, b in s.line.stretches()]
    length = np.array([b - a for _, a, b in stretch], np.float64)
    F, K = train[0].x.shape[1], train[0].heat.shape[1]
    for _ in range(steps):
        x, heat = np.zeros((batch, chunk, F), np.float32), np.zeros((batch, chunk, K), np.float32)
        told = np.zeros_like(heat)
        there = np.zeros((batch, chunk), bool)
        moments: list[tuple[Int, Int]] = []
        for i, g in enumerate(rng.choice(len(stretch), batch, p=length / length.sum())):
            seen, first, end = stretch[int(g)]
            a = first + int(rng.integers(max(end - first - chunk, 0) + 1))
            b = min(a + chunk, end)
            own, truth, what = seen.x[a:b], seen.heat[a:b], seen.what
            told[i, : b - a] = 0 if seen.teacher is None else seen.teacher[a:b]
            for axis in ("x", "y") if mirror else ():
                if rng.random() < 0.5:
                    own = mirrored(own, seen.names, axis)
                    if axis == "x" and turned is not None:
                        truth, what, told[i] = truth[:, turned], turned[what], told[i][:, turned]
            x[i, : b - a], heat[i, : b - a], there[i, : b - a] = own, truth, True
            mine = (seen.at >= a) & (seen.at < b)
            moments.append((seen.at[mine] - a, what[mine]))
        drawn = {"x": torch.from_numpy(x), "heat": torch.from_numpy(heat), "there": torch.from_numpy(there)}
        if train[0].teacher is not None:
            drawn["teacher"] = torch.from_numpy(told)
        yield drawn | _listed(moments)


def _listed(moments: Sequence[tuple[Int, Int]]) -> dict[str, Tensor]:
    most = max((len(a) for a, _ in moments), default=0)
    at, what = np.zeros((len(moments), most), np.float32), np.full((len(moments), most), -1, np.int64)
    for i, (a, w) in enumerate(moments):
        at[i, : len(a)], what[i, : len(w)] = a, w
    return {"at": torch.from_numpy(at), "what": torch.from_numpy(what)}
