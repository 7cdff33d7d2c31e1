"""Where a camera looks that follows the ball."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.data.camera import Aim, aimed, eased, filmed
from tests.conftest import make_tracks

STILL = Aim(tremor_m=0.0)


def test_it_looks_less_far_to_the_sides_and_nearer_than_the_ball_is() -> None:
    ball = np.tile([50.0, 20.0], (100, 1))
    at = aimed(ball, 105.0, 68.0, 25.0, np.random.default_rng(0), STILL)
    assert np.allclose(at, [0.8 * 52.5, 0.35 * 20 - 0.06 * 68])


def test_it_follows_a_pass_late_and_smoothly() -> None:
    ball = np.zeros((200, 2))
    ball[100:, 0] = 30.0
    x = aimed(ball, 105.0, 68.0, 25.0, np.random.default_rng(0), STILL)[:, 0]
    assert (np.diff(x) >= -1e-9).all() and x[20] < 0.1 and x[180] > 29.9
    assert abs(x[99:101].mean() - 15.0) < 1e-6 and np.diff(x).max() < 30 / (25 * 0.9)
    assert np.allclose(eased(np.ones((9, 2)), 3.0), 1.0)


def test_a_games_ball_becomes_where_its_own_camera_looks() -> None:
    tracks = make_tracks(T=200, rate_hz=10)
    tracks.ball_present[80:120] = False
    one, again, other = (filmed(tracks, 105.0, 68.0, name) for name in ("a", "a", "b"))
    assert np.array_equal(one.ball_xy, again.ball_xy) and not np.allclose(one.ball_xy, other.ball_xy)
    assert np.isnan(one.ball_z).all() and np.array_equal(one.ball_present, tracks.ball_present)
    moved = replace(tracks, ball_xy=tracks.ball_xy.copy())
    moved.ball_xy[120:] += 10.0  # after a break of four seconds: what was before it does not change
    assert np.array_equal(filmed(moved, 105.0, 68.0, "a").ball_xy[:80], one.ball_xy[:80])
