"""Nobody but this machine's browser, on the server's own page, changes anything; nothing but games is served."""

from __future__ import annotations

import re
import shutil
import socket
import threading

import pytest

from sportsai.errors import SportsaiError
from sportsai.library import Library
from sportsai.library.desk import Desk
from sportsai.serve import Desks, open_server
from sportsai.serve.server import MOST_BYTES
from tests.report.conftest import EVIL, small_game
from tests.serve.conftest import ask, say


def first(library: Library) -> dict[str, object]:
    e = Desk(library, "small").rows.iloc[0]
    return {"action": "reject", "event": e["event_id"], "frame": int(e["frame"]), "of": "events", "by": "Ada"}


def test_it_listens_to_this_machine_only(server: Desks) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_games_and_reports_are_shown_with_a_strict_policy(server: Desks) -> None:
    index = ask(server, "GET", "/")
    assert index.status == 200
    assert b'href="/games/small"' in index.body
    assert b'<span class="id muted">small</span>' in index.body  # games of the same teams and day are told apart
    assert EVIL.encode() not in index.body
    report = finished(server)
    policy = report.headers["Content-Security-Policy"]
    for page in (index, report):
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        scripts = re.search(r"script-src ([^;]*)", page.headers["Content-Security-Policy"])
        assert scripts
        assert "unsafe" not in scripts[1]
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in page.headers
    assert "frame-ancestors 'none'" in policy
    assert b"http-equiv" not in report.body
    assert EVIL.encode() not in report.body
    assert server.site.token.encode() in report.body
    assert server.site.token.encode() not in index.body


def finished(server: Desks) -> object:
    build = server.site.report("small", 60)
    assert build.page is not None
    return ask(server, "GET", "/games/small")


def test_a_report_is_kept_until_something_changes(server: Desks, library: Library) -> None:
    one = server.site.report("small", 60)
    assert server.site.report("small", 60) is one
    assert say(server, first(library)).status == 200
    again = server.site.report("small", 60)
    assert again is not one
    assert again.page is not None
    assert b"1 event corrected by Ada: 1 rejected" in again.page.html
    library.write_predictions("small", Desk(library, "small").said.events, {"run_id": "r2", "made_at": "2027"})
    assert server.site.report("small", 60) is not again


def test_while_a_report_is_made_a_page_says_so(server: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(library: Library, game: str) -> str:
        assert go.wait(30)
        return '<meta http-equiv="Content-Security-Policy" content="x"><body></body>'

    monkeypatch.setattr("sportsai.serve.site.build_report", slow)
    waiting = ask(server, "GET", "/games/small")
    assert waiting.status == 200
    assert waiting.headers["Refresh"] == "1"
    assert b"is being made" in waiting.body
    go.set()
    assert server.site.report("small", 30).page is not None


def test_an_answer_is_kept(server: Desks, library: Library) -> None:
    got = say(server, first(library))
    assert got.status == 200
    assert got.json["text"].startswith("Rejected by Ada, ")
    (kept,) = library.corrections("small")
    assert (kept.action, kept.by, kept.id) == ("reject", "Ada", got.json["id"])
    assert ask(server, "GET", "/games/small/corrections").json["said"][0]["id"] == kept.id
    assert say(server, {"action": "withdraw", "id": kept.id, "by": "Ada"}).status == 200
    assert [c.action for c in library.corrections("small")] == ["reject", "withdraw"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:80", "", "[::1]", None]
)
def test_another_host_is_not_answered(server: Desks, library: Library, host: str | None) -> None:
    for got in (ask(server, "GET", "/", headers={"Host": host}), say(server, first(library), Host=host)):  # type: ignore[dict-item]
        assert got.status == 403
        assert b"/games/small" not in got.body
    assert library.corrections("small") == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Sportsai_Token": None}, 403),
        ({"X_Sportsai_Token": ""}, 403),
        ({"X_Sportsai_Token": "x" * 43}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": None}, 415),
        ({"Content_Length": str(MOST_BYTES + 1)}, 413),
        ({"Content_Length": "9" * 30}, 413),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": None}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_who_may_not_answer(server: Desks, library: Library, headers: dict[str, str | None], status: int) -> None:
    got = say(server, first(library), **headers)
    assert got.status == status
    assert "\n" not in got.json["error"]
    assert library.corrections("small") == []


def test_an_answer_without_the_headers_of_a_browser_needs_the_token_all_the_same(
    server: Desks, library: Library
) -> None:
    assert say(server, first(library), Origin=None, Sec_Fetch_Site=None).status == 200
    assert say(server, first(library), Origin=None, Sec_Fetch_Site=None, X_Sportsai_Token="x").status == 403


def test_another_site_may_open_the_list_but_not_read_it(server: Desks) -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert ask(server, "GET", "/", headers=cross | {"Sec-Fetch-Mode": "navigate"}).status == 200
    assert ask(server, "GET", "/", headers=cross | {"Sec-Fetch-Mode": "no-cors"}).status == 403
    assert ask(server, "GET", "/games/small/corrections", headers=cross).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/games/../sportsai.json", "/games/..%2f..%2fetc%2fpasswd", "/games/%2e%2e", "/games/..",
        "/games/small/../../sportsai.json", "/games/small/current", "/games/small/corrections.jsonl", "/games/",
        "/games/none", "/games/small%00", "/games/%ff", "//etc/passwd", "/sportsai.json", "/favicon.ico",
        "/games/small/refine/x", "/static/viewer.js", "*",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server: Desks, path: str) -> None:
    got = ask(server, "GET", path)
    assert got.status == 404
    assert b"sportsai_library" not in got.body
    assert b"root:" not in got.body
    posted = say(server, {}, path=path)
    assert posted.status in (404, 405)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_not_known(server: Desks, method: str) -> None:
    assert ask(server, method, "/games/small").status == 501


def test_what_is_only_kept_is_not_read_and_the_other_way_round(server: Desks) -> None:
    assert ask(server, "GET", "/games/small/refine").status == 405
    assert say(server, {}, path="/games/small").status == 405
    head = ask(server, "HEAD", "/")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 8000, "no JSON"),
        ([], "no answer"),
        ({"action": "erase"}, "confirm, reject"),
        ({"action": "add"}, "confirm, reject"),
        ({"action": 1}, "not understood"),
        ({"action": "reject", "colour": "red"}, "not understood"),
        ({"action": "reject", "frame": True}, "whole number"),
        ({"action": "reject", "event": "none", "by": "Ada"}, "Load the page again"),
        ({"action": "reject", "event": "none", "by": "Ada", "of": "search"}, "has not been searched"),
        ({"action": "reject", "event": "none", "by": "Ada", "of": "x"}, "events or search"),
        ({"action": "withdraw", "id": "none", "by": "Ada"}, "no correction"),
    ],
)
def test_what_cannot_be_kept_is_said_in_a_line(server: Desks, library: Library, body: object, said: str) -> None:
    got = say(server, body)
    assert got.status == 400
    assert said in got.json["error"]
    assert "\n" not in got.json["error"]
    assert library.corrections("small") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"action": "relabel", "type": "shoot"}, 'Did you mean "shot"'),
        ({"action": "relabel", "player": "nobody at all"}, "nobody on the roster"),
        ({"action": "relabel"}, "neither an event nor a player"),
        ({"by": ""}, "nobody is named"),
        ({"by": "A\nB"}, "one line"),
        ({"note": "x" * 501}, "one line of 500"),
        ({"frame": 1}, "Load the page again"),
    ],
)
def test_a_wrong_answer_to_a_right_event(server: Desks, library: Library, more: dict[str, object], said: str) -> None:
    got = say(server, first(library) | more)
    assert got.status == 400
    assert said in got.json["error"]
    assert library.corrections("small") == []


