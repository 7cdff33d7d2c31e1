"""The page of a season: means, n and z worked out by hand, every number led to its games, nothing from a file runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.library import Library
from sportsai.report.season_page import Failure, season_page
from sportsai.report.season_rows import mark_of, summary
from sportsai.report.season_tables import Line, Scale, player_rows, scale_of, team_table
from tests.report.browser import CHROMIUM, Browser
from tests.report.conftest import EVIL
from tests.report.test_access import problems

# of each game: the home and the away team, and the share of both
SHARES = [("A", "B", 0.5, 0.2), ("A", "C", 0.7, 0.3), ("B", "C", 0.4, 0.3), ("B", "A", 0.2, 0.6), ("C", "B", 0.2, 0.4)]


def game(n: int, home: str, away: str, *shares: float, **changes: Any) -> Line:
    """Return a game with one measure of each team, and two players."""
    made = {
        "id": f"g{n}", "title": f"{home} v {away}", "date": f"2026-01-{n + 1:02d}", "contest": f"g{n}", "kind": "game",
        "covers": None, "teams": [{"name": t, "short": t} for t in (home, away)], "score": [2, 1], "analysed": True,
        "events": 12, "observed": 0.6, "repaired": 0, "provider": "p", "league": "soccer",
        "measures": [["share", s, v, f"{v:.0%}", "Their share", "factors"] for s, v in enumerate(shares)],
        "players": [[f"{t}1", f"One of {t}", s, 3, 10.0, 1000.0, 8.0] for s, t in enumerate((home, away))],
    }  # fmt: skip
    return Line(made | changes, f"games/g{n}.html")


def season() -> list[Line]:
    return [game(n, *one) for n, one in enumerate(SHARES)]


def test_means_n_and_z_by_hand() -> None:
    measures, teams, far = team_table(season())
    assert [m.what for m in measures] == ["Their share"]
    a = teams[0].numbers[0]
    assert (teams[0].name, teams[0].games) == ("A", 3)
    assert a is not None and a.n == 3 and a.shown == "60.0%"
    # A: .5 .7 .6, mean .6; the others: .2 .3 .4 .3 .2 .2 .4, mean 2/7; squares about their means: .02 and .05714
    spread = np.sqrt((0.02 + (0.04 + 0.09 + 0.16 + 0.09 + 0.04 + 0.04 + 0.16 - 7 * (2 / 7) ** 2)) / (3 + 7 - 2))
    assert a.z == pytest.approx((0.6 - 2 / 7) / (spread * np.sqrt(1 / 3 + 1 / 7)))
    assert a.far and far.held == 3
    lone, _, _ = team_table(season()[:1]), None, None
    assert all(n.z is None for t in lone[1] for n in t.numbers)  # one game says nothing of a spread


@pytest.mark.parametrize(
    ("value", "shown", "scale", "text"),
    [
        (0.346, "35%", Scale(100.0, 1, "%"), "34.6%"),
        (0.12, "12", Scale(100.0, 1, ""), "12.0"),
        (10.44, "10.4 s", Scale(1.0, 2, " s"), "10.44 s"),
        (-3.0, "−3 m", Scale(1.0, 1, " m"), "−3.0 m"),
        (1234.0, "1,234", Scale(1.0, 1, ""), "1,234.0"),
        (0.0, "0%", Scale(1.0, 2, ""), "0.00"),
    ],
)
def test_a_mean_is_written_as_its_measure_is(value: float, shown: str, scale: Scale, text: str) -> None:
    assert scale_of(value, shown) == scale
    assert scale.text(value) == text


def test_players_are_added_up_over_games() -> None:
    rows = {(r["name"], r["team"]): r for r in player_rows(season())}
    one = rows["One of A", "A"]
    assert (one["events"], one["seen"], one["metres"], one["rate"]) == (9, 30.0, 3000.0, 125.0)
    assert [g["href"] for g in one["games"]] == ["games/g0.html", "games/g1.html", "games/g3.html"]


def test_who_was_seen_in_single_frames_alone_has_no_metres() -> None:
    first = season()[0]
    seen_apart = [[*player[:5], 0.0, 0.0] for player in first.summary["players"]]
    still = Line({**first.summary, "players": seen_apart}, first.href)
    html = season_page("L", "soccer", [still], [], [], None)
    assert '<td data-v="">–</td>' in html and '<td data-v="0.0">0</td>' not in html
    assert '<td data-v="">–</td>' not in season_page("L", "soccer", [first], [], [], None)


def test_the_page_says_what_failed_and_links_every_number() -> None:
    failures = [Failure("data/broken.csv", None, "read", "the file is cut short")]
    html = season_page("My League", "soccer", season(), failures, ["notes.txt"], None)
    assert "My League: 5 games, 3 teams" in html and "1 failed" in html and "the file is cut short" in html
    assert "1 file no reader recognises was passed over" in html
    anchors = set(re.findall(r'id="([^"]+)"', html))
    for link in re.findall(r'href="#([^"]+)"', html):
        assert link in anchors
    assert html.count('href="games/g1.html#factors"') == 2
    assert "Whom teams move like" not in html


def test_a_season_without_games_is_a_page_too() -> None:
    html = season_page("L", "soccer", [], [Failure("x", "g", "analyse", "why")], [], None)
    assert "0 games, 0 teams" in html and "analysing" in html


def test_what_a_season_keeps_of_a_game(library: Library) -> None:
    kept = summary(library, "small")
    assert kept["analysed"] and kept["events"] > 0 and kept["mark"] == mark_of(library, "small")
    assert kept["teams"][1]["name"] == "Away"
    assert {p[0] for p in kept["players"]} == {f"p{i}" for i in range(12)}
    sides = [(k[0], k[1]) for k in kept["measures"]]
    assert len(sides) == len(set(sides)) and all(len(k) == 6 for k in kept["measures"])
    before = kept["mark"]
    events, run = library.predictions("small")
    library.write_predictions("small", events.iloc[:5], {**run, "run_id": "r2", "made_at": "2026-02-01T00:00:00Z"})
    assert mark_of(library, "small") != before


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_in_a_browser_it_reads_sorts_and_opens_and_runs_nothing_of_a_file(browser: Browser, tmp_path: Path) -> None:
    evil = game(9, EVIL, "B", 0.9, 0.1, id=EVIL)
    evil.summary["players"][0][1] = EVIL
    evil.summary["measures"][0][4] = EVIL
    page = tmp_path / "season.html"
    lines = [*season(), Line(evil.summary, "games/e.html")]
    page.write_text(season_page(EVIL, "soccer", lines, [Failure(EVIL, None, "read", EVIL)], [EVIL], None))
    browser.errors.clear()
    for width, dark in ((1280, False), (390, True)):
        browser.size(width, 900)
        browser.prefer(dark=dark, calm=True)
        browser.open(page)
        assert browser.js("window.hacked") is None and browser.errors == []
        assert browser.js("document.documentElement.scrollWidth") == width
        assert problems(browser) == [], (width, dark)
    first = "document.querySelector('#teams table.sortable tbody td').textContent"
    browser.js("document.querySelectorAll('#teams table.sortable th button')[1].click()")
    assert "script" in browser.js(first)  # 90 % is the most
    browser.js("document.querySelector('#teams a[href=\"#team-1\"]').click()")
    browser.js("new Promise(done => setTimeout(done, 50))")
    assert browser.js("document.querySelector('#team-1').open")
    find = "document.querySelector('#find-player')"
    browser.js(f"{find}.value = 'of c'; {find}.dispatchEvent(new Event('input'))")
    assert browser.js("document.querySelector('#found').textContent") == "1 found"
