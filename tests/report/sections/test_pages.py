"""Pages of two sports in a real Chromium: spots open their plays, nothing runs over the edge of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.report import write_report
from tests.report.browser import CHROMIUM, Browser
from tests.report.conftest import browser
from tests.report.sections import test_basketball_offence as basketball
from tests.report.sections import test_hockey as hockey

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Browser]:
    browser.errors.clear()
    browser.requests.clear()
    browser.prefer(calm=True)
    yield browser
    assert browser.errors == []
    assert [r for r in browser.requests if not r.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("sport", ["basketball", "hockey"])
def test_every_link_opens_a_play_that_is_there(page: Browser, tmp_path: Path, sport: str) -> None:
    m = hockey.game(tmp_path) if sport == "hockey" else basketball.factors_game(tmp_path)
    page.size(390, 800)
    page.open(write_report(Library(Path(m.folder)), "hand", tmp_path / "r.html"))
    assert page.js("document.documentElement.scrollWidth") <= 390
    spots = page.js("document.querySelectorAll('svg a.spot').length")
    assert spots > 4
    names = page.js("[...document.querySelectorAll('a[data-plays]')].map(a => a.dataset.plays)")
    lists = page.js("JSON.parse(document.querySelector('#data').textContent).lists")
    assert set(names) <= set(lists)
    plays = page.js("JSON.parse(document.querySelector('#data').textContent).plays.length")
    assert np.concatenate([np.array(v) for v in lists.values()]).max() < plays
    page.js("document.querySelector('svg a.spot').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert page.js("document.querySelector('#plays').open") is True
    assert page.js("document.querySelector('#play-title').textContent")
