"""Boxes as MOTChallenge text, what other trackers' tools read: frame (from 1), id, left, top, width, height, score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.video.follow import Boxes


def write_mot(path: Path, frame: NDArray[np.int64], boxes: Boxes) -> Path:
    """Write boxes, rows of `frame` (numbers in the file, from 0), and return the path."""
    order = np.lexsort((boxes.track, boxes.frame))
    b = boxes.take(order)
    size = b.xyxy[:, 2:] - b.xyxy[:, :2]
    lines = [
        f"{f + 1},{k + 1},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{s:.4f},-1,-1,-1\n"
        for f, k, (x, y), (w, h), s in zip(
            frame[b.frame].tolist(),
            b.track.tolist(),
            b.xyxy[:, :2].tolist(),
            size.tolist(),
            b.score.tolist(),
            strict=True,
        )
    ]
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text("".join(lines))
        half.replace(path)
    except OSError as why:
        raise DataError(f"{why.strerror} while writing the boxes", path=path, expected="a folder to write to") from None
    return path
