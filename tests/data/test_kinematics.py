"""Velocities by hand, and nothing known across a gap, an absence or a jump."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data import Slot, Tracks, empty_tracks
from sportsai.data.kinematics import (
    MAX_SPEED_MPS,
    _slope_weights,
    acceleration,
    ball_speed,
    distance_m,
    glitches,
    jumps,
    length,
    motion,
    steps,
    unbroken,
)
from tests.conftest import make_tracks


def straight(T: int = 41, v: tuple[float, float] = (3.0, -4.0), rate: int = 10) -> Tracks:
    a = empty_tracks(T, (Slot("h0", 0), Slot("a0", 1)), rate)
    a["xy"][:, 0] = np.arange(T)[:, None] / rate * np.array(v)
    a["xy"][:, 1] = 7.0
    a["present"][:] = True
    a["period"][:] = 1
    a["t_s"][:] = np.arange(T) / rate
    a["ball_xy"][:] = a["xy"][:, 0]
    a["ball_present"][:] = True
    return Tracks(**a)


def test_a_straight_run_has_its_speed() -> None:
    tracks = straight()  # 3-4-5: 5 m/s
    m = motion(tracks)
    assert m.known[4:-4].all()
    assert not m.known[:3].any()  # the window reaches before the first sample
    assert m.v[20, 0] == pytest.approx([3.0, -4.0], abs=1e-4)
    assert m.speed[20] == pytest.approx([5.0, 0.0], abs=1e-4)
    assert not m.glitch.any()
    a, known = acceleration(tracks, m)
    assert known[20].all()
    assert np.abs(a[20]).max() < 1e-3


def test_constant_acceleration_is_found() -> None:
    tracks = straight()
    t = np.arange(tracks.T) / 10
    xy = tracks.xy.copy()
    xy[:, 0, 0], xy[:, 0, 1] = 0.5 * 2.0 * t**2, 0  # 2 m/s^2 from rest; a quadratic fit is exact
    m = motion(replace(tracks, xy=xy))
    a, known = acceleration(tracks, m)
    assert known[20, 0]
    assert a[20, 0] == pytest.approx([2.0, 0.0], abs=1e-2)


def test_distance_counts_only_what_was_seen() -> None:
    tracks = straight(T=101)
    m = motion(tracks)
    seconds = m.known[:, 0].sum() / 10
    assert distance_m(tracks, m)[0] == pytest.approx(5.0 * seconds, rel=1e-4)


def test_nothing_is_known_across_an_absence() -> None:
    tracks = straight()
    present = tracks.present.copy()
    present[20, 0] = False
    m = motion(replace(tracks, present=present))
    assert not m.known[17:24, 0].any()
    assert m.known[16, 0]
    assert m.known[24, 0]
    assert m.known[4:-4, 1].all()


def test_nothing_is_known_across_a_gap_in_frames() -> None:
    tracks = straight()
    frame = tracks.frame.copy()
    frame[20:] += 5
    broken = replace(tracks, frame=frame, t_s=frame / 10)
    assert not unbroken(broken)[20]
    m = motion(broken)
    assert not m.known[17:23].any()
    assert m.known[16].all()
    assert m.known[23].all()


def test_a_jump_of_identity_is_a_glitch_not_a_speed() -> None:
    tracks = straight(v=(1.0, 0.0))
    xy = tracks.xy.copy()
    xy[20:, 0] += 30
    jumped = replace(tracks, xy=xy)
    assert jumps(jumped)[20, 0]
    assert jumps(jumped).sum() == 1
    m = motion(jumped)
    assert m.speed.max() < 1.01
    assert not m.known[17:23, 0].any()
    assert m.known[23, 0]


def test_the_step_over_half_time_is_not_a_speed() -> None:
    tracks = straight()
    period = tracks.period.copy()
    period[20:] = 2
    m = motion(replace(tracks, period=period, t_s=np.where(period == 2, tracks.t_s - 2.0, tracks.t_s)))
    assert not m.known[17:23].any()


def test_ball_speed_by_hand() -> None:
    speed, known = ball_speed(straight())
    assert known[5]
    assert speed[5] == pytest.approx(5.0, abs=1e-4)


def test_few_frames_are_no_problem() -> None:
    for T in (0, 1, 2, 3):
        m = motion(make_tracks(T=T) if T else straight(0))
        assert m.v.shape[0] == T
        assert not m.known.any()


def test_the_real_match_has_human_speeds(demo_game) -> None:
    m = motion(demo_game.tracks)
    people = m.known & (demo_game.tracks.side >= 0)[None]
    speed = m.speed[people]
    assert 0.8 < people.sum() / demo_game.tracks.present.sum() < 0.95
    assert 1.5 < np.median(speed) < 2.5
    assert np.quantile(speed, 0.999) < 9.5  # 19.9 m/s before glitches are set apart


@pytest.mark.parametrize("half", [1, 2, 5, 12])
@pytest.mark.parametrize("rate", [5.0, 10.0, 25.0, 29.97])
def test_the_weights_of_a_slope_are_those_of_savitzky_and_golay_to_the_last_bit(half: int, rate: float) -> None:
    from scipy.signal import savgol_coeffs

    theirs = savgol_coeffs(2 * half + 1, 2, deriv=1, delta=1 / rate, use="dot").astype(np.float32)
    assert abs(theirs[half]) < 1e-12
    theirs[half] = 0
    assert np.array_equal(_slope_weights(half, rate), theirs)


def test_a_length_is_that_of_numpy_to_the_bit() -> None:
    at = np.random.default_rng(3).normal(size=(500, 3, 2)) * 40
    for xy in (at, at.astype(np.float32), at[:0]):
        assert (length(xy) == np.linalg.norm(xy, axis=-1)).all()


def test_the_fit_is_the_weighted_sum_of_the_window_however_long_the_match() -> None:
    tracks = straight(2500)  # more than one block of rows
    assert motion(tracks).speed[50:-50, 0] == pytest.approx(5.0, abs=1e-3)
    moved = motion(tracks, step=steps(tracks))
    assert (moved.v == motion(tracks).v).all() and (moved.known == motion(tracks).known).all()


@pytest.mark.parametrize("rate", [3, 10, 25])
def test_glitches_are_those_of_motion_without_its_velocities(rate: int) -> None:
    """Runs about as fast as the limit, changes of identity, absences, gaps in the frames and a pause between halves."""
    found = 0
    for seed in range(20):
        dice = np.random.default_rng(seed)
        T = int(dice.integers(0, 400))
        a = empty_tracks(T, tuple(Slot(f"p{n}", n % 2) for n in range(6)), rate)
        pace = dice.normal(0, 11 / rate, (T, 6, 2)).astype(np.float32)
        pace[dice.random((T, 6)) < 0.7] = (MAX_SPEED_MPS / rate, 0)
        pace[:] *= dice.choice([0.2, 1.0, 1.02], (T // 25 + 1, 6, 1), p=[0.5, 0.3, 0.2]).repeat(25, 0)[:T]
        a["xy"][:] = np.clip(pace.cumsum(0), -500, 500)
        a["present"][:] = dice.random((T, 6)) > 0.02
        a["xy"][~a["present"]] = 0
        a["frame"][:] = np.cumsum(1 + (dice.random(T) < 0.01))
        a["period"][:] = 1 + (np.arange(T) > T / 2)
        a["t_s"][:] = a["frame"] / rate
        tracks = Tracks(**a)
        whole = motion(tracks).glitch
        assert (glitches(tracks) == whole).all() and (glitches(tracks, step=steps(tracks)) == whole).all()
        found += int((whole & ~jumps(tracks)).sum())
    assert found > 20  # windows that were fitted, not jumps alone


def test_the_real_match_has_the_same_glitches(demo_game) -> None:
    whole = motion(demo_game.tracks).glitch
    assert (glitches(demo_game.tracks) == whole).all()
    assert whole.sum() > 500
