"""Footage made up for tests: squares that walk over a spotted floor while the camera pans."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

FLOOR = np.random.default_rng(5).integers(85, 170, (45, 120, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)


def view(pan: int = 0, width: int = 320, height: int = 180) -> np.ndarray:
    """Return the floor as a camera sees it that has panned `pan` pixels."""
    return FLOOR[20 : 20 + height, 20 + pan : 20 + pan + width].copy()


def write(
    path: Path, images: Sequence[np.ndarray], times_ms: Sequence[int] | None = None, codec: str = "libx264"
) -> Path:
    """Write a video of pictures shown at `times_ms`; 25 a second when not given."""
    times = list(times_ms) if times_ms is not None else [40 * n for n in range(len(images))]
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = images[0].shape[1], images[0].shape[0], "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = 10
        if codec == "libx264":
            stream.options = {"crf": "10", "preset": "ultrafast", "bf": "0"}
        for image, ms in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = ms, Fraction(1, 1000)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return path


def greys(count: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Return pictures whose grey says which they are: the n-th has the value 5 n + 20."""
    return [np.full((height, width, 3), 5 * n + 20, np.uint8) for n in range(count)]
