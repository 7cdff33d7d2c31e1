"""The served report in a real Chromium: an event is put right by keyboard, and the report shows it ever after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from sportsai.library import Library
from sportsai.serve import Desks
from tests.report.browser import CHROMIUM, Browser
from tests.report.conftest import EVIL

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

STATUS = "document.querySelector('#plays .said .status').textContent"


def go(browser: Browser, server: Desks, path: str = "games/small") -> None:
    """Open a page of the server and wait until its report is there."""
    if path.startswith("games/"):
        server.site.report(path.partition("/")[2], 60)
    browser._loaded = False
    browser.call("Page.navigate", url=server.url + path)
    end = time.monotonic() + 60
    while not browser._loaded and time.monotonic() < end:
        browser._note(browser._read(60))
    if path.startswith("games/"):
        until(browser, "!!document.querySelector('#desk')")


def until(browser: Browser, what: str) -> None:
    """Wait until an expression is true in the page."""
    end = time.monotonic() + 30
    while not browser.js(what):
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.fixture
def page(browser: Browser, server: Desks) -> Iterator[Callable[..., Browser]]:
    browser.errors.clear()
    browser.requests.clear()
    browser.size(1280, 900)
    browser.prefer(calm=True)

    def opened(path: str = "games/small") -> Browser:
        go(browser, server, path)
        return browser

    yield opened
    assert browser.errors == []
    assert [r for r in browser.requests if not r.startswith((server.url, "data:"))] == []


def show(page: Browser, n: int = 0) -> None:
    page.js(f"sportsai.dialog.open([...Array(6).keys()], {n})")


def test_an_event_is_rejected_and_another_changed_by_keyboard(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    own = library.predictions("small")[0]
    assert p.js("document.querySelector('#desk-name').value") == "Ada"
    show(p)
    assert not p.js("document.querySelector('#plays h2').textContent").startswith("Shot")
    p.press("r", text="r")
    until(p, f"{STATUS}.startsWith('Rejected by Ada, ')")
    (first,) = library.corrections("small")
    assert (first.action, first.was.event_id) == ("reject", own["event_id"][0])  # type: ignore[union-attr]
    p.press("n", text="n")
    assert p.js(STATUS) == ""
    p.press("l", text="l")
    assert p.js("document.activeElement.tagName") == "SELECT"
    assert p.js("document.activeElement.labels[0].textContent").startswith("It was ")
    p.press("S", text="s")  # the list chooses by letter
    p.press("h", text="h")
    until(p, "document.activeElement.selectedOptions[0].textContent.startsWith('Sh')")
    assert p.js("document.activeElement.value") == "shot"
    p.press("Enter", "Enter", "\r")
    until(p, f"{STATUS}.startsWith('Changed to shot')")
    second = library.corrections("small")[1]
    assert second.now is not None
    assert (second.action, second.now.type) == ("relabel", "shot")

    p = page()  # loaded again: the report itself shows it
    show(p)
    data = "JSON.parse(document.querySelector('#data').textContent)"
    ids = p.js(f"{data}.plays.slice(0, {data}.events).map(q => q[17])")
    assert own["event_id"][0] not in ids
    assert own["event_id"][1] in ids
    assert p.js("document.querySelector('#plays h2').textContent").startswith("Shot")
    assert "Relabelled by Ada, " in p.js("document.querySelector('#plays .note').textContent")
    assert "probability" not in p.js("document.querySelector('#plays .facts').textContent")
    how = p.js("document.querySelector('#how').textContent")
    assert "2 events corrected by Ada: 1 rejected, 1 relabelled." in how


def test_answers_are_taken_back(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    show(p)
    back = "document.querySelector('#plays .said button[aria-label^=\"Take back\"]')"
    assert p.js(f"{back}.hidden") is True
    p.press("c", text="c")
    until(p, f"{STATUS}.startsWith('Confirmed by Ada, ')")
    assert p.js(f"{back}.hidden") is False
    p.press("u", text="u")
    until(p, f"{STATUS} === 'Taken back.'")
    assert [c.action for c in library.corrections("small")] == ["confirm", "withdraw"]
    assert library.predictions("small")[1].get("corrections") is None
    p.press("c", text="c")
    until(p, f"{STATUS}.startsWith('Confirmed')")
    p.js("document.querySelector('#plays').close(); document.querySelectorAll('#desk button')[0].click()")
    until(p, "document.querySelectorAll('#desk li').length === 3")
    p.js("document.querySelector('#desk li button').click()")
    until(p, "document.querySelectorAll('#desk li.gone').length === 2")
    assert [c.action for c in library.corrections("small")] == ["confirm", "withdraw", "confirm", "withdraw"]


def test_the_player_is_changed_and_a_name_stays_a_name(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    p.js(f"document.querySelector('#desk-name').value = {EVIL!r}")
    show(p)
    p.press("w", text="w")
    p.js("document.activeElement.value = 'p1'")
    p.press("Enter", "Enter", "\r")
    until(p, f"{STATUS}.includes('Kept.')")
    assert EVIL in p.js(STATUS)
    (said,) = library.corrections("small")
    assert said.now is not None
    assert (said.now.player_id, said.by) == ("p1", EVIL)
    p = page()
    show(p)
    assert p.js("window.hacked") is None
    assert EVIL in p.js("document.querySelector('#plays .note').textContent")


def test_escape_closes_the_choice_and_not_the_play(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    show(p)
    p.press("l", text="l")
    p.press("c", text="c")  # a letter in the list is no answer
    p.press("Escape")
    assert p.js("document.querySelector('#plays').open") is True
    assert p.js("document.querySelector('#plays .pick').hidden") is True
    assert p.js("document.activeElement.getAttribute('aria-label')") == "Change to another event"
    p.press("w", text="w")
    p.press("Escape")
    assert p.js("document.activeElement.getAttribute('aria-label')") == "Change the player"
    assert library.corrections("small") == []
    p.press(" ", "Space", " ")  # the viewer's own keys still work
    p.press("ArrowRight")


def test_a_key_moment_in_its_place_can_be_answered(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    p.js("document.querySelector('#moment-1 button.still').click()")
    p.press("c", text="c")
    until(p, "document.querySelector('#moment-1 .said .status').textContent.startsWith('Confirmed')")
    assert [c.action for c in library.corrections("small")] == ["confirm"]


def test_plays_that_show_no_event_ask_nothing(page: Callable[..., Browser], library: Library) -> None:
    p = page()
    data = "JSON.parse(document.querySelector('#data').textContent)"
    speed = p.js(f"{data}.plays.findIndex(q => q[9] === 'top speed')")
    p.js(f"sportsai.dialog.open([{speed}])")
    assert p.js("document.querySelector('#plays .said').hidden") is True
    p.press("c", text="c")
    assert library.corrections("small") == []


def test_a_server_that_went_away_is_said(page: Callable[..., Browser], server: Desks, library: Library) -> None:
    p = page()
    show(p)
    p.js("window.fetch = () => Promise.reject(new TypeError('gone'))")
    p.press("c", text="c")
    until(p, f"{STATUS}.startsWith('The server does not answer')")
    assert library.corrections("small") == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_is_labelled(page: Callable[..., Browser], width: int, dark: bool) -> None:
    p = page()
    p.size(width, 844, mobile=width < 500)
    p.prefer(dark=dark, calm=True)
    show(p)
    p.press("l", text="l")
    assert p.js("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    box = "document.querySelector('#plays')"
    assert p.js(f"{box}.scrollWidth <= {box}.clientWidth")
    assert p.js("[...document.querySelectorAll('.said button, .desk button')].every(b => b.textContent.trim())")
    assert p.js("document.querySelector('.said .status').getAttribute('role')") == "status"
    assert p.js("document.querySelector('.said').getAttribute('aria-label')") == "Is this event right?"


def test_games_are_found_by_name(page: Callable[..., Browser]) -> None:
    p = page("")
    rows = "[...document.querySelectorAll('#games tbody tr:not([hidden])')].length"
    assert p.js(rows) == 1
    find = "document.querySelector('#find-game')"
    p.js(f"{find}.value = 'nobody'; {find}.dispatchEvent(new Event('input'))")
    assert p.js(rows) == 0
    assert p.js("document.querySelector('#found').textContent") == "0 found"
    p.js(f"{find}.value = 'away'; {find}.dispatchEvent(new Event('input'))")
    assert p.js(rows) == 1
    assert p.js("window.hacked") is None
