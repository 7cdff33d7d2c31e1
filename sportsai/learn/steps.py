"""What every fit shares: one thread, windows changed so that labels stay true, a temperature chosen on validation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def choose_temperature(scores: Tensor, label: Tensor) -> float:
    """Return the temperature of 1/16 to 8 with the least negative log-likelihood. Shapes: scores (n, K), label (n,)."""
    grid = torch.logspace(-4, 3, 141, base=2.0)
    nll = torch.stack([nn.functional.cross_entropy(scores / t, label) for t in grid])
    return float(grid[int(nll.argmin())])


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread while fitting: the order of sums, and so the weights, do not depend on the machine's cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def changed(batch: dict[str, Tensor], t: Any) -> dict[str, Tensor]:
    """Return the batch with y mirrored in half of the windows and positions moved a little: labels stay true."""
    n = len(batch["label"])
    if t.mirror:
        sign = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
        for name in ("xy", "ball"):
            x = batch[name].clone()
            x[..., 1] *= sign.reshape(-1, *[1] * (x.dim() - 2))
            batch[name] = x
    if t.noise:
        offset = torch.randn(n, 1, 1, 2) * t.noise
        batch["xy"] = batch["xy"] + offset
        batch["ball"] = batch["ball"] + offset[:, 0]
    return batch
