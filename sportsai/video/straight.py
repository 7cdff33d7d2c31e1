"""Cameras that long straight stripes tell: two along the court and two across it make a camera, if it can be one.

Pairs of long stripes that run about level in the picture are taken for each pair of painted lines along the court, and
pairs that do not for each pair across it. Four crossings make a homography; a camera whose pixels are square and whose
middle is the picture's makes few of these (Hartley and Zisserman, "Multiple view geometry", 2nd ed., section 8.8), and
a broadcast's stands where its rig stands. Those that do are where the search of `find` begins, beside random ones.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from sportsai.court import Court

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
LONG_PX, MOST = 70.0, 12  # of a stripe, at least; stripes of each way, the longest
LEVEL, STEEP = 25.0, 8.0  # degrees off level: of stripes along the court at most, of those across it at least
SAME_DEG, SAME_PX = 2.5, 14.0  # edges no more apart than this are of one stripe
BESIDE_PX, EMPTY = 18.0, 0.4  # how far beside a stripe is looked; more of it full there, and it is of a crowd
LINE_M = 2.0  # a painted line is this long, at least
OFF = 1.5  # in pictures off its middle: crossings farther out tell nothing
LEAST = 1e-3  # of the picture that four crossings enclose
FOCAL = (0.25, 30.0)  # of a lens, in widths of the picture


def crossings(court: Court) -> tuple[Float, Float]:
    """Return where a court's straight painted lines lie: y of those along it, x of those across it, in metres."""
    along, across = set(), set()
    for shape in court.shapes:
        if shape.role not in ("boundary", "marking"):
            continue
        line = shape.points()
        line = np.concatenate([line, line[:1]]) if shape.closed else line
        for a, b in pairwise(line):
            if np.hypot(*(b - a)) >= LINE_M:
                if abs(b[1] - a[1]) < 1e-6:
                    along.add(round(float(a[1]), 3))
                if abs(b[0] - a[0]) < 1e-6:
                    across.add(round(float(a[0]), 3))
    return np.array(sorted(along)), np.array(sorted(across))


def straight(mask: Bool) -> Float:
    """Return the long straight stripes of a mask, longest first: (n, 5), the line's a, b, c with a² + b² = 1, so that
    a x + b y + c = 0, its angle in degrees (-90..90], and how long it is seen, in pixels."""
    import cv2

    found = cv2.createLineSegmentDetector().detect(mask.astype(np.uint8) * 255)[0]
    if found is None:
        return np.zeros((0, 5))
    ends = np.asarray(found, np.float64).reshape(-1, 2, 2)
    way = ends[:, 1] - ends[:, 0]
    long = np.linalg.norm(way, axis=1)
    ends, way, long = ends[long >= 12], way[long >= 12], long[long >= 12]
    n = np.stack([-way[:, 1], way[:, 0]], -1) / long[:, None]
    middle = ends.mean(1)
    free = np.ones(len(ends))
    steps = np.linspace(0.1, 0.9, 9)[None, :, None]
    each = ends[:, :1] + steps * way[:, None]
    for side in (-1, 1):
        at = np.round(each + side * BESIDE_PX * n[:, None]).astype(int)
        inside = ((at >= 0) & (at < [mask.shape[1], mask.shape[0]])).all(-1)
        full = mask[np.clip(at[..., 1], 0, mask.shape[0] - 1), np.clip(at[..., 0], 0, mask.shape[1] - 1)] & inside
        free = np.minimum(free, 1 - full.mean(1))
    keep = free >= 1 - EMPTY
    ends, way, long, middle = ends[keep], way[keep], long[keep], middle[keep]
    angle = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    angle = np.where(angle > 90, angle - 180, np.where(angle <= -90, angle + 180, angle))
    left = np.ones(len(ends), bool)
    out = []
    for k in np.argsort(-long, kind="stable").tolist():
        if not left[k]:
            continue
        turn = np.abs((angle - angle[k] + 90) % 180 - 90)
        normal = np.array([-way[k, 1], way[k, 0]]) / long[k]
        mine = left & (turn <= SAME_DEG * np.clip(60 / long, 1, 4)) & (np.abs((middle - middle[k]) @ normal) <= SAME_PX)
        points = ends[mine].reshape(-1, 2)
        weight = np.repeat(long[mine], 2)
        centre = np.average(points, axis=0, weights=weight)
        off = (points - centre) * np.sqrt(weight)[:, None]
        direction = np.linalg.svd(off, full_matrices=False)[2][0]
        left[mine] = False
        spread = float(np.ptp(points @ direction))
        if spread < LONG_PX or long[mine].sum() < LONG_PX:
            continue
        a, b = -direction[1], direction[0]
        lean = float(np.degrees(np.arctan2(direction[1], direction[0])))
        lean = lean - 180 if lean > 90 else lean + 180 if lean <= -90 else lean
        out.append((a, b, -(a * centre[0] + b * centre[1]), lean, min(spread, float(long[mine].sum()))))
    return np.array(sorted(out, key=lambda one: -one[4])).reshape(-1, 5)


