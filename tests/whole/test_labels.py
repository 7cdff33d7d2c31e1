"""Labels of every frame: pooled over games, turned with the court, and learned where they can be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError, RecipeError
from sportsai.learn.recipe import Recipe, parse_recipe
from sportsai.learn.run import write_task
from sportsai.learn.weights import load_weights
from sportsai.tasks.frame_labels import timeline
from sportsai.tasks.moments import Games
from sportsai.whole.fit import Seen, pieces
from sportsai.whole.labels import compare, figures, model_list
from sportsai.whole.ship import ship
from sportsai.whole.unseen import unseen
from tests.whole.made_up import game


def recipe() -> Recipe:
    raw = {
        "title": "made up", "model": "spot_conv",
        "model_config": {"width": 16, "dilations": [1], "rounds": 1, "dropout": 0.0},
        "data": {
            "task": "frame_labels", "provider": "any", "possession": [], "chunk": 64, "near_s": 0.6, "pace": False,
            "moments": {"shot near": ["shot"], "rebound near": ["rebound"]},
        },
        "split": {"folds": 3, "tests": 1},
        "train": {"epochs": 6, "batch": 8, "windows_per_epoch": 400, "lr": 2e-2, "patience": 6},
    }  # fmt: skip
    return parse_recipe(raw, "basketball", "made_up", "here")


def games(of: Recipe, count: int = 6) -> Games:
    lines = [timeline(game(s), of.data) for s in range(count)]
    return Games(tuple(line for line in lines if line is not None), of.data.names)


def test_frames_of_all_games_are_put_together() -> None:
    truth = np.array([[1, 0], [0, 0], [1, 0], [1, 0], [0, 0]], bool)
    heat = np.array([[0.9, 0.1], [0.8, 0.1], [0.7, 0.1], [0.6, 0.1], [0.5, 0.1]])
    row = figures(truth, heat, ["a", "never"])
    assert row["AP a"] == pytest.approx(0.805556, abs=1e-6)  # ranked relevance 1, 0, 1, 1, 0
    assert np.isnan(row["AP never"]) and row["mAP"] == row["AP a"]


def test_what_happens_next_needs_more_than_the_frame_itself(tmp_path: Path) -> None:
    of = recipe()
    table = compare(of, games(of), ["single_frame", "spot_conv"], seeds=(0,), keep=tmp_path)
    rows = {r["model"]: r["mean"]["mAP"] for r in table["rows"]}
    assert rows["spot_conv"] > rows["single_frame"] + 0.2 > table["chance"]["mAP"] + 0.25
    assert table["best"] == "spot_conv"
    assert "AP-ni" in table["ap"]


def test_labels_of_sides_change_places_in_a_mirror() -> None:
    of = recipe()
    line = games(of, 1).lines[0]
    rows = np.arange(len(line))
    labels = np.stack([rows % 3 == 0, rows % 7 == 0], 1)  # which stretch a piece shows can be read off its labels
    seen = Seen.of(replace(line, labels=labels), 1.0, pace=False, gaps=False)
    (drawn,) = pieces([seen], 1, 64, 32, np.random.default_rng(0), mirror=True, turned=np.array([1, 0]))
    column = seen.names.index("ball x")
    ends = 0
    for x, heat in zip(drawn["x"].numpy(), drawn["heat"].numpy(), strict=True):
        first = next(
            a for a in range(len(line)) if np.allclose(np.abs(x[:, column]), np.abs(seen.x[a : a + 32, column]))
        )
        turned = not np.allclose(x[:, column], seen.x[first : first + 32, column])
        ends += turned
        np.testing.assert_array_equal(heat, seen.heat[first : first + 32][:, [1, 0] if turned else [0, 1]])
    assert 16 < ends < 48  # about half


def test_entries_by_name() -> None:
    of = recipe()
    assert model_list(None, of)[0] == "multi_lstm"
    assert model_list("multi_lstm_plain, spot_conv", of) == ["multi_lstm_plain", "spot_conv"]
    with pytest.raises(RecipeError, match=r"Did you mean \"multi_lstm_plain\""):
        model_list("multi_lstm_plane", of)


def test_labels_of_every_frame_ship_and_are_scored_on_games_never_seen(tmp_path: Path) -> None:
    of = recipe()
    mine = games(of, 7)
    shipped = ship(of, Games(mine.lines[:4], mine.names, {"made": "up"}, "made up"))
    table = compare(of, mine, ["spot_conv"], seeds=(0,))
    path = write_task(tmp_path / "w", of, shipped, table)
    loaded = load_weights(path, "basketball", "made_up")
    curve = loaded.about["trust"]["1"]["shot near"]
    assert curve["p"] == sorted(curve["p"]) and curve["n"] == 2 * 400 and 0 < curve["real"] < curve["n"]
    assert "| class | frames |" in (tmp_path / "w" / "card.md").read_text()
    scored = unseen(loaded, mine)
    assert [(w["trained"], len(w["contests"])) for w in scored["ways"]] == [(False, 3), (True, 4)]
    assert scored["ways"][0]["items"] == sum(len(line) for line in mine.lines[4:])
    model, chance = scored["ways"][0]["rows"]
    assert model["mean"]["mAP"] > chance["mean"]["mAP"] + 0.3
    assert model["interval"][0] <= model["mean"]["mAP"] <= model["interval"][1]
    assert (scored["unit"], scored["headline"]) == ("frames", "mAP")


def test_a_label_that_never_holds_is_said_before_training() -> None:
    raw = recipe().data.model_copy(update={"moments": {"shot near": ["shot"], "dunk near": ["dunk"]}})
    of = recipe().model_copy(update={"data": raw})
    with pytest.raises(DataError, match='"dunk near" never occurs in the 2 games that train'):
        ship(of, games(of, 4))
