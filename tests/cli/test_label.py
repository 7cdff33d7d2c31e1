"""`sportsai label` as an analyst types it: events by number, what was said of them, there and back as CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from sportsai.data import events_frame
from sportsai.library import Library
from sportsai.library.corrections import Correction
from sportsai.library.sheets import COLUMNS, read_sheet, write_sheet
from tests.conftest import make_game

TYPES = ["pass", "turnover", "pass", "carry"]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "sportsai-library", create=True)
    library.add(make_game())
    t = np.array([0.2, 1.6, 3.0, 4.4])
    events = events_frame(
        {"event_id": [f"e{i}" for i in range(4)], "t_s": t, "frame": (t * 10).astype(int), "type": TYPES,
         "side": [0, 1, 0, 0], "player_id": ["h0", "a1", "h2", "h1"], "score": [0.9, 0.45, 0.7, 0.52]}
    )  # fmt: skip
    library.write_predictions("made-up", events, {"run_id": "r1", "made_at": "2026-01-01"})
    return library


def rows(type_: object, *words: str) -> list[dict[str, object]]:
    return json.loads(type_("label", "made-up", "--json", *words))  # type: ignore[operator]


def test_events_are_listed_with_numbers(type_, library: Library) -> None:
    listed = rows(type_)
    assert [(r["number"], r["event"], r["player"]) for r in listed] == [
        (1, "pass", "Player h0"), (2, "turnover", "Player a1"), (3, "pass", "Player h2"), (4, "carry", "Player h1"),
    ]  # fmt: skip
    assert [r["number"] for r in rows(type_, "--unsure")] == [4, 2, 3, 1]
    assert [r["number"] for r in rows(type_, "--type", "Pass")] == [1, 3]
    assert rows(type_, "--period", "2") == []
    assert len(rows(type_, "--limit", "1")) == 1
    text = type_("label", "made-up")
    assert "Player a1" in text
    assert "4 of 4 events, of r1" in text


def test_answers_are_kept_and_count(type_, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPORTSAI_ANALYST", "Ada")
    said = type_("label", "made-up", "--confirm", "1,3-4", "--relabel", "2=shot", "--player", "2=Player h2")
    assert "3 confirmed, 1 relabelled" in said
    assert type_("label", "made-up", "--add", "0:05 goal 'Player h1'", "--by", "Ben", "--note", "on the video")
    assert [(r["number"], r["event"], r["player"], r["said"], r["by"]) for r in rows(type_)] == [
        (1, "pass", "Player h0", "confirmed", "Ada"),
        (2, "shot", "Player h2", "relabelled", "Ada"),
        (3, "pass", "Player h2", "confirmed", "Ada"),
        (4, "carry", "Player h1", "confirmed", "Ada"),
        (5, "goal", "Player h1", "added", "Ben"),
    ]
    assert rows(type_, "--unsure") == []
    found = json.loads(type_("query", "--sql", "select type from predictions order by t_s", "--json"))
    assert [r["type"] for r in found] == ["pass", "shot", "pass", "carry", "goal"]
    history = json.loads(type_("label", "made-up", "--history", "--json"))
    assert [h["action"] for h in history] == ["confirm", "confirm", "confirm", "relabel", "add"]
    assert history[-1]["note"] == "on the video"
    assert "1 withdrawn" in type_("label", "made-up", "--withdraw", history[-1]["id"])
    assert "withdrawn" in type_("label", "made-up", "--history")
    assert len(rows(type_)) == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--confirm", "9"), 1, "expected 1 to 4"),
        (("--confirm", "x"), 2, "3,7,10-12"),
        (("--relabel", "2"), 2, "17=turnover"),
        (("--relabel", "2=tunrover"), 1, 'Did you mean "turnover"'),
        (("--type", "tunrover"), 1, 'Did you mean "turnover"'),
        (("--player", "2=Plaier a1"), 1, 'Did you mean "Player a1"'),
        (("--confirm", "1", "--reject", "1"), 1, "two things are said of event 1"),
        (("--relabel", "1=shot", "--relabel", "1=pass"), 1, "two things are said of event 1"),
        (("--add", "shot"), 1, "12:30 shot"),
        (("--add", "90:00 shot"), 1, "not in the frames"),
        (("--withdraw", "abc"), 1, "no correction"),
        (("--run", "r2"), 1, "Known: r1"),
        (("--kind", "detect"), 1, "sportsai detect made-up"),
        (("--confirm", "1", "--by", ""), 1, "nobody is named"),
    ],
)  # fmt: skip
def test_what_cannot_be_said(type_, library: Library, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in type_("label", "made-up", *words, code=code)
    assert library.corrections("made-up") == []


def test_an_unknown_game_is_said(type_, library: Library) -> None:
    assert 'Did you mean "made-up"' in type_("label", "made-upp", code=1)


def test_one_bad_answer_among_good_ones_keeps_none(type_, library: Library) -> None:
    type_("label", "made-up", "--confirm", "1,2,99", code=1)
    assert library.corrections("made-up") == []


# ---- CSV -------------------------------------------------------------------------------------------------------------


def said_of(type_: object, library: Library) -> list[Correction]:
    typed = type_
    typed("label", "made-up", "--confirm", "1", "--reject", "2", "--by", "=Ada", "--note", "'-it's, \"so\"")  # type: ignore[operator]
    typed("label", "made-up", "--player", "3=h1", "--add", "0:01 goal", "--by", "Bén")  # type: ignore[operator]
    typed("label", "made-up", "--withdraw", library.corrections("made-up")[0].id)  # type: ignore[operator]
    return library.corrections("made-up")


def test_corrections_go_there_and_back_as_they_were(type_, library: Library, tmp_path: Path) -> None:
    said = said_of(type_, library)
    assert "5 corrections" in type_("label", "made-up", "--export", "said.csv")
    assert read_sheet(tmp_path / "said.csv") == said
    text = (tmp_path / "said.csv").read_text()
    assert not [c for row in csv.reader(io.StringIO(text)) for c in row if c.startswith(("=", "@"))]
    path = library.folder / "games" / "made-up" / "corrections.jsonl"
    before = path.read_bytes()
    path.unlink()
    assert "Kept for made-up" in type_("label", "made-up", "--import", "said.csv")
    assert path.read_bytes() == before
    assert "All of it was said before" in type_("label", "made-up", "--import", "said.csv")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "column", "text", "said"),
    [
        (3, "was_t_s", "soon", 'line 3, "was_t_s"'),
        (2, "action", "erase", 'line 2, "action"'),
        (4, "now_type", "gaol", 'line 4, "now_type"'),
        (2, "made_at", "yesterday", 'line 2, "made_at"'),
        (2, "was_period", "1.5", "a whole number"),
        (2, "by", "", "nobody is named"),
        (2, "was_period", "9" * 30, '"period": 999'),
        (2, "was_period", "77", 'line 2, "was_period": there is no period 77 in this game; expected 1'),
        (2, "was_side", "9", 'line 2, "side": 9; expected -1 to 1'),
        (2, "was_frame", "9" * 12, '"frame": 999999999999; expected'),
        (2, "was_x", "inf", '"x": inf; expected'),
        (2, "was_score", "7", '"score": 7; expected 0 to 1'),
        (4, "now_player_id", "nobody", '"nobody" is nobody on the roster'),
    ],
)
def test_a_bad_line_is_pointed_at(
    type_, library: Library, tmp_path: Path, line: int, column: str, text: str, said: str
) -> None:
    said_of(type_, library)
    path = write_sheet(library.corrections("made-up"), tmp_path / "said.csv")
    table = list(csv.reader(io.StringIO(path.read_text())))
    table[line - 1][COLUMNS.index(column)] = text
    out = io.StringIO()
    csv.writer(out).writerows(table)
    path.write_text(out.getvalue())
    kept = library.folder / "games" / "made-up" / "corrections.jsonl"
    kept.unlink()
    assert said in type_("label", "made-up", "--import", "said.csv", code=1)
    assert not kept.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this column is missing"),
        (b"id,by,colour\n", 'a column "colour"'),
        (b"\xff\xfe", "CSV in UTF-8"),
        (b'"id\n', "this is no CSV"),
    ],
)
def test_another_file_is_refused(type_, library: Library, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert said in type_("label", "made-up", "--import", "x.csv", code=1)


# ---- one by one ------------------------------------------------------------------------------------------------------


def review(type_: object, monkeypatch: pytest.MonkeyPatch, keys: str, words: tuple[str, ...] = ()) -> str:
    left, said = list(keys), list(words)
    monkeypatch.setattr(click, "getchar", lambda: left.pop(0))
    monkeypatch.setattr(click, "prompt", lambda _: said.pop(0))
    return type_("label", "made-up", "--review", "--by", "Ada")  # type: ignore[operator]


def test_a_review_keeps_each_answer_at_once_and_goes_on(
    type_, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = review(type_, monkeypatch, "c?rq")
    assert "[1 of 4] 1  0:00  pass, 90% sure  Player h0, Home Town" in out
    assert "2 kept." in out
    out = review(type_, monkeypatch, "lls", ("shoot", "shot"))
    assert "[1 of 2] 3" in out
    assert 'Did you mean "shot"' in out
    assert [r["said"] for r in rows(type_)] == ["confirmed", "rejected", "relabelled", ""]
    assert "1 kept" in review(type_, monkeypatch, "p", ("Player a2",))
    assert rows(type_)[3]["player"] == "Player a2"
    assert "0 events without an answer" in review(type_, monkeypatch, "")


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [(OSError("no /dev/tty"), 1, "there is no terminal to answer in"), (EOFError(), 0, "0 kept.")],
)
def test_a_review_without_a_terminal_says_so(
    type_, library: Library, monkeypatch: pytest.MonkeyPatch, wrong: Exception, code: int, says: str
) -> None:
    def getchar() -> str:
        raise wrong

    monkeypatch.setattr(click, "getchar", getchar)
    assert says in type_("label", "made-up", "--review", code=code)


def test_a_review_that_is_stopped_keeps_what_was_said(type_, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter("c")

    def getchar() -> str:
        key = next(keys, None)
        if key is None:
            raise KeyboardInterrupt
        return key

    monkeypatch.setattr(click, "getchar", getchar)
    monkeypatch.setattr(sys, "argv", ["sportsai", "label", "made-up", "--review"])
    type_("label", "made-up", "--review", code=130)
    assert len(library.corrections("made-up")) == 1
