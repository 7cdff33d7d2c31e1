"""The classical baseline: the shape of each player's trajectory, and a support vector machine.

Source: trajectory shape of Wang, Kläser, Schmid, Liu, "Dense trajectories and motion boundary descriptors", IJCV 103
(2013), section 3.1; with an RBF support vector machine, one class against the rest, as in Mehrasa et al.,
arXiv 1706.00893. Differs: a trajectory with a missing sample, or that never moves, is described by zeros. Players,
their order and the ball are those of Shared-Compare, or the comparison would say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sportsai.data.windows import Windows
from sportsai.errors import NotFittedError

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """classes: K. players: the key and the nearest to him. ball: describe its trajectory, too.

    costs, gammas: the grid searched on validation; gamma is in units of 1 / (features x variance). seed: unused, exact.
    """

    classes: int = 6
    players: int = 5
    ball: bool = True
    costs: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0)
    gammas: tuple[float, ...] = (0.25, 1.0, 4.0)


def idt(points: ArrayLike) -> Float:
    """Return the trajectory-shape descriptor: displacements over the sum of their lengths.

    Shapes: points (..., L + 1, 2) -> (..., 2 L); zeros where nothing moves. The lengths of a moving track's
    displacements add up to 1; moving or scaling the track changes nothing, turning it does.
    """
    step = np.diff(np.asarray(points, np.float64), axis=-2)
    total = np.linalg.norm(step, axis=-1).sum(-1)
    shape = np.divide(step, total[..., None, None], out=np.zeros_like(step), where=total[..., None, None] > 0)
    return shape.reshape(*step.shape[:-2], -1)


def describe(windows: Windows, config: Config) -> Float:
    """Return the descriptors of a window's tracks side by side, key first, ball last, (B, V * 2 (T - 1))."""
    near = windows.nearest(config.players)
    shape = idt(near.xy)
    shape[~near.present.all(-1)] = 0
    parts = [shape.reshape(len(windows), -1)]
    if config.ball:
        ball = idt(windows.ball)
        ball[~windows.ball_present.all(-1)] = 0
        parts.append(ball)
    return np.concatenate(parts, 1)


class Model:
    """Descriptors, scaled, into one RBF machine a class."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.scaler = StandardScaler()
        self.machines: OneVsRestClassifier | None = None
        self.chosen: tuple[float, float] | None = None

    def fit(self, windows: Windows, validation: Windows) -> Model:
        """Fit on `windows` with the cost and gamma that give the highest mean AP on `validation`."""
        x, y = self.scaler.fit_transform(describe(windows, self.config)), windows.label
        x_v = self.scaler.transform(describe(validation, self.config))
        unit = 1 / max(x.shape[1] * float(x.var()), 1e-12)
        best = -1.0
        for cost in self.config.costs:
            for gamma in self.config.gammas:
                machine = SVC(C=cost, gamma=gamma * unit, class_weight="balanced", cache_size=200)
                machines = OneVsRestClassifier(machine).fit(x, y)
                score = _mean_ap(validation.label, machines.decision_function(x_v), machines.classes_)
                if score > best:
                    best, self.machines, self.chosen = score, machines, (cost, gamma)
        return self

    def scores(self, windows: Windows) -> Float:
        """Return decision values, (B, K): for ranking, not probabilities."""
        if self.machines is None:
            raise NotFittedError("the machine is not fitted yet", todo="Call fit first.")
        decision = self.machines.decision_function(self.scaler.transform(describe(windows, self.config)))
        if decision.ndim == 1:
            decision = np.stack([-decision, decision], 1)
        scores = np.full((len(windows), self.config.classes), -1e9)
        scores[:, self.machines.classes_] = decision
        return scores


def _mean_ap(label: NDArray[np.int64], scores: Float, classes: NDArray[np.int64]) -> float:
    if scores.ndim == 1:
        scores = np.stack([-scores, scores], 1)
    each = [average_precision_score(label == k, scores[:, i]) for i, k in enumerate(classes) if (label == k).any()]
    return float(np.mean(each)) if each else 0.0