def test_a_damaged_file_is_said_and_the_list_still_opens(server: Desks, library: Library) -> None:
    answer = first(library)
    (library.folder / "games" / "small" / "corrections.jsonl").write_text("<b>{\n")
    assert ask(server, "GET", "/").status == 200
    for got in (ask(server, "GET", "/games/small/corrections"), say(server, answer)):
        assert b"line 1" in got.body
    build = server.site.report("small", 60)
    assert build.error is not None
    page = ask(server, "GET", "/games/small")
    while page.headers.get("Refresh"):
        page = ask(server, "GET", "/games/small")
    assert page.status == 500
    assert b"line 1" in page.body
    assert b"<b>" not in page.body


def test_a_taken_port_is_said(server: Desks, library: Library) -> None:
    port = server.server_address[1]
    with pytest.raises(SportsaiError, match=f"port {port} is taken.*--port 0"):
        open_server(library, port)


def test_a_request_that_is_no_http_is_refused(server: Desks) -> None:
    with socket.create_connection(server.server_address, timeout=10) as line:  # type: ignore[arg-type]
        line.sendall(b"\x00\x01 <script>\r\n\r\n")
        got = line.recv(4096)
    assert got.startswith(b"HTTP/1.1 400 ") or b"Error code: 400" in got, got
    assert b"<script>" not in got


def test_a_refined_game_says_what_moved(server: Desks, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    label = {"title": "Shot", "before": 2.0, "after": 3.5}
    part = {"moments": 9, "given_labels": 4, "changed": 1, "labels": [label, {**label, "after": 2.01}]}
    asked = []

    def refine_game(library: Library, game: str, texts: object) -> tuple[None, dict[str, object]]:
        asked.append(game)
        return None, {"run_id": "refined-x", "refine": part}

    monkeypatch.setattr("sportsai.analysis.refine.refine_game", refine_game)
    got = say(server, {}, path="/games/small/refine")
    assert got.json == {"run": "refined-x", "moments": 9, "given": 4, "changed": 1, "moved": [["Shot", 2.0, 3.5]]}
    assert asked == ["small"]
    assert say(server, {}, path="/games/small/refine", X_Sportsai_Token=None).status == 403
    assert asked == ["small"]


def test_a_report_is_made_anew_when_another_game_comes(server: Desks, library: Library) -> None:
    """It is held against the other games of its league."""
    one = server.site.report("small", 60)
    assert server.site.report("small", 60) is one
    library.add(small_game(id="other"))
    assert server.site.report("small", 60) is not one


def test_a_game_that_is_gone_is_listed_no_more_and_nothing_of_it_is_held(server: Desks, library: Library) -> None:
    from dataclasses import replace

    library.add(replace(small_game(), id="second"))
    assert b'href="/games/second"' in ask(server, "GET", "/").body
    shutil.rmtree(library.folder / "games" / "second")
    assert b'href="/games/second"' not in ask(server, "GET", "/").body
    assert set(server.site._rows) == {"small"}
