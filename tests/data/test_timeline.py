"""A game on one time axis: what is near what, gaps of the clock, and the court in a mirror."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data.frames import NAMES, Frames, told
from sportsai.data.timeline import BALL, GAPS, PACED, Timeline, clock_gaps, mirror, mirrored, named, shown
from sportsai.errors import DataError
from tests.whole.made_up import game


def line(halves: bool = False) -> Timeline:
    made = game(0, frames=40, moments=1, halves=halves)
    return Timeline(
        Frames.of(made), ("a", "b"), np.array([1, 1, 1]), np.array([2.0, 3.2, 9.9]), np.array([0, 0, 1])
    )  # fmt: skip


def test_heat_and_nearness_by_hand() -> None:
    one = line()
    heat = one.heat(1.0)
    assert heat.shape == (40, 2)
    assert heat[4, 0] == 1.0  # 2.0 s
    assert heat[5, 0] == pytest.approx(np.exp(-0.125))
    assert heat[6, 0] == pytest.approx(np.exp(-(0.2**2) / 2))  # 3.0 s: 3.2 s is nearer than 2.0 s
    assert np.flatnonzero(one.near(0.5)[:, 0]).tolist() == [3, 4, 5, 6, 7]
    assert one.row_of(one.period, one.at_s).tolist() == [4, 6, 20]


def test_periods_do_not_see_each_other() -> None:
    two = line(halves=True)
    assert two.stretches() == [(0, 20), (20, 40)]
    assert two.near(0.5)[20:].sum() == 0
    other = replace(two, period=np.array([1, 2, 3]))
    assert other.row_of(other.period, other.at_s).tolist() == [4, 26, -1]


def test_gaps_are_told_from_the_clock_alone() -> None:
    made = game(0, frames=6, moments=0)
    t = np.array([0, 0.5, 1.0, 4.0, 4.5, 5.0])
    frames = Frames.of(replace(made, tracks=replace(made.tracks, t_s=t)))
    gaps = dict(zip(GAPS, clock_gaps(frames, np.arange(6)).T.tolist(), strict=True))
    assert gaps["a gap before"] == [0, 0, 0, 1, 0, 0]
    assert gaps["a gap after"] == [0, 0, 1, 0, 0, 0]
    assert gaps["gap before"][3] == pytest.approx(0.5)  # 2.5 s missing, of 5
    assert frames.share == 0.0  # nothing was read for it


def test_what_is_shown_and_how_fast() -> None:
    one = line()
    x, names = shown(one, pace=True, gaps=True)
    assert names == named(pace=True, gaps=True) == NAMES + tuple(f"pace of {n}" for n in PACED) + GAPS
    assert x.shape == (40, len(names))
    assert one.frames.share == 1.0
    pace = x[:, names.index("pace of ball x")]
    ball = x[:, names.index("ball x")]
    np.testing.assert_allclose(pace[1:], np.clip(np.diff(ball) / 0.5, -2, 2), atol=1e-5)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_mirror_shows_the_mirrored_court(axis: str) -> None:
    rng = np.random.default_rng(0)
    xy, ball = rng.uniform(-1, 1, (30, 6, 2)).astype(np.float32), rng.uniform(-1, 1, (30, 2)).astype(np.float32)
    side = np.array([0, 0, 0, 1, 1, 1], np.int8)
    present = rng.random((30, 6)) < 0.8
    z, seen = np.full(30, 0.3, np.float32), np.ones(30, bool)
    goals = ((-0.9, 0.0), (0.9, 0.0))
    plain = told(xy, present, side, ball, z, seen, goals)
    sign = np.array([-1, 1] if axis == "x" else [1, -1], np.float32)
    other = told(xy * sign, present, side if axis == "y" else 1 - side, ball * sign, z, seen, goals)
    np.testing.assert_allclose(mirrored(plain, NAMES, axis), other, atol=1e-5)
    np.testing.assert_allclose(mirrored(mirrored(plain, NAMES, axis), NAMES, axis), plain, atol=1e-6)


def test_paces_turn_with_what_they_are_of() -> None:
    names = named(pace=True, gaps=True)
    _, sign = mirror(names, "x")
    turned = {n for n, s in zip(names, sign, strict=True) if s < 0}
    assert {"pace of ball x", "pace of middle x"} <= turned
    assert not turned & {"pace of ball y", "pace of ball height", *GAPS}


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="2 periods, 1 times, 2 labels"):
        Timeline(Frames.of(game(0)), ("a",), np.array([1, 1]), np.array([1.0]), np.array([0, 0]))


def test_of_the_ball_alone() -> None:
    one = line()
    x, names = shown(one, ball_only=True, pace=True)
    assert names[: len(BALL)] == BALL
    assert [n for n in names if n.startswith("pace")] == ["pace of ball x", "pace of ball y", "pace of ball height"]
    whole, _ = shown(one)
    np.testing.assert_array_equal(x[:, 0], whole[:, 0])
    np.testing.assert_allclose(mirrored(mirrored(x, names, "x"), names, "x"), x, atol=1e-6)
