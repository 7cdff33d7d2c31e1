"""Frames by number: which they are, when they are shown, and what bad files are told."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.video.decode import Counter, frames, look
from tests.video.films import greys, write


def number_of(image: np.ndarray) -> int:
    return round((float(image.mean()) - 20) / 5)


def test_frames_are_those_asked_for_and_only_what_they_need_is_decoded(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(40)))
    assert (len(footage), footage.width, footage.height, footage.rate_hz) == (40, 64, 48, 25)
    assert np.flatnonzero(footage.key).tolist() == [0, 10, 20, 30]
    counter = Counter()
    got = [(n, number_of(image)) for n, image in frames(footage, [32, 3, 33], counter)]
    assert got == [(3, 3), (32, 32), (33, 33)]
    assert counter.read == 3 and counter.decoded == 4 + 4 and not counter.lost  # 0..3, then from the key frame at 30
    assert [number_of(i) for _, i in frames(footage)] == list(range(40))
    assert next(frames(footage, [5], height=24))[1].shape == (24, 32, 3)


def test_a_name_with_spaces_and_quotes(tmp_path: Path) -> None:
    assert len(look(write(tmp_path / "a 'b' \"c\" é.mp4", greys(3)))) == 3


def test_a_varying_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 40, 80, 120, 320, 360, 400]
    footage = look(write(tmp_path / "v.mkv", greys(7), times))
    assert np.allclose(footage.t_s, np.array(times) / 1000, atol=2e-3)
    assert "varies" in footage.notes[0]
    assert [number_of(i) for _, i in frames(footage, [4])] == [4]


def test_2997_stays_2997(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "n.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(30000, 1001))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for image in greys(30):
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    footage = look(tmp_path / "n.mp4")
    assert footage.rate_hz == Fraction(30000, 1001)
    assert footage.t_s[-1] == pytest.approx(29 * 1001 / 30000)


def test_a_phone_held_upright_is_turned(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :32] = 255  # the left half is white
    path = write(tmp_path / "p.mp4", [image] * 4)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 4 + 4 * 5 + 8 + 8  # version 0: the matrix follows times, id, duration and layer
    turned = [0, 1 << 16, 0, (-1 << 16) & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30]
    raw[at : at + 36] = b"".join(v.to_bytes(4, "big") for v in turned)
    path.write_bytes(raw)
    footage = look(path)
    assert (footage.turned, footage.width, footage.height) == (90, 48, 64)
    upright = next(frames(footage, [1]))[1]
    assert upright.shape == (64, 48, 3)
    assert upright[:24].mean() > 200 and upright[40:].mean() < 50  # turned clockwise, the left is on top


def test_damaged_frames_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "d.mkv", [np.random.default_rng(n).integers(0, 255, (48, 64, 3), np.uint8) for n in range(30)]
    )
    raw = bytearray(path.read_bytes())
    footage, counter = look(path), Counter()
    whole = len(list(frames(footage)))
    middle = len(raw) // 2
    raw[middle : middle + 6000] = b"\xff" * 6000
    path.write_bytes(raw)
    got = [n for n, _ in frames(look(path), None, counter)]
    assert 0 < len(got) < whole == 30
    assert len(got) + len(counter.lost) == len(look(path))


def _silence(path: Path) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * 800)


def _resized(path: Path) -> None:
    parts = [write(path.parent / f"{n}.h264", greys(4, *size)) for n, size in enumerate([(64, 48), (128, 96)])]
    path.write_bytes(b"".join(p.read_bytes() for p in parts))


BAD = {
    "nothing": (lambda p: None, "no such file"),
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "folder": (lambda p: p.mkdir(), "is a folder"),
    "text": (lambda p: p.write_text("a,b\n1,2\n" * 50), "is not a video"),
    "sound": (_silence, "holds sound only"),
    "cut": (lambda p: p.write_bytes(write(p.with_suffix(".mp4"), greys(30)).read_bytes()[:3000]), "cut short"),
    "still": (lambda p: p.write_bytes(_png(p)), "still image"),
    "one frame": (lambda p: p.write_bytes(write(p.with_suffix(".mp4"), greys(1)).read_bytes()), "still image"),
}


def _png(path: Path) -> bytes:
    with av.open(str(path.with_suffix(".png")), "w") as out:
        stream = out.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(greys(1)[0], format="rgb24")), *stream.encode()]:
            out.mux(packet)
    return path.with_suffix(".png").read_bytes()


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_video_is_told_so_in_a_line(what: str, tmp_path: Path) -> None:
    make, said = BAD[what]
    make(tmp_path / "x")
    with pytest.raises(DataError, match=said) as bad:
        look(tmp_path / "x")
    assert str(tmp_path / "x") in str(bad.value) and "\n" not in str(bad.value)


def test_a_size_that_changes_is_told_where(tmp_path: Path) -> None:
    _resized(tmp_path / "r.h264")
    footage = look(tmp_path / "r.h264")
    assert not footage.timed or len(footage) == 8
    with pytest.raises(DataError, match="64 x 48 pixels become 128 x 96 at frame 4"):
        list(frames(footage))


def test_frames_there_are_not(tmp_path: Path) -> None:
    footage = look(write(tmp_path / "a.mp4", greys(4)))
    for wrong in (-1, 4):
        with pytest.raises(DataError, match=f"frame {wrong}; expected a number from 0 to 3"):
            list(frames(footage, [wrong]))


def test_no_decoder_is_left_waiting_for_pythons_lock(tmp_path: Path) -> None:
    """A log callback that takes the lock, in a decoder's thread, while Python waits for that thread, never returns."""
    import av.logging

    path = write(tmp_path / "a.mp4", greys(6))
    av.logging.set_level(av.logging.PANIC)
    next(iter(frames(look(path))))
    assert av.logging.get_level() is None
