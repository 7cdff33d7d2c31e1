"""Weights: written at once, read back exactly, refused in one line when they are not what they should be."""

from __future__ import annotations

import gc
import json
import pickle
import tracemalloc
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from sportsai.errors import ModelError
from sportsai.learn.recipe import Recipe, load_recipe
from sportsai.learn.tensor_file import read_tensors
from sportsai.learn.weights import find_weights, load_weights, save_weights
from sportsai.models.shared_compare import Model


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("soccer", "shared_compare")


@pytest.fixture
def saved(tmp_path: Path, recipe: Recipe) -> tuple[Path, Model]:
    model = Model(recipe.config())
    return save_weights(tmp_path / "w", model, recipe, {"temperature": 1.5, "seed": 3}), model


def test_a_round_trip(saved: tuple[Path, Model]) -> None:
    path, model = saved
    back = load_weights(path, "soccer", "shared_compare")
    assert back.about["temperature"] == 1.5
    assert len(back.sha256) == 64
    for name, value in model.state_dict().items():
        assert torch.equal(back.model.state_dict()[name], value)
    assert load_weights(path.parent).sha256 == back.sha256
    assert not back.model.training
    assert [p.name for p in path.parent.iterdir()] == ["weights.safetensors"]


def test_the_shipped_weights_are_small_and_say_what_they_are() -> None:
    path = find_weights("bundesliga", "shared_compare")
    assert path.stat().st_size < 2_000_000
    loaded = load_weights(path, "bundesliga", "shared_compare")
    assert loaded.about["data"][0]["game"] == "2417"
    assert all(len(sha) == 64 for sha in loaded.about["data"][0]["source"].values())
    assert set(loaded.about["detection"]) == {"pass", "turnover", "carry"}
    card = path.with_name("card.md").read_text()
    for heading in ("## Data", "## Scores", "## Calibration", "## Where it fails", "SkillCorner open data, MIT"):
        assert heading in card
    assert set(json.loads(path.with_name("metrics.json").read_text())) == {"detection", "classification"}


def said(path: Path, **how: str) -> str:
    with pytest.raises(ModelError) as wrong:
        load_weights(path, **how)
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


def test_missing_weights(tmp_path: Path) -> None:
    assert "no weights here" in said(tmp_path / "nothing.safetensors")
    with pytest.raises(ModelError, match=r'no model called "x" is trained for nba'):
        find_weights("nba", "x")


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pt", "weights.pkl"])
def test_a_pickle_is_never_opened(tmp_path: Path, name: str) -> None:
    class Trap:
        def __reduce__(self):  # type: ignore[no-untyped-def]
            return (Path.touch, (tmp_path / "ran",))

    path = tmp_path / name
    path.write_bytes(pickle.dumps(Trap()))
    assert "is a pickle, which can run code" in said(path)
    torch.save({"a": torch.zeros(1)}, path)
    assert "is a pickle" in said(path)
    assert not (tmp_path / "ran").exists()


def test_damage_anywhere_is_noticed(saved: tuple[Path, Model]) -> None:
    path, _ = saved
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in said(path)
    path.write_bytes(whole[:-5] + b"\x01" + whole[-4:])
    assert "the numbers are not those that were saved" in said(path)
    path.write_bytes(b"")
    assert "damaged" in said(path)
    path.write_bytes(b"x" * 100)
    assert "damaged" in said(path)


def test_weights_of_something_else(saved: tuple[Path, Model], tmp_path: Path) -> None:
    path, _ = saved
    assert 'weights of soccer/shared_compare; expected recipe "other"' in said(path, recipe="other", league="soccer")
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(2)}, foreign)
    assert "holds no recipe of ours" in said(foreign)


def test_weights_that_do_not_fit_the_recipe_inside(tmp_path: Path, recipe: Recipe) -> None:
    other = recipe.model_copy(update={"model_config_": {**recipe.model_config_, "hidden": 7}})
    path = save_weights(tmp_path, Model(recipe.config()), other, {})
    assert "does not fit this version's model" in said(path)


def test_reading_weights_again_and_again_leaves_nothing_behind(saved: tuple[Path, Model]) -> None:
    """A season reads them for each game; `safe_open` of safetensors 0.8 leaves two integers behind for each tensor."""
    path, _ = saved
    read_tensors(path)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            read_tensors(path)
        gc.collect()
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert left < 50 * 100  # it was 50 * 570
