"""Randomised trees as arrays: they say what scikit-learn's say, and travel as small tensors."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.torch import load, save

from sportsai.errors import ModelError, NotFittedError
from sportsai.learn.predict import log_probabilities
from sportsai.models import extra_trees
from sportsai.tasks import EVENT, Examples
from tests.models.test_boosted import numbers, windows


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("leaves", [2, 8, 31, 64])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_the_arrays_say_what_scikit_learn_says(classes: int, leaves: int, gaps: float) -> None:
    from sklearn.ensemble import ExtraTreesClassifier

    x = numbers(1500, gaps)
    kind = np.nan_to_num(x[:, 0]) + np.isnan(x[:, 1]) + np.nan_to_num(x[:, 3]) * np.nan_to_num(x[:, 2])
    y = np.digitize(kind, np.quantile(kind, np.linspace(0, 1, classes + 1)[1:-1]))
    weight = 1.0 + y[:1000]
    theirs = ExtraTreesClassifier(40, max_leaf_nodes=leaves, min_samples_leaf=3, random_state=0)
    theirs.fit(x[:1000], y[:1000], sample_weight=weight)
    p = extra_trees.probabilities(extra_trees.flatten(theirs, leaves), x)
    np.testing.assert_allclose(p, theirs.predict_proba(x), atol=1e-6)


def test_a_model_learns_and_travels_as_tensors_and_needs_no_scikit_learn() -> None:
    w = windows()
    config = extra_trees.Config(classes=4, trees=60)
    model = extra_trees.Model(config).fit(w)
    scores = model.scores(w)
    assert (scores.argmax(1) == w.label)[w.label == 1].mean() > 0.95
    assert (scores[:, 3] == 0).all()
    np.testing.assert_allclose(scores.sum(1), 1)
    state = load(save(model.state_dict()))
    for kept in (state, {k: v.float() if v.is_floating_point() and k == "value" else v for k, v in state.items()}):
        other = extra_trees.Model(config).load_state_dict(kept).eval()
        np.testing.assert_array_equal(other.scores(w), scores)
    said = log_probabilities(model, Examples(w, tuple("abcd"), np.full(len(w), EVENT)))
    np.testing.assert_allclose(np.exp(said[:, :3]), scores[:, :3])
    code = "import sys; from sportsai.models import extra_trees; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_draws_follow_the_seed_and_rows_may_weigh() -> None:
    w = windows()

    def said(seed: int, weight: np.ndarray | None = None) -> np.ndarray:
        config = extra_trees.Config(classes=3, trees=20, leaves=3, least=10, seed=seed)
        return extra_trees.Model(config).fit(w, weight=weight).scores(w)

    np.testing.assert_array_equal(said(1), said(1))
    assert (said(1) != said(2)).any()
    heavy = said(1, np.where(w.label == 2, 20.0, 1.0))
    assert heavy[:, 2].mean() > said(1)[:, 2].mean()


def test_seven_classes_are_under_a_megabyte_and_read_many_rows_a_second() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 60)).astype(np.float32)
    y = np.argmax(x[:, :7] + x[:, 7:14], 1)
    model = extra_trees.Model(extra_trees.Config(classes=7))
    model.trees = extra_trees._grown(x, y, np.ones(len(x)), model.config)
    model.classes_, model.names_sha = np.arange(7), bytes(32)
    assert len(save(model.state_dict())) < 600_000
    started = time.process_time()
    extra_trees.probabilities(model.trees, x)
    assert len(x) / (time.process_time() - started) > 500  # about 5,000 on an idle core


def test_windows_described_otherwise_are_refused() -> None:
    model = extra_trees.Model(extra_trees.Config(classes=3, trees=5)).fit(windows())
    without = windows(6)
    without.ball_present[:] = False
    with pytest.raises(ModelError, match="other features"):
        model.scores(without)


def test_tensors_that_do_not_belong_together_are_refused() -> None:
    model = extra_trees.Model(extra_trees.Config(classes=3, trees=5)).fit(windows())
    state = model.state_dict()
    for wrong in (
        {k: v for k, v in state.items() if k != "classes"},
        {**state, "keep": state["keep"][:1]},
        {**state, "value": state["value"][..., :1]},
        {**state, "value": state["value"][..., 0]},
        {**state, "output": state["output"] + 1},
        {**state, "feature": state["feature"] - 1000},
        {**state, "classes": state["classes"] + 5},
        {**state, "classes": state["classes"][:2]},
    ):
        with pytest.raises(RuntimeError):
            extra_trees.Model(model.config).load_state_dict(wrong)
    with pytest.raises(NotFittedError):
        extra_trees.Model(model.config).state_dict()
    with pytest.raises(NotFittedError):
        extra_trees.Model(model.config).scores(windows(3))


def test_a_config_out_of_bounds_and_one_class_are_refused() -> None:
    for wrong in ({"leaves": 65}, {"leaves": 1}, {"trees": 0}):
        with pytest.raises(ModelError):
            extra_trees.Config(**wrong)
    with pytest.raises(ModelError, match="at least two"):
        extra_trees.Model(extra_trees.Config()).fit(windows(classes=1))


def test_choosing_a_player_learns_and_says_log_probabilities_over_the_choices() -> None:
    w = windows(120, players=6)
    choices = np.asarray(w.present[:, :, w.reference] & (w.relation == 1))
    choices[np.arange(len(w)), w.key] = False
    here = np.where(choices[..., None], w.xy[:, :, w.reference], np.nan)
    w.label[:] = np.nanargmax(here[..., 0], 1)  # the one furthest forward
    config = extra_trees.Config(trees=60, choose=True)
    model = extra_trees.Model(config).fit(w, choices=choices)
    scores = model.scores(w, choices=choices)
    assert (np.isneginf(scores) == ~choices).all()
    np.testing.assert_allclose(np.exp(scores).sum(1), 1)
    assert (scores.argmax(1) == w.label).mean() > 0.95
    other = extra_trees.Model(config).load_state_dict(model.state_dict())
    np.testing.assert_array_equal(other.scores(w, choices=choices), scores)
    assert np.isneginf(model.scores(w.take([0]), choices=np.zeros((1, w.P), bool))).all()
    assert not model.probabilities
    with pytest.raises(ModelError, match="choices"):
        model.scores(w)
    with pytest.raises(ModelError, match="choices"):
        model.scores(w, choices=choices[:1])
