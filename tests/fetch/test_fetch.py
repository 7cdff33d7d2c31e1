"""Fetching public sets from a tiny local mirror: whole or not at all, on from where it stopped, never outside."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import sys
import tarfile
import threading
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

from sportsai import fetch as fetching
from sportsai.cli import main
from sportsai.errors import DataError
from sportsai.fetch import DataSet, File, catalogue, data_set, fetch
from sportsai.readers import reader_names

CONTENT = bytes(range(256)) * 4096  # 1 MiB
RIGHT = hashlib.sha256(CONTENT).hexdigest()


def made(*files: File) -> DataSet:
    return DataSet("made", "A made-up set", "soccer", "MIT", "https://example.org", files)


def file(path: str = "a b/data.bin", **facts) -> File:
    return File(path, facts.pop("to", "data.bin"), "https://example.invalid/", **facts)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "data.bin").write_bytes(CONTENT)
    return folder


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT with ranges, and misbehaves on request."""

    mode: ClassVar[str] = "good"
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        Server.asked.append(wanted)
        if self.mode == "missing":
            self.send_error(404)
            return
        start = 0
        if wanted and self.mode in ("good", "cut", "shifted", "changed"):
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if self.mode == "changed" and self.headers.get("If-Range") != '"new"':
                start = 0
        if start >= len(CONTENT):
            self.send_response(416)
            if self.mode == "good" and start == len(CONTENT):
                self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        if start:
            said = start + 5 if self.mode == "shifted" else start
            self.send_header("Content-Range", f"bytes {said}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"new"')
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.mode == "cut" else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    Server.mode, Server.asked = "good", []
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


def get(folder: Path, mirror: str | Path, *files: File):
    address = mirror if isinstance(mirror, str) else mirror.as_uri()
    return list(fetch(made(*files), folder, address))


def test_a_file_with_its_checksum(tmp_path, mirror):
    (got,) = get(tmp_path / "data", mirror, file(sha256=RIGHT))
    assert (got.how, got.published, got.sha256) == ("fetched", True, RIGHT)
    assert got.path.read_bytes() == CONTENT
    assert sorted(p.name for p in got.path.parent.iterdir()) == ["data.bin"]
    assert get(tmp_path / "data", mirror, file(sha256=RIGHT))[0].how == "already here"


def test_an_unpublished_checksum_is_recorded_and_checked_next_time(tmp_path, mirror):
    (got,) = get(tmp_path / "data", mirror, file())
    assert not got.published
    assert (got.path.parent / "data.bin.sha256").read_text() == f"{RIGHT}  data.bin\n"
    assert get(tmp_path / "data", mirror, file())[0].how == "already here"
    got.path.write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match="not what was published or fetched before"):
        get(tmp_path / "data", mirror, file())


def test_a_wrong_checksum_is_one_line_and_leaves_nothing(tmp_path, mirror):
    with pytest.raises(DataError, match=r"data.bin: the checksum is .*expected 000000000000") as bad:
        get(tmp_path / "data", mirror, file(sha256="0" * 64))
    assert "\n" not in str(bad.value)
    assert list((tmp_path / "data").iterdir()) == []


def test_it_goes_on_from_a_part(tmp_path, mirror, server):
    for where in (mirror, server):
        folder = tmp_path / str(len(str(where)))
        folder.mkdir()
        (folder / "data.bin.part").write_bytes(CONTENT[:1000])
        (got,) = get(folder, where, file(sha256=RIGHT))
        assert got.how == "resumed"
        assert got.path.read_bytes() == CONTENT
    assert Server.asked == ["bytes=1000-"]


