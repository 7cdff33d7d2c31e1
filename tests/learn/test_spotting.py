"""Events found in whole games: every family of figures by hand, ground truth scores 1, and what flips when it moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.errors import DataError
from sportsai.learn.metrics import global_ap, hit_any, precision_at_own
from sportsai.learn.spotting import (
    ACTIVITYNET,
    LOOSE,
    THUMOS,
    TIGHT,
    Found,
    average_map,
    matched,
    segment_ap,
    soccernet_ap,
    spot_ap,
    temporal_iou,
)


def moments(*at: float, score: list[float] | None = None, game: int = 0) -> Found:
    return Found.of([game] * len(at), [0] * len(at), list(at), score)


TRUE = moments(10, 20)
SAID = moments(9.8, 10.3, 20.6, 30, score=[0.9, 0.95, 0.8, 0.7])


def test_soccernet_by_hand() -> None:
    each = soccernet_ap(TRUE, SAID, 1, TIGHT, rate_hz=100)[:, 0]
    assert each == pytest.approx([6 / 11, *[(6 + 5 * 2 / 3) / 11] * 4])  # 0.545455, then 0.848485
    assert average_map(each[:, None], TIGHT) == pytest.approx(0.810606, abs=1e-6)
    late = moments(12, 22)
    each = soccernet_ap(TRUE, late, 1, TIGHT, rate_hz=100)
    assert each[:, 0].tolist() == [0, 0, 0, 1, 1]
    assert average_map(each, TIGHT) == pytest.approx(0.375)  # the ends of the integral at half weight
    assert average_map(each[:1], (1.0,)) == 0.0


def test_a_window_is_twice_as_far_as_a_finding_may_lie() -> None:
    for off, right in ((0.5, 1.0), (0.51, 0.0), (-0.5, 1.0), (-0.51, 0.0)):
        assert soccernet_ap(TRUE, moments(10 + off, 20 + off), 1, (1.0,), rate_hz=100)[0, 0] == right
    assert soccernet_ap(TRUE, moments(10.4, 20.4), 1, (1.0,))[0, 0] == 1.0  # bins of half a second: the same bin


def test_the_truth_takes_the_surest_not_the_nearest() -> None:
    said = moments(10.0, 10.4, score=[0.3, 0.9])
    one = soccernet_ap(moments(10), said, 1, (1.0,), rate_hz=100)[0, 0]
    assert one == 1.0  # .9 is right; the nearer .3 comes after it and costs nothing any more
    assert spot_ap(moments(10), moments(10.4, 10.0, score=[0.9, 0.3]), 1, (0.3,))[0, 0] == 0.5


def test_a_class_without_truth_and_one_without_findings() -> None:
    assert soccernet_ap(TRUE, SAID, 2, (2.0,))[0, 1] == 0.0
    assert np.isnan(spot_ap(TRUE, SAID, 2, (1.0,))[0, 1])
    none = moments()
    assert soccernet_ap(TRUE, none, 1, (2.0,))[0, 0] == 0.0 and spot_ap(TRUE, none, 1, (1.0,))[0, 0] == 0.0
    two = Found.of([0], [0], [[1.0, 2.0]])
    assert segment_ap(two, Found.of([], [], np.zeros((0, 2))), 2, (0.5,))[0].tolist()[0] == 0.0
    with pytest.raises(DataError, match=r"scores from 0\.7 to 3; expected 0 to 1"):
        soccernet_ap(TRUE, moments(10, 20, score=[0.7, 3.0]), 1)


def test_precise_spotting_by_hand() -> None:
    near, far = spot_ap(TRUE, SAID, 1, (0.5, 1.0))[:, 0]
    assert near == pytest.approx(0.5)  # 10.3 is right; 9.8 then goes to 20, and is wrong
    assert far == pytest.approx((1 + 2 / 3) / 2)
    assert matched(TRUE, SAID.take(np.array([1, 0, 2, 3])), 1.0).tolist() == [0, -1, 1, -1]


def test_games_are_apart() -> None:
    truth, said = Found.of([0, 1], [0, 0], [10.0, 50.0]), Found.of([0, 1], [0, 0], [50.0, 10.0])
    assert spot_ap(truth, said, 1, (5.0,))[0, 0] == 0.0 and soccernet_ap(truth, said, 1, (5.0,))[0, 0] == 0.0


def test_segments_by_hand() -> None:
    truth = Found.of([0, 0], [0, 0], [[0, 10], [20, 30]])
    said = Found.of([0] * 4, [0] * 4, [[0, 9.2], [1, 10], [21, 31], [40, 50]], [0.9, 0.8, 0.7, 0.6])
    each = segment_ap(truth, said, 1)[:, 0]
    assert each == pytest.approx([*[5 / 6] * 7, 0.5, 0.5, 0.0])
    assert each.mean() == pytest.approx(0.683333, abs=1e-6)
    assert len(ACTIVITYNET) == 10 and THUMOS == (0.3, 0.4, 0.5, 0.6, 0.7) and len(LOOSE) == 12


def test_overlap_by_hand() -> None:
    assert temporal_iou([0, 10], [[5, 15], [10, 20], [0, 10], [2, 2]])[0] == pytest.approx([1 / 3, 0, 1, 0])
    assert temporal_iou([1, 1], [1, 1])[0, 0] == 0.0  # no union at all


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 20), st.floats(0.1, 0.95))
def test_a_shifted_segment_flips_where_algebra_says(shift: float, least: float) -> None:
    long = 12.0
    flips = long * (1 - least) / (1 + least)
    if abs(shift - flips) < 1e-6:
        return
    ap = segment_ap(Found.of([0], [0], [[0, long]]), Found.of([0], [0], [[shift, long + shift]]), 1, (least,))
    assert ap[0, 0] == (1.0 if shift < flips else 0.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_the_truth_scores_one_everywhere(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    at = rng.choice(500, n, replace=False) * 2.0  # bins of half a second hold one each
    game, label = rng.integers(0, 3, n), rng.integers(0, 4, n)
    spots = Found.of(game, label, at)
    there = np.bincount(label, minlength=4) > 0
    assert (spot_ap(spots, spots, 4, (0.0, 1.0))[:, there] == 1).all()
    assert (soccernet_ap(spots, spots, 4, TIGHT)[:, there] == 1).all()
    spans = Found.of(game, label, np.column_stack([at, at + 1 + rng.random(n)]))
    assert (segment_ap(spans, spans, 4)[:, there] == 1).all()
    again = Found.of(np.tile(game, 2), np.tile(label, 2), np.tile(spans.at, (2, 1)), np.repeat([1.0, 0.5], n))
    assert (segment_ap(spans, again, 4)[:, there] == 1).all()  # copies less sure than all others cost nothing


def test_copies_that_are_surer_cost() -> None:
    truth = Found.of([0, 0], [0, 0], [[0, 10], [20, 30]])
    copies = Found.of([0] * 3, [0] * 3, [[0, 10], [0, 10], [20, 30]], [0.9, 0.8, 0.7])
    assert segment_ap(truth, copies, 1, (0.5,))[0, 0] == pytest.approx((1 + 2 / 3) / 2)


def test_many_labels_of_an_item_by_hand() -> None:
    also = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]], bool)
    scores = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.7], [0.3, 0.1, 0.0]])
    assert hit_any(also, scores, 1) == 0.5  # the second item's label is tied with a wrong one
    assert hit_any(also, scores, 2) == 1.0
    assert precision_at_own(also, scores) == pytest.approx((0.5 + 1.0) / 2)
    # pooled, two an item: .9 right, .8 wrong, .7 right and .7 wrong together, .3 and .1 wrong; of three labels two kept
    assert global_ap(also, scores, 2) == pytest.approx((1 + 2 / 4) / 3)
    assert np.isnan(global_ap(np.zeros((1, 2), bool), np.zeros((1, 2)))) and np.isnan(hit_any(also[2:], scores[2:], 1))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(DataError, match="as many each"):
        Found.of([0], [0, 1], [1.0])
    with pytest.raises(DataError, match="no numbers"):
        Found.of([0], [0], [np.nan])
    with pytest.raises(DataError, match=r"expected \(n,\) or \(n, 2\)"):
        Found.of([0], [0], [[1.0, 2.0, 3.0]])
    assert Found.of([0], [0], [[3.0, 1.0]]).at.tolist() == [[1.0, 3.0]]  # start and end in either order
