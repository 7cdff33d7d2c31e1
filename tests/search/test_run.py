"""A training's folder: weights, card and metrics, each whole, and nothing beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from sportsai.learn.recipe import load_recipe
from sportsai.learn.weights import load_weights
from sportsai.search.card import card
from sportsai.search.run import write
from sportsai.search.train import train
from tests.search.test_fit import passing_game


def test_a_folder_holds_weights_card_and_metrics_and_is_written_over(tmp_path: Path) -> None:
    r = load_recipe("soccer", "shared_compare")
    small = {**r.model_config_, "shared": [4, 4], "compare": [4, 4], "hidden": 8}
    quick = r.train.model_copy(update={"epochs": 1, "windows_per_epoch": 32, "batch": 16})
    trained = train([passing_game()], r.model_copy(update={"model_config_": small, "train": quick}))
    write(tmp_path / "out", replace(trained, detection={}))
    path = write(tmp_path / "out", trained)
    assert {p.name for p in path.parent.iterdir()} == {"weights.safetensors", "card.md", "metrics.json"}
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == {"detection": trained.detection}
    assert (tmp_path / "out" / "card.md").read_text() == card(trained)
    assert load_weights(path).about["seed"] == trained.about["seed"]
