"""The ball, as well as it can be seen: small things that move otherwise than the camera, on a steady path.

In each frame what differs from the frames before and after, both brought to it by the camera's moves, falls into spots.
Small ones, about as wide as high, off people, are candidates. Candidates of neighbouring frames that go on as they went
make paths; of paths that overlap in time the one with the most to show is the ball's. Where no path is, the ball is not
seen: a ball that is held or lies still is not found. On how little of the footage that leaves, see `Ball.seen`.

A picture tells where the ball is seen, not how high it is. Its place on the court is where it would touch the ground:
right for a ball that rolls, beyond it for one in the air.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.video.plane import mapped

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
MOST = 12  # candidates of a frame
DIFFERS = 18  # grey levels
LARGE = 1 / 18  # of the picture's height: how wide a ball is seen at most
LONGER = 2.6  # times as long as wide, at most: a fast ball is a streak
FASTEST, SLOWEST = 1.4, 0.03  # of the picture's height in a second
OFF = 0.012  # of the picture's height: how far a ball may be from where it was going
PACE, STAYS = 0.12, 0.01  # of the height: a path goes so far in a second; and stays not within this in the picture
MISSED, HITS = 2, 5  # frames in a row without a candidate on a path; with one, least


@dataclass(frozen=True)
class Ball:
    """Where the ball is seen: px (T, 2) pixels, NaN where it is not."""

    px: Float

    @property
    def seen(self) -> Bool:
        """The frames in which it is seen, (T,)."""
        return np.asarray(np.isfinite(self.px).all(1))


def spots(before: UInt8, here: UInt8, after: UInt8, from_before: Float, from_after: Float, boxes: Float) -> Float:
    """Return candidates in a frame, (n, 4): x, y, size in pixels, grey levels its middle differs by; n at most MOST.

    before, here, after: grey pictures. from_before, from_after (3, 3): from their pixels to those of `here`. boxes
    (n, 4): people.
    """
    import cv2

    size = (here.shape[1], here.shape[0])
    off = []
    for other, map_ in ((before, from_before), (after, from_after)):
        brought = cv2.warpPerspective(other, map_, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        off.append(cv2.absdiff(here, brought))
    differs = np.asarray(cv2.GaussianBlur(cv2.min(*off), (0, 0), 1.0), np.uint8)
    for x0, y0, x1, y1 in boxes.round().astype(int).tolist():
        differs[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 0
    differs[:4], differs[-4:], differs[:, :4], differs[:, -4:] = 0, 0, 0, 0
    count, _, stats, centre = cv2.connectedComponentsWithStats((differs >= DIFFERS).astype(np.uint8))
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    long, short = np.maximum(wide, high), np.minimum(wide, high)
    ok = (area >= 6) & (long <= LARGE * size[1]) & (short * LONGER >= long) & (area >= 0.4 * wide * high)
    rows = np.flatnonzero(ok[1:count]) + 1
    if not len(rows):
        return np.zeros((0, 4))
    at = centre[rows].round().astype(int)
    peak = differs[at[:, 1], at[:, 0]].astype(np.float64)
    best = np.argsort(-peak, kind="stable")[:MOST]
    return np.stack([centre[rows[best], 0], centre[rows[best], 1], np.sqrt(area[rows[best]]), peak[best]], -1)


def paths(found: Sequence[Float], camera: Float, follows: Bool, rate_hz: float, height: int) -> Ball:
    """Return the ball of T frames.

    found: of each frame its candidates, (n, 4) as `spots` gives them. camera (T, 3, 3): of each frame the map from the
    pixels of the one before; follows (T,) bool: where it is known.
    """
    T = len(found)
    fast, slow, off = FASTEST * height / rate_hz, SLOWEST * height / rate_hz, OFF * height * max(12.5 / rate_hz, 0.5)
    every: list[tuple[float, int, list[tuple[int, int]]]] = []
    taken: set[tuple[int, int, int]] = set()
    for t in range(T - 1):
        if not follows[t + 1] or not len(found[t]) or not len(found[t + 1]):
            continue
        here = mapped(found[t][:, :2], camera[t + 1])
        step = found[t + 1][None, :, :2] - here[:, None]
        length = np.linalg.norm(step, axis=-1)
        alike = np.abs(np.log(found[t + 1][None, :, 2] / found[t][:, None, 2])) < 0.6
        for i, j in np.argwhere((length <= fast) & (length >= slow) & alike).tolist():
            if (t, i, j) in taken:
                continue
            path = _followed(t, i, j, step[i, j], found, camera, follows, off, taken)
            if len(path) >= HITS and _flies(path, found, camera, height, rate_hz):
                shown = float(np.mean([found[s][k, 3] for s, k in path]))
                every.append((len(path) * shown, path[0][0], path))
    px = np.full((T, 2), np.nan)
    full = np.zeros(T, bool)
    for _, _, path in sorted(every, key=lambda p: -p[0]):
        first, last = path[0][0], path[-1][0]
        if full[first : last + 1].any():
            continue
        full[first : last + 1] = True
        for s, k in path:
            px[s] = found[s][k, :2]
    return Ball(px)


def _followed(
    t: int, i: int, j: int, step: Float, found: Sequence[Float], camera: Float, follows: Bool, off: float,
    taken: set[tuple[int, int, int]],
) -> list[tuple[int, int]]:  # fmt: skip
    """Return the path (frame, candidate) that begins with two candidates and goes on as it went."""
    path, at, pace, missed, s = [(t, i), (t + 1, j)], found[t + 1][j, :2], step, 0, t + 1
    while s + 1 < len(found) and follows[s + 1] and missed <= MISSED:
        s += 1
        moved = mapped(np.stack([at, at + pace]), camera[s])
        pace, going = moved[1] - moved[0], moved[1]
        near = np.linalg.norm(found[s][:, :2] - going, axis=1) if len(found[s]) else np.zeros(0)
        k = int(near.argmin()) if len(near) else -1
        if k >= 0 and near[k] <= off * (1 + missed) + 0.15 * np.linalg.norm(pace):
            if not missed:
                taken.add((s - 1, path[-1][1], k))
            pace = 0.5 * pace + 0.5 * (found[s][k, :2] - moved[0]) if not missed else pace
            at, missed = found[s][k, :2], 0
            path.append((s, k))
        else:
            at, missed = going, missed + 1
    return path


def _flies(path: list[tuple[int, int]], found: Sequence[Float], camera: Float, height: int, rate_hz: float) -> bool:
    """Return whether a path goes somewhere, at a ball's pace: not a sign laid over the picture, nor a waving hand."""
    raw = np.array([found[s][k, :2] for s, k in path])
    if np.ptp(raw, axis=0).max() < STAYS * height:
        return False
    at = raw[:1]
    for s in range(path[0][0] + 1, path[-1][0] + 1):
        at = mapped(at, camera[s])
    far = float(np.linalg.norm(raw[-1] - at[0]))
    return far >= PACE * height * (path[-1][0] - path[0][0]) / rate_hz


class Moving:
    """Candidates frame by frame, each found once the next frame is there; `found` lacks the newest until `done`."""

    def __init__(self) -> None:
        self.found: list[Float] = []
        self._before: UInt8 | None = None
        self._held: tuple[UInt8, Float | None, Float] | None = None

    def add(self, grey: UInt8, from_before: Float | None, boxes: Float) -> None:
        """Take a frame: its grey picture, the map from the pixels of the one before (None: not known), its people."""
        if self._held is not None:
            here, into, people = self._held
            if self._before is None or into is None or from_before is None:
                self.found.append(np.zeros((0, 4)))
            else:
                self.found.append(
                    spots(self._before, here, grey, into, np.asarray(np.linalg.inv(from_before), np.float64), people)
                )
            self._before = here
        self._held = grey, from_before, boxes

    def done(self) -> list[Float]:
        """Return all candidates; the last frame has none."""
        return [*self.found, np.zeros((0, 4))]
