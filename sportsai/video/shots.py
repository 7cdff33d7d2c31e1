"""A broadcast's shots: where it cuts, and which shots show the game from afar.

A cut is where the colours of the picture change at once and the camera cannot have moved there: fewer than a third of
the corners are followed (`motion.moved`). Close-ups show few people, large: they are marked, and nothing in them is
called a position on the court.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.video.follow import Boxes

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
CHANGED = 0.35  # of the picture's colours, at a cut
FOLLOWED = 0.33  # of the corners, where there is none
BINS = (8, 4, 4)  # hue, saturation, value
NEAR = 0.4  # of the picture's height: people so high are seen in close-up


def colours(image: UInt8) -> Float:
    """Return how a picture's colours are spread, summing to 1: a histogram of hue, saturation and value."""
    import cv2

    hsv: Any = cv2.cvtColor(cv2.resize(image, (160, 90), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, list(BINS), [0, 180, 0, 256, 0, 256])
    return np.asarray(counts, np.float64).ravel() / (160 * 90)


def is_cut(before: Float, after: Float, followed: float) -> bool:
    """Whether two pictures lie on both sides of a cut. before, after: their `colours`; followed: share of corners."""
    return bool(np.abs(before - after).sum() / 2 > CHANGED and followed < FOLLOWED)


def from_afar(boxes: Boxes, shot: NDArray[np.int64], height: int, least: int = 3) -> NDArray[np.bool_]:
    """Return of each shot, numbered from 0, whether it shows the game from afar.

    boxes: frames count rows of `shot` (T,), the shot of each frame. height: the picture's, in pixels. least: people
    that a picture shows at the median.
    """
    count = int(shot.max()) + 1 if len(shot) else 0
    out = np.zeros(count, bool)
    high = boxes.xyxy[:, 3] - boxes.xyxy[:, 1]
    for n in range(count):
        mine = shot[boxes.frame] == n
        if mine.any():
            people = mine.sum() / (shot == n).sum()
            out[n] = people >= least and np.median(high[mine]) < NEAR * height
    return out
