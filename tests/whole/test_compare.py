"""Taught on made-up games, a model finds what can be seen in others; tables, weights and cards tell the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.analysis._found import score_of
from sportsai.bench._scores import rows_of
from sportsai.errors import DataError, ModelError, RecipeError
from sportsai.learn.recipe import Recipe, load_recipe, parse_recipe
from sportsai.learn.run import write_task
from sportsai.learn.weights import load_weights
from sportsai.tasks.moments import Games, timeline
from sportsai.whole.compare import compare, model_list
from sportsai.whole.parts import parts
from sportsai.whole.ship import ship
from sportsai.whole.trials import Way, read_trial, said_of, seen_all, teacher_of, with_teacher
from sportsai.whole.unseen import unseen
from tests.whole.made_up import game


def recipe(model: str = "spot_conv", **data: Any) -> Recipe:
    small: dict[str, Any] = {"width": 16}
    if model in ("spot_conv", "scout"):
        small |= {"dilations": [1], "rounds": 1, "dropout": 0.0}
    raw = {
        "title": "made up", "model": model, "model_config": small,
        "data": {
            "task": "moments", "provider": "any", "chunk": 64, "heat_s": 0.5, "shadow_s": 1.0,
            "classes": {"shot": ["shot"], "rebound": ["rebound"]}, **data,
        },
        "split": {"folds": 3, "tests": 1},
        "train": {"epochs": 6, "batch": 8, "windows_per_epoch": 400, "lr": 2e-2, "members": 2, "patience": 6},
        "detect": {"apart_s": 1.0, "tolerance_s": 2.5},
    }  # fmt: skip
    return parse_recipe(raw, "basketball", "made_up", "here")


def games(of: Recipe, count: int = 9, first: int = 0) -> Games:
    lines = [timeline(game(s), of.data) for s in range(first, first + count)]
    return Games(tuple(line for line in lines if line is not None), of.data.names, {"made": "up"}, "made up")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    of = recipe()
    return compare(of, games(of), ["spot_conv", "ball_rule", "chance"], seeds=(0, 1), keep=tmp_path_factory.mktemp("k"))


def test_what_can_be_seen_is_found(table: dict[str, Any]) -> None:
    rows = {r["model"]: r["mean"] for r in table["rows"]}
    assert rows["spot_conv"]["mAP ±2.5 s"] > 0.9
    assert rows["ball_rule"]["AP shot"] > 0.9  # the ball is 4 m high at a shot
    assert np.isnan(rows["ball_rule"]["AP rebound"])  # of which it says nothing
    assert rows["chance"]["mAP ±2.5 s"] < 0.4
    assert "spot_conv, 2 as one" in rows
    assert table["best"].startswith("spot_conv")
    assert table["contests"] == 3
    assert "AP-voc" in table["ap"]
    low, high = table["rows"][0]["interval"]
    assert low <= rows["spot_conv"]["mAP ±2.5 s"] <= high


def test_a_kept_trial_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = recipe()
    mine = games(of)
    first = compare(of, mine, ["spot_conv"], seeds=(0,), keep=tmp_path)
    monkeypatch.setattr("sportsai.whole.trials.fit", lambda *_, **__: pytest.fail("trained again"))
    again = compare(of, mine, ["spot_conv"], seeds=(0,), keep=tmp_path)
    assert again["rows"][0]["mean"]["mAP ±2.5 s"] == pytest.approx(first["rows"][0]["mean"]["mAP ±2.5 s"], abs=2e-3)


def test_weights_come_back_as_they_were_and_know_what_they_saw(tmp_path: Path, table: dict[str, Any]) -> None:
    of = recipe()
    mine = games(of, 6)
    shipped = ship(of, mine)
    path = write_task(tmp_path / "w", of, shipped, table)
    loaded = load_weights(path, "basketball", "made_up")
    assert loaded.recipe.names == of.names == loaded.about["names"]  # in their own order, not the alphabet's
    said = [said_of([m.model for m in b.members], of, mine.lines[0]) for b in (shipped.blend, loaded.model)]
    np.testing.assert_allclose(said[0], said[1], atol=5e-3)  # kept in half precision
    curve = loaded.about["trust"]["1"]["shot"]
    assert curve["p"] == sorted(curve["p"])
    assert curve["real"] > 0
    card = (tmp_path / "w" / "card.md").read_text()
    assert "shot, rebound" in card
    assert "It reads every frame: where ball and players are" in card
    scored = unseen(loaded, games(of, 8))
    assert [w["trained"] for w in scored["ways"]] == [False, True]
    assert len(scored["ways"][0]["contests"]) == 2
    assert scored["ways"][0]["rows"][0]["mean"]["mAP ±2.5 s"] > 0.8
    other = games(recipe(classes={"shot": ["shot"]}), 2)
    with pytest.raises(ModelError, match="weights for the classes shot, rebound"):
        unseen(loaded, other)


def test_a_scout_reads_few_frames_and_learns_from_its_teacher(tmp_path: Path) -> None:
    of = recipe("scout", pace=False, teacher="spot_conv")
    of = of.model_copy(update={"train": of.train.model_copy(update={"epochs": 2, "windows_per_epoch": 64})})
    mine = games(of, 6)
    (part,) = parts(mine, of)
    seen = dict(enumerate(seen_all(mine, of, range(len(mine)))))
    taught, told = with_teacher(of, mine, seen, part, 0, tmp_path)
    assert told is not None and taught[0].teacher is not None
    ways = [Way("scout", 0.1), Way("even", 0.1), Way("even", 1.0)]
    first = read_trial(of, mine, taught, part, "scout", 0, ways, keep=tmp_path, taught_by="spot_conv")
    again = read_trial(of, mine, taught, part, "scout", 0, ways, keep=tmp_path, taught_by="spot_conv")
    for way in ways:  # only the way a model is chosen by is read of games that choose
        assert set(first[way].heat) == {*part.test, *(part.validation if way.how == "scout" else ())}
        np.testing.assert_array_equal(first[way].heat[part.test[0]], again[way].heat[part.test[0]])


def test_a_teacher_may_be_a_recipe() -> None:
    of = load_recipe("soccer", "moments_scout")
    own = teacher_of(of)
    assert (own.name, own.model, own.data.pace, own.config()) == (
        "moments", "spot_conv", True, load_recipe("soccer", "moments").config()
    )  # fmt: skip
    told = teacher_of(of.model_copy(update={"data": of.data.model_copy(update={"gaps": True})}))
    assert told.data.gaps  # as much as its pupil
    other = of.model_copy(update={"data": of.data.model_copy(update={"teacher": "highlights"})})
    with pytest.raises(RecipeError, match='"highlights" knows shot'):
        teacher_of(other)


def test_a_scout_is_compared_shipped_and_scored_by_the_frames_it_reads(tmp_path: Path) -> None:
    of = recipe("scout", pace=False, teacher="spot_conv")
    short = of.train.model_copy(update={"epochs": 2, "windows_per_epoch": 64, "members": 1})
    of = of.model_copy(update={"train": short})
    mine = games(of, 6)
    assert model_list(None, of) == ["scout", "ball_rule", "chance"]
    found = compare(of, mine, model_list(None, of), seeds=(0,), keep=tmp_path)
    few = ["scout, 5% read", "scout, 10% read", "scout, 20% read"]
    assert [r["model"] for r in found["rows"]] == [*few, "ball_rule", "chance"]
    assert len(rows_of(found)) == 5  # the rule says nothing of rebounds, and has no mAP
    path = write_task(tmp_path / "w", of, ship(of, mine, keep=tmp_path), found)
    card = (tmp_path / "w" / "card.md").read_text()
    assert "It reads the frames it asks for, as many as it is given" in card
    assert "**5% of the frames** are read unless more is asked for: mAP ±2.5 s 0." in card
    loaded = load_weights(path, "basketball", "made_up")
    for share, row in ((0.04, few[0]), (0.1, few[1]), (1.0, few[2])):  # a search is told what its share is worth
        assert (score_of(loaded, share) or {})["model"] == row
    assert list(loaded.about["trust"]) == ["0.02", "0.05", "0.1", "0.2", "0.5"]
    scored = unseen(loaded, games(of, 2, first=20))
    assert [r["model"] for r in scored["ways"][0]["rows"]] == [*few, "chance"]
    with pytest.raises(RecipeError, match=r'data.pace: "scout" reads frames one by one'):
        model_list("scout", recipe())
    with pytest.raises(RecipeError, match='"scout" reads few frames'):
        compare(recipe("scout", pace=False, teacher="scout"), mine, ["scout"], seeds=(0,))


def test_agents_and_others_are_taught_by_the_same_steps() -> None:
    of = recipe(pace=False)
    mine = games(of, 4)
    (part,) = parts(mine, of)
    seen = dict(enumerate(seen_all(mine, of, range(4))))
    one = of.model_copy(update={"train": of.train.model_copy(update={"epochs": 1, "windows_per_epoch": 16})})
    told = read_trial(one, mine, seen, part, "glimpse", 0, [Way("glimpses")], frames=40, glimpses=2, width=8)
    assert np.isfinite(told[Way("glimpses")].heat[part.test[0]]).all()


def test_what_cannot_be_scored_is_said_in_one_line() -> None:
    of = recipe()
    with pytest.raises(DataError, match=r"only 2 games \(game-0, game-1\)"):
        parts(games(of, 2), of)
    never = recipe(classes={"shot": ["shot"], "rebound": ["dunk"]})
    with pytest.raises(DataError, match=r'"rebound" never occurs in the .* games that train'):
        compare(never, games(never, 3), ["chance"])
    with pytest.raises(RecipeError, match=r'no model of whole games named "spot_con". Did you mean "spot_conv"'):
        model_list("spot_con", of)
    with pytest.raises(RecipeError, match='unknown key "clases"'):
        recipe(clases={})
    with pytest.raises(RecipeError, match='of a frame only ball is told, and not "scene"'):
        recipe(ball_only=True, streams=["scene"])
    with pytest.raises(RecipeError, match='"spot_conv" attends to no stream'):
        ship(recipe(streams=["scene"]), games(of, 3))
    with pytest.raises(RecipeError, match='"dunk" in worth is none of the classes shot, rebound'):
        recipe(worth={"dunk": 1.0})
    with pytest.raises(RecipeError, match="each class needs at least one type of event"):
        recipe(classes={"shot": []})
