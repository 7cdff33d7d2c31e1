"""The server itself: this machine only, this browser tab only.

It binds 127.0.0.1. A request must name that address (or localhost) as its host, so that no name that was made to point
here later reaches it. Answers need the token that was drawn for this run and stands in the page, JSON, and the page's
own origin, so that no other site can send any. Nothing of the disk is served but pages made from games of the library.
"""

from __future__ import annotations

import errno
import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from sportsai.errors import SportsaiError, one_line
from sportsai.library import Library
from sportsai.serve import answers
from sportsai.serve.site import Page, Site

ADDRESS = "127.0.0.1"
MOST_BYTES = 16_384  # of a request's body
QUIET_S = 30.0  # after which a silent connection is closed
WAIT_S = 0.2  # for a report, before a page says that it is being made
_GAME = re.compile(r"/games/([^/]+)(/corrections|/refine)?\Z")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}  # fmt: skip


class Refused(Exception):
    """A request that is not answered: the status and why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Desks(ThreadingHTTPServer):
    """The server of a library's games."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, library: Library, port: int, by: str | None = None) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.site = Site(library, secrets.token_urlsafe(32), by)
        self.writing = threading.Lock()  # held by whoever keeps something: the server ends between two writers
        port = self.server_address[1]
        self.hosts = {f"{name}:{port}" for name in (ADDRESS, "localhost")}
        self.hosts |= {ADDRESS, "localhost"} if port == 80 else set()

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{ADDRESS}:{self.server_address[1]}/"

    def end(self) -> None:
        """Take no more requests, and return when nothing is being kept any more."""
        self.server_close()
        self.writing.acquire()  # never given back: whoever comes later keeps nothing

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away; our own errors keep their traceback."""
        import sys

        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def open_server(library: Library, port: int, by: str | None = None) -> Desks:
    """Return a server on `port` (0: any free one); SportsaiError, one line, where it cannot be had."""
    try:
        return Desks(library, port, by)
    except OSError as bad:
        if bad.errno == errno.EADDRINUSE:
            raise SportsaiError(
                f"port {port} is taken", expected="a free port",
                todo="Choose another with --port, or let one be found with --port 0.",
            ) from None  # fmt: skip
        if bad.errno == errno.EACCES:
            raise SportsaiError(f"port {port} may not be used", expected="1024 or above",
                                todo="Choose another with --port.") from None  # fmt: skip
        raise SportsaiError(f"port {port} cannot be opened ({bad.strerror})") from None


class _Handler(BaseHTTPRequestHandler):
    server: Desks
    protocol_version = "HTTP/1.1"
    timeout = QUIET_S
    server_version, sys_version = "sportsai", ""

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the terminal belongs to the analyst."""

    def do_GET(self) -> None:
        self._answer(self._get)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, act: Callable[[], None]) -> None:
        try:
            self._check_host()
            act()
        except Refused as no:
            self._refuse(no.status, no.why)
        except SportsaiError as bad:
            wrong = HTTPStatus.NOT_FOUND if self.command != "POST" else HTTPStatus.BAD_REQUEST
            self._refuse(wrong, str(bad))

    # ---- who may ask ---------------------------------------------------------------------------------------------

    def _check_host(self) -> None:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].strip().lower() not in self.server.hosts:
            raise Refused(HTTPStatus.FORBIDDEN, f"This is sportsai on {self.server.url}; no other name is answered.")
        from_where = self.headers.get("Sec-Fetch-Site", "none")
        opened = self.command != "POST" and self.headers.get("Sec-Fetch-Mode") == "navigate"
        if from_where not in ("none", "same-origin") and not opened:
            raise Refused(HTTPStatus.FORBIDDEN, "Another site asked.")

    def _check_sender(self) -> None:
        origins = self.headers.get_all("Origin") or []
        own = {f"http://{h}" for h in self.server.hosts}
        if any(o.lower() not in own for o in origins):
            raise Refused(HTTPStatus.FORBIDDEN, "Another site asked.")
        token = self.headers.get("X-Sportsai-Token", "")
        if not hmac.compare_digest(token.encode(), self.server.site.token.encode()):
            raise Refused(HTTPStatus.FORBIDDEN, "The page is of an earlier run of the server: load it again.")
        if self.headers.get_content_type() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Answers are JSON.")

    def _body(self) -> Any:
        told = self.headers.get_all("Content-Length") or []
        if len(told) != 1 or not told[0].isascii() or not told[0].isdigit() or "Transfer-Encoding" in self.headers:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "An answer must say how long it is.")
        if len(told[0]) > 9 or int(told[0]) > MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"An answer is at most {MOST_BYTES:,} bytes.")
        content = self.rfile.read(int(told[0]))
        try:
            return json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            raise Refused(HTTPStatus.BAD_REQUEST, "This is no JSON.") from None

    # ---- what is answered ----------------------------------------------------------------------------------------

    def _place(self) -> tuple[str, str]:
        """Return the game and what of it is asked ("", "/corrections", "/refine"); ("", "") of the list of games."""
        path = self.path.partition("?")[0]
        if path == "/":
            return "", ""
        found = _GAME.match(path)
        game = unquote(found[1], errors="replace") if found else ""
        if found is None or game not in self.server.site.library.ids():
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such page.")
        return game, found[2] or ""

    def _get(self) -> None:
        game, what = self._place()
        site = self.server.site
        if not game:
            self._send(site.index())
        elif what == "/corrections":
            self._send_json(answers.history(site.library, game))
        elif what:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "This is asked with POST.")
        else:
            build = site.report(game, WAIT_S)
            if build.error is not None:
                raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, str(build.error))
            if build.page is not None:
                self._send(build.page)
            else:
                self._send(site.waiting(game), more={"Refresh": "1"})

    def _post(self) -> None:
        self._check_sender()
        body = self._body()
        game, what = self._place()
        library = self.server.site.library
        if what not in ("/corrections", "/refine"):
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Nothing is kept here.")
        with self.server.writing:
            if what == "/corrections":
                told = answers.keep(library, game, body)
            else:
                told = answers.refine(library, game)
        self._send_json(told)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Say why, as JSON to the page's script and as a page to a person; what was not read is not waited for."""
        if self.command == "POST":
            self.close_connection = True
            self._send_json({"error": one_line(why, 600)}, status)
        else:
            self._send(self.server.site.wrong(one_line(why, 600)), status)

    def _send_json(self, value: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        self._write(json.dumps(value).encode(), "application/json", "default-src 'none'", status, {})

    def _send(self, page: Page, status: HTTPStatus = HTTPStatus.OK, more: dict[str, str] | None = None) -> None:
        self._write(page.html, "text/html; charset=utf-8", page.policy, status, more or {})

    def _write(self, content: bytes, kind: str, policy: str, status: HTTPStatus, more: dict[str, str]) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Content-Security-Policy": policy}
        for name, value in (headers | _ALWAYS | more).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
