"""Extremely randomised trees on the named features of a window (Geurts, Ernst and Wehenkel, Machine Learning 2006).

At each node a few features are drawn, each is cut at one place drawn at random, and the best of these cuts is kept;
hundreds of such trees, each grown on all rows, say the mean of their leaves' shares. They err otherwise than boosted
trees and are grown in a fifth of the time: joined with them they score more on some tasks. The features are all of
`data.describe`. With `choose` the question is which player: each place of a window that may be chosen is a row, and a
window's places share one softmax of their log-odds. The trees are grown by scikit-learn and kept as flat arrays
(`layers.trees`), from which they are read without it; a leaf's shares are kept to three digits (float16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.data.describe import describe, describe_places
from sportsai.data.windows import Windows
from sportsai.errors import ModelError, NotFittedError
from sportsai.layers import trees as flat
from sportsai.layers.trees import MOST, Node, Trees

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]

LEAST = 1e-3  # added to every share: leaves that never saw a class would rule it out where logarithms are averaged


@dataclass(frozen=True)
class Config:
    """classes: K. trees: how many. leaves (at most 64), least: of each tree (rows in a leaf).

    share: of the features, one cut of each tried at a split. balance: rows weigh as their class's count to the power
    -balance; 1 makes all classes count the same. seed: of the draws. choose: which of a window's players?
    """

    classes: int = 6
    trees: int = 300
    leaves: int = 64
    share: float = 0.2
    least: int = 3
    balance: float = 0.5
    seed: int = 0
    choose: bool = False

    def __post_init__(self) -> None:
        if not 2 <= self.leaves <= MOST:
            raise ModelError(f"trees of {self.leaves} leaves", expected=f"2 to {MOST}")
        if self.trees < 1:
            raise ModelError(f"{self.trees} trees", expected="at least 1")


class Model:
    """Named features into the mean of randomised trees."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.probabilities = not config.choose  # whether `scores` are these, not their logarithms
        self.trees: Trees | None = None
        self.classes_: Int = np.zeros(0, np.int64)
        self.names_sha = b""

    def fit(
        self, windows: Windows, validation: Windows | None = None, *, choices: Bool | None = None,
        weight: NDArray[Any] | None = None,
    ) -> Model:  # fmt: skip
        """Fit on `windows`; nothing is chosen on `validation`.

        Parameters
        ----------
        choices (B, P): the places to choose among; needed with Config.choose. weight (B,): of each window.
        """
        c = self.config
        x, names = self._table(windows, choices)
        y = windows.label
        if c.choose:
            w, p = np.nonzero(flat.needed(choices))
            y = (windows.label[w] == p).astype(np.int64)
            weight = None if weight is None else np.asarray(weight, np.float64)[w]
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ModelError(f"{len(self.classes_)} class among {len(y)} examples", expected="at least two")
        self.names_sha = flat.sha(names)
        each = np.ones(len(y)) if c.choose else flat.weights(y, c.balance)
        grown = _grown(x, y, each if weight is None else each * weight, c)
        self.trees = replace(grown, value=grown.value.astype(np.float16).astype(np.float32))
        return self

    def scores(self, windows: Windows, *, choices: Bool | None = None) -> Float:
        """Return probabilities, (B, K); with Config.choose log-probabilities of the places, (B, P), else -inf."""
        if self.trees is None:
            raise NotFittedError("the trees are not fitted yet", todo="Call fit first.")
        x, names = self._table(windows, choices)
        flat.refuse_others(names, self.names_sha)
        said = probabilities(self.trees, x) + LEAST
        said /= said.sum(1, keepdims=True)
        if self.config.choose:
            return flat.over_places(np.log(said[:, 1] / said[:, 0]), flat.needed(choices))
        scores = np.zeros((len(windows), self.config.classes))
        scores[:, self.classes_] = said
        return scores

    def _table(self, windows: Windows, choices: Bool | None) -> tuple[Float32, list[str]]:
        if not self.config.choose:
            return describe(windows)
        choices = flat.needed(choices)
        if choices.shape != (len(windows), windows.P):
            raise ModelError(f"choices {choices.shape}", expected=f"{(len(windows), windows.P)}, a place each")
        x, names = describe_places(windows)
        return x[choices], names

    def state_dict(self) -> dict[str, Tensor]:
        """Return everything that was learned, as tensors."""
        if self.trees is None:
            raise NotFittedError("the trees are not fitted yet", todo="Call fit first.")
        state = flat.packed(self.trees)
        state["value"] = state["value"].astype(np.float16)
        state |= {"classes": self.classes_, "names_sha": np.frombuffer(self.names_sha, np.uint8)}
        return {k: torch.from_numpy(np.array(v)) for k, v in state.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> Model:
        """Take what was learned from tensors; RuntimeError where they do not belong together."""
        got = {k: np.array(v.detach().cpu().numpy()) for k, v in state.items()}
        trees, rest = flat.unpacked(got, {"classes": (-1,), "names_sha": (32,)})
        limit = 2 if self.config.choose else self.config.classes
        K, classes = len(trees.start), rest["classes"]
        if trees.value.shape[2] != K or len(classes) != K or not 0 <= classes.min() <= classes.max() < limit:
            raise RuntimeError(f"classes {classes.tolist()}, {K} outputs, of {limit}")
        self.trees, self.classes_, self.names_sha = trees, classes, rest["names_sha"].tobytes()
        return self

    def eval(self) -> Model:
        """Return the model; it predicts the same at any time."""
        return self


def probabilities(trees: Trees, x: Float32) -> Float:
    """Return the mean of what the trees' leaves say, (n, F) -> (n, K)."""
    said = trees.raw(x)
    return np.asarray(said / said.sum(1, keepdims=True))


def _grown(x: Float32, y: Int, weight: Float, c: Config) -> Trees:
    from sklearn.ensemble import ExtraTreesClassifier

    forest = ExtraTreesClassifier(
        n_estimators=c.trees, max_leaf_nodes=c.leaves, max_features=c.share, min_samples_leaf=c.least,
        random_state=c.seed,
    )  # fmt: skip
    x = np.where(
        np.isnan(x).all(0), np.float32(0), x
    )  # what was never seen is the same everywhere: no tree asks for it
    return flatten(forest.fit(x, y, sample_weight=weight), c.leaves)


def flatten(forest: Any, leaves: int) -> Trees:
    """Return the arrays of scikit-learn's forest; they say the same of float32 features, added instead of averaged."""
    trees = []
    for one in forest.estimators_:
        t = one.tree_
        each = zip(t.children_left.tolist(), t.children_right.tolist(), t.feature.tolist(), t.threshold.tolist(),
                   t.missing_go_to_left.tolist(), t.value[:, 0], strict=True)  # fmt: skip
        trees.append((0, [Node(a, b, f, s, bool(m), v / v.sum()) for a, b, f, s, m, v in each]))
    K = len(forest.classes_)
    return flat.of_nodes(trees, leaves, K, np.zeros(K))
