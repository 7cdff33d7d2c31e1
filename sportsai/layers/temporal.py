"""Convolutions over time: the block [Conv1d -> ReLU -> MaxPool1d] of the trajectory networks."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from sportsai.errors import ModelError


class ConvPool(nn.Module):
    """A stack of [Conv1d ("same"), ReLU, MaxPool1d], one block for each width.

    Shapes: (N, F_in, T) -> (N, widths[-1], T // pool ** pools); pools: how many of the blocks pool, the first ones
    (None: all). norm: the inputs and what each convolution gives are brought to mean 0 and variance 1 (batch norm).
    Source: Mehrasa et al., arXiv 1706.00893 (kernel C_in x K x M, pooling stride 2); widths and `norm` are ours.
    """

    def __init__(
        self, inputs: int, widths: Sequence[int], taps: int = 3, pool: int = 2, pools: int | None = None,
        norm: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        blocks: list[nn.Module] = [nn.BatchNorm1d(inputs)] if norm else []
        for k, width in enumerate(widths):
            last = nn.MaxPool1d(pool) if pools is None or k < pools else nn.Identity()
            between = [nn.BatchNorm1d(width)] if norm else []
            blocks += [nn.Conv1d(inputs, width, taps, padding=taps // 2), *between, nn.ReLU(), last]
            inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.width = inputs

    def forward(self, x: Tensor) -> Tensor:
        """Return the stack's output."""
        return self.blocks(x)


def samples_left(samples: int, blocks: int, pool: int = 2) -> int:
    """Return how many samples `blocks` poolings leave; raise ModelError when none is left."""
    left = samples // pool**blocks
    if left < 1:
        raise ModelError(
            f"{blocks} poolings of {pool} leave nothing of {samples} samples",
            expected=f"at least {pool**blocks} samples", todo="Use fewer blocks or a longer window.",
        )  # fmt: skip
    return left


def pools_that_fit(samples: int, pool: int = 2) -> int:
    """Return how many poolings leave at least one of `samples` samples."""
    n = 0
    while samples // pool ** (n + 1) >= 1:
        n += 1
    return n
