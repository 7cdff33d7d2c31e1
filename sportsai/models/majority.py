"""The majority: every moment gets the shares of the training labels. What a model must beat to have learned.

Where a player is to be chosen, the shares are of ranks among the choices, places in order: where places go by distance
to the key player, of the nearest, the second nearest and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.windows import Windows
from sportsai.errors import NotFittedError
from sportsai.layers.trees import needed

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Config:
    """classes: K. choose: score places, (B, P), instead of classes."""

    classes: int = 6
    choose: bool = False


class Model:
    """Scores that do not look at the window."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.probabilities = not config.choose  # whether `scores` are these, not their logarithms
        self.shares: NDArray[np.float64] | None = None

    def fit(self, windows: Windows, validation: Windows | None = None, *, choices: Bool | None = None) -> Model:
        """Count the labels of `windows`. choices (B, P) bool: the places to choose among, with Config.choose."""
        label, size = windows.label, self.config.classes
        if self.config.choose:
            rank, allowed = self._ranks(choices), needed(choices)
            n = np.arange(len(label))
            label, size = rank[n, label][allowed[n, label]], windows.P
        counts = np.bincount(label, minlength=size)
        self.shares = counts / max(counts.sum(), 1)
        return self

    def scores(self, windows: Windows, *, choices: Bool | None = None) -> NDArray[np.float64]:
        """Return the shares for each window, (B, K); with Config.choose log-shares of the places, (B, P), else -inf."""
        if self.shares is None:
            raise NotFittedError("the majority is not counted yet", todo="Call fit first.")
        if not self.config.choose:
            return np.tile(self.shares, (len(windows), 1))
        rank = np.minimum(self._ranks(choices), len(self.shares) - 1)
        return np.where(needed(choices), np.log(np.maximum(self.shares, 1e-9))[rank], -np.inf)

    def _ranks(self, choices: Bool | None) -> NDArray[np.int64]:
        """Return the rank of each place among its window's choices, in order, (B, P)."""
        return np.asarray(np.maximum(np.cumsum(needed(choices), 1) - 1, 0))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the shares."""
        if self.shares is None:
            raise NotFittedError("the majority is not counted yet", todo="Call fit first.")
        return {"shares": torch.from_numpy(self.shares.copy())}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the shares."""
        self.shares = state["shares"].double().numpy()

    def eval(self) -> Model:
        """Return itself: nothing is drawn."""
        return self
