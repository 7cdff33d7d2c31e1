"""Numbers on shirts, read only where several separate looks at a person agree; else none is told.

A look is a person's torso cut from a picture. One small network says where in it a number is and how high; a second
reads it there, in one size: whether it can be read, its tens, its units (Goodfellow et al., "Multi-digit number
recognition from Street View imagery", ICLR 2014, with two heads). Both were taught on drawn shirts alone: see
`drawn_shirts` and `numbers_taught`.
A look may be wrong: what a track wears is told by the log-odds of its best looks, and kept back where they differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError, ModelError
from sportsai.resources import plain, weights_folder

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
HIGH, WIDE = 96, 88  # pixels of a look
TALL = 192  # pixels that a person is high in a look, as if all of him were in it
MIDDLE = 0.35  # of a box's height, from its top: the middle of a look
SMALLEST = 70  # pixels high that a box must be
CELL = 4  # pixels of a look that one answer of the finder is for
FIND = ((16, 5, 2, 1), (24, 3, 2, 1), (32, 3, 1, 1), (40, 3, 1, 2), (48, 3, 1, 2))  # wide, side, step, apart
NAME = ((24, 5, 2, False), (48, 3, 1, True), (64, 3, 1, False), (64, 3, 1, True))  # wide, side, step, halved
NUMBER_HIGH, NUMBER_WIDE = 32, 48  # pixels that a number is read in
DIGIT_HIGH = 20.0  # pixels of those that its digits are high
USUAL_HIGH = 16.0  # pixels of a look that digits are high: the finder tells by how much they are not
DIGITS = 10
SPREAD = 4.0  # what the finder's input is multiplied with
BATCH = 64
THERE = 0.5  # how sure both networks must be that there is a number, together
AGREES, DIFFERS = 0.8, 0.35  # probability of a look's number for it to count for it, against another
LOOKS, BEST = 3, 5  # separate looks that must agree, at least; those that are summed, at most
SHARE = 0.8  # of the looks that say any number, those that must agree
SURE = 0.95
NO_NUMBER = (-1.0, 0.0)  # what a look says where there is none
APART_S = 0.2  # looks nearer in time than that are one
SHA256 = "4475474020fe290ad66b893ccce887e0885dd19e2ae8738cf33b06d90bb4931c"


@dataclass(frozen=True)
class Number:
    """A number worn. value: 0 to 99. sure: its probability, 0..1. looks: separate ones that agree."""

    value: int
    sure: float
    looks: int


class Reader:
    """Reads numbers in looks. weights: name -> tensor."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.weights = weights

    def read(self, looks: Sequence[UInt8] | UInt8) -> Float:
        """Return of each look the number, -1 where none is seen, its probability, and where it is: x, y in the look's
        pixels; (n, 4). looks: (HIGH, WIDE, 3) RGB each, DataError where one is not."""
        import torch

        if any(look.shape != (HIGH, WIDE, 3) for look in looks):
            raise DataError("a look of another size", expected=f"{HIGH} x {WIDE} pixels, RGB", todo="Cut it by torso.")

        out = np.tile([-1.0, 0.0, np.nan, np.nan], (len(looks), 1))
        for first in range(0, len(looks), BATCH):
            some = np.stack(list(looks[first : first + BATCH]))
            with torch.inference_mode():
                x = torch.from_numpy(some.transpose(0, 3, 1, 2) / np.float32(255)) - 0.5
                answer = found(self.weights, x * SPREAD).numpy()
            there = 1 / (1 + np.exp(-answer[:, 0]))
            best = there.reshape(len(some), -1).argmax(1)
            rows, columns = np.divmod(best, there.shape[2])
            peak = there[np.arange(len(some)), rows, columns]
            seen = np.flatnonzero(peak >= THERE)
            if not len(seen):
                continue
            patches = np.zeros((len(seen), NUMBER_HIGH, NUMBER_WIDE, 3), np.uint8)
            at = np.zeros((len(seen), 2))
            for n, k in enumerate(seen.tolist()):
                at[n] = _middle(there[k], int(rows[k]), int(columns[k]))
                high = USUAL_HIGH * float(np.exp(np.clip(answer[k, 1, rows[k], columns[k]], -1.5, 1.5)))
                patches[n] = cut_out(some[k], placed(at[n], high))
            with torch.inference_mode():
                said = named(self.weights, torch.from_numpy(patches.transpose(0, 3, 1, 2) / np.float32(255)))
                can = torch.sigmoid(said[:, 0]).numpy() * peak[seen]
                tens = said[:, 1 : 1 + DIGITS].softmax(1).numpy()
                units = said[:, 1 + DIGITS :].softmax(1).numpy()
            sure = tens.max(1) * units.max(1)
            told = np.stack([tens.argmax(1) * 10.0 + units.argmax(1), sure, *at.T], 1)
            told[can < THERE, :2] = (-1, 0)
            out[first + seen] = told
        return out


