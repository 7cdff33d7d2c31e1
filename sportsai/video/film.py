"""Footage with what was found in it drawn over: boxes by team, each person's number, and where they walked.

Boxes set in a gap are dashed. What is drawn is what is kept, nothing more.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.resources import plain
from sportsai.video.decode import Footage, frames
from sportsai.video.follow import Boxes

Float = NDArray[np.float64]
Int = NDArray[np.int64]
UInt8 = NDArray[np.uint8]
LINES, BALL, KEY = (255, 0, 200), (255, 240, 0), (255, 255, 255)
OTHERS = (150, 150, 150)
COLOURS = ((76, 92, 230), (230, 130, 40))  # RGB of side 0 and 1
TRAIL = 25  # frames looked at that a trail is long


def film(
    footage: Footage, frame: Int, boxes: Boxes, path: Path, *, side: Mapping[int, int] | None = None,
    camera: Float | None = None, titles: Mapping[int, str] | None = None, rate_hz: float | None = None,
    height: int = 720, lines: Callable[[int], Float] | None = None,
    ball: Float | None = None, key: Collection[int] = (), progress: Callable[[int, int], None] | None = None,
) -> Path:  # fmt: skip
    """Write an mp4 (H.264) of some frames with their boxes and return its path.

    frame (T,): numbers in the file; boxes: rows of those as `frame`. side: of each track, 0, 1 or -1. camera (T, 3, 3):
    of each row the map from the row before's pixels, with which trails stay on the court. titles: of a row what stands
    on it. lines: of a row where the court's lines lie, (n, 2) pixels, drawn as dots. ball (T, 2): of each row, NaN
    where it is not seen. key: tracks drawn with a bright frame. rate_hz: of the film; as they lie in the footage when
    not given. height: pixels, at most.
    """
    import cv2

    rate_hz = rate_hz or 1 / float(np.median(np.diff(footage.t_s[frame]))) if len(frame) > 1 else float(footage.rate_hz)
    high = min(height, footage.height) // 2 * 2
    scale = high / footage.height
    wide = round(footage.width * scale) // 2 * 2
    row_of = {int(f): n for n, f in enumerate(frame)}
    order = np.argsort(boxes.frame, kind="stable")
    edges = np.searchsorted(boxes.frame[order], np.arange(len(frame) + 1))
    with Writer(path, (wide, high), Fraction(rate_hz).limit_denominator(1001)) as writer:
        for n, image in frames(footage, frame):
            row = row_of[n]
            small = _resized(image, wide, high)
            mine = boxes.take(order[edges[row] : edges[row + 1]])
            since = boxes.take(order[edges[max(row - TRAIL, 0)] : edges[row + 1]])
            _dots(small, lines(row) * scale if lines else np.zeros((0, 2)))
            drawn(small, mine, _trails(since, row, camera), scale, side or {}, (titles or {}).get(row, ""),
                  key)  # fmt: skip
            if ball is not None and np.isfinite(ball[row]).all():
                x, y = (ball[row] * scale).round().astype(int).tolist()
                cv2.circle(small, (x, y), 11, BALL, 2, cv2.LINE_AA)
            writer.write(small)
            if progress:
                progress(row + 1, len(frame))
    return path


class Writer:
    """An mp4 (H.264) written frame by frame, there whole or not at all; a context manager.

    size: (width, height) pixels, even. rate_hz: frames a second. quality: constant rate factor, lower is better. Raises
    DataError where the folder cannot be written to.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate_hz: Fraction, quality: int = 23) -> None:
        import av

        self.path, self._half = path, path.with_name(f".{path.stem}.{os.getpid()}.half.mp4")
        with self._told():
            plain(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._out: Any = av.open(str(self._half), "w")
            self._stream = self._out.add_stream("libx264", rate=rate_hz)
            self._stream.width, self._stream.height = size
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = {"crf": str(quality), "preset": "veryfast"}

    def write(self, image: UInt8) -> None:
        """Write a picture, (height, width, 3) RGB."""
        import av

        with self._told():
            for packet in self._stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                self._out.mux(packet)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, what: type[BaseException] | None, why: object, where: object) -> None:
        try:
            with self._told():
                if what is None:
                    for packet in self._stream.encode():
                        self._out.mux(packet)
                self._out.close()
                if what is None:
                    self._half.replace(self.path)
        finally:
            self._half.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        import av

        try:
            yield
        except (OSError, av.error.FFmpegError) as why:
            self._half.unlink(missing_ok=True)
            raise DataError(
                f"{why.strerror} while writing the film", path=self.path, expected="a folder to write to"
            ) from None


