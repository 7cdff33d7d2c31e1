"""Shared fixtures: a tiny made-up game, the real demo match, seeds fixed, no library or data folder from outside."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks
from sportsai.resources import data_folder, demo_match

os.environ.setdefault("MPLBACKEND", "Agg")
# the same examples on every run, however busy the machine is
settings.register_profile("sportsai", deadline=None, derandomize=True)
settings.load_profile("sportsai")


@pytest.fixture(autouse=True)
def _fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    random.seed(0)
    np.random.seed(0)
    monkeypatch.delenv("SPORTSAI_LIBRARY", raising=False)
    monkeypatch.delenv("SPORTSAI_LEAGUES", raising=False)


def make_tracks(T: int = 60, rate_hz: Fraction | int = 10, players: int = 3, seed: int = 0) -> Tracks:
    """Return smooth made-up tracks: `players` a side walking about, a ball, one period from frame 0."""
    rng = np.random.default_rng(seed)
    slots = tuple(Slot(f"{'ha'[s]}{i}", s) for s in (HOME, AWAY) for i in range(players))
    arrays = empty_tracks(T, slots, Fraction(rate_hz))
    start = rng.uniform(-20, 20, (1, len(slots), 2))
    drift = rng.uniform(-3, 3, (1, len(slots), 2))
    t = np.arange(T)[:, None, None] / float(rate_hz)
    arrays["xy"][:] = start + drift * t
    arrays["present"][:] = True
    arrays["period"][:] = 1
    arrays["t_s"][:] = np.arange(T) / float(rate_hz)
    arrays["ball_xy"][:] = arrays["xy"][:, 0] + 0.5
    arrays["ball_present"][:] = True
    return Tracks(**arrays)


def make_game(tracks: Tracks | None = None, game_id: str = "made-up", **changes: object) -> Game:
    """Return a made-up game about `tracks`, its roster read off the slots."""
    tracks = tracks if tracks is not None else make_tracks()
    roster = tuple(
        Player(s.player_id, f"Player {s.player_id}", s.side, number=i + 1, position="GK" if i % 3 == 0 else "CM")
        for i, s in enumerate(tracks.slots)
        if s.player_id is not None
    )
    facts: dict[str, object] = {
        "id": game_id,
        "league": "soccer",
        "teams": (
            Team("1", "Home Town", abbreviation="HOM", color="#aa0000"),
            Team("2", "Away City", abbreviation="AWA"),
        ),
        "roster": roster,
        "court_length_m": 105.0,
        "court_width_m": 68.0,
        "periods": (Period(1, int(tracks.frame[0]), int(tracks.frame[-1]) + 1, HOME),) if tracks.T else (),
        "tracks": tracks,
        "provider": "made-up",
        "source": {"made-up": "0" * 64},
    }
    return Game(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def demo_game() -> Game:
    """The real demo match, Bayern - Dortmund 4-0, read from the installed kloppy."""
    from sportsai.court import load_league
    from sportsai.readers import read_games

    return next(read_games(demo_match(), load_league("bundesliga"), "skillcorner"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real games; skips with the reason when it is not there."""
    folder = data_folder()
    if folder is None:
        pytest.skip("real games are not here: set SPORTSAI_DATA to their folder")
    return folder
