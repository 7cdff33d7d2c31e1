"""The label graph: what is given counts, several labels hold at once, and it travels as tensors."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.torch import load, save

from sportsai.errors import ModelError, NotFittedError, ShapeError
from sportsai.layers import trees as flat
from sportsai.learn.metrics import mean_ap_of
from sportsai.models import label_graph
from sportsai.models.label_graph import Config, Model, grown, shares
from tests.learn.made_up import made_up

# runs (coarse); right, left (fine, each implies runs, and they exclude each other); noise nobody can see
LEVEL, IMPLIES, EXCLUDES = (0, 1, 1, 1), ((1, 0), (2, 0)), ((1, 2), (2, 1))


def taught(contests: int = 6, each: int = 40):
    e = made_up(contests, each)
    label = e.windows.label
    coin = np.random.default_rng(3).random(len(label)) < 0.5
    also = np.column_stack([label > 0, label == 1, label == 2, (label == 1) & coin])
    return e.windows, also


def config(**own: object) -> Config:
    values = {"classes": 4, "level": LEVEL, "implies": IMPLIES, "excludes": EXCLUDES, "trees": 40, "steps": 200} | own
    return Config(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["logistic", "binn", "sinn"])
def test_labels_are_learned_and_what_is_given_is_believed(kind: str) -> None:
    windows, also = taught()
    train, test = windows.take(windows.game < 4), windows.take(windows.game >= 4)
    truth = also[windows.game >= 4]
    model = Model(config(kind=kind)).fit(train, also=also[windows.game < 4])
    alone = model.scores(test)
    assert (alone <= 0).all()
    assert mean_ap_of(truth[:, :3], alone[:, :3]) > 0.95
    given = np.full(truth.shape, np.nan)
    given[:, 3] = truth[:, 3]
    told = model.scores(test, given=given)
    np.testing.assert_allclose(np.exp(told[:, 3]), truth[:, 3], atol=1e-9)
    nobody = model.scores(test, given=np.full(truth.shape, np.nan))
    np.testing.assert_allclose(nobody, alone, atol=1e-6)
    if kind == "logistic":  # each label stands alone
        np.testing.assert_allclose(told[:, :3], alone[:, :3], atol=1e-6)
    else:  # who has the fourth label runs right
        has = truth[:, 3]
        assert (told[has, 1] > alone[has, 1] - 1e-3).all()
        assert (np.exp(told[has, 2]) < 0.05).all()


def test_one_coarse_label_given_tells_the_fine_ones_apart() -> None:
    windows, also = taught()
    blind = windows.take(np.arange(len(windows)))
    blind.xy[...] = np.random.default_rng(0).normal(0, 0.1, blind.xy.shape)  # nothing can be seen
    model = Model(config()).fit(blind.take(blind.game < 4), also=also[windows.game < 4])
    test, truth = blind.take(blind.game >= 4), also[windows.game >= 4]
    given = np.full(truth.shape, np.nan)
    given[:, 0] = truth[:, 0]
    before, after = (mean_ap_of(truth[:, 1:], model.scores(test, given=g)[:, 1:]) for g in (None, given))
    assert after > before + 0.05


def test_one_forest_for_all_labels_says_what_scikit_learn_says() -> None:
    from sklearn.ensemble import ExtraTreesClassifier

    draws = np.random.default_rng(0)
    x = draws.normal(0, 1, (300, 6)).astype(np.float32)
    also = np.column_stack([x[:, 0] > 0, x[:, 0] + x[:, 1] > 0, x[:, 2] > 1])
    c = Config(classes=3, trees=20, leaves=16, least=1, share=1.0)
    theirs = ExtraTreesClassifier(20, max_leaf_nodes=16, max_features=1.0, random_state=0)
    both = np.repeat(np.array([[False], [True]]), 3, 1)
    theirs.fit(
        np.concatenate([x, x[:1], x[:1]]), np.concatenate([also, both]), sample_weight=np.r_[np.ones(300), 1e-9, 1e-9]
    )
    says = np.stack([p[:, 1] for p in theirs.predict_proba(x)], 1)
    np.testing.assert_allclose(shares(grown(x, also, c), x), says, atol=2e-3)  # a leaf's shares keep three digits


def test_it_travels_as_tensors() -> None:
    windows, also = taught()
    c = config()
    model = Model(c).fit(windows, also=also)
    again = Model(c).load_state_dict(load(save(model.state_dict()))).eval()
    given = np.where(np.arange(4) == 0, 1.0, np.nan) * np.ones((len(windows), 1))
    np.testing.assert_allclose(again.scores(windows, given=given), model.scores(windows, given=given), atol=1e-6)
    with pytest.raises(RuntimeError, match="4 labels, not 5"):
        Model(config(classes=5, level=(0, 1, 1, 1, 1))).load_state_dict(model.state_dict())


def test_the_same_seed_gives_the_same_model() -> None:
    windows, also = taught(4, 24)
    a, b = (Model(config(seed=5, steps=50)).fit(windows, also=also).scores(windows) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_what_cannot_be_is_one_line() -> None:
    windows, also = taught(3, 12)
    with pytest.raises(NotFittedError):
        Model(config()).scores(windows)
    one = windows.game == 0
    with pytest.raises(ModelError, match="one game only"):
        Model(config()).fit(windows.take(one), also=also[one])
    with pytest.raises(ModelError, match="no labels"):
        Model(config()).fit(windows)
    with pytest.raises(ShapeError):
        Model(config()).fit(windows, also=also[:, :2])
    with pytest.raises(ModelError, match='kind = "tree"'):
        config(kind="tree")
    with pytest.raises(ModelError, match="2 levels of 4 labels"):
        config(level=(0, 1))
    assert label_graph.Config().leaves <= flat.MOST
