"""Shirts with numbers, drawn: what the reader of numbers in `numbers` was taught on. No picture of anybody is in it.

Numbers are filled and outlined, and lie on a trunk that is round, turned, bent, creased and lit; around them are names,
badges, stripes, arms, ground lines and letters of boards; then the picture is blurred, shrunk, compressed and sharpened
as a broadcast does it. Each step draws what it needs of one generator, in order: a seed is a shirt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.video.digits import drawn_number, write_letters
from sportsai.video.numbers import CELL, HIGH, WIDE

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
SIDE = 56  # pixels a side of a piece that is taught
PLANE = 176  # pixels a side of a trunk laid flat, twice as fine as the picture
LEGIBLE = 6.5  # pixels high that a digit must be as the camera saw it
READ, UNSURE, NONE = 2, 1, 0
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


@dataclass(frozen=True)
class _Print:
    """What is on a shirt. number: -1 where none is worn. high: of its digits, in pixels of the plane. at: x, y of its
    middle in the picture. half: of its width and height, in pixels of the picture. planes: (PLANE, PLANE, 3) of its
    fill, its outline, other print. bars: under .3 where there are bars down it."""

    number: int
    high: int
    at: tuple[float, float]
    half: tuple[float, float]
    planes: UInt8
    bars: float

    @property
    def worn(self) -> bool:
        return self.number >= 0


@dataclass(frozen=True)
class _Trunk:
    """A round trunk as a window shows it. x, y: of the window's pixels in the picture. turn: away from the camera,
    bend: from upright, both in radians. middle: x of its axis at the number. along, across: of each pixel, in pixels
    down it and in radii. lay: (h, w, 1, 3) of what is printed there, 0..1."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    turn: float
    bend: float
    radius: float
    middle: float
    along: Float
    across: Float
    inside: Bool
    lay: NDArray[np.float32]


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
    print_ = _printed(rng)
    x0, y0, w, h = _window(rng, print_.at, whole)
    trunk = _trunk(rng, print_, np.mgrid[y0 : y0 + h, x0 : x0 + w].astype(np.float32))
    edges = trunk.turn + np.array([-1, 1]) * print_.half[0] / trunk.radius
    worst = float(np.abs(edges).max())
    told = NONE if not print_.worn or worst > 1.5 else UNSURE if worst > 1.08 else READ
    cloth = _cloth(rng, trunk, print_.bars)
    image = np.where(trunk.inside[..., None], cloth, _behind(rng, trunk))
    hides = _limbs(rng, image, trunk, print_.at[1])
    if told != NONE:
        told = min(told, _uncovered(trunk, print_, hides))
    out, clear = _broadcast(rng, image, print_.high)
    if told == READ and not clear:
        told = UNSURE
    x, y = print_.at
    if print_.worn:
        off = np.sin(float(np.clip(trunk.turn, -1.5, 1.5))) * trunk.radius
        x, y = trunk.middle + np.cos(trunk.bend) * off, y + np.sin(trunk.bend) * off
    x, y = x - x0, y - y0
    if told != NONE and not (CELL <= x < w - CELL and CELL <= y < h - CELL):
        told = UNSURE
    return Drawn(out, print_.number, (x, y), print_.high / 2, told)


