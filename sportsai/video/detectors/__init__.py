"""One file a detector of people: pictures in, boxes out; found by listing this folder.

A file has `TITLE`, `SIDE` and `open(weights, threads)`; what that gives has
    people(images)   images (H, W, 3) uint8 RGB of any sizes; of each boxes (n, 5) float64: x0, y0, x1, y1 in its
                     pixels, score in 0..1
SIDE: a person is found best where pictures are this many times as high as the person.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sportsai import plugins
from sportsai.errors import ModelError
from sportsai.resources import plain, weights_folder

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
DEFAULT, FAST = "movenet", "centernet"
SHA256 = {
    "centernet.onnx": "f04c0e6f2a7033184ef9f3235078b2a55c06e421cb0eea84e83f2f890bd0d263",
    "movenet-multipose.onnx": "2ff908559b805f5b14c58834f78dc3f0979d37638f2714b2347fc5811cd9d476",
}


class Detector(Protocol):
    """Finds people in pictures."""

    def people(self, images: Sequence[UInt8]) -> list[Float]:
        """Return of each picture the boxes of its people, (n, 5)."""
        ...


def detector_names() -> list[str]:
    """Return the names of all detectors."""
    return plugins.names("sportsai.video.detectors")


def load_detector(name: str) -> ModuleType:
    """Return the module of the detector called `name`; ModelError naming the nearest when there is none."""
    return plugins.load("sportsai.video.detectors", name, "detector", ModelError)


def open_detector(name: str = DEFAULT, weights: Path | None = None, threads: int = 1) -> Detector:
    """Return a detector ready to find people. weights: a file of one's own instead of the shipped one.

    Raises ModelError for a name there is not, or weights that are missing, damaged or another model's.
    """
    return load_detector(name).open(weights, threads)


def session(name: str, weights: Path | None) -> Any:
    """Return an onnxruntime session of a shipped file, its bytes checked, or of one's own."""
    import onnxruntime

    path = weights or weights_folder() / "detectors" / name
    try:
        raw = plain(path).read_bytes()
    except OSError as why:
        raise ModelError(f"{why.strerror}", where=path, expected="an ONNX file", todo="Check the path.") from None
    if weights is None and hashlib.sha256(raw).hexdigest() != SHA256[name]:
        raise ModelError("is not the file that ships", where=path, todo="Install sportsai again.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4  # pictures go side by side instead: see `OneByOne`
    try:
        return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    except Exception as why:  # onnxruntime's errors have no common class
        raise ModelError(
            f"cannot be read: {str(why).splitlines()[0][:80]}", where=path, expected="an ONNX file"
        ) from None


class OneByOne(ABC):
    """A detector that takes a picture at a time, `threads` of them side by side. session: onnxruntime's."""

    def __init__(self, session: Any, threads: int = 1) -> None:
        self.session, self.threads = session, threads

    def people(self, images: Sequence[UInt8]) -> list[Float]:
        """Return of each picture the boxes of its people, (n, 5)."""
        if self.threads == 1 or len(images) < 2:
            return [self.one(image) for image in images]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(self.one, images))

    @abstractmethod
    def one(self, image: UInt8) -> Float:
        """Return the boxes of one picture's people, (n, 5)."""


def run(session: Any, feed: dict[str, Any]) -> list[Any]:
    """Return a session's outputs; ModelError where it takes other inputs than its detector gives."""
    try:
        return session.run(None, feed)
    except Exception as why:
        raise ModelError(f"the weights do not fit the detector: {str(why).splitlines()[0][:80]}") from None


def resized(image: UInt8, width: int, height: int) -> UInt8:
    """Return a picture of another size: areas averaged when it shrinks."""
    import cv2

    how = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=how))
