"""The majority: every moment gets the shares of the training labels. What a model must beat to have learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.windows import Windows
from sportsai.errors import NotFittedError


@dataclass(frozen=True)
class Config:
    """classes: K."""

    classes: int = 6


class Model:
    """Scores that do not look at the window."""

    probabilities = True

    def __init__(self, config: Config) -> None:
        self.config = config
        self.shares: NDArray[np.float64] | None = None

    def fit(self, windows: Windows, validation: Windows | None = None) -> Model:
        """Count the labels of `windows`."""
        counts = np.bincount(windows.label, minlength=self.config.classes)
        self.shares = counts / max(counts.sum(), 1)
        return self

    def scores(self, windows: Windows) -> NDArray[np.float64]:
        """Return the shares for each window, (B, K)."""
        if self.shares is None:
            raise NotFittedError("the majority is not counted yet", todo="Call fit first.")
        return np.tile(self.shares, (len(windows), 1))

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
