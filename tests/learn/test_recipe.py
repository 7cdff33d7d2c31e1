"""Recipes: what is wrong is said in one line with the nearest known key."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import LeagueError, RecipeError
from sportsai.learn import recipe as module
from sportsai.learn.recipe import dump_recipe, load_recipe, parse_recipe, read_recipe
from sportsai.tasks import load_task, task_names


@pytest.fixture
def raw() -> dict[str, Any]:
    return dump_recipe(load_recipe("soccer", "shared_compare"))


def test_the_shipped_recipe_is_read_by_sport_and_league() -> None:
    a, b = load_recipe("soccer", "shared_compare"), load_recipe("bundesliga", "shared_compare")
    assert a.config() == b.config()
    assert (a.league, b.league) == ("soccer", "bundesliga")
    assert a.names == ["pass", "turnover", "carry", "none"]
    assert a.config().classes == 4


def test_it_survives_travelling_with_weights(raw: dict[str, Any]) -> None:
    again = parse_recipe(raw, "soccer", "shared_compare", "weights")
    assert dump_recipe(again) == raw


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("modle",), 1, '"modle": unknown key "modle". Did you mean "model"?'),
        (("train", "epoch"), 3, '"train.epoch": unknown key "epoch". Did you mean "epochs"?'),
        (("model_config", "playrs"), 3, '"model_config.playrs": unknown key "playrs". Did you mean "players"?'),
        (("model_config", "shared"), [8, 8, 8, 8, 8], "7 poolings of 2 leave nothing of 16 samples"),
        (("model_config", "pool"), "mean", 'pool = "mean"; expected one of prob, logit, feature'),
        (("model",), "shared_compar", 'no model named "shared_compar". Did you mean "shared_compare"?'),
        (("train", "lr"), -1, '"train.lr": -1: input should be greater than 0'),
        (("train", "shares"), [1, 2], '"train.shares": 2 shares; expected 4'),
        (("data", "classes"), ["pas", "turnover", "carry"], 'unknown class "pas". Did you mean "pass"?'),
        (("data", "games"), [], '"data.games"'),
        (("data", "task"), "handover", 'no task named "handover". Did you mean "handovers"?'),
        (("data", "task"), 3, '"data.task": 3; expected one of'),
        (("joined",), ["bosted"], 'no model named "bosted". Did you mean "boosted"?'),
        (("joined",), ["idt_svm"], '"joined": "idt_svm" keeps no numbers, so it cannot ship'),
    ],
)
def test_what_is_wrong_is_said(raw: dict[str, Any], key: tuple[str, ...], value: Any, said: str) -> None:
    table = copy.deepcopy(raw)
    part = table
    for k in key[:-1]:
        part = part[k]
    part[key[-1]] = value
    with pytest.raises(RecipeError) as wrong:
        parse_recipe(table, "soccer", "r", "f.toml")
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_missing_key_is_named(raw: dict[str, Any]) -> None:
    del raw["title"]
    with pytest.raises(RecipeError, match=r'f.toml, "title": is missing'):
        parse_recipe(raw, "soccer", "r", "f.toml")


def test_unknown_recipes_and_leagues_name_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r'no recipe "shared_comparee". Did you mean "shared_compare"'):
        load_recipe("soccer", "shared_comparee")
    with pytest.raises(LeagueError, match='Did you mean "soccer"'):
        load_recipe("socer", "shared_compare")


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("title = ")
    with pytest.raises(RecipeError, match="is not TOML"):
        read_recipe(path, "soccer", "r")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="is not TOML"):
        read_recipe(path, "soccer", "r")


def test_every_key_is_explained_and_every_explained_key_is_one() -> None:
    text = (Path(__file__).parents[2] / "leagues" / "RECIPES.md").read_text()
    recipes, _, tasks = text.partition("| task | key | meaning |")
    known = {"title", "model", "joined", "model_config.*", "data.task"}
    for part, fields in (("split", module.SplitPart), ("train", module.TrainPart), ("detect", module.DetectPart)):
        known |= {f"{part}.{k}" for k in fields.model_fields}
    explained = {k for line in recipes.splitlines() if line.startswith("| `") for k in _keys(line.split("|")[1])}
    assert explained == known
    task, found = "", set()
    for line in tasks.splitlines():
        if line.startswith("| "):
            task = next(iter(_keys(line.split("|")[1])), task)
            found |= {(task, k) for k in _keys(line.split("|")[2])}
    real = {(t, k) for t in task_names() for k in load_task(t).Options.model_fields if k != "task"}
    assert found == real


def _keys(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "leagues").glob("*/recipes/*.toml")), ids=str)
def test_every_shipped_recipe_is_read_and_has_a_configuration(path: Path) -> None:
    recipe = load_recipe(path.parent.parent.name, path.stem)
    assert recipe.title and recipe.data.task in task_names()
    assert parse_recipe(dump_recipe(recipe), recipe.league, recipe.name, path).frames == recipe.frames
