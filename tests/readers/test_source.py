"""Opening files: each way a file can be missing, empty, cut short, damaged or encoded otherwise is one line."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.readers import _frames, source


def records(text: str | bytes) -> list[dict]:
    import pyarrow as pa

    raw = text.encode() if isinstance(text, str) else text
    schema = pa.schema([("frame", pa.int64()), ("data", pa.list_(pa.struct([("x", pa.float32())])))])
    return source.json_rows(np.frombuffer(bytearray(raw), np.uint8), Path("f.json"), schema).to_pylist()


@pytest.mark.parametrize(
    "text",
    [
        '[{"frame": 1, "data": [{"x": 2}, {"x": 3}]}, {"frame": 2, "data": []}]',
        '[\n  {"frame": 1,\n "data": [{"x": 2},\n {"x": 3}]},\n {"frame": 2, "data": []}\n]\n',
        '[{"frame": 1, "data": [{"x": 2}, {"x": 3}]}, {"data": [], "frame": 2}]',
        '{"frame": 1, "data": [{"x": 2}, {"x": 3}]}\n{"frame": 2, "data": []}\n',
        b'\xef\xbb\xbf[{"frame": 1, "data": [{"x": 2}, {"x": 3}]},{"frame": 2, "data": [], "more": {"frame": 9}}]',
    ],
)
def test_arrays_and_lines_are_the_same_records(text) -> None:
    assert records(text) == [{"frame": 1, "data": [{"x": 2.0}, {"x": 3.0}]}, {"frame": 2, "data": []}]


def test_records_that_look_like_the_cut_inside_themselves() -> None:
    text = '[{"x": 1, "frame": 1, "data": [{"x": 1}, {"x": 2}]}, {"x": 1, "frame": 2, "data": [{"x": 1}, {"x": 5}]}]'
    assert [r["frame"] for r in records(text)] == [1, 2]
    assert records(text)[1]["data"] == [{"x": 1.0}, {"x": 5.0}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "no frames"),
        ("[  ]", "no frames"),
        ('[{"frame": 1}, {"frame"', "cut short"),
        ('[{"frame": 1}, {"frame": 2}', "cut short"),
        ('{"frame": 1}\n{"fra', "cut short"),
        ("frame,x\n1,2", "not JSON"),
        ('[{"frame": "one"}]', "a frame cannot be read"),
        ('[{"frame": 1, "data": [{"x": 1}}, {"frame": 2}]', "a frame cannot be read"),
        ("[1, 2]", "a frame cannot be read"),
    ],
)
def test_broken_records(text, says) -> None:
    with pytest.raises(DataError, match=says):
        records(text)


def test_compressed_files_and_their_damage(tmp_path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"text"))
    (tmp_path / "a.xz").write_bytes(lzma.compress(b"text"))
    assert source.read_text(tmp_path / "a.gz") == source.read_text(tmp_path / "a.xz") == "text"
    assert source.head(tmp_path / "a.gz", 2) == b"te"
    for name in ("a.gz", "a.xz"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-6])
        with pytest.raises(DataError, match="damaged"):
            source.read_bytes(tmp_path / name)


def test_missing_empty_folder_and_encoding(tmp_path) -> None:
    (tmp_path / "there.txt").write_bytes(b"fine\nM\xfcnchen")
    with pytest.raises(DataError, match=r"no such file.*there\.txt"):
        source.check_file(tmp_path / "gone.txt")
    with pytest.raises(DataError, match="line 2: byte 0xfc is not UTF-8"):
        source.read_text(tmp_path / "there.txt")
    with pytest.raises(DataError, match="a folder"):
        source.check_file(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match="empty"):
        source.read_bytes(tmp_path / "empty")


def test_xml_and_json_breaks_name_the_line() -> None:
    with pytest.raises(DataError, match="line 2: the XML ends too early"):
        source.parse_xml(b"<a>\n<b>", Path("f.xml"))
    with pytest.raises(DataError, match=r"line 2: .*not valid JSON"):
        source.parse_json(b'{"a": 1,\n"b": nul, "c": 3}', Path("f.json"))


@pytest.mark.parametrize(("said", "rate"), [("25", "25"), (29.97, "30000/1001"), (59.94, "60000/1001"), (12.5, "25/2")])
def test_rates_are_exact_fractions(said, rate) -> None:
    assert str(_frames.rate_hz(said, Path("f"), "fps")) == rate


@pytest.mark.parametrize("said", [0, -25, "nan", "fast", None, "inf"])
def test_rates_that_cannot_be(said) -> None:
    with pytest.raises(DataError, match="the frame rate is"):
        _frames.rate_hz(said, Path("f"), "fps")


def test_a_pipe_is_refused_before_it_is_opened(tmp_path):
    import os

    from sportsai.court import load_league
    from sportsai.readers import read_games

    path = tmp_path / "structured_data.json"
    os.mkfifo(path)
    for provider in (None, "skillcorner", "table"):
        with pytest.raises(DataError, match="no plain file"):
            list(read_games((path,), load_league("soccer"), provider))
    assert source.head(path) == b""
