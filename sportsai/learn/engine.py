"""What runs the steps of a training: this process alone, or Lightning: several processes, a GPU where there is one.

with running(lightning(devices=2)):
    ship(recipe, taught)        # every training within is run by it

The loop is one and the same, `steps.descend`; an engine moves the model, shares out each batch and adds up gradients.
Several processes (DDP) draw the same batches and take a share of each: with a loss that is a mean over windows the
weights are those of one process within float error. They are others, and as good, where a model throws dice of its own
(dropout, reflections: each process throws its own), where batch norms see a share of a batch, and where a loss is a
mean over what is known of it (labels not logged, frames not there: the mean of the processes' means is taken). An
engine also says where checkpoints and curves are kept, and who is told of each epoch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sportsai.errors import RecipeError, SportsaiError, missing_extra
from sportsai.learn.checkpoint import Checkpoint, SoFar, mark

Batch = dict[str, Tensor]


@dataclass
class Engine:
    """How trainings are run.

    fabric: Lightning's Fabric, launched; None for this process alone. checkpoints: folder, a file for each training.
    resume: go on from those that are there. curves: folder for TensorBoard. watch: called with (epoch, best figure so
    far) after each epoch; what it raises ends the training. went_on: a line for each training that did. earlier_s:
    processor seconds the latest training had taken before it went on.
    """

    fabric: Any = None
    checkpoints: Path | None = None
    resume: bool = False
    curves: Path | None = None
    watch: Callable[[int, float], None] | None = None
    went_on: list[str] = field(default_factory=list)
    earlier_s: float = 0.0
    _curves: int = 0

    @property
    def processes(self) -> int:
        """How many train together."""
        return 1 if self.fabric is None else int(self.fabric.world_size)

    @property
    def leads(self) -> bool:
        """Whether this is the process that measures, writes and speaks."""
        return self.fabric is None or bool(self.fabric.is_global_zero)

    @property
    def device(self) -> torch.device:
        """Where the model learns."""
        return torch.device("cpu") if self.fabric is None else self.fabric.device

    def begin(
        self, model: nn.Module, optimiser: torch.optim.Optimizer, rate: Any, t: Any, steps: int,
        batches: Callable[[], Iterable[Batch]], loss: Callable[[Batch], Tensor], draws: np.random.Generator | None,
        *more: Any,
    ) -> Running:  # fmt: skip
        """Return a training ready for its first step, or for the one after those that were kept.

        draws: what `batches` draws by; a training that does not say is not kept. more: what else it depends on.
        """
        name = ""
        if draws is not None and (self.checkpoints is not None or self.curves is not None):
            name = mark(model, batches, draws, t.model_dump(), steps, self.processes, self.device.type, *more)
        cost: Any = _Cost(model, loss, t.precision == "bf16", self.device.type)
        if self.fabric is not None:
            cost = self.fabric.setup_module(cost)
        kept = None
        if draws is not None and self.checkpoints is not None:
            kept = Checkpoint(self.checkpoints / f"{name}.safetensors", model, optimiser, rate, draws)
        so_far = kept.load() if kept is not None and self.resume else None
        kind = type(model).__module__.rpartition(".")[2]
        if so_far is not None:
            self.went_on.append(f"{kind} went on after epoch {len(so_far.history)} of at most {t.epochs}")
        so_far = so_far or SoFar()
        self.earlier_s = so_far.cpu_s
        writer = None
        if self.curves is not None and self.leads:
            self._curves += 1
            writer = _writer(self.curves / f"{self._curves:02d}-{kind}-{name[:6]}", len(so_far.history))
        return Running(self, model, cost, so_far, kept, writer, torch.initial_seed())


@dataclass
class Running:
    """One training under way.

    cost: gives the loss of a batch, wrapped as the engine needs it. kept: where the training is kept, None nowhere.
    writer: of its curves, None for none. seed: torch's own as it began.
    """

    engine: Engine
    model: nn.Module
    cost: Any
    so_far: SoFar
    kept: Checkpoint | None
    writer: Any
    seed: int
    _costs: list[Tensor] = field(default_factory=list)

    def down(self, batch: Batch, epoch: int, step: int) -> None:
        """Set the gradient of the batch's loss; of several processes each takes its share of the batch."""
        fabric, of = self.engine.fabric, self.engine.processes
        if fabric is None:
            cost = self.cost(batch)
            cost.backward()
        else:
            mine, share = _share(batch, fabric.global_rank, of)
            with self._own_dice(epoch, step):
                cost = self.cost(fabric.to_device(mine)) * share
            fabric.backward(cost)
        if self.engine.curves is not None:
            self._costs.append(cost.detach())

    @contextmanager
    def _own_dice(self, epoch: int, step: int) -> Iterator[None]:
        """Throw dropout's dice apart from other processes', and leave those that all share where they were."""
        if self.engine.processes == 1:
            yield
            return
        own = np.random.SeedSequence([self.seed % 2**63, self.engine.fabric.global_rank, epoch, step])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(own.generate_state(1)[0]))
            yield

    def measured(self, measure: Callable[[], float]) -> float:
        """Return the figure on validation, as the leading process measures it, on the processor."""
        fabric, device = self.engine.fabric, self.engine.device
        if fabric is None:
            return measure()
        self.model.cpu()
        figure = 0.0
        if self.engine.leads:
            with torch.random.fork_rng(devices=[]) if self.engine.processes > 1 else nullcontext():
                figure = float(measure())
        self.model.to(device)
        return float(fabric.broadcast(figure))

    def after(self, epoch: int, figure: str, lr: float, cpu_s: float) -> None:
        """Keep the training as it stands after an epoch, add to its curves, and tell who watches."""
        so_far = self.so_far
        if self._costs:
            cost = torch.stack(self._costs).mean()
            if self.engine.processes > 1:
                cost = self.engine.fabric.all_reduce(cost, reduce_op="mean")
            self._costs.clear()
            if self.writer is not None:
                told = {"training loss": float(cost), f"validation {figure}": so_far.history[-1], "rate": lr}
                for name, value in told.items():
                    self.writer.add_scalar(name, value, epoch)
                self.writer.flush()
        if self.kept is not None and self.engine.leads:
            so_far.cpu_s = self.engine.earlier_s + cpu_s
            self.kept.save(so_far)
        if self.engine.watch is not None:
            self.engine.watch(epoch, so_far.best)

    def end(self) -> None:
        """Leave the model on the processor, and close its curves."""
        self.model.cpu()
        if self.writer is not None:
            self.writer.close()


