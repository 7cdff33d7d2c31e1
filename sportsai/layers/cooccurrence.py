"""Which labels come together, counted on training labels: conditional frequencies, signed correlations, who is linked.

Nothing here may see labels that a model is tested on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.errors import ModelError, ShapeError, check_shape

Rows = Tensor | NDArray[np.bool_]


def conditional(labels: Rows) -> Tensor:
    """Return Mask (L, L), row j: how often each label holds where label j does, N_jk / N_j; 1 on the diagonal.

    The row of a label that never holds is 0 off the diagonal. Shapes: labels (n, L) bool.
    Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
    Correlations", eq. 7.
    """
    y = _rows(labels)
    both = y.T @ y
    mask = both / both.diagonal().clamp(min=1)[:, None]
    return mask.fill_diagonal_(1).float()


def phi(labels: Rows) -> Tensor:
    """Return the correlation of each pair of labels, (L, L) in [-1, 1]; 0 with a label that never changes."""
    y = _rows(labels)
    away = y - y.mean(0)
    spread = away.square().sum(0).sqrt()
    size = spread[:, None] * spread
    return torch.where(size > 0, away.T @ away / size.clamp(min=1e-12), size).clamp(-1, 1).float()


class Links(NamedTuple):
    """Pairs of labels that speak for each other, and against; symmetric, empty on the diagonal. Shapes: (L, L) bool."""

    plus: Tensor
    minus: Tensor


def links(
    labels: Rows | None = None, tau: float = 0.1, implies: Rows | None = None, part_of: Rows | None = None,
    excludes: Rows | None = None,
) -> Links:  # fmt: skip
    """Return who is linked: by the vocabulary, and where it says nothing by training labels with |phi| > tau.

    Shapes: labels (n, L) bool; implies, part_of, excludes (L, L) bool as of `LabelGraph.matrix`, row to column.
    """
    given = [m for m in (labels, implies, part_of, excludes) if m is not None]
    if not given:
        raise ModelError("no labels and no relations", expected="at least one of them")
    L = given[0].shape[-1]

    def pairs(matrix: Rows | None) -> Tensor:
        m = torch.zeros(L, L, dtype=torch.bool) if matrix is None else torch.as_tensor(matrix).bool()
        if m.shape != (L, L):
            raise ShapeError(f"relations have shape {tuple(m.shape)}", expected=f"({L}, {L})")
        return m | m.T

    minus = pairs(excludes)
    plus = (pairs(implies) | pairs(part_of)) & ~minus
    if labels is not None:
        r, silent = phi(labels), ~(plus | minus)
        plus, minus = plus | (silent & (r > tau)), minus | (silent & (r < -tau))
    other = ~torch.eye(L, dtype=torch.bool)
    return Links(plus & other, minus & other)


def _rows(labels: Rows) -> Tensor:
    check_shape(labels, "n L", "labels")
    y = torch.as_tensor(labels).double()
    if not bool(((y == 0) | (y == 1)).all()):
        raise ModelError("labels that are neither 0 nor 1 cannot be counted", expected="(n, L) bool")
    return y
