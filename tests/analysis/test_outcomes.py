"""How possessions may end: only where all 22 and the ball are in the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.analysis import outcomes
from sportsai.data import Game, empty_events
from tests.analysis.conftest import constant
from tests.conftest import make_game, make_tracks


def match() -> Game:
    """Home's third player holds the ball, then away's fifth: a second each, with gaps."""
    tracks = make_tracks(T=60, players=11)
    holder = np.full(60, -1, np.int16)
    holder[10:20], holder[30:40] = 2, 15
    return make_game(replace(tracks, holder=holder))


def test_each_start_is_told_and_summed_by_team(fake) -> None:
    game = match()
    weights = fake("soccer", "outcomes", constant(0, 0, 1.0, 0, 0))
    found = outcomes.analyse(game, empty_events(), weights)
    assert found.part["told"] == found.part["starts"] == 2
    assert [d["n"] for d in found.part["by_side"]] == [1, 1]
    p = float(np.exp(1) / (np.exp(1) + 4))
    assert abs(found.part["by_side"][0]["expected"]["shot"] - p) < 0.01
    assert [s["player"] for s in found.part["likeliest_shots"]] == ["h2", "a4"]
    windows = weights.model.asked[0].windows
    assert (windows.key == 0).all()
    assert windows.slot[:, 0].tolist() == [2, 15]
    own = windows.relation == 1
    assert (own.sum(1) == 11).all()
    assert own[:, :11].all()
    assert (windows.last_frame == windows.frame).all()


def test_samples_lie_on_the_line_of_the_velocity() -> None:
    game = match()
    windows, moving = outcomes.cut(game, np.array([10]), np.array([2]), 0.1, 8)
    assert moving.all()
    t = game.tracks
    metres = windows.xy[0, 0] * windows.scale_m
    np.testing.assert_allclose(metres[-1], t.xy[10, 2], atol=1e-4)
    speed = np.clip((t.xy[10, 2] - t.xy[8, 2]) / 0.2, -7, 7)
    np.testing.assert_allclose(metres[0], t.xy[10, 2] - 0.7 * speed, atol=1e-3)


def test_a_missing_player_or_a_frame_alone_is_left_out(fake) -> None:
    game = match()
    weights = fake("soccer", "outcomes", constant(0, 0, 0, 0, 0))
    here = game.tracks.present.copy()
    here[10, 20] = False
    part = outcomes.analyse(replace(game, tracks=replace(game.tracks, present=here)), empty_events(), weights).part
    assert (part["told"], part["starts"]) == (1, 2)
    assert part["left_out"]["without all 22 players"] == 1
    here[:, 20] = False
    found = outcomes.analyse(replace(game, tracks=replace(game.tracks, present=here)), empty_events(), weights)
    assert found.part == {}
    assert "at no start of one" in found.notes[0]
    alone = game.tracks.present.copy()
    alone[[8, 28]] = False
    found = outcomes.analyse(replace(game, tracks=replace(game.tracks, present=alone)), empty_events(), weights)
    assert "nobody's speed" in found.notes[0]
