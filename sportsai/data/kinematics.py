"""Velocity, acceleration and distance from positions, with the smoothing stated and glitches set apart.

A velocity is only ever taken within an unbroken run: the same slot, present in every frame of the window, in
consecutive frames of one period. Everything else is "not known" (False in the mask), never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.tracks import Tracks

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]

SMOOTHING_S = 0.7  # window of the quadratic fit, seconds: 7 samples at 10 Hz, 17 at 25 Hz
MAX_SPEED_MPS = 12.0  # a little above the fastest sprint measured (12.4 m/s, 100 m world record, peak)
MAX_JUMP_MPS = 15.0  # between two samples: more than this is not running but a change of identity
_ROUNDING_MPS = 0.1  # more than float32 positions can make a slope larger than its steps
_BLOCK = 1024  # rows fitted at once: what is summed up stays near the processor


@dataclass(frozen=True)
class Motion:
    """Velocity of each slot.

    Shapes: v (T, P, 2) float32 m/s; speed (T, P) float32 m/s; known (T, P) bool: the velocity rests on an unbroken
    window; glitch (T, P) bool: the step into this sample was faster than MAX_JUMP_MPS or the fit faster than
    MAX_SPEED_MPS. Where `known` is False, v and speed are 0. A glitch is never `known`.
    """

    v: Float32
    speed: Float32
    known: Bool
    glitch: Bool


def length(xy: NDArray[Any]) -> NDArray[Any]:
    """Return the length of each vector, (..., 2) -> (...), in their unit.

    `np.linalg.norm(xy, axis=-1)` to the last bit, in a third of its time: numpy is slow along an axis of two.
    """
    x, y = xy[..., 0], xy[..., 1]
    return np.sqrt(x * x + y * y)


def unbroken(tracks: Tracks) -> Bool:
    """Whether each row follows the one before it without a gap in the same period, (T,) bool; False for row 0."""
    joined = np.zeros(tracks.T, bool)
    joined[1:] = (np.diff(tracks.frame) == 1) & (tracks.period[1:] == tracks.period[:-1]) & (tracks.period[1:] > 0)
    return joined


def steps(tracks: Tracks) -> NDArray[np.floating]:
    """Return how far each slot's position lies from that of the row before, metres, (T - 1, P), whoever was seen."""
    out = np.empty((max(tracks.T - 1, 0), tracks.P), tracks.xy.dtype)
    for start in range(0, len(out), _BLOCK):
        out[start : start + _BLOCK] = length(np.diff(tracks.xy[start : start + _BLOCK + 1], axis=0))
    return out


def jumps(tracks: Tracks, limit_mps: float = MAX_JUMP_MPS, step: NDArray[np.floating] | None = None) -> Bool:
    """Whether the step into each sample is faster than `limit_mps` while slot and time run on, (T, P) bool.

    step: `steps(tracks)`, where it is known already.
    """
    fast = np.zeros((tracks.T, tracks.P), bool)
    if tracks.T < 2:
        return fast
    step = steps(tracks) if step is None else step
    both = tracks.present[1:] & tracks.present[:-1] & unbroken(tracks)[1:, None]
    fast[1:] = both & (step > limit_mps / float(tracks.rate_hz))
    return fast


def motion(
    tracks: Tracks, smoothing_s: float = SMOOTHING_S, step: NDArray[np.floating] | None = None
) -> Motion:  # fmt: skip
    """Return each slot's velocity by a sliding least-squares quadratic (Savitzky-Golay, first derivative).

    Parameters
    ----------
    smoothing_s: length of the window in seconds; at least 3 samples are used. step: as `jumps` takes it.

    Source: Savitzky & Golay, Analytical Chemistry 36 (1964) 1627.
    """
    rate = float(tracks.rate_hz)
    half = max(1, int(smoothing_s * rate / 2))
    coeffs = _slope_weights(half, rate)
    T, P = tracks.T, tracks.P
    v = np.zeros((T, P, 2), np.float32)
    known = np.zeros((T, P), bool)
    jump = jumps(tracks, step=step)
    if 2 * half < T:
        inner = slice(half, T - half)
        for start in range(half, T - half, _BLOCK):
            rows = v[start : min(start + _BLOCK, T - half)]
            part = np.empty_like(rows)
            for k, c in enumerate(coeffs, start - half):
                if c:
                    rows += np.multiply(tracks.xy[k : k + len(rows)], c, out=part)
        known[inner] = _whole_windows(tracks.present, unbroken(tracks), jump, half)
    speed = length(v)
    too_fast = known & (speed > MAX_SPEED_MPS)
    known &= ~too_fast
    v[~known] = 0.0
    speed[~known] = 0.0
    return Motion(v, speed, known, jump | too_fast)


