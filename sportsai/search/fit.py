"""Fit a recipe: windows in, a model and what is to be known about its training out. CPU, seeded, early-stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sportsai.data.game import Game
from sportsai.data.windows import Windows
from sportsai.learn.batches import tensors
from sportsai.learn.metrics import mean_ap
from sportsai.learn.predict import call
from sportsai.learn.recipe import Recipe
from sportsai.learn.steps import Progress, choose_temperature, descend, one_thread
from sportsai.models import load_model
from sportsai.search.lesson import Lesson, lesson
from sportsai.tasks import EVENT, NONE


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    temperature: what the event classes' logits are divided by, chosen on validation. epoch: the one kept.
    history: validation mAP after each epoch. windows: how many of each part and class were used.
    """

    model: nn.Module
    recipe: Recipe
    temperature: float
    epoch: int
    history: list[float]
    windows: dict[str, dict[str, int]] = field(default_factory=dict)


def fit(
    games: Sequence[Game], recipe: Recipe, *, seed: int | None = None, progress: Progress | None = None,
    taught: Lesson | None = None,
) -> Fitted:  # fmt: skip
    """Return the recipe's network fitted on the training part, at the epoch best on the validation part.

    Parameters
    ----------
    seed: instead of the recipe's. progress: called with (epochs done, epochs, a word). taught: windows already cut.
    """
    seed = recipe.train.seed if seed is None else seed
    taught = taught or lesson(games, recipe)
    module, t = load_model(recipe.model), recipe.train
    generator = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        model = module.Model(recipe.config())
        train = taught.part("train")
        validation = tensors(taught.part("validation", EVENT, NONE))
        data = tensors(train)
        draw = _Draw(train.label, t.shares or (1.0,) * len(recipe.names), t.batch, generator)
        steps = max(1, (t.windows_per_epoch or len(train)) // t.batch)
        at, history = descend(
            model, t, steps,
            lambda: (_rows(data, draw()) for _ in range(steps)),
            lambda batch: module.loss(call(model, batch), batch),
            lambda: mean_ap(validation["label"].numpy(), probabilities(model, validation)), progress=progress,
            draws=generator,
        )  # fmt: skip
    events = tensors(taught.part("validation", EVENT))
    temperature = choose_temperature(logits(model, events)[:, : len(recipe.data.classes)], events["label"])
    counts = {p: _counts(taught.part(p), recipe.names) for p in taught.split.parts()}
    return Fitted(model, recipe, temperature, at, history, counts)


def logits(model: nn.Module, batch: dict[str, Tensor], size: int = 4096) -> Tensor:
    """Return the model's logits in eval mode, in batches of `size`, (n, K)."""
    model.eval()
    n = len(batch["xy"])
    inputs = {k: v for k, v in batch.items() if k != "label"}
    with torch.inference_mode():
        parts = [model(**{k: v[i : i + size] for k, v in inputs.items()}) for i in range(0, n, size)]
    return torch.cat(parts).clone() if parts else torch.zeros(0, model.config.classes)  # type: ignore[union-attr, arg-type]


def probabilities(model: nn.Module, batch: dict[str, Tensor]) -> NDArray[np.float32]:
    """Return the model's class probabilities in eval mode, (n, K)."""
    return logits(model, batch).softmax(-1).numpy()


class _Draw:
    """Draws batches with a set share of each class, classes of equal labels with replacement."""

    def __init__(
        self, label: NDArray[np.int64], shares: Sequence[float], batch: int, generator: np.random.Generator
    ) -> None:
        self.members = [np.flatnonzero(label == k) for k in range(len(shares))]
        self.counts = [max(1, round(batch * s / sum(shares))) for s in shares]
        self.generator = generator

    def __call__(self) -> Tensor:
        chosen = [self.generator.choice(m, n) for m, n in zip(self.members, self.counts, strict=True) if len(m)]
        return torch.from_numpy(np.concatenate(chosen))


def _rows(data: dict[str, Tensor], index: Tensor) -> dict[str, Tensor]:
    return {k: v[index] for k, v in data.items()}


def _counts(windows: Windows, names: Sequence[str]) -> dict[str, int]:
    return {n: int((windows.label == k).sum()) for k, n in enumerate(names)}
