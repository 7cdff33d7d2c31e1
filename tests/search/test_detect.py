"""Measuring detections: what really happened, handed in as found, scores one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sportsai.learn.recipe import Recipe, load_recipe
from sportsai.search.answers import truth
from sportsai.search.detect import detection_scores
from sportsai.search.trust import calibrate


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("soccer", "shared_compare")


def test_the_truth_fed_back_scores_one(recipe: Recipe) -> None:
    from tests.search.test_fit import passing_game

    game = passing_game()
    table = truth(game, recipe)
    assert set(table["type"]) == {"pass", "turnover", "carry"}
    carry = table[table["type"] == "carry"].iloc[0]
    assert (carry["t_s"], carry["low_s"], carry["high_s"]) == (1.0, 0.0, 2.0)
    K = recipe.data.classes
    share = {n: np.eye(3)[i] * 0.98 + 0.005 for i, n in enumerate(K)}
    rows = game.tracks.rows(np.array([0]))  # frames are rows here
    assert rows.tolist() == [0]
    row = [int(np.flatnonzero((game.tracks.period == p) & np.isclose(game.tracks.t_s, t))[0])
           for p, t in zip(table["period"], table["t_s"], strict=True)]  # fmt: skip
    oracle = pd.DataFrame(
        {
            "group": np.where(table["type"] == "carry", "carry", "release"),
            "row": row,
            "slot": table["slot"],
            "height": 0.99,
            "class_p": [share[k] for k in table["type"]],
            "key_p": 1.0,
            "start_row": row,
            "end_row": row,
            "next_side": np.where(table["type"] == "pass", 1, -1),
            "handed": np.where(table["type"] == "pass", 1, -1),
        }
    )
    wrong = oracle.assign(row=np.clip(oracle["row"] + 14, 0, 1199), height=0.01, next_side=0, handed=0)
    both = pd.concat([oracle, wrong[wrong["group"] == "release"]], ignore_index=True)
    trust = calibrate(both, table, recipe, game.tracks)
    scores = detection_scores(both, table, trust, recipe, game.tracks)
    for name, s in scores.items():
        assert s["AP"] == pytest.approx(1), name
        assert (s["precision"], s["recall"], s["key_right"]) == (1, 1, 1), name
        assert s["count_ratio"] == [1, 1, 1], name
