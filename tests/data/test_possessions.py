"""Spells and handovers by hand, and on the real match."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.data.possessions import control, handovers, spells
from tests.conftest import make_tracks


def test_by_hand() -> None:
    # slots 0-2 home, 3-5 away; 10 Hz
    holder = np.full(60, -1, np.int16)
    holder[0:5] = 0
    holder[7:9] = 0  # lost for 0.2 s: one spell with the one before
    holder[20:25] = 1  # pass home 0 -> home 1, 1.1 s in flight
    holder[30:33] = 4  # turnover home 1 -> away 4
    tracks = replace(make_tracks(T=60), holder=holder)
    s = spells(tracks)
    assert s[["slot", "start_frame", "end_frame"]].values.tolist() == [[0, 0, 9], [1, 20, 25], [4, 30, 33]]
    e = handovers(tracks)
    assert e["type"].tolist() == ["pass", "turnover"]
    assert e["frame"].tolist() == [8, 24]
    assert e["player_id"].tolist() == ["h0", "h1"]
    assert e["other_ids"].tolist() == [["h1"], ["a1"]]
    assert e["start_frame"].tolist() == [0, 14]
    assert e["end_frame"].tolist() == [21, 31]
    assert handovers(tracks, within_s=0.55)["type"].tolist() == ["turnover"]


def test_half_time_ends_a_spell() -> None:
    holder = np.full(20, -1, np.int16)
    holder[8:10], holder[10:12] = 0, 1
    period = np.repeat([1, 2], 10).astype(np.int8)
    tracks = replace(make_tracks(T=20), holder=holder, period=period, t_s=np.tile(np.arange(10) / 10, 2))
    assert len(spells(tracks)) == 2
    assert len(handovers(tracks)) == 0


def test_nobody_ever_holds_the_ball() -> None:
    assert len(spells(make_tracks())) == 0
    assert len(handovers(make_tracks())) == 0


def test_the_real_match(demo_game) -> None:
    e = handovers(demo_game.tracks)
    counts = e["type"].value_counts()
    # an independent count of same-team handovers and of turnovers within 4 s gave 550 and 123
    assert 530 < counts["pass"] < 580
    assert 110 < counts["turnover"] < 140
    assert (e["end_frame"] > e["frame"]).all()
    assert (e["frame"] >= e["start_frame"]).all()


def test_control_is_the_nearest_for_long_enough() -> None:
    tracks = make_tracks(T=30)
    xy, ball = np.full_like(tracks.xy, 50.0), np.zeros_like(tracks.ball_xy)
    xy[:10, 0] = (1.0, 0.0)  # home 0, 1 m from the ball for 1 s
    xy[10:13, 4] = (0.5, 0.0)  # away 4 for 0.3 s: too short
    xy[15:20, 4] = (1.9, 0.0)  # away 4 for 0.5 s
    xy[20:25, 1] = (2.1, 0.0)  # home 1, too far
    present = tracks.present.copy()
    present[5, 0] = False  # not seen for one frame: two spells of control
    who = control(replace(tracks, xy=xy, ball_xy=ball, present=present))
    assert who.tolist() == [0] * 5 + [-1] + [0] * 4 + [-1] * 5 + [4] * 5 + [-1] * 10
    assert (control(replace(tracks, ball_present=np.zeros(30, bool))) == -1).all()
    assert len(control(make_tracks(T=0))) == 0


def test_control_agrees_with_the_provider_on_the_real_match(demo_game) -> None:
    tracks = demo_game.tracks
    who = control(tracks)
    both = (who >= 0) & (tracks.holder >= 0)
    assert both.sum() > 5_000
    assert (who[both] == tracks.holder[both]).mean() > 0.9
