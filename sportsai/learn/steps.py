"""What every fit shares: the steps themselves, one thread, windows changed so that labels stay true, a temperature."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sportsai.learn.engine import current

Progress = Callable[[int, int, str], None]
Batch = dict[str, Tensor]


def descend(
    model: nn.Module, t: Any, steps: int, batches: Callable[[], Iterable[Batch]], loss: Callable[[Batch], Tensor],
    measure: Callable[[], float], *, clip: float | None = None, figure: str = "mAP", turned: Tensor | None = None,
    progress: Progress | None = None, draws: np.random.Generator | None = None,
) -> tuple[int, list[float]]:  # fmt: skip
    """Fit `model` in place by AdamW under a one-cycle rate; return the epoch kept and the measure after each.

    The epoch that measures best is kept; `t.patience` epochs without a better one end it. Reproducible under a seed.
    Run by the `engine` that is current; what that keeps, a training goes on from.

    Parameters
    ----------
    t: a recipe's [train]. steps: of an epoch. batches: an epoch's, drawn anew at each call. loss: of a batch.
    measure: on validation. clip: the largest norm of a gradient. figure: what is measured, for `progress`, called with
        (epochs done, epochs, a word). turned: of the classes, see `changed`. draws: what `batches` draws by, where a
        training is to be kept.
    """
    began = time.process_time()
    optimiser = torch.optim.AdamW(model.parameters(), lr=t.lr, weight_decay=t.weight_decay)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, t.lr, total_steps=steps * t.epochs)
    run = current().begin(model, optimiser, rate, t, steps, batches, loss, draws, clip, figure)
    so_far, history = run.so_far, run.so_far.history
    for epoch in range(len(history), t.epochs):
        if history and epoch - 1 - so_far.at >= t.patience:
            break
        model.train()
        for i, batch in enumerate(batches()):
            optimiser.zero_grad()
            run.down(changed(batch, t, turned), epoch, i)
            if clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimiser.step()
            rate.step()
        history.append(run.measured(measure))
        if history[-1] > so_far.best:
            so_far.best, so_far.at = history[-1], epoch
            so_far.kept = {k: v.detach().clone() for k, v in model.state_dict().items()}
        if progress:
            progress(epoch + 1, t.epochs, f"validation {figure} {history[-1]:.3f}")
        run.after(epoch, figure, float(rate.get_last_lr()[0]), time.process_time() - began)
    model.load_state_dict(so_far.kept)
    run.end()
    model.eval()
    return so_far.at, history


def choose_temperature(scores: Tensor, label: Tensor) -> float:
    """Return the temperature of 1/16 to 8 with the least negative log-likelihood. Shapes: scores (n, K), label (n,)."""
    grid = torch.logspace(-4, 3, 141, base=2.0)
    nll = torch.stack([nn.functional.cross_entropy(scores / t, label) for t in grid])
    return float(grid[int(nll.argmin())])


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread: the order of sums, and so the weights, do not depend on the machine's cores; and for what is small,
    threads that wait for each other on a busy machine cost far more than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def changed(batch: Batch, t: Any, turned: Tensor | None = None) -> Batch:
    """Return the batch with half of the windows mirrored and positions moved a little: labels stay true.

    turned (K,): where left and right of the picture are exchanged, x is mirrored and each class becomes this one, and
    the features of the whole frames, which nobody saw mirrored, are NaN; else y is mirrored and classes stay. `t.noise`
    moves all together, `t.zoom` comes nearer or goes further away, `t.jitter` moves and stretches each box by a share
    of the mean side of a window's boxes.
    """
    if "xy" not in batch:  # no windows: pieces of whole games are mirrored as they are drawn
        return batch
    n = len(batch["label"])
    if t.mirror and turned is not None:
        swap = torch.rand(n) < 0.5
        batch["label"] = torch.where(swap, turned[batch["label"]], batch["label"])
        for name in ("xy", "ball"):
            x = batch[name].clone()
            x[..., 0] *= torch.where(swap, -1.0, 1.0).reshape(-1, *[1] * (x.dim() - 2))
            batch[name] = x
        if "scene" in batch:
            batch["scene"] = batch["scene"].masked_fill(swap[:, None, None], torch.nan)
    elif t.mirror:
        sign = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
        for name in ("xy", "ball"):
            x = batch[name].clone()
            x[..., 1] *= sign.reshape(-1, *[1] * (x.dim() - 2))
            batch[name] = x
    if t.noise:
        offset = torch.randn(n, 1, 1, 2) * t.noise
        batch["xy"] = batch["xy"] + offset
        batch["ball"] = batch["ball"] + offset[:, 0]
    if t.zoom:
        factor = 1 + torch.randn(n, 1, 1, 1) * t.zoom
        batch["xy"], batch["ball"] = batch["xy"] * factor, batch["ball"] * factor[:, 0]
        if "size" in batch:
            batch["size"] = batch["size"] * factor
    if t.jitter and "size" in batch:
        size = batch["size"]
        side = size.mean((1, 2, 3))[:, None, None, None]
        batch["xy"] = batch["xy"] + torch.randn(*size.shape[:2], 1, 2) * t.jitter * side
        batch["size"] = size * (1 + torch.randn_like(size) * t.jitter)
    return batch
