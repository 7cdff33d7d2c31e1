"""The last holder: whoever had the ball in his hands last did it. A rule with nothing to learn but how often it holds.

The choices are put in order, the latest holder first, those who never held the ball by their distance to it at the
last sample; the shares of those ranks among the training answers are what each window's places get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.describe import held
from sportsai.data.windows import Windows
from sportsai.errors import ModelError, NotFittedError
from sportsai.layers.trees import needed

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
ONLY_CHOOSES = True  # it says which player, never which class


@dataclass(frozen=True)
class Config:
    """choose: always; the answer is a place."""

    choose: bool = True

    def __post_init__(self) -> None:
        if not self.choose:
            raise ModelError("the last holder is a player", expected="a task that asks for one")


class Model:
    """Shares of ranks by who held the ball last."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.probabilities = False
        self.shares: NDArray[np.float64] | None = None

    def fit(
        self, windows: Windows, validation: Windows | None = None, *, choices: Bool | None = None,
        ball_z: Float32 | None = None,
    ) -> Model:  # fmt: skip
        """Count how often each rank is right. choices (B, P): the places to choose among; ball_z (B, T, 1) metres."""
        n, allowed = np.arange(len(windows)), needed(choices)
        right = ranks(windows, allowed, ball_z)[n, windows.label][allowed[n, windows.label]]
        counts = np.bincount(right, minlength=windows.P)
        self.shares = counts / max(counts.sum(), 1)
        return self

    def scores(
        self, windows: Windows, *, choices: Bool | None = None, ball_z: Float32 | None = None
    ) -> NDArray[np.float64]:
        """Return log-shares of the places, (B, P), -inf for those that are no choice."""
        if self.shares is None:
            raise NotFittedError("the last holders are not counted yet", todo="Call fit first.")
        rank = np.minimum(ranks(windows, needed(choices), ball_z), len(self.shares) - 1)
        return np.where(needed(choices), np.log(np.maximum(self.shares, 1e-9))[rank], -np.inf)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the shares."""
        if self.shares is None:
            raise NotFittedError("the last holders are not counted yet", todo="Call fit first.")
        return {"shares": torch.from_numpy(self.shares.copy())}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the shares."""
        self.shares = state["shares"].double().numpy()

    def eval(self) -> Model:
        """Return itself: nothing is drawn."""
        return self


def ranks(windows: Windows, choices: Bool, ball_z: Float32 | None) -> NDArray[np.int64]:
    """Return each choice's rank, 0 who held the ball last, (B, P). Without heights any ball so near is held."""
    z = np.zeros((len(windows), windows.T, 1), np.float32) if ball_z is None else ball_z
    has = held(windows, z)
    since = np.where(has.any(2), has[..., ::-1].argmax(2), windows.T)
    away = np.hypot(*np.moveaxis(windows.xy[:, :, -1] - windows.ball[:, None, -1], -1, 0))
    away = np.where(windows.present[:, :, -1], away, np.inf)
    order = np.lexsort((away, np.where(choices, since, windows.T + 1)), axis=1)
    return np.asarray(order.argsort(1), np.int64)