def glitches(tracks: Tracks, smoothing_s: float = SMOOTHING_S, step: NDArray[np.floating] | None = None) -> Bool:
    """Return the `glitch` of `motion(tracks)`, (T, P) bool, to the last bit, without everybody's velocity.

    The slope of a least-squares quadratic is a mean of its window's steps with weights of one sign, so only windows
    with a step about as fast as MAX_SPEED_MPS, and none that is a jump, are fitted.
    """
    rate = float(tracks.rate_hz)
    half = max(1, int(smoothing_s * rate / 2))
    step = steps(tracks) if step is None else step
    jump = jumps(tracks, step=step)
    if 2 * half >= tracks.T:
        return jump
    joined = unbroken(tracks)
    stepped = tracks.present & ~jump & joined[:, None]
    row, slot = np.nonzero(stepped[1:] & tracks.present[:-1] & (step > (MAX_SPEED_MPS - _ROUNDING_MPS) / rate))
    near = np.zeros((tracks.T, tracks.P), bool)  # windows the step into `row + 1` is in
    for k in range(1 - half, half + 1):
        near[np.clip(row + k, half, tracks.T - half - 1), slot] = True
    row, slot = np.nonzero(near)
    whole = tracks.present[row - half, slot]
    for k in range(1 - half, half + 1):
        whole &= stepped[row + k, slot]
    row, slot = row[whole], slot[whole]
    v = np.zeros((len(row), 2), np.float32)
    for k, c in enumerate(_slope_weights(half, rate), -half):
        if c:
            v += tracks.xy[row + k, slot] * c
    fast = length(v) > MAX_SPEED_MPS
    jump[row[fast], slot[fast]] = True
    return jump


def _slope_weights(half: int, rate: float) -> NDArray[np.float32]:
    """Return the weights of 2*half+1 samples whose sum is the slope of their least-squares quadratic, in the middle.

    About the middle the slope has no part in the curvature: k * rate / sum(k^2). As scipy's `savgol_coeffs(2 * half +
    1, 2, deriv=1, delta=1 / rate, use="dot")` to the last bit, but for the middle, which is 0 and not its rounding.
    """
    k = np.arange(-half, half + 1)
    return (k * (rate / (k * k).sum())).astype(np.float32)


def _whole_windows(present: Bool, joined: Bool, jump: Bool, half: int) -> Bool:
    """Whether all 2*half+1 samples about each inner row are present, joined and without a jump, (T-2*half, P)."""
    n = len(present) - 2 * half
    whole = present[:n].copy()  # the first sample's own step lies outside the window
    stepped = present & ~jump & joined[:, None]
    for k in range(1, 2 * half + 1):
        whole &= stepped[k : k + n]
    return whole


def acceleration(tracks: Tracks, moved: Motion) -> tuple[Float32, Bool]:
    """Return the change of velocity by central difference, (T, P, 2) float32 m/s^2, and where it is known, (T, P)."""
    a = np.zeros_like(moved.v)
    known = np.zeros_like(moved.known)
    if tracks.T >= 3:
        a[1:-1] = (moved.v[2:] - moved.v[:-2]) * (float(tracks.rate_hz) / 2)
        joined = unbroken(tracks)
        known[1:-1] = moved.known[2:] & moved.known[:-2] & (joined[1:-1] & joined[2:])[:, None]
    a[~known] = 0.0
    return a, known


def distance_m(tracks: Tracks, moved: Motion) -> NDArray[np.float64]:
    """Return the distance each slot was seen to cover, metres, (P,): smoothed speed summed over known samples."""
    return moved.speed.sum(0, dtype=np.float64) / float(tracks.rate_hz)


def ball_speed(tracks: Tracks, smoothing_s: float = 0.3) -> tuple[Float32, Bool]:
    """Return the ball's speed over the court, (T,) float32 m/s by central difference, and where it is known, (T,)."""
    half = max(1, round(smoothing_s * float(tracks.rate_hz) / 2))
    speed, known = np.zeros(tracks.T, np.float32), np.zeros(tracks.T, bool)
    if 2 * half < tracks.T:
        step = length(tracks.ball_xy[2 * half :] - tracks.ball_xy[: -2 * half])
        speed[half:-half] = step * float(tracks.rate_hz) / (2 * half)
        seen = _whole_windows(tracks.ball_present[:, None], unbroken(tracks), np.zeros((tracks.T, 1), bool), half)
        known[half:-half] = seen[:, 0]
    speed[~known] = 0
    return speed, known
