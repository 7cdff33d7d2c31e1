"""People from boxes: who in one frame is who in the next, and which broken tracks are one person.

`follow` goes through the frames once, with bounded memory: each track's box is predicted (constant velocity, a Kalman
filter a coordinate), moved with the camera, and given to the box it overlaps most, best pairs of all first by linear
assignment (SORT, Bewley et al., ICIP 2016). Boxes of low score may only continue a track (ByteTrack, Zhang et al., ECCV
2022), tracks of few boxes get what is left, and what found nothing is tried again with boxes grown (C-BIoU, Yang et
al., WACV 2023). What breaks here is mended by `join`, which sees what came after.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Rules:
    """How people are followed; chosen on SportsMOT's training sequences, boxes dropped, shaken and added.

    high: score of a box that may begin a track; low: that may continue one. grown: by which share of its size a box is
    grown on each side before overlaps are compared, first, and for tracks that found none. least: overlap that can be
    one person. patience_s, early_s: a track waits so long unseen, and one of fewer than `sure` boxes. speed: tenths of
    a body height a frame (of 1/25 s) that a pace changes; noise: of a body height, how far a box lies off.
    """

    high: float = 0.3
    low: float = 0.1
    grown: tuple[float, float] = (0.0, 0.2)
    least: float = 0.5
    patience_s: float = 0.2
    early_s: float = 0.08
    sure: int = 3
    speed: float = 0.1
    noise: float = 0.03


@dataclass
class Boxes:
    """Boxes of people over time, rows by frame. Pixels of the frame they are in.

    frame (n,) int64, xyxy (n, 4), score (n,), track (n,) int64, -1 where not followed; filled (n,) bool: set in a gap.
    """

    frame: Int
    xyxy: Float
    score: Float
    track: Int
    filled: NDArray[np.bool_]

    @classmethod
    def of(cls, frame: Int, xyxy: Float, score: Float | None = None, track: Int | None = None) -> Boxes:
        """Return boxes with what is not told filled in: certain, not followed, seen."""
        n = len(frame)
        return cls(
            np.asarray(frame, np.int64), np.asarray(xyxy, np.float64).reshape(n, 4),
            np.ones(n) if score is None else np.asarray(score, np.float64),
            np.full(n, -1) if track is None else np.asarray(track, np.int64), np.zeros(n, bool),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, rows: Int | NDArray[np.bool_]) -> Boxes:
        """Return some of the rows."""
        return Boxes(self.frame[rows], self.xyxy[rows], self.score[rows], self.track[rows], self.filled[rows])


def overlap(a: Float, b: Float, grown: float = 0.0) -> Float:
    """Return the intersection over union of boxes, (n, m), each grown by a share of its size on every side."""
    a, b = _grown(a, grown), _grown(b, grown)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = ((x[:, 2:] - x[:, :2]).prod(-1) for x in (a, b))
    return both / np.maximum(area_a[:, None] + area_b[None] - both, 1e-9)


def _grown(boxes: Float, share: float) -> Float:
    if not share:
        return boxes
    size = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] - share * size, boxes[:, 2:] + share * size], 1)


class Follower:
    """People followed frame by frame. `step` takes a frame's boxes and says which track each is of (-1: none)."""

    def __init__(self, rules: Rules, rate_hz: float) -> None:
        self.rules, self.rate = rules, rate_hz
        self.patience = max(round(rules.patience_s * rate_hz), 1)
        self.early = max(round(rules.early_s * rate_hz), 1)
        self.state = np.zeros((0, 4))  # centre x, y, width, height
        self.pace = np.zeros((0, 4))  # a frame
        self.cov = np.zeros((0, 4, 3))  # of each: variance, covariance with its pace, variance of that
        self.track = np.zeros(0, np.int64)
        self.unseen = np.zeros(0, np.int64)
        self.hits = np.zeros(0, np.int64)
        self.next = 0

    def step(self, xyxy: Float, score: Float, camera: Float | None = None) -> Int:
        """Return each box's track, (n,). xyxy (n, 4), score (n,). camera (3, 3): from the last frame's pixels."""
        r = self.rules
        self._predict(camera)
        told = np.full(len(xyxy), -1)
        free = np.ones(len(self.track), bool)
        good, weak = score >= r.high, (score >= r.low) & (score < r.high)
        known = self.hits >= r.sure  # a track of a box or two may be a false one: it gets what is left
        for tracks, grown, rows in ((known, r.grown[0], good), (known, r.grown[1], good), (known, r.grown[0], weak),
                                    (~known, r.grown[0], good)):  # fmt: skip
            mine, theirs = np.flatnonzero(free & tracks), np.flatnonzero(rows & (told < 0))
            worth = overlap(_corners(self.state[mine]), xyxy[theirs], grown)
            for i, j in pairs(worth, r.least):
                told[theirs[j]] = mine[i]
                free[mine[i]] = False
        seen = told >= 0
        self._correct(told[seen], xyxy[seen])
        self.unseen += 1
        self.unseen[told[seen]] = 0
        self.hits[told[seen]] += 1
        out = np.full(len(xyxy), -1)
        out[seen] = self.track[told[seen]]
        begun = np.flatnonzero(~seen & (score >= r.high))
        out[begun] = self._begin(xyxy[begun])
        self._keep(self.unseen <= np.where(self.hits >= r.sure, self.patience, self.early))
        return out

    def _predict(self, camera: Float | None) -> None:
        if not len(self.track):
            return
        if camera is not None:
            before = self.state.copy()
            self.state = _middle(_mapped(_corners(self.state), camera))
            ahead = _middle(_mapped(_corners(before + self.pace), camera))
            self.pace[:, :2] = ahead[:, :2] - self.state[:, :2]
        self.state = self.state + self.pace
        self.state[:, 2:] = np.maximum(self.state[:, 2:], 2.0)
        drift = (self.rules.speed * self.state[:, 3] * 25 / self.rate / 10) ** 2
        a, b, c = self.cov[..., 0], self.cov[..., 1], self.cov[..., 2]
        self.cov = np.stack([a + 2 * b + c + drift[:, None] / 4, b + c + drift[:, None] / 2, c + drift[:, None]], -1)

    def _correct(self, rows: Int, xyxy: Float) -> None:
        if not len(rows):
            return
        off = _middle(xyxy) - self.state[rows]
        noise = (self.rules.noise * self.state[rows, 3]) ** 2
        cov = self.cov[rows]
        total = cov[..., 0] + noise[:, None]
        gain, gain_pace = cov[..., 0] / total, cov[..., 1] / total
        self.state[rows] += gain * off
        self.pace[rows] += gain_pace * off
        self.pace[rows, 2:] *= 0.8  # people do not grow
        self.cov[rows] = np.stack(
            [(1 - gain) * cov[..., 0], (1 - gain) * cov[..., 1], cov[..., 2] - gain_pace * cov[..., 1]], -1
        )

    def _begin(self, xyxy: Float) -> Int:
        n = len(xyxy)
        new = np.arange(self.next, self.next + n)
        self.next += n
        state = _middle(xyxy)
        noise = (self.rules.noise * state[:, 3:]) ** 2
        cov = np.stack([np.repeat(noise, 4, 1), np.zeros((n, 4)), np.repeat(noise, 4, 1)], -1)
        pace = np.zeros((n, 4))
        if len(self.track) > 2:  # the camera pans: what all others do is likelier than standing still
            pace[:, :2] = np.median(self.pace[:, :2], axis=0)
        self.state, self.pace = np.concatenate([self.state, state]), np.concatenate([self.pace, pace])
        self.cov, self.track = np.concatenate([self.cov, cov]), np.concatenate([self.track, new])
        self.unseen = np.concatenate([self.unseen, np.zeros(n, np.int64)])
        self.hits = np.concatenate([self.hits, np.ones(n, np.int64)])
        return new

    def _keep(self, rows: NDArray[np.bool_]) -> None:
        self.state, self.pace, self.cov = self.state[rows], self.pace[rows], self.cov[rows]
        self.track, self.unseen, self.hits = self.track[rows], self.unseen[rows], self.hits[rows]


