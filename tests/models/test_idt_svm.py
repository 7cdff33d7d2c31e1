"""The trajectory-shape descriptor and its machine."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.data.windows import WindowCutter
from sportsai.errors import NotFittedError
from sportsai.models.idt_svm import Config, Model, describe, idt
from tests.conftest import make_game

POINTS = np.array([[0, 0], [3, 4], [3, 4], [6, 8]], float)


def test_a_descriptor_worked_out_by_hand() -> None:
    # displacements (3,4) (0,0) (3,4), lengths 5 + 0 + 5 = 10
    np.testing.assert_allclose(idt(POINTS), [0.3, 0.4, 0, 0, 0.3, 0.4], atol=1e-15)


def test_moving_and_scaling_change_nothing() -> None:
    np.testing.assert_allclose(idt(POINTS * 7), idt(POINTS), atol=1e-12)
    np.testing.assert_allclose(idt(POINTS + np.array([100, -3])), idt(POINTS), atol=1e-12)


def test_turning_mirroring_and_reversing_do() -> None:
    own = idt(POINTS)
    assert not np.allclose(idt(POINTS[:, ::-1]), own)
    assert not np.allclose(idt(POINTS * [1, -1]), own)
    back = idt(POINTS[::-1]).reshape(-1, 2)
    np.testing.assert_allclose(back, -own.reshape(-1, 2)[::-1], atol=1e-12)


def test_lengths_add_up_to_one_and_standing_still_is_zeros() -> None:
    tracks = np.random.default_rng(0).normal(size=(5, 16, 2))
    lengths = np.linalg.norm(idt(tracks).reshape(5, 15, 2), axis=-1).sum(1)
    np.testing.assert_allclose(lengths, 1, atol=1e-12)
    assert (idt(np.ones((16, 2))) == 0).all()


def test_hockeys_150_numbers() -> None:
    w = WindowCutter(make_game(), length=16, players=5).cut([20], [0])
    assert describe(w, Config(players=5, ball=False)).shape == (1, 150)
    assert describe(w, Config(players=5, ball=True)).shape == (1, 180)


def test_it_learns_the_way_a_track_bends_and_not_where_it_lies() -> None:
    rng = np.random.default_rng(0)

    def windows(n: int):
        base = WindowCutter(make_game(), length=8, players=2).cut([20] * n, [0] * n, rng.integers(0, 2, n))
        t = np.linspace(0, 1, 8)
        bend = np.where(base.label[:, None], 1, -1) * t * t
        path = (
            np.stack([np.tile(t, (n, 1)), bend], -1) + rng.uniform(-1, 1, (n, 1, 2)) + rng.normal(0, 0.005, (n, 8, 2))
        )
        base.xy[:, 0] = path
        return base

    train, test = windows(80), windows(60)
    model = Model(Config(classes=2, players=2, ball=False)).fit(train, windows(40))
    assert (model.scores(test).argmax(1) == test.label).mean() > 0.95
    place = windows(80)
    label = (place.xy[:, 0, 0, 0] > 0).astype(int)
    place.label[:] = label
    straight = windows(60)
    straight.label[:] = straight.xy[:, 0, 0, 0] > 0
    model = Model(Config(classes=2, players=2, ball=False)).fit(place, straight)
    assert (model.scores(straight).argmax(1) == straight.label).mean() < 0.75


def test_it_must_be_fitted_first() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        Model(Config()).scores(WindowCutter(make_game()).cut([20], [0]))
