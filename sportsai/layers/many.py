"""Several labels may hold at once: the losses, and two answers made one.

  binary       -y log p - (1 - y) log(1 - p)
  asymmetric   -y (1 - p)^up log p - (1 - y) p_m^down log(1 - p_m),  p_m = max(p - margin, 0)

Source of the second: Ridnik et al., "Asymmetric loss for multi-label classification", arXiv 2009.14119: easy negatives
count little, and those below the margin nothing.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from sportsai.errors import ModelError

WAYS = ("mean", "own", "joint", "max")


def binary_terms(logits: Tensor, also: Tensor) -> Tensor:
    """Return the sigmoid cross-entropy of each label. Shapes: logits, also (B, L) bool or float, NaN as 0 -> (B, L)."""
    return F.binary_cross_entropy_with_logits(logits, also.to(logits.dtype).nan_to_num(), reduction="none")


def asymmetric_terms(logits: Tensor, also: Tensor, up: float = 0.0, down: float = 4.0, margin: float = 0.05) -> Tensor:
    """Return the asymmetric loss of each label; up = down = margin = 0 is `binary_terms`. Shapes as there."""
    y = also.to(logits.dtype).nan_to_num()
    least = logits.new_tensor(math.log(margin) if margin > 0 else -math.inf)
    rest = torch.logaddexp(F.logsigmoid(-logits), least).clamp(max=0)  # log(1 - p_m)
    positive = logits.neg().sigmoid() ** up * F.logsigmoid(logits)
    return -(y * positive + (1 - y) * (-torch.expm1(rest)) ** down * rest)


def mean_known(terms: Tensor, also: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the mean of the terms whose label is known; NaN in `also` stands for unknown.

    Shapes: terms, also (B, L); weight (L,) of the labels, optional.
    """
    if weight is not None:
        terms = terms * weight
    if not also.is_floating_point():
        return terms.mean()
    known = ~also.isnan()
    return torch.where(known, terms, torch.zeros_like(terms)).sum() / known.sum().clamp(min=1)


def combined(own: Tensor, joint: Tensor, way: str) -> Tensor:
    """Return the logit of the "mean" of two probabilities, of the higher ("max"), or one of them. Shapes: (B, L)."""
    if way == "mean":  # halves cancel
        yes = torch.logaddexp(F.logsigmoid(own), F.logsigmoid(joint))
        return yes - torch.logaddexp(F.logsigmoid(-own), F.logsigmoid(-joint))
    if way not in WAYS:
        raise ModelError(f'two answers joined by "{way}"', expected=f"one of {', '.join(WAYS)}")
    return torch.maximum(own, joint) if way == "max" else own if way == "own" else joint
