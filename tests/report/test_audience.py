"""Whom a report is for: the pages each gets, links that lead somewhere, one player's page, and the print."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from sportsai.cli import cli
from sportsai.data import Team
from sportsai.errors import DataError, SportsaiError, StoreError
from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.audience import AUDIENCES, audience_of, played, player_of, unlinked
from sportsai.report.material import gather
from sportsai.report.player_page import best_and_worst
from sportsai.report.printing import find_browser, print_pdf
from tests.report.browser import CHROMIUM
from tests.report.conftest import EVIL, RUN, predicted, small_game
from tests.report.test_page import Page, told


@pytest.mark.parametrize("name", list(AUDIENCES))
def test_each_audience_gets_its_pages_and_no_dead_link(library: Library, name: str) -> None:
    html = build_report(library, "small", audience=name, player="Player 2" if name == "player" else None)
    page = Page(html)
    assert set(AUDIENCES[name].pages) - {"match"} <= page.ids
    assert not (set(AUDIENCES["all"].pages) - set(AUDIENCES[name].pages) - {"front"}) & page.ids
    assert {v[1:] for v in page.links if v.startswith("#")} <= page.ids
    data = told(html)
    opened = set(re.findall(r'data-plays="([^"]+)"', html))
    assert opened <= set(data["lists"])
    if name != "all":
        assert opened == set(data["lists"])  # nothing travels that no link opens
        assert f"--{'player p2' if name == 'player' else 'for ' + name}" in html
    assert EVIL not in html
    assert "@@data@@" not in html


def test_the_coach_gets_four_moments_that_play(library: Library) -> None:
    html = build_report(library, "small", audience="coach")
    assert 0 < html.count('<button type="button" class="still"') <= 4
    assert "moment-1" in told(html)["lists"]


def test_a_players_page_tells_every_event_of_his(library: Library) -> None:
    m = gather(library, "small")
    mine = m.events[m.events["player_id"] == "p2"]
    html = build_report(library, "small", player="p2")  # naming a player is asking for the page
    assert f"{len(mine)} events as key player" in html
    best, worst = best_and_worst(m, player_of(m, "p2"))
    for moments, side in ((best, 0), (worst, 1)):
        assert all(k.side == side and m.events["player_id"].iloc[k.index] == "p2" for k in moments)
        assert [k.rank for k in moments] == sorted((k.rank for k in moments), reverse=True)


def test_a_player_is_found_by_id_name_part_or_number(library: Library) -> None:
    m = gather(library, "small")
    assert player_of(m, "p7").id == "p7"
    assert player_of(m, "player 7").id == "p7"
    assert player_of(m, "away 8").id == "p7"
    with pytest.raises(DataError, match=r"may be Player 0 .*Player 2"):
        player_of(m, "Player")
    with pytest.raises(DataError, match=r'no player "Plyer 2".*Did you mean "Player 2"'):
        player_of(m, "Plyer 2")


def test_somebody_who_was_never_seen_has_a_page_that_says_so(tmp_path: Path) -> None:
    game = small_game()
    library = Library(tmp_path / "library", create=True)
    roster = (*game.roster, replace(game.roster[2], id="p99", name="Bench Warmer", number=99))
    library.add(replace(game, roster=roster))
    html = build_report(library, "small", player="Bench")
    assert "Bench Warmer was not seen, and is named in no event" in html


def test_wrong_audiences_are_named() -> None:
    with pytest.raises(DataError, match=r'no report is made for "coch".*Did you mean "coach"'):
        audience_of("coch")


def test_links_to_what_is_not_there_become_text() -> None:
    html = '<p id="a"></p><a class="ev" href="#a">1</a><a class="ev" href="#b">2</a>'
    html += '<a class="ev play" href="#b" data-plays="x">3</a>'
    out = unlinked(html)
    assert '<a class="ev" href="#a">1</a>' in out
    assert '<span class="num">2</span>' in out
    assert '<a class="ev play" href="#top" data-plays="x">3</a>' in out
    assert played('<b data-plays="x"><i data-play="4">', {"x": [1, 2], "y": [3]}) == ({"x": [1, 2]}, {1, 2, 4})


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["report", *words])
    if isinstance(done.exception, SportsaiError):
        return 1, str(done.exception)
    return done.exit_code, done.output


def test_the_command_names_files_after_whom_they_are_for(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    where = ("--library", str(library.folder))
    assert run("small", "--for", "coach", *where)[0] == 0
    assert (tmp_path / "small-coach-report.html").is_file()
    assert run("small", "--player", "Player 2", *where)[0] == 0
    assert (tmp_path / "small-Player-2-report.html").is_file()
    before = sorted(tmp_path.iterdir())
    for words, said in ((("--for", "couch"), "coach"), (("--for", "player"), "--player"),
                        (("--player", "Nobody Here"), "no player")):  # fmt: skip
        code, text = run("small", *words, *where)
        assert code == 1
        assert said in text
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_coachs_print_is_one_page(library: Library, tmp_path: Path) -> None:
    game = small_game(id="plain", teams=(Team("h", "Home"), Team("a", "Away")))
    library.add(game)
    library.write_predictions("plain", predicted(game), RUN)
    html = tmp_path / "coach.html"
    html.write_text(build_report(library, "plain", audience="coach"), encoding="utf-8")
    pdf = print_pdf(html, tmp_path / "coach.pdf", find_browser())
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_name_that_ends_in_pdf_is_a_pdf(library: Library, tmp_path: Path) -> None:
    library.add(small_game(id="plain", teams=(Team("h", "Home"), Team("a", "Away"))))
    code, text = run("plain", "-o", str(tmp_path / "monday.pdf"), "--library", str(library.folder))
    assert code == 0, text
    assert (tmp_path / "monday.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "monday.html").read_bytes().startswith(b"<!doctype html>")


def test_without_a_browser_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPORTSAI_BROWSER", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sportsai.report.printing.PLACES", ())
    with pytest.raises(DataError, match="no browser that prints is installed here"):
        find_browser()
    monkeypatch.setenv("SPORTSAI_BROWSER", "nothing-of-that-name")
    with pytest.raises(DataError, match="no such program"):
        find_browser()
    failing = tmp_path / "browser"
    failing.write_text("#!/bin/sh\nexit 3\n")
    failing.chmod(0o755)
    page = tmp_path / "page.html"
    page.write_text("<p>")
    with pytest.raises(StoreError, match="did not print the report"):
        print_pdf(page, tmp_path / "page.pdf", failing)
    assert not (tmp_path / "page.pdf").exists()
