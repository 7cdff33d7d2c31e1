"""A season of made-up teams: alike teams are neighbours, a team that changes drifts, trained games are counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.analysis.season import season
from sportsai.errors import ModelError
from sportsai.learn.recipe import parse_recipe
from sportsai.learn.run import write_task
from sportsai.learn.ship import ship
from sportsai.learn.weights import load_weights
from sportsai.tasks import Examples
from tests.learn.made_up import made_up

TEAMS = ("AAA", "BBB", "CCC")


def played(contests: int, seed: int, changes: bool = False) -> Examples:
    """Return games of three teams; with `changes` the first runs like the second from game 4 on."""
    taught = made_up(contests=contests, each=30, seed=seed)
    label = taught.windows.label
    team = np.array(TEAMS)[label]
    if changes:
        late = (label == 0) & (taught.windows.game >= 4)
        swap = np.flatnonzero(late) + 1  # a window of the second team of the same game
        xy = taught.windows.xy.copy()
        xy[late] = xy[swap]
        taught = replace(taught, windows=replace(taught.windows, xy=xy))
    games = tuple(f"s{seed}-{i}" for i in range(contests))
    facts = pd.DataFrame(
        {"team": team, "game_id": np.array(games)[taught.windows.game], "order": taught.windows.game, "is_home": True,
         "arena": team, "team_quarter": np.char.add(taught.windows.game.astype(str), team)}
    )  # fmt: skip
    return replace(taught, windows=replace(taught.windows, games=games), names=TEAMS, facts=facts)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = {"title": "t", "model": "boosted", "data": {"task": "styles"}, "split": {"folds": 4}, "train": {"epochs": 1}}
    recipe = parse_recipe(raw | {"model_config": {"frames": 8}}, "basketball", "styles", "t.toml")
    return write_task(tmp_path_factory.mktemp("w"), recipe, ship(recipe, played(6, 0)))


def test_who_is_alike_and_who_has_changed(weights: Path) -> None:
    loaded = load_weights(weights)
    found = season(loaded, played(8, 1, changes=True))
    rows = {r["team"]: r for r in found.rows}
    assert list(rows) == list(TEAMS) and found.games == 8 and found.trained == 0
    assert rows["AAA"]["games"] == 8 and rows["AAA"]["possessions"] == 80
    assert rows["AAA"]["like"][0][0] == "BBB" and rows["AAA"]["near"][0][0] == "BBB"
    assert rows["AAA"]["drift"] > 3 * rows["AAA"]["usual"]
    assert rows["CCC"]["drift"] < 3 * rows["CCC"]["usual"] + 0.05
    assert found.earlier.shape == found.teams.mean.shape


def test_trained_games_are_counted_and_few_games_do_not_drift(weights: Path) -> None:
    loaded = load_weights(weights)
    assert season(loaded, played(6, 0)).trained == 6
    rows = season(loaded, played(2, 3)).rows
    assert all(r["drift"] is None and not r["few"] and r["possessions"] == 20 for r in rows)
    with pytest.raises(ModelError, match="weights that know no teams"):
        season(loaded, made_up())