def pairs(worth: Float, least: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of a best assignment that are worth at least `least`."""
    from scipy.optimize import linear_sum_assignment

    if not worth.size:
        return []
    rows, columns = linear_sum_assignment(-np.where(worth >= least, worth, 0.0))
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if worth[i, j] >= least]


def follow(
    boxes: Boxes, rate_hz: float, rules: Rules | None = None, cameras: dict[int, Float] | None = None
) -> tuple[Boxes, Int]:
    """Return boxes with their tracks, by frame, those of none left out; and which rows of `boxes` they were.

    cameras: of a frame the map from the frame before.
    """
    rules = rules or Rules()
    follower = Follower(rules, rate_hz)
    order = np.argsort(boxes.frame, kind="stable")
    some = boxes.take(order)
    some.track = np.full(len(boxes), -1)
    if len(boxes):
        first, last = int(some.frame[0]), int(some.frame[-1])
        edges = np.searchsorted(some.frame, np.arange(first, last + 2))
        for n, (a, b) in enumerate(itertools.pairwise(edges.tolist())):
            some.track[a:b] = follower.step(some.xyxy[a:b], some.score[a:b], (cameras or {}).get(first + n))
    kept = some.track >= 0
    return some.take(kept), order[kept]


def supported(boxes: Boxes, rate_hz: float, near_s: float = 0.12, least: float = 0.3) -> Boxes:
    """Return boxes, by frame, without those that no box within `near_s` before or after overlaps by `least`: a person
    is not seen in one frame alone."""
    boxes = boxes.take(np.argsort(boxes.frame, kind="stable"))
    if not len(boxes):
        return boxes
    reach = max(round(near_s * rate_hz), 1)
    first = int(boxes.frame[0])
    edges = np.searchsorted(boxes.frame, np.arange(first, int(boxes.frame[-1]) + 2))
    seen = np.zeros(len(boxes), bool)
    for t in range(len(edges) - 1):
        a = slice(edges[t], edges[t + 1])
        for u in range(t + 1, min(t + reach + 1, len(edges) - 1)):
            b = slice(edges[u], edges[u + 1])
            near = overlap(boxes.xyxy[a], boxes.xyxy[b], 0.1) >= least
            seen[a] |= near.any(1)
            seen[b] |= near.any(0)
    return boxes.take(seen)


def _corners(middle: Float) -> Float:
    half = middle[:, 2:] / 2
    return np.concatenate([middle[:, :2] - half, middle[:, :2] + half], 1)


def _middle(xyxy: Float) -> Float:
    return np.concatenate([(xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]], 1)


def _mapped(xyxy: Float, camera: Float) -> Float:
    """Return boxes moved with the camera: the middle of the lower edge goes with the court, the size with its scale."""
    foot = np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3], np.ones(len(xyxy))], -1)
    head = np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 1], np.ones(len(xyxy))], -1)
    f, h = foot @ camera.T, head @ camera.T
    f, h = f[:, :2] / f[:, 2:], h[:, :2] / h[:, 2:]
    high = np.linalg.norm(f - h, axis=1)
    wide = (xyxy[:, 2] - xyxy[:, 0]) * high / np.maximum(xyxy[:, 3] - xyxy[:, 1], 1e-6)
    return np.stack([f[:, 0] - wide / 2, f[:, 1] - high, f[:, 0] + wide / 2, f[:, 1]], -1)
