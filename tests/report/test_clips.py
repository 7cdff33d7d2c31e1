"""Positions packed for the viewer: small, and back within five centimetres."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.report.clips import QUANTUM_M, decode, encode, reel, spans, varints
from tests.report.conftest import small_tracks


def running(seconds: float = 10, objects: int = 23, rate: float = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Players that run at up to 9 m/s with turns, and a ball at up to 30 m/s."""
    rng = np.random.default_rng(seed)
    T = int(seconds * rate)
    speed = rng.uniform(0, 9, objects)
    speed[-1] = 30
    angle = np.cumsum(rng.normal(0, 0.3, (T, objects)), 0)
    step = np.stack([np.cos(angle), np.sin(angle)], -1) * (speed / rate)[None, :, None]
    return (rng.uniform(-40, 40, (objects, 2)) + np.cumsum(step, 0)).astype(np.float32), np.ones((T, objects), bool)


def test_ten_seconds_of_23_objects_take_less_than_12_kb() -> None:
    xy, seen = running()
    assert len(base64.b64encode(encode(xy, seen, 0.1))) < 12_000


def test_positions_come_back_within_five_centimetres_and_absence_exactly() -> None:
    xy, seen = running(seed=1)
    seen[10:25, 3] = False
    seen[:, 7] = False
    seen[0, 9] = seen[-1, 9] = False
    back, shown = decode(encode(xy, seen, 0.1), *seen.shape)
    assert (shown == seen).all()
    assert np.linalg.norm(back - xy, axis=-1)[seen].max() < 0.05


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 5))
def test_any_presence_comes_back(seed: int, T: int, objects: int) -> None:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-80, 80, (T, objects, 2)).astype(np.float32)  # jumps everywhere: every sample its own run
    seen = rng.random((T, objects)) < 0.6
    back, shown = decode(encode(xy, seen, 0.1), T, objects)
    assert (shown == seen).all()
    assert np.abs(back - xy)[seen].max(initial=0) <= QUANTUM_M / 2 + 1e-4


def test_a_jump_of_identity_starts_a_new_run() -> None:
    xy, seen = np.zeros((4, 2, 2), np.float32), np.ones((4, 2), bool)
    xy[2:, 0] = 30.0
    data = encode(xy, seen, 0.1)
    assert data[0] == 2  # the player: two runs
    assert data[-11] == 1  # the ball: one (1, 0, 4, x, y, three steps of two)


@pytest.mark.parametrize(("number", "wanted"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_varints_are_the_usual_seven_bits(number: int, wanted: bytes) -> None:
    assert varints(np.array([number])) == wanted


def test_windows_that_touch_are_one_reel() -> None:
    assert spans([(50, 60), (0, 10), (12, 20)], join=3) == [(0, 20), (50, 60)]


def test_a_reel_covers_its_frames_and_knows_frames_that_are_not_stored() -> None:
    tracks = small_tracks(20)
    one = reel(tracks, 390, 420)  # the last ten frames and twenty that do not exist
    _, seen = decode(base64.b64decode(one.data), one.samples, tracks.P + 1)
    assert seen[:10, 0].all()
    assert not seen[10:].any()
    assert one.end == 420
