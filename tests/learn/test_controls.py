"""Style and its controls: each takes away what could leak, and its row says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sportsai.learn import controls as module
from sportsai.learn.controls import WORDS, controls
from sportsai.learn.recipe import parse_recipe
from tests.learn.made_up import NAMES, made_up


@pytest.fixture
def recipe():
    raw = {
        "title": "Made-up style", "model": "boosted", "data": {"task": "styles"}, "model_config": {"frames": 8},
        "split": {"by": "game", "folds": 5, "tests": 1}, "train": {"epochs": 1},
    }  # fmt: skip
    return parse_recipe(raw, "basketball", "made_up", "made_up.toml")


def test_every_control_takes_its_part_away(monkeypatch, recipe) -> None:
    asked = []

    def examples(r, folder=None):
        asked.append(r.data.model_dump())
        taught = made_up(contests=10, each=30)
        label, n = taught.windows.label, len(taught)
        team = np.array(NAMES)[label]
        mixed = np.random.default_rng(0).permutation(team)
        facts = pd.DataFrame(
            {"order": taught.windows.game, "arena": mixed, "game_id": taught.contest,
             "team_quarter": np.char.add(taught.contest, team)}
        )  # fmt: skip
        return replace(taught, facts=facts, names=NAMES, sources={"n": str(n)})

    monkeypatch.setattr(module, "task_examples", examples)
    rows = {r["name"]: r for r in controls(recipe)}
    assert list(rows) == list(WORDS)
    assert [a["side"] for a in asked] == ["both", "away", "home", "both", "both", "both", "away"]
    assert [a["players"] for a in asked].count(False) == 1 and [a["ball"] for a in asked].count(False) == 1
    assert rows["as it ships"]["mAP"] > 0.8
    assert rows["as it ships"]["team-quarter"] > 0.8
    assert rows["later games"]["games"] == 2 and rows["later games"]["moments"] == 60
    assert rows["arena of the visitors"]["accuracy"] < 0.7
    assert all(r["words"] == WORDS[n] for n, r in rows.items())
