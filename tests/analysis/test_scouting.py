"""Footage scouted: a timeline whose frames are found out as they are read, and the stretches around what is found."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sportsai.analysis import scouting
from sportsai.court import load_league
from sportsai.data.frames import NAMES
from tests.conftest import make_game, make_tracks


def test_stretches_that_touch_are_one() -> None:
    found = scouting.stretches(np.array([30.0, 2.0, 7.0, 59.0]), 0.0, 60.0)
    assert found == ((0.0, 10.0), (25.0, 33.0), (54.0, 60.0))


def test_what_matters_most_is_tracked_first_and_no_longer_than_asked() -> None:
    t, worth = np.array([50.0, 10.0, 12.0, 30.0, 70.0]), np.array([0.2, 0.9, 0.1, 0.3, 0.0])
    # 5 to 13 s is 8 s, with 30 s 16; 50 s would make 24, but 12 s only lengthens the first by two
    assert scouting.chosen(t, worth, 18.0, 0.0, 100.0).tolist() == [1, 2, 3]
    assert scouting.chosen(t, worth, 1.0, 0.0, 100.0).tolist() == [1]  # one at least
    assert scouting.chosen(t, worth * 0, 99.0, 0.0, 100.0).tolist() == []


def test_only_what_is_read_is_looked_at() -> None:
    looked: list[list[int]] = []

    def looks_at(index):
        looked.append(index.tolist())
        return np.where(index[:, None] % 2 == 0, [[26.25, -13.0]], np.nan)

    weights = SimpleNamespace(recipe=SimpleNamespace(names=("shot",)))
    line = scouting.timeline_of(load_league("soccer"), 100 + np.arange(50) / 5, 5.0, weights, looks_at)
    assert len(line) == 50 and abs(line.step_s - 0.2) < 1e-9 and line.stretches() == [(0, 50)] and not looked
    x = line.frames.read(np.array([4, 9]))
    told = dict(zip(NAMES, x.T, strict=True))
    assert looked == [[4, 9]] and abs(line.frames.share - 2 / 50) < 1e-9
    assert told["ball seen"].tolist() == [1, 0] and told["height known"].tolist() == [0, 0]
    assert np.allclose([told["ball x"][0], told["ball y"][0]], [0.5, -13 / 52.5])


def test_moments_are_kept_with_the_game_and_say_how_they_were_found(fake) -> None:
    game = make_game(make_tracks(T=100, rate_hz=10), kind="clip")
    weights = fake("soccer", "footage_scout", lambda taught: np.zeros((len(taught), 2)))
    found = scouting.Scouted(np.array([4.0, 90.0]), ("shot", "turnover"), np.array([0.8, 0.3]), ((0.0, 7.0),), 12, 9,
                             500, 200, 0.05, 3.0, weights)  # fmt: skip
    events, run = scouting.kept(found, game, 1.0)
    assert events["t_s"].tolist() == [3.0, 9.9] and events["frame"].tolist() == [30, 99]
    assert events["start_frame"].tolist() == [0, 49] and events["end_frame"].tolist() == [61, 100]
    assert run["frames_read"] == 12 and run["frames_total"] == 500 and run["share_read"] == 0.024
    assert run["types"]["shot"]["found"] == 1 and "where the camera looks" in run["notes"][0]
