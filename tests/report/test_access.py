"""Everybody can read the report: axe-core finds no serious problem, on any page, wide or narrow, light or dark."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from sportsai.library import Library
from sportsai.report import write_report
from tests.report.browser import CHROMIUM, Browser
from tests.report.sections.played import logged, played

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]
AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ASKED = """
axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
  .filter(v => v.impact === 'serious' || v.impact === 'critical')
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))
"""


def problems(browser: Browser) -> list[str]:
    browser.js(AXE + "; 0")
    return list(browser.js(ASKED))


def whole(library: Library) -> str:
    """Return a game with every soccer section: what it lacks would not be looked at."""
    out = [(1, 3, (-40, 0), (-40, 0)), (0, 6, (-40, 0), (46, 0)), (-1, 20, (0, 0), (0, 0))]
    high = [(1, 4, (10, 0), (22.5, 0)), (0, 4, (22.5, 0), (46, 0)), (-1, 20, (0, 0), (0, 0))]
    game = logged(played([*out * 12, *high * 12], players=11, id="whole"), [
        {"type": "shot", "frame": 60, "side": 0, "x": 41.5, "y": 0.0, "player_id": "p01"},
        {"type": "build_up", "frame": 100, "start_frame": 100, "end_frame": 400, "side": 0},
    ])  # fmt: skip
    library.add(game)
    return game.id


@pytest.mark.parametrize("audience", ["all", "coach", "player"])
def test_axe_finds_no_serious_problem(browser: Browser, library: Library, tmp_path: Path, audience: str) -> None:
    for game in ("small", whole(library)):
        player = ("Player 2" if game == "small" else "p01") if audience == "player" else None
        browser.open(write_report(library, game, tmp_path / "r.html", audience=audience, player=player))
        for width, dark in ((1280, False), (390, True)):
            browser.size(width, 900)
            browser.prefer(dark=dark, calm=True)
            assert problems(browser) == [], (game, width, dark)


def test_axe_finds_no_serious_problem_in_the_viewer(browser: Browser, library: Library, tmp_path: Path) -> None:
    browser.size(1280, 900)
    browser.prefer(calm=True)
    browser.open(write_report(library, "small", tmp_path / "r.html"))
    browser.js("document.querySelector('a[data-plays]').click()")
    assert browser.js("document.querySelector('#plays').open")
    assert problems(browser) == []
