"""The nouns every other room speaks in: game, tracks, events, windows, splits, kinematics, quality."""

from sportsai.data.events import empty_events, events_frame
from sportsai.data.game import Game, Period, Player, Team, game_id
from sportsai.data.tracks import AWAY, HOME, NO_SIDE, Slot, Tracks, empty_tracks
from sportsai.data.view import View

__all__ = [
    "AWAY", "HOME", "NO_SIDE", "Game", "Period", "Player", "Slot", "Team", "Tracks", "View", "empty_events",
    "empty_tracks", "events_frame", "game_id",
]  # fmt: skip
