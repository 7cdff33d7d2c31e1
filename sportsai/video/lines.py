"""The court's painted lines in a picture, and the homography that lays the court's plan over them.

A frame's thin stripes, brighter than the ground to both sides (darker, on ice), are kept as a mask. A homography
carried from elsewhere is put right by it: points along every painted line are laid into the picture, each looks along
its normal for the nearest stripe, and the map in the picture that brings them there is fitted, robustly and with as
little motion as the stripes allow, a few times over. How many points then lie on a stripe, and how far off they are, is
what the frame's homography is trusted by.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.court import Court
from sportsai.errors import DataError
from sportsai.video.plane import mapped, without

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
MASK_PX = 720  # height of a mask
THICK, STANDS_OUT = 13, 16  # a stripe's width at most, in pixels of a mask; how much brighter it is than beside it
STEP_M = 0.25
LONG_M, SHORTEST = 1.5, 12  # of a line by itself; points in view of a line that is judged
ROUNDS = (12, 8, 5, 4, 3)  # pixels looked along the normal, one round after the other
ON_PX = 2.5
STIFF = 0.15  # of the picture's corners, against one point on a stripe


@dataclass(frozen=True)
class Plan:
    """The painted lines of a court as points: xy (n, 2) metres, way (n, 2) unit vectors along the line, line (n,) which
    of the lines each is of: straight ones of LONG_M or more by themselves, a curve as a whole."""

    xy: Float
    way: Float
    line: NDArray[np.int64]


@dataclass(frozen=True)
class Laid:
    """A homography laid over a frame's stripes: to_court (3, 3), from pixels to metres. on: the share of the plan's
    points in view that lie on a stripe; off_px, off_m: how far these lie off, root mean square; seen: how many are in
    view and not behind people. each: the mean over lines of the share of each line's points that lie on one."""

    to_court: Float
    on: float
    off_px: float
    off_m: float
    seen: int
    each: float


def plan(court: Court, step_m: float = STEP_M) -> Plan:
    """Return the points of a court's painted lines, every `step_m` metres."""
    xy, way, ids, count = [], [], [], 0
    for shape in court.shapes:
        if shape.role not in ("boundary", "marking"):
            continue
        line = shape.points()
        line = np.concatenate([line, line[:1]]) if shape.closed else line
        part = np.diff(line, axis=0)
        long = np.linalg.norm(part, axis=1)
        part, line, long = part[long > 0], line[:-1][long > 0], long[long > 0]
        along = np.concatenate([[0.0], np.cumsum(long)])
        if along[-1] < 0.9:  # a spot is no line
            continue
        at = np.arange(step_m / 2, along[-1], step_m)
        k = np.clip(np.searchsorted(along, at, "right") - 1, 0, len(long) - 1)
        way.append(part[k] / long[k, None])
        alone = np.cumsum((long >= LONG_M) | np.append(False, long[:-1] >= LONG_M))
        ids.append(count + alone[k])
        count += int(alone[-1]) + 1
        xy.append(line[k] + way[-1] * (at - along[k])[:, None])
    if not xy:
        return Plan(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0, np.int64))
    return Plan(np.concatenate(xy), np.concatenate(way), np.concatenate(ids))


def stripes(image: UInt8, dark: bool = False) -> Bool:
    """Return where thin stripes are in an RGB picture, (MASK_PX high, as wide as that makes it) bool."""
    import cv2

    height, width = image.shape[:2]
    if height != MASK_PX:
        size = (round(width * MASK_PX / height), MASK_PX)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 0.8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (THICK, THICK))
    raised = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT if dark else cv2.MORPH_TOPHAT, kernel)
    return np.asarray(raised >= STANDS_OUT)


def packed(mask: Bool) -> bytes:
    """Return a mask in a few kilobytes."""
    return mask.shape[1].to_bytes(4, "little") + zlib.compress(np.packbits(mask).tobytes(), 1)


def unpacked(data: bytes) -> Bool:
    """Return what `packed` packed. Raises DataError where it is damaged."""
    wide = int.from_bytes(data[:4], "little")
    try:
        bits = np.unpackbits(np.frombuffer(zlib.decompress(data[4:]), np.uint8), count=wide * MASK_PX)
    except (zlib.error, ValueError):
        raise DataError("a frame's lines are damaged", todo="Delete the run's folder: it is made again.") from None
    return np.asarray(bits.reshape(MASK_PX, wide).astype(bool))


def in_view(plan: Plan, to_court: Float, width: int, height: int) -> Float:
    """Return where a court's lines lie in a picture, (n, 2) pixels, those in view."""
    q, _, _ = _seen(plan, np.asarray(np.linalg.inv(to_court)), (height, width))
    return q


