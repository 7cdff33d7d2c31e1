"""Footage watched once, frame by frame: who is seen, what they wear, how the camera moved, where it cut.

Nothing of a picture is kept but numbers, written to a folder in parts of PART frames: memory does not grow with the
footage, and a run that was stopped goes on after its last part. The folder is named by what was asked of which file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai import __version__
from sportsai.errors import DataError, ModelError
from sportsai.resources import plain
from sportsai.video.ball import Moving
from sportsai.video.decode import Counter, Footage, frames
from sportsai.video.detectors import DEFAULT, Detector, load_detector
from sportsai.video.follow import Boxes
from sportsai.video.lines import packed, stripes, unpacked
from sportsai.video.motion import HIGH, moved, scaled, small
from sportsai.video.numbers import NO_NUMBER, looked
from sportsai.video.shirts import shirts
from sportsai.video.shots import colours, is_cut
from sportsai.video.tiles import Tiles, measured, people, whole

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Progress = Callable[[int, int], None]
FORMAT = 3  # of a part: changes with what is kept
PART = 100  # frames written at once
SAMPLED = 4  # frames by which tiles are laid
PERSON = 0.2  # how sure a box must be for what moves in it to be no ball
FOLLOWED = 0.2  # of the corners: below, where the camera went is not known


@dataclass(frozen=True)
class Asked:
    """What is asked of footage. rate_hz: frames looked at a second, at most as many as there are. first_s, last_s: the
    stretch. stretches: of it these seconds only, (from, to) each; all when none. detector: its name; tiled: people are
    looked for in tiles, else in the whole picture. dark: the court's lines are darker than its ground. numbers: numbers
    on shirts are read, too."""

    rate_hz: float = 12.5
    first_s: float = 0.0
    last_s: float | None = None
    stretches: tuple[tuple[float, float], ...] = ()
    detector: str = DEFAULT
    tiled: bool = True
    dark: bool = False
    numbers: bool = False

    def __post_init__(self) -> None:
        if not self.rate_hz > 0:
            raise DataError(f"{self.rate_hz:g} frames a second", expected="a rate above 0", todo="For example 10.")
        if self.first_s < 0 or (self.last_s is not None and self.last_s <= self.first_s):
            raise DataError(
                f"from {self.first_s:g} s to {self.last_s} s", expected="a stretch that ends after it begins"
            )


class Lines:
    """The stripes of every row, read from a run's parts when they are asked for, one part at a time."""

    def __init__(self, paths: Sequence[Path], counts: Sequence[int]) -> None:
        self._paths, self._first = list(paths), np.cumsum([0, *counts])
        self._part, self._packed, self._edges = -1, b"", np.zeros(1, np.int64)

    def __call__(self, row: int) -> NDArray[np.bool_]:
        """Return where stripes are in a row's picture; see `lines.stripes`."""
        part = int(np.searchsorted(self._first, row, "right")) - 1
        if part != self._part:
            kept = load(self._paths[part])
            self._part, self._packed = part, kept["lines"].tobytes()
            self._edges = np.concatenate([[0], np.cumsum(kept["line_bytes"])])
        k = row - int(self._first[part])
        return unpacked(self._packed[self._edges[k] : self._edges[k + 1]])


@dataclass(frozen=True)
class Seen:
    """What was seen in T frames.

    frame (T,) int64: numbers in the file. t_s (T,) float64. camera (T, 3, 3): from the pixels of the frame before;
    follows (T,): where that is known. cut (T,) bool: the first frame of a shot. boxes: their `frame` counts rows of
    these T. shirt (n, 3): of each box, in Lab. number (n, 2): read on it, -1 for none, and its probability. lost:
    frames that would not decode. tiles: looked at in each. lines: of each row the stripes seen in it. spots (m, 4):
    what may be the ball, as `ball.spots` gives it; spot_row (m,).
    """

    frame: Int
    t_s: Float
    camera: Float
    follows: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    boxes: Boxes
    shirt: Float
    number: Float
    lost: int
    tiles: int
    lines: Lines
    spots: Float
    spot_row: Int

    @property
    def shot(self) -> Int:
        """Which shot each frame is of, (T,), from 0."""
        return np.cumsum(self.cut) - 1

    @property
    def rate_hz(self) -> float:
        """Frames looked at a second: a file's own rate often gives uneven steps, two frames and then three."""
        if len(self.t_s) < 2:
            return 25.0
        step = np.diff(self.t_s)
        usual = float(np.median(step))
        step = step[step < 1.75 * usual]  # but for what was left out
        if np.ptp(step) < 0.05 * usual:
            return 1 / usual
        rate = 1 / float(step.mean())
        even = round(2 * rate) / 2
        return even if abs(even / rate - 1) < 0.02 else rate


