"""Highlights: the most salient first, none twice, no longer than asked for; better than chance where it can be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportsai.data.timeline import Timeline
from sportsai.errors import DataError
from sportsai.tasks.moments import Options, timeline
from sportsai.whole.highlights import ball_speed, caught, clips, length_of, saliency, uniform
from tests.whole.made_up import game

OPTIONS = Options(provider="any", classes={"shot": ("shot",), "rebound": ("rebound",)})


def line(halves: bool = False) -> Timeline:
    made = timeline(game(0, halves=halves), OPTIONS)
    assert made is not None
    return made


def test_clips_by_hand() -> None:
    one = line()
    saliency = np.zeros(400)
    saliency[[50, 53, 200]] = (3.0, 2.0, 1.0)
    found = clips(one, saliency, 15.0, before_s=2.0, after_s=1.0)  # 2 Hz: 4 frames before, 2 after
    assert [(c.first, c.end, c.peak) for c in found] == [(46, 56, 50), (196, 203, 200)]
    assert length_of(found, one) <= 15.0
    assert found[0].worth == 3.0


def test_the_longest_game_is_shown_whole() -> None:
    one = line(halves=True)
    found = clips(one, np.ones(400), 1e6)
    assert [(c.first, c.end) for c in found] == [(0, 200), (200, 400)]  # a clip never runs over a period's end
    assert caught(one, found) == 1.0


@given(st.floats(1, 120), st.integers(0, 5))
def test_no_longer_than_asked_for_and_none_twice(length: float, seed: int) -> None:
    one = line(halves=True)
    found = clips(one, np.random.default_rng(seed).random(400), length)
    assert length_of(found, one) <= length + 1e-6
    assert all(a.end <= b.first for a, b in itertools.pairwise(found))


def test_the_truth_catches_all_and_an_even_spread_few() -> None:
    one = line()
    truth = one.near(0.1).any(1).astype(float)
    best = caught(one, clips(one, truth, 60.0, 1.0, 1.0))
    even = caught(one, clips(one, uniform(one), 60.0, 1.0, 1.0))
    fast = caught(one, clips(one, ball_speed(one), 60.0, 1.0, 1.0))
    assert best == 1.0
    assert even < 0.6
    assert fast > even  # the ball leaps at a rebound
    assert np.isnan(caught(Timeline(one.frames, one.names, one.period[:0], one.at_s[:0], one.label[:0]), []))


def test_saliency_is_what_is_worth_seeing() -> None:
    heat = np.array([[0.5, 0.2], [0.0, 1.0]])
    assert saliency(heat, ["shot", "turnover"], {}).tolist() == [0.7, 1.0]
    assert saliency(heat, ["shot", "turnover"], {"shot": 2.0}).tolist() == [1.0, 0.0]


def test_an_even_spread_is_even() -> None:
    first = np.sort(np.argsort(-uniform(line()))[:8])
    assert np.diff(first).min() >= 32


def test_what_is_no_length_is_refused() -> None:
    with pytest.raises(DataError, match="highlights of 0 s; expected a length above 0"):
        clips(line(), np.zeros(400), 0.0)
    with pytest.raises(DataError, match="3 values for 400 frames"):
        clips(line(), np.zeros(3), 10.0)
