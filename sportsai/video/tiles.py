"""People found in tiles of a picture, where they are too small to be found in all of it.

`measured` reads off some frames how high people are and in which rows they stand, and lays tiles as large as the
detector wants: as many as it takes to cover those rows, each neighbour half within the last. A person cut by a tile's
edge is another tile's to find. `people` runs a detector over the tiles; of boxes that overlap the surest stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.video.detectors import Detector
from sportsai.video.follow import overlap

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
SAME = 0.5  # boxes that overlap by more are one person
EDGE = 4  # pixels: a box so near a tile's inner edge is cut by it
SURE = 0.4  # boxes that say how high people are
SIDES = (1.0, 0.5, 0.3)  # of the picture's height: tiles tried when people are measured
MOST = 24  # tiles


@dataclass(frozen=True)
class Tiles:
    """Where a detector looks: rects (n, 4) x0, y0, x1, y1 in pixels. person: how high people are there, in pixels."""

    rects: NDArray[np.int64]
    person: float

    def __len__(self) -> int:
        return len(self.rects)


def whole(width: int, height: int) -> Tiles:
    """Return one tile: all of the picture."""
    return Tiles(np.array([[0, 0, width, height]]), float("nan"))


def laid(width: int, height: int, side: float, top: float = 0.0, bottom: float | None = None) -> Tiles:
    """Return tiles of `side` pixels over the rows from `top` to `bottom`, each half in its neighbour; at most MOST."""
    bottom = height if bottom is None else bottom
    side = float(np.clip(side, 64, height))
    while True:
        size = round(side)
        xs = _starts(0, width, size)
        ys = _starts(max(round(top), 0), min(round(bottom), height), size, height)
        if len(xs) * len(ys) <= MOST or size >= height:
            break
        side *= 1.1
    rects = [(x, y, min(x + size, width), min(y + size, height)) for y in ys for x in xs]
    return Tiles(np.array(rects, np.int64), float("nan"))


def _starts(first: int, last: int, size: int, limit: int | None = None) -> list[int]:
    """Return where tiles start that cover [first, last) with half of each in the next, none beyond `limit`."""
    limit = last if limit is None else limit
    room = max(last - first - size, 0)
    count = int(np.ceil(room / (size / 2))) + 1
    return sorted({min(round(s), max(limit - size, 0)) for s in np.linspace(first, first + room, count)})


def measured(detector: Detector, images: Sequence[UInt8], side: float, court: Float | None = None) -> Tiles:
    """Return the tiles that fit some pictures' people.

    side: times a person's height that a tile is. court (n, 2): corners of the court in the picture, where known: rows
    are then its own. Where no one is found all of the picture is one tile.
    """
    height, width = images[0].shape[:2]
    best: tuple[float, Float] | None = None
    for share in SIDES:
        tiles = laid(width, height, share * height) if share < 1 else whole(width, height)
        boxes = np.concatenate([people(detector, i, tiles) for i in images])
        boxes = boxes[boxes[:, 4] >= SURE]
        if len(boxes) and (best is None or boxes[:, 4].sum() > best[0]):
            best = float(boxes[:, 4].sum()), boxes
    if best is None:
        return whole(width, height)
    boxes = best[1]
    high = boxes[:, 3] - boxes[:, 1]
    if court is not None:
        on = (boxes[:, 3] > court[:, 1].min()) & (boxes[:, 3] < court[:, 1].max() + high.mean() / 4)
        high = high[on] if on.any() else high
        top, bottom = court[:, 1].min() - 1.5 * np.median(high), court[:, 1].max() + np.median(high)
    else:
        tall = high > 0.6 * np.percentile(high, 80)  # those further off sit in the stands
        high = high[tall]
        top, bottom = boxes[tall, 1].min() - 0.3 * np.median(high), boxes[tall, 3].max() + 0.3 * np.median(high)
    person = float(np.median(high))
    return Tiles(laid(width, height, side * person, float(top), float(bottom)).rects, person)


def people(detector: Detector, image: UInt8, tiles: Tiles) -> Float:
    """Return the boxes of a picture's people, (n, 5), found tile by tile, each person once."""
    height, width = image.shape[:2]
    cuts = [image[y0:y1, x0:x1] for x0, y0, x1, y1 in tiles.rects.tolist()]
    found = []
    for (x0, y0, x1, y1), boxes in zip(tiles.rects.tolist(), detector.people(cuts), strict=True):
        boxes = boxes + np.array([x0, y0, x0, y0, 0.0])
        cut = (boxes[:, 0] <= x0 + EDGE) & (x0 > 0) | (boxes[:, 2] >= x1 - EDGE) & (x1 < width)
        cut |= (boxes[:, 1] <= y0 + EDGE) & (y0 > 0) | (boxes[:, 3] >= y1 - EDGE) & (y1 < height)
        found.append(boxes[~cut])
    return once(np.concatenate(found)) if found else np.zeros((0, 5))


def once(boxes: Float, same: float = SAME) -> Float:
    """Return boxes (n, 5), surest first, without those that overlap a surer one by more than `same`."""
    boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    near = overlap(boxes[:, :4], boxes[:, :4]) > same
    kept = np.ones(len(boxes), bool)
    for i in range(len(boxes)):
        if kept[i]:
            kept[i + 1 :] &= ~near[i, i + 1 :]
    return boxes[kept]
