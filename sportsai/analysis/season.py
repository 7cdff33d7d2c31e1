"""How teams move over many games: whom each moves like, who are its neighbours, and how far it has drifted.

A possession is described by what a style recipe says of it: the log-probability of each team it could be. A fingerprint
is their mean over a team's possessions. Games the weights were trained on look more like themselves than they should,
so they are counted and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.styles import Fingerprints, drift, fingerprint, neighbours
from sportsai.errors import ModelError
from sportsai.learn.blend import Blend
from sportsai.learn.unseen import seen
from sportsai.learn.weights import Weights
from sportsai.tasks import EVENT, Examples

LIKE, NEAR, FIRST = 3, 3, 3  # teams named as alike, as neighbours; games that are a team's earlier fingerprint
FEW = 20  # possessions below which a fingerprint is said to rest on few


@dataclass(frozen=True)
class Season:
    """Fingerprints of teams over the games given, and what is read off them.

    teams: one fingerprint a team. earlier: of its first games, rows of NaN where there are too few. rows: a dict a team
    (team, games, possessions, trained, like, near, drift, usual). trained: games the weights were trained on.
    """

    teams: Fingerprints
    earlier: NDArray[np.float64]
    rows: list[dict[str, Any]]
    games: int
    trained: int


def season(loaded: Weights, taught: Examples) -> Season:
    """Return the season of every team in `taught` (examples of a style task, with team, game_id and order in facts).

    rows: like - the teams its possessions are taken for, itself left out, with their share; near - the teams whose
    fingerprints are nearest (cosine, the mean of all taken off) with distance; drift - mean distance of its later games
    from its first ones; usual - the same between its first ones, each against the others: drift says something only
    where it is well above usual. Raises ModelError when the weights are not of a style task.
    """
    if not isinstance(loaded.model, Blend) or "team" not in taught.facts.columns:
        raise ModelError("weights that know no teams", where=loaded.path, expected="weights of a style recipe")
    events = taught.take(taught.kind == EVENT)
    old = seen(events, loaded)
    said = loaded.model.scores(events)
    team, game = events.facts["team"].to_numpy(str), events.facts["game_id"].to_numpy(str)
    each = fingerprint(said, team, game)
    when = dict(zip(game, events.facts["order"], strict=True))
    order = np.array([when[g] for g in each.game], np.float64)
    shares = {name: np.exp(said[team == name]).mean(0) for name in np.unique(team)}
    pairs = set(zip(game[old], team[old], strict=True))
    return season_of(each, order, shares, list(events.names), pairs, fingerprint(said, team))


def season_of(
    each: Fingerprints, order: NDArray[np.float64], shares: Mapping[str, NDArray[np.float64]], names: list[str],
    trained: Set[tuple[str, str]], whole: Fingerprints | None = None,
) -> Season:  # fmt: skip
    """Return the season of fingerprints of each team in each game, rows as `season` says.

    Parameters
    ----------
    order: when each was, (m,). shares: of each team the mean probabilities of `names` over its possessions.
    trained: (game, team) the weights were trained on. whole: one fingerprint a team; of `each` when None.
    """
    whole = whole or _whole(each)
    away = drift(each, order, first=FIRST)
    index, far = neighbours(whole, NEAR)
    rows, earlier = [], np.full_like(whole.mean, np.nan)
    for i, name in enumerate(whole.team):
        mine = np.flatnonzero(each.team == name)
        mine = mine[np.argsort(order[mine], kind="stable")]
        late = away[mine][FIRST:]
        if len(mine) > FIRST:
            earlier[i] = _mean(each, mine[:FIRST])
        rows.append(
            {
                "team": str(name), "games": len(mine), "possessions": int(whole.count[i]),
                "trained": len({g for g, t in trained if t == name}), "few": bool(whole.count[i] < FEW),
                "like": _like(shares[str(name)], str(name), names),
                "near": [[str(whole.team[j]), float(d)] for j, d in zip(index[i], far[i], strict=True) if j >= 0],
                "drift": float(np.mean(late)) if len(late) else None,
                "usual": _usual(each, order, mine[:FIRST]),
            }
        )  # fmt: skip
    return Season(whole, earlier, rows, len(set(each.game)), len({g for g, _ in trained}))


def _mean(each: Fingerprints, which: NDArray[np.int64]) -> NDArray[np.float64]:
    weight = each.count[which, None].astype(np.float64)
    return (each.mean[which] * weight).sum(0) / weight.sum()


def _whole(each: Fingerprints) -> Fingerprints:
    teams = np.unique(each.team)
    rows = [np.flatnonzero(each.team == t) for t in teams]
    mean = np.stack([_mean(each, r) for r in rows])
    return Fingerprints(mean, np.array([each.count[r].sum() for r in rows]), teams, np.full(len(teams), ""))


def _like(share: NDArray[np.float64], name: str, names: list[str]) -> list[list[Any]]:
    """Return the teams possessions are most taken for, itself left out, with their mean probability."""
    order = [int(k) for k in np.argsort(-share, kind="stable") if names[k] != name]
    return [[names[k], float(share[k])] for k in order[:LIKE]]


def _usual(each: Fingerprints, order: NDArray[np.float64], first: NDArray[np.int64]) -> float | None:
    """Return how far each of a team's first games is from the mean of the others of them, the mean."""
    if len(first) < 2:
        return None
    found = []
    for out in first:
        others = np.array([i for i in first if i != out])
        when = np.where(np.arange(len(each)) == out, order.max() + 1, order)  # that game last: it is measured
        keep = np.array(sorted([*others, out, *np.flatnonzero(each.team != each.team[out])]))
        part = Fingerprints(each.mean[keep], each.count[keep], each.team[keep], each.game[keep])
        away = drift(part, when[keep], first=len(others))
        found.append(away[int(np.flatnonzero(keep == out)[0])])
    return float(np.nanmean(found))
