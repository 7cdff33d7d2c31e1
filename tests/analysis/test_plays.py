"""Hockey's moments: the log says when and who, the model what."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.analysis import plays
from sportsai.data import Game, empty_events, events_frame
from sportsai.tasks import plays as task
from tests.analysis.conftest import constant
from tests.conftest import make_game, make_tracks

OPTIONS = task.Options(task="plays", direction="tracks", moved=())


def clip(**changes) -> Game:
    tracks = make_tracks(T=300, rate_hz=30, players=5)
    log = events_frame(
        {
            "type": ["puck_recovery", "pass", "shot", "power_play"], "frame": [100, 100, 150, 10],
            "player_id": ["h1", "h1", "nobody", None], "side": [0, 0, 0, 0], "t_s": [3.3, 3.3, 5.0, 0.3],
        }
    )  # fmt: skip
    return make_game(tracks, **{"league": "hockey", "kind": "clip", "events": log, "court_length_m": 60.96, **changes})


def test_one_event_a_moment_with_the_logs_word_beside(fake) -> None:
    weights = fake("hockey", "plays", constant(3.0, 0, 0, 0, 0, 0, 0))
    found = plays.analyse(clip(), empty_events(), weights)
    (e,) = found.events.to_dict("records")
    assert (e["type"], e["player_id"], e["frame"]) == ("pass", "h1", 100)
    assert e["attributes"]["moment"] == "from the log"
    assert e["attributes"]["logged"] == ["puck_recovery", "pass"]
    assert e["attributes"]["agrees"] is True
    assert (e["start_frame"], e["end_frame"]) == (68, 129)
    assert found.part["moments"] == 2
    notes = " ".join(found.notes)
    assert "provider's log's" in notes
    assert "1 of 2 logged moments are left out" in notes
    other = plays.analyse(clip(), empty_events(), fake("hockey", "plays", constant(0, 3.0, 0, 0, 0, 0, 0)))
    assert other.events["type"].tolist() == ["puck_recovery"]


def test_without_a_log_there_is_nothing_to_ask(fake) -> None:
    found = plays.analyse(clip(events=None), empty_events(), fake("hockey", "plays", constant(*[0.0] * 7)))
    assert len(found.events) == 0
    assert "no moment to ask about" in found.notes[0]


def test_another_rate_gives_the_same_moment() -> None:
    slow = make_game(make_tracks(T=150, rate_hz=15, players=5), league="hockey", kind="clip", court_length_m=60.96)
    a = plays.windows_at(clip(), np.array([100]), np.array([1]), OPTIONS, 16)
    b = plays.windows_at(slow, np.array([50]), np.array([1]), OPTIONS, 16)
    np.testing.assert_allclose(a.xy, b.xy, atol=1e-5)
    assert a.P == 12
    assert a.key[0] == 0
    assert a.slot[0, 0] == 1


@pytest.mark.slow
def test_key_players_of_real_clips_stand_where_the_task_has_them(real_data) -> None:
    from itertools import islice

    from sportsai.court import load_league
    from sportsai.readers import read_games

    taught = task.examples([real_data / "hockey" / "bdc2022_windows.npz"], OPTIONS, 16)
    clips = taught.facts["clip"].str.replace(" ", "-").to_numpy(str)
    frames = taught.facts["frame"].to_numpy()
    people, samples = [], []
    for game in islice(read_games((real_data / "hockey",), load_league("olympics_hockey"), "bigdatacup"), 3):
        log = game.events.drop_duplicates(["frame", "player_id"]).reset_index(drop=True)
        windows = plays.windows_at(game, log["frame"], plays._key_slots(game, log), OPTIONS, 16)
        assert len(windows) == len(log)
        for k in range(len(windows)):
            same = np.flatnonzero((clips == game.id) & (frames == windows.frame[k]))
            gap = np.abs(taught.windows.xy[same, 0, 8] - windows.xy[k, 0, 8]).max(1)
            assert gap.min() < 1e-4
            theirs = taught.windows.present[same[gap.argmin()]]
            people += [(theirs[:, 8].sum(), windows.present[k, :, 8].sum())]
            samples += [(theirs.sum(), windows.present[k].sum())]
    assert all(a == b for a, b in people)
    assert all(a == b for a, b in samples)