class _Cost(nn.Module):
    """A model and its loss as one module, so that what wraps it sees every step whole."""

    def __init__(self, model: nn.Module, loss: Callable[[Batch], Tensor], bf16: bool, device: str) -> None:
        super().__init__()
        self.model = model
        self.loss, self.bf16, self.device = loss, bf16, device

    def forward(self, batch: Batch) -> Tensor:
        with torch.autocast(self.device, torch.bfloat16, enabled=self.bf16):
            return self.loss(batch)


_NOW: ContextVar[Engine] = ContextVar("engine")


def current() -> Engine:
    """Return the engine that trainings are run by here: this process alone unless told otherwise."""
    return _NOW.get(None) or Engine()


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """Run every training within by `engine`."""
    token = _NOW.set(engine)
    try:
        yield engine
    finally:
        _NOW.reset(token)


def lightning(devices: int = 1, accelerator: str = "auto", **how: Any) -> Engine:
    """Return an engine of Lightning's: `devices` processes (DDP) of an accelerator; "auto": a GPU where there is one.

    Processes after the first run this program again from its beginning and meet the first one here; under torchrun they
    are there already. how: of `Engine`. Raises SportsaiError where Lightning is not installed or has no such device.
    """
    try:
        from lightning.fabric import Fabric
        from lightning.fabric.strategies import DDPStrategy
        from lightning.fabric.utilities.exceptions import MisconfigurationException
    except ImportError:
        raise missing_extra("lightning", "scale") from None
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)  # else every process says that it is there
    try:
        several: Any = DDPStrategy(find_unused_parameters=True) if devices > 1 else "auto"
        fabric = Fabric(accelerator=accelerator, devices=devices, strategy=several, precision="32-true")
        fabric.launch()
    except (MisconfigurationException, ValueError, RuntimeError) as bad:
        raise SportsaiError(
            f"Lightning cannot start {devices} x {accelerator}: {bad}", todo="Try --accelerator cpu."
        ) from None
    return Engine(fabric=fabric, **how)


def _share(batch: Batch, rank: int, of: int) -> tuple[Batch, float]:
    """Return a process's windows of a batch, and what their mean weighs in the batch's, times the processes."""
    n = len(next(iter(batch.values())))
    if n < of:
        raise RecipeError(
            f"a batch of {n} for {of} processes", where="train.batch", expected=f"at least {of}, a window for each"
        )
    mine = {k: v[rank::of] for k, v in batch.items()}
    return mine, len(next(iter(mine.values()))) * of / n


def _writer(folder: Path, first: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise missing_extra("tensorboard", "scale") from None
    return SummaryWriter(str(folder), purge_step=first or None)
