"""A grouped linear map: the channels are split into n groups, each mapped on its own; n times fewer weights.

Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
Correlations", eq. 13; K such maps side by side, one for each observation, are one module here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError


class GroupedLinear(nn.Module):
    """K grouped maps C -> C'; the weight of map k is block-diagonal, blocks (C' / n, C / n).

    Shapes: (..., K, C) or (..., 1, C) -> (..., K, C'). Parameters: K C' C / n, and K C' biases.
    """

    def __init__(self, inputs: int, outputs: int, groups: int, copies: int = 1, bias: bool = True) -> None:
        super().__init__()
        if groups < 1 or inputs % groups or outputs % groups:
            raise ModelError(
                f"{groups} groups of {inputs} and {outputs} channels", expected="a number that divides both"
            )
        self.groups = groups
        reach = 1 / math.sqrt(inputs // groups)
        self.weight = nn.Parameter(torch.empty(copies, groups, outputs // groups, inputs // groups))
        self.bias = nn.Parameter(torch.empty(copies, outputs)) if bias else None
        for p in self.parameters():
            nn.init.uniform_(p, -reach, reach)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each map makes of its row of x, or of the one row given to all."""
        x = x.unflatten(-1, (self.groups, -1))
        x = x.expand(*x.shape[:-3], len(self.weight), *x.shape[-2:])
        y = torch.einsum("...kgi,kgoi->...kgo", x, self.weight).flatten(-2)
        return y if self.bias is None else y + self.bias

    def back(self, y: Tensor) -> Tensor:
        """Return W^T y, for which y . (W x) = back(y) . x. Shapes: (..., K, C') -> (..., K, C)."""
        return torch.einsum("...kgo,kgoi->...kgi", y.unflatten(-1, (self.groups, -1)), self.weight).flatten(-2)
