"""A sweep: what may be swept, that validation alone judges, that a study goes on, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.errors import ModelError, RecipeError, SportsaiError, StoreError
from sportsai.learn.engine import current
from sportsai.learn.recipe import Recipe, dump_recipe, parse_recipe
from sportsai.learn.sweep import Judged, best_toml, changed, read_param, sweep, task_judge
from tests.learn.made_up import made_up
from tests.learn.test_compare import recipe

pytest.importorskip("optuna")


def judge(asked: Recipe) -> Judged:
    """Judge without training: best at a rate of 1e-3, worse by each power of ten, told epoch by epoch."""
    figure = 1 - abs(np.log10(asked.train.lr) + 3) / 3
    for epoch in range(asked.train.epochs):
        watch = current().watch
        assert watch is not None
        watch(epoch, float(figure))
    return Judged(float(figure), 10, "mAP", ("g0",))


def asked() -> Recipe:
    return recipe().model_copy(update={"train": recipe().train.model_copy(update={"epochs": 8})})


@pytest.mark.parametrize(
    ("text", "ends", "whole", "log"),
    [
        ("train.lr=1e-4:1e-2:log", (1e-4, 1e-2), False, True),
        ("train.batch=16:64", (16, 64), True, False),
        ("train.balance=0:1", (0.0, 1.0), False, False),
        ("train.windows_per_epoch=64,128", (64, 128), False, False),
        ("train.precision=32,bf16", ("32", "bf16"), False, False),
        ("train.mirror=true,false", (True, False), False, False),
        ("model_config.hidden=8,16", (8, 16), False, False),
        ("data.jitter=0:2", (0, 2), True, False),
    ],
)
def test_what_a_range_says(text: str, ends: tuple[Any, ...], whole: bool, log: bool) -> None:
    raw = dump_recipe(asked()) | {"data": {"task": "handovers", "games": ["1"], "background": ""}, "joined": []}
    param = read_param(text, parse_recipe(raw, "soccer", "r", "here"))
    assert param.ends == ends and [type(v) for v in param.ends] == [type(v) for v in ends]
    assert (param.whole, param.log) == (whole, log)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train.lr", 'expected KEY=LOW:HIGH'),
        ("train.leer=1:2", 'Did you mean "train.lr"?'),
        ("split.folds=2:3", "expected a key of [train], [data] or [model_config]"),
        ("train.seed=0:9", "is not to be swept"),
        ("data.task=plays,roles", "is not to be swept"),
        ("model_config.shared=1,2", "holds a list"),
        ("train.lr=0:1:log", "the least first, :log only above 0"),
        ("train.lr=2:1", "the least first"),
        ("train.lr=a:b", "two numbers"),
        ("train.lr=-1:1", "input should be greater than 0"),
        ("train.batch=32,many", "int values between commas"),
        ("train.precision=32:64", "expected A,B,C"),
        ("model_config.pool=prob,mean", "expected one of prob, logit, feature"),
    ],
)  # fmt: skip
def test_what_is_no_range_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SportsaiError) as wrong:
        read_param(text, asked())
    assert said in str(wrong.value) and "\n" not in str(wrong.value)


def test_the_best_rate_is_found_and_a_stopped_study_goes_on(tmp_path: Path) -> None:
    params = [read_param("train.lr=1e-6:1:log", asked())]
    path = tmp_path / "study.db"
    first = sweep(asked(), params, judge, path, 6)
    assert [r["trial"] for r in first.rows] == list(range(6))

    def stopped(asked: Recipe) -> Judged:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(asked(), params, stopped, path, 24)
    found = sweep(asked(), params, judge, path, 24)
    assert found.rows[:6] == first.rows
    assert [r["trial"] for r in found.rows if r["ended"] == "stopped"] == [6]
    assert len(found.rows) == 25
    assert {r["ended"] for r in found.rows} == {"done", "pruned", "stopped"}
    assert 3e-4 < found.done[0]["train.lr"] < 3e-3
    assert all(r["epochs"] < 8 for r in found.rows if r["ended"] == "pruned")
    assert (found.headline, found.tested) == ("mAP", ("g0",))
    assert sweep(asked(), params, judge, path, 24).rows == found.rows  # it has what was asked for


def test_values_that_are_refused_fail_alone(tmp_path: Path) -> None:
    def half(asked: Recipe) -> Judged:
        if asked.train.batch == 16:
            raise ModelError("no room")
        return judge(asked)

    found = sweep(asked(), [read_param("train.batch=16,32", asked())], half, tmp_path / "s.db", 8)
    assert {(r["ended"], r["train.batch"], r["why"]) for r in found.rows} == {
        ("failed", 16, "no room"), ("done", 32, ""),
    }  # fmt: skip


def test_another_study_and_what_is_none_are_refused(tmp_path: Path) -> None:
    params = [read_param("train.lr=1e-4:1e-2:log", asked())]
    path = tmp_path / "study.db"
    sweep(asked(), params, judge, path, 1)
    with pytest.raises(StoreError, match="is a study of another recipe"):
        sweep(asked(), params, judge, path, 1, seed=1)
    with pytest.raises(StoreError, match="is a study of another recipe"):
        sweep(asked(), [read_param("train.lr=1e-4:1e-1:log", asked())], judge, path, 1)
    path.write_text("trial,figure\n")
    with pytest.raises(StoreError, match="is no study"):
        sweep(asked(), params, judge, path, 1)
    path.write_bytes(b"SQLite format 3\x00" + bytes(200))
    with pytest.raises(StoreError, match="cannot be used as a study"):
        sweep(asked(), params, judge, path, 1)


def test_a_task_is_judged_by_what_validates_whatever_the_test_games_say() -> None:
    taught = made_up(contests=6)
    small = changed(asked(), {"train.epochs": 2, "train.windows_per_epoch": 64, "split.tests": 1})
    found = task_judge(lambda _: taught, 0)(small)
    tested = [taught.windows.games.index(g) for g in found.tested]
    rows = np.isin(taught.windows.game, tested)
    assert 0 < rows.sum() < len(taught) / 2
    taught.windows.label[rows] = 0  # whatever they say
    taught.windows.xy[rows] = np.nan
    assert task_judge(lambda _: taught, 0)(small) == found


def test_the_best_recipe_keeps_its_comments_and_tests_only_what_chose_nothing() -> None:
    text = '# mine\ntitle = "t"  # a title\n[train]\nlr = 0.1   # a rate\n'
    out = best_toml(text, asked(), {"train.lr": 0.5, "model_config.hidden": 8}, "best of 3")
    assert out.startswith("# best of 3\n# mine\n") and "# a rate" in out
    assert tomllib.loads(out) == {
        "title": "t", "train": {"lr": 0.5}, "model_config": {"hidden": 8}, "split": {"tests": 1},
    }  # fmt: skip
    half = changed(asked(), {"split.by": "period"})
    assert "split" not in tomllib.loads(best_toml(text, half, {"train.lr": 0.5}, ""))


def test_a_value_outside_is_refused_when_a_recipe_is_changed() -> None:
    with pytest.raises(RecipeError, match=r'--param, "train.lr": -1'):
        changed(asked(), {"train.lr": -1})
