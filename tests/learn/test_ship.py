"""What ships for a task: members, one file, the same answers after loading, and an honest word on games it saw."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError, ModelError
from sportsai.learn.run import write_task
from sportsai.learn.ship import ship
from sportsai.learn.unseen import unseen
from sportsai.learn.weights import load_weights, save_weights
from tests.learn.made_up import made_up
from tests.learn.test_compare import recipe


@pytest.fixture(scope="module")
def shipped():
    r = recipe()
    r = r.model_copy(update={"train": r.train.model_copy(update={"members": 2})})
    return r, ship(r, made_up(), seed=3)


def test_a_file_holds_every_member_and_answers_the_same(tmp_path: Path, shipped) -> None:
    r, made = shipped
    path = write_task(tmp_path / "w", r, made)
    assert {p.name for p in path.parent.iterdir()} == {"weights.safetensors", "metrics.json", "card.md"}
    loaded = load_weights(path, "hockey", "made_up")
    assert [m.name for m in loaded.model.members] == ["shared_compare", "shared_compare", "boosted", "boosted"]
    new = made_up(contests=2, seed=9)
    before, after = made.blend.scores(new), loaded.model.scores(new)
    np.testing.assert_allclose(after, before, atol=0.02)
    np.testing.assert_allclose(np.exp(after).sum(1), 1, atol=1e-6)
    assert loaded.about["contests"] == ["g0", "g1", "g2", "g3"]
    card = (path.parent / "card.md").read_text()
    assert "made up" in card and "2 x `shared_compare`, joined with 2 x `boosted`" in card
    json.loads((path.parent / "metrics.json").read_text())


def test_games_the_weights_saw_are_set_apart(tmp_path: Path, shipped) -> None:
    r, made = shipped
    loaded = load_weights(write_task(tmp_path, r, made))
    both = made_up(contests=6, seed=5)
    table = unseen(loaded, both)
    assert [w["title"] for w in table["ways"]] == ["2 games never seen", "4 games TRAINED ON"]
    assert table["ways"][0]["contests"] == ["g4", "g5"]
    figure = table["ways"][0]["rows"][0]["mean"]["mAP"]
    low, high = table["ways"][0]["rows"][0]["interval"]
    assert 0.6 < figure <= 1 and low <= figure <= high + 1e-9


def test_weights_of_another_recipe_and_other_classes_are_refused(tmp_path: Path, shipped) -> None:
    r, made = shipped
    path = save_weights(tmp_path, made.blend, r, made.about)
    with pytest.raises(ModelError, match=r'weights of hockey/made_up.*expected recipe "plays"'):
        load_weights(path, "hockey", "plays")
    with pytest.raises(ModelError, match="weights for the classes stands, runs right, runs left"):
        unseen(load_weights(path), made_up(choose=True))


def test_one_game_cannot_choose_honestly() -> None:
    with pytest.raises(DataError, match="only one game"):
        ship(recipe(), made_up(contests=1))


def test_one_seed_one_blend() -> None:
    a, b = (ship(recipe(joined=[]), made_up(), seed=1).blend.state_dict() for _ in range(2))
    assert all((a[k] == b[k]).all() for k in a)
