"""Simulated rallies as examples: labels at their moments, made alike from a seed and from files, nothing leaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sportsai.errors import DataError, RecipeError
from sportsai.learn.lessons import folds, task_examples
from sportsai.learn.networks import teach
from sportsai.learn.predict import turned
from sportsai.learn.recipe import load_recipe
from sportsai.learn.standard import standard
from sportsai.simulate.volleyball import ACTIONS, RATE_HZ, files, simulate
from sportsai.tasks import load_task, rallies


def options(**given: object) -> rallies.Options:
    return rallies.Options.model_validate({"task": "rallies", "contests": 2, "rallies": 5, **given})


@pytest.fixture(scope="module")
def exact():
    """Two games of five rallies, no noise, moments at the contacts."""
    return rallies.examples([], options(noise_m=0, spread_s=0, posture=True, ball=True), 10)


def test_windows_are_cut_from_the_tracks_about_each_activity(exact) -> None:
    made = simulate(1, 5, 0)
    t, e = made.game.tracks, made.game.events
    e = e[e["type"].isin(rallies.ACTIVITIES)].reset_index(drop=True)
    w = exact.windows
    assert (w.xy.shape[1:], w.T, w.reference) == ((12, 10, 2), 10, 5)
    first = [i for i in range(len(w)) if w.games[w.game[i]] == "simulated-1"]
    frames = [int(w.frame[i]) for i in first]
    assert set(frames) <= set(e["frame"]) and len(w) + sum(exact.refused.values()) >= len(e)
    assert len(frames) >= 0.95 * len(e)
    for i in first:
        event = e[e["frame"] == w.frame[i]].iloc[0]
        row = int(t.rows(np.array([w.frame[i]]))[0])
        assert rallies.ACTIVITIES[w.label[i]] == event["type"]
        assert (w.relation[i] == 0).all() and w.present[i].all()
        for p, slot in enumerate(w.slot[i]):
            for k in (0, 5, 9):
                at = row + (k - 5) * round(0.2 * RATE_HZ)
                np.testing.assert_allclose(w.xy[i, p, k] * 9, t.xy[at, slot], atol=1e-5)
                np.testing.assert_array_equal(exact.more["image"][i, p, k], made.posture[at, slot])
            assert exact.people[i, p] == made.actions[row, slot]
        np.testing.assert_allclose(w.ball[i, 5] * 9, t.ball_xy[row], atol=1e-5)
        if event["type"].endswith("set"):
            assert ACTIONS[exact.people[i][list(w.slot[i]).index(t.slot_of(event["player_id"]))]] == "setting"


def test_teams_are_the_halves_along_x_and_a_mirror_image_is_of_the_other_side(exact) -> None:
    x = exact.windows.xy[:, :, 0, 0]
    assert ((x < 0).sum(1) == 6).all()
    other = turned(exact)
    np.testing.assert_array_equal(other.windows.xy[..., 0], -exact.windows.xy[..., 0])
    names = np.array(rallies.ACTIVITIES)
    swapped = np.char.add(np.where(np.char.startswith(names, "l"), "r", "l"), np.char.lstrip(names, "lr"))
    assert names[other.windows.label].tolist() == swapped[exact.windows.label].tolist()


def test_options_say_what_is_seen() -> None:
    plain = rallies.examples([], options(), 10)
    assert not plain.windows.ball_present.any() and not plain.windows.ball.any() and not plain.more
    again = rallies.examples([], options(), 10)
    assert plain.windows.xy.tobytes() == again.windows.xy.tobytes() and plain.sources == again.sources
    assert rallies.examples([], options(seed=1), 10).sources != plain.sources
    assert "SIMULATED" in plain.terms and "SIMULATED" in rallies.TITLE
    last = rallies.examples([], options(reference="last", noise_m=0, spread_s=0), 10).windows
    assert last.reference == 9 and (last.last_frame == last.frame).all()
    exact = rallies.examples([], options(noise_m=0), 10).windows
    off = (plain.windows.xy - exact.xy) * 9
    assert abs(off.std() - 0.1) < 0.01  # metres


def test_a_folder_of_games_gives_the_same_examples(tmp_path: Path) -> None:
    for number in (1, 2):
        for name, content in files(simulate(number, 5, 0)).items():
            (tmp_path / name).write_bytes(content)
    found = rallies.find(tmp_path)
    assert [p.name for p in found] == ["simulated-1.parquet", "simulated-2.parquet"] and rallies.find(
        tmp_path / "x"
    ) == []
    read = rallies.examples(found, options(posture=True), 10)
    made = rallies.examples([], options(posture=True), 10)
    for name in ("xy", "label", "frame", "period", "game"):
        np.testing.assert_array_equal(getattr(read.windows, name), getattr(made.windows, name))
    np.testing.assert_array_equal(read.people, made.people)
    np.testing.assert_array_equal(read.more["image"], made.more["image"])
    assert "simulated-1.parquet" in read.sources and read.terms == made.terms
    recipe = load_recipe("volleyball", "rallies")
    assert len(task_examples(recipe, tmp_path)) == len(made)  # a folder that is named is read
    with pytest.raises(DataError, match="nothing here"):
        task_examples(recipe, Path(__file__).parent)


def test_the_recipe_makes_its_games_and_splits_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPORTSAI_DATA", raising=False)
    recipe = load_recipe("volleyball", "rallies")
    assert "SIMULATED" in recipe.title and not recipe.data.ball and load_task("rallies").MAKES
    few = recipe.model_copy(update={"data": recipe.data.model_copy(update={"contests": 4, "rallies": 4})})
    taught = task_examples(few)
    (split,) = folds(taught, few)
    parts = [set(taught.contest[i].tolist()) for i in (split.train, split.validation, split.test)]
    assert [len(p) for p in parts] == [2, 1, 1] and len(set.union(*parts)) == 4
    config = standard("hierarchical_lstm", taught, {"width": 8, "lstm1": 8, "lstm2": 8, "hidden": 8})
    assert (config.frames, config.actions, config.classes) == (10, 9, 8)
    short = recipe.train.model_copy(update={"epochs": 1})
    model = teach("hierarchical_lstm", config, taught.take(split.train), taught.take(split.validation), short)
    assert model.scores(taught).shape == (len(taught), 8) and model.people(taught).shape == (len(taught), 12, 9)
    assert torch.isfinite(torch.tensor(model.scores(taught))).all()


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(DataError, match="100 samples"):
        rallies.examples([], options(), 100)
    for bad in ({"contests": 0}, {"noise_m": -1}, {"reference": "first"}, {"step_s": 9}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            options(**bad)
    with pytest.raises(RecipeError):
        load_task("rally")