def laid(plan: Plan, mask: Bool, to_court: Float, height: int, boxes: Float | None = None,
         rounds: Sequence[int] = ROUNDS) -> Laid:  # fmt: skip
    """Return a homography laid over a frame's stripes.

    to_court: the first guess, from pixels of a picture `height` high. boxes (n, 4): people in it; stripes on them do
    not count. rounds: pixels of the mask looked along the normal.
    """
    scale = height / MASK_PX
    clear = without(mask, boxes, scale)
    to_px: Float = np.asarray(np.linalg.inv(to_court @ np.diag([scale, scale, 1.0])), np.float64)
    for reach in rounds:
        q, n, _ = _seen(plan, to_px, mask.shape)
        if len(q) < 20:
            break
        off, found = _nearest(clear, q, n, reach)
        change = _fitted(q[found], n[found], off[found], mask.shape, reach)
        to_px = change @ to_px
    q, n, line = _seen(plan, to_px, mask.shape)
    off, found = _nearest(clear, q, n, round(2 * ON_PX))
    free = ~_within(q, None if boxes is None else boxes / scale)
    on = found & free & (np.abs(off) <= ON_PX)
    whole: Float = np.asarray(np.linalg.inv(np.diag([scale, scale, 1.0]) @ to_px), np.float64)
    seen, off_px, off_m = int(free.sum()), np.inf, np.inf
    if on.any():
        off_px = float(np.sqrt((off[on] ** 2).mean())) * scale
        step: Float = mapped((q + n)[on] * scale, whole) - mapped(q[on] * scale, whole)
        off_m = float(np.sqrt(((off[on, None] * step) ** 2).sum(1).mean()))
    count = np.bincount(line[free], minlength=1)
    some = count >= SHORTEST
    share = np.bincount(line[on], minlength=len(count))[some] / count[some]
    return Laid(
        whole / whole[2, 2], float(on.sum() / seen) if seen else 0.0, off_px, off_m, seen,
        float(share.mean()) if len(share) else 0.0,
    )  # fmt: skip


def _seen(plan: Plan, to_px: Float, shape: tuple[int, ...]) -> tuple[Float, Float, NDArray[np.int64]]:
    """Return where the plan's points in view lie, (n, 2) pixels of a mask, their lines' normals there, and lines."""
    ones = np.ones((len(plan.xy), 1))
    a = np.concatenate([plan.xy, ones], 1) @ to_px.T
    b = np.concatenate([plan.xy + 0.05 * plan.way, ones], 1) @ to_px.T
    ahead = (a[:, 2] * a[:, 2].mean() > 0) & (b[:, 2] * b[:, 2].mean() > 0) if len(a) else np.zeros(0, bool)
    a, b, line = a[ahead], b[ahead], plan.line[ahead]
    q, along = a[:, :2] / a[:, 2:], b[:, :2] / b[:, 2:] - a[:, :2] / a[:, 2:]
    inside = ((q >= 2) & (q <= [shape[1] - 3, shape[0] - 3])).all(1)
    q, along, line = q[inside], along[inside], line[inside]
    n = np.stack([-along[:, 1], along[:, 0]], -1) / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    return q, n, line


def _nearest(mask: Bool, q: Float, n: Float, reach: int) -> tuple[Float, Bool]:
    """Return how far along its normal each point's nearest stripe lies (its middle), and which points have one."""
    steps = np.arange(-reach - 4, reach + 5)
    at = np.round(q[:, None] + steps[None, :, None] * n[:, None]).astype(int)
    hit = mask[np.clip(at[..., 1], 0, mask.shape[0] - 1), np.clip(at[..., 0], 0, mask.shape[1] - 1)]
    near = np.where(hit & (np.abs(steps) <= reach), np.abs(steps) + 0.0, np.inf)
    first = near.argmin(1)
    found = np.isfinite(near[np.arange(len(q)), first]) if len(q) else np.zeros(0, bool)
    around = hit & (np.abs(steps[None] - steps[first][:, None]) <= 4)
    count = around.sum(1)
    middle = (around * steps).sum(1) / np.maximum(count, 1)
    return np.where(found, middle, np.nan), found


def _fitted(q: Float, n: Float, off: Float, shape: tuple[int, ...], reach: float) -> Float:
    """Return the map of the picture that moves points by `off` along their normals, in least squares: a homography
    near the identity, held back at the picture's corners; points far off what the rest say count less (Tukey)."""
    if len(q) < 8:
        return np.eye(3)
    half = np.array([shape[1], shape[0]]) / 2
    u = (q - half) / half[0]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]]) * half / half[0]
    hold = np.concatenate([_moves(corners, np.tile(w, (4, 1))) for w in ([1.0, 0.0], [0.0, 1.0])])
    A, b = _moves(u, n), off / half[0]
    weight, params = np.ones(len(q)), np.zeros(8)
    for _ in range(4):
        root = np.sqrt(weight)[:, None]
        stiff = STIFF * np.sqrt(max(len(q), 1) / 100)
        params = np.linalg.lstsq(np.concatenate([A * root, hold * stiff]),
                                 np.concatenate([b * root[:, 0], np.zeros(len(hold))]), rcond=None)[0]  # fmt: skip
        left = np.abs(A @ params - b) * half[0]
        bound = max(3.0, 0.6 * reach)
        weight = np.clip(1 - (left / bound) ** 2, 0, None) ** 2
        if weight.sum() < 8:
            return np.eye(3)
    a = params
    map_ = np.array([[1 + a[0], a[1], a[2]], [a[3], 1 + a[4], a[5]], [a[6], a[7], 1.0]])
    unit = np.array([[1 / half[0], 0, -half[0] / half[0]], [0, 1 / half[0], -half[1] / half[0]], [0, 0, 1.0]])
    return np.asarray(np.linalg.inv(unit) @ map_ @ unit)


def _moves(u: Float, n: Float) -> Float:
    """Return how far points u move along n with each of a homography's eight numbers, around the identity, (n, 8)."""
    x, y = u.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    dx = np.stack([x, y, one, zero, zero, zero, -x * x, -x * y], -1)
    dy = np.stack([zero, zero, zero, x, y, one, -x * y, -y * y], -1)
    return np.asarray(dx * n[:, :1] + dy * n[:, 1:])


def _within(q: Float, boxes: Float | None) -> Bool:
    """Return which points lie in a box."""
    if boxes is None or not len(boxes):
        return np.zeros(len(q), bool)
    x, y = q[:, :1], q[:, 1:]
    return np.asarray(((x >= boxes[:, 0]) & (x <= boxes[:, 2]) & (y >= boxes[:, 1]) & (y <= boxes[:, 3])).any(1))
