"""train, evaluate and analyse as an analyst types them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sportsai.data import Game
from sportsai.library import Library


@pytest.fixture
def library(tmp_path: Path, demo_game: Game) -> Path:
    Library(tmp_path / "lib", create=True).add(replace(demo_game, tracks=demo_game.tracks.cut(20_000, 22_000)))
    return tmp_path / "lib"


def test_analyse_prints_counts_and_keeps_them(type_, library: Path) -> None:
    text = type_("analyse", "2417", "--library", str(library))
    assert "pass" in text
    assert "probably there were" in text
    assert "events in" in text
    said = json.loads(type_("analyse", "2417", "--library", str(library), "--json"))
    assert said["found"]["pass"] > 0
    assert said["run"]["recipe"] == "soccer/shared_compare"
    assert len(Library(library).runs("2417")) == 2


def test_analyse_refuses_what_it_cannot_use(type_, library: Path, tmp_path: Path) -> None:
    where = ("--library", str(library))
    assert "2418" in type_("analyse", "2418", *where, code=1)
    assert 'no league named "bundeslga"' in type_("analyse", "2417", "--league", "bundeslga", *where, code=1)
    assert "no weights here" in type_("analyse", "2417", "--weights", "nowhere", *where, code=1)
    (tmp_path / "bad.safetensors").write_bytes(b"PK\x03\x04 and so on")
    assert "is a pickle" in type_("analyse", "2417", "--weights", "bad.safetensors", *where, code=1)
    assert "nba plays basketball" in type_("analyse", "2417", "--league", "nba", *where, code=1)
    assert Library(library).runs("2417") == []


def test_train_and_evaluate_refuse_unknown_recipes_and_games(type_, tmp_path: Path, monkeypatch) -> None:
    for command in ("train", "evaluate"):
        said = type_(command, "soccer", "shared_comparee", code=1)
        assert 'Did you mean "shared_compare"?' in said
        assert 'no league named "socer"' in type_(command, "socer", "shared_compare", code=1)
        assert "is no folder" in type_(command, "soccer", "shared_compare", "--data", "nowhere", code=1)
    (tmp_path / "empty").mkdir()
    assert "no soccer game with tracks" in type_("train", "soccer", "shared_compare", "--data", "empty", code=1)


def test_a_recipe_of_ones_own(type_, tmp_path: Path, monkeypatch) -> None:
    own = tmp_path / "leagues" / "soccer" / "recipes"
    own.mkdir(parents=True)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    (own / "mine.toml").write_text('title = "Mine"\nmodel = "shared_compare"\n[data]\ngames = ["nope"]\n')
    assert 'learns from game "nope", which is not here' in type_("train", "soccer", "mine", code=1)
    (own / "mine.toml").write_text('title = "Mine"\nmodel = "shared_compare"\n[data]\ngame = ["nope"]\n')
    assert 'unknown key "game". Did you mean "games"?' in type_("train", "soccer", "mine", code=1)


@pytest.mark.slow
def test_train_writes_weights_that_analyse_uses(type_, library: Path, tmp_path: Path, monkeypatch) -> None:
    from sportsai.court import load_league

    recipe = load_league("soccer").recipe_path("shared_compare").read_text()
    own = tmp_path / "leagues" / "soccer" / "recipes"
    own.mkdir(parents=True)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    quick = recipe.replace("epochs = 24", "epochs = 1").replace("windows_per_epoch = 2400", "windows_per_epoch = 128")
    (own / "shared_compare.toml").write_text(quick)
    text = type_("train", "soccer", "shared_compare", "--quick", "--seed", "5", "--out", "out", "--library", "none")
    assert "seed 5" in text
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"weights.safetensors", "card.md", "metrics.json"}
    said = json.loads(type_("analyse", "2417", "--weights", "out", "--library", str(library), "--json"))
    assert said["run"]["frames_read"] > 0


def test_detect_writes_what_it_is_asked_for(type_, tmp_path: Path) -> None:
    from xml.etree import ElementTree

    from sportsai.learn.run import write_task
    from sportsai.library import Library
    from sportsai.whole.ship import ship
    from tests.whole.made_up import game
    from tests.whole.test_compare import games, recipe

    of = recipe().model_copy(update={"name": "moments"})
    of = of.model_copy(update={"train": of.train.model_copy(update={"members": 1})})
    write_task(tmp_path / "w", of, ship(of, games(of, 6)))
    Library(tmp_path / "sportsai-library", create=True).add(game(20))
    asked = ("detect", "game-20", "--weights", "w", "--model", "dense")
    said = type_(*asked, "--csv", "m.csv", "--xml", "m.xml", "--clips", "films", "--most", "2", "--plot", "r.svg")
    assert "400 of 400 frames of play read (100.0%)" in said
    rows = (tmp_path / "m.csv").read_text().splitlines()
    assert len(ElementTree.parse(tmp_path / "m.xml").findall("ALL_INSTANCES/instance")) == len(rows) - 1 > 0
    assert len(list((tmp_path / "films").glob("*.gif"))) == min(2, len(rows) - 1)
    assert (tmp_path / "r.svg").stat().st_size > 1000
    assert json.loads(type_(*asked, "--json"))["run"]["frames_read"] == 400
    type_("detect", "game-20", "--model", "glimpse", "--weights", "w", code=1)  # weights of another kind than a scout's
    type_("detect", "game-20", "--budget", "0.1", "--weights", "w", code=1)  # a budget is a scout's
    assert "every frame" in type_(*asked, "--budget", "0.1", code=2)


def test_phases_are_written_as_asked_for(type_, tmp_path: Path) -> None:
    from sportsai.learn.run import write_task
    from sportsai.library import Library
    from sportsai.whole.ship import ship
    from tests.whole.made_up import game
    from tests.whole.test_labels import games, recipe

    of = recipe().model_copy(update={"name": "frame_labels"})
    write_task(tmp_path / "w", of, ship(of, games(of, 4)))
    Library(tmp_path / "sportsai-library", create=True).add(game(20))
    said = type_("phases", "game-20", "--weights", "w", "--csv", "p.csv", "--xml", "p.xml", "--plot", "p.svg")
    assert "shot near" in said and "400 frames" in said
    assert all((tmp_path / n).stat().st_size > 100 for n in ("p.csv", "p.xml", "p.svg"))
    assert json.loads(type_("phases", "game-20", "--weights", "w", "--json"))["run"]["frames_total"] == 400
    assert "weights" in type_("phases", "game-20", code=1)  # none ship for basketball


def test_highlights_are_written_as_asked_for(type_, tmp_path: Path) -> None:
    from xml.etree import ElementTree

    from sportsai.library import Library
    from tests.whole.made_up import game

    Library(tmp_path / "sportsai-library", create=True).add(game(20))
    asked = ("highlights", "game-20", "--model", "ball", "--length", "0:30")
    said = type_(*asked, "--csv", "h.csv", "--xml", "h.xml", "--clips", "films", "--plot", "h.svg")
    rows = len((tmp_path / "h.csv").read_text().splitlines()) - 1
    assert f"{rows} clips" in said and "of 8 shots" in said
    assert len(ElementTree.parse(tmp_path / "h.xml").findall("ALL_INSTANCES/instance")) == rows > 0
    assert len(list((tmp_path / "films").glob("*.gif"))) == rows
    assert (tmp_path / "h.svg").stat().st_size > 1000
    run = json.loads(type_(*asked, "--json"))["run"]
    assert run["length_s"] <= 30.0 == run["asked_s"]
    assert "is no length" in type_("highlights", "game-20", "--length", "soon", code=2)
