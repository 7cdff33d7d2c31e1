"""Labels of every frame: pooled over games, turned with the court, and learned where they can be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import RecipeError
from sportsai.learn.recipe import Recipe, parse_recipe
from sportsai.tasks.frame_labels import timeline
from sportsai.tasks.moments import Games
from sportsai.whole.fit import Seen, pieces
from sportsai.whole.labels import compare, figures, model_list
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
    seen = [Seen.of(games(of, 1).lines[0], 1.0, pace=False, gaps=False)]
    rng = np.random.default_rng(0)
    (plain,) = pieces(seen, 1, 4, 32, np.random.default_rng(0), mirror=False)
    (turned,) = pieces(seen, 1, 64, 32, rng, mirror=True, turned=np.array([1, 0]))
    assert plain["heat"].sum(1).shape == (4, 2)
    swapped = turned["heat"].flip(-1).sum() == turned["heat"].sum()
    assert swapped
    assert not np.allclose(turned["x"][..., 0], plain["x"][:1, :, 0].expand(64, -1))


def test_entries_by_name() -> None:
    of = recipe()
    assert model_list(None, of)[0] == "multi_lstm"
    assert model_list("multi_lstm_plain, spot_conv", of) == ["multi_lstm_plain", "spot_conv"]
    with pytest.raises(RecipeError, match=r"Did you mean \"multi_lstm_plain\""):
        model_list("multi_lstm_plane", of)
