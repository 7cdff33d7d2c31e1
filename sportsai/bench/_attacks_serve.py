"""Requests to the desk from other sites, hosts and programs: nothing but this machine's own page is heard."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sportsai.bench._attacks import Attack, Through

HOSTS = ("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.nip.io:{port}", "[::1]:{port}",
         "localhost.evil.example:{port}", "0.0.0.0:{port}", "127.0.0.1:{port}@evil.example", "", None)  # fmt: skip
ORIGINS: tuple[dict[str, str | None], ...] = (
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://127.0.0.1:{port}"}, {"Origin": "http://evil.example:{port}"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"X-Sportsai-Token": None}, {"X-Sportsai-Token": ""},
    {"X-Sportsai-Token": "x" * 43}, {"Content-Type": "text/plain"}, {"Content-Type": None},
    {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "multipart/form-data; boundary=x"},
)  # fmt: skip
PATHS = (
    "/../../etc/passwd", "/games/../sportsai.json", "/games/..%2f..%2fetc%2fpasswd", "/games/%2e%2e/%2e%2e/etc/passwd",
    "/games/1/../../sportsai.json", "/games/1/current", "/games/1/corrections.jsonl", "//etc/passwd", "/sportsai.json",
    "/games/1%00", "/games/%ff", "/static/../../../etc/passwd", "/games/%252e%252e/x", "\\..\\..\\etc\\passwd", "*",
)  # fmt: skip
RAW = (
    b"\x00\x01<script>\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /games/1/corrections HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /games/1/corrections HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n",
)  # fmt: skip


def made() -> list[Attack]:
    """Return the attacks on the desk."""
    return [
        Attack("serve", "listening to others than this machine", _listens),
        Attack("serve", "other hosts in the request (DNS rebinding)", _hosts),
        Attack("serve", "answers sent by other sites, forms and programs without the page's token", _origins),
        Attack("serve", "pages read by scripts of other sites", _read),
        Attack("serve", "paths that lead out of the library's games", _paths),
        Attack("serve", "requests that are none, or have no end", _raw),
    ]


@dataclass(frozen=True)
class Answer:
    """What the desk answered."""

    status: int
    headers: Any
    body: bytes


@dataclass(frozen=True)
class Desk:
    """A desk that is open."""

    port: int
    site: Any

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str | None) -> Answer:
        """Send just this; a header that is None is left out."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        length = {} if body is None else {"Content-Length": str(len(body))}
        for name, value in ({"Host": f"127.0.0.1:{self.port}"} | length | headers).items():
            if value is not None:
                line.putheader(name, value.format(port=self.port))
        line.endheaders(body)
        try:
            got = line.getresponse()
            return Answer(got.status, got.headers, got.read())
        finally:
            line.close()

    def answer(self, value: Any, **changes: str | None) -> Answer:
        """Send an answer as the page does, with some headers changed."""
        own: dict[str, str | None] = {
            "Content-Type": "application/json", "X-Sportsai-Token": self.site.token, "Sec-Fetch-Site": "same-origin",
            "Origin": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip
        return self.ask("POST", "/games/1/corrections", json.dumps(value).encode(), **(own | changes))


@contextmanager
def served(library: Any, by: str = "Ada") -> Iterator[Desk]:
    """Yield the desk of a library, listening."""
    from sportsai.serve import open_server

    one = open_server(library, 0, by)
    running = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    running.start()
    try:
        yield Desk(one.server_address[1], one.site)
    finally:
        one.shutdown()
        running.join(10)
        one.end()


@contextmanager
def _desk(folder: Path) -> Iterator[tuple[Desk, Any, dict[str, Any]]]:
    """Yield a desk, its library and a right answer; Through where a correction was kept meanwhile."""
    from sportsai.bench._faults_library import filled
    from sportsai.library.desk import Desk as Answers

    library = filled(folder / "library")
    e = Answers(library, "1").rows.iloc[2]
    right = {"action": "reject", "event": e["event_id"], "frame": int(e["frame"]), "of": "events", "by": "Eve"}
    before = library.corrections("1")
    with served(library) as desk:
        yield desk, library, right
        if library.corrections("1") != before:
            raise Through("an answer was kept")
        if desk.answer(right).status != 200:
            raise Through("the page's own answer is refused, so that nothing was tried")


def _listens(folder: Path) -> Iterator[str]:
    with _desk(folder) as (desk, _, _):
        names = {a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in sorted({*names, "127.0.0.2"} - {"127.0.0.1"}):
            with socket.socket() as line:
                line.settimeout(5)
                if line.connect_ex((address, desk.port)) == 0:
                    raise Through(f"{address} is answered")
            yield "no connection"


def _hosts(folder: Path) -> Iterator[str]:
    with _desk(folder) as (desk, _, right):
        for host in HOSTS:
            for got in (desk.ask("GET", "/", Host=host), desk.ask("GET", "/games/1", Host=host),
                        desk.answer(right, Host=host)):  # fmt: skip
                if got.status not in (400, 403) or b"/games/1" in got.body:
                    raise Through(f"{host}: {got.status}")
                yield f"{got.status} {http.client.responses[got.status]}"


def _origins(folder: Path) -> Iterator[str]:
    with _desk(folder) as (desk, _, right):
        for headers in ORIGINS:
            got = desk.answer(right, **headers)
            if got.status not in (403, 415):
                raise Through(f"{headers}: {got.status}")
            yield f"{got.status} {http.client.responses[got.status]}"


def _read(folder: Path) -> Iterator[str]:
    with _desk(folder) as (desk, _, _):
        for mode in ("no-cors", "cors", "same-origin", "websocket"):
            for path in ("/", "/games/1", "/games/1/corrections"):
                cross: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
                got = desk.ask("GET", path, None, **cross)
                if got.status != 403 or "Access-Control-Allow-Origin" in got.headers:
                    raise Through(f"{mode} {path}: {got.status}")
                yield f"{got.status} {http.client.responses[got.status]}"
        got = desk.ask("GET", "/")
        policy = got.headers["Content-Security-Policy"]
        if got.headers["X-Frame-Options"] != "DENY" or "default-src 'none'" not in policy:
            raise Through(f"the page may be framed, or its policy is {policy}")
        yield "the page's own policy: default-src 'none'"


def _paths(folder: Path) -> Iterator[str]:
    with _desk(folder) as (desk, _, _):
        for path in PATHS:
            got = desk.ask("GET", path)
            if got.status not in (400, 404) or b"root:" in got.body or b"sportsai_library" in got.body:
                raise Through(f"{path}: {got.status}")
            yield f"{got.status} {http.client.responses[got.status]}"


def _raw(folder: Path) -> Iterator[str]:
    def send(desk: Desk, content: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", desk.port), timeout=15) as line:
            try:
                line.sendall(content)
                with suppress(OSError):  # it has answered and hung up already
                    line.shutdown(socket.SHUT_WR)
                return line.recv(1 << 16)
            except ConnectionError:
                return b""

    with _desk(folder) as (desk, _, _):
        for content in RAW:
            got = send(desk, content)
            if b"<script>" in got or got.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
                raise Through(f"{content[:60]!r}: {got[:60]!r}")
            yield got.split(b"\r\n", 1)[0].decode("latin-1") or "hung up"
        if desk.ask("GET", "/").status != 200:
            raise Through("the desk answers no more")
