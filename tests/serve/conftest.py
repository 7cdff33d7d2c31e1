"""A server on the small invented game, and requests as a browser or a stranger sends them."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sportsai.library import Library
from sportsai.serve import Desks, open_server
from tests.report.conftest import RUN, browser, predicted, small_game

__all__ = ["browser"]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library, game = Library(tmp_path / "library", create=True), small_game()
    library.add(game)
    library.write_predictions(game.id, predicted(game), RUN)
    return library


@pytest.fixture
def server(library: Library) -> Iterator[Desks]:
    one = open_server(library, 0, "Ada")
    running = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    running.start()
    yield one
    one.shutdown()
    running.join(10)
    one.end()


class Answer:
    def __init__(self, got: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = got.status, got.headers, got.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    server: Desks, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Send just this: `headers` take the place of those http.client would send; a value None leaves one out."""
    port = server.server_address[1]
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    sent = {"Host": f"127.0.0.1:{port}"} | ({} if body is None else {"Content-Length": str(len(body))})
    for name, value in (sent | (headers or {})).items():
        if value is not None:
            line.putheader(name, value)
    line.endheaders(body)
    try:
        return Answer(line.getresponse())
    finally:
        line.close()


def say(server: Desks, value: Any, path: str = "/games/small/corrections", **headers: str | None) -> Answer:
    """Send an answer as the page does; `headers` (with _ for -) change what is sent."""
    port = server.server_address[1]
    own: dict[str, Any] = {
        "Content-Type": "application/json", "X-Sportsai-Token": server.site.token,
        "Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin",
    }  # fmt: skip
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return ask(server, "POST", path, body, own | changed)  # type: ignore[arg-type]
