"""Numbers and letters as shirts and boards carry them, drawn as masks.

Digits are strokes with corners cut, rounded or square, or one of OpenCV's Hershey fonts; letters are always the latter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Stroke = list[tuple[float, float]]


def _skeletons(rng: np.random.Generator) -> list[list[Stroke]]:
    """Return of each digit its strokes, corner by corner, in a box 1 wide and 1 high; a stroke that ends where it
    began is closed."""
    m = rng.uniform(0.44, 0.54)
    end = rng.uniform(0.16, 0.3)
    way = rng.random(8)
    one: list[Stroke] = [[(0.5, 0), (0.5, 1)]]
    if way[0] < 0.75:
        one = [[(rng.uniform(0.1, 0.3), rng.uniform(0.08, 0.25)), (0.5, 0), (0.5, 1)]]
    if way[0] < 0.3:
        one.append([(0.15, 1), (0.85, 1)])
    two: Stroke = [(0.0, end), (0, 0), (1, 0), (1, m - 0.06), (0, 1), (1, 1)]
    if way[1] < 0.3:
        two = [(0, end), (0, 0), (1, 0), (1, m), (0, m), (0, 1), (1, 1)]
    three: list[Stroke] = [
        [(0, end), (0, 0), (1, 0), (1, m), (0.35, m)],
        [(0.35, m), (1, m), (1, 1), (0, 1), (0, 1 - end)],
    ]
    if way[2] < 0.15:
        three = [[(0, 0), (1, 0), (0.45, m - 0.06), (1, m), (1, 1), (0, 1), (0, 1 - end)]]
    x = rng.uniform(0.62, 0.85)
    four: list[Stroke] = [[(x, 1), (x, 0), (0, 0.7), (1, 0.7)]]
    if way[3] < 0.2:
        four = [[(0, 0), (0, 0.6), (1, 0.6)], [(x, 0), (x, 1)]]
    five: list[Stroke] = [[(1, 0), (0.05, 0), (0, m), (1, m - 0.06), (1, 1), (0, 1), (0, 1 - end)]]
    loop: Stroke = [(0.5, m), (1, m), (1, 1), (0, 1), (0, m), (0.5, m)]
    six: list[Stroke] = [loop, [(1, end), (1, 0), (0, 0), (0, 0.8)]]
    if way[4] < 0.25:
        six = [loop, [(rng.uniform(0.6, 0.85), 0), (0.08, m + 0.1), (0, 0.75)]]
    nine: list[Stroke] = [[(1 - a, 1 - b) for a, b in stroke] for stroke in six]
    seven: list[Stroke] = [[(0, 0), (1, 0), (rng.uniform(0.25, 0.5), 1)]]
    if way[5] < 0.25:
        seven = [[(0, end * 0.8), *seven[0]]]
    zero: list[Stroke] = [[(0.5, 0), (1, 0), (1, 1), (0, 1), (0, 0), (0.5, 0)]]
    in_ = rng.uniform(0, 0.06)
    eight: list[Stroke] = [
        [(0.5, 0), (1 - in_, 0), (1 - in_, m), (in_, m), (in_, 0), (0.5, 0)],
        [(0.5, m), (1, m), (1, 1), (0, 1), (0, m), (0.5, m)],
    ]
    return [zero, one, [two], three, four, five, six, seven, eight, nine]


def _cornered(stroke: Stroke, size: Float, cut: float, straight: bool) -> Float:
    """Return a stroke's points, corners cut by `cut` of the box's width, straight or round."""
    p = np.array(stroke) * size
    out = [p[0]]
    for a, b, c in zip(p[:-2], p[1:-1], p[2:], strict=True):
        la, lc = np.linalg.norm(a - b), np.linalg.norm(c - b)
        r = min(cut * size[0], 0.5 * la, 0.5 * lc)
        u, v = b + (a - b) / max(la, 1e-9) * r, b + (c - b) / max(lc, 1e-9) * r
        s = np.linspace(0, 1, 2 if straight else 6)[:, None]
        out.extend((1 - s) ** 2 * u + 2 * s * (1 - s) * b + s**2 * v)
    return np.array([*out, p[-1]])


def drawn_number(number: int, high: int, rng: np.random.Generator) -> UInt8:
    """Return a number as a mask (high + 2 * edge, any width), 0..255, digits `high` pixels high; edge: high // 4."""
    import cv2

    text = str(number)
    edge = high // 4
    if rng.random() < 0.3:  # Hershey
        font = int(rng.choice([0, 2, 2, 3, 4]))
        pen = max(int(high * rng.uniform(0.07, 0.2)), 1)
        scale = cv2.getFontScaleFromHeight(font, high, 1)
        (across, _), _ = cv2.getTextSize(text, font, scale, pen)
        out = np.zeros((high + 2 * edge, across + 2 * edge), np.uint8)
        cv2.putText(out, text, (edge, edge + high), font, scale, 255, pen, cv2.LINE_AA)
        squeeze = rng.uniform(0.7, 1.1)
        return np.asarray(cv2.resize(out, None, fx=squeeze, fy=1, interpolation=cv2.INTER_AREA))
    thick = high * rng.uniform(0.1, 0.25)
    wide = high * rng.uniform(0.42, 0.72)
    gap = high * rng.uniform(0.05, 0.22)
    cut, straight = float(rng.choice([0.0, 0.2, 0.3, 0.5, 0.5, 0.5])), bool(rng.random() < 0.4)
    square = rng.random() < 0.6
    skeletons = _skeletons(rng)
    body = np.array([max(wide - thick, 2.0), high - thick])
    masks = []
    for digit in text:
        size = body * ([rng.uniform(0.5, 0.75), 1] if digit == "1" else [1, 1])
        mask = np.zeros((high, int(size[0] + thick) + 2), np.uint8)
        for stroke in skeletons[int(digit)]:
            points = _cornered(stroke, size, cut, straight) + thick / 2
            fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(mask, [fixed], False, 255, 1 if square else max(round(thick), 1), cv2.LINE_AA, 4)
        if square:
            k = max(round(thick), 1)
            mask = np.asarray(cv2.dilate(mask, np.ones((k, max(round(k * rng.uniform(0.8, 1.1)), 1)), np.uint8)))
        used = np.flatnonzero(mask.any(0))
        masks.append(mask[:, used[0] : used[-1] + 1])
        masks.append(np.zeros((high, max(round(gap), 1)), np.uint8))
    out = np.pad(np.concatenate(masks[:-1], 1), edge)
    return np.asarray(out)


def write_letters(plane: UInt8, rng: np.random.Generator, at: tuple[int, int], high: int) -> None:
    """Write letters across a plane, their middle at x, y."""
    import cv2

    letters = "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), int(rng.integers(2, 9))))
    font, thick = int(rng.choice([0, 2, 3])), max(round(high * rng.uniform(0.1, 0.25)), 1)
    scale = cv2.getFontScaleFromHeight(font, high, 1)
    (wide, _), _ = cv2.getTextSize(letters, font, scale, thick)
    cv2.putText(plane, letters, (at[0] - wide // 2, at[1] + high // 2), font, scale, 255, thick, cv2.LINE_AA)