def wanted(footage: Footage, asked: Asked, also: Sequence[int] = ()) -> Int:
    """Return the numbers of the frames that are looked at: by their times, a varying rate evenly; and those of `also`.

    Raises DataError for a stretch with fewer than two, or frames of `also` outside it.
    """
    last = footage.length_s if asked.last_s is None else min(asked.last_s, footage.length_s)
    inside = np.flatnonzero((footage.t_s >= asked.first_s) & (footage.t_s < last))
    if not len(inside):
        raise DataError(f"no frame from {asked.first_s:g} s to {last:g} s", path=footage.path,
                        expected=f"a stretch within {footage.length_s:.1f} s")  # fmt: skip
    step = np.floor((footage.t_s[inside] - footage.t_s[inside[0]]) * asked.rate_hz + 1e-6)
    outside = sorted(set(also) - set(inside.tolist()))
    if outside:
        raise DataError(
            f"frame {outside[0]} ({footage.t_s[outside[0]]:.1f} s) lies outside the stretch that is looked at",
            path=footage.path, expected=f"a frame from {inside[0]} to {inside[-1]}",
            todo="Give points of such a frame.",
        )  # fmt: skip
    regular = inside[np.diff(step, prepend=-1) > 0]
    if asked.stretches:
        t = footage.t_s[regular]
        regular = regular[np.any([(t >= a) & (t < b) for a, b in asked.stretches], axis=0)]
    want = np.union1d(regular, np.asarray(also, np.int64))
    if len(want) < 2:
        raise DataError(
            f"one frame from {asked.first_s:g} s to {last:g} s at {asked.rate_hz:g} a second", path=footage.path,
            expected="two frames or more", todo="Look at a longer stretch, or at more frames a second.",
        )  # fmt: skip
    return want


def watch(
    footage: Footage, asked: Asked, detector: Detector, folder: Path, *, court: Float | None = None,
    also: Sequence[int] = (), progress: Progress | None = None,
) -> Seen:  # fmt: skip
    """Return what is seen in footage; a run stopped earlier in `folder` goes on.

    also: frames that are looked at whatever the rate. court (n, 2): the court's corners in the picture, where known:
    tiles are laid over it. progress: told (done, total).
    """
    want = wanted(footage, asked, also)
    parts = [want[n : n + PART] for n in range(0, len(want), PART)]
    tiles = _tiles(footage, asked, detector, want, folder, court)
    for n, part in enumerate(parts):
        path = folder / f"{n:05d}.npz"
        if not path.exists():
            before = want[n * PART - 1 : n * PART] if n else want[:0]
            done = n * PART
            write(path, _part(footage, before, part, detector, tiles, asked, progress, (done, len(want))))
        if progress:
            progress(min((n + 1) * PART, len(want)), len(want))
    return _read(footage, folder, len(parts), len(tiles))


def mark(
    footage: Footage, asked: Asked, weights: Path | None = None, also: Sequence[int] = (), court: Any = None
) -> str:
    """Return the name of a run's folder: of the file's bytes, the weights' and all that is asked; see `watch`.

    court: what is known of where the court lies, as numbers and text.
    """
    h = hashlib.sha256(json.dumps([__version__, FORMAT, asdict(asked), list(also), court], sort_keys=True).encode())
    size = footage.path.stat().st_size
    with footage.path.open("rb") as file:  # a broadcast is gigabytes: its ends and its length tell it from another
        h.update(file.read(1 << 20))
        file.seek(max(size - (1 << 20), 0))
        h.update(file.read())
    h.update(str((size, len(footage))).encode())
    if weights is not None:
        try:
            h.update(plain(weights).read_bytes())
        except OSError as why:
            raise ModelError(f"{why.strerror}", where=weights, expected="the detector's weights") from None
    return h.hexdigest()[:16]


def _tiles(footage: Footage, asked: Asked, detector: Detector, want: Int, folder: Path, court: Float | None) -> Tiles:
    if not asked.tiled:
        return whole(footage.width, footage.height)
    path = folder / "tiles.npz"
    if path.exists():
        kept = load(path)
        return Tiles(kept["rects"], float(kept["person"]))
    some = want[np.unique(np.linspace(0, len(want) - 1, SAMPLED).round().astype(int))]
    images = [image for _, image in frames(footage, some)]
    if not images:
        raise DataError("none of its frames can be decoded", path=footage.path, expected="a video that plays")
    tiles = measured(detector, images, load_detector(asked.detector).SIDE, court)
    write(path, {"rects": tiles.rects, "person": np.array(tiles.person)})
    return tiles


