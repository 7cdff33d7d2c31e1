"""Replays from the camera that shows the game: people who stand again, all of them, where they stood some time before.

After a cut, boxes of people are looked for among those of the minutes before. Where nearly all lie again where they lay
in one frame, then in a later one, and on, at whatever speed, while they move, the stretch is a replay: what it shows
has been seen, and its time is not the game's. A replay from another camera shows other boxes: it is no such stretch,
and mostly is unobserved because no court is found where that camera stands.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sportsai.video.follow import Boxes
from sportsai.video.watch import Seen

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
SURE = 0.3  # of a box
LEAST, MOST = 5, 24  # people in a picture: fewer tell nothing; more are not looked at
EVERY_S, BACK_S = 0.4, 120.0  # how often a picture is looked for, and how far back
SAME, ALIKE = 0.5, 0.75  # overlap of two boxes that are one; share of people who stand where they stood
STAYS = 0.6  # of them: a stretch that begins and ends with so many in one place shows people who stand still
LONG_S = 1.2  # of a replay, at least
GRID = (8, 5)  # cells of a picture, by which most frames are ruled out at once


def replayed(boxes: Boxes, t_s: Float, cut: Bool, size: tuple[int, int]) -> Bool:
    """Return which frames, (T,), are of a replay. boxes: frames count rows of t_s (T,). cut (T,): where a shot begins,
    or the camera could not be followed. size: width and height of the picture."""
    T = len(t_s)
    out = np.zeros(T, bool)
    if T < 2:
        return out
    xyxy, count = _padded(boxes, T)
    cells = _cells(xyxy, count, size)
    shots: Int = np.cumsum(cut)
    queries = np.flatnonzero(np.diff(np.floor((t_s - t_s[0]) / EVERY_S), prepend=-1) > 0)
    found = np.full(len(queries), -1)
    for n, i in enumerate(queries.tolist()):
        first = int(np.searchsorted(t_s, t_s[i] - BACK_S))
        last = int(np.searchsorted(shots, shots[i]))  # the row that this one's shot begins with
        if count[i] < LEAST or last <= first:
            continue
        apart = np.abs(cells[first:last] - cells[i]).sum(1)
        near = first + np.flatnonzero(apart <= (1 - ALIKE) * 4 * count[i])
        if len(near):
            alike = _alike(xyxy[i], count[i], xyxy[near], count[near])
            if alike.max() >= ALIKE:
                found[n] = near[int(alike.argmax())]
    for first, last in _onward(found):
        a, b = int(queries[first]), int(queries[last])
        if t_s[b] - t_s[a] >= LONG_S and found[last] > found[first]:
            out[a : b + 1] = _alike(xyxy[a], int(count[a]), xyxy[b : b + 1], count[b : b + 1])[0] < STAYS
    share = np.bincount(shots, out) / np.maximum(np.bincount(shots), 1)
    return np.asarray(out | (share >= 0.5)[shots])  # to the ends of shots that they fill most of


def _onward(found: Int) -> list[tuple[int, int]]:
    """Return the stretches, first and last, in which what was found goes on and on; one that found nothing may lie
    between two that did."""
    out: list[tuple[int, int]] = []
    run: list[int] = []
    for n, at in enumerate(found.tolist()):
        if run and (n - run[-1] > 2 or 0 <= at < found[run[-1]]):
            out.append((run[0], run[-1]))
            run = []
        if at >= 0:
            run.append(n)
    return [*out, (run[0], run[-1])] if run else out


def parted(seen: Seen, replay: Bool) -> Seen:
    """Return what was seen with cuts where replays begin and end: nobody is followed into one."""
    edge = np.diff(replay, prepend=replay[:1])
    return replace(seen, cut=seen.cut | edge, follows=seen.follows & ~edge)


def _padded(boxes: Boxes, T: int) -> tuple[Float, Int]:
    """Return the surest boxes of each frame, (T, MOST, 4), and how many there are, (T,)."""
    keep = boxes.take(np.flatnonzero(boxes.score >= SURE))
    order = np.lexsort((-keep.score, keep.frame))
    frame = keep.frame[order]
    place = np.arange(len(frame)) - np.searchsorted(frame, frame)
    some = place < MOST
    out = np.zeros((T, MOST, 4))
    out[frame[some], place[some]] = keep.xyxy[order][some]
    return out, np.minimum(np.bincount(frame, minlength=T), MOST)


def _cells(xyxy: Float, count: Int, size: tuple[int, int]) -> Int:
    """Return how many boxes begin in each cell of the picture, (T, cells)."""
    wide, high = GRID
    x = np.clip(xyxy[..., 0] + xyxy[..., 2], 0, 2 * size[0] - 1) * wide // (2 * size[0])
    y = np.clip(xyxy[..., 3], 0, size[1] - 1) * high // size[1]
    there = np.arange(MOST) < count[:, None]
    cell = (y * wide + x).astype(np.int64) + np.arange(len(xyxy))[:, None] * wide * high
    return np.bincount(cell[there], minlength=len(xyxy) * wide * high).reshape(len(xyxy), -1)


def _alike(one: Float, count: int, others: Float, counts: Int) -> Float:
    """Return which share of a frame's boxes lie where one lies in each of the others, (n,): the less of both ways."""
    a, b = one[None, :count, None], others[:, None]
    low, top = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = np.prod(np.clip(top - low, 0, None), -1)
    area = np.prod(a[..., 2:] - a[..., :2], -1) + np.prod(b[..., 2:] - b[..., :2], -1) - both
    same = (both >= SAME * np.maximum(area, 1e-9)) & (np.arange(others.shape[1]) < counts[:, None])[:, None]
    return np.asarray(np.minimum(same.any(2).sum(1) / max(count, 1), same.any(1).sum(1) / np.maximum(counts, 1)))