def _trails(since: Boxes, row: int, camera: Float | None) -> dict[int, Float]:
    """Return of each track where it has stood, oldest first, (n, 2) pixels of the frame of `row`."""
    if not len(since):
        return {}
    foot = np.stack([(since.xyxy[:, 0] + since.xyxy[:, 2]) / 2, since.xyxy[:, 3], np.ones(len(since))], -1)
    maps, map_ = {row: np.eye(3)}, np.eye(3)
    for t in range(row - 1, max(row - TRAIL, 0) - 1, -1):
        map_ = map_ if camera is None else map_ @ camera[t + 1]
        maps[t] = map_
    at = np.array([maps[int(t)] @ p for t, p in zip(since.frame, foot, strict=True)]).reshape(-1, 3)
    order = np.lexsort((since.frame, since.track))
    ids, first = np.unique(since.track[order], return_index=True)
    parts = np.split((at[:, :2] / at[:, 2:])[order], first[1:])
    return {int(k): part[np.isfinite(part).all(1)] for k, part in zip(ids, parts, strict=True)}


def drawn(
    image: UInt8, boxes: Boxes, trails: Mapping[int, Float], scale: float, side: Mapping[int, int], title: str = "",
    key: Collection[int] = (),
) -> None:  # fmt: skip
    """Draw boxes, their tracks' numbers and trails into a picture. trails: of a track where it stood, (n, 2) pixels.
    key: tracks with a bright frame."""
    import cv2

    for k in np.unique(boxes.track).tolist():
        colour = COLOURS[side[k]] if side.get(k, -1) >= 0 else OTHERS
        foot = np.clip(trails.get(k, np.zeros((0, 2))) * scale, -1e4, 1e4)
        cv2.polylines(image, [foot.round().astype(np.int32).reshape(-1, 1, 2)], False, colour, 1, cv2.LINE_AA)
    corners = (boxes.xyxy * scale).round().astype(int).tolist()
    for xyxy, k, gap in zip(corners, boxes.track.tolist(), boxes.filled.tolist(), strict=True):
        colour = COLOURS[side[k]] if side.get(k, -1) >= 0 else OTHERS
        x0, y0, x1, y1 = xyxy
        if k in key:
            cv2.rectangle(image, (x0 - 3, y0 - 3), (x1 + 3, y1 + 3), KEY, 2)
        if gap:
            for a in range(x0, x1, 8):
                cv2.line(image, (a, y0), (min(a + 4, x1), y0), colour, 1)
                cv2.line(image, (a, y1), (min(a + 4, x1), y1), colour, 1)
        else:
            cv2.rectangle(image, (x0, y0), (x1, y1), colour, 2)
        cv2.putText(image, str(k), (x0, max(y0 - 4, 10)), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(image, str(k), (x0, max(y0 - 4, 10)), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    if title:
        cv2.putText(image, title, (12, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(image, title, (12, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)


def _dots(image: UInt8, at: Float) -> None:
    """Draw dots, two pixels wide."""
    x, y = at.round().astype(int).T
    inside = (x >= 0) & (x < image.shape[1] - 1) & (y >= 0) & (y < image.shape[0] - 1)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        image[y[inside] + dy, x[inside] + dx] = LINES


def _resized(image: UInt8, wide: int, high: int) -> UInt8:
    import cv2

    if image.shape[:2] == (high, wide):
        return image.copy()
    return np.asarray(cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA))
