"""Broken tracks joined, and the gaps in them filled, once a whole clip has been followed.

A track that ended and one that began later are one person's when where the first was going and where the second came
from meet: in the picture held still (what all tracks do together is the camera), in units of the person's height, with
a spread that grows with the gap; when sizes agree; and when they look alike, where looks are known. All links of a clip
are chosen together by linear assignment, short gaps first, each then told with what earlier links made known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.video.follow import Boxes, Rules, follow, pairs, supported

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """How tracks are joined. gaps_s: the longest gap joined in each round. fill_s: gaps up to this are filled.

    near, drift: the spread of where a person is after a gap of g frames (of 1/25 s), near + drift * g ** 0.75 body
    heights. fade_s: how soon a person's pace is forgotten. looks: the spread of a person's look. worst: the
    cost above which no link is made. least_s: boxes a track must have, in seconds of frames.
    """

    gaps_s: tuple[float, ...] = (0.7, 1.3, 2.5)
    fill_s: float = 1.5
    near: float = 0.12
    drift: float = 0.025
    fade_s: float = 0.4
    size: float = 0.15
    looks: float = 12.0
    worst: float = 16.0
    least_s: float = 1.0


def stilled(boxes: Boxes, smooth: int = 3) -> Float:
    """Return where the picture has moved by each frame from the first to the last, (T, 2): the sum of what tracks do
    together from each frame to the next, the median over them."""
    first, T = int(boxes.frame.min()), int(np.ptp(boxes.frame)) + 1
    order = np.lexsort((boxes.frame, boxes.track))
    f, k = boxes.frame[order], boxes.track[order]
    at = _feet(boxes.xyxy[order])
    gap = np.diff(f)
    ok = (np.diff(k) == 0) & (gap > 0) & (gap <= 3)
    pace = np.diff(at, axis=0)[ok] / gap[ok, None]
    rows, span = f[:-1][ok] - first, gap[ok]
    each_row = np.concatenate([rows[span > n] + n for n in range(3)])
    each_pace = np.concatenate([pace[span > n] for n in range(3)])
    out = np.zeros((T, 2))
    order = np.argsort(each_row, kind="stable")
    edges = np.searchsorted(each_row[order], np.arange(T + 1))
    for t in range(T - 1):
        some = each_pace[order[edges[t] : edges[t + 1]]]
        out[t + 1] = np.median(some, axis=0) if len(some) else out[t]
    if smooth > 1 and smooth < T:
        kernel = np.ones(smooth) / smooth
        out = np.stack([np.convolve(np.pad(c, smooth // 2, "edge"), kernel, "valid")[:T] for c in out.T], -1)
    return np.cumsum(out, axis=0)


def restored(boxes: Boxes, rate_hz: float, rules: Rules | None = None, links: Links | None = None) -> Boxes:
    """Return boxes that came without pictures as people followed, joined and filled.

    The first pass tells how the camera moved (what tracks do together), the second follows with it.
    """
    links = links or Links()
    boxes = supported(boxes, rate_hz)
    told, _ = follow(boxes, rate_hz, rules)
    if len(told):
        moved = np.diff(stilled(told), axis=0)
        camera = np.tile(np.eye(3), (len(moved), 1, 1))
        camera[:, :2, 2] = moved
        first = int(told.frame.min()) + 1
        told, _ = follow(boxes, rate_hz, rules, {first + n: c for n, c in enumerate(camera)})
    return filled(join(told, rate_hz, links)[0], rate_hz, links.fill_s)


def join(
    boxes: Boxes, rate_hz: float, links: Links | None = None, looks: Mapping[int, Float] | None = None,
    rows: Int | None = None,
) -> tuple[Boxes, Int]:  # fmt: skip
    """Return boxes with tracks of one person under one number, tracks of too few boxes left out, and their `rows`.

    looks: of a track how the person looks, as a point whose distances tell (a shirt's colour in Lab). rows (n,): what
    goes with each box; its number when not given.
    """
    links = links or Links()
    rows = np.arange(len(boxes)) if rows is None else rows
    if not len(boxes):
        return boxes, rows
    still = stilled(boxes)
    first = int(boxes.frame.min())
    track = boxes.track.copy()
    unit = 25.0 / rate_hz
    looks = dict(looks or {})
    for longest in links.gaps_s:
        ends = _ends(boxes, track, still, first, links.fade_s * rate_hz)
        i, j = _meeting(ends.start, ends.end, longest * rate_hz)
        g = (ends.start[j] - ends.end[i]).astype(np.float64)
        fade = links.fade_s * rate_hz
        ahead = fade * (1 - np.exp(-g / fade))[:, None]
        height = (ends.high_end[i] + ends.high_start[j]) / 2
        off = ends.at_start[j] - ends.at_end[i] - (ends.pace_end[i] + ends.pace_start[j]) / 2 * ahead
        spread = (links.near + links.drift * (g * unit) ** 0.75) * height
        cost = (off**2).sum(-1) / spread**2 + 2 * np.log(spread / (links.near * height))
        cost += (np.log(ends.high_start[j] / ends.high_end[i]) / links.size) ** 2
        if looks:
            cost += np.array(
                [_unlike(looks, a, b) / links.looks**2 for a, b in zip(ends.ids[i], ends.ids[j], strict=True)]
            )
        chosen = _chosen(i, j, links.worst - cost, len(ends.ids))
        into = {int(ends.ids[b]): int(ends.ids[a]) for a, b in chosen}
        for b in list(into):  # a chain of links ends at its first track
            a = into[b]
            while a in into:
                a = into[a]
            into[b] = a
        new = np.array([into.get(int(t), int(t)) for t in ends.ids])
        track = new[np.searchsorted(ends.ids, track)]
    _, index, count = np.unique(track, return_inverse=True, return_counts=True)
    kept = count[index] >= links.least_s * rate_hz
    return Boxes(boxes.frame, boxes.xyxy, boxes.score, track, boxes.filled).take(kept), rows[kept]


def _meeting(start: Int, end: Int, longest: float) -> tuple[Int, Int]:
    """Return the pairs of tracks of which the second starts at most `longest` frames after the first ends."""
    order = np.argsort(start, kind="stable")
    low = np.searchsorted(start[order], end, "right")
    count = np.searchsorted(start[order], end + longest, "right") - low
    i = np.repeat(np.arange(len(start)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(low, count) + step]


def _chosen(i: Int, j: Int, worth: Float, K: int) -> list[tuple[int, int]]:
    """Return the pairs (i, j) of K tracks that are worth most together, each track once on either side.

    Tracks that share no pair worth anything are told apart first: memory grows with the pairs, not with K squared.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    good = worth > 0
    i, j, worth = i[good], j[good], worth[good]
    if not len(i):
        return []
    _, part = connected_components(coo_array((np.ones(len(i)), (i, j + K)), shape=(2 * K, 2 * K)), directed=False)
    order = np.argsort(part[i], kind="stable")
    _, first = np.unique(part[i][order], return_index=True)
    out = []
    for mine in np.split(order, first[1:]):
        rows, r = np.unique(i[mine], return_inverse=True)
        columns, c = np.unique(j[mine], return_inverse=True)
        table = np.zeros((len(rows), len(columns)))
        table[r, c] = worth[mine]
        out += [(int(rows[a]), int(columns[b])) for a, b in pairs(table, 1e-9)]
    return out


@dataclass(frozen=True)
class _Ends:
    """Of each track, by number: its first and last frame, and where it is, how it moves and how high it is there."""

    ids: Int
    start: Int
    end: Int
    at_start: Float
    at_end: Float
    pace_start: Float
    pace_end: Float
    high_start: Float
    high_end: Float


def _ends(boxes: Boxes, track: Int, still: Float, first: int, fade: float) -> _Ends:
    """Return the ends of tracks: a line through the boxes near each end, those further from it counting less."""
    ids, index = np.unique(track, return_inverse=True)
    frame = boxes.frame.astype(np.float64)
    at = _feet(boxes.xyxy) - still[boxes.frame - first]
    high = boxes.xyxy[:, 3] - boxes.xyxy[:, 1]
    n = len(ids)
    start, end = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(start, index, frame)
    np.maximum.at(end, index, frame)

    def line(reference: Float) -> tuple[Float, Float, Float]:
        d = frame - reference[index]
        w = np.exp(-np.abs(d) / (fade / 2))
        s0, s1, s2 = (np.bincount(index, w * d**p, n) for p in range(3))
        y0 = np.stack([np.bincount(index, w * at[:, c], n) for c in range(2)], -1)
        y1 = np.stack([np.bincount(index, w * d * at[:, c], n) for c in range(2)], -1)
        wide = s2 + 4.0  # a track of one box stands still
        det = s0 * wide - s1**2
        here = (wide[:, None] * y0 - s1[:, None] * y1) / det[:, None]
        pace = (s0[:, None] * y1 - s1[:, None] * y0) / det[:, None]
        return here, pace, np.bincount(index, w * high, n) / s0

    at_start, pace_start, high_start = line(start)
    at_end, pace_end, high_end = line(end)
    return _Ends(ids, start.astype(np.int64), end.astype(np.int64), at_start, at_end, pace_start, pace_end, high_start,
                 high_end)  # fmt: skip


def filled(boxes: Boxes, rate_hz: float, longest_s: float = Links.fill_s) -> Boxes:
    """Return boxes with those between two of a track set in, gaps up to `longest_s`, marked `filled`.

    They lie on a straight line in the picture held still.
    """
    if not len(boxes):
        return boxes
    first, still = int(boxes.frame.min()), stilled(boxes)
    order = np.lexsort((boxes.frame, boxes.track))
    f, k = boxes.frame[order], boxes.track[order]
    still4 = np.concatenate([still, still], 1)
    at = boxes.xyxy[order] - still4[f - first]
    gap = np.diff(f)
    rows = np.flatnonzero((np.diff(k) == 0) & (gap > 1) & (gap <= longest_s * rate_hz))
    count = gap[rows] - 1
    row = np.repeat(rows, count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    share = (step / gap[row])[:, None]
    frame = f[row] + step
    xyxy = at[row] * (1 - share) + at[row + 1] * share + still4[frame - first]
    score = np.minimum(boxes.score[order][row], boxes.score[order][row + 1])
    return Boxes(
        np.concatenate([boxes.frame, frame]), np.concatenate([boxes.xyxy, xyxy]), np.concatenate([boxes.score, score]),
        np.concatenate([boxes.track, k[row]]), np.concatenate([boxes.filled, np.ones(len(row), bool)]),
    )  # fmt: skip


def _feet(xyxy: Float) -> Float:
    return np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3]], -1)


def _unlike(looks: Mapping[int, Float], a: int, b: int) -> float:
    return float(((looks[a] - looks[b]) ** 2).sum()) if a in looks and b in looks else 0.0
