"""Gradient boosting on named features of a window: on the simple ones a baseline, on the rich ones a model that ships.

Simple is what a person would write down first: the ball's speed, who is near it, how that changes about the moment; a
learned network counts only when it beats this. Rich is everything of `data.describe`, the ball's flight where its
height is known, and the clocks where they are told. With `choose` the question is which player, and each place of a
window that may be chosen is a row; a window's places then share one softmax.

The trees are grown by scikit-learn and kept as flat arrays (`layers.trees`), from which they are read without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.describe import describe, describe_boxes, describe_flight, describe_holders, describe_places
from sportsai.data.windows import OTHER, OWN, Windows
from sportsai.errors import ModelError, NotFittedError
from sportsai.layers import trees as flat
from sportsai.layers.trees import MOST, Node, Trees

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]
Array = NDArray[Any]

LEANS = tuple(np.round(np.arange(-0.5, 1.01, 0.1), 1).tolist())  # tried on validation


@dataclass(frozen=True)
class Config:
    """classes: K. rounds: trees a class. leaves (at most 64), rate, l2, least: of each tree (rows in a leaf).

    share: of the features, tried at each split. balance: rows weigh as their class's count to the power -balance; 1
    makes all classes count the same. bags: boostings of other draws averaged. seed: of the boosting's own draws.
    rich: all features of `data.describe`, else the simple ones. choose: which of a window's players? lean: the scores
    lean towards rare classes as far as gives the highest macro-F1 on validation (where that is small, it is luck).
    """

    classes: int = 6
    rounds: int = 150
    leaves: int = 8
    rate: float = 0.05
    l2: float = 1.0
    least: int = 20
    share: float = 0.5
    balance: float = 1.0
    bags: int = 1
    seed: int = 0
    rich: bool = False
    choose: bool = False
    lean: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.leaves <= MOST:
            raise ModelError(f"trees of {self.leaves} leaves", expected=f"2 to {MOST}")
        if self.bags < 1 or self.rounds < 1:
            raise ModelError(f"{self.bags} bags of {self.rounds} rounds", expected="at least 1 of each")


def features(windows: Windows) -> dict[str, Float]:
    """Return the simple features, each (B,): metres and metres a sample; NaN where something was not seen."""
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


def _least(away: Float, who: Bool) -> Float:
    """Smallest distance among `who`, NaN where none is seen. Shapes: (B, P) -> (B,)."""
    away = np.where(who & np.isfinite(away), away, np.inf).min(1)
    return np.where(np.isinf(away), np.nan, away)


class Model:
    """Named features into boosted trees."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.probabilities = not config.choose  # whether `scores` are these, not their logarithms
        self.trees: Trees | None = None
        self.classes_: Int = np.zeros(0, np.int64)
        self.names_sha = b""
        self.lean: Float = np.zeros(config.classes)

    def fit(
        self, windows: Windows, validation: Windows | None = None, *, choices: Bool | None = None,
        weight: NDArray[Any] | None = None, size: Float32 | None = None, ball_z: Float32 | None = None,
        clock: Float32 | None = None,
    ) -> Model:  # fmt: skip
        """Fit on `windows`.

        Parameters
        ----------
        validation: how far the scores lean is chosen on it, with Config.lean; nothing else is.
        choices (B, P): the places to choose among; needed with Config.choose. weight (B,): of each window.
        size (B, P, T, 2): of people's boxes: then these are described, and nothing is leant.
        ball_z (B, T, 1): the ball's height in metres, clock (B, C): told as they are. With either nothing is leant.
        """
        c = self.config
        if c.choose:
            x, names = self._rows(windows, flat.needed(choices), ball_z)
            w, p = np.nonzero(flat.needed(choices))
            y = (windows.label[w] == p).astype(np.int64)
            answered = np.isin(w, w[y > 0])  # the answer may not be among the choices
            x, w, y = x[answered], w[answered], y[answered]
            first = np.flatnonzero(np.diff(w, prepend=-1))
            weight = None if weight is None else np.asarray(weight, np.float64)[w]
        else:
            x, names = self._table(windows, size, ball_z, clock)
            y, first = windows.label, None
        self.names_sha = flat.sha(names)
        self.classes_, inside = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ModelError(f"{len(self.classes_)} class among {len(y)} examples", expected="at least two")
        share = np.bincount(inside) / len(inside)
        each = np.ones(len(y)) if c.choose else flat.weights(y, c.balance)
        each = each if weight is None else each * weight
        each = each / each.mean()
        self.trees = flat.together([_grown(x, inside, each, c, c.seed + 1000 * b, first) for b in range(c.bags)])
        self.lean = np.zeros(c.classes)
        more = any(a is not None for a in (size, ball_z, clock))  # the validation's is not at hand
        if c.lean and validation is not None and len(validation) and not c.choose and not more:
            self.lean = _lean(self.scores(validation), validation.label, self.classes_, share)
        return self

    def scores(
        self, windows: Windows, *, choices: Bool | None = None, size: Float32 | None = None,
        ball_z: Float32 | None = None, clock: Float32 | None = None,
    ) -> Float:  # fmt: skip
        """Return probabilities, (B, K); with Config.choose log-probabilities of the places, (B, P), else -inf."""
        if self.trees is None:
            raise NotFittedError("the trees are not fitted yet", todo="Call fit first.")
        if self.config.choose:
            choices = flat.needed(choices)
            x, names = self._rows(windows, choices, ball_z)
            flat.refuse_others(names, self.names_sha)
            return flat.over_places(self.trees.raw(x)[:, 0], choices)
        x, names = self._table(windows, size, ball_z, clock)
        flat.refuse_others(names, self.names_sha)
        scores = np.zeros((len(windows), self.config.classes))
        scores[:, self.classes_] = probabilities(self.trees.raw(x))
        if self.lean.any():
            scores *= np.exp(self.lean)
            scores /= scores.sum(1, keepdims=True)
        return scores

    def _table(
        self, windows: Windows, size: Float32 | None = None, ball_z: Float32 | None = None, clock: Float32 | None = None
    ) -> tuple[Float32, list[str]]:
        if size is not None:
            return describe_boxes(windows, size)
        if not self.config.rich:
            simple = features(windows)
            return np.column_stack(list(simple.values())).astype(np.float32), list(simple)
        x, names = describe(windows)
        if ball_z is not None:
            flight, more = describe_flight(windows, ball_z)
            x, names = np.concatenate([x, flight], 1), names + more
        if clock is not None:
            x, names = np.concatenate([x, clock], 1), names + [f"clock@{k}" for k in range(clock.shape[1])]
        return x, names

    def _rows(self, windows: Windows, choices: Bool, ball_z: Float32 | None) -> tuple[Float32, list[str]]:
        if choices.shape != (len(windows), windows.P):
            raise ModelError(f"choices {choices.shape}", expected=f"{(len(windows), windows.P)}, a place each")
        x, names = describe_places(windows) if ball_z is None else describe_holders(windows, ball_z)
        return x[choices], names

    def state_dict(self) -> dict[str, Tensor]:
        """Return everything that was learned, as tensors."""
        if self.trees is None:
            raise NotFittedError("the trees are not fitted yet", todo="Call fit first.")
        state = flat.packed(self.trees)
        state |= {"classes": self.classes_, "lean": self.lean, "names_sha": np.frombuffer(self.names_sha, np.uint8)}
        return {k: torch.from_numpy(np.array(v)) for k, v in state.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> Model:
        """Take what was learned from tensors; RuntimeError where they do not belong together."""
        got = {k: np.array(v.detach().cpu().numpy()) for k, v in state.items()}
        trees, rest = flat.unpacked(got, {"classes": (-1,), "lean": (self.config.classes,), "names_sha": (32,)})
        outputs, classes = len(trees.start), rest["classes"]
        limit = 2 if self.config.choose else self.config.classes
        if (
            trees.value.shape[2] != 1
            or len(classes) != max(outputs, 2)
            or not 0 <= classes.min() <= classes.max() < limit
        ):
            raise RuntimeError(f"classes {classes.tolist()}, {outputs} outputs, of {limit}")
        self.trees, self.classes_, self.lean, self.names_sha = trees, classes, rest["lean"], rest["names_sha"].tobytes()
        return self

    def eval(self) -> Model:
        """Return the model; it predicts the same at any time."""
        return self


def probabilities(raw: Float) -> Float:
    """Return softmax (one output: the second class's sigmoid) of raw outputs, (n, O) -> (n, K)."""
    if raw.shape[1] == 1:
        raw = np.concatenate([np.zeros_like(raw), raw], 1)
    raw = np.exp(raw - raw.max(1, keepdims=True))
    return np.asarray(raw / raw.sum(1, keepdims=True))


def _grown(x: Float32, y: Int, weight: Float, c: Config, seed: int, first: Int | None = None) -> Trees:
    """Grow one boosting's trees; with the `first` row of each window, its rows share one softmax."""
    from sklearn._loss import HalfBinomialLoss
    from sklearn.ensemble import HistGradientBoostingClassifier

    class Shared(HalfBinomialLoss):
        """Cross-entropy of the right one among a window's rows."""

        def gradient_hessian(
            self, y_true: Array, raw_prediction: Array, sample_weight: Array | None = None,
            gradient_out: Array | None = None, hessian_out: Array | None = None, n_threads: int = 1,
        ) -> tuple[Array, Array]:  # fmt: skip
            assert first is not None and gradient_out is not None and hessian_out is not None
            rows = np.diff(np.append(first, len(y_true)))
            raw = raw_prediction.reshape(-1)
            p = np.exp(raw - np.repeat(np.maximum.reduceat(raw, first), rows))
            p /= np.repeat(np.add.reduceat(p, first), rows)
            each = 1.0 if sample_weight is None else sample_weight
            gradient_out.reshape(-1)[:] = (p - y_true) * each
            hessian_out.reshape(-1)[:] = np.maximum(p * (1 - p), 1e-3) * each
            return gradient_out, hessian_out

    class Choosing(HistGradientBoostingClassifier):
        def _get_loss(self, sample_weight: Array | None) -> Any:
            return Shared(sample_weight=sample_weight)

    boosting = (HistGradientBoostingClassifier if first is None else Choosing)(
        max_iter=c.rounds,
        max_leaf_nodes=c.leaves,
        learning_rate=c.rate,
        l2_regularization=c.l2,
        min_samples_leaf=min(c.least, max(len(y) // 20, 1)),  # few rows must still be parted
        early_stopping=False,
        max_features=c.share,
        random_state=seed,
    )
    x = np.where(
        np.isnan(x).all(0), np.float32(0), x
    )  # scikit-learn cannot bin what was never seen; no tree asks for it
    return flatten(boosting.fit(x, y, sample_weight=weight), c.leaves)


def flatten(boosting: Any, leaves: int) -> Trees:
    """Return the arrays of scikit-learn's histogram boosting; they say the same of float32 features."""
    trees = [
        (o, [Node(-1 if n["is_leaf"] else int(n["left"]), int(n["right"]), int(n["feature_idx"]),
                  float(n["num_threshold"]), bool(n["missing_go_to_left"]), n["value"]) for n in tree.nodes])
        for each in boosting._predictors for o, tree in enumerate(each)
    ]  # fmt: skip
    return flat.of_nodes(trees, leaves, 1, np.asarray(boosting._baseline_prediction, np.float64).reshape(-1))


def _lean(scores: Float, label: Int, classes: Int, share: Float) -> Float:
    """Return what to add to each class's log score, a power of its rarity: the best macro-F1, the least of equals."""
    rare = np.zeros(scores.shape[1])
    rare[classes] = -np.log(share)
    best, chosen = -1.0, 0.0
    for lean in sorted(LEANS, key=abs):
        said = (np.log(np.maximum(scores, 1e-30)) + lean * rare).argmax(1)
        f1 = np.mean([2 * ((said == k) & (label == k)).sum() / max((said == k).sum() + (label == k).sum(), 1)
                      for k in np.unique(label)])  # fmt: skip
        if f1 > best + 0.003:
            best, chosen = float(f1), lean
    return chosen * rare
