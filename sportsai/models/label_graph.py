"""Everything that is true of a moment, and what follows from what somebody already knows of it.

  x_l = a_l logit p_l(window) + c_l          p: randomised trees on the named features, one forest for all labels
  z = LabelNet(x, given)                     logistic, BINN or SINN over the league's hierarchy of labels

The network of labels learns from what the trees say of games they were not grown on (each training game in turn is left
out), with a changing share of labels given by the reverse sigmoid, so that it works with none, some, or most of them.

Source: Hu, Deng, Zhou, Liao and Mori, arXiv 1511.05616 (SINN); Nauata, Smith and Mori, arXiv 1706.05028 (BINN);
`layers.label_graph`. Ours: trees in place of image features; random shares of given labels; what pulls back is the
distance to the start (logistic regression), not to zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from sportsai.data.describe import describe
from sportsai.data.windows import Windows
from sportsai.errors import ModelError, NotFittedError, check_shape
from sportsai.layers import trees as flat
from sportsai.layers.cooccurrence import links
from sportsai.layers.label_graph import KINDS, LabelNet, unobserved_loss
from sportsai.layers.trees import Node, Trees

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

SURE = 0.002  # the least and the most (from 1) a forest says of a label
GIVEN = (0.0, 0.1, 0.3, 0.6)  # shares of labels given while the network learns


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: L labels. level (L,): of each, 0 the coarsest. implies, part_of, excludes: pairs of places of labels.
    kind: "logistic" (each label stands alone), "binn" (dense) or "sinn" (only labels that are linked, by sign).
    tau: training labels with a correlation beyond it are linked, too. trees: of each forest; leaves, least, share as of
    `extra_trees`. steps, rate, pull: of the network's fit; pull is the weight of the squared distance to its start.
    seed: of every draw.
    """

    classes: int = 6
    level: tuple[int, ...] = ()
    implies: tuple[tuple[int, int], ...] = ()
    part_of: tuple[tuple[int, int], ...] = ()
    excludes: tuple[tuple[int, int], ...] = ()
    kind: str = "sinn"
    tau: float = 0.1
    trees: int = 100
    leaves: int = 64
    least: int = 3
    share: float = 0.2
    steps: int = 400
    rate: float = 0.02
    pull: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ModelError(f'kind = "{self.kind}"', expected=f"one of {', '.join(KINDS)}")
        if self.level and len(self.level) != self.classes:
            raise ModelError(f"{len(self.level)} levels of {self.classes} labels", expected="one a label")

    @property
    def levels(self) -> list[int]:
        """The level of each label; all on one where none are given."""
        return list(self.level) or [0] * self.classes

    def matrix(self, pairs: Sequence[Sequence[int]]) -> Tensor:
        """Return pairs of places as (L, L) bool."""
        m = torch.zeros(self.classes, self.classes, dtype=torch.bool)
        for a, b in pairs:
            m[a, b] = True
        return m


