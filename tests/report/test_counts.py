"""How many there were: by hand for round numbers."""

from __future__ import annotations

import math

import pytest

from sportsai.report.counts import TypeScore as Score
from sportsai.report.counts import by_probability, expected_count, type_scores, wilson


def test_expected_is_recognised_times_precision_over_recall() -> None:
    count = expected_count([0.9] * 100, Score("pass", 0.8, 0.5, None, 200))
    assert count.expected == pytest.approx(160)  # 100 x 0.8 / 0.5
    assert count.low < 160 < count.high
    assert count.by == "test"


def test_a_larger_test_part_narrows_the_range() -> None:
    small, large = (expected_count([0.9] * 100, Score("pass", 0.8, 0.5, None, n)) for n in (20, 2000))
    assert large.high - large.low < small.high - small.low


def test_few_events_use_their_probabilities() -> None:
    count = by_probability([0.5] * 16)  # mean 8, standard deviation 2, 95 %: 8 +- 3.92
    assert (count.expected, count.low, count.high) == (8, 4, 12)


def test_a_log_is_exact() -> None:
    count = expected_count([math.nan] * 3)
    assert (count.low, count.high, count.by, count.range) == (3, 3, "logged", "")


def test_no_events_are_none() -> None:
    assert (by_probability([]).low, by_probability([]).high) == (0, 0)
    assert expected_count([], Score("pass", 0.8, 0.5, None, 200)).n == 0


def test_wilson_of_half_of_hundred() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.404, 0.596), abs=0.001)


@pytest.mark.parametrize("metrics", [None, {}, {"mAP": 0.5}, {"pass": {"precision": float("nan")}}])
def test_runs_without_scores_have_none(metrics: dict | None) -> None:
    assert all(s.precision is None for s in type_scores({"metrics": metrics}).values())


def test_scores_are_found_where_a_run_nests_them() -> None:
    found = type_scores({"metrics": {"types": {"pass": {"precision": 0.9, "recall": 0.8, "AP": 0.85, "support": 7}}}})
    assert found["pass"] == Score("pass", 0.9, 0.8, 0.85, 7)


def test_a_ratio_measured_by_the_run_counts_before_our_own() -> None:
    row = {
        "precision": 0.8,
        "recall": 0.8,
        "AP": 0.7,
        "n": 80,
        "found": 80,
        "count_ratio": [1.0, 0.5, 2.0],
        "key_right": 0.9,
    }
    score = type_scores({"metrics": {"types": {"pass": row}}})["pass"]
    assert (score.found, score.ratio, score.key_right) == (80, (1.0, 0.5, 2.0), 0.9)
    wide = expected_count([0.9] * 100, score)
    narrow = expected_count([0.9] * 100, Score("pass", 0.8, 0.8, 0.7, 80))
    assert wide.low < narrow.low
    assert wide.low <= 50  # the ratio's interval and this sample's own spread
    assert wide.high >= 200
