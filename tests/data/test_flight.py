"""A ball whose height is known: a thrown one falls where it must, who had it in his hands, mirror images alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sportsai.data.describe import FLIGHT_MEANINGS, HOLDER_MEANINGS, describe_flight, describe_holders, held
from sportsai.data.describe.flight import FALL, RING_IN_M, RING_M, STEP_S
from sportsai.data.windows import OTHER, OWN, Windows

M, T = 14.3256, 16
RING_X = M - RING_IN_M
RELEASED, FLIGHT_S = 11.5, 1.5  # the sample (between two) at which it leaves the hands, and how long it flies


def shot(off_m: tuple[float, float] = (0.0, 0.0), places: int = 4) -> tuple[Windows, np.ndarray]:
    """Place 1 holds the ball at (6, 2) and throws it so that it comes through the ring's height `off_m` beside it."""
    xy = np.zeros((1, places, T, 2))
    xy[0, 0] = (9.0, -3.0)
    xy[0, 1] = (6.0, 2.0)
    xy[0, 2:] = (8.0, 5.0)
    t = (np.arange(T) - RELEASED) * STEP_S
    target = np.array([RING_X, 0.0]) + off_m
    flies = np.clip(t / FLIGHT_S, 0, None)[:, None]
    ball = np.array([6.0, 2.0]) + flies * (target - (6.0, 2.0))
    up = (RING_M - 2.3 + FALL / 2 * FLIGHT_S**2) / FLIGHT_S
    z = np.where(t < 0, 1.2, 2.3 + up * t - FALL / 2 * t**2)
    one, here = np.ones((1, places, T), bool), np.zeros(1, np.int64)
    side = np.array([[OWN, OWN, OTHER, OTHER][:places]], np.int8)
    windows = Windows(
        xy=(xy / M).astype(np.float32), present=one, relation=side, slot=np.arange(places)[None], key=here,
        ball=(ball[None] / M).astype(np.float32), ball_present=np.ones((1, T), bool), label=here, game=here,
        period=here.astype(np.int8), frame=here, first_frame=here, last_frame=here, request=here, games=("g",),
        scale_m=M, reference=T - 1,
    )  # fmt: skip
    return windows, z[None, :, None].astype(np.float32)


def whole(windows: Windows, z: np.ndarray) -> dict[str, float]:
    x, names = describe_flight(windows, z)
    return dict(zip(names, x[0], strict=True))


def places(windows: Windows, z: np.ndarray) -> dict[str, np.ndarray]:
    x, names = describe_holders(windows, z)
    return dict(zip(names, np.moveaxis(x[0], -1, 0), strict=True))


@pytest.mark.parametrize("off", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4)])
def test_a_free_ball_falls_where_it_must(off: tuple[float, float]) -> None:
    w, z = shot(off)
    f = whole(w, z)
    assert f["aim@1"] == pytest.approx(np.hypot(*off), abs=0.02)
    assert f["shot_aim"] == pytest.approx(np.hypot(*off), abs=0.02)
    assert f["shot_aim_x"] == pytest.approx(off[0], abs=0.02)
    came = RELEASED + FLIGHT_S / STEP_S  # sample 14.38
    assert f["shot_left"] == pytest.approx(T - 1 - came, abs=0.02)
    down = (RING_M - 2.3 - FALL / 2 * FLIGHT_S**2) / FLIGHT_S  # its speed there, so much more than that of a mere fall
    assert f["shot_above_fall"] == pytest.approx(down * (T - 1 - came) * STEP_S, abs=0.02)


def test_three_samples_fit_as_two_do() -> None:
    w, z = shot()
    t = (np.arange(T) - 10) * STEP_S  # thrown at sample 10, at the ring 1.51 s later
    z[0, :, 0] = 2.3 + 7.9 * t - FALL / 2 * t**2
    came = (7.9 + np.sqrt(7.9**2 - 2 * FALL * (RING_M - 2.3))) / FALL
    ball = np.stack([RING_X + 0.2 + 2.5 * (t - came), np.full(T, 0.1)], 1)
    f = whole(replace(w, ball=(ball[None] / M).astype(np.float32)), z)
    assert f["shot_steps"] == 2
    for name in ("aim", "aim3"):
        assert f[f"shot_{name}"] == pytest.approx(np.hypot(0.2, 0.1), abs=0.01)
        assert f[f"shot_{name}_long"] == pytest.approx(0.2, abs=0.01)
        assert f[f"shot_{name}_wide"] == pytest.approx(0.1, abs=0.01)


def test_who_had_it_and_who_let_it_go() -> None:
    w, z = shot()
    assert held(w, z)[0].sum(1).tolist() == [0, 12, 0, 0]  # samples 0 to 11; nobody holds a ball in the air
    f = places(w, z)
    assert f["held_ago"].tolist() == [16, 4, 16, 16]
    assert f["held_before"][1] == -12
    assert f["held_long"][1] == 12
    assert f["release_first"].argmin() == 1
    assert f["release_next"][1] == pytest.approx(0, abs=0.1)
    assert f["release_next_over"][1] == pytest.approx(0, abs=1e-6)


def test_a_high_ball_is_in_nobodys_hands_and_a_far_one_neither() -> None:
    w, z = shot()
    assert not held(w, np.full_like(z, 2.5)).any()
    away = replace(w, ball=w.ball + np.float32(1.1 / M))
    assert not held(away, z).any()
    gone = replace(w, ball_present=np.zeros((1, T), bool))
    assert not held(gone, z).any()


def test_mirror_images_are_described_alike() -> None:
    w, z = shot((0.2, 0.3))
    flip = np.array([1, -1], np.float32)
    other = replace(w, xy=w.xy * flip, ball=w.ball * flip)
    np.testing.assert_allclose(describe_flight(other, z)[0], describe_flight(w, z)[0], atol=1e-4)
    np.testing.assert_allclose(describe_holders(other, z)[0], describe_holders(w, z)[0], atol=1e-4)


def test_every_feature_has_its_meaning_and_no_meaning_is_left_over() -> None:
    w, z = shot()
    assert {n.split("@")[0] for n in describe_flight(w, z)[1]} == set(FLIGHT_MEANINGS)
    assert {n.split("@")[0] for n in describe_holders(w, z)[1]} == set(HOLDER_MEANINGS)


def test_many_windows_are_described_as_one_is() -> None:
    pairs = [shot((k / 10, 0)) for k in range(3)]
    w = pairs[0][0]
    rows = {k: np.concatenate([getattr(p[0], k) for p in pairs]) for k in (
        "xy", "present", "relation", "slot", "key", "ball", "ball_present", "label", "game", "period", "frame",
        "first_frame", "last_frame", "request")}  # fmt: skip
    z = np.concatenate([p[1] for p in pairs])
    x = describe_flight(replace(w, **rows), z)[0]
    np.testing.assert_array_equal(x, np.concatenate([describe_flight(*p)[0] for p in pairs]))
