"""Small seasons: four games in a table format, one file each, quick to read, analyse and report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

LEAGUE = "soccer"


def write_game(folder: Path, n: int, seconds: int = 40) -> Path:
    """Write one game as a table of positions with the TOML that describes it; both teams walk about."""
    rng = np.random.default_rng(n)
    path = folder / f"game{n}.csv"
    lines = ["n,who,team,x_m,y_m"]
    people = [(f"{side}{i}", side) for side in ("reds", f"blues{n}") for i in range(5)] + [("ball", "ball")]
    start = rng.uniform(-20, 20, (len(people), 2))
    for frame in range(seconds * 5):
        for k, (who, team) in enumerate(people):
            x, y = start[k] + 5 * np.sin(frame / 25 + k + n) * np.array([1, 0.5])
            lines.append(f"{frame},{who},{team},{x:.2f},{y:.2f}")
    path.write_text("\n".join(lines) + "\n")
    path.with_suffix(".toml").write_text(
        'layout = "long"\nrate_hz = 5\n[columns]\nframe = "n"\nplayer = "who"\nteam = "team"\nx = "x_m"\ny = "y_m"\n'
        f'[names]\nhome = "reds"\naway = "blues{n}"\nball = "ball"\n'
    )
    return path


@pytest.fixture
def games(tmp_path: Path) -> Path:
    """A folder with four games."""
    folder = tmp_path / "games"
    folder.mkdir()
    for n in range(4):
        write_game(folder, n)
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Games are analysed by a stand-in for the models, at once; the list names each game it was asked of."""
    import sportsai.analysis
    from sportsai import __version__
    from sportsai.data.possessions import handovers
    from sportsai.season import work

    asked: list[str] = []

    def analyse_game(library: Any, game_id: str, **_: Any) -> None:
        asked.append(game_id)
        tracks = library.load(game_id).tracks
        run = {"run_id": "r1", "version": __version__, "models": [], "made_at": "2026-01-01T00:00:00Z"}
        library.write_predictions(game_id, handovers(tracks).assign(score=0.8), run)

    monkeypatch.setattr(sportsai.analysis, "analyse_game", analyse_game)
    monkeypatch.setattr(work, "_weights", lambda league, own: {})
    return asked
