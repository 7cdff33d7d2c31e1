"""Highlights of a game: what they show, how long they last, what is kept of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.analysis.highlights import attention, highlights, highlights_of
from sportsai.errors import DataError, ModelError, StoreError
from sportsai.library import Library
from sportsai.report.scores.attended import draw_attended
from sportsai.report.scores.best import draw_best
from tests.conftest import make_game
from tests.whole.made_up import game


def test_moments_found_are_shown_and_named(whole_weights: Path) -> None:
    made = game(20)
    events, run = highlights(made, 60.0, weights=whole_weights)
    assert 0 < run["length_s"] <= 60.0 and run["of_s"] == 200.0
    shots = run["logged"]["shots"]
    assert len(shots) == 8
    assert sum(shown for *_, shown in shots) >= 4  # 60 of 200 s, each clip 10 s long
    assert "chances" not in run["logged"]
    assert {m["type"] for a in events["attributes"] for m in a["shows"]} == {"shot"}  # rebounds are worth nothing here
    assert (events["type"] == "highlight").all()
    assert events["score"].between(0, 1).all()
    assert (events["start_frame"] <= events["frame"]).all() and (events["frame"] < events["end_frame"]).all()


def test_an_attention_shows_without_naming(whole_weights: Path) -> None:
    events, run = highlights(game(20), 60.0, how="attention", weights=whole_weights)
    assert run["recipe"] == "basketball/highlights" and 0 < run["length_s"] <= 60.0
    assert events["score"].isna().all()
    assert all(a["shows"] == [] for a in events["attributes"])


def test_the_ball_alone_needs_no_weights(tmp_path: Path) -> None:
    made = game(21, halves=True)
    events, run = highlights(made, 30.0, how="ball")
    assert run["model"] == "how fast the ball moves"
    tracks = made.tracks
    assert tracks is not None
    for e in events.to_dict("records"):
        assert set(tracks.period[e["start_frame"] : e["end_frame"]]) == {e["period"]}
    path = draw_best(made, events, run, tmp_path / "best.svg")
    assert f"of {len(run['logged']['shots'])} shots" in path.read_text()


def test_they_are_kept_beside_other_runs(whole_weights: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    made = game(20)
    library.add(made)
    events, run = highlights_of(library, made.id, 40.0, weights=whole_weights)
    again, kept = library.predictions(made.id, kind="highlights")
    assert kept["run_id"] == run["run_id"]
    np.testing.assert_array_equal(again["frame"], events["frame"])
    with pytest.raises(StoreError, match="has not been analysed"):
        library.predictions(made.id)


def test_what_cannot_be_shown_is_said_in_one_line(whole_weights: Path) -> None:
    with pytest.raises(DataError, match="highlights of 0 s; expected a length above 0"):
        highlights(game(0), 0.0, how="ball")
    with pytest.raises(DataError, match='"goals"; expected one of moments, attention, ball'):
        highlights(game(0), 10.0, how="goals")
    with pytest.raises(DataError, match="no frame inside a period"):
        highlights(replace(game(0), tracks=None), 10.0, how="ball")
    with pytest.raises(ModelError, match='no model called "highlights" is trained for hockey'):
        highlights(make_game(league="hockey"), 10.0, how="attention", weights=whole_weights)


def test_where_each_stream_was_looked_at_most_and_least(whole_weights: Path, tmp_path: Path) -> None:
    made = game(20)
    streams = attention(made, weights=whole_weights)
    assert [s["name"] for s in streams] == ["ball", "defenders"]
    for s in streams:
        assert len(s["most"]) == len(s["least"]) == 3
        assert min(looked for _, looked in s["most"]) > max(looked for _, looked in s["least"])
        at = sorted(f for f, _ in s["most"])
        assert np.diff(at).min() >= 30  # 15 s at 2 Hz
    text = draw_attended(made, streams, tmp_path / "a.svg").read_text()
    assert "defenders" in text and "if all frames were alike" in text
