"""The report in a real Chromium: the viewer plays, keys work, nothing is asked for, no name becomes a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sportsai.library import Library
from sportsai.report import write_report
from tests.report.browser import CHROMIUM, Browser
from tests.report.conftest import EVIL

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture
def page(browser: Browser, library: Library, tmp_path: Path) -> Iterator[Browser]:
    browser.errors.clear()
    browser.requests.clear()
    browser.size(1280, 900)
    browser.prefer(calm=True)
    browser.open(write_report(library, "small", tmp_path / "r.html"))
    yield browser
    assert browser.errors == []
    assert [r for r in browser.requests if not r.startswith(("file:", "data:"))] == []


def viewer(page: Browser, what: str) -> object:
    return page.js(f"sportsai.dialog.viewer.{what}")


def test_no_script_runs_from_a_name(page: Browser) -> None:
    assert page.js("window.hacked") is None
    assert EVIL in page.js("document.querySelector('h1').textContent")
    page.js("sportsai.dialog.open([...Array(12).keys()])")
    for _ in range(12):
        page.press("n", text="n")
    assert page.js("window.hacked") is None


def test_a_number_opens_its_plays_and_keys_work(page: Browser) -> None:
    page.js("document.querySelector('.tiles a.play').click()")
    assert page.js("document.querySelector('#plays').open") is True
    facts = page.js("document.querySelector('#plays .facts').textContent")
    assert "probability" in facts
    assert "frames, " in facts
    assert "model shared_compare, weights abababab" in facts
    at, mark = viewer(page, "s"), viewer(page, "mark")
    assert at == mark  # reduced motion: it waits at the event
    page.press("ArrowRight")
    assert viewer(page, "s") == mark + 1  # type: ignore[operator]
    page.press("ArrowLeft", shift=True)
    assert viewer(page, "s") == mark - 9  # type: ignore[operator]  # a second is ten frames
    page.press(" ", "Space", " ")
    assert viewer(page, "playing") is True
    page.js("new Promise(r => setTimeout(r, 600))")
    page.press(" ", "Space", " ")
    assert viewer(page, "s") > mark - 9  # type: ignore[operator]
    assert viewer(page, "playing") is False
    page.press("+", text="+")
    assert page.js("document.querySelector('#plays .bar').textContent").count("2×") == 1
    page.press("?", text="?")
    assert page.js("document.querySelector('#plays .keys').hidden") is False
    first = page.js("document.querySelector('#plays h2').textContent")
    page.press("n", text="n")
    assert page.js("document.querySelector('#plays .nth').textContent").startswith("2 of")
    page.press("p", text="p")
    assert page.js("document.querySelector('#plays h2').textContent") == first


def test_the_viewer_decodes_as_python_does(page: Browser) -> None:
    got = page.js("""(() => { const o = sportsai.decode(sportsai.reels[0]);
        return [o.length, o[0][0].x[0], o[0][0].y[0], o[0][0].x.at(-1), o[0].length, o[0][0].end]; })()""")
    import base64

    from sportsai.report.clips import decode

    data, n = page.js("[sportsai.reels[0][3], sportsai.reels[0][2]]")
    xy, seen = decode(base64.b64decode(data), n, got[0])
    assert [got[1], got[2]] == pytest.approx(xy[seen[:, 0].argmax(), 0], abs=1e-4)
    assert got[3] == pytest.approx(xy[got[5], 0, 0], abs=1e-4)


def test_missing_players_fade_and_never_move_between_runs(page: Browser) -> None:
    got = page.js("""(() => { const runs = [{start: 0, end: 1, x: [0, 1], y: [0, 0]},
        {start: 20, end: 21, x: [50, 51], y: [0, 0]}];
        return [0.5, 4, 7.5, 12, 19.9, 20].map(s => sportsai.place(runs, s, 6)).map(p => p && [p.x, p.alpha]); })()""")
    assert got[0] == [0.5, 1]
    assert got[1] == [1, pytest.approx(0.5)]  # three of six samples gone, where last seen
    assert got[2] is None  # quite gone, and not on its way to 50
    assert got[3] is None
    assert got[4] is None
    assert got[5][0] == 50


def test_a_key_moment_plays_in_its_place(page: Browser) -> None:
    page.js("document.querySelector('#moment-1 button.still').click()")
    assert page.js("document.querySelector('#moment-1 canvas').width") > 300
    assert "attack →" in page.js("document.querySelector('#moment-1 .way').textContent")


def test_the_table_sorts_searches_and_unfolds(page: Browser) -> None:
    names = "[...document.querySelectorAll('#player-table tbody:not([hidden]) .unfold')].map(b => b.textContent)"
    page.js("document.querySelectorAll('#player-table thead button')[1].click()")
    assert page.js(names)[-1] == "Player 9"
    find = "const i = document.querySelector('#find-player'); i.value = 'player 7';"
    page.js(f"{{ {find} i.dispatchEvent(new Event('input')); }}")
    assert page.js(names) == ["Player 7"]
    assert page.js("document.querySelector('#player-table tbody:not([hidden]) .more').hidden") is True
    page.js("document.querySelector('#player-table tbody:not([hidden]) .unfold').click()")
    assert page.js("document.querySelector('#player-table tbody:not([hidden]) .more').hidden") is False


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_page(page: Browser, width: int, dark: bool) -> None:
    page.size(width, 844, mobile=width < 500)
    page.prefer(dark=dark, calm=True)
    assert page.js("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
