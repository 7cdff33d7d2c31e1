"""Positions on their way into the report: whole numbers, each the step from the one before, a byte or two a piece.

A reel is an unbroken stretch of frames that holds the evidence of one or more events. Its bytes, object by object
(slots in order, the ball last), are variable-length whole numbers:

    number of runs, then for each run: samples skipped since the last one, samples in it, x, y, then (dx, dy) for each
    further sample. Signed numbers are folded (0, -1, 1, -2 -> 0, 1, 2, 3); positions count QUANTUM_M.

A run ends where the object was not seen and where its identity jumped, so that nothing is drawn between.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.data.kinematics import MAX_JUMP_MPS
from sportsai.data.tracks import Tracks

QUANTUM_M = 0.05  # half of it is the largest error of an axis: 2.5 cm
MAX_RATE_HZ = 10.0  # denser tracks are thinned to about this


@dataclass(frozen=True)
class Reel:
    """Samples of frames start, start + step, ... (`samples` of them) and their bytes in base64."""

    start: int
    step: int
    samples: int
    data: str

    @property
    def end(self) -> int:
        """The frame after the last sample's."""
        return self.start + self.step * (self.samples - 1) + 1


def thinning(tracks: Tracks, max_rate_hz: float = MAX_RATE_HZ) -> int:
    """Return how many frames apart the samples of a reel are."""
    return max(1, round(float(tracks.rate_hz) / max_rate_hz))


def spans(windows: Iterable[tuple[int, int]], join: int) -> list[tuple[int, int]]:
    """Return windows [start, end) of frames, those that overlap or lie within `join` frames made one, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if merged and start <= merged[-1][1] + join:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def reel(tracks: Tracks, start: int, end: int, step: int = 1) -> Reel:
    """Return frames [start, end) of `tracks`, every `step`-th, as a reel."""
    frames = np.arange(start, max(end, start + 1), step)
    xy, seen = _objects(tracks, frames)
    return Reel(
        int(start), step, len(frames), base64.b64encode(encode(xy, seen, step / float(tracks.rate_hz))).decode()
    )


def _objects(tracks: Tracks, frames: NDArray[np.integer]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return positions (T, P + 1, 2) and where they were seen (T, P + 1) of the slots and the ball at `frames`."""
    row = tracks.rows(frames)
    stored = row >= 0
    xy = np.concatenate([tracks.xy[row], tracks.ball_xy[row][:, None]], 1)
    seen = np.concatenate([tracks.present[row], tracks.ball_present[row][:, None]], 1) & stored[:, None]
    return xy, seen & (tracks.period[row] > 0)[:, None]


def encode(xy: NDArray[np.float32], seen: NDArray[np.bool_], step_s: float) -> bytes:
    """Return the bytes of positions xy (T, O, 2) metres where seen (T, O); the last object is the ball.

    Players (not the ball) are cut where a step is faster than MAX_JUMP_MPS.
    """
    objects = seen.shape[1]
    whole = np.rint(np.where(seen[..., None], xy, 0) / QUANTUM_M).astype(np.int64)
    out: list[bytes] = []
    for o in range(objects):
        at = np.flatnonzero(seen[:, o])
        if not len(at):
            out.append(b"\x00")
            continue
        cut = np.diff(at) > 1
        if o < objects - 1:
            move = np.linalg.norm(np.diff(xy[at, o], axis=0), axis=-1)
            cut |= move > MAX_JUMP_MPS * step_s
        first = np.concatenate([[0], np.flatnonzero(cut) + 1])
        last = np.append(first[1:], len(at))
        numbers = [np.array([len(first)])]
        before = 0
        for a, b in zip(first, last, strict=True):
            run = whole[at[a:b], o]
            moves = np.concatenate([run[:1], np.diff(run, axis=0)]).ravel()
            folded = np.where(moves < 0, -2 * moves - 1, 2 * moves)
            numbers += [np.array([at[a] - before, b - a]), folded]
            before = at[b - 1] + 1
        out.append(varints(np.concatenate(numbers)))
    return b"".join(out)


def varints(numbers: NDArray[np.integer]) -> bytes:
    """Return whole numbers in [0, 2^28) as bytes: seven bits each, the high bit set where another byte follows."""
    n = np.asarray(numbers, np.int64)
    sevens = np.stack([(n >> (7 * k)) & 0x7F for k in range(4)], 1)
    length = 1 + (n >= 1 << 7).astype(int) + (n >= 1 << 14) + (n >= 1 << 21)
    k = np.arange(4)[None]
    return (sevens | np.where(k < length[:, None] - 1, 0x80, 0)).astype(np.uint8)[k < length[:, None]].tobytes()


def decode(data: bytes, samples: int, objects: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return positions (T, O, 2) metres and where they are seen (T, O): what the viewer's script does, for tests."""
    at = 0

    def take() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed() -> int:
        v = take()
        return -((v + 1) >> 1) if v & 1 else v >> 1

    xy, seen = np.zeros((samples, objects, 2)), np.zeros((samples, objects), bool)
    for o in range(objects):
        row = 0
        for _ in range(take()):
            row += take()
            length = take()
            x = y = 0
            for k in range(length):
                x, y = x + signed(), y + signed()
                xy[row + k, o] = x * QUANTUM_M, y * QUANTUM_M
                seen[row + k, o] = True
            row += length
    return xy, seen
