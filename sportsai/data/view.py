"""How footage shows a game: where each player is in the picture, and where the picture lies on the court."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class View:
    """A game's footage, frame by frame of its tracks (T rows).

    path: of the video, as it lay when it was tracked. width, height: of its pictures, pixels. frames: it has in all.
    frame (T,) int64: each row's number in the file. to_court (T, 3, 3) float64: pixels to metres, NaN where not known.
    error_px (T,) float32: how far the court's painted lines lie off where they are seen, root mean square in pixels,
    NaN where none are.
    row (n,) int32, slot (n,) int16: whose box in which row; track (n,) int32: the person followed; xyxy (n, 4) float32:
    the box's corners, pixels; filled (n,) bool: set in a gap, not seen.
    """

    path: str
    width: int
    height: int
    frames: int
    frame: NDArray[np.int64]
    to_court: NDArray[np.float64]
    error_px: NDArray[np.float32]
    row: NDArray[np.int32]
    slot: NDArray[np.int16]
    track: NDArray[np.int32]
    xyxy: NDArray[np.float32]
    filled: NDArray[np.bool_]
