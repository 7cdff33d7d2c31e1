"""Labels of every frame as stretches: where they hold, how sure, beside what is logged, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.analysis.phases import phases, phases_of, runs_of
from sportsai.errors import DataError, LeagueError
from sportsai.learn.run import write_task
from sportsai.library import Library
from sportsai.report.scores.stretches import draw_stretches
from sportsai.tasks.frame_labels import timeline
from sportsai.whole.ship import ship
from tests.whole.made_up import game
from tests.whole.test_labels import games, recipe


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    of = recipe().model_copy(update={"name": "frame_labels"})
    return write_task(tmp_path_factory.mktemp("w"), of, ship(of, games(of, 6)))


def test_stretches_are_where_a_label_holds(weights: Path, tmp_path: Path) -> None:
    made = game(20, halves=True)
    events, run = phases(made, weights=weights)
    shots = events[events["type"] == "shot near"]
    line = timeline(made, recipe().data)
    assert line is not None
    at = line.at_s[line.label == 0]
    inside = [((at >= a - 0.6) & (at <= a + s["seconds"] + 0.1)).any()
              for a, s in zip(shots["t_s"], shots["attributes"], strict=True)]  # fmt: skip
    assert len(inside) >= 5 and np.mean(inside) > 0.8
    assert (events["score"] >= 0.5).all() and (events["end_frame"] > events["start_frame"]).all()
    tracks = made.tracks
    assert tracks is not None
    for e in events.to_dict("records"):
        assert set(tracks.period[e["start_frame"] : e["end_frame"]]) == {e["period"]}
    told = run["types"]["shot near"]
    assert told["share"] == pytest.approx(told["logged"], abs=0.03)
    path = draw_stretches(made, events, run, tmp_path / "p.svg")
    assert "where the log has it" in path.read_text()


def test_short_stretches_are_not_listed() -> None:
    line = timeline(game(20), recipe().data)
    assert line is not None
    holds = np.zeros(len(line), bool)
    holds[10], holds[20:25], holds[-3:] = True, True, True
    assert runs_of(holds, line) == [(20, 25), (len(line) - 3, len(line))]  # one frame at 2 Hz is half a second
    assert runs_of(holds, line, 0.0)[0] == (10, 11)


def test_they_are_kept_beside_the_game(weights: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "l", create=True)
    library.add(game(20))
    _, run = phases_of(library, "game-20", weights=weights)
    (kept,) = library.runs("game-20")
    assert (kept["kind"], kept["run_id"]) == ("phases", run["run_id"])


def test_a_game_without_frames_or_of_another_sport_is_refused(weights: Path) -> None:
    with pytest.raises(DataError, match="has no frame inside a period"):
        phases(replace(game(1), tracks=None), weights=weights)
    with pytest.raises(LeagueError, match="is of basketball"):
        phases(game(1), league="a_league")
