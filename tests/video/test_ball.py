"""The ball: small, moving, off people, on a path that goes on; signs laid over the picture are none."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.video.ball import HITS, MOST, Moving, paths, spots

STILL = np.eye(3)
FLOOR = np.random.default_rng(2).integers(60, 120, (20, 40)).repeat(18, 0).repeat(32, 1).astype(np.uint8)


def picture(*balls: tuple[int, int], size: int = 6, pan: int = 0) -> np.ndarray:
    """Return a floor, panned by so many pixels, with bright squares at places of the picture."""
    out = np.roll(FLOOR, -pan, 1).copy()
    for x, y in balls:
        out[y : y + size, x : x + size] = 250
    return out


def test_what_moves_is_a_spot_and_what_stands_is_none() -> None:
    before, here, after = (picture((100 + 20 * n, 200), (600, 50)) for n in range(3))
    found = spots(before, here, after, STILL, STILL, np.zeros((0, 4)))
    assert len(found) == 1
    assert found[0, :2] == pytest.approx([122.5, 202.5], abs=1) and 5 < found[0, 2] < 10 and found[0, 3] > 100
    over_it = np.array([[110.0, 190, 140, 220]])
    assert len(spots(before, here, after, STILL, STILL, over_it)) == 0


def test_the_camera_s_move_is_none_of_the_ball_s() -> None:
    pan = np.array([[1.0, 0, -8], [0, 1, 0], [0, 0, 1]])
    views = [picture((300, 150 + 12 * n), pan=8 * n) for n in range(3)]
    found = spots(*views, pan, np.linalg.inv(pan), np.zeros((0, 4)))
    near = np.abs(found[:, :2] - [302.5, 164.5]).max(1) < 2
    assert near.sum() == 1 and near[0]


def test_large_and_long_things_are_no_balls_and_few_are_kept() -> None:
    boards = [picture() for _ in range(3)]
    for n, view in enumerate(boards):
        view[100 : 100 + 60, 50 + 90 * n : 110 + 90 * n] = 250
        view[250:254, 50 + 200 * n : 200 + 200 * n] = 250
    assert len(spots(*boards, STILL, STILL, np.zeros((0, 4)))) == 0
    many = [picture(*[(20 + 30 * k + 10 * n, 20 + 60 * (k % 5)) for k in range(20)]) for n in range(3)]
    assert len(spots(*many, STILL, STILL, np.zeros((0, 4)))) == MOST


def candidates(T: int, *balls: tuple[float, float, float, float]) -> list[np.ndarray]:
    """Return T frames of candidates that begin at x, y and move by dx, dy."""
    return [np.array([[x + t * dx, y + t * dy, 6.0, 100.0] for x, y, dx, dy in balls]).reshape(-1, 4) for t in range(T)]


def test_a_path_is_followed_over_gaps_and_a_sign_is_not() -> None:
    found = candidates(20, (50, 80, 9, 2), (474, 71, 0, 0))
    found[7] = found[7][1:]
    ball = paths(found, np.tile(STILL, (20, 1, 1)), np.arange(20) > 0, 12.5, 360)
    assert ball.seen.tolist() == [t != 7 for t in range(20)]
    assert np.allclose(ball.px[ball.seen], [[50 + 9 * t, 80 + 2 * t] for t in range(20) if t != 7])


def test_a_sign_that_stays_while_the_camera_pans_is_no_ball() -> None:
    pan = np.array([[1.0, 0, -10], [0, 1, 0], [0, 0, 1]])
    found = candidates(15, (474, 71, 0, 0))
    assert not paths(found, np.tile(pan, (15, 1, 1)), np.arange(15) > 0, 12.5, 360).seen.any()


def test_what_jumps_about_is_no_path_and_none_goes_over_a_cut() -> None:
    rng = np.random.default_rng(0)
    noise = [np.c_[rng.uniform(0, 360, (1, 2)), 6.0, 100.0] for _ in range(30)]
    assert not paths(noise, np.tile(STILL, (30, 1, 1)), np.arange(30) > 0, 12.5, 360).seen.any()
    follows = np.arange(10) > 0
    follows[4] = False  # four frames and six
    ball = paths(candidates(10, (50, 80, 9, 2)), np.tile(STILL, (10, 1, 1)), follows, 12.5, 360)
    assert ball.seen.tolist() == [False] * 4 + [True] * 6 and HITS == 5


def test_no_frames_and_no_candidates() -> None:
    none = [np.zeros((0, 4))] * 3
    assert not paths(none, np.tile(STILL, (3, 1, 1)), np.ones(3, bool), 12.5, 360).seen.any()
    assert len(paths([], np.zeros((0, 3, 3)), np.zeros(0, bool), 12.5, 360).px) == 0


def test_frames_are_judged_once_the_next_is_there() -> None:
    moving = Moving()
    for n in range(5):
        moving.add(picture((100 + 20 * n, 200)), None if n in (0, 3) else STILL, np.zeros((0, 4)))
    assert [len(f) for f in moving.done()] == [0, 1, 0, 0, 0]  # the first has none before, 2 none after, 3 was cut to
