"""Points of a plane through a homography, and what of a picture people stand in front of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]


def mapped(xy: Float, map_: Float) -> Float:
    """Return points (n, 2) through a homography (3, 3); NaN or infinite where they lie on its horizon."""
    h = np.concatenate([xy, np.ones((len(xy), 1))], 1) @ map_.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(h[:, :2] / h[:, 2:])


def without(mask: Bool, boxes: Float | None, scale: float = 1.0) -> Bool:
    """Return a mask (H, W) that is false within boxes (n, 4), whose pixels are 1 / scale of the mask's."""
    out = mask.copy()
    for x0, y0, x1, y1 in np.zeros((0, 4), int) if boxes is None else (boxes / scale).round().astype(int):
        out[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = False
    return out
