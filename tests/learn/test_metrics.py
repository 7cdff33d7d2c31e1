"""Metrics against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sportsai.learn import metrics as m

RELEVANT, SCORES = [1, 0, 1, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]


def test_three_average_precisions_of_one_ranking() -> None:
    # precisions at the hits 1, 2/3, 3/4; AP-11: 1 up to recall 1/3 (4 points), then 3/4 (7 points)
    assert m.ap_ni(RELEVANT, SCORES) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert m.ap_ni(RELEVANT, SCORES) == pytest.approx(0.805556, abs=1e-6)
    assert m.ap_voc(RELEVANT, SCORES) == pytest.approx(0.833333, abs=1e-6)
    assert m.ap_11(RELEVANT, SCORES) == pytest.approx(0.840909, abs=1e-6)


def test_perfect_rankings_are_one_and_random_ones_the_prevalence() -> None:
    for ap in (m.ap_ni, m.ap_voc, m.ap_11):
        assert ap([1, 1, 0, 0], [4, 3, 2, 1]) == 1
        assert math.isnan(ap([0, 0], [1, 2]))
    rng = np.random.default_rng(0)
    relevant = rng.random(20_000) < 0.2
    assert m.ap_ni(relevant, rng.random(20_000)) == pytest.approx(0.2, abs=0.01)
    assert m.ap_voc(relevant, rng.random(20_000)) >= m.ap_ni(relevant, rng.random(20_000)) - 0.02


def test_tied_items_count_together_whatever_their_order() -> None:
    assert m.ap_ni([1, 0, 0, 1], [1, 1, 1, 1]) == 0.5
    assert m.ap_ni([0, 0, 1, 1], [1, 1, 1, 1]) == 0.5
    rng = np.random.default_rng(1)
    relevant, scores = rng.random(50) < 0.4, rng.integers(0, 5, 50)
    order = rng.permutation(50)
    assert m.ap_ni(relevant, scores) == pytest.approx(m.ap_ni(relevant[order], scores[order]))


def test_it_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score

    rng = np.random.default_rng(2)
    label, scores = rng.integers(0, 4, 200), rng.integers(0, 9, (200, 4)) / 9
    for k in range(4):
        assert m.ap_ni(label == k, scores[:, k]) == pytest.approx(average_precision_score(label == k, scores[:, k]))
    said = scores.argmax(1)
    table = m.confusion(label, said, 4)
    assert m.balanced_accuracy(table) == pytest.approx(balanced_accuracy_score(label, said))
    assert m.macro_f1(table) == pytest.approx(f1_score(label, said, average="macro"))


def test_a_confusion_matrix_by_hand() -> None:
    table = m.confusion([0, 0, 0, 1], [0, 0, 1, 1], 3)
    assert table.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert m.accuracy(table) == 0.75
    assert m.balanced_accuracy(table) == pytest.approx((2 / 3 + 1) / 2)  # the third class does not occur
    assert m.macro_f1(table) == pytest.approx((0.8 + 2 / 3) / 2)


def test_volleyball_hits_give_mca_and_mpca() -> None:
    """Published hits of 1,337 clips, left and right of pass, set, spike, winpoint; each miss is said to be the next."""
    clips = np.array([226, 210, 168, 192, 179, 173, 102, 87])
    hits = np.array([176, 171, 142, 132, 160, 148, 90, 76])
    label = np.repeat(np.arange(8), clips)
    place = np.concatenate([np.arange(n) for n in clips])
    table = m.confusion(label, np.where(place < hits[label], label, (label + 1) % 8), 8)
    assert np.diag(table).tolist() == hits.tolist() and table.sum(1).tolist() == clips.tolist()
    assert round(100 * m.accuracy(table), 1) == 81.9
    assert round(100 * m.balanced_accuracy(table), 1) == 82.9


def test_classes_without_examples_are_out_of_the_mean() -> None:
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    assert np.isnan(m.per_class_ap([0, 1], scores)[2])
    assert m.mean_ap([0, 1], scores) == 1
    row = m.scores_of([0, 1], scores, ["a", "b", "c"])
    assert row["mAP"] == 1
    assert math.isnan(row["AP c"])


def test_hits_among_the_k_best_break_ties_against_the_model() -> None:
    scores = np.array([[0.5, 0.5, 0.1], [0.1, 0.2, 0.7]])
    assert [m.hit_at([0, 1], scores, k) for k in (1, 2, 3)] == [0.0, 1.0, 1.0]


def test_calibration_error_by_hand() -> None:
    # two bins: said .95, right half the time (gap .45); said .15, never right (gap .15); equal sizes
    assert m.expected_calibration_error([1, 0, 0, 0], [0.95, 0.95, 0.15, 0.15]) == pytest.approx(0.3)


def test_whole_blocks_are_drawn() -> None:
    blocks = np.repeat([1, 2, 3], 4)
    sizes = set()

    def size(i: np.ndarray) -> float:
        assert all((i == k).sum() % 1 == 0 and (np.isin(i, np.flatnonzero(blocks == b)).sum() % 4 == 0)
                   for b in (1, 2, 3) for k in (0,))  # fmt: skip
        sizes.add(len(i))
        return float(len(i))

    assert m.bootstrap(blocks, size, draws=20) == (12, 12)
    assert sizes == {12}
    one = m.bootstrap(np.zeros(5), lambda i: float(i.mean()), draws=10)
    assert one == (2, 2)
