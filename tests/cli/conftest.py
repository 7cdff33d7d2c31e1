"""`type_`: a command as an analyst types it, in a folder of its own; returns what was printed.

`mine`: a small recipe of the user's own, and games to train it on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sportsai.cli import main

RECIPE = """title = "Made up"
model = "shared_compare"   # small
[data]
task = "handovers"
games = ["1", "2", "3", "4"]
background = ""
players = 6
[split]
folds = 4
[model_config]
frames = 8
shared = [8]
compare = [8]
hidden = 8
[train]
epochs = 2
batch = 16
windows_per_epoch = 32
"""


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


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file of a recipe of soccer's called "mine"; the four made-up games it names are in tmp_path / "games"."""
    from tests.cli.test_tasks import write_games

    path = tmp_path / "leagues" / "soccer" / "recipes" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text(RECIPE)
    write_games(tmp_path / "games", 1, 2, 3, 4)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    return path
