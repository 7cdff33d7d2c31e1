"""The three decisions: the likeliest class, all classes held equally likely, and as far between as validation chose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.learn.measure import LEANS, leaned, leaning, measure
from sportsai.learn.recipe import load_recipe
from sportsai.tasks import Hierarchy
from tests.learn.made_up import made_up


def test_leaning_goes_from_the_likeliest_to_the_rarest() -> None:
    scores = np.log([[0.6, 0.4]])
    share = np.array([0.8, 0.2])
    assert leaned(scores, share, 0.0).tolist() == [0]
    assert leaned(scores, share, 0.2).tolist() == [0]  # 0.6 / 0.8 ** 0.2 = 0.627 over 0.4 / 0.2 ** 0.2 = 0.552
    assert leaned(scores, share, 0.5).tolist() == [1]  # 0.671 against 0.894
    assert leaned(np.repeat(scores, 2, 0), share, np.array([0.0, 1.0])).tolist() == [0, 1]
    assert leaned(np.repeat(scores, 2, 0), np.array([[0.8, 0.2], [0.5, 0.5]]), 1.0).tolist() == [1, 0]


def test_the_lean_is_where_rare_classes_are_found() -> None:
    label = np.repeat([0, 1], [80, 20])
    p = np.where(label == 1, 0.4, 0.1)  # the rare class is never the likeliest, and always told apart
    scores, share = np.log(np.column_stack([1 - p, p])), np.array([0.8, 0.2])
    chosen = leaning(label, scores, share)
    assert (leaned(scores, share, chosen) == label).all()
    assert chosen in LEANS and chosen > 0


def test_nothing_to_gain_leaves_the_likeliest() -> None:
    label = np.array([0, 1] * 20)
    scores = np.log(np.where(label[:, None] == [0, 1], 0.999, 0.001))
    assert leaning(label, scores, np.array([0.5, 0.5])) == 0.0


def test_many_labels_are_ranked_per_class_and_per_item() -> None:
    found = made_up(contests=1, each=3)
    also = np.array([[True, False, True], [False, True, False], [False, False, False]])
    found = replace(found, also=also, hierarchy=Hierarchy((0, 0, 1)))
    scores = np.array([[0.9, 0.5, 0.1], [0.2, 0.8, 0.6], [0.3, 0.1, 0.4]])
    row = measure(found, scores, load_recipe("hockey", "labels"))
    # first: ranks 1 and 3 of its two labels, (1 + 2 / 3) / 2; second: rank 1; the third has no label and no say
    assert row["mAP per item"] == pytest.approx((5 / 6 + 1) / 2)
    assert [row[f"AP {n}"] for n in found.names] == pytest.approx([1.0, 1.0, 1 / 3])
    assert row["mAP"] == pytest.approx((2 + 1 / 3) / 3) and row["mAP, level 1"] == pytest.approx(1.0)
