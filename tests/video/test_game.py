"""Footage as a game: rows counted at the game's rate, and slots that do not grow with the hours."""

from __future__ import annotations

import numpy as np

from sportsai.video import game
from sportsai.video.game import _slots, counted_by


def test_rows_are_counted_at_the_rate_and_none_twice() -> None:
    rows, place = counted_by(np.array([10.0, 10.08, 10.12, 10.16, 10.32]), 12.5)
    assert rows.tolist() == [0, 1, 3, 4]  # 10.12 s is half a frame from both of its neighbours: it is left out
    assert place.tolist() == [0, 1, -1, 2, 3]


def test_few_tracks_have_a_slot_each() -> None:
    slots, at = _slots(np.array([3, 8]), np.array([0, 1]), np.array([0, 1, 1]), np.array([0, 0, 1]), 10.0)
    assert [(s.player_id, s.side) for s in slots] == [("track-3", 0), ("track-8", 1)] and at.tolist() == [0, 0, 1]


def test_many_tracks_share_the_places_of_their_side(monkeypatch) -> None:
    monkeypatch.setattr(game, "OWN", 2)
    rows = {0: (0, 20), 1: (5, 50), 2: (25, 40), 3: (31, 45), 4: (60, 61)}  # first and last of each track
    side = np.array([0, 1, 0, 0, 0])
    row = np.array([r for ends in rows.values() for r in ends])
    slots, at = _slots(np.arange(5), side, row, np.repeat(np.arange(5), 2), 10.0)
    # track 2 begins half a second after 0 ended: a place of its own; 3 takes 0's, 4 comes a second after all
    assert at[::2].tolist() == [0, 1, 2, 0, 0]
    assert [(s.player_id, s.side) for s in slots] == [("place-0", 0), ("place-1", 1), ("place-2", 0)]
