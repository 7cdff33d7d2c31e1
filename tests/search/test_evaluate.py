"""The results table: every model on the same events, both ways round, and weights scored on games as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sportsai.data import Game
from sportsai.learn.recipe import load_recipe
from sportsai.learn.weights import find_weights, load_weights
from sportsai.search.card import card
from sportsai.search.evaluate import evaluate, score_weights
from sportsai.search.train import train
from tests.search.test_fit import passing_game


def test_a_table_and_its_card() -> None:
    r = load_recipe("soccer", "shared_compare")
    small = {**r.model_config_, "shared": [4, 4], "compare": [4, 4], "hidden": 8}
    quick = r.train.model_copy(update={"epochs": 2, "windows_per_epoch": 64, "batch": 16})
    recipe = r.model_copy(update={"model_config_": small, "train": quick})
    games = [passing_game()]
    trained = train(games, recipe)
    seen: list[tuple[int, int]] = []
    table = evaluate(
        games, recipe, seeds=(0, 1), first=trained.fitted, progress=lambda n, total, **_: seen.append((n, total))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [w["title"] for w in table["ways"]] == ["periods 1 train, 2 test", "periods 2 train, 1 test"]
    for way in table["ways"]:
        rows = {x["model"]: x for x in way["rows"]}
        assert list(rows) == [
            "shared_compare, known key",
            "shared_compare, unknown key",
            "idt_svm",
            "boosted",
            "majority",
        ]
        assert rows["majority"]["mean"]["mAP"] == pytest.approx(1 / 3, abs=0.02)
        assert rows["boosted"]["mean"]["mAP"] > 0.9  # the made-up game is easy
        assert {"mAP", "AP pass", "AP turnover", "AP carry", "balanced accuracy", "macro-F1"} <= set(
            rows["idt_svm"]["mean"]
        )
        for row in rows.values():
            low, high = row["interval"]
            assert low <= high
        assert "mAP" in way["difference"]
    text = card(trained, table)
    assert "| shared_compare, unknown key |" in text
    assert "AP-ni" in text
    assert "Gradient boosting on simple features names" in text


def test_shipped_weights_on_a_game_say_what_they_were_trained_on(demo_game: Game) -> None:
    part = replace(demo_game, tracks=demo_game.tracks.cut(42_000, 48_000))
    table = score_weights([part], load_weights(find_weights("soccer", "shared_compare")))
    way = table["ways"][0]
    assert "TRAINED on period 1" in way["title"]
    assert way["rows"][0]["mean"]["mAP"] > 0.5
    assert way["rows"][1]["who"] > 0.7
    assert table["detection"]["2417"]["carry"]["AP"] > 0.5
