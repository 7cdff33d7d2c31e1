"""A whole game analysed with the shipped weights: what comes out, also of games with something missing."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.analysis import _game, analyse, analyse_game
from sportsai.analysis.recognise import expected_counts
from sportsai.data import Game, Period
from sportsai.data.events import COLUMNS
from sportsai.errors import LeagueError, ModelError
from sportsai.library import Library
from tests.conftest import make_game, make_tracks


@pytest.fixture(scope="module")
def analysed(demo_game: Game) -> tuple[pd.DataFrame, dict]:
    return analyse(demo_game)


def test_the_whole_match_is_analysed(analysed, demo_game: Game) -> None:
    events, run = analysed
    assert run["frames_read"] > 25_000
    assert run["frames_total"] == demo_game.tracks.T
    assert set(events["type"]) == {"pass", "turnover", "carry"}
    assert list(events.columns) == list(COLUMNS)
    assert len(events) > 500


def test_each_event_says_who_where_how_sure_and_where_to_look(analysed, demo_game: Game) -> None:
    events, run = analysed
    tracks = demo_game.tracks
    assert events["event_id"].is_unique
    assert events["score"].between(0, 1).all()
    low = events["type"].map(run["thresholds"]).astype(float)
    assert (events["score"] >= low - 1e-3).all()
    row = tracks.rows(events["frame"].to_numpy())
    assert (row >= 0).all()
    assert (tracks.period[row] == events["period"]).all()
    np.testing.assert_allclose(tracks.t_s[row], events["t_s"])
    assert (events["start_frame"] <= events["frame"]).all()
    assert (events["end_frame"] > events["frame"]).all()
    assert ((events["end_frame"] - events["start_frame"]) < 300).all()
    sides = {s.player_id: s.side for s in tracks.slots if s.player_id}
    for e in events.head(200).itertuples():
        if isinstance(e.player_id, str):
            slot = tracks.slot_of(e.player_id)
            assert sides[e.player_id] == e.side
            r = tracks.rows(np.array([e.frame]))[0]
            np.testing.assert_allclose([e.x, e.y], tracks.xy[r, slot], atol=1e-5)
            assert e.player_id not in e.other_ids
        for other in e.other_ids:
            assert (sides[other] == e.side) == (e.type == "pass")
        assert set(e.attributes) >= {"key_player_p", "class_p", "trained_on"}
        assert e.attributes["trained_on"] == (e.period == 1)


def test_the_run_says_what_made_it(analysed) -> None:
    _, run = analysed
    assert run["recipe"] == "soccer/shared_compare"
    assert len(run["weights_sha256"]) == 64
    assert run["metrics"]["types"]["pass"]["precision"] > 0.5
    assert run["made_at"].endswith("+00:00")
    counts = expected_counts(run, {"pass": 100})
    n, low, high = counts["pass"]
    assert low < n < high


def test_the_holder_column_changes_nothing(analysed, demo_game: Game) -> None:
    tracks = demo_game.tracks
    keep = slice(20_000, 24_000)
    part = tracks.cut(keep.start, keep.stop)
    blind = replace(part, holder=np.full(part.T, -1, np.int16), possession=np.full(part.T, -1, np.int8))
    a, _ = analyse(replace(demo_game, tracks=part))
    b, _ = analyse(replace(demo_game, tracks=blind))
    pd.testing.assert_frame_equal(a, b)
    assert len(a) > 30


def test_it_finds_what_the_provider_logged_in_the_half_it_never_saw(analysed, demo_game: Game) -> None:
    from sportsai.data.possessions import handovers

    events, _ = analysed
    real = handovers(demo_game.tracks)
    real = real[(real["type"] == "pass") & (real["period"] == 2)]
    found = events[(events["type"] == "pass") & (events["period"] == 2)]["t_s"].to_numpy()
    near = np.abs(real["t_s"].to_numpy()[:, None] - found[None]).min(1) <= 1.0
    assert near.mean() > 0.6


def none_of(game: Game, **changes) -> tuple[pd.DataFrame, dict]:
    tracks = replace(game.tracks, **changes)
    return analyse(replace(game, tracks=tracks))


def test_games_with_something_missing_give_an_empty_table_and_the_reason() -> None:
    game = make_game()
    T, P = game.tracks.T, game.tracks.P
    cases = {
        "no tracks": analyse(replace(game, tracks=None, kind="clip")),
        "ball was never seen": none_of(game, ball_present=np.zeros(T, bool)),
        "No player of either team": none_of(game, present=np.zeros((T, P), bool)),
        "inside a period": none_of(game, period=np.zeros(T, np.int8), t_s=np.full(T, np.nan)),
        "never seen at once": none_of(
            game, ball_present=np.arange(T) < 20, present=np.tile((np.arange(T) >= 20)[:, None], P)
        ),
    }
    for reason, (events, run) in cases.items():
        assert len(events) == 0
        assert list(events.columns) == list(COLUMNS)
        assert reason in " ".join(run["notes"])


def test_short_odd_and_unoriented_games_do_not_crash() -> None:
    assert len(analyse(make_game(make_tracks(T=5)))[0]) == 0
    _, run = analyse(make_game(make_tracks(T=80, rate_hz=25)))
    assert "25 Hz" in " ".join(run["notes"])
    unknown = make_game(periods=(Period(1, 0, 60, None),))
    assert "direction of play is not known in period 1" in " ".join(analyse(unknown)[1]["notes"])
    assert analyse(make_game(make_tracks(T=60, players=1)))[1]["frames_read"] > 0


def test_unnamed_players_stay_unnamed() -> None:
    from sportsai.data import Slot

    game = make_game()
    slots = tuple(Slot(None, s.side) for s in game.tracks.slots)
    events, _ = none_of(game, slots=slots)
    assert events["player_id"].isna().all()


def test_how_slow_the_machine_is_changes_nothing(demo_game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which an hour passes whenever anybody looks at it: the same frames are read, the same events found."""
    part = replace(demo_game, tracks=demo_game.tracks.cut(18_000, 30_000))
    events, run = analyse(part)
    hours = itertools.count(0, 3600)
    with monkeypatch.context() as slow:
        slow.setattr(time, "perf_counter", lambda: float(next(hours)))
        slow.setattr(time, "monotonic", lambda: float(next(hours)))
        slower, told = analyse(part)
    assert told["seconds"] >= 3600 > run["seconds"]
    assert len(events) > 100 and run["frames_read"] == told["frames_read"]
    pd.testing.assert_frame_equal(events.drop(columns="run_id", errors="ignore"),
                                  slower.drop(columns="run_id", errors="ignore"))  # fmt: skip


def test_leagues_without_weights_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    events, run = analyse(make_game(league="volleyball"))
    assert not len(events) and "not made from any" in " ".join(run["notes"])  # its capability is of footage
    with monkeypatch.context() as nothing_told:
        nothing_told.setattr(_game, "capabilities", lambda sport: {})
        with pytest.raises(ModelError, match=r"is trained for volleyball. Weights ship for: soccer"):
            analyse(make_game(league="volleyball"))
    with pytest.raises(LeagueError, match='no league named "narnia"'):
        analyse(make_game(), league="narnia")
    with pytest.raises(LeagueError, match="is of soccer, nba plays basketball"):
        analyse(make_game(), league="nba")


def test_predictions_are_kept_beside_the_game(tmp_path: Path, demo_game: Game) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(replace(demo_game, tracks=demo_game.tracks.cut(20_000, 22_000)))
    events, run = analyse_game(library, "2417")
    back, said = library.predictions("2417")
    assert said["run_id"] == run["run_id"]
    assert back["event_id"].tolist() == events["event_id"].tolist()
    assert [list(o) for o in back["other_ids"]] == [list(o) for o in events["other_ids"]]
