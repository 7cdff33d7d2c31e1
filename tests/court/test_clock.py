"""Clocks: what an arena shows to seconds since the period began, and back."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.court import league_names, load_league


@pytest.mark.parametrize(
    ("league", "period", "shown", "t_s"),
    [
        ("soccer", 1, 90, 90),  # 01:30
        ("soccer", 1, 2790, 2790),  # 46:30, added time of the first half
        ("soccer", 2, 2790, 90),  # 46:30 of the second
        ("soccer", 3, 5460, 60),  # 91:00, extra time starts at 90:00
        ("soccer", 4, 6300, 0),  # 105:00
        ("nba", 1, 708, 12),  # 11:48 left of 12:00
        ("nba", 5, 300, 0),  # overtime lasts 5:00
        ("basketball", 1, 600, 0),  # FIBA's quarters last 10:00
        ("hockey", 3, 0, 1200),
        ("iihf", 2, 30, 30),  # counts up, from 0:00 each period
        ("nfl", 5, 600, 0),
        ("volleyball", 3, 75, 75),
    ],
)
def test_elapsed(league: str, period: int, shown: float, t_s: float) -> None:
    clock = load_league(league).clock
    assert clock.to_elapsed(period, shown) == t_s
    assert clock.to_clock(period, t_s) == shown


def test_elapsed_takes_arrays() -> None:
    t = load_league("soccer").clock.to_elapsed([1, 2, 2], [10, 2700, 2760])
    np.testing.assert_array_equal(t, [10, 0, 60])
    assert load_league("nba").clock.to_elapsed(1, [720, 0]).tolist() == [0, 720]


@pytest.mark.parametrize("name", league_names())
def test_every_clock_goes_there_and_back(name: str) -> None:
    clock = load_league(name).clock
    for period in range(1, clock.periods + clock.overtime_periods + 1):
        for t_s in (0.0, 17.25, 299.0):
            assert clock.to_elapsed(period, clock.to_clock(period, t_s)) == pytest.approx(t_s)


def test_words() -> None:
    soccer, nba = load_league("soccer").clock, load_league("nba").clock
    assert soccer.text(2, 1332.9) == "67:12"
    assert nba.text(4, 708.4) == "0:12"  # 11.6 s left shows as 12
    assert nba.text(4, 720.0) == nba.text(4, 725.0) == "0:00"
    assert soccer.period_text(2) == "half 2"
    assert nba.period_text(6) == "overtime 2"
    assert load_league("nhl").clock.period_text(4) == "overtime"
