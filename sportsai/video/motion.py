"""How the camera moved from one frame to the next: where the picture's still points went.

Corners are followed by pyramidal Lucas-Kanade flow (J.-Y. Bouguet, "Pyramidal implementation of the Lucas Kanade
feature tracker", 2000) and a map is fitted to those that agree (RANSAC). People move otherwise than the court does:
corners within their boxes are left out where boxes are known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
HIGH = 360  # pixels of the pictures that are compared
CORNERS, APART, LEAST = 400, 8, 12
OFF = 2.0  # pixels (of HIGH) that a corner may lie off its map


def small(image: UInt8) -> UInt8:
    """Return a frame's picture as it is compared: grey, HIGH pixels high."""
    import cv2

    height, width = image.shape[:2]
    size = (round(width * HIGH / height), HIGH)
    return np.asarray(cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))


def moved(before: UInt8, after: UInt8, boxes: Float | None = None) -> tuple[Float | None, float]:
    """Return the map from pixels of `before` to those of `after`, (3, 3), both as `small` gives them; and how sure.

    That is the share of corners that agree, 0 to 1. boxes (n, 4): people in `before`, in its pixels. None where too few
    corners are followed: a cut, a blur, a blank picture.
    """
    import cv2

    flow: Any = cv2.calcOpticalFlowPyrLK  # its stubs know no way to leave the first guess out
    mask: Any = np.full(before.shape, 255, np.uint8)
    for x0, y0, x1, y1 in np.zeros((0, 4)) if boxes is None else boxes[:, :4].astype(int):
        mask[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 0
    corners = cv2.goodFeaturesToTrack(before, CORNERS, 0.01, APART, mask=mask)
    if corners is None or len(corners) < LEAST:
        return None, 0.0
    there, found, _ = flow(before, after, corners, None, winSize=(21, 21), maxLevel=3)
    back, again, _ = flow(after, before, there, None, winSize=(21, 21), maxLevel=3)
    good = (found[:, 0] > 0) & (again[:, 0] > 0) & (np.linalg.norm(back - corners, axis=-1)[:, 0] < 1.0)
    if good.sum() < LEAST:
        return None, 0.0
    a, b = corners[good][:, 0].astype(np.float64), there[good][:, 0].astype(np.float64)
    cv2.setRNGSeed(0)
    fitted, inlier = cv2.findHomography(a, b, cv2.RANSAC, OFF)
    if fitted is None or inlier.sum() < LEAST:
        return None, 0.0
    sure = float(inlier.sum() / len(corners))
    return np.asarray(fitted, np.float64), sure


def scaled(map_: Float, scale: float) -> Float:
    """Return a map between pictures `scale` times as large as those it was fitted on."""
    S = np.diag([scale, scale, 1.0])
    return S @ map_ @ np.linalg.inv(S)
