"""Gradient boosting on simple, named features: the ball's speed, who is near it, how that changes about the moment.

What a person would write down first; a learned network counts only when it beats this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from sportsai.data.windows import OTHER, OWN, Windows
from sportsai.errors import NotFittedError

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """classes: K. rounds: trees a class. leaves, rate, l2: of each tree. seed: of the boosting's own draws."""

    classes: int = 6
    rounds: int = 150
    leaves: int = 8
    rate: float = 0.05
    l2: float = 1.0
    seed: int = 0


def features(windows: Windows) -> dict[str, Float]:
    """Return named features, each (B,): metres and metres a sample; NaN where something was not seen."""
    n, m = np.arange(len(windows)), windows.scale_m
    xy = np.where(windows.present[..., None], windows.xy, np.nan).astype(np.float64) * m
    ball = np.where(windows.ball_present[..., None], windows.ball, np.nan).astype(np.float64) * m
    key = xy[n, windows.key]
    step = np.linalg.norm(np.diff(ball, axis=1), axis=-1)
    to_key = np.linalg.norm(ball - key, axis=-1)
    T, at = windows.T, windows.reference
    out: dict[str, Float] = {"key_x": key[:, at, 0], "key_y": np.abs(key[:, at, 1])}
    out |= {f"ball_step_{t}": step[:, t] for t in range(T - 1)}
    out |= {f"key_ball_{t}": to_key[:, t] for t in range(0, T, 3)}
    out["key_step"] = np.linalg.norm(key[:, min(at + 2, T - 1)] - key[:, max(at - 2, 0)], axis=-1)
    before, after = ball[:, at] - ball[:, max(at - 4, 0)], ball[:, min(at + 4, T - 1)] - ball[:, at]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    out["ball_turn"] = np.abs(np.arctan2(cross, (before * after).sum(-1)))
    out["ball_forward"] = after[:, 0]
    place = np.arange(windows.P)[None] == windows.key[:, None]
    for name, side in (("mate", OWN), ("opponent", OTHER)):
        who = (windows.relation == side) & ~place
        near_key = _least(np.linalg.norm(xy[:, :, at] - key[:, None, at], axis=-1), who)
        out[f"{name}_key"] = near_key
        for t in sorted({0, at // 2, at, (at + T) // 2, T - 1}):
            out[f"{name}_ball_{t}"] = _least(np.linalg.norm(xy[:, :, t] - ball[:, None, t], axis=-1), who)
    return out


def _least(away: Float, who: NDArray[np.bool_]) -> Float:
    """Smallest distance among `who`, NaN where none is seen. Shapes: (B, P) -> (B,)."""
    away = np.where(who & np.isfinite(away), away, np.inf).min(1)
    return np.where(np.isinf(away), np.nan, away)


class Model:
    """Named features into boosted trees, classes weighted equally."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.trees: HistGradientBoostingClassifier | None = None

    def fit(self, windows: Windows, validation: Windows | None = None) -> Model:
        """Fit on `windows`; nothing is chosen on validation."""
        c = self.config
        self.trees = HistGradientBoostingClassifier(
            max_iter=c.rounds,
            max_leaf_nodes=c.leaves,
            learning_rate=c.rate,
            l2_regularization=c.l2,
            class_weight="balanced",
            early_stopping=False,
            max_features=0.5,
            random_state=c.seed,
        )
        self.trees.fit(_table(windows), windows.label)
        return self

    def scores(self, windows: Windows) -> Float:
        """Return probabilities, (B, K)."""
        if self.trees is None:
            raise NotFittedError("the trees are not fitted yet", todo="Call fit first.")
        scores = np.zeros((len(windows), self.config.classes))
        scores[:, self.trees.classes_] = self.trees.predict_proba(_table(windows))
        return scores


def _table(windows: Windows) -> Float:
    return np.column_stack(list(features(windows).values()))
