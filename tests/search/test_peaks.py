"""Peaks: how far apart, whose, how high, and who controls the ball next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.learn.recipe import Recipe, load_recipe
from sportsai.search.looks import Looks
from sportsai.search.peaks import find, next_control
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
    found = find(looks_at(100, said), game, recipe, 1.0)
    found = found[found["height"] > 0.3]
    assert found["row"].tolist() == [20, 60]  # 24 lies 0.4 s from the higher 20
    assert found["slot"].tolist() == [0, 3]
    assert found["group"].tolist() == ["release", "release"]
    assert found["key_p"].min() > 0.9


def test_a_carry_is_an_unbroken_run_of_one_player(recipe: Recipe) -> None:
    game = make_game(make_tracks(T=100))
    said = {r: (0, 2, 12.0) for r in range(30, 50) if r not in (40, 41)} | dict.fromkeys(range(50, 70), (1, 2, 12.0))
    found = find(looks_at(100, said), game, recipe, 1.0)
    carries = found[found["group"] == "carry"]
    assert carries[["slot", "start_row", "end_row"]].to_numpy().tolist() == [[0, 30, 50], [3, 50, 70]]
    assert carries["height"].min() > 0.95


def test_a_temperature_softens_the_class_and_not_the_height(recipe: Recipe) -> None:
    game = make_game(make_tracks(T=60))
    said = {19: (0, 0, 5.0), 20: (0, 0, 12.0), 21: (0, 0, 5.0)}
    a, b = (find(looks_at(60, said), game, recipe, t).iloc[0] for t in (1.0, 4.0))
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
    who, when = next_control(tracks, np.array([19]), np.array([0]))
    assert who.tolist() == [1]
    assert when[0] >= 26
    slow = ball.copy()
    slow[24:] = [5, 2]
    who, _ = next_control(replace(tracks, ball_xy=slow), np.array([19]), np.array([0]))
    assert who.tolist() == [3]
    gone = replace(tracks, ball_present=np.arange(60) < 20)
    assert next_control(gone, np.array([19]), np.array([0]))[0].tolist() == [-1]
