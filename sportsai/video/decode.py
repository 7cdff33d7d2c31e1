"""Footage as frames by number: which are there, when each is shown, and only those read that are asked for.

`look` lists a file's frames without decoding any: their times as the file has them, so 29.97 stays 29.97 and a variable
rate varies. `frames` decodes those asked for, from the last key frame before each. What cannot be decoded is left out
and counted, never replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError

UInt8 = NDArray[np.uint8]
STILLS = ("image2", "gif_pipe", "mjpeg_pipe")
CONVERT = "Convert it to an mp4 (H.264) and give that."
EARLY_S = 0.5  # that a file may end before its header says, without a word


@dataclass(frozen=True)
class Footage:
    """A file's frames, none of them decoded.

    t_s (N,) float64: when each frame is shown, seconds since the first. pts (N,) int64: the file's own times. key (N,)
    bool: frames that can be decoded without others. width, height: in pixels, as shown (after rotation). rate_hz: the
    mean rate. turned: degrees that decoded frames are turned clockwise to be shown, 0, 90, 180 or 270. corrupt:
    packets the file itself marks as damaged. timed: False where frames carry no times, and the rate gave them.
    notes: what a person should know, a sentence each.
    """

    path: Path
    t_s: NDArray[np.float64]
    pts: NDArray[np.int64]
    key: NDArray[np.bool_]
    width: int
    height: int
    rate_hz: Fraction
    turned: int = 0
    corrupt: int = 0
    timed: bool = True
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.t_s)

    @property
    def length_s(self) -> float:
        """How long it lasts, in seconds: until its last frame has been shown."""
        return float(self.t_s[-1] + 1 / self.rate_hz)


@dataclass
class Counter:
    """What reading cost. read: frames given. decoded: frames decoded for them. lost: numbers that would not decode."""

    read: int = 0
    decoded: int = 0
    lost: list[int] = field(default_factory=list)


def look(path: str | Path) -> Footage:
    """Return a file's frames. Every packet is read, none decoded, but for the first frame: it tells size and rotation.

    Raises DataError for what is not a video, holds sound only, no frame or one, or frames that cannot be decoded.
    """
    path = Path(path)
    with _opened(path) as container:
        stream = _stream(container, path)
        base = stream.time_base or Fraction(1, 1000)
        packets = [
            (p.pts, bool(p.is_keyframe), bool(p.is_corrupt), p.duration or 0)
            for p in _packets(container, stream)
            if p.size
        ]
        corrupt = sum(c for *_, c, _ in packets)
        rate = stream.average_rate or stream.guessed_rate
        said = stream.duration
    if not packets:
        raise DataError("holds no frame of video", path=path, expected="a video", todo=CONVERT)
    notes = []
    timed = all(p is not None for p, *_ in packets)
    if timed:
        order = sorted({p: k for p, k, *_ in packets}.items())
        pts = np.array([p for p, _ in order], np.int64)
        key = np.array([k for _, k in order], bool)
        t_s = (pts - pts[0]).astype(np.float64) * float(base)
    else:
        rate = rate or Fraction(25)
        pts = np.arange(len(packets), dtype=np.int64)
        key = np.array([k for _, k, *_ in packets], bool)
        t_s = pts / float(rate)
        notes.append(
            f"its frames carry no times: they are {float(rate):g} a second, as the file says, read from the first"
        )
    if len(pts) < 2:
        raise DataError("one still image", path=path, expected="a video of two frames or more")
    measured = Fraction((len(t_s) - 1) / max(float(t_s[-1]), 1e-9)).limit_denominator(1001)
    if not measured:
        raise DataError(f"its {len(t_s)} frames last {t_s[-1]:,.0f} s", path=path, expected="a frame in 1,000 s")
    rate = Fraction(rate) if rate and abs(float(rate) / float(measured) - 1) < 0.01 else measured
    gaps = np.diff(t_s)
    if timed and gaps.max() > 1.5 * np.median(gaps):
        notes.append(f"its rate varies: frames lie {gaps.min() * 1000:.0f} to {gaps.max() * 1000:.0f} ms apart")
    if said and timed and (short := float(said * base) - float(t_s[-1]) - 2 / float(rate)) > EARLY_S:
        notes.append(f"it ends {short:.1f} s before its header says: the file was cut short")
    if corrupt:
        notes.append(f"{corrupt} of {len(packets)} packets are marked damaged")
    footage = Footage(path, t_s, pts, key, 0, 0, rate, 0, corrupt, timed, tuple(notes))
    with _opened(path) as container:
        first = _first(container, path)
        turned = round(-float(getattr(first, "rotation", 0) or 0)) % 360
        if turned % 90:
            raise DataError(f"its frames are turned by {turned} degrees", path=path, expected="0, 90, 180 or 270",
                            todo=CONVERT)  # fmt: skip
        wide, high = (first.height, first.width) if turned in (90, 270) else (first.width, first.height)
    return Footage(**{**footage.__dict__, "width": wide, "height": high, "turned": turned})


def frames(
    footage: Footage, wanted: Sequence[int] | NDArray[np.int64] | None = None, counter: Counter | None = None,
    height: int | None = None,
) -> Iterator[tuple[int, UInt8]]:  # fmt: skip
    """Yield (number, image (H, W, 3) uint8 RGB) of the frames asked for, in order; all when none are named.

    counter: told what it cost. height: images this high instead of the file's. A frame that does not decode is left
    out, and counted. Raises DataError where the picture's size changes on the way.
    """
    count = counter if counter is not None else Counter()
    want = np.arange(len(footage)) if wanted is None else np.unique(np.asarray(wanted, np.int64))
    if len(want) and (want[0] < 0 or want[-1] >= len(footage)):
        bad = int(want[0] if want[0] < 0 else want[-1])
        raise DataError(f"frame {bad}", path=footage.path, expected=f"a number from 0 to {len(footage) - 1}")
    keys = np.flatnonzero(footage.key)
    with _opened(footage.path) as container:
        stream = _stream(container, footage.path)
        stream.thread_type = "AUTO"
        at, n = -1, 0  # the last frame that was decoded; the next of `want`
        decoder: Iterator[Any] | None = None
        while n < len(want):
            target = int(want[n])
            last_key = int(keys[keys <= target][-1]) if len(keys) and keys[0] <= target else 0
            if decoder is None or (footage.timed and last_key > at + 1):
                if footage.timed and last_key > 0:
                    container.seek(int(footage.pts[last_key]), stream=stream, backward=True)
                decoder = _decoded(container, stream)
            frame = next(decoder, None)
            if frame is None:
                count.lost += [int(w) for w in want[n:]]
                return
            count.decoded += 1
            number = _number(footage, frame, at)
            at = max(at, number)
            while n < len(want) and want[n] < number:  # it should have come before
                count.lost.append(int(want[n]))
                n += 1
            if n < len(want) and want[n] == number:
                yield number, _image(footage, frame, number, height)
                count.read += 1
                n += 1


def _number(footage: Footage, frame: Any, at: int) -> int:
    """Return which frame of the file a decoded one is."""
    if not footage.timed or frame.pts is None:
        return at + 1
    return int(np.searchsorted(footage.pts, frame.pts))


def _image(footage: Footage, frame: Any, number: int, height: int | None) -> UInt8:
    wide, high = (frame.height, frame.width) if footage.turned in (90, 270) else (frame.width, frame.height)
    if (wide, high) != (footage.width, footage.height):
        raise DataError(
            f"{footage.width} x {footage.height} pixels become {wide} x {high} at frame {number} "
            f"({footage.t_s[number]:.1f} s)", path=footage.path, expected="one size all through", todo=CONVERT,
        )  # fmt: skip
    if height is not None and height != high:
        scale = height / (frame.width if footage.turned in (90, 270) else frame.height)
        frame = frame.reformat(width=max(round(frame.width * scale), 2), height=max(round(frame.height * scale), 2))
    image = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(image, -footage.turned // 90)) if footage.turned else image


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Yield a stream's frames; packets that will not decode are passed over (their frames are then missing)."""
    import av

    for packet in _packets(container, stream):
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Yield a stream's packets until its end, or where a damaged file stops."""
    import av

    try:
        yield from container.demux(stream)
    except av.error.FFmpegError:
        return


