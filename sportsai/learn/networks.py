"""Fit any model to any task's examples: networks by seeded, early-stopped gradient steps; the rest at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.learn.engine import current
from sportsai.learn.measure import headline, value
from sportsai.learn.predict import answers, call, inputs, log_probabilities, many_labels, told, turned
from sportsai.learn.recipe import TrainPart
from sportsai.learn.standard import module_of
from sportsai.learn.steps import Progress, choose_temperature, descend, one_thread
from sportsai.models import load_model
from sportsai.tasks import EVENT, NONE, Examples, together

_LEAST = -30.0
MOST_FOR_SVM = 2500


@dataclass(frozen=True)
class Taught:
    """A fitted model of a task.

    name: its entry in tables. temperature: what its log-probabilities are divided by, chosen on validation. validation:
    the headline figure there. epoch: the one kept. cpu_s: processor seconds it took. parameters: numbers learned.
    """

    name: str
    model: Any
    config: Any
    temperature: float
    validation: float
    epoch: int = 0
    history: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def parameters(self) -> int:
        """Numbers the model learned."""
        state = self.model.state_dict() if hasattr(self.model, "state_dict") else {}
        return int(sum(v.numel() for v in state.values()))

    def scores(self, taught: Examples) -> NDArray[np.float64]:
        """Return softened log-probabilities (decision values of a support vector machine as they are)."""
        return log_probabilities(self.model, taught) / self.temperature

    def people(self, taught: Examples) -> NDArray[np.float64] | None:
        """Return log-probabilities of each person's actions, (n, P, A); None of a model that does not say."""
        return answers(self.model, taught)[1] if isinstance(self.model, nn.Module) else None


def teach(
    name: str, config: Any, train: Examples, validation: Examples, t: TrainPart, *, seed: int = 0,
    progress: Progress | None = None, start: Mapping[str, Tensor] | None = None, head_only: bool = False,
) -> Taught:  # fmt: skip
    """Return the model `name` fitted to `train`; the epoch, grid and temperature are chosen on `validation`.

    start: weights to begin from (pre-trained); names that do not fit this model are left out. head_only: what the
    model's `tune_head` freezes stays as it is in `start`.
    """
    began = time.process_time()
    module, earlier_s = load_model(module_of(name)), 0.0
    if not t.moved:
        train = train.take(train.kind == EVENT)
    validation = validation.take(np.isin(validation.kind, (EVENT, NONE)))
    if issubclass(module.Model, nn.Module):
        model, epoch, history = _steps(module, config, train, validation, t, seed, progress, start, head_only)
        earlier_s = current().earlier_s
    else:
        model, epoch, history = _at_once(name, module, config, train, validation, seed), 0, []
    said = log_probabilities(model, validation)
    apart = (
        name == "idt_svm" or validation.hierarchy is not None or many_labels(model, validation)
    )  # scores that are no shares of one whole
    temperature = 1.0 if apart else choose_temperature_of(said, validation)
    figure = value(validation, said, headline(validation))
    return Taught(name, model, config, temperature, figure, epoch, history, time.process_time() - began + earlier_s)


def _at_once(name: str, module: Any, config: Any, train: Examples, validation: Examples, seed: int) -> Any:
    if hasattr(config, "seed"):
        config = type(config)(**{**config.__dict__, "seed": seed})
    if name in ("idt_svm", "majority"):
        train = train.take(train.kind == EVENT)
    if name == "idt_svm" and len(train) > MOST_FOR_SVM:  # quadratic in windows: said in the table
        train = train.take(np.sort(np.random.default_rng(seed).choice(len(train), MOST_FOR_SVM, replace=False)))
    if train.turned is not None:
        train = together(train, turned(train))
    model = module.Model(config)
    return model.fit(train.windows, validation.windows, **told(model.fit, train))


def _steps(
    module: Any, config: Any, train: Examples, validation: Examples, t: TrainPart, seed: int,
    progress: Progress | None, start: Mapping[str, Tensor] | None, head_only: bool,
) -> tuple[nn.Module, int, list[float]]:  # fmt: skip
    generator = np.random.default_rng(seed)
    figure = headline(validation)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        model = module.Model(config)
        if train.also is not None and hasattr(model, "set_mask"):
            model.set_mask(train.also[train.kind == EVENT])
        if start is not None:
            own = model.state_dict()
            model.load_state_dict(
                {k: start[k] if k in start and start[k].shape == v.shape else v for k, v in own.items()}
            )
        if head_only:
            model.tune_head()
        data = inputs(train)
        chance = _chances(train, t)
        size = t.windows_per_epoch or int((train.kind == EVENT).sum())
        steps = max(1, size // t.batch)

        def batches() -> Iterator[dict[str, Tensor]]:
            for chosen in generator.choice(len(train), (steps, min(t.batch, size)), p=chance):
                index = torch.from_numpy(chosen)
                yield {k: v[index] for k, v in data.items()}

        epoch, history = descend(
            model, t, steps, batches,
            lambda batch: _loss(module, call(model, batch), batch, t.smoothing),
            lambda: value(validation, log_probabilities(model, validation), figure),
            clip=5.0, figure=figure, progress=progress,
            turned=None if train.turned is None else torch.from_numpy(train.turned), draws=generator,
        )  # fmt: skip
    return model, epoch, history


def _loss(module: Any, output: Any, batch: dict[str, Tensor], smoothing: float) -> Tensor:
    if not isinstance(output, Tensor):
        return module.loss(output, batch | {"smoothing": torch.tensor(smoothing)})
    if not smoothing or "choices" in batch or ("also" in batch and hasattr(module.Model, "many_labels")):
        return module.loss(output, batch)
    return F.cross_entropy(output, batch["label"], label_smoothing=smoothing)


def _chances(train: Examples, t: TrainPart) -> NDArray[np.float64] | None:
    """Return how likely each window is to be drawn: by `shares` or `balance` of classes; None for equally."""
    label, K = train.windows.label, len(train.names)
    if not K or (t.shares is None and not t.balance):
        return None
    count = np.bincount(label, minlength=K).astype(np.float64)
    share = np.array(t.shares) if t.shares is not None else count ** (1 - t.balance)
    each = np.divide(share, count, out=np.zeros(K), where=count > 0)[label]
    return each / each.sum()


def choose_temperature_of(said: NDArray[np.float64], validation: Examples) -> float:
    """Return the temperature with the least negative log-likelihood of the labels. Shapes: said (n, K) or (n, P)."""
    scores = torch.from_numpy(np.maximum(said, _LEAST * 10))
    return choose_temperature(scores, torch.from_numpy(validation.windows.label))
