"""Pass or run: the task's windows without the log's word, and why some plays are not told."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from sportsai.analysis import snaps
from sportsai.data import Game, empty_events, events_frame
from sportsai.tasks import snaps as task
from tests.analysis.conftest import constant
from tests.conftest import make_game, make_tracks


def play(tags: tuple[tuple[str, int], ...] = (("ball_snap", 10),), **extra) -> Game:
    tracks = make_tracks(T=60, players=11)
    tracks = replace(tracks, possession=np.zeros(tracks.T, np.int8))
    events = events_frame(
        {"event_id": [f"tag-{i}" for i in range(len(tags))], "type": [t for t, _ in tags],
         "frame": [f for _, f in tags], "t_s": [f / 10 for _, f in tags]}
    )  # fmt: skip
    return make_game(tracks, league="nfl", kind="clip", events=events, extra=extra, court_length_m=109.7)


def test_a_play_becomes_one_event_at_its_snap(fake) -> None:
    weights = fake("american_football", "snaps", constant(2.0, 0.0))
    found = snaps.analyse(play(play_type="rush"), empty_events(), weights)
    (e,) = found.events.to_dict("records")
    assert (e["type"], e["frame"], e["start_frame"], e["end_frame"]) == ("pass", 10, 10, 31)
    assert e["score"] == pytest.approx(np.exp(2) / (1 + np.exp(2)), abs=1e-3)
    assert e["attributes"]["logged"] == "rush"
    assert e["attributes"]["samples"] == 21
    assert found.part["classes"]["rush"] == pytest.approx(1 - found.part["p"], abs=1e-3)
    assert found.said[0] == "Pass, 88%, 2 s after the snap (21 samples)."
    assert (weights.model.asked[0].windows.last_frame == 30).all()


def test_the_logs_word_is_never_an_input(fake) -> None:
    weights = fake("american_football", "snaps", constant(0.0, 1.0))
    for word in ({"play_type": "pass"}, {"play_type": "rush"}, {}):
        assert len(snaps.analyse(play(**word), empty_events(), weights).events) == 1
    a, b, c = (said.windows for said in weights.model.asked)
    np.testing.assert_array_equal(a.xy, b.xy)
    np.testing.assert_array_equal(a.xy, c.xy)
    assert snaps.analyse(play(), empty_events(), weights).part["logged"] is None


@pytest.mark.parametrize(
    ("game", "why"),
    [
        (play(play_type="punt"), "calls this play a punt"),
        (play(tags=(("kickoff", 10),)), "calls this play a kick-off"),
        (play(tags=(("tackle", 40),)), "no snap tagged"),
        (replace(play(), events=None), "tags no snap"),
        (play(tags=(("ball_snap", 50),)), "ends before it"),
        (
            make_game(make_tracks(players=11), league="nfl", kind="clip", events=play().events),
            "which team has the ball",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(fake, game: Game, why: str) -> None:
    found = snaps.analyse(game, empty_events(), fake("american_football", "snaps", constant(0.0, 0.0)))
    assert len(found.events) == 0
    assert why in found.notes[0]


def test_windows_of_real_plays_are_the_tasks(real_data, fake) -> None:
    from sportsai.court import load_league
    from sportsai.readers import read_games

    archive = real_data / "football_nfl" / "ngs.npz"
    weights = fake("american_football", "snaps", constant(0.0, 0.0))
    taught = task.examples([archive], weights.recipe.data.model_copy(update={"moved_s": 0.0}), weights.recipe.frames)
    for game in islice(read_games((archive,), load_league("nfl"), "ngs"), 12):
        snaps.analyse(game, empty_events(), weights)
        theirs = np.flatnonzero(taught.facts["play"].to_numpy(str) == game.id)
        if len(theirs):
            np.testing.assert_array_equal(weights.model.asked[-1].windows.xy[0], taught.windows.xy[theirs[0]])