def homographies(mask: Bool, court: Court) -> Float:
    """Return maps from the ground, in metres, to pixels of a mask that pairs of its straight stripes tell, (n, 3, 3):
    far lines lie above near ones, left ones left."""
    high, wide = mask.shape
    lines = straight(mask)
    level = lines[np.abs(lines[:, 3]) <= LEVEL][:MOST, :3]
    steep = lines[np.abs(lines[:, 3]) >= STEEP][:MOST, :3]
    ys, xs = crossings(court)
    if len(level) < 2 or len(steep) < 2 or len(ys) < 2 or len(xs) < 2:
        return np.zeros((0, 3, 3))
    level = level * np.sign(level[:, 1:2])  # above: the line's value at the middle is more
    level = level[np.argsort(-(level @ [wide / 2, high / 2, 1.0]))]
    pairs = np.array(list(combinations(range(len(level)), 2)))
    far, near = level[pairs[:, 0]], level[pairs[:, 1]]
    pairs = np.array([(i, j) for i in range(len(steep)) for j in range(len(steep)) if i != j])
    left, right = steep[pairs[:, 0]], steep[pairs[:, 1]]
    corner = [np.cross(h[:, None], v[None]) for h, v in ((far, left), (far, right), (near, right), (near, left))]
    c = np.stack(corner, 2).reshape(-1, 4, 3)
    with np.errstate(all="ignore"):
        px = c[..., :2] / c[..., 2:]
    about = (px - [wide / 2, high / 2]) / wide
    ok = (np.abs(np.nan_to_num(about, nan=np.inf)) < OFF).all((1, 2))
    side = np.roll(about, -1, 1) - about
    then = np.roll(side, -1, 1)
    turns = side[..., 0] * then[..., 1] - side[..., 1] * then[..., 0]
    ok &= (turns > LEAST).all(1)  # clockwise in the picture: far left, far right, near right, near left
    px = px[ok]
    if not len(px):
        return np.zeros((0, 3, 3))
    ground = _ground(tuple(ys), tuple(xs))
    return np.asarray((_basis(px)[:, None] @ np.linalg.inv(ground)[None]).reshape(-1, 3, 3))


@lru_cache(maxsize=8)
def _ground(ys: tuple[float, ...], xs: tuple[float, ...]) -> Float:
    """Return the bases of all rectangles between two lines along the court and two across it, (n, 3, 3)."""
    corners = [
        [(x0, y1), (x1, y1), (x1, y0), (x0, y0)] for y0, y1 in combinations(ys, 2) for x0, x1 in combinations(xs, 2)
    ]
    return _basis(np.array(corners))


def _basis(corners: Float) -> Float:
    """Return the maps that take the projective plane's standard points to four points each, (n, 4, 2) -> (n, 3, 3)."""
    h = np.concatenate([corners, np.ones((*corners.shape[:2], 1))], -1)
    three = np.swapaxes(h[:, :3], 1, 2)
    return np.asarray(three * np.linalg.solve(three, h[:, 3, :, None])[:, None, :, 0])


def posed(maps: Float, wide: int, high: int) -> tuple[Float, Float, Float]:
    """Return of maps from the ground to pixels, (n, 3, 3), the cameras that make them: centre (n, 3) in metres, turned
    (n, 3, 3) with the picture's right, down and forward as rows, and the lens's length (n,) in pixels; NaN for none.

    The length is that which best keeps the ground's two ways square and as long as each other.
    """
    shift = np.array([[1, 0, -wide / 2], [0, 1, -high / 2], [0, 0, 1.0]])
    G = shift @ maps
    G = G / np.linalg.norm(G, axis=(1, 2))[:, None, None]
    a, b = G[:, :, 0], G[:, :, 1]
    # (a0 b0 + a1 b1) k + a2 b2 = 0 and (a0² + a1² - b0² - b1²) k + a2² - b2² = 0, with k = 1 / f²
    p = np.stack([a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1], (a[:, :2] ** 2).sum(1) / 2 - (b[:, :2] ** 2).sum(1) / 2], 1)
    q = np.stack([a[:, 2] * b[:, 2], a[:, 2] ** 2 / 2 - b[:, 2] ** 2 / 2], 1)
    with np.errstate(all="ignore"):
        f = np.sqrt(1 / (-(p * q).sum(1) / (p * p).sum(1)))
        f[~((f > FOCAL[0] * wide) & (f < FOCAL[1] * wide))] = np.nan
        M = G / np.stack([f, f, np.ones_like(f)], 1)[:, :, None]
        size = (np.linalg.norm(M[:, :, 0], axis=1) + np.linalg.norm(M[:, :, 1], axis=1)) / 2
        M = M / (size * np.where(M[:, 2, 2] < 0, -1.0, 1.0))[:, None, None]
        x = M[:, :, 0] / np.linalg.norm(M[:, :, 0], axis=1)[:, None]
        y = M[:, :, 1] - (M[:, :, 1] * x).sum(1)[:, None] * x
        y = y / np.linalg.norm(y, axis=1)[:, None]
    R = np.stack([x, y, np.cross(x, y)], 2)
    return np.asarray(-np.einsum("nji,nj->ni", R, M[:, :, 2])), R, f
