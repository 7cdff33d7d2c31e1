"""Shirts with numbers, drawn: what the reader of numbers in `numbers` was taught on. No picture of anybody is in it.

Digits are strokes with corners cut, rounded or square, or one of OpenCV's Hershey fonts, filled and outlined. They lie
on a trunk that is round, turned, bent, creased and lit; around them are names, badges, stripes, arms, ground lines and
letters of boards; then the picture is blurred, shrunk, compressed and sharpened as a broadcast does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.video.numbers import (
    CELL,
    DIGITS,
    FIND,
    HIGH,
    NAME,
    NUMBER_HIGH,
    NUMBER_WIDE,
    SPREAD,
    USUAL_HIGH,
    WIDE,
    cut_out,
    evened,
    placed,
)

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Stroke = list[tuple[float, float]]
SIDE = 56  # pixels a side of a piece that is taught
PLANE = 176  # pixels a side of a trunk laid flat, twice as fine as the picture
LEGIBLE = 6.5  # pixels high that a digit must be as the camera saw it
READ, UNSURE, NONE = 2, 1, 0
BATCH = 64
SKIN = ((235, 190, 160), (210, 160, 125), (160, 110, 80), (95, 65, 45))


@dataclass(frozen=True)
class Drawn:
    """A piece of a picture. image (h, w, 3) uint8 RGB. number: that which is worn, -1 where none. at: x, y of its
    middle, high: its digits, in pixels. told: READ where it can be read, UNSURE where an eye would doubt, else NONE."""

    image: UInt8
    number: int
    at: tuple[float, float]
    high: float
    told: int


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


def _text(plane: UInt8, rng: np.random.Generator, at: tuple[int, int], high: int) -> None:
    """Write letters across a plane, their middle at x, y."""
    import cv2

    letters = "".join(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), int(rng.integers(2, 9))))
    font, thick = int(rng.choice([0, 2, 3])), max(round(high * rng.uniform(0.1, 0.25)), 1)
    scale = cv2.getFontScaleFromHeight(font, high, 1)
    (wide, _), _ = cv2.getTextSize(letters, font, scale, thick)
    cv2.putText(plane, letters, (at[0] - wide // 2, at[1] + high // 2), font, scale, 255, thick, cv2.LINE_AA)


def _smooth(rng: np.random.Generator, h: int, w: int, coarse: int) -> Float:
    """Return smooth noise, (h, w), about -1..1."""
    import cv2

    return np.asarray(
        cv2.resize(rng.standard_normal((coarse, coarse)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    )


def _far(rng: np.random.Generator, other: Float, least: float) -> Float:
    """Return a colour at least so far from another: often black or white."""
    for _ in range(20):
        pick = rng.random()
        colour = (
            rng.uniform(215, 255, 3) if pick < 0.4 else rng.uniform(0, 45, 3) if pick < 0.6 else rng.uniform(0, 255, 3)
        )
        if np.abs((colour - other) @ [0.3, 0.59, 0.11]) + 0.35 * np.linalg.norm(colour - other) > least:
            return np.asarray(colour)
    return np.full(3, 255.0) if other.mean() < 128 else np.zeros(3)


def drawn_shirt(rng: np.random.Generator, whole: bool = False) -> Drawn:
    """Return a piece of a person's picture: SIDE pixels a side about the number or anywhere, or the `whole` torso."""
    import cv2

    worn = rng.random() < 0.85
    number = int(rng.integers(1, 10)) if rng.random() < 0.4 else int(rng.integers(10, 100))
    if rng.random() < 0.01:
        number = 0
    high = int(rng.uniform(20, 50))  # twice the pixels in the picture
    cx, cy = WIDE / 2 + rng.normal(0, 6), rng.uniform(26, 60)  # of the number in the picture
    # the plane: fill, outline, other print
    fill, outline, other = (np.zeros((PLANE, PLANE), np.uint8) for _ in range(3))
    half = (0.0, 0.0)
    mid = PLANE // 2
    if worn:
        mask = drawn_number(number, high, rng)
        mask = mask[:, : PLANE - 2]
        h, w = mask.shape
        fill[mid - h // 2 : mid - h // 2 + h, mid - w // 2 : mid - w // 2 + w] = mask
        half = ((w / 2 - high // 4) / 2, high / 4)
        if rng.random() < 0.35:
            k = max(round(high * rng.uniform(0.05, 0.13)), 1) * 2 + 1
            outline = np.asarray(cv2.dilate(fill, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (k, k))))
    if rng.random() < 0.5:
        _text(other, rng, (mid + int(rng.normal(0, 5)), mid - high // 2 - int(rng.uniform(8, 24))),
              int(rng.uniform(5, 13)))  # fmt: skip
    if rng.random() < 0.3:
        _text(other, rng, (mid + int(rng.normal(0, 12)), mid + high // 2 + int(rng.uniform(9, 40))),
              int(rng.uniform(6, 18)))  # fmt: skip
    if not worn and rng.random() < 0.4:
        _text(other, rng, (mid, mid), int(rng.uniform(8, 26)))
    for _ in range(int(rng.integers(0, 4))):  # badges
        spot = (mid + int(rng.normal(0, 45)), mid - int(rng.uniform(20, 70)))
        cv2.ellipse(other, spot, (int(rng.uniform(2, 9)), int(rng.uniform(2, 9))), rng.uniform(0, 180), 0, 360, 255,
                    int(rng.choice([-1, 1, 2])), cv2.LINE_AA)  # fmt: skip
    pattern = rng.random()
    if pattern < 0.3:  # bars down the sides, or across
        x = mid + int(rng.choice([-1, 1])) * int(rng.uniform(max(30, half[0] * 2 + 8), 75))
        cv2.line(other, (x, 0), (x + int(rng.normal(0, 12)), PLANE), 255, int(rng.uniform(2, 14)), cv2.LINE_AA)
        if pattern < 0.12:
            x = 2 * mid - x
            cv2.line(other, (x, 0), (x, PLANE), 255, int(rng.uniform(2, 14)), cv2.LINE_AA)
    print_ = np.stack([fill, outline, other], -1)
    # the window looked at
    if whole:
        x0, y0, w, h = 0, 0, WIDE, HIGH
    else:
        w = h = SIDE
        about = (cx, cy) if rng.random() < 0.88 else (rng.uniform(0, WIDE), rng.uniform(0, HIGH))
        x0 = int(np.clip(about[0] - w / 2 + rng.uniform(-12, 12), -8, WIDE - w + 8))
        y0 = int(np.clip(about[1] - h / 2 + rng.uniform(-12, 12), -8, HIGH - h + 8))
    y, x = np.mgrid[y0 : y0 + h, x0 : x0 + w].astype(np.float32)
    # a round trunk, turned and bent
    turn = rng.normal(0, 0.34) if rng.random() < 0.88 else rng.uniform(-1.5, 1.5)
    bend = rng.normal(0, 0.12) if rng.random() < 0.7 else rng.normal(0, 0.4)
    radius = float(rng.uniform(20, 38))
    c, s = np.cos(bend), np.sin(bend)
    body_x = cx - np.sin(turn) * radius * rng.uniform(0.7, 1)
    along = -s * (x - body_x) + c * (y - cy)  # down the trunk
    across = c * (x - body_x) + s * (y - cy)
    taper = radius * (1 - rng.uniform(-0.05, 0.2) * np.clip(along / 40, -1, 1))
    u = across / taper
    inside = (np.abs(u) < 1) & (along > -rng.uniform(22, 45)) & (along < rng.uniform(25, 60))
    crease = rng.uniform(0, 1.3)
    theta = np.arcsin(np.clip(u, -0.999, 0.999)) - turn
    px = theta * radius + crease * _smooth(rng, h, w, 5)
    py = along + crease * _smooth(rng, h, w, 5) + rng.uniform(-0.15, 0.25) * radius * (1 - np.cos(theta + turn))
    lay = np.asarray(cv2.remap(print_, (px * 2 + mid).astype(np.float32), (py * 2 + mid).astype(np.float32),
                               cv2.INTER_LINEAR)).astype(np.float32)[..., None, :] / 255  # fmt: skip
    # which of it can be seen
    edges = turn + np.array([-1, 1]) * half[0] / radius
    worst = float(np.abs(edges).max())
    told = NONE if not worn or worst > 1.5 else UNSURE if worst > 1.08 else READ
    if worn:
        angle = float(np.clip(turn, -1.5, 1.5))
        off = np.sin(angle) * radius
        at = (body_x + c * off, cy + s * off)
    else:
        at = (cx, cy)
    # colours
    shirt = rng.uniform(0, 255, 3) if rng.random() < 0.6 else _far(rng, rng.uniform(0, 255, 3), 60)
    of_fill = _far(rng, shirt, rng.uniform(70, 130))
    of_other = of_fill if rng.random() < 0.4 else _far(rng, shirt, 25)
    of_line = _far(rng, of_fill, 60)
    if rng.random() < 0.5:
        cloth = np.where(along[..., None] > rng.uniform(-10, 40), _far(rng, shirt, 20), shirt) if pattern > 0.85 else \
            np.broadcast_to(shirt, (h, w, 3))  # fmt: skip
    else:
        cloth = np.broadcast_to(shirt, (h, w, 3)) + rng.uniform(0, 12) * _smooth(rng, h, w, 7)[..., None]
    cloth = cloth * (1 - lay[..., 2]) + of_other * lay[..., 2]
    cloth = cloth * (1 - lay[..., 1]) + of_line * lay[..., 1]
    cloth = cloth * (1 - lay[..., 0]) + of_fill * lay[..., 0]
    light = 1 + rng.uniform(0, 0.18) * _smooth(rng, h, w, int(rng.integers(3, 8))) + rng.uniform(-0.35, 0.35) * u
    cloth = cloth * np.clip(light, 0.35, 1.5)[..., None]
    # what is behind: ground, lines, boards
    ground = np.broadcast_to(rng.uniform(0, 255, 3), (h, w, 3)).copy()
    if rng.random() < 0.6:
        a, b = rng.normal(0, 1, 2)
        ground[(a * (x - rng.uniform(0, WIDE)) + b * (y - rng.uniform(0, HIGH))) > 0] = rng.uniform(0, 255, 3)
    if rng.random() < 0.5:
        ends = rng.integers(-20, 76, 4).tolist()
        cv2.line(ground, ends[:2], ends[2:], rng.uniform(0, 255, 3).tolist(), int(rng.integers(1, 6)), cv2.LINE_AA)
    if rng.random() < 0.35:
        board = np.zeros((h, w), np.uint8)
        _text(board, rng, (int(rng.uniform(0, w)), int(rng.uniform(0, h))), int(rng.uniform(7, 26)))
        ground[board > 99] = rng.uniform(0, 255, 3)
    image = np.where(inside[..., None], cloth, ground)
    # head above, legs below, arms beside or across
    skin = np.array(SKIN[int(rng.integers(len(SKIN)))]) * rng.uniform(0.8, 1.1)
    up = np.array([s, -c])
    neck = np.array([body_x, cy]) + up * rng.uniform(27, 45) - (x0, y0)
    head = np.round(neck + up * 6).astype(int).tolist()
    cv2.ellipse(image, head, (8, 11), 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA)
    before = image.copy()
    for side in (-1, 1):
        if rng.random() < 0.6:
            shoulder = np.array([body_x, cy]) + up * rng.uniform(18, 30) + side * radius * np.array([c, s]) - (x0, y0)
            swing = rng.normal(0, 0.45) + side * 0.15
            elbow = shoulder + 28 * np.array([np.sin(swing), np.cos(swing)])
            swing += rng.normal(0, 0.9)
            hand = elbow + 26 * np.array([np.sin(swing), np.cos(swing)])
            flat = np.round(np.array([shoulder, elbow, hand])).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(image, [flat], False, skin.tolist(), int(rng.uniform(5, 11)), cv2.LINE_AA)
    if rng.random() < 0.12:  # somebody or something before him
        ends = rng.integers(-10, 66, 4).tolist()
        cv2.line(image, ends[:2], ends[2:], rng.uniform(0, 255, 3).tolist(), int(rng.integers(2, 24)), cv2.LINE_AA)
    ink = lay[..., 0].squeeze(-1) * inside
    if worn and told != NONE:
        shown = ink.sum()
        hidden = (ink * (np.abs(image - before).sum(-1) > 30)).sum() / max(shown, 1e-9)
        wants = np.cos(turn) * (fill > 127).sum() / 4  # of the ink, how much lies in this window
        if hidden > 0.4 or shown < 0.35 * wants:
            told = NONE
        elif hidden > 0.08 or shown < 0.8 * wants:
            told = min(told, UNSURE)
    # the camera
    shrink = rng.uniform(0.9, 1.9)
    blur = abs(rng.normal(0, 0.7))
    seen = high / 2 / shrink
    soft = np.hypot(blur, 0.4 * shrink)
    if told == READ and (seen < LEGIBLE or soft > 0.12 * high / 2):
        told = UNSURE
    if rng.random() < 0.25:
        long = int(rng.integers(2, 6))
        kernel = np.zeros((long, long), np.float32)
        if rng.random() < 0.6:
            kernel[long // 2] = 1 / long
        else:
            kernel[np.arange(long), np.arange(long)] = 1 / long
        image = np.asarray(cv2.filter2D(image, -1, kernel))
        if told == READ and long > 0.17 * high / 2:
            told = UNSURE
    if blur > 0.25:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur))
    little = np.asarray(cv2.resize(image, (round(w / shrink), round(h / shrink)), interpolation=cv2.INTER_AREA))
    if rng.random() < 0.4:  # sharpened, with its haloes
        little = little + rng.uniform(0.2, 1.2) * (little - cv2.GaussianBlur(little, (0, 0), 1.0))
    little = np.clip(little + rng.uniform(0, 6) * rng.standard_normal(little.shape, np.float32), 0, 255).astype(
        np.uint8
    )
    if rng.random() < 0.8:
        quality = int(rng.uniform(35, 95))
        raw: Any = cv2.imencode(".jpg", little, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        little = np.asarray(cv2.imdecode(raw, cv2.IMREAD_COLOR), np.uint8)
    how = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    out = np.asarray(cv2.resize(little, (w, h), interpolation=how), np.uint8)
    x_at, y_at = at[0] - x0, at[1] - y0
    if told != NONE and not (CELL <= x_at < w - CELL and CELL <= y_at < h - CELL):
        told = UNSURE
    return Drawn(out, number if worn else -1, (x_at, y_at), high / 2, told)


@dataclass(frozen=True)
class Pieces:
    """Drawn pieces of pictures, (n, SIDE, SIDE, 3) uint8, and what is in each: see `Drawn`."""

    image: UInt8
    number: NDArray[np.int64]
    at: NDArray[np.float32]
    high: NDArray[np.float32]
    told: NDArray[np.int64]


def drawn(count: int, seed: int = 0) -> Pieces:
    """Return so many pieces; 2 ms each."""
    rng = np.random.default_rng(seed)
    out = Pieces(
        np.zeros((count, SIDE, SIDE, 3), np.uint8), np.zeros(count, np.int64), np.zeros((count, 2), np.float32),
        np.zeros(count, np.float32), np.zeros(count, np.int64),
    )  # fmt: skip
    for n in range(count):
        one = drawn_shirt(rng)
        out.image[n], out.number[n], out.at[n], out.high[n], out.told[n] = (
            one.image, one.number, one.at, one.high, one.told,
        )  # fmt: skip
    return out


def taught(
    path: Path, pieces: int = 50_000, rounds: tuple[float, float] = (1.6, 6.5), seed: int = 1,
    say: Callable[[str], None] = print,
) -> Path:  # fmt: skip
    """Write weights for `numbers` and return their path: as they ship, six minutes on one thread, 1 GB.

    rounds: times the pieces are seen by the finder, and by the reader, each time in other colours. say: told how it
    goes. The same machine and torch give the same bytes.
    """
    import torch
    from safetensors.torch import save_file

    made = drawn(pieces)
    weights = {}
    for teach, times in zip((_finder, _reader), rounds, strict=True):
        torch.manual_seed(seed)
        weights.update(teach(made, times, np.random.default_rng(seed), say))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in weights.items()}, path)
    return path


class _Layers:
    """Convolutions that normalise their batches while they are taught. layers: wide, side, step and more of each."""

    def __init__(self, layers: tuple[Any, ...]) -> None:
        import torch

        self.w: dict[str, Any] = {}
        self.layers, before = layers, 3
        for n, (wide, side, *_) in enumerate(layers):
            self.w[f"{n}.weight"] = torch.randn(wide, before, side, side) * (2 / (before * side * side)) ** 0.5
            self.w[f"{n}.gain"], self.w[f"{n}.bias"] = torch.ones(wide), torch.zeros(wide)
            before = wide
        self.wide = before
        self.mean = [torch.zeros(k[0]) for k in layers]
        self.spread = [torch.ones(k[0]) for k in layers]

    def __call__(self, x: Any, n: int, apart: int = 1) -> Any:
        import torch.nn.functional as F

        _, side, step, _ = self.layers[n]
        x = F.conv2d(x, self.w[f"{n}.weight"], None, step, side // 2 * apart, apart)
        x = F.batch_norm(x, self.mean[n], self.spread[n], self.w[f"{n}.gain"], self.w[f"{n}.bias"], True, 0.05)
        return F.relu(x)

    def optimiser(self, steps: int, rate: float) -> None:
        import torch

        for v in self.w.values():
            v.requires_grad_()
        self._by = torch.optim.AdamW(self.w.values(), lr=rate, weight_decay=1e-2)
        self._course = torch.optim.lr_scheduler.OneCycleLR(self._by, rate, steps, pct_start=0.15)

    def step(self, loss: Any) -> None:
        import torch

        self._by.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.w.values()), 5.0)
        self._by.step()
        self._course.step()

    def kept(self, part: str) -> dict[str, Any]:
        """Return the weights under a part's name; what normalised the batches goes into them."""
        out = {f"{part}.{k}": v.detach() for k, v in self.w.items() if not k[0].isdigit()}
        for n in range(len(self.layers)):
            gain = self.w[f"{n}.gain"].detach() / (self.spread[n] + 1e-5).sqrt()
            out[f"{part}.{n}.weight"] = self.w[f"{n}.weight"].detach() * gain[:, None, None, None]
            out[f"{part}.{n}.bias"] = self.w[f"{n}.bias"].detach() - self.mean[n] * gain
        return out


def _recoloured(x: Any) -> Any:
    """Return pictures, (n, 3, h, w) about 0, in other colours: channels swapped, turned about, stretched, shifted."""
    import torch

    n = len(x)
    order = torch.stack([torch.randperm(3) for _ in range(n)])
    x = x.gather(1, order[:, :, None, None].expand_as(x))
    x = torch.where(torch.rand(n, 1, 1, 1) < 0.5, 1 - x, x)
    x = (x - 0.5) * torch.empty(n, 1, 1, 1).uniform_(0.6, 1.2) + torch.empty(n, 3, 1, 1).uniform_(-0.12, 0.12)
    return x.clamp(-0.5, 0.5)


def _pictures(images: UInt8) -> Any:
    import torch

    return _recoloured(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)


def _finder(made: Pieces, rounds: float, rng: np.random.Generator, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the weights of what finds numbers: a cell about the middle of one that can be read, and its height."""
    import torch
    import torch.nn.functional as F

    net = _Layers(FIND)
    net.w["head.weight"] = torch.randn(2, net.wide, 1, 1) * 0.05
    net.w["head.bias"] = torch.tensor([-4.0, 0.0])
    each = len(made.image) // BATCH
    steps = int(each * rounds)
    net.optimiser(steps, 4e-3)
    cells = torch.arange(SIDE // CELL).float()
    for step in range(steps):
        if step % each == 0:
            order = rng.permutation(len(made.image))
        rows = order[step % each * BATCH :][:BATCH]
        x = _pictures(made.image[rows]) * SPREAD
        for n, (_, _, _, apart) in enumerate(FIND):
            x = net(x, n, apart)
        out = F.conv2d(x, net.w["head.weight"], net.w["head.bias"])
        at = torch.from_numpy(made.at[rows]) / CELL
        far = torch.hypot(cells[None, None] - at[:, 0, None, None], cells[None, :, None] - at[:, 1, None, None])
        told = torch.from_numpy(made.told[rows])[:, None, None]
        yes = (told == READ) & (far < 1)
        left_out = (told == READ) & (far >= 1) & (far < 2) | (told == UNSURE) & (far < 4)
        there = F.binary_cross_entropy_with_logits(out[:, 0], yes.float(), reduction="none")
        there = (there * ~left_out).sum() / BATCH
        row, i, j = ((told == READ) & (far < 1.6)).nonzero(as_tuple=True)
        high = torch.from_numpy(np.log(made.high[rows] / USUAL_HIGH))[row]
        net.step(there + 2 * F.smooth_l1_loss(out[row, 1, i, j], high, beta=0.1))
        if step % 300 == 299:
            say(f"finder {step + 1} of {steps}: {there.item():.2f}")
    return net.kept("find")


def _reader(made: Pieces, rounds: float, rng: np.random.Generator, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the weights of what reads a number where it was found: seen a little off, and beside it, too."""
    import torch
    import torch.nn.functional as F

    net = _Layers(NAME)
    flat = net.wide * (NUMBER_HIGH // 8) * (NUMBER_WIDE // 8)
    net.w["wide.weight"], net.w["wide.bias"] = torch.randn(96, flat) * (2 / flat) ** 0.5, torch.zeros(96)
    net.w["head.weight"], net.w["head.bias"] = torch.randn(1 + 2 * DIGITS, 96) * 0.05, torch.zeros(1 + 2 * DIGITS)
    right, wrong = np.flatnonzero(made.told == READ), np.flatnonzero(made.told == NONE)
    whole, cut, other = 48, 6, 10  # of a batch: numbers, pieces beside numbers, pieces without
    each = len(right) // whole
    steps = int(each * rounds)
    net.optimiser(steps, 2.5e-3)
    for step in range(steps):
        if step % each == 0:
            order = rng.permutation(right)
        rows = np.concatenate([order[step % each * whole :][:whole], rng.choice(right, cut), rng.choice(wrong, other)])
        x = np.zeros((len(rows), NUMBER_HIGH, NUMBER_WIDE, 3), np.uint8)
        for n, k in enumerate(rows.tolist()):
            high, turn = made.high[k], rng.normal(0, 0.1)
            size, aspect = np.exp(rng.normal(0, 0.12)), np.exp(rng.normal(0, 0.1))
            off = rng.normal(0, 0.09, 2) * high
            if n >= whole + cut:
                off = rng.uniform(-14, 14, 2)
            elif n >= whole:
                way = rng.uniform(0, 6.28)
                off = np.array([np.cos(way), np.sin(way)]) * rng.uniform(0.75, 1.4) * high
            c, s = np.cos(turn), np.sin(turn)
            map_ = placed(
                np.asarray(made.at[k] + off, np.float64),
                float(high),
                size * np.array([[c * aspect, -s], [s * aspect, c]]),
            )
            x[n] = cut_out(made.image[k], map_)
        y = evened(_pictures(x)).contiguous(memory_format=torch.channels_last)
        for n, (_, _, _, halved) in enumerate(NAME):
            y = net(y, n)
            y = F.max_pool2d(y, 2) if halved else y
        y = F.relu(F.linear(F.dropout(y.flatten(1), 0.1), net.w["wide.weight"], net.w["wide.bias"]))
        y = F.linear(F.dropout(y, 0.2), net.w["head.weight"], net.w["head.bias"])
        value = torch.from_numpy(made.number[rows[:whole]])
        can = F.binary_cross_entropy_with_logits(y[:, 0], (torch.arange(len(rows)) < whole).float())
        tens = F.cross_entropy(y[:whole, 1 : 1 + DIGITS], value // 10, label_smoothing=0.01)
        units = F.cross_entropy(y[:whole, 1 + DIGITS :], value % 10, label_smoothing=0.01)
        net.step(can + tens + units)
        if step % 300 == 299:
            say(f"reader {step + 1} of {steps}: {tens.item():.2f}, {units.item():.2f}")
    return net.kept("name")
