"""Moments out of heat: the highest first, shadows lowered, periods apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportsai.tasks.moments import Options, timeline
from sportsai.whole.score import score
from sportsai.whole.spots import peaks, pooled, spots, true
from tests.whole.made_up import game

OPTIONS = Options(provider="any", classes={"shot": ("shot",), "rebound": ("rebound",)})
T = np.arange(10) * 0.5


def test_peaks_by_hand() -> None:
    heat = np.array([0, 0.2, 0.9, 0.8, 0, 0, 0, 0.5, 0, 0])
    hard = peaks(heat, T, apart_s=1.0, shadow_s=0.0)
    assert hard == [(2, 0.9), (7, 0.5)]  # 0.8 lies half a second from the first: none of its own
    soft = dict(peaks(heat, T, apart_s=0.5, shadow_s=1.0))
    assert soft[2] == 0.9
    assert soft[7] == pytest.approx(0.5 * (1 - np.exp(-(2.5**2) / 2)))
    assert soft[3] == pytest.approx(0.8 * (1 - np.exp(-0.125)) * (1 - np.exp(-2.0)))  # in the shadow of both


def test_nothing_is_found_where_nothing_is_said() -> None:
    assert peaks(np.zeros(10), T, 1.0, 1.0) == []
    assert peaks(np.zeros(0), np.zeros(0), 1.0, 1.0) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.1, 3), st.floats(0, 3))
def test_moments_are_apart_and_fall_in_how_sure_they_are(heat: list[float], apart: float, shadow: float) -> None:
    t = np.arange(len(heat)) * 0.4
    found = peaks(np.array(heat), t, apart, shadow)
    at = np.array([t[i] for i, _ in found])
    assert all(abs(a - b) >= apart - 1e-9 for n, a in enumerate(at) for b in at[:n])
    sure = [s for _, s in found]
    assert sure == sorted(sure, reverse=True)
    assert all(s <= heat[i] + 1e-12 for i, s in found)


def test_what_is_true_scores_one_and_halves_stay_apart() -> None:
    lines = [timeline(game(s, halves=s % 2 == 1), OPTIONS) for s in range(3)]
    assert all(line is not None for line in lines)
    heat = [line.near(0.1).astype(float) for line in lines]
    found = [spots(line, h, 1.0, 3.0) for line, h in zip(lines, heat, strict=True)]
    scored = score(lines, found, OPTIONS.names, (0.5, 2.5))
    assert scored.mean.tolist() == pytest.approx([1.0, 1.0])
    assert score(lines, [true(line) for line in lines], OPTIONS.names).mean.tolist() == [1.0, 1.0]
    halves = pooled(found)
    assert set(halves.game.tolist()) == {1, 101, 102, 201}


def test_no_games_are_no_findings() -> None:
    assert len(pooled([])) == 0
