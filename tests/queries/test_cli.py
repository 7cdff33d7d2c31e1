"""`sportsai query` as it is typed: the language, the options of old, every kind of output, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from sportsai.data import Team
from sportsai.library import Library
from tests.cli.conftest import type_  # noqa: F401
from tests.queries.small import recognised, small_game, small_library

Typed = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(small_library(tmp_path).folder)


@pytest.fixture
def ask(type_: Typed, folder: str) -> Typed:  # noqa: F811
    def typed(*words: str, code: int = 0) -> str:
        return type_("query", *words, "--library", folder, code=code)

    return typed


def test_a_table_says_how_it_was_read(ask: Typed) -> None:
    out = ask("pass then shot within 5s by 'Player h0'")
    assert "Read as: pass by 'Player h0' then shot within 5 s" in out
    assert "shot, Player h2, +5.0 s, 0.70" in out


def test_the_options_of_old(ask: Typed) -> None:
    assert json.loads(ask("turnover", "--player", "h0", "--min-score", "0.5", "--json"))[0]["event_id"] == "e4"
    assert len(json.loads(ask("pass", "--player", "Player", "--json"))) == 4
    assert len(json.loads(ask("pass", "--team", "HOM", "--period", "2", "--json"))) == 1
    assert len(json.loads(ask("--game", "small", "--json"))) == 16
    assert ask("turnovr", code=1).count("Did you mean") == 1
    assert "select" not in ask("--sql", "select count(*) n from predictions")
    assert 'no player of an event here is called "Zlatan"' in ask("pass", "--player", "Zlatan", code=1)
    assert "--min-score" in ask("--help")


def test_words_need_no_quotes(ask: Typed) -> None:
    assert len(json.loads(ask("shot", "in", "the", "box", "--json"))) == 3


def test_pages_and_their_end(ask: Typed) -> None:
    out = ask("pass", "--limit", "2")
    assert "2 of 6; --limit N or --all" in out
    assert "of 6" not in ask("pass", "--all")
    assert "contradict" in ask("pass", "--all", "--limit", "2", code=1)


def test_no_answer_is_no_error(ask: Typed) -> None:
    out = ask("pass by 'Player h0' in period 2")
    assert out.endswith("No play matches: 6 passes, 2 by 'Player h0', none in period 2.\n")
    assert json.loads(ask("pass by 'Player h0' in period 2", "--json")) == []
    assert ask("pass by 'Player h0' in period 2", "-o", "none.gif") == ""
    assert not Path("none.gif").exists()


def test_tables_as_files(ask: Typed) -> None:
    for ending in ("csv", "json", "parquet"):
        assert "7 answers" not in ask("pass", "-o", f"a.{ending}")
    made = [pd.read_csv("a.csv"), pd.DataFrame(json.loads(Path("a.json").read_text())), pd.read_parquet("a.parquet")]
    for table in made:
        assert table["event_id"].tolist() == ["e1", "e2", "e5", "e8", "e9", "e10"]
    assert ask("pass", "-o", "b.csv", "--limit", "4") == "b.csv: 4 of 6 answers\n"
    ask("pass", "count", "by", "player", "-o", "counts.parquet")
    assert pd.read_parquet("counts.parquet")["count"].sum() == 6
    ask("--sql", "select type from predictions", "-o", "sql.csv")
    assert len(pd.read_csv("sql.csv")) == 16


def test_a_formula_in_a_name_stays_text(ask: Typed, folder: str) -> None:
    game = small_game("formula", teams=(Team("1", "=cmd()"), Team("2", "Away")))
    Library(folder).add(game)
    out = ask("throw-in in game formula", "--csv")
    assert "'=cmd()" in out


def test_sportscode_a_timeline_a_game(ask: Typed, folder: str) -> None:
    assert ask("pass then shot within 5s", "-o", "a.xml") == "a.xml: 4 instances of game small\n"
    codes = [e.text for e in ElementTree.parse("a.xml").getroot().iter("code")]
    assert codes == ["Home Town pass then shot"] * 2 + ["Away City pass then shot"] * 2
    library = Library(folder)
    library.add(small_game("two"))
    library.write_predictions("two", recognised()[0], {"run_id": "r1", "made_at": "2026"})  # type: ignore[arg-type]
    assert ask("turnover", "-o", "b.xml").splitlines() == [
        "b-small.xml: 1 instance of game small", "b-two.xml: 1 instance of game two",
    ]  # fmt: skip
    assert Path("b-two.xml").exists()


def test_films_of_all_plays(ask: Typed, folder: str) -> None:
    from PIL import Image

    assert ask("turnover or foul", "-o", "a.gif") == "a.gif: 2 answers\n"
    with Image.open("a.gif") as film:
        assert film.n_frames == pytest.approx(2 * 8 * 4.0, abs=6)  # 1.1 s, 1 s before, 2 s after, 8 a second
    assert ask("shot", "-o", "a.mp4", "--limit", "1") == "a.mp4: 1 of 4 answers; 3 more: --limit N or --all\n"
    import av

    with av.open("a.mp4") as film:
        assert film.streams.video[0].frames == pytest.approx(8 * 4.0, abs=4)
    Library(folder).add(small_game("untracked", tracks=None))
    asked = ("throw-in in game untracked", "-o", "b.gif")
    assert "none of the 1 plays can be filmed (not filmed: 0:35 throw in" in ask(*asked, code=1)
    assert not Path("b.gif").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pass", "-o", "a.docx"), 'no output ends in ".docx"; expected .csv .json .parquet .xml .mp4 .gif .html'),
        (("count pass", "-o", "a.html"), "counts cannot be written as .html; expected .csv .json .parquet"),
        (("pass", "--sql", "select 1"), "a query and --sql; expected one of them"),
        (("",), "the query is empty"),
        (("pass ?",), 'at column 6: "?" is unexpected'),
        (("pass", "-g", "smal"), 'no game "smal" in this library. Did you mean "small"?'),
        (("pass", "--team", "Hoome"), "no team is called"),
        (("--sql", "select 1", "-o", "a.html"), 'a table cannot be written as ".html"'),
    ],
)
def test_what_is_refused_in_one_line(ask: Typed, words: tuple[str, ...], says: str) -> None:
    line = ask(*words, code=1)
    assert line.startswith("sportsai: ")
    assert says in line


def test_a_terminal_never_gets_what_a_name_hides(ask: Typed, folder: str) -> None:
    game = small_game("bell", teams=(Team("1", "Be\x1b[31mll"), Team("2", "Away")))
    Library(folder).add(game)
    assert "\x1b" not in ask("throw-in in game bell")
