"""A game searched by all its frames and by a few: what was found, who was near, what was read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.analysis.detect import detect, detect_game
from sportsai.errors import DataError, LeagueError, ModelError, StoreError
from sportsai.library import Library
from sportsai.report.scores.reading import draw_reading
from tests.conftest import make_game
from tests.whole.made_up import game


def test_every_frame_finds_what_can_be_seen(whole_weights: Path) -> None:
    made = game(20)
    events, run = detect(made, how="dense", weights=whole_weights)
    assert run["share_read"] == 1.0 and run["frames_read"] == 400
    shots = events[events["type"] == "shot"]
    truth = made.events[made.events["type"] == "shot"]["t_s"].to_numpy()  # type: ignore[index]
    near = [np.abs(truth - t).min() <= 2.5 for t in shots["t_s"]]
    assert len(near) >= 5 and np.mean(near) > 0.8
    assert (events["score"] >= 0.5).all()
    first = events.iloc[0]
    assert first["start_frame"] <= first["frame"] < first["end_frame"]
    assert first["attributes"]["frame_read"] == first["frame"]
    assert first["attributes"]["near_ball"] in {p.id for p in made.roster}
    assert (events["side"] == -1).all()  # the ball is elsewhere by the time of the log: whose it was is not said
    assert events["x"].isna().all()
    assert run["types"]["shot"]["logged"] == 8
    assert not run["trained_on"]


def test_evidence_stays_in_its_period(whole_weights: Path) -> None:
    made = game(21, halves=True)
    events, _ = detect(made, how="dense", weights=whole_weights)
    tracks = made.tracks
    assert tracks is not None and len(events)
    for e in events.to_dict("records"):
        assert set(tracks.period[e["start_frame"] : e["end_frame"]]) == {e["period"]}


def test_a_scout_reads_what_was_bought_and_says_which(whole_weights: Path, tmp_path: Path) -> None:
    made = game(20)
    events, run = detect(made, budget=0.3, weights=whole_weights)
    assert run["frames_read"] == len(set(run["read_at"])) == 120
    assert run["share_read"] == pytest.approx(0.3)
    assert set(run["round"]) <= set(range(5))
    read = set(run["read_at"])
    assert all(a["frame_read"] is None or a["frame_read"] in read for a in events["attributes"])
    path = draw_reading(made, events, run, tmp_path / "r.svg")
    said = path.read_text()
    assert "of 16 logged moments found in 30" in said
    assert ">frames read<" in said


def test_only_some_types_may_be_asked_about(whole_weights: Path) -> None:
    made = game(20)
    events, run = detect(made, budget=0.3, weights=whole_weights, types=["shot"])
    assert set(events["type"]) <= {"shot"}
    assert list(run["types"]) == list(run["logged"]) == ["shot"]
    dense, _ = detect(made, how="dense", weights=whole_weights, types=["rebound"])
    assert set(dense["type"]) == {"rebound"}
    with pytest.raises(DataError, match=r'type "shto"; expected one of shot, rebound.*Did you mean "shot"'):
        detect(made, weights=whole_weights, types=["shto"])


def test_a_search_is_kept_beside_the_game_and_is_no_analysis(whole_weights: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(game(20))
    found, told = detect_game(library, "game-20", budget=0.2, weights=whole_weights)
    events, run = library.predictions("game-20", kind="detect")
    assert run["run_id"] == told["run_id"] and run["frames_read"] == 80 and len(events) == len(found)
    with pytest.raises(StoreError, match="has not been analysed"):
        library.predictions("game-20")


def test_what_cannot_be_searched_is_said_in_one_line(whole_weights: Path, tmp_path: Path) -> None:
    made = game(20)
    for budget in (0.0, 1.5):
        with pytest.raises(DataError, match="expected a share of the frames of play"):
            detect(made, budget=budget, weights=whole_weights)
    with pytest.raises(LeagueError, match="is of basketball, hockey plays hockey"):
        detect(made, league="hockey", weights=whole_weights)
    with pytest.raises(ModelError, match='no model called "moments_scout" is trained for hockey'):
        detect(make_game(league="hockey"))
    with pytest.raises(DataError, match="has no frame inside a period"):
        detect(make_game(league="basketball").__class__(**{**made.__dict__, "tracks": None}), weights=whole_weights)
    short = game(3, frames=24, moments=0)
    events, run = detect(short, budget=0.1, weights=whole_weights)  # shorter than any piece it was taught on
    assert run["frames_read"] == 2 and set(events["type"]) <= {"shot", "rebound"}
