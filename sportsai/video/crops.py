"""Pictures of people cut from footage along their boxes, all of one size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.video.decode import Counter, Footage, frames
from sportsai.video.follow import Boxes

UInt8 = NDArray[np.uint8]
Int = NDArray[np.int64]
LEAST_PX = 4  # of a side: what shows less of a person is no picture of one


def crops(
    footage: Footage, frame: Int, boxes: Boxes, height: int = 96, width: int = 48, counter: Counter | None = None
) -> Iterator[tuple[Int, UInt8]]:
    """Yield, frame by frame, which boxes (rows of `boxes`) are seen in it, (k,), and their pictures, (k, H, W, 3) RGB.

    frame (T,): numbers in the file; boxes: their `frame` counts rows of these, as `sportsai track` keeps them. Of a box
    that reaches beyond the picture what shows is cut out; one that shows less than LEAST_PX is left out, and so are
    those of frames that would not decode. Only the frames that have boxes are read. Raises DataError for a box in a
    frame that is not there.
    """
    import cv2

    if len(boxes) and not (boxes.frame.min() >= 0 and boxes.frame.max() < len(frame)):
        raise DataError(f"a box in row {int(boxes.frame.max())}", path=footage.path,
                        expected=f"a row from 0 to {len(frame) - 1}")  # fmt: skip
    rows_of: dict[int, list[int]] = {}
    for n, row in enumerate(boxes.frame.tolist()):
        rows_of.setdefault(int(frame[row]), []).append(n)
    for number, image in frames(footage, sorted(rows_of), counter):
        seen, made = [], []
        for n in rows_of[number]:
            x0, y0 = np.maximum(np.floor(boxes.xyxy[n, :2]), 0).astype(int)
            x1, y1 = np.minimum(np.ceil(boxes.xyxy[n, 2:]), image.shape[1::-1]).astype(int)
            if min(x1 - x0, y1 - y0) >= LEAST_PX:
                seen.append(n)
                made.append(cv2.resize(image[y0:y1, x0:x1], (width, height), interpolation=cv2.INTER_AREA))
        if seen:
            yield np.array(seen, np.int64), np.asarray(np.stack(made), np.uint8)