def _part(
    footage: Footage, before: Int, part: Int, detector: Detector, tiles: Tiles, asked: Asked,
    progress: Progress | None, done: tuple[int, int],
) -> dict[str, Any]:  # fmt: skip
    """Return what is seen in one part's frames; the frame before them is decoded for the camera's move.

    done: frames of parts before it, and of all.
    """
    import cv2

    counter = Counter()
    number, camera, sure, cut, found, worn, striped, read = [], [], [], [], [], [], [], []
    moving = Moving()
    last: tuple[Any, Float, Float, int] | None = None
    scale = footage.height / HIGH
    for n, image in frames(footage, np.concatenate([before, part]), counter):
        little, colour = small(image), colours(image)
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        if n in before:
            last = little, colour, np.zeros((0, 4)), n
            moving.add(grey, None, last[2])
            continue
        map_, followed = (None, 0.0) if last is None else moved(last[0], little, last[2] / scale)
        boxes = people(detector, image, tiles)
        number.append(n)
        camera.append(np.eye(3) if map_ is None else scaled(map_, scale))
        sure.append(followed if map_ is not None else 0.0)
        gap = 0.0 if last is None else float(footage.t_s[n] - footage.t_s[last[3]])
        apart = bool(asked.stretches) and gap > 1.5 / asked.rate_hz
        cut.append(last is None or apart or is_cut(last[1], colour, followed))
        found.append(boxes)
        worn.append(shirts(image, boxes[:, :4]))
        read.append(looked(image, boxes[:, :4]) if asked.numbers else np.tile(NO_NUMBER, (len(boxes), 1)))
        striped.append(packed(stripes(image, asked.dark)))
        known = map_ is not None and followed >= FOLLOWED and not cut[-1]
        moving.add(grey, camera[-1] if known else None, boxes[boxes[:, 4] >= PERSON, :4])
        last = little, colour, boxes[:, :4], n
        if progress:
            progress(done[0] + len(number), done[1])
    count = np.array([len(b) for b in found], np.int64)
    ball = moving.done()[-len(number) :] if number else []
    return {
        "frame": np.array(number, np.int64), "camera": np.array(camera).reshape(-1, 3, 3), "sure": np.array(sure),
        "cut": np.array(cut, bool), "count": count, "boxes": np.concatenate([*found, np.zeros((0, 5))]),
        "shirt": np.concatenate([*worn, np.zeros((0, 3))]), "number": np.concatenate([*read, np.zeros((0, 2))]),
        "lost": np.array(len(counter.lost)),
        "spots": np.concatenate([*ball, np.zeros((0, 4))]).astype(np.float32),
        "spot_count": np.array([len(b) for b in ball], np.int64), "lines": np.frombuffer(b"".join(striped), np.uint8),
        "line_bytes": np.array([len(b) for b in striped], np.int64),
    }  # fmt: skip


def _read(footage: Footage, folder: Path, parts: int, tiles: int) -> Seen:
    paths = [folder / f"{n:05d}.npz" for n in range(parts)]
    each = [load(path, without=("lines",)) for path in paths]
    counts = [len(e["frame"]) for e in each]

    def all_of(name: str) -> Any:
        return np.concatenate([e.pop(name) for e in each])  # let go of: never all of it twice

    frame, boxes, cut = all_of("frame"), all_of("boxes"), all_of("cut")
    if not len(frame):
        raise DataError("none of its frames can be decoded", path=footage.path, expected="a video that plays")
    cut[0] = True
    row = np.repeat(np.arange(len(frame)), all_of("count"))
    return Seen(
        frame, footage.t_s[frame], all_of("camera"), (all_of("sure") >= FOLLOWED) & ~cut, cut,
        Boxes.of(row, boxes[:, :4], boxes[:, 4]), all_of("shirt"), all_of("number"),
        int(sum(e["lost"] for e in each)), tiles,
        Lines(paths, counts), all_of("spots").astype(np.float64),
        np.repeat(np.arange(len(frame)), all_of("spot_count")),
    )  # fmt: skip


def load(path: Path, without: Sequence[str] = ()) -> dict[str, Any]:
    """Return a part's arrays but for those `without`; DataError where the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {k: file[k] for k in file.files if k not in without}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        raise DataError(
            "is damaged", path=path, expected="a part of a run", todo="Delete it: it is made again."
        ) from None


def write(path: Path, arrays: dict[str, Any]) -> None:
    """Write a part whole or not at all; DataError where the disk is full or may not be written."""
    half = path.with_suffix(f".{os.getpid()}.half")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as why:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise DataError(f"{why.strerror} while keeping what was watched", path=path, expected="room to write") from None
