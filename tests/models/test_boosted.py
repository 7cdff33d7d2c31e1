"""Boosted trees as arrays: they say what scikit-learn's say, and travel as tensors."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.torch import load, save

from sportsai.data.windows import WindowCutter, Windows
from sportsai.errors import ModelError, NotFittedError
from sportsai.models import boosted
from tests.conftest import make_game, make_tracks


def windows(n: int = 90, classes: int = 3, players: int = 5) -> Windows:
    w = WindowCutter(make_game(make_tracks(T=200)), length=8, players=players).cut(
        np.linspace(10, 180, n).astype(int), np.arange(n) % 6, np.arange(n) % classes
    )
    w.ball[w.label == 1] += np.linspace(0, 1, w.T)[:, None]  # the ball flies off in class 1
    return w


def numbers(n: int, gaps: float = 0.1, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    x[:, 3] = np.round(x[:, 3])  # ties with thresholds
    x[rng.random(x.shape) < gaps] = np.nan
    return x


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("leaves", [2, 8, 31, 64])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_the_arrays_say_what_scikit_learn_says(classes: int, leaves: int, gaps: float) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    x = numbers(1500, gaps)
    kind = np.nan_to_num(x[:, 0]) + np.isnan(x[:, 1]) + np.nan_to_num(x[:, 3]) * np.nan_to_num(x[:, 2])
    y = np.digitize(kind, np.quantile(kind, np.linspace(0, 1, classes + 1)[1:-1]))
    theirs = HistGradientBoostingClassifier(
        max_iter=25, max_leaf_nodes=leaves, min_samples_leaf=3, early_stopping=False, random_state=0
    ).fit(x[:1000], y[:1000])
    p = boosted.probabilities(boosted.flatten(theirs, leaves).raw(x))
    np.testing.assert_allclose(p, theirs.predict_proba(x), atol=1e-6)


@pytest.mark.parametrize("rich", [False, True])
def test_a_model_travels_as_tensors_and_needs_no_scikit_learn(rich: bool, tmp_path) -> None:
    w = windows()
    config = boosted.Config(classes=4, rounds=15, rich=rich)
    model = boosted.Model(config).fit(w)
    path = tmp_path / "w.safetensors"
    path.write_bytes(save(model.state_dict()))
    other = boosted.Model(config).load_state_dict(load(path.read_bytes())).eval()
    np.testing.assert_array_equal(other.scores(w), model.scores(w))
    np.testing.assert_allclose(model.scores(w).sum(1), 1)
    assert (model.scores(w)[:, 3] == 0).all()
    code = "import sys; from sportsai.models import boosted; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_averaged_with_other_models_is_its_log_probabilities() -> None:
    from sportsai.learn.predict import log_probabilities
    from sportsai.tasks import EVENT, Examples

    w = windows()
    model = boosted.Model(boosted.Config(classes=3, rounds=10)).fit(w)
    said = log_probabilities(model, Examples(w, ("a", "b", "c"), np.full(len(w), EVENT)))
    np.testing.assert_allclose(np.exp(said), model.scores(w))
    assert not boosted.Model(boosted.Config(choose=True)).probabilities  # there it says logarithms itself


def test_more_bags_are_the_mean_of_their_raw_outputs() -> None:
    w = windows()
    x = boosted.Model(boosted.Config(rich=True))._table(w, None)[0]
    both = boosted.Model(boosted.Config(classes=3, rounds=10, rich=True, bags=2)).fit(w)
    each = [boosted.Model(boosted.Config(classes=3, rounds=10, rich=True, seed=s)).fit(w) for s in (0, 1000)]
    np.testing.assert_allclose(both.trees.raw(x), np.mean([m.trees.raw(x) for m in each], 0), atol=1e-6)


def test_windows_described_otherwise_are_refused() -> None:
    model = boosted.Model(boosted.Config(classes=3, rounds=5, rich=True)).fit(windows())
    without = windows(6)
    without.ball_present[:] = False
    with pytest.raises(ModelError, match="other features"):
        model.scores(without)


def test_tensors_that_do_not_belong_together_are_refused() -> None:
    model = boosted.Model(boosted.Config(classes=3, rounds=5)).fit(windows())
    state = model.state_dict()
    for wrong in (
        {k: v for k, v in state.items() if k != "lean"},
        {**state, "keep": state["keep"][:1]},
        {**state, "output": state["output"] + 7},
        {**state, "feature": state["feature"] - 1000},
        {**state, "classes": state["classes"] + 5},
    ):
        with pytest.raises(RuntimeError):
            boosted.Model(model.config).load_state_dict(wrong)
    with pytest.raises(NotFittedError):
        boosted.Model(model.config).state_dict()


def test_a_config_out_of_bounds_and_one_class_are_refused() -> None:
    for wrong in ({"leaves": 65}, {"leaves": 1}, {"bags": 0}, {"rounds": 0}):
        with pytest.raises(ModelError):
            boosted.Config(**wrong)
    with pytest.raises(ModelError, match="at least two"):
        boosted.Model(boosted.Config()).fit(windows(classes=1))


def test_leaning_is_chosen_on_validation_and_raises_macro_f1() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(2000) < 0.1).astype(np.int64)
    p = 1 / (1 + np.exp(-(2 * label - 1 + rng.normal(size=2000) - 2.2)))
    scores = np.stack([1 - p, p], 1)
    lean = boosted._lean(scores, label, np.array([0, 1]), np.bincount(label) / 2000)

    def f1(said: np.ndarray) -> float:
        return 2 * (said & label).sum() / (said.sum() + label.sum())

    assert lean[1] > lean[0] > 0
    assert f1((np.log(scores) + lean).argmax(1)) > f1(scores.argmax(1)) + 0.05


def test_choosing_a_player_learns_and_says_log_probabilities_over_the_choices() -> None:
    w = windows(120, players=6)
    choices = np.asarray(w.present[:, :, w.reference] & (w.relation == 1))
    choices[np.arange(len(w)), w.key] = False
    here = np.where(choices[..., None], w.xy[:, :, w.reference], np.nan)
    w.label[:] = np.nanargmax(here[..., 0], 1)  # the one furthest forward
    config = boosted.Config(rounds=40, choose=True, least=5)
    model = boosted.Model(config).fit(w, choices=choices)
    scores = model.scores(w, choices=choices)
    assert scores.shape == choices.shape
    assert (np.isneginf(scores) == ~choices).all()
    np.testing.assert_allclose(np.exp(scores).sum(1), 1)
    assert (scores.argmax(1) == w.label).mean() > 0.95
    other = boosted.Model(config).load_state_dict(model.state_dict())
    np.testing.assert_array_equal(other.scores(w, choices=choices), scores)
    nobody = model.scores(w.take([0]), choices=np.zeros((1, w.P), bool))
    assert np.isneginf(nobody).all()
    with pytest.raises(ModelError, match="choices"):
        model.scores(w)


def test_trees_read_many_rows_a_second_and_are_small() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    x = np.random.default_rng(0).normal(size=(4000, 60)).astype(np.float32)
    y = np.argmax(x[:, :7] + x[:, 7:14], 1)
    theirs = HistGradientBoostingClassifier(max_iter=150, max_leaf_nodes=8, early_stopping=False).fit(x, y)
    trees = boosted.flatten(theirs, 8)
    assert sum(getattr(trees, f).nbytes for f in ("feature", "threshold", "missing", "value")) < 200_000
    started = time.process_time()
    trees.raw(x)
    assert len(x) / (time.process_time() - started) > 5_000  # about 30,000 on an idle core


def test_the_balls_height_and_the_clocks_are_read_where_they_are_given() -> None:
    w = windows()
    rng = np.random.default_rng(0)
    z = rng.uniform(0, 4, (len(w), w.T, 1)).astype(np.float32)
    clock = rng.uniform(0, 24, (len(w), 2)).astype(np.float32)
    model = boosted.Model(boosted.Config(classes=3, rounds=5, rich=True))
    plain = model._table(w)[1]
    more = model._table(w, ball_z=z, clock=clock)[1]
    assert more[: len(plain)] == plain
    assert {"z@0", "clock@0", "clock@1"} <= set(more)
    model.fit(w, ball_z=z, clock=clock)
    said = model.scores(w, ball_z=z, clock=clock)
    np.testing.assert_allclose(said.sum(1), 1)
    again = boosted.Model(model.config).load_state_dict(model.state_dict())
    np.testing.assert_allclose(again.scores(w, ball_z=z, clock=clock), said)
    with pytest.raises(ModelError):
        again.scores(w)  # taught with what is not told now
