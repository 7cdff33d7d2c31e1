"""Every kind of bad input gets one clear line on standard error, exit code 1, and nothing half-written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sportsai.bench.bad_input import SCRIPT, cases
from sportsai.cli import main
from sportsai.library import Library


def run(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["sportsai", *words])
    try:
        main()
        code = 0
    except SystemExit as done:
        code = int(done.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_every_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    wrong = []
    for case, words, fails in cases(tmp_path):
        code, _, err = run(words, monkeypatch, capsys)
        lines = [line for line in err.splitlines() if line.strip()]
        if not fails and code != 0:
            wrong.append((case, code, err))
        if fails and not (code == 1 and len(lines) == 1 and lines[0].startswith("sportsai: ")):
            wrong.append((case, code, err))
    assert not wrong, wrong
    library = Library(tmp_path / "library")
    for game in library:
        library.load(game)
    left = [p.name for p in (tmp_path / "library").rglob("*") if p.name.endswith(".tmp") or p.name.startswith(".v-")]
    assert not left
    assert (tmp_path / "others" / "thesis.txt").read_text() == "mine"
    assert (tmp_path / "a-file").read_text() == "not a library"


def test_a_script_for_a_name_stays_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {case: words for case, words, _ in cases(tmp_path)}
    code, _, _ = run(made[f"a player named {SCRIPT}"], monkeypatch, capsys)
    assert code == 0
    game = Library(tmp_path / "library").load("2")
    assert game.teams[0].name == SCRIPT
    assert SCRIPT in game.roster[0].name


def test_terminal_codes_in_a_file_do_not_reach_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(["ingest", str(tmp_path / "a\x1b[31mred\nline"), "-l", "soccer"], monkeypatch, capsys)
    assert code == 1
    assert "\x1b" not in err
    assert err.count("\n") == 1
