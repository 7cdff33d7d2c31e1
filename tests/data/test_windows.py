"""Windows: turned, scaled, ordered, and never padded without saying so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sportsai.data import AWAY, HOME, Period
from sportsai.data.windows import OTHER, OWN, WindowCutter, join
from sportsai.errors import DataError
from tests.conftest import make_game, make_tracks


def game(T: int = 60, **changes):
    return make_game(make_tracks(T=T, **changes))


def test_a_window_holds_the_samples_about_its_moment() -> None:
    g = game()
    w = WindowCutter(g, length=8, players=None).cut([20], [1])
    assert w.xy.shape == (1, 6, 8, 2)
    assert (w.key[0], w.slot[0].tolist(), w.frame[0]) == (1, [0, 1, 2, 3, 4, 5], 20)
    assert (w.first_frame[0], w.last_frame[0], w.reference) == (16, 23, 4)
    # home attacks right as read, so nothing is turned: metres over half of 105
    np.testing.assert_allclose(w.xy[0, 1], g.tracks.xy[16:24, 1] / 52.5, atol=1e-6)
    np.testing.assert_allclose(w.ball[0], g.tracks.ball_xy[16:24] / 52.5, atol=1e-6)
    assert w.relation[0].tolist() == [OWN, OWN, OWN, OTHER, OTHER, OTHER]


def test_both_axes_are_divided_by_the_same_length() -> None:
    w = WindowCutter(game(), length=4).cut([20], [0])
    assert w.scale_m == 52.5


def test_the_keys_team_attacks_right() -> None:
    g = game()
    own, other = (WindowCutter(g, length=4, players=None).cut([20], [k]) for k in (0, 3))
    np.testing.assert_allclose(other.xy, -own.xy, atol=1e-6)
    np.testing.assert_allclose(other.ball, -own.ball, atol=1e-6)
    flipped = replace(g, periods=(Period(1, 0, 60, AWAY),))
    np.testing.assert_allclose(WindowCutter(flipped, length=4, players=None).cut([20], [0]).xy, -own.xy, atol=1e-6)


def test_the_nearest_come_first_by_the_reference_frame_alone() -> None:
    tracks = make_tracks(T=20)
    xy = tracks.xy.copy()
    xy[:] = 40  # far away before and after
    xy[10, :, :] = [[0, 0], [5, 0], [2, 0], [0, 3], [9, 9], [0, -1]]
    w = WindowCutter(make_game(replace(tracks, xy=xy)), length=4, players=4, reference=1).cut([10], [0])
    assert w.slot[0].tolist() == [0, 5, 2, 3]  # 0, 1, 2, 3 metres
    assert w.key[0] == 0


def test_fewer_players_than_places_leave_empty_places() -> None:
    tracks = make_tracks()
    present = tracks.present.copy()
    present[:, 2:5] = False
    w = WindowCutter(make_game(replace(tracks, present=present)), length=4, players=5).cut([20], [0])
    assert sorted(w.slot[0].tolist()) == [-1, -1, 0, 1, 5]
    empty = w.slot[0] == -1
    assert not w.present[0, empty].any()
    assert (w.xy[0, empty] == 0).all()
    assert (w.relation[0, empty] == 0).all()


def test_windows_past_the_end_or_over_a_gap_are_refused_and_counted() -> None:
    tracks = make_tracks(T=60)
    frame = np.where(np.arange(60) < 30, np.arange(60), np.arange(60) + 7).astype(np.int32)  # frames 30-36 are missing
    g = make_game(replace(tracks, frame=frame))
    cut = WindowCutter(g, length=8)
    asked = [2, 10, 28, 33, 38, 50, 66, 500]
    w = cut.cut(asked, [0] * len(asked), range(len(asked)))
    assert w.frame.tolist() == [10, 50]
    assert w.request.tolist() == [1, 5]
    assert w.label.tolist() == [1, 5]
    assert w.refused == 6
    with pytest.raises(DataError, match=r"no window about frame 28 .* over a gap"):
        cut.cut([28], [0], outside="raise")


def test_masked_samples_are_said_to_be_absent() -> None:
    w = WindowCutter(game(), length=8).cut([1], [0], outside="mask")
    assert w.present[0, 0].tolist() == [False] * 3 + [True] * 5
    assert (w.xy[0, :, :3] == 0).all()
    assert w.ball_present[0].tolist() == [False] * 3 + [True] * 5


def test_a_window_never_reaches_into_another_period() -> None:
    tracks = make_tracks(T=60)
    period = np.where(np.arange(60) < 30, 1, 2).astype(np.int8)
    t_s = np.where(np.arange(60) < 30, np.arange(60), np.arange(60) - 30) / 10
    g = make_game(replace(tracks, period=period, t_s=t_s))
    assert WindowCutter(g, length=8).cut([28, 31, 40], [0] * 3).frame.tolist() == [40]


def test_a_key_player_who_is_not_seen_is_refused() -> None:
    tracks = make_tracks()
    present = tracks.present.copy()
    present[20, 0] = False
    cut = WindowCutter(make_game(replace(tracks, present=present)), length=4)
    assert len(cut.cut([20, 20, 20], [0, -1, 99])) == 0
    with pytest.raises(DataError, match="its key player is not seen"):
        cut.cut([20], [0], outside="raise")


def test_a_game_at_another_rate_is_interpolated() -> None:
    tracks = make_tracks(T=100, rate_hz=Fraction(25))
    w = WindowCutter(make_game(tracks), length=4, players=None, stride=2.5).cut([50], [0])
    at = np.array([45, 47.5, 50, 52.5])
    x = np.interp(at, np.arange(100), tracks.xy[:, 0, 0])
    np.testing.assert_allclose(w.xy[0, 0, :, 0] * 52.5, x, atol=1e-4)
    assert (w.first_frame[0], w.last_frame[0]) == (45, 53)


def test_nearest_keeps_the_key_and_the_closest() -> None:
    everybody = WindowCutter(game(), length=4, players=None).cut([20, 30], [2, 4])
    few = everybody.nearest(3)
    direct = WindowCutter(game(), length=4, players=3).cut([20, 30], [2, 4])
    np.testing.assert_array_equal(few.slot, direct.slot)
    np.testing.assert_allclose(few.xy, direct.xy)
    assert few.nearest(5).slot[:, 3:].tolist() == [[-1, -1], [-1, -1]]


def test_joined_windows_remember_their_game() -> None:
    a = WindowCutter(game(), length=4).cut([20, 21], [0, 1])
    b = WindowCutter(make_game(make_tracks(seed=1), "other"), length=4).cut([30], [0])
    both = join([a, b])
    assert both.games == ("made-up", "other")
    assert both.game.tolist() == [0, 0, 1]
    assert both.take([2]).frame.tolist() == [30]
    with pytest.raises(DataError, match="8 samples"):
        join([a, WindowCutter(game(), length=8).cut([20], [0])])


def test_officials_are_never_in_a_window() -> None:
    g = game()
    slots = (*g.tracks.slots[:5], replace(g.tracks.slots[5], side=-1))
    w = WindowCutter(replace(g, tracks=replace(g.tracks, slots=slots)), length=4, players=None).cut([20], [0])
    assert 5 not in w.slot[0]
    assert HOME == 0
