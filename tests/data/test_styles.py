"""Team fingerprints: means, pooled decisions, nearest and drift, each against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.data.styles import Fingerprints, distances, drift, fingerprint, neighbours, team_quarter
from sportsai.errors import DataError

VECTORS = np.array([[1.0, 0], [3, 0], [0, 2], [0, 4], [5, 5]])
TEAM = ["B", "B", "A", "A", "B"]
GAME = ["g1", "g1", "g1", "g2", "g2"]


def prints(mean, team, count=None) -> Fingerprints:
    m = np.asarray(mean, float)
    count = np.ones(len(m), int) if count is None else np.asarray(count)
    return Fingerprints(m, count, np.asarray(team), np.array([f"g{i}" for i in range(len(m))]))


def test_a_fingerprint_is_a_mean_with_its_count():
    found = fingerprint(VECTORS, TEAM, GAME)
    assert list(zip(found.team.tolist(), found.game.tolist(), found.count.tolist(), strict=True)) == [
        ("A", "g1", 1), ("A", "g2", 1), ("B", "g1", 2), ("B", "g2", 1),
    ]  # fmt: skip
    assert found.mean.tolist() == [[0, 2], [0, 4], [2, 0], [5, 5]]
    season = fingerprint(VECTORS, TEAM)
    assert (season.team.tolist(), season.game.tolist(), season.count.tolist()) == (["A", "B"], ["", ""], [2, 3])
    assert season.mean.tolist() == [[0, 3], [3, pytest.approx(5 / 3)]]


def test_a_pooled_decision_sums_logarithms():
    p = np.array([[0.6, 0.4], [0.1, 0.9], [0.7, 0.3]])
    found = team_quarter(np.log(p), ["x", "x", "a"])
    assert (found.group.tolist(), found.choice.tolist(), found.count.tolist()) == (["a", "x"], [0, 1], [1, 2])
    # .6 x .1 against .4 x .9
    np.testing.assert_allclose(np.exp(found.log_p), [[0.7, 0.3], [1 / 7, 6 / 7]])
    assert len(team_quarter(np.zeros((0, 3)), []).choice) == 0


def test_distances():
    np.testing.assert_allclose(
        distances([[1, 0], [0, 0]], [[2, 0], [0, 3], [-1, 0], [1, 1]]), [[0, 1, 2, 1 - np.sqrt(0.5)], [1, 1, 1, 1]]
    )
    np.testing.assert_allclose(distances([[0, 0]], [[3, 4], [0, 0]], "euclid"), [[5, 0]])


def test_neighbours_are_never_oneself_and_may_be_of_other_teams_only():
    found = prints([[0, 0], [1, 0], [3, 0], [7, 0]], ["A", "A", "B", "C"])
    index, away = neighbours(found, 2, metric="euclid")
    assert index.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    np.testing.assert_allclose(away, [[1, 3], [1, 2], [2, 3], [4, 6]])
    index, away = neighbours(found, 3, metric="euclid", other_team=True)
    assert index.tolist() == [[2, 3, -1], [2, 3, -1], [1, 0, 3], [2, 1, 0]]
    assert np.isinf(away[0, 2])
    # about the mean (2, 2): the rows point right, left and right
    index, _ = neighbours(prints([[4, 2], [-1, 2], [3, 2]], ["A", "B", "C"]), 1)
    assert index.ravel().tolist() == [2, 0, 0]


def test_drift_is_from_the_first_games_in_order_of_date():
    found = prints([[4, 0], [0, 0], [1, 0], [9, 9]], ["A", "A", "A", "B"], count=[1, 3, 1, 1])
    away = drift(found, [30, 10, 20, 5], first=2, metric="euclid")
    # the first two games of A are rows 1 (3 possessions) and 2: their mean is (.25, 0)
    np.testing.assert_allclose(away, [3.75, np.nan, np.nan, np.nan])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: fingerprint([1, 2], ["A", "B"]), "shape"),
        (lambda: fingerprint([[1.0]], ["A", "B"]), "2 names of 1 rows"),
        (lambda: fingerprint([[1.0], [np.nan]], ["A", "B"]), "row 1 is not finite"),
        (lambda: distances([[1.0]], [[1.0, 2.0]]), "vectors of 1 and of 2"),
        (lambda: distances([[1.0]], [[1.0]], "nearness"), "one of cosine, euclid"),
        (lambda: neighbours(prints([[1.0]], ["A"]), 0), "the 0 nearest"),
        (lambda: drift(prints([[1.0]], ["A"]), [1, 2]), "2 dates of 1"),
        (lambda: drift(prints([[1.0]], ["A"]), [1], first=0), "first 0 games"),
    ],
)
def test_what_is_wrong_is_said(call, says):
    with pytest.raises(DataError, match=says):
        call()


def test_teams_that_play_alike_are_nearest_and_pooling_helps():
    rng = np.random.default_rng(0)
    style = rng.normal(size=(6, 8))
    team = np.repeat(np.arange(6), 200)
    game = np.tile(np.repeat(np.arange(10), 20), 6)
    x = style[team] + rng.normal(size=(1200, 8)) * 2
    found = fingerprint(x, team, game)
    index, _ = neighbours(found, 1)
    assert (found.team[index[:, 0]] == found.team).mean() > 0.8
    log_p = -((x[:, None] - style[None]) ** 2).sum(-1) / 8
    pooled = team_quarter(log_p, [f"{t}:{g}" for t, g in zip(team, game, strict=True)])
    single = (log_p.argmax(1) == team).mean()
    assert (pooled.choice == [int(g.split(":")[0]) for g in pooled.group]).mean() > single + 0.1
