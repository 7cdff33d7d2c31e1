"""Majority and gradient boosting."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.data.windows import WindowCutter
from sportsai.errors import ModelError, NotFittedError
from sportsai.models import boosted, load_model, majority
from tests.conftest import make_game, make_tracks


def windows(n: int = 40):
    return WindowCutter(make_game(make_tracks(T=200)), length=8, players=5).cut(
        np.linspace(10, 180, n).astype(int), np.zeros(n, int), np.arange(n) % 3 > 0
    )


def test_the_majority_says_the_shares() -> None:
    w = windows(30)
    model = majority.Model(majority.Config(classes=3)).fit(w)
    np.testing.assert_allclose(model.scores(w)[0], [1 / 3, 2 / 3, 0])
    with pytest.raises(NotFittedError):
        majority.Model(majority.Config()).scores(w)


def test_the_majority_of_players_is_a_rank_among_the_choices() -> None:
    w = windows(4)
    choices = np.array([[0, 1, 1, 1, 0], [0, 1, 0, 1, 1], [0, 0, 1, 1, 1], [0, 1, 1, 0, 0]], bool)
    w.label[:] = [1, 3, 2, 2]  # the first, the second, the first and the second of the choices
    model = majority.Model(majority.Config(choose=True)).fit(w, choices=choices)
    said = model.scores(w, choices=choices)
    assert (np.isfinite(said) == choices).all()
    np.testing.assert_allclose(np.exp(said[0, 1:3]), 0.5)
    assert said[0, 3] < said[0, 1]
    with pytest.raises(ModelError, match="choices"):
        model.scores(w)


def test_simple_features_are_what_their_names_say() -> None:
    w = windows(3)
    f = boosted.features(w)
    at, metres = w.reference, w.scale_m
    key, ball = w.xy[0, 0, at] * metres, w.ball[0, at] * metres
    assert np.isclose(f["key_x"][0], key[0])
    assert np.isclose(f["key_y"][0], abs(key[1]))
    step = np.linalg.norm((w.ball[0, 1] - w.ball[0, 0]) * metres)
    assert np.isclose(f["ball_step_0"][0], step, rtol=1e-4)
    mates = [np.linalg.norm(w.xy[0, p, at] * metres - ball) for p in range(5) if w.relation[0, p] == 1 and p != 0]
    assert np.isclose(f[f"mate_ball_{at}"][0], min(mates), rtol=1e-4)


def test_boosting_learns_and_says_probabilities() -> None:
    w = windows(60)
    w.ball[w.label == 1] += np.linspace(0, 1, 8)[:, None]  # the ball flies off in class 1
    model = boosted.Model(boosted.Config(classes=3, rounds=20)).fit(w)
    p = model.scores(w)
    np.testing.assert_allclose(p.sum(1), 1)
    assert (p.argmax(1) == w.label).mean() > 0.95
    assert (p[:, 2] == 0).all()
    with pytest.raises(NotFittedError):
        boosted.Model(boosted.Config()).scores(w)


def test_an_unknown_model_is_named_with_its_nearest() -> None:
    from sportsai.errors import RecipeError

    with pytest.raises(RecipeError, match=r'no model named "shared_compere". Did you mean "shared_compare"'):
        load_model("shared_compere")
