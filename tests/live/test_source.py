"""Files that grow, are cut short, replaced, moved away; feeds on loopback that break off and come again."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sportsai.errors import DataError
from sportsai.live import source
from sportsai.live.source import Source, open_source


def until(feed: Source, count: int, seconds: float = 10.0) -> list[bytes]:
    """The lines that come until there are `count`."""
    out: list[bytes] = []
    end = time.monotonic() + seconds
    while len(out) < count and time.monotonic() < end:
        out += feed.poll(0.05)
    return out


def test_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b"')
    feed = open_source(str(path))
    assert feed.poll(0) == [b'{"a": 1}']
    assert feed.poll(0) == []
    with path.open("ab") as f:
        f.write(b": 2}\n\n")
    assert feed.poll(1) == [b'{"b": 2}', b""]
    feed.close()


def test_a_file_cut_short_or_replaced_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_bytes(b"one\ntwo\nhal")
    feed = open_source(str(path))
    assert until(feed, 2) == [b"one", b"two"]
    path.write_bytes(b"new\n")  # the same file, shorter
    assert until(feed, 1) == [b"new"]
    other = tmp_path / "other"
    other.write_bytes(b"of another\n")
    other.replace(path)
    assert until(feed, 1) == [b"of another"]
    path.unlink()
    assert feed.poll(0.1) == []  # moved away: another may come
    path.write_bytes(b"back\n")
    assert until(feed, 1) == [b"back"]
    assert feed.counts == {"times the file was cut short": 1, "times the file was replaced": 2, "lines cut short": 1}
    feed.close()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("none.jsonl", "No such file"), (".", "Is a directory"), ("g.jsonl.gz", "compressed"),
        ("ftp://127.0.0.1/g", "cannot be followed"), ("tcp://10.0.0.1:9000", "not on this machine"),
        ("tcp://localhost.evil.org:9000", "not on this machine"), ("http://127.0.0.1", "not on this machine"),
        ("tcp://127.0.0.1:99999", "not on this machine"), ("tcp://127.0.0.1:9", "nothing can be read there"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_said(name: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=what):
        open_source(name if "://" in name else str(tmp_path / name))


def test_an_endless_line_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LONGEST", 1000)
    path = tmp_path / "g.jsonl"
    path.write_bytes(b"[" + b"1," * 2000)
    feed = open_source(str(path))
    with pytest.raises(DataError, match="Only formats with a frame a line"):
        feed.poll(0)
    feed.close()


def test_a_connection_that_breaks_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "AGAIN_S", 0.05)
    server = socket.create_server(("127.0.0.1", 0))
    pieces = [[b"one\ntw", b"o\nthr"], [b"three\n", b"four\n"]]

    def serve() -> None:
        for each in pieces:
            line, _ = server.accept()
            for piece in each:
                line.sendall(piece)
                time.sleep(0.05)
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    feed = open_source(f"tcp://127.0.0.1:{server.getsockname()[1]}")
    assert until(feed, 4) == [b"one", b"two", b"three", b"four"]
    assert feed.counts["lines cut short"] == 1
    assert feed.counts["times the feed was connected to again"] >= 1
    feed.close()
    thread.join(5)
    server.close()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/frames?of=1":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"one\nt", b"wo\n", b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def log_message(self, *_: object) -> None:
        pass


def test_lines_of_an_http_answer() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_address[1]}"
    feed = open_source(f"{at}/frames?of=1")
    assert until(feed, 2)[:2] == [b"one", b"two"]
    feed.close()
    with pytest.raises(DataError, match="it answers 404"):
        open_source(f"{at}/other")
    server.shutdown()
    server.server_close()
