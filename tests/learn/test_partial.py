"""Labels given: those of a label network raise the others, those of a network without links do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sportsai.learn.clips import looks_of
from sportsai.learn.compare import _labels
from sportsai.learn.partial import partial
from sportsai.learn.recipe import load_recipe
from sportsai.learn.standard import standard
from sportsai.models import label_graph, load_model
from sportsai.report.scores import draw_scores
from sportsai.report.scores.looks import boxes
from sportsai.tasks import Examples, Hierarchy
from tests.learn.made_up import made_up


def taught() -> Examples:
    """Runs (coarse); right and left (each implies it), and a twin of each that nobody can see."""
    found = made_up(contests=4, each=40)
    label = found.windows.label
    unseen = np.random.default_rng(0).random(len(label)) < 0.5
    also = np.column_stack([label > 0, label == 1, label == 2, unseen, ~unseen])
    names = ("runs", "right", "left", "heads", "tails")
    links = Hierarchy((0, 1, 1, 2, 2), ((1, 0), (2, 0)), (), ((1, 2), (2, 1), (3, 4), (4, 3)))
    return replace(found, names=names, also=also, hierarchy=links)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory):
    recipe = load_recipe("hockey", "labels")
    recipe = recipe.model_copy(update={"model_config_": {"frames": 8, "trees": 12, "steps": 150, "kind": "binn"}})
    keep = tmp_path_factory.mktemp("keep")
    first = partial(recipe, taught(), seeds=(0,), shares=(0.0, 0.3), keep=keep)
    with pytest.MonkeyPatch.context() as patch:  # the forests as they were kept: none is grown
        patch.setattr(label_graph, "unseen_shares", None)
        patch.setattr(label_graph, "grown", None)
        again = partial(recipe, taught(), seeds=(0,), shares=(0.0, 0.3), keep=keep)
    assert [r["mAP"] for r in again] == pytest.approx([r["mAP"] for r in first], abs=1e-9)
    return first


def test_given_labels_raise_the_others_where_labels_are_linked(rows) -> None:
    by = {(r["kind"], r["given"]): r for r in rows}
    assert set(by) == {(k, g) for k in ("logistic", "binn", "sinn") for g in (0.0, 0.3, "coarse")}
    for kind in ("binn", "sinn"):
        assert by[kind, 0.3]["AP"]["heads"] > by[kind, 0.0]["AP"]["heads"] + 0.1  # its twin tells it
    alone = by["logistic", 0.3]["AP"]["heads"] - by["logistic", 0.0]["AP"]["heads"]
    assert abs(alone) < 0.1
    assert set(by["binn", "coarse"]["AP"]) == {"heads", "tails"}
    for r in rows:
        low, high = r["interval"]
        assert low <= high


def test_the_pictures_of_labels_say_what_the_table_says(rows, tmp_path: Path) -> None:
    table = {"title": "Made-up labels", "items": 200, "contests": 5, **_labels(taught()), "partial": rows}
    paths = {p.name: p.read_text() for p in draw_scores(table, tmp_path)}
    assert set(paths) == {"correlation.svg", "labels.svg", "given.svg"}
    assert "heads rules out tails" in paths["correlation.svg"] or "tails rules out heads" in paths["correlation.svg"]
    assert "5 labels on 3 levels" in paths["labels.svg"]
    assert "With 30% of the labels given" in paths["given.svg"]


def test_examples_of_one_class_have_nothing_to_give() -> None:
    with pytest.raises(ValueError, match="no labels to give"):
        partial(load_recipe("hockey", "labels"), made_up())


def test_where_a_model_looks_is_told_and_drawn(tmp_path: Path) -> None:
    found = taught()
    torch.manual_seed(0)
    model = load_model("activity_heads").Model(standard("activity_heads", found)).eval()
    about = looks_of(model, found, 1, (1.0, 0.5), 4)
    assert about["entities"] == ["key player", "team-mate 1", "opponent 1", "opponent 2", "scene"]
    for label in about["labels"]:
        grid = np.array(label["map"])
        assert grid.shape == (5, len(about["seconds"]))
        assert 0 < grid.sum() <= 1 + 1e-6  # the ball, which nobody saw, has the rest
    assert about["labels"][0]["true"]
    (path,) = draw_scores({"looks": about}, tmp_path)
    assert "the model looks at" in path.read_text()


def test_boxes_hold_each_run_of_cells() -> None:
    high = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1]], bool)
    assert boxes(high) == [(0, 0, 2, 2), (3, 1, 4, 3)]
    assert boxes(np.zeros((2, 2), bool)) == []
