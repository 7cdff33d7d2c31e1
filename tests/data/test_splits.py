"""Splits: by game, by period, and no frame in two parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data.splits import Split, by_game, by_period, refuse_leak
from sportsai.data.windows import WindowCutter, join
from sportsai.errors import DataError
from tests.conftest import make_game, make_tracks


def windows(game_id: str = "made-up", every: int = 3):
    tracks = make_tracks(T=200)
    period = np.where(np.arange(200) < 100, 1, 2).astype(np.int8)
    t_s = np.where(np.arange(200) < 100, np.arange(200), np.arange(200) - 100) / 10
    game = make_game(replace(tracks, period=period, t_s=t_s), game_id)
    frames = np.arange(0, 200, every)
    return WindowCutter(game, length=8, players=2).cut(frames, np.zeros(len(frames), int))


def test_one_half_trains_its_end_validates_the_other_tests() -> None:
    w = windows()
    s = by_period(w, [1], [2], 0.25)
    assert (w.period[s.train] == 1).all()
    assert (w.period[s.test] == 2).all()
    assert w.last_frame[s.train].max() < w.first_frame[s.validation].min()
    assert len(s.dropped) > 0
    assert len(s.train) + len(s.validation) + len(s.test) + len(s.dropped) == len(w)
    first = by_period(w, [1], [2], 0.25, last=False)
    assert w.last_frame[first.validation].max() < w.first_frame[first.train].min()


def test_by_game_needs_two_games_and_knows_their_names() -> None:
    w = windows()
    with pytest.raises(DataError, match=r"only one game \(made-up\)"):
        by_game(w, [], ["made-up"])
    both = join([w, windows("b"), windows("c")])
    s = by_game(both, ["b"], ["c"])
    assert [len(x) for x in (s.train, s.validation, s.test)] == [len(w)] * 3
    with pytest.raises(DataError, match='no windows of game "d"'):
        by_game(both, ["d"], ["c"])
    with pytest.raises(DataError, match="both validates and tests"):
        by_game(both, ["b"], ["b"])


def test_a_leak_is_refused_with_the_window_that_leaks() -> None:
    w = windows(every=5)
    none = np.zeros(0, int)
    with pytest.raises(DataError, match=r"window about frame 10 .* between train and test"):
        refuse_leak(w, Split(np.array([1]), none, np.array([2]), none))  # frames 6-13 and 11-18
    refuse_leak(w, Split(np.array([1]), none, np.array([3]), none))


def test_a_long_window_that_started_early_is_found() -> None:
    w = windows(every=20)
    long = replace(w, last_frame=np.where(np.arange(len(w)) == 0, 90, w.last_frame))
    none = np.zeros(0, int)
    with pytest.raises(DataError, match="shares frames"):
        refuse_leak(long, Split(np.array([3]), none, np.array([0, 1]), none))


def test_periods_may_not_both_train_and_test() -> None:
    with pytest.raises(DataError, match="period 1 both trains and tests"):
        by_period(windows(), [1], [1, 2])
