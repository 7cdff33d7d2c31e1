"""sportsai report, as a person types it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from sportsai.cli.report import command
from sportsai.errors import DataError, StoreError
from sportsai.library import Library
from sportsai.report import build_report
from sportsai.report.page import write_report


def test_it_prints_the_path_on_the_last_line(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "x.html"
    got = CliRunner().invoke(command, ["small", "-o", str(out), "--library", str(library.folder)])
    assert got.exit_code == 0, got.output
    assert got.output.splitlines()[-1] == str(out)
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_unknown_game_is_said_and_nothing_is_written(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "x.html"
    got = CliRunner().invoke(command, ["smal", "-o", str(out), "--library", str(library.folder)])
    assert isinstance(got.exception, StoreError)
    assert "small" in str(got.exception)
    assert not out.exists()


def test_what_is_no_file_is_never_replaced(library: Library, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path):
        with pytest.raises(DataError, match="no plain file"):
            write_report(library, "small", place)
    assert pipe.is_fifo()


def test_a_player_is_asked_for_alone(library: Library) -> None:
    with pytest.raises(DataError, match="the report for coach is of no single player"):
        build_report(library, "small", audience="coach", player="Player 3")
