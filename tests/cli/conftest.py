"""`type_`: a command as an analyst types it, in a folder of its own; returns what was printed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sportsai.cli import main


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Type a command and return its output, or its one line of error when `code` is not 0."""
    monkeypatch.chdir(tmp_path)

    def typed(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["sportsai", *words])
        try:
            main()
            got = 0
        except SystemExit as done:
            got = int(done.code or 0)
        out, err = capsys.readouterr()
        assert got == code, err
        assert code != 1 or err.count("\n") == 1, err
        return out if code == 0 else err

    return typed