def test_a_cut_connection_keeps_the_part_and_the_next_run_goes_on(tmp_path, server):
    Server.mode = "cut"
    with pytest.raises(DataError, match="Run the command again: it goes on where it was"):
        get(tmp_path, server, file(sha256=RIGHT))
    have = (tmp_path / "data.bin.part").stat().st_size
    assert 0 < have < len(CONTENT)
    assert not (tmp_path / "data.bin").exists()
    Server.mode = "good"
    assert get(tmp_path, server, file(sha256=RIGHT))[0].how == "resumed"
    assert Server.asked == [None, f"bytes={have}-"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.bin"]


@pytest.mark.parametrize("mode", ["ignores ranges", "shifted"])
def test_a_server_that_does_not_go_on_is_asked_for_the_whole(tmp_path, server, mode):
    Server.mode = mode
    (tmp_path / "data.bin.part").write_bytes(b"x" * 1000)
    (got,) = get(tmp_path, server, file(sha256=RIGHT))
    assert (got.how, got.path.read_bytes() == CONTENT) == ("fetched", True)


def test_a_file_that_changed_since_begins_again(tmp_path, server):
    Server.mode = "changed"
    (tmp_path / "data.bin.part").write_bytes(b"x" * 1000)
    (tmp_path / "data.bin.part.etag").write_text('"old"')
    assert get(tmp_path, server, file(sha256=RIGHT))[0].how == "fetched"
    assert not (tmp_path / "data.bin.part.etag").exists()


def test_a_part_longer_than_the_file_begins_again(tmp_path, mirror, server):
    for where in (mirror, server):
        folder = tmp_path / str(len(str(where)))
        folder.mkdir()
        (folder / "data.bin.part").write_bytes(CONTENT + b"more")
        assert get(folder, where, file(sha256=RIGHT))[0].how == "fetched"


def test_a_whole_part_is_not_fetched_twice(tmp_path, server):
    (tmp_path / "data.bin.part").write_bytes(CONTENT)
    assert get(tmp_path, server, file(sha256=RIGHT))[0].how == "resumed"
    assert Server.asked == [f"bytes={len(CONTENT)}-"]


def test_not_there_and_no_network(tmp_path, mirror, server):
    Server.mode = "missing"
    with pytest.raises(DataError, match="answered 404"):
        get(tmp_path, server, file())
    with pytest.raises(DataError, match=r"cannot be reached \(No such file"):
        get(tmp_path, mirror, file("none.bin"))
    with pytest.raises(DataError, match="cannot be reached"):
        get(tmp_path, "http://127.0.0.1:9", file())
    with pytest.raises(DataError, match="is no mirror"):
        get(tmp_path, "ftp://example.org", file())


def test_a_folder_that_cannot_be_written(tmp_path, mirror):
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be written"):
        get(tmp_path / "data", mirror, file())


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as z:
        for name, text in members.items():
            z.writestr(name.replace("__", "/"), text)
    return path


def archive(name: str) -> File:
    return File(name, f"sub/{name}", "https://example.invalid/", extract=True)


def test_archives_are_unpacked_once(tmp_path, mirror):
    zipped(mirror / "games.zip", a__one="1", two="2")
    with tarfile.open(mirror / "games.tar.gz", "w:gz") as t:
        t.add(mirror / "a b" / "data.bin", "b/data.bin")
    first, second = get(tmp_path / "data", mirror, archive("games.zip"), archive("games.tar.gz"))
    assert (first.unpacked, second.unpacked) == (2, 1)
    folder = tmp_path / "data" / "sub"
    assert (folder / "a" / "one").read_text() == "1"
    assert (folder / "b" / "data.bin").read_bytes() == CONTENT
    assert not list(folder.glob("*.part"))
    assert not list(folder.glob(".games*"))
    assert [f.how for f in get(tmp_path / "data", mirror, archive("games.zip"))] == ["already here"]


def evil_zip(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("fine", "fine")
        z.writestr(zipfile.ZipInfo(name), "evil")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil"])
def test_a_zip_never_writes_outside(tmp_path, mirror, name):
    evil_zip(mirror / "games.zip", name)
    with pytest.raises(DataError, match="outside its folder"):
        get(tmp_path / "data", mirror, archive("games.zip"))
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "data" / "sub" / "fine").exists()


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../evil", tarfile.REGTYPE, ""),
        ("/evil", tarfile.REGTYPE, ""),
        ("evil", tarfile.SYMTYPE, "/etc/passwd"),
        ("evil", tarfile.LNKTYPE, "../../evil"),
        ("evil", tarfile.FIFOTYPE, ""),
    ],
)
def test_a_tar_never_writes_outside(tmp_path, mirror, name, kind, link):
    with tarfile.open(mirror / "games.tar", "w") as t:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        t.addfile(info, io.BytesIO(b""))
    with pytest.raises(DataError, match=r"outside its folder|a link or a device"):
        get(tmp_path / "data", mirror, archive("games.tar"))
    assert not list(tmp_path.rglob("evil"))


