"""The majority: every moment gets the shares of the training labels. What a model must beat to have learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data.windows import Windows
from sportsai.errors import NotFittedError


@dataclass(frozen=True)
class Config:
    """classes: K."""

    classes: int = 6


class Model:
    """Scores that do not look at the window."""

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
