"""Directions: whichever way the file stores a period, the team of the panel attacks right."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.data import AWAY, HOME
from sportsai.library import Library
from sportsai.report import build_report, moments
from sportsai.report.material import gather
from sportsai.report.moments import after, key_moments
from sportsai.report.players import player_lines
from sportsai.report.plays import Play, opened
from sportsai.report.territory import stretches, total
from tests.report.conftest import RUN, predicted, small_game, small_tracks


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library, game = Library(tmp_path / "library", create=True), small_game()
    library.add(game)
    library.write_predictions(game.id, predicted(game), RUN)
    return library


def test_home_attacks_right_in_both_periods_and_events_turn_with_it(library: Library) -> None:
    m = gather(library, "small")
    assert m.tracks is not None
    for period in (1, 2):
        rows = m.tracks.period == period
        assert m.tracks.xy[rows, 0, 0].mean() < -40  # home's keeper
        assert m.tracks.xy[rows, 6, 0].mean() > 40  # away's keeper
    for e in m.events.itertuples():
        row, slot = m.tracks.rows(np.array([e.frame]))[0], m.tracks.slot_of(e.player_id)
        assert np.allclose([e.x, e.y], m.tracks.xy[row, slot], atol=1e-4)
    assert m.facing(HOME) == 1
    assert m.facing(AWAY) == -1
    assert m.directions == {1: 0, 2: 1}


def test_possession_adds_up_to_what_was_seen(library: Library) -> None:
    m = gather(library, "small")
    whole = total(stretches(m, 60.0))
    assert whole is not None
    assert sum(whole.held_s) == pytest.approx(600, abs=1)
    assert whole.seen == pytest.approx(1, abs=0.01)


def test_players_are_seen_as_long_as_they_were(library: Library) -> None:
    lines = {p.player.id: p for p in player_lines(gather(library, "small"))}
    assert lines["p1"].seen_min == pytest.approx(10, abs=0.1)
    assert lines["p3"].seen_min == pytest.approx(10 * 2 / 3, abs=0.1)  # off camera 20 s of each minute
    assert lines["p3"].coverage == pytest.approx(0.71, abs=0.03)  # of first to last sighting
    assert sum(lines["p1"].bands_m) == pytest.approx(lines["p1"].distance_m)
    assert lines["p1"].cells is not None
    assert lines["p1"].cells.sum() == pytest.approx(1)


def test_key_moments_are_ranked_by_the_formula_they_state(library: Library) -> None:
    m = gather(library, "small")
    moments = key_moments(m)
    assert moments
    ranks = [k.rank for k in moments]
    assert ranks == sorted(ranks, reverse=True)
    for k in moments:
        e = m.events.iloc[k.index]
        near, gain = max(0, 1 - k.goal_m / 105), min(k.gain_m, 40) / 40
        assert k.rank == pytest.approx(e["score"] * (0.4 * near + 0.4 * gain + 0.2 * (k.box_s is not None)))
        assert k.side == (1 - e["side"] if e["type"] == "turnover" else e["side"])
        goal = np.array([52.5, 0]) * m.facing(k.side)
        assert k.goal_m == pytest.approx(np.hypot(e["x"] - goal[0], e["y"] - goal[1]), abs=1e-3)
        seen = after(m, k.index, k.side)
        assert seen is not None
        assert seen.gain_m == k.gain_m


def test_a_report_ranks_each_event_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    rank = moments.moment_of
    monkeypatch.setattr(moments, "moment_of", lambda m, i: asked.append(i) or rank(m, i))
    build_report(library, "small")
    assert asked == list(range(len(gather(library, "small").events)))


def test_key_moments_lie_apart(library: Library) -> None:
    m = gather(library, "small")
    frames = sorted(int(m.events["frame"].iloc[k.index]) for k in key_moments(m))
    assert all(b - a >= 150 for a, b in itertools.pairwise(frames))


def test_a_court_of_unknown_size_is_the_leagues_and_that_is_said(library: Library) -> None:
    library.add(replace(small_game(), id="sizeless", court_length_m=0.0, court_width_m=0.0))
    m = gather(library, "sizeless")
    assert (m.court.length_m, m.court.width_m) == (105.0, 68.0)
    assert any("The size of the pitch is not in the data: the league’s 105 × 68 m is taken." in n for n in m.notes)


def test_plays_open_where_somebody_or_the_ball_is_seen(library: Library) -> None:
    t = small_tracks(60)
    gone = np.zeros(t.T, bool)
    gone[100:150] = gone[180:220] = True
    t = replace(t, present=t.present & ~gone[:, None], ball_present=t.ball_present & ~gone)
    library.add(small_game(t, id="gone"))
    m = gather(library, "gone")
    made = [
        Play("x", 1, "0:16", 160, (160, 161), (130, 200), 0, "pass"),  # on camera from 15.0 to 18.0 s
        Play("y", 1, "0:12", 120, (120, 121), (110, 170), 0, "pass"),  # nobody at the moment itself
        Play("z", 1, "0:20", 190, (190, 191), (185, 210), 0, "pass"),  # nobody at all
    ]
    assert [p.shown for p in opened(m, made)] == [(150, 180), (120, 170), (185, 210)]
