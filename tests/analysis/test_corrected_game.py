"""A correction of a real game survives, shows in its report, and moves what the label graph says of other labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.analysis import analyse_game
from sportsai.analysis.refine import refine_game
from sportsai.court import load_league
from sportsai.library import Library
from sportsai.library.desk import Desk
from sportsai.readers import read_games
from sportsai.report import build_report


@pytest.mark.real
def test_a_correction_survives_shows_and_moves_the_label_graph(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "hockey" / "bdc2022_tracking.parquet"
    games = read_games((source,), load_league("olympics_hockey"), "bigdatacup")
    game = next(g for g in games if g.tracks is not None and g.events is not None and len(g.events) > 30)
    library = Library(tmp_path / "library", create=True)
    library.add(game)
    analyse_game(library, game.id)
    desk = Desk(library, game.id)
    passes = desk.rows[desk.rows["type"] == "pass"]
    event = str(passes["event_id"].iloc[0])
    library.correct(game.id, [desk.relabel(event, "Ada", type_="shot")])

    _, without = refine_game(library, game.id, (), corrections=False, write=False)
    assert without["refine"]["given_labels"] == 0
    _, run = refine_game(library, game.id, ())
    part = run["refine"]
    assert part["corrections"] == {"used": 1, "left": 0}
    number = next(m["number"] for m in part["list"] if desk.rows["event_id"][m["row"]] == event)
    assert f"{number}=Ada: shot" in part["given"]
    assert part["list"][number - 1]["label"] == "shot"
    given = {d["name"] for d in part["labels"] if d["given"]}
    moved = [m for m in part["most"] if m["number"] == number and m["label"] not in given]
    assert moved  # a label nobody spoke of
    assert abs(moved[0]["after"] - moved[0]["before"]) > 0.02

    library.add(game)  # read again: the runs are gone, what she said is not
    assert len(library.corrections(game.id)) == 1
    analyse_game(library, game.id)
    events, run = library.predictions(game.id)
    assert run["corrections"]["relabelled"] == 1
    said = [a["correction"] for a in events["attributes"] if "correction" in a]
    assert [(c["action"], c["by"], c["was"]["type"]) for c in said] == [("relabel", "Ada", "pass")]
    assert "1 event corrected by Ada: 1 relabelled." in build_report(library, game.id)