def found(weights: Mapping[str, Any], x: Any) -> Any:
    """Return where numbers are, (n, 2, h / CELL, w / CELL): log-odds, and the logarithm of their height over
    USUAL_HIGH. x (n, 3, h, w): RGB about 0, times SPREAD."""
    import torch.nn.functional as F

    for n, (_, side, step, apart) in enumerate(FIND):
        x = F.relu(F.conv2d(x, weights[f"find.{n}.weight"], weights[f"find.{n}.bias"], step, side // 2 * apart, apart))
    return F.conv2d(x, weights["find.head.weight"], weights["find.head.bias"])


def named(weights: Mapping[str, Any], x: Any) -> Any:
    """Return of numbers whether they can be read, their tens and units, (n, 1 + 2 * DIGITS) logits; tens 0: one digit.

    x (n, 3, NUMBER_HIGH, NUMBER_WIDE): RGB 0..1, about the number.
    """
    import torch.nn.functional as F

    x = evened(x)
    for n, (_, side, step, halved) in enumerate(NAME):
        x = F.relu(F.conv2d(x, weights[f"name.{n}.weight"], weights[f"name.{n}.bias"], step, side // 2))
        x = F.max_pool2d(x, 2) if halved else x
    x = F.relu(F.linear(x.flatten(1), weights["name.wide.weight"], weights["name.wide.bias"]))
    return F.linear(x, weights["name.head.weight"], weights["name.head.bias"])


def evened(x: Any) -> Any:
    """Return pictures without their mean colour, of one contrast, (n, 3, h, w)."""
    x = x - x.mean((2, 3), keepdim=True)
    return x / (x.std((1, 2, 3), keepdim=True) + 0.02)


def placed(at: Float, high: float, shift: Float | None = None) -> Float:
    """Return the map, (2, 3), from the pixels in which a number is read to those of a look. at (2,): its middle there.
    high: its digits there. shift (2, 2): turned and stretched, too."""
    map_ = np.zeros((2, 3))
    map_[:, :2] = high / DIGIT_HIGH * (np.eye(2) if shift is None else shift)
    map_[:, 2] = at - map_[:, :2] @ [NUMBER_WIDE / 2, NUMBER_HIGH / 2]
    return map_


def cut_out(look: UInt8, map_: Float) -> UInt8:
    """Return the piece of a look that a number is read in, (NUMBER_HIGH, NUMBER_WIDE, 3); see `placed`."""
    import cv2

    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (NUMBER_WIDE, NUMBER_HIGH)
    return np.asarray(cv2.warpAffine(look, map_, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def torso(image: UInt8, box: Float) -> UInt8:
    """Return a look at the person in `box` (x0, y0, x1, y1 in pixels), (HIGH, WIDE, 3); beyond the picture its edge."""
    import cv2

    scale = float(box[3] - box[1]) / TALL
    middle = np.array([(box[0] + box[2]) / 2, box[1] + MIDDLE * (box[3] - box[1])])
    low = np.floor(middle - scale * np.array([WIDE, HIGH]) / 2).astype(int) - 4
    high = np.ceil(middle + scale * np.array([WIDE, HIGH]) / 2).astype(int) + 4
    low = np.clip(low, 0, [image.shape[1] - 1, image.shape[0] - 1])
    part = image[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    if scale > 1.2:  # as shrinking would: no steps
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.5 * scale), np.uint8)
    map_ = np.array([[scale, 0, 0], [0, scale, 0]])
    map_[:, 2] = middle - low - scale * np.array([WIDE, HIGH]) / 2
    return np.asarray(
        cv2.warpAffine(part, map_, (WIDE, HIGH), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                       borderMode=cv2.BORDER_REPLICATE), np.uint8,
    )  # fmt: skip


def looked(image: UInt8, xyxy: Float, reader: Reader | None = None) -> Float:
    """Return of each box of a picture the number seen on its person, -1 where none, and its probability, (n, 2).

    xyxy (n, 4): of all people in it. What lies nearer the middle of another's torso is not taken for his.
    """
    out = np.tile([-1.0, 0.0], (len(xyxy), 1))
    rows = np.flatnonzero(xyxy[:, 3] - xyxy[:, 1] >= SMALLEST) if len(xyxy) else np.zeros(0, np.int64)
    if not len(rows):
        return out
    said = (reader or open_reader()).read([torso(image, xyxy[n]) for n in rows])
    out[rows] = said[:, :2]
    middle = np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 1] + MIDDLE * (xyxy[:, 3] - xyxy[:, 1])], 1)
    size = np.maximum(xyxy[:, 3] - xyxy[:, 1], 1.0)
    for n, (value, _, x, y) in zip(rows.tolist(), said.tolist(), strict=True):
        if value >= 0:
            at = middle[n] + (np.array([x, y]) - [WIDE / 2, HIGH / 2]) * size[n] / TALL
            if int((np.linalg.norm(at - middle, axis=1) / size).argmin()) != n:
                out[n] = (-1.0, 0.0)
    return out


def voted(track: NDArray[np.int64], t_s: Float, said: Float) -> dict[int, Number]:
    """Return the numbers of the tracks that wear one for sure. track (n,), t_s (n,), said (n, 2): of every box, the
    last as `looked` gives it; of looks less than APART_S apart the surest counts."""
    out = {}
    for k in np.unique(track[(said[:, 0] >= 0) & (track >= 0)]).tolist():
        mine = np.flatnonzero((track == k) & (said[:, 0] >= 0))
        mine = mine[np.lexsort((-said[mine, 1], np.floor(t_s[mine] / APART_S)))]
        first = np.diff(np.floor(t_s[mine] / APART_S), prepend=-np.inf) > 0
        number = agreed(said[mine[first]])
        if number is not None:
            out[k] = number
    return out


def agreed(said: Float) -> Number | None:
    """Return the number that separate looks at one person agree on; None where they are few, unsure or differ.

    said (n, 2): number, -1 for none, and its probability.
    """
    value, sure = said[:, 0], said[:, 1]
    yes = (value >= 0) & (sure >= AGREES)
    if not yes.any():
        return None
    numbers, votes = np.unique(value[yes], return_counts=True)
    k = numbers[votes.argmax()]
    mine, other = yes & (value == k), (value >= 0) & (value != k) & (sure >= DIFFERS)
    n = int(mine.sum())
    if n < LOOKS or n < SHARE * (n + int(other.sum())):
        return None
    best = np.sort(np.clip(sure[mine], 0, 0.99))[-BEST:]
    odds = np.log(best / (1 - best)).sum() - np.log(np.clip(sure[other], 0.5, 0.99) / 0.5).sum()
    told = float(1 / (1 + np.exp(-odds)))
    return Number(int(k), told, n) if told >= SURE else None


def read_numbers(looks: Sequence[UInt8], reader: Reader | None = None) -> Number | None:
    """Return the number that one person wears, or None. looks: at him, (HIGH, WIDE, 3) RGB, a fifth of a second or
    more apart; see `torso`."""
    return agreed((reader or open_reader()).read(looks)[:, :2]) if len(looks) else None


def numbers(looks: Mapping[int, Sequence[UInt8]], reader: Reader | None = None) -> dict[int, Number]:
    """Return the numbers of the tracks that wear one for sure. looks: of each track, as `read_numbers` takes them."""
    said = (reader or open_reader()).read([look for each in looks.values() for look in each])[:, :2]
    edges = np.cumsum([len(each) for each in looks.values()])[:-1]
    each = zip(looks, np.split(said, edges), strict=True)
    return {k: number for k, mine in each if (number := agreed(mine)) is not None}


def open_reader(weights: Path | None = None) -> Reader:
    """Return a reader with the shipped weights, or one's own; ModelError where they are missing, damaged or others."""
    return _opened(weights)


@lru_cache(maxsize=2)
def _opened(weights: Path | None) -> Reader:
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = weights or weights_folder() / "numbers" / "weights.safetensors"
    try:
        raw = plain(path).read_bytes()
    except OSError as why:
        raise ModelError(f"{why.strerror}", where=path, expected="a safetensors file", todo="Check the path.") from None
    if weights is None and hashlib.sha256(raw).hexdigest() != SHA256:
        raise ModelError("is not the file that ships", where=path, todo="Install sportsai again.")
    try:
        state = {k: v.float() for k, v in load(raw).items()}
    except SafetensorError as why:
        raise ModelError(f"cannot be read: {why}", where=path, expected="a safetensors file") from None
    if {k: tuple(v.shape) for k, v in state.items()} != shapes():
        raise ModelError("the weights are not those of a reader of numbers", where=path)
    return Reader(state)


def shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of the weights."""
    out: dict[str, tuple[int, ...]] = {}
    for part, layers, answers in (("find", FIND, 2), ("name", NAME, 1 + 2 * DIGITS)):
        before = 3
        for n, layer in enumerate(layers):
            out[f"{part}.{n}.weight"] = (layer[0], before, layer[1], layer[1])
            out[f"{part}.{n}.bias"] = (layer[0],)
            before = layer[0]
        if part == "name":
            wide = before * (NUMBER_HIGH // 8) * (NUMBER_WIDE // 8)
            before = 96
            out["name.wide.weight"], out["name.wide.bias"] = (before, wide), (before,)
        out[f"{part}.head.weight"] = (answers, before, 1, 1) if part == "find" else (answers, before)
        out[f"{part}.head.bias"] = (answers,)
    return out


def _middle(there: NDArray[np.floating[Any]], row: int, column: int) -> tuple[float, float]:
    """Return where in a look a number's middle is, x and y: the weighed cells about the surest."""
    top, left = max(row - 1, 0), max(column - 1, 0)
    near = there[top : row + 2, left : column + 2]
    x = (near.sum(0) @ np.arange(left, left + near.shape[1])) / near.sum()
    y = (near.sum(1) @ np.arange(top, top + near.shape[0])) / near.sum()
    return float(x) * CELL, float(y) * CELL
