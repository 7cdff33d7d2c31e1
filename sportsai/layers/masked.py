"""Pooling and gathering with absent members: what is not there neither counts nor turns anything into NaN."""

from __future__ import annotations

import torch
from torch import Tensor


def masked_mean(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Mean of x over `dim` where mask; zeros where nothing is left.

    Shapes: x (..., n, ...), mask broadcastable to x, bool.
    """
    mask = mask.expand_as(x)
    total = torch.where(mask, x, torch.zeros_like(x)).sum(dim)
    return total / mask.sum(dim).clamp(min=1)


def masked_logmeanexp(x: Tensor, mask: Tensor, dim: int) -> Tensor:
    """Log of the mean of exp(x) over `dim` where mask: the logarithm of averaged probabilities, without underflow.

    Shapes: x (..., n, ...), mask broadcastable to x, bool; -inf where nothing is left.
    """
    mask = mask.expand_as(x)
    total = torch.logsumexp(x.masked_fill(~mask, float("-inf")), dim)
    return total - mask.sum(dim).clamp(min=1).to(x.dtype).log()


def take(x: Tensor, index: Tensor) -> Tensor:
    """Return x[b, index[b, k]] along axis 1. Shapes: x (B, P, ...), index (B, K) int64 -> (B, K, ...)."""
    shape = (*index.shape, *x.shape[2:])
    return x.gather(1, index.reshape(*index.shape, *[1] * (x.dim() - 2)).expand(shape))