class Scaled(nn.Module):
    """Activations of each label, stretched and moved, through the network of labels."""

    def __init__(self, config: Config, plus: Tensor, minus: Tensor) -> None:
        super().__init__()
        self.stretch, self.move = nn.Parameter(torch.ones(config.classes)), nn.Parameter(torch.zeros(config.classes))
        self.net = LabelNet(kind=config.kind, plus=plus, minus=minus, level=config.levels)

    def forward(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        """Return logits. Shapes: x (B, L), given (B, L), NaN where not observed -> (B, L)."""
        return self.net(x * self.stretch + self.move, given)


class Model:
    """Named features into labels; `scores` takes what is given."""

    probabilities = False

    def __init__(self, config: Config) -> None:
        self.config = config
        self.trees: Trees | None = None
        self.net: Scaled | None = None
        self.names_sha = b""

    def fit(self, windows: Windows, validation: Windows | None = None, *, also: Bool | None = None) -> Model:
        """Fit on `windows`, whose labels are `also` (B, L); nothing is chosen on `validation`.

        Raises ModelError where there are no labels, or fewer than two games: the network learns from what trees say of
        games they have not seen.
        """
        c = self.config
        if also is None:
            raise ModelError("no labels", expected=f"also, ({len(windows)}, {c.classes}) bool")
        check_shape(also, f"{len(windows)} {c.classes}", "also")
        x, names = describe(windows)
        self.names_sha = flat.sha(names)
        self.net = learned(logits(unseen_shares(x, also, windows.game, c)), also, c)
        self.trees = grown(x, also, c)
        return self

    def scores(self, windows: Windows, *, given: ArrayLike | None = None) -> Float:
        """Return log-probabilities (B, L), each label's own; given (B, L) in {0, 1}, NaN where nobody knows.

        What is given comes back as it was given: its probability is 1 or 0 (as a logarithm, no less than -30).
        """
        if self.trees is None or self.net is None:
            raise NotFittedError("the label graph is not fitted yet", todo="Call fit first.")
        x, names = describe(windows)
        flat.refuse_others(names, self.names_sha)
        known = torch.from_numpy(np.array(given, np.float32)) if given is not None else None
        if known is not None:
            check_shape(known, f"{len(windows)} {self.config.classes}", "given")
        with torch.inference_mode():
            z = self.net(torch.from_numpy(logits(shares(self.trees, x))).float(), known)
            if known is not None:
                z = torch.where(known.isnan(), z, (known.nan_to_num() * 2 - 1) * 30)
            return nn.functional.logsigmoid(z.double()).numpy()

    def state_dict(self) -> dict[str, Tensor]:
        """Return everything that was learned, as tensors."""
        if self.trees is None or self.net is None:
            raise NotFittedError("the label graph is not fitted yet", todo="Call fit first.")
        state: dict[str, Any] = flat.packed(self.trees)
        state["value"] = state["value"].astype(np.float16)
        state["names_sha"] = np.frombuffer(self.names_sha, np.uint8)
        kept = {f"trees.{k}": torch.from_numpy(np.array(v)) for k, v in state.items()}
        return kept | {f"net.{k}": v for k, v in self.net.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> Model:
        """Take what was learned from tensors; RuntimeError where they do not belong together."""
        got = {k[6:]: np.array(v.detach().cpu().numpy()) for k, v in state.items() if k.startswith("trees.")}
        trees, rest = flat.unpacked(got, {"names_sha": (32,)})
        if trees.value.shape[2] != self.config.classes:
            raise RuntimeError(f"trees of {trees.value.shape[2]} labels, not {self.config.classes}")
        none = torch.zeros(self.config.classes, self.config.classes, dtype=torch.bool)
        net = Scaled(self.config, none, none)
        net.load_state_dict({k[4:]: v for k, v in state.items() if k.startswith("net.")})
        self.trees, self.net, self.names_sha = trees, net.eval(), rest["names_sha"].tobytes()
        return self

    def eval(self) -> Model:
        """Return the model; it predicts the same at any time."""
        return self


def grown(x: Float32, also: Bool, c: Config) -> Trees:
    """Return one forest for all labels: a leaf keeps the share of each. Shapes: x (n, F), also (n, L) bool."""
    from sklearn.ensemble import ExtraTreesClassifier

    forest = ExtraTreesClassifier(
        n_estimators=c.trees, max_leaf_nodes=c.leaves, max_features=c.share, min_samples_leaf=c.least,
        random_state=c.seed,
    )  # fmt: skip
    x = np.where(np.isnan(x).all(0), np.float32(0), x)  # what was never seen is the same everywhere
    L = also.shape[1]
    # one row of each answer more, of no weight, so that every label has both
    both = np.repeat(np.array([[False], [True]]), L, 1)
    x, weight = np.concatenate([x, x[:1], x[:1]]), np.r_[np.ones(len(x)), 1e-9, 1e-9]
    forest.fit(x, np.concatenate([also, both]), sample_weight=weight)
    trees = []
    for one in forest.estimators_:
        t = one.tree_
        yes = t.value[:, :, 1] / t.value.sum(2)  # (nodes, L)
        each = zip(t.children_left.tolist(), t.children_right.tolist(), t.feature.tolist(), t.threshold.tolist(),
                   t.missing_go_to_left.tolist(), yes, strict=True)  # fmt: skip
        trees.append((0, [Node(a, b, f, s, bool(m), v) for a, b, f, s, m, v in each]))
    found = flat.of_nodes(trees, c.leaves, L, np.zeros(L))
    return replace(found, value=found.value.astype(np.float16).astype(np.float32))


def shares(trees: Trees, x: Float32) -> Float:
    """Return the mean of what the trees' leaves say of each label, (n, F) -> (n, L)."""
    return trees.raw(x) / len(trees.feature)


def unseen_shares(x: Float32, also: Bool, game: NDArray[np.int64], c: Config) -> Float:
    """Return what trees say of each window that were grown on other games, a fifth of the games at a time: (n, L)."""
    games = np.unique(game)
    if len(games) < 2:
        raise ModelError("one game only", expected="two or more, each in turn unseen by the trees")
    said = np.zeros(also.shape)
    for part in np.array_split(np.random.default_rng(c.seed).permutation(games), min(5, len(games))):
        unseen = np.isin(game, part)
        said[unseen] = shares(grown(x[~unseen], also[~unseen], c), x[unseen])
    return said


def logits(p: Float) -> Float:
    """Return the log-odds of shares, none of them quite sure."""
    return np.log((p + SURE) / (1 - p + SURE))


def learned(x: Float, also: Bool, c: Config) -> Scaled:
    """Return the network of labels fitted to activations and the truth, by full-batch Adam from its start."""
    plus, minus = links(
        also, c.tau, implies=c.matrix(c.implies), part_of=c.matrix(c.part_of), excludes=c.matrix(c.excludes)
    )
    draws = np.random.default_rng(c.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(c.seed)
        net = Scaled(c, plus, minus)
        start = [p.detach().clone() for p in net.parameters()]
        steps = torch.optim.Adam(net.parameters(), c.rate)
        activations, truth = torch.from_numpy(x).float(), torch.from_numpy(also.astype(np.float32))
        for _ in range(c.steps):
            share = draws.choice(GIVEN, (len(also), 1))
            told = torch.from_numpy(draws.random(also.shape) < share)
            given = torch.where(told, truth, torch.nan)
            away = sum(((p - q) ** 2).sum() for p, q in zip(net.parameters(), start, strict=True))
            loss = (unobserved_loss(net(activations, given), truth, given) + c.pull * away) / c.classes
            steps.zero_grad()
            loss.backward()
            steps.step()
    return net.eval()