def _first(container: Any, path: Path) -> Any:
    stream = _stream(container, path)
    frame = next(_decoded(container, stream), None)
    if frame is None:
        raise DataError("none of its frames can be decoded", path=path, expected="a video that plays", todo=CONVERT)
    return frame


def _stream(container: Any, path: Path) -> Any:
    from av.stream import Disposition

    videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not videos:
        what = "holds sound only" if container.streams.audio else "holds no video"
        raise DataError(what, path=path, expected="a video", todo="Give the file with the pictures.")
    return videos[0]


def _opened(path: Path) -> Any:
    import av

    if not path.exists():
        raise DataError("no such file", path=path, todo="Check the path.")
    if path.is_dir():
        raise DataError("is a folder", path=path, expected="one video file", todo="Name the file in it.")
    if not path.is_file():
        raise DataError("is no plain file", path=path, expected="one video file")
    if path.stat().st_size == 0:
        raise DataError("is empty", path=path, expected="a video", todo="Copy the file again.")
    av.logging.set_level(None)  # said in our words, once; and a log that Python hears waits for its lock: decoders hang
    try:
        container = av.open(str(path), metadata_errors="replace")  # a title may be in any encoding
    except av.error.FFmpegError as why:
        cut = _cut_short(path)
        raise DataError(
            "is cut short: its index, which comes last, is missing" if cut else f"is not a video ({why.strerror})",
            path=path, expected="a video that plays",
            todo="Copy the file again." if cut else CONVERT,
        ) from None  # fmt: skip
    except OSError as why:
        raise DataError(f"{why.strerror}", path=path, expected="a file that can be read") from None
    if container.format.name in STILLS or container.format.name.endswith("_pipe"):
        container.close()
        raise DataError("one still image", path=path, expected="a video of two frames or more")
    return container


def _cut_short(path: Path) -> bool:
    """Whether a file is an mp4 (or mov) without the index that says where its frames are."""
    with path.open("rb") as file:
        size, n = path.stat().st_size, 0
        names = set()
        while n + 8 <= size:
            file.seek(n)
            head = file.read(16)
            long = int.from_bytes(head[:4], "big")
            if long == 1:
                long = int.from_bytes(head[8:16], "big")
            names.add(head[4:8])
            if long < 8:
                break
            n += long
    return b"ftyp" in names and b"moov" not in names
