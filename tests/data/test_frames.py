"""A frame told as numbers, worked by hand; what is read is counted; nothing but the frame itself is looked at."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sportsai.data import Game, Slot, Team, Tracks
from sportsai.data.frames import FAR, NAMES, Frames, told
from sportsai.data.game import Period, Player
from sportsai.errors import DataError

HALF = 14.0


def game(T: int = 6, right: int | None = 0) -> Game:
    """Two a side on FIBA's court, one of the visitors never seen; the first frame lies before play."""
    xy = np.zeros((T, 4, 2), np.float32)
    xy[:, 0], xy[:, 1], xy[:, 2] = (7.0, 0.0), (0.0, 3.5), (-7.0, -7.0)
    present = np.ones((T, 4), bool)
    present[:, 3] = False
    ball = np.tile(np.array([3.5, 0.0], np.float32), (T, 1))
    period = np.array([0] + [1] * (T - 1), np.int8)
    t = np.where(period > 0, (np.arange(T) - 1) * 0.1, np.nan)
    slots = tuple(Slot(str(i), i // 2) for i in range(4))
    tracks = Tracks(
        Fraction(10), np.arange(T, dtype=np.int32), period, t, xy, present, slots, ball, np.ones(T, bool),
        ball_z=np.full(T, 2.0, np.float32),
    )  # fmt: skip
    roster = tuple(Player(id=str(i), name=str(i), side=i // 2) for i in range(4))
    return Game(
        id="g", league="basketball", teams=(Team("h", "Home"), Team("a", "Away")), roster=roster,
        court_length_m=28.0, court_width_m=15.0, periods=(Period(1, 1, T, right),), tracks=tracks, kind="clip",
    )  # fmt: skip


def test_a_frame_by_hand() -> None:
    frames = Frames.of(game())
    assert len(frames) == 5 and frames.names == NAMES
    said = dict(zip(NAMES, frames.read(np.array([2]))[0].tolist(), strict=True))
    assert said["ball x"] == 0.25 and said["ball y"] == 0.0 and said["ball seen"] == 1.0
    assert said["ball height"] == 0.5 and said["height known"] == 1.0  # of 4 m
    assert said["middle x"] == pytest.approx(-0.25)  # players' middle 0, from the ball
    assert said["to the right goal"] == pytest.approx((14 - 1.575) / 14 - 0.25)
    assert said["home 1 x"] == pytest.approx(0.25) and said["home 1 away"] == pytest.approx(0.25)
    assert said["home 2 away"] == pytest.approx(np.hypot(0.25, 0.25))
    assert said["home 3 away"] == FAR and said["home 3 x"] == 0.0  # a side of two
    assert said["away 1 x"] == pytest.approx(-0.75) and said["away 2 away"] == FAR  # one is never seen
    assert said["home seen"] == pytest.approx(2 / 11) and said["away seen"] == pytest.approx(1 / 11)
    assert said["home ahead"] == 0.5 and said["away ahead"] == 0.0


def test_what_is_read_is_counted_once() -> None:
    frames = Frames.of(game())
    assert frames.share == 0.0
    frames.read(np.array([1, 1, 3]))
    assert frames.share == pytest.approx(2 / 5) and np.flatnonzero(frames.seen).tolist() == [1, 3]
    assert frames.read(np.zeros(0, np.int64)).shape == (0, len(NAMES))
    with pytest.raises(DataError, match=r"frame 5 of 5; expected a place among the frames of play"):
        frames.read(np.array([5]))
    assert Frames.of(game()).share == 0.0  # each has a counter of its own


def test_a_frame_says_nothing_of_its_neighbours() -> None:
    one, other = game(), game()
    tracks = other.tracks
    assert tracks is not None
    xy, ball = tracks.xy.copy(), tracks.ball_xy.copy()
    xy[[0, 1, 2, 4, 5]] += 3.0
    ball[[0, 1, 2, 4, 5]] -= 2.0
    other = replace(other, tracks=replace(tracks, xy=xy, ball_xy=ball))
    at = np.array([2])  # row 3
    np.testing.assert_array_equal(Frames.of(one).read(at), Frames.of(other).read(at))


def test_the_home_team_attacks_right() -> None:
    plain, turned = (Frames.of(game(right=r)).read(np.array([0]))[0] for r in (0, 1))
    x = NAMES.index("ball x")
    assert plain[x] == 0.25 and turned[x] == -0.25
    assert Frames.of(game(right=None)).read(np.array([0]))[0][x] == 0.25


def test_without_ball_or_players_all_is_finite() -> None:
    n = 3
    x = told(
        np.full((n, 4, 2), np.nan, np.float32), np.zeros((n, 4), bool), np.array([0, 0, 1, 1], np.int8),
        np.full((n, 2), np.nan, np.float32), np.full(n, np.nan, np.float32), np.zeros(n, bool), None,
    )  # fmt: skip
    assert x.shape == (n, len(NAMES)) and np.isfinite(x).all()


def test_a_game_without_play_is_said() -> None:
    with pytest.raises(DataError, match="has no tracks"):
        Frames.of(replace(game(), tracks=None))
    still = game()
    assert still.tracks is not None
    off = replace(still.tracks, period=np.zeros(6, np.int8))
    with pytest.raises(DataError, match="no frame of game g lies inside a period"):
        Frames.of(replace(still, tracks=off))
