"""For the tests of readers: kloppy's own test files, and positions compared with what kloppy reads from them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sportsai.court import League, load_league
from sportsai.data import Game
from sportsai.errors import DataError
from sportsai.readers import read_games


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of real provider files inside the installed kloppy wheel (BSD-3)."""
    spec = find_spec("kloppy")
    folder = Path(spec.origin).parent / "tests" / "files" if spec and spec.origin else Path("nowhere")
    if not folder.is_dir():
        pytest.skip("kloppy's test files are not installed")
    return folder


@pytest.fixture(scope="session")
def league() -> League:
    return load_league("bundesliga")


@pytest.fixture
def read(league: League) -> Callable[..., Game]:
    """Read the one game of some files."""

    def one(*paths: Path, provider: str | None = None) -> Game:
        (game,) = read_games(paths, league, provider)
        return game

    return one


@pytest.fixture
def problem(league: League) -> Callable[..., str]:
    """Return the one line that reading some files fails with."""

    def line(*paths: Path, provider: str | None = None) -> str:
        with pytest.raises(DataError) as caught:
            list(read_games(paths, league, provider))
        said = str(caught.value)
        assert "\n" not in said
        assert str(paths[0].parent) in said or provider is not None, f"no file is named: {said}"
        return said

    return line


@pytest.fixture
def quiet() -> Iterator[None]:
    """kloppy warns about directions it cannot find; what it reads is all these tests want of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def same_as() -> Callable[..., int]:
    """Compare a game's positions with kloppy's records; return how many positions were compared."""

    def compare(game: Game, records: list, place: Callable[[Any], list], limit: int = 300) -> int:
        tracks = game.tracks
        assert tracks is not None
        column = {s.player_id: i for i, s in enumerate(tracks.slots)}
        compared = 0
        for record in records[:limit]:
            row = int(tracks.rows(np.array([record.frame_id]))[0])
            assert row >= 0, f"frame {record.frame_id} is missing"
            theirs = {
                str(p.player_id): d.coordinates for p, d in record.players_data.items() if d.coordinates is not None
            }
            for who, point in theirs.items():
                if np.isnan(point.x):
                    assert not tracks.present[row, column[who]]
                    continue
                assert tracks.present[row, column[who]], (record.frame_id, who)
                np.testing.assert_allclose(tracks.xy[row, column[who]], place(point), atol=2e-4)
                compared += 1
            ball = record.ball_coordinates
            if ball is not None and ball.x is not None and not np.isnan(ball.x):
                np.testing.assert_allclose(tracks.ball_xy[row], place(ball), atol=2e-4)
                assert tracks.ball_present[row]
            if record.period is not None:
                assert tracks.period[row] == record.period.id
        return compared

    return compare
