"""Fingerprints of how teams move: means over a team's possessions in a game, their nearest, and how they drift.

Pure arrays: what a possession is described by (features, or a model's log-probabilities) is the caller's business.
A fingerprint always says how many possessions it is the mean of: twenty are few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.errors import DataError

Float = NDArray[np.float64]
Int = NDArray[np.int64]
METRICS = ("cosine", "euclid")


@dataclass(frozen=True)
class Fingerprints:
    """m fingerprints, one a team and game (or one a team), sorted by team, then game.

    mean (m, F): of the possessions' vectors. count (m,): how many. team (m,), game (m,): whose; `game` is empty where
    all of a team's games are one fingerprint.
    """

    mean: Float
    count: Int
    team: NDArray[np.str_]
    game: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.mean)


@dataclass(frozen=True)
class Pooled:
    """What a team's possessions in one game say together, m of them.

    log_p (m, K): summed log-probabilities, made to add to one. choice (m,): the best class. count (m,): possessions.
    group (m,): which team and game.
    """

    log_p: Float
    choice: Int
    count: Int
    group: NDArray[np.str_]


def fingerprint(vectors: ArrayLike, team: ArrayLike, game: ArrayLike | None = None) -> Fingerprints:
    """Return the mean vector of each team and game, or of each team over all games where `game` is None.

    Shapes: vectors (n, F), team (n,), game (n,).
    """
    x = _table(vectors)
    teams = _names(team, len(x))
    games = np.full(len(x), "") if game is None else _names(game, len(x))
    pairs = np.array([f"{t}\0{g}" for t, g in zip(teams, games, strict=True)], str)
    _, first, of = np.unique(pairs, return_index=True, return_inverse=True)
    total, count = _sums(x, of, len(first))
    return Fingerprints(total / count[:, None], count, teams[first], games[first])


def team_quarter(log_p: ArrayLike, group: ArrayLike) -> Pooled:
    """Return the pooled decision of each group: log-probabilities summed, as if possessions were independent.

    They are not quite (line-ups and opponents repeat), so the pooled probabilities are surer than they should be; the
    choice is what to use. Shapes: log_p (n, K), group (n,).
    """
    x = _table(log_p)
    groups, of = np.unique(_names(group, len(x)), return_inverse=True)
    total, count = _sums(x, of, len(groups))
    if len(total):
        top = total.max(1, keepdims=True)
        total = total - top - np.log(np.exp(total - top).sum(1, keepdims=True))
    return Pooled(total, total.argmax(1) if len(total) else np.zeros(0, np.int64), count, groups)


def pool_weight(log_p: ArrayLike, group: ArrayLike, label: ArrayLike) -> float:
    """Return what a possession counts for, 0.05 to 1, so that pooled probabilities are as sure as they are right.

    The least negative log-likelihood of the groups' labels wins. Shapes: log_p (n, K), group (n,), label (n,).
    """
    x, names = _table(log_p), _names(group, len(_table(log_p)))
    _, first = np.unique(names, return_index=True)
    truth = np.asarray(label)[first]
    weights = np.linspace(0.05, 1, 20)
    cost = [-team_quarter(x * w, names).log_p[np.arange(len(first)), truth].mean() for w in weights]
    return round(float(weights[int(np.argmin(cost))]), 2)


def distances(a: ArrayLike, b: ArrayLike, metric: str = "cosine") -> Float:
    """Return the distance of each row of `a` to each of `b`: 1 - cosine (1 from a row of zeros), or Euclid's.

    Shapes: a (m, F), b (k, F) -> (m, k).
    """
    if metric not in METRICS:
        raise DataError(f'metric "{metric}"', expected=f"one of {', '.join(METRICS)}")
    x, y = _table(a), _table(b)
    if x.shape[1] != y.shape[1]:
        raise DataError(f"vectors of {x.shape[1]} and of {y.shape[1]} numbers", expected="as many in both")
    if metric == "euclid":
        square = (x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T
        return np.sqrt(np.maximum(square, 0))
    return np.clip(1 - _unit(x) @ _unit(y).T, 0, 2)


def neighbours(
    prints: Fingerprints, k: int = 5, *, metric: str = "cosine", centred: bool = True, other_team: bool = False
) -> tuple[Int, Float]:
    """Return the k nearest other fingerprints of each, nearest first, and their distances; -1 and inf where too few.

    Parameters
    ----------
    centred: the mean fingerprint is taken off first: all teams play one sport, and what differs is little.
    other_team: a team's own other games are passed over ("who is this team playing like?").

    Shapes: (m, k) indices into `prints`, (m, k).
    """
    if k < 1:
        raise DataError(f"the {k} nearest", expected="at least 1")
    x = prints.mean - prints.mean.mean(0) if centred and len(prints) else prints.mean
    away = distances(x, x, metric)
    np.fill_diagonal(away, np.inf)
    if other_team:
        away[prints.team[:, None] == prints.team[None]] = np.inf
    order = np.argsort(away, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(away, order, 1)
    index = np.where(np.isfinite(near), order, -1)
    more = max(0, k - index.shape[1])
    return np.pad(index, ((0, 0), (0, more)), constant_values=-1), np.pad(
        near, ((0, 0), (0, more)), constant_values=np.inf
    )


def drift(
    prints: Fingerprints, order: ArrayLike, *, first: int = 5, metric: str = "cosine", centred: bool = True
) -> Float:
    """Return how far each game of a team is from the mean of its first games, (m,); NaN for those first games.

    The first games' mean is of possessions, not of games. A game's distance has noise in it: compare it with that of
    the team's other games, not with 0.

    Parameters
    ----------
    order: (m,) when each game was played, in any numbers that rise (a date, a game's number). first: games of a team
        that are its earlier fingerprint. centred: the mean fingerprint is taken off first.
    """
    when = np.asarray(order, np.float64).reshape(-1)
    if len(when) != len(prints):
        raise DataError(f"{len(when)} dates of {len(prints)} fingerprints", expected="one each")
    if first < 1:
        raise DataError(f"the first {first} games", expected="at least 1")
    x = prints.mean - prints.mean.mean(0) if centred and len(prints) else prints.mean
    away = np.full(len(prints), np.nan)
    for team in np.unique(prints.team):
        own = np.flatnonzero(prints.team == team)
        own = own[np.argsort(when[own], kind="stable")]
        early, late = own[:first], own[first:]
        if len(late):
            weight = prints.count[early].astype(np.float64)
            before = (x[early] * weight[:, None]).sum(0) / weight.sum()
            away[late] = distances(x[late], before[None], metric)[:, 0]
    return away


def _table(values: ArrayLike) -> Float:
    x = np.asarray(values, np.float64)
    if x.ndim != 2:
        raise DataError(f"vectors of shape {x.shape}", expected="(n, F), one row a possession")
    if not np.isfinite(x).all():
        raise DataError(f"row {int(np.argmin(np.isfinite(x).all(1)))} is not finite", expected="finite numbers")
    return x


def _names(values: ArrayLike, n: int) -> NDArray[np.str_]:
    names = np.asarray(values).astype(str).reshape(-1)
    if len(names) != n:
        raise DataError(f"{len(names)} names of {n} rows", expected="one a row")
    return names


def _sums(x: Float, of: Int, groups: int) -> tuple[Float, Int]:
    total = np.zeros((groups, x.shape[1]))
    np.add.at(total, of, x)
    return total, np.bincount(of, minlength=groups)


def _unit(x: Float) -> Float:
    size = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, size, out=np.zeros_like(x), where=size > 0)