def _printed(rng: np.random.Generator) -> _Print:
    """Return what is printed on a shirt: mostly a number; names, badges, bars."""
    import cv2

    worn = rng.random() < 0.85
    number = int(rng.integers(1, 10)) if rng.random() < 0.4 else int(rng.integers(10, 100))
    if rng.random() < 0.01:
        number = 0
    high = int(rng.uniform(20, 50))
    at = (WIDE / 2 + rng.normal(0, 6), rng.uniform(26, 60))
    fill, outline, other = (np.zeros((PLANE, PLANE), np.uint8) for _ in range(3))
    half = (0.0, 0.0)
    mid = PLANE // 2
    if worn:
        mask = drawn_number(number, high, rng)[:, : PLANE - 2]
        h, w = mask.shape
        fill[mid - h // 2 : mid - h // 2 + h, mid - w // 2 : mid - w // 2 + w] = mask
        half = ((w / 2 - high // 4) / 2, high / 4)
        if rng.random() < 0.35:
            k = max(round(high * rng.uniform(0.05, 0.13)), 1) * 2 + 1
            outline = np.asarray(cv2.dilate(fill, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (k, k))))
    if rng.random() < 0.5:
        above = (mid + int(rng.normal(0, 5)), mid - high // 2 - int(rng.uniform(8, 24)))
        write_letters(other, rng, above, int(rng.uniform(5, 13)))
    if rng.random() < 0.3:
        below = (mid + int(rng.normal(0, 12)), mid + high // 2 + int(rng.uniform(9, 40)))
        write_letters(other, rng, below, int(rng.uniform(6, 18)))
    if not worn and rng.random() < 0.4:
        write_letters(other, rng, (mid, mid), int(rng.uniform(8, 26)))
    for _ in range(int(rng.integers(0, 4))):  # badges
        spot = (mid + int(rng.normal(0, 45)), mid - int(rng.uniform(20, 70)))
        cv2.ellipse(other, spot, (int(rng.uniform(2, 9)), int(rng.uniform(2, 9))), rng.uniform(0, 180), 0, 360, 255,
                    int(rng.choice([-1, 1, 2])), cv2.LINE_AA)  # fmt: skip
    bars = rng.random()
    if bars < 0.3:  # down the sides, or across
        x = mid + int(rng.choice([-1, 1])) * int(rng.uniform(max(30, half[0] * 2 + 8), 75))
        cv2.line(other, (x, 0), (x + int(rng.normal(0, 12)), PLANE), 255, int(rng.uniform(2, 14)), cv2.LINE_AA)
        if bars < 0.12:
            x = 2 * mid - x
            cv2.line(other, (x, 0), (x, PLANE), 255, int(rng.uniform(2, 14)), cv2.LINE_AA)
    return _Print(number if worn else -1, high, at, half, np.stack([fill, outline, other], -1), bars)


def _window(rng: np.random.Generator, at: tuple[float, float], whole: bool) -> tuple[int, int, int, int]:
    """Return x, y, width and height of what is looked at."""
    if whole:
        return 0, 0, WIDE, HIGH
    about = at if rng.random() < 0.88 else (rng.uniform(0, WIDE), rng.uniform(0, HIGH))
    x = int(np.clip(about[0] - SIDE / 2 + rng.uniform(-12, 12), -8, WIDE - SIDE + 8))
    y = int(np.clip(about[1] - SIDE / 2 + rng.uniform(-12, 12), -8, HIGH - SIDE + 8))
    return x, y, SIDE, SIDE


def _trunk(rng: np.random.Generator, print_: _Print, pixels: NDArray[np.float32]) -> _Trunk:
    """Return a round trunk, turned, bent and creased, and what is printed on it where each pixel, (2, h, w), lies."""
    import cv2

    y, x = pixels
    h, w = x.shape
    turn = rng.normal(0, 0.34) if rng.random() < 0.88 else rng.uniform(-1.5, 1.5)
    bend = rng.normal(0, 0.12) if rng.random() < 0.7 else rng.normal(0, 0.4)
    radius = float(rng.uniform(20, 38))
    c, s = np.cos(bend), np.sin(bend)
    middle = print_.at[0] - np.sin(turn) * radius * rng.uniform(0.7, 1)
    along = -s * (x - middle) + c * (y - print_.at[1])
    taper = radius * (1 - rng.uniform(-0.05, 0.2) * np.clip(along / 40, -1, 1))
    across = (c * (x - middle) + s * (y - print_.at[1])) / taper
    inside = (np.abs(across) < 1) & (along > -rng.uniform(22, 45)) & (along < rng.uniform(25, 60))
    crease = rng.uniform(0, 1.3)
    round_ = np.arcsin(np.clip(across, -0.999, 0.999)) - turn
    px = round_ * radius + crease * _smooth(rng, h, w, 5)
    py = along + crease * _smooth(rng, h, w, 5) + rng.uniform(-0.15, 0.25) * radius * (1 - np.cos(round_ + turn))
    mid = PLANE // 2
    lay = np.asarray(cv2.remap(print_.planes, (px * 2 + mid).astype(np.float32), (py * 2 + mid).astype(np.float32),
                               cv2.INTER_LINEAR), np.float32)[..., None, :] / np.float32(255)  # fmt: skip
    return _Trunk(x, y, turn, bend, radius, middle, along, across, inside, lay)


def _cloth(rng: np.random.Generator, trunk: _Trunk, bars: float) -> Float:
    """Return the colours of the trunk, (h, w, 3): cloth, print, light."""
    h, w = trunk.along.shape
    shirt = rng.uniform(0, 255, 3) if rng.random() < 0.6 else _far(rng, rng.uniform(0, 255, 3), 60)
    of_fill = _far(rng, shirt, rng.uniform(70, 130))
    of_other = of_fill if rng.random() < 0.4 else _far(rng, shirt, 25)
    of_line = _far(rng, of_fill, 60)
    cloth = np.broadcast_to(shirt, (h, w, 3))
    if rng.random() >= 0.5:
        cloth = cloth + rng.uniform(0, 12) * _smooth(rng, h, w, 7)[..., None]
    elif bars > 0.85:  # two colours, one above the other
        cloth = np.where(trunk.along[..., None] > rng.uniform(-10, 40), _far(rng, shirt, 20), shirt)
    for n, colour in ((2, of_other), (1, of_line), (0, of_fill)):
        cloth = cloth * (1 - trunk.lay[..., n]) + colour * trunk.lay[..., n]
    light = 1 + rng.uniform(0, 0.18) * _smooth(rng, h, w, int(rng.integers(3, 8)))
    light = light + rng.uniform(-0.35, 0.35) * trunk.across
    return np.asarray(cloth * np.clip(light, 0.35, 1.5)[..., None])


def _behind(rng: np.random.Generator, trunk: _Trunk) -> Float:
    """Return what is behind, (h, w, 3): ground, lines, boards."""
    import cv2

    h, w = trunk.along.shape
    ground = np.broadcast_to(rng.uniform(0, 255, 3), (h, w, 3)).copy()
    if rng.random() < 0.6:
        a, b = rng.normal(0, 1, 2)
        ground[(a * (trunk.x - rng.uniform(0, WIDE)) + b * (trunk.y - rng.uniform(0, HIGH))) > 0] = (
            rng.uniform(0, 255, 3)
        )  # fmt: skip
    if rng.random() < 0.5:
        ends = rng.integers(-20, 76, 4).tolist()
        cv2.line(ground, ends[:2], ends[2:], rng.uniform(0, 255, 3).tolist(), int(rng.integers(1, 6)), cv2.LINE_AA)
    if rng.random() < 0.35:
        board = np.zeros((h, w), np.uint8)
        write_letters(board, rng, (int(rng.uniform(0, w)), int(rng.uniform(0, h))), int(rng.uniform(7, 26)))
        ground[board > 99] = rng.uniform(0, 255, 3)
    return ground


def _limbs(rng: np.random.Generator, image: Float, trunk: _Trunk, y: float) -> Bool:
    """Draw a head above, arms beside or across, and what is before him; return where they hide the trunk, (h, w)."""
    import cv2

    skin = np.array(SKIN[int(rng.integers(len(SKIN)))]) * rng.uniform(0.8, 1.1)
    c, s = np.cos(trunk.bend), np.sin(trunk.bend)
    up, axis, corner = np.array([s, -c]), np.array([trunk.middle, y]), (trunk.x[0, 0], trunk.y[0, 0])
    neck = axis + up * rng.uniform(27, 45) - corner
    head = np.round(neck + up * 6).astype(int).tolist()
    cv2.ellipse(image, head, (8, 11), 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA)
    before = image.copy()
    for side in (-1, 1):
        if rng.random() < 0.6:
            shoulder = axis + up * rng.uniform(18, 30) + side * trunk.radius * np.array([c, s]) - corner
            swing = rng.normal(0, 0.45) + side * 0.15
            elbow = shoulder + 28 * np.array([np.sin(swing), np.cos(swing)])
            swing += rng.normal(0, 0.9)
            hand = elbow + 26 * np.array([np.sin(swing), np.cos(swing)])
            flat = np.round(np.array([shoulder, elbow, hand])).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(image, [flat], False, skin.tolist(), int(rng.uniform(5, 11)), cv2.LINE_AA)
    if rng.random() < 0.12:  # somebody or something before him
        ends = rng.integers(-10, 66, 4).tolist()
        cv2.line(image, ends[:2], ends[2:], rng.uniform(0, 255, 3).tolist(), int(rng.integers(2, 24)), cv2.LINE_AA)
    return np.asarray(np.abs(image - before).sum(-1) > 30)


def _uncovered(trunk: _Trunk, print_: _Print, hides: Bool) -> int:
    """Return READ where most of a number's ink lies in the window and nothing is before it, else UNSURE or NONE."""
    ink = trunk.lay[..., 0].squeeze(-1) * trunk.inside
    shown = ink.sum()
    hidden = (ink * hides).sum() / max(shown, 1e-9)
    wants = np.cos(trunk.turn) * (print_.planes[..., 0] > 127).sum() / 4
    if hidden > 0.4 or shown < 0.35 * wants:
        return NONE
    return UNSURE if hidden > 0.08 or shown < 0.8 * wants else READ


def _broadcast(rng: np.random.Generator, image: Float, high: int) -> tuple[UInt8, bool]:
    """Return a picture as a broadcast shows it, and whether digits so high on the plane stay clear in it: blurred,
    shrunk, sharpened, noisy, compressed."""
    import cv2

    h, w = image.shape[:2]
    shrink = rng.uniform(0.9, 1.9)
    blur = abs(rng.normal(0, 0.7))
    clear = high / 2 / shrink >= LEGIBLE and np.hypot(blur, 0.4 * shrink) <= 0.12 * high / 2
    if rng.random() < 0.25:  # somebody moved
        long = int(rng.integers(2, 6))
        kernel = np.zeros((long, long), np.float32)
        if rng.random() < 0.6:
            kernel[long // 2] = 1 / long
        else:
            kernel[np.arange(long), np.arange(long)] = 1 / long
        image = np.asarray(cv2.filter2D(image, -1, kernel))
        clear = clear and long <= 0.17 * high / 2
    if blur > 0.25:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur))
    little = np.asarray(cv2.resize(image, (round(w / shrink), round(h / shrink)), interpolation=cv2.INTER_AREA))
    if rng.random() < 0.4:  # sharpened, with its haloes
        little = little + rng.uniform(0.2, 1.2) * (little - cv2.GaussianBlur(little, (0, 0), 1.0))
    noisy = little + rng.uniform(0, 6) * rng.standard_normal(little.shape, np.float32)
    sent = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        raw: Any = cv2.imencode(".jpg", sent, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 95))])[1]
        sent = np.asarray(cv2.imdecode(raw, cv2.IMREAD_COLOR), np.uint8)
    how = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(sent, (w, h), interpolation=how), np.uint8), bool(clear)


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
