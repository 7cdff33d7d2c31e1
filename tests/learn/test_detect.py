"""Searching a whole game: peaks, who controls the ball next, matching, and how far a peak is trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sportsai.learn import detect
from sportsai.learn.detect import Looks, Trust
from sportsai.learn.recipe import Recipe, load_recipe
from tests.conftest import make_game, make_tracks


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("soccer", "shared_compare")


def looks_at(T: int, said: dict[int, tuple[int, int, float]]) -> Looks:
    """Looks at each of T rows, candidates slots 0 and 3; `said`: row -> (candidate, class, logit)."""
    logit = np.zeros((T, 2, 4), np.float32)
    logit[..., 3] = 6
    for row, (c, k, height) in said.items():
        logit[row, c, k] = height
    return Looks(np.arange(T), np.tile([0, 3], (T, 1)), logit, 1)


def test_releases_are_peaks_at_least_so_far_apart(recipe: Recipe) -> None:
    game = make_game(make_tracks(T=100))
    said = {
        20: (0, 0, 12.0),
        19: (0, 0, 8.0),
        21: (0, 0, 8.0),
        24: (0, 1, 9.0),
        59: (1, 1, 8.0),
        60: (1, 1, 11.0),
        61: (1, 1, 8.0),
    }
    found = detect.find(looks_at(100, said), game, recipe, 1.0)
    found = found[found["height"] > 0.3]
    assert found["row"].tolist() == [20, 60]  # 24 lies 0.4 s from the higher 20
    assert found["slot"].tolist() == [0, 3]
    assert found["group"].tolist() == ["release", "release"]
    assert found["key_p"].min() > 0.9


def test_a_carry_is_an_unbroken_run_of_one_player(recipe: Recipe) -> None:
    game = make_game(make_tracks(T=100))
    said = {r: (0, 2, 12.0) for r in range(30, 50) if r not in (40, 41)} | dict.fromkeys(range(50, 70), (1, 2, 12.0))
    found = detect.find(looks_at(100, said), game, recipe, 1.0)
    carries = found[found["group"] == "carry"]
    assert carries[["slot", "start_row", "end_row"]].to_numpy().tolist() == [[0, 30, 50], [3, 50, 70]]
    assert carries["height"].min() > 0.95


def test_a_temperature_softens_the_class_and_not_the_height(recipe: Recipe) -> None:
    game = make_game(make_tracks(T=60))
    said = {19: (0, 0, 5.0), 20: (0, 0, 12.0), 21: (0, 0, 5.0)}
    a, b = (detect.find(looks_at(60, said), game, recipe, t).iloc[0] for t in (1.0, 4.0))
    assert a["height"] == b["height"]
    assert a["class_p"][0] > b["class_p"][0]


def test_who_controls_the_ball_next() -> None:
    tracks = make_tracks(T=60)
    xy, ball = tracks.xy.copy(), tracks.ball_xy.copy()
    xy[:] = [[0, 0], [10, 0], [0, 20], [5, 3], [-30, 0], [30, 30]]
    ball[:] = [0, 0]
    ball[20:30] = np.linspace([1, 0], [10, 0], 10)  # flies past 3, who stands 3 m off its way, to 1
    ball[30:] = [10, 0.5]
    tracks = replace(tracks, xy=xy, ball_xy=ball)
    who, when = detect.next_control(tracks, np.array([19]), np.array([0]))
    assert who.tolist() == [1]
    assert when[0] >= 26
    slow = ball.copy()
    slow[24:] = [5, 2]
    who, _ = detect.next_control(replace(tracks, ball_xy=slow), np.array([19]), np.array([0]))
    assert who.tolist() == [3]
    gone = replace(tracks, ball_present=np.arange(60) < 20)
    assert detect.next_control(gone, np.array([19]), np.array([0]))[0].tolist() == [-1]


def real(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"type": k, "period": 1, "t_s": t, "slot": 0, "low_s": t - tol, "high_s": t + tol} for k, t, tol in rows]
    )


def peaks(*rows: tuple[int, float]) -> pd.DataFrame:
    return pd.DataFrame({"row": [r for r, _ in rows], "slot": 0, "height": [h for _, h in rows]})


def test_matching_is_one_to_one_within_the_tolerance() -> None:
    tracks = make_tracks(T=100)
    truth = real(("pass", 2.0, 1.0), ("pass", 3.5, 1.0))
    found = peaks((21, 0.5), (19, 0.9), (36, 0.7), (46, 0.8))  # 2.1, 1.9, 3.6, 4.6 s
    assert detect.match(found, found["height"].to_numpy(), truth, tracks).tolist() == [-1, 0, 1, -1]
    edge = peaks((45, 0.5))
    assert detect.match(edge, np.ones(1), truth, tracks).tolist() == [1]  # exactly one second


def test_the_truth_fed_back_scores_one(recipe: Recipe) -> None:
    from tests.learn.test_fit import passing_game

    game = passing_game()
    table = detect.truth(game, recipe)
    assert set(table["type"]) == {"pass", "turnover", "carry"}
    carry = table[table["type"] == "carry"].iloc[0]
    assert (carry["t_s"], carry["low_s"], carry["high_s"]) == (1.0, 0.0, 2.0)
    K = recipe.data.classes
    share = {n: np.eye(3)[i] * 0.98 + 0.005 for i, n in enumerate(K)}
    rows = game.tracks.rows(np.array([0]))  # frames are rows here
    assert rows.tolist() == [0]
    row = [int(np.flatnonzero((game.tracks.period == p) & np.isclose(game.tracks.t_s, t))[0])
           for p, t in zip(table["period"], table["t_s"], strict=True)]  # fmt: skip
    oracle = pd.DataFrame(
        {
            "group": np.where(table["type"] == "carry", "carry", "release"),
            "row": row,
            "slot": table["slot"],
            "height": 0.99,
            "class_p": [share[k] for k in table["type"]],
            "key_p": 1.0,
            "start_row": row,
            "end_row": row,
            "next_side": np.where(table["type"] == "pass", 1, -1),
        }
    )
    wrong = oracle.assign(row=np.clip(oracle["row"] + 14, 0, 1199), height=0.01, next_side=0)
    both = pd.concat([oracle, wrong[wrong["group"] == "release"]], ignore_index=True)
    trust = detect.calibrate(both, table, recipe, game.tracks)
    scores = detect.detection_scores(both, table, trust, recipe, game.tracks)
    for name, s in scores.items():
        assert s["AP"] == pytest.approx(1), name
        assert (s["precision"], s["recall"], s["key_right"]) == (1, 1, 1), name
        assert s["count_ratio"] == [1, 1, 1], name


def test_trust_is_a_logistic_map_with_a_tilt_and_thresholds() -> None:
    trust = Trust(("pass", "turnover"), ((0.0,), (1.0,), (0.5,)), (0.0, 0.0, 0.0), (0.3, 0.2), 0.5)
    p = trust(np.array([[0.0], [2.0]]))
    np.testing.assert_allclose(p[0], [1 / 3, 1 / 3])
    e = np.exp([0, 2, 1])
    np.testing.assert_allclose(p[1], (e / e.sum())[1:])
    kind, kept = trust.choose(p)
    assert kind.tolist() == [1, 0]  # the tilt halves passes: 1/6 < 1/3; .33 > .24
    assert kept.tolist() == [True, True]
    assert detect.trust_of({"trust": {"release": {
        "types": ["pass", "turnover"], "weight": [[0.0], [1.0], [0.5]], "offset": [0, 0, 0], "thresholds": [0.3, 0.2],
        "tilt": 0.5}}})["release"] == trust  # fmt: skip
