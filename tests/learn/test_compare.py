"""Every model on the same parts: no game trains and tests, finished trainings are kept, the sentence is the table's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sportsai.errors import DataError, RecipeError
from sportsai.learn import trials
from sportsai.learn.compare import compare, model_list
from sportsai.learn.lessons import deal, folds
from sportsai.learn.recipe import Recipe, load_recipe, parse_recipe
from sportsai.learn.scorecard import results, verdict
from sportsai.learn.standard import NETWORKS, schedule, standard
from sportsai.models import load_model
from tests.learn.made_up import made_up


def recipe(**data: Any) -> Recipe:
    """Return a recipe for made-up examples; the task's own options are not read."""
    raw = {
        "title": "Made up", "model": "shared_compare", "joined": ["boosted"],
        "model_config": {"frames": 8, "shared": [16], "compare": [16], "hidden": 32},
        "data": {"task": data.pop("task", "plays")}, "split": {"by": "game", "folds": 4},
        "train": {"epochs": 3, "batch": 16, "windows_per_epoch": 96},
    }  # fmt: skip
    return parse_recipe(raw | data, "hockey", "made_up", "made_up.toml")


def test_each_game_tests_once_and_never_trains() -> None:
    taught = made_up()
    splits = folds(taught, recipe())
    assert sorted(np.concatenate([s.test for s in splits])) == list(range(len(taught)))
    for s in splits:
        games = [set(taught.contest[i].tolist()) for i in (s.train, s.validation, s.test)]
        assert not (games[0] & games[1] or games[0] & games[2] or games[1] & games[2])


def test_dealing_is_even_and_seeded() -> None:
    names = [f"g{i}" for i in range(10)]
    assert sorted(deal(names, 5, 0).values()) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert deal(names, 5, 0) == deal(names, 5, 0) != deal(names, 5, 1)
    assert set(deal(names[:3], 5, 0).values()) == {0, 1, 2}


def test_one_game_is_refused() -> None:
    with pytest.raises(DataError, match=r"only 1 game \(g0\).*at least 3"):
        folds(made_up(contests=1), recipe())


def test_a_class_without_examples_is_refused() -> None:
    taught = made_up()
    taught = taught.take(~((taught.windows.label == 2) & np.isin(taught.contest, ["g0", "g1", "g2", "g3"])))
    with pytest.raises(RecipeError, match='class "runs left" has no example'):
        compare(recipe(), taught, ["majority"])


def test_a_table_of_models_and_the_joined_one(tmp_path, monkeypatch) -> None:
    taught, r = made_up(), recipe()
    table = compare(r, taught, ["majority", "idt_svm", "boosted", "shared_compare"], seeds=(0, 1), keep=tmp_path)
    rows = {x["model"]: x for x in table["rows"]}
    assert set(rows) == {
        "majority", "idt_svm", "boosted", "shared_compare", "shared_compare + boosted", "shared_compare, unknown key",
    }  # fmt: skip
    assert rows["boosted"]["mean"]["mAP"] > 0.9 > rows["majority"]["mean"]["mAP"]
    assert rows["shared_compare"]["seeds"] == 2
    assert rows["majority"]["seeds"] == rows["idt_svm"]["seeds"] == 1
    assert rows["shared_compare"]["parameters"] > 0 and rows["boosted"]["parameters"] > 0
    assert 0 <= rows["shared_compare, unknown key"]["who"] <= 1
    low, high = rows["boosted"]["interval"]
    assert low <= rows["boosted"]["mean"]["mAP"] <= high + 1e-9
    assert np.sum(table["confusion"]) == table["items"] == len(taught)
    assert sum(n for *_, n in table["reliability"]["bins"]) == len(taught)
    assert table["best"] in rows
    assert set(table["curves"]) >= {table["best"], "shared_compare, known key", "shared_compare, unknown key"}
    text = "\n".join(results(table))
    assert text.count("\n|") >= len(rows) and verdict(table) in text and "chance" in text
    monkeypatch.setattr(trials, "teach", lambda *a, **k: pytest.fail("trained again"))
    again = compare(r, taught, ["majority", "idt_svm", "boosted", "shared_compare"], seeds=(0, 1), keep=tmp_path)
    for a, b in zip(again["rows"], table["rows"], strict=True):
        assert a["mean"] == pytest.approx(b["mean"], abs=1e-3)


def test_who_is_asked_for_is_scored_by_hits() -> None:
    table = compare(recipe(joined=[]), made_up(choose=True), ["boosted", "pair_former"], seeds=(0,))
    rows = {x["model"]: x["mean"] for x in table["rows"]}
    assert table["headline"] == "top-1" and table["chance"]["top-1"] == pytest.approx(1 / 3)
    assert rows["boosted"]["top-1"] > 0.6
    assert rows["boosted"]["top-3"] == 1.0
    assert table["confusion"] == [] == list(table["curves"])


def test_only_models_that_can_choose_are_asked_which_player() -> None:
    receivers = load_recipe("soccer", "receivers")
    chosen = model_list(None, receivers)
    assert {"majority", "boosted", "pair_former"} <= set(chosen)
    assert not {"idt_svm", "boosted_simple", "path_pool"} & set(chosen)
    with pytest.raises(RecipeError, match='"idt_svm" cannot choose among players'):
        model_list("boosted,idt_svm", receivers)
    who, what = load_recipe("basketball", "enders"), load_recipe("basketball", "endings")
    assert "last_holder" in model_list(None, who)
    assert "boosted_simple" not in model_list(None, who)
    assert "last_holder" not in model_list(None, what)
    with pytest.raises(RecipeError, match='"last_holder" only chooses among players'):
        model_list("boosted,last_holder", what)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(RecipeError, match=r'no model named "bosted"\. Did you mean "boosted"'):
        model_list("majority,bosted", recipe())
    assert set(model_list(None, recipe())) >= {*NETWORKS, "boosted", "majority"}


def test_only_a_network_that_is_slow_to_learn_is_taught_longer() -> None:
    t = recipe().train
    assert schedule("stacked", t) == t.model_copy(update={"epochs": 2 * t.epochs})
    assert all(schedule(n, t) == t for n in NETWORKS if n != "stacked")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("T", [4, 8, 16, 21])
def test_one_configuration_suits_every_window(name: str, T: int) -> None:
    taught = made_up(contests=1, each=3, T=T)
    config = standard(name, taught)
    model = load_model(name).Model(config)
    assert model is not None and config.classes == 3 and config.frames == T