def test_a_symlink_in_a_zip(tmp_path, mirror):
    with zipfile.ZipFile(mirror / "games.zip", "w") as z:
        info = zipfile.ZipInfo("evil")
        info.external_attr = 0o120777 << 16
        z.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="a link or a device"):
        get(tmp_path / "data", mirror, archive("games.zip"))


def test_a_damaged_archive_and_one_too_large(tmp_path, mirror, monkeypatch):
    whole = zipped(mirror / "games.zip", one="1" * 1000).read_bytes()
    (mirror / "games.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="archive is damaged"):
        get(tmp_path / "data", mirror, archive("games.zip"))
    (mirror / "games.zip").write_bytes(whole)
    monkeypatch.setattr(fetching, "FREE", 10)
    monkeypatch.setattr(fetching, "RATIO", 0)
    with pytest.raises(DataError, match="more than 0 times its size"):
        get(tmp_path / "data", mirror, archive("games.zip"))
    monkeypatch.undo()
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: type("Free", (), {"free": 10}))
    with pytest.raises(DataError, match="GB are free"):
        get(tmp_path / "data", mirror, archive("games.zip"))


def test_the_catalogue():
    sets = catalogue()
    assert {"skillcorner", "metrica", "lastrow", "bigdatacup-2022", "volleyball"} <= set(sets)
    for s in sets.values():
        assert s.licence
        assert s.source.startswith("https://")
        assert s.provider is None or s.provider in reader_names()
        assert len({f.to for f in s.files}) == len(s.files)
        assert all(f.base.startswith(("https://", "http://")) and f.base.endswith("/") for f in s.files)
    with pytest.raises(DataError, match=r'no data set named "metrika". Did you mean "metrica"\?'):
        data_set("metrika")


@pytest.mark.parametrize(
    ("text", "says"),
    [("[a]\ntitle = 1\n", "not a catalogue"), ("[", "not a catalogue"), ("a = 1", "not a catalogue")],
)
def test_a_wrong_catalogue(tmp_path, text, says):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(DataError, match=says):
        catalogue(tmp_path / "c.toml")
    outside = '[a]\ntitle="t"\nsport="s"\nlicence="l"\nsource="s"\nbase="b"\nfiles=[{path="p", to="../p"}]\n'
    (tmp_path / "c.toml").write_text(outside)
    with pytest.raises(DataError, match="leaves its folder"):
        catalogue(tmp_path / "c.toml")


@pytest.fixture
def type_(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def typed(*words: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["sportsai", "data", *words])
        try:
            main()
            got = 0
        except SystemExit as done:
            got = int(done.code or 0)
        out, err = capsys.readouterr()
        assert got == code, err
        return out, err

    return typed


def test_the_command(type_, tmp_path):
    assert {s["name"] for s in json.loads(type_("list", "--json")[0])} == set(catalogue())
    assert "lastrow" in type_("list")[0]
    folder = tmp_path / "mirror"
    folder.mkdir()
    for f in data_set("lastrow").files:
        (folder / f.path).write_text("play,frame\n")
    out, err = type_("fetch", "lastrow", "--to", "here", "--mirror", folder.as_uri())
    seen = hashlib.sha256(b"play,frame\n").hexdigest()
    assert out.count(f"no checksum is published; recorded sha256 {seen}") == 2
    assert "Licence: free to use with credit" in err
    assert "sportsai ingest 'here/lastrow' --league soccer --provider lastrow" in err
    assert (tmp_path / "here" / "lastrow" / "liverpool_2019.csv").is_file()
    assert "already here" in type_("fetch", "lastrow", "--to", "here", "--mirror", folder.as_uri())[0]
    err = type_("fetch", "lastro", code=1)[1]
    assert 'Did you mean "lastrow"?' in err
    assert len(err.splitlines()) == 1
