"""sportsai report, as a person types it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from sportsai.cli.report import command
from sportsai.errors import StoreError
from sportsai.library import Library


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
