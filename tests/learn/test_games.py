"""Games for training and scoring: named ones are found or missed by name, odd files are left out with their reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.bench.bad_input import _write
from sportsai.errors import DataError
from sportsai.learn.games import games_in, recipe_games, with_holder
from sportsai.learn.recipe import load_recipe
from sportsai.library import Library
from tests.conftest import make_game


def test_a_folder_with_one_good_and_one_broken_game(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "cut").mkdir()
    _write(tmp_path / "good")
    cut = _write(tmp_path / "cut").rename(tmp_path / "cut" / "cut_structured_data.json")
    cut.write_bytes(cut.read_bytes()[:-500])
    found = games_in(tmp_path, "soccer")
    assert [g.id for g in found.games] == ["1"]
    assert "cut short" in found.left_out["cut_structured_data.json"]
    assert len(with_holder(found).games) == 1


def test_no_game_no_folder_no_holder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is no folder"):
        games_in(tmp_path / "none", "soccer")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no soccer game with tracks in this folder"):
        games_in(tmp_path / "empty", "soccer")
    found = games_in(_write(tmp_path).parent, "soccer")
    silent = make_game(game_id="silent")  # nobody is said to hold the ball
    both = with_holder(type(found)((*found.games, silent)))
    assert "does not say who held the ball" in both.left_out["silent"]
    with pytest.raises(DataError, match="none of 1 games can be scored"):
        with_holder(type(found)((silent,)))


def test_the_recipe_names_its_game(tmp_path: Path) -> None:
    recipe = load_recipe("soccer", "shared_compare")
    assert [g.id for g in recipe_games(recipe)] == ["2417"]
    library = Library(tmp_path / "lib", create=True)
    library.add(make_game(game_id="2417"))
    assert recipe_games(recipe, library_folder=tmp_path / "lib")[0].provider == "made-up"
    (tmp_path / "other").mkdir()
    _write(tmp_path / "other")
    with pytest.raises(DataError, match='learns from game "2417", which is not here'):
        recipe_games(recipe, folder=tmp_path / "other")
