"""The page of plays in a real Chromium: every play of every game opens on its own court, nothing is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import DataError
from sportsai.report import playlist
from sportsai.report.playlist import write_page
from tests.report.browser import CHROMIUM, Browser
from tests.report.conftest import EVIL, browser, small_game  # noqa: F401


def clip(game: str, at: int, player: str = "p1", **changes: Any) -> dict[str, Any]:
    event = {"type": "pass", "player_id": player, "player": EVIL, "side": 0, "team": f"Home & {EVIL}",
             "probability": 0.8, "after_s": 0.0, "frame": at, "recognised": True}  # fmt: skip
    later = {**event, "type": "shot", "player_id": "p2", "player": "Player 2", "after_s": 1.5, "frame": at + 15}
    return {"game": game, "period": 1, "t_s": at / 10, "clock": f"0:{at // 10:02d}", "events": [event, later],
            "start_frame": at, "end_frame": at + 20, **changes}  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> Any:
    from sportsai.data import Team
    from sportsai.library import Library

    library = Library(tmp_path / "two", create=True)
    library.add(small_game())
    library.add(small_game(id="other", teams=(Team("x", "Elsewhere"), Team("y", "Nowhere")), court_length_m=90.0))
    return library


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_page_plays(browser: Browser, two: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "plays.html"
    clips = [clip("small", 100), clip("small", 400), clip("other", 250)]
    assert (
        write_page(two, clips, path, title=f"pass then shot {EVIL}", notes=["a note"], command="sportsai query x") == 3
    )
    browser.errors.clear()
    browser.requests.clear()
    browser.size(1280, 900)
    browser.prefer(calm=True)
    browser.open(path)
    assert browser.js("document.querySelectorAll('a[data-at]').length") == 3
    browser.js("document.querySelectorAll('a[data-at]')[1].click()")
    assert "2 of 2" in browser.js("document.querySelector('dialog[open] .nth').textContent")
    assert browser.js("document.querySelector('dialog[open] .facts').textContent").startswith("0:40 (first half)")
    assert browser.js("games[0].dialog.viewer.dots.length") >= 12
    browser.press("n", text="n")
    assert "1 of 2" in browser.js("document.querySelector('dialog[open] .nth').textContent")
    browser.press("Escape")
    browser.js("document.querySelector('dialog[open] .close')?.click()")
    browser.js("document.querySelectorAll('a[data-at]')[2].click()")
    assert "Elsewhere attack" in browser.js("document.querySelector('dialog[open] .viewer').textContent")
    assert browser.js("window.hacked") is None
    assert browser.errors == []
    assert [r for r in browser.requests if not r.startswith(("file:", "data:"))] == []


def test_what_does_not_fit_is_left_out_and_said(two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playlist, "MOST_BYTES", 20_000)
    clips = [clip("small", 20 * k) for k in range(1, 90)]
    shown = write_page(two, clips, tmp_path / "p.html", title="pass")
    assert 0 < shown < len(clips)
    assert f"{shown} of 89 plays; {89 - shown} left out" in (tmp_path / "p.html").read_text()
    monkeypatch.setattr(playlist, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="too long for a page"):
        write_page(two, clips, tmp_path / "q.html", title="pass")
    with pytest.raises(DataError, match="no play to show"):
        write_page(two, [], tmp_path / "q.html", title="pass")
    assert not (tmp_path / "q.html").exists()


def test_a_game_without_positions_is_listed(two: Any, tmp_path: Path) -> None:
    two.add(replace(small_game(id="log"), tracks=None))
    assert write_page(two, [clip("log", 100)], tmp_path / "p.html", title="pass") == 1
    text = (tmp_path / "p.html").read_text()
    assert "has no positions" in text
    assert 'data-at="' not in text.split("</main>")[0]
    assert EVIL not in text
