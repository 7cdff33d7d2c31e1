"""A small invented game that holds what reports stumble over, in a library of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sportsai.data import Game, Period, Player, Slot, Team, Tracks, empty_tracks
from sportsai.data.possessions import handovers
from sportsai.library import Library
from tests.report.browser import CHROMIUM, Browser

EVIL = "<script>window.hacked=1;alert(1)</script>"
RUN: dict[str, Any] = {
    "run_id": "r1",
    "model": "shared_compare",
    "recipe": "shared_compare",
    "weights_sha256": "ab" * 32,
    "version": "0.1.0",
    "made_at": "2026-01-01T00:00:00Z",
    "frames_total": 6000,
    "frames_read": 6000,
    "seconds": 2.0,
    "metrics": {
        "pass": {"precision": 0.88, "recall": 0.82, "AP": 0.86, "n": 290},
        "turnover": {"precision": 0.61, "recall": 0.55, "AP": 0.52, "n": 60},
    },
    "notes": ["made up"],
    "card": "card.md",
}


def small_tracks(seconds: int = 300, rate: int = 10, seed: int = 0) -> Tracks:
    """Return two periods of 6 v 6: players walk about their places, the ball goes from holder to holder every 5 s.

    Home attacks right in period 1 and left in period 2; player 3 of home leaves the picture for 20 s of each minute.
    """
    rng = np.random.default_rng(seed)
    slots = tuple(Slot(f"p{i}", int(i >= 6)) for i in range(12))
    half = seconds * rate
    made = empty_tracks(2 * half, slots, rate)
    t = np.arange(2 * half) % half / rate
    made["period"][:] = 1 + (np.arange(2 * half) >= half)
    made["t_s"][:] = t
    turn = np.where(made["period"] == 1, 1.0, -1.0)[:, None]
    for i in range(12):
        side = 1 if i < 6 else -1
        place = np.array([-48.0, 0]) if i % 6 == 0 else np.array([-25 + 12 * (i % 6), 8 * (i % 6) - 24.0])
        wobble = np.stack([6 * np.sin(t / 7 + i), 5 * np.cos(t / 9 + i)], 1) * (0.2 if i % 6 == 0 else 1)
        made["xy"][:, i] = (side * place + wobble) * turn
    made["present"][:] = True
    made["present"][(t % 60 < 20), 3] = False
    holder = rng.integers(0, 12, 2 * half // (5 * rate) + 1)[np.arange(2 * half) // (5 * rate)]
    held = np.arange(2 * half) % (5 * rate) < 3 * rate
    made["holder"][:] = np.where(held & made["present"][np.arange(2 * half), holder], holder, -1)
    made["possession"][:] = (holder >= 6).astype(np.int8)
    made["ball_xy"][:] = made["xy"][np.arange(2 * half), holder] + 0.3
    made["ball_present"][:] = True
    return Tracks(**made)


def small_game(tracks: Tracks | None = None, **changes: Any) -> Game:
    """Return the game of `small_tracks`; one player is called EVIL."""
    tracks = small_tracks() if tracks is None else tracks
    roster = tuple(
        Player(
            f"p{i}", EVIL if i == 1 else f"Player {i}", int(i >= 6), number=i + 1, position="GK" if i % 6 == 0 else "CM"
        )
        for i in range(12)
    )
    half = tracks.T // 2
    game = Game(
        id="small",
        league="soccer",
        teams=(Team("h", f"Home & {EVIL}", color="#e4070c"), Team("a", "Away", color="#f4e422")),
        roster=roster,
        court_length_m=105,
        court_width_m=68,
        tracks=tracks,
        score=(1, 0),
        date="2026-01-01",
        periods=(Period(1, 0, half, 0), Period(2, half, 2 * half, 1)),
        provider="test",
        terms="none",
    )
    return replace(game, **changes)


def predicted(game: Game) -> pd.DataFrame:
    """Return handovers as a model would: with probabilities, the first period trained on."""
    assert game.tracks is not None
    events = handovers(game.tracks)
    rng = np.random.default_rng(1)
    events["score"] = rng.uniform(0.6, 0.98, len(events)).astype("float32")
    events["attributes"] = [{"key_player_p": 0.7, "class_p": 0.8, "trained_on": bool(p == 1)} for p in events["period"]]
    return events


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library that holds the small game, analysed."""
    library, game = Library(tmp_path / "library", create=True), small_game()
    library.add(game)
    library.write_predictions(game.id, predicted(game), RUN)
    return library


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one file."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    one = Browser()
    yield one
    one.close()
