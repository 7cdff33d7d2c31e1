"""The quality page's numbers, by hand on a broken game and on the real match."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data import Game
from sportsai.data.quality import quality
from tests.conftest import make_game, make_tracks


def test_gaps_ball_and_jumps_are_counted() -> None:
    tracks = make_tracks(T=200)
    present, ball, xy = tracks.present.copy(), tracks.ball_present.copy(), tracks.xy.copy()
    present[50:110] = False  # 6 s in which nobody is seen
    ball[:100] = False
    xy[150:, 2] = xy[149, 2] + 40  # one identity jumps, to 40 m away, and stays
    q = quality(make_game(replace(tracks, present=present, ball_present=ball, xy=xy)))
    assert q.observed_share == pytest.approx(140 / 200)
    assert q.ball_share == pytest.approx(0.5)
    assert q.longest_gap_s == pytest.approx(6.0)
    assert q.gaps_over_5s == 1
    assert q.id_jumps == 1
    assert q.players_median == 6
    assert {f.check for f in q.findings} >= {"Direction", "Observed", "Ball", "Players on camera", "Jumps"}


def test_clock_gaps_and_off_court() -> None:
    tracks = make_tracks(T=100)
    t_s = tracks.t_s.copy()
    t_s[60:] += 7
    xy = np.zeros_like(tracks.xy)
    xy[:, 0] = (60.0, 0.0)  # 7.5 m behind the goal line of a 105 m pitch
    q = quality(make_game(replace(tracks, t_s=t_s, xy=xy)))
    assert q.clock_gaps == 1
    assert q.off_court_max_m == pytest.approx(7.5)
    assert q.off_court_share == pytest.approx(1 / 6, abs=1e-4)


def test_no_tracks_no_frames_no_crash() -> None:
    game = make_game()
    assert quality(Game(**{**game.__dict__, "tracks": None})) is None
    q = quality(make_game(make_tracks(T=0)))
    assert q.frames == 0
    assert q.observed_share == 0
    assert np.isfinite([q.speed_p999_mps, q.longest_gap_s]).all()


def test_repairs_are_shown() -> None:
    q = quality(make_game(repairs={"rows with NaN set aside": 12}))
    assert any(f.text == "12 rows with NaN set aside." for f in q.findings)


def test_the_real_match(demo_game) -> None:
    q = quality(demo_game)
    assert q.frames == 68_101
    assert 0.60 < q.observed_share < 0.65
    assert q.ball_share * q.frames_in_play == pytest.approx(30_855, abs=5)
    assert q.players_median == 13
    assert 19 < q.speed_p999_mps < 21  # id jumps: 19 m/s at the 99.9th percentile
    assert [p.direction for p in q.periods] == ["away attacks right", "home attacks right"]
    assert len(q.players_per_minute) == 93
