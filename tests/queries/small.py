"""A game of twenty-one events whose answers can be worked out by hand, in a library of its own.

Two halves of 60 s at 10 Hz; home attacks right in the first, away in the second. A pitch of 105 x 68 m: the final third
begins at 17.5 m, the box at 36 m and |y| <= 20.16 m, for the team that acts. Home leads from 0:10.5 to 0:30.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sportsai.data import Game, Period, Player, events_frame
from sportsai.library import Library
from tests.conftest import make_game, make_tracks

#  id   period  t_s  type       side player others   x     y    probability, attributes
EVENTS = [
    ("e1", 1, 5.0, "pass", 0, "h0", ["h1"], 10, 0, 0.9, {"labels": {"direct": 0.7, "chaotic": 0.2}}),
    ("e2", 1, 7.0, "pass", 0, "h1", ["h2"], 40, 0, 0.8, {}),
    ("e3", 1, 10.0, "shot", 0, "h2", [], 45, 5, 0.7, {}),
    ("e4", 1, 12.0, "turnover", 0, "h0", ["a0"], -20, 0, 0.6, {}),
    ("e5", 1, 15.0, "pass", 1, "a0", ["a1"], -30, 0, 0.95, {}),
    ("e6", 1, 20.0, "shot", 1, "a1", [], -50, 0, 0.4, {}),
    ("e7", 1, 20.0, "foul", 1, "a2", [], np.nan, np.nan, 0.5, {}),
    ("e8", 1, 40.0, "pass", 0, "h0", [], 0, 0, 0.3, {}),
    ("e9", 2, 2.0, "pass", 0, None, [], -40, 0, 0.85, {}),
    ("e10", 2, 4.0, "pass", 1, "a0", ["a2"], 20, 0, 0.9, {}),
    ("e11", 2, 9.0, "shot", 1, "a0", [], 48, -25, 0.65, {}),
    ("e12", 2, 14.1, "shot", 0, "h2", [], -45, 0, 0.75, {"outcome": "goal"}),
]
#            period start end type        side
STRETCHES = [
    ("p1", 1, 4.0, 11.0, "possession", 0),
    ("p2", 1, 14.0, 20.0, "possession", 1),
    ("p3", 2, 0.0, 3.0, "possession", 0),
    ("s1", 1, 9.0, 10.5, "guard", 1),
]
LOG = [
    ("g1", 1, 10.5, "goal", 0),
    ("g2", 1, 30.0, "goal", 1),
    ("l1", 1, 35.0, "throw_in", 0),
    ("l2", 1, 5.1, "pass", 0),
]


def frame_of(period: int, t_s: float) -> int:
    return round(10 * t_s) + 600 * (period - 1)


def small_game(game_id: str = "small", **changes: object) -> Game:
    """Return the game with its log; players are called "Player h0" and so on, h1 bears a name with quotes and HTML."""
    tracks = make_tracks(1200)
    period = np.repeat(np.array([1, 2], np.int8), 600)
    tracks = replace(tracks, period=period, t_s=np.tile(np.arange(600) / 10.0, 2))
    game = make_game(tracks, game_id)
    evil = """O'Neil "<b>x</b>"; drop table events --"""
    roster = tuple(Player(p.id, evil, p.side, p.number) if p.id == "h1" else p for p in game.roster)
    log = events_frame({
        "event_id": [e[0] for e in LOG], "period": [e[1] for e in LOG], "t_s": [e[2] for e in LOG],
        "frame": [frame_of(e[1], e[2]) for e in LOG], "type": [e[3] for e in LOG], "side": [e[4] for e in LOG],
    })  # fmt: skip
    facts: dict[str, object] = {
        "roster": roster, "periods": (Period(1, 0, 600, 0), Period(2, 600, 1200, 1)), "events": log, "score": (1, 1),
    }  # fmt: skip
    return replace(game, **{**facts, **changes})  # type: ignore[arg-type]


def recognised() -> tuple[object, object]:
    """Return the events of the run, and of the run of stretches."""
    e = list(zip(*EVENTS, strict=True))
    frames = [frame_of(p, t) for p, t in zip(e[1], e[2], strict=True)]
    moments = events_frame({
        "event_id": e[0], "period": e[1], "t_s": e[2], "frame": frames, "type": e[3], "side": e[4], "player_id": e[5],
        "other_ids": e[6], "x": e[7], "y": e[8], "score": e[9], "attributes": e[10],
        "start_frame": [f - 5 for f in frames], "end_frame": [f + 6 for f in frames],
    })  # fmt: skip
    s = list(zip(*STRETCHES, strict=True))
    first = [frame_of(p, t) for p, t in zip(s[1], s[2], strict=True)]
    lasting = events_frame({
        "event_id": s[0], "period": s[1], "t_s": s[2], "frame": first, "type": s[4], "side": s[5], "start_frame": first,
        "end_frame": [frame_of(p, t) for p, t in zip(s[1], s[3], strict=True)], "score": [0.8] * len(s[0]),
    })  # fmt: skip
    return moments, lasting


def small_library(folder: Path) -> Library:
    """Return a library that holds the game, analysed and its phases found."""
    library = Library(folder / "lib", create=True)
    library.add(small_game())
    moments, lasting = recognised()
    library.write_predictions("small", moments, {"run_id": "r1", "made_at": "2026-01-01"})  # type: ignore[arg-type]
    library.write_predictions("small", lasting, {"run_id": "r2", "kind": "phases", "made_at": "2026-01-01"})  # type: ignore[arg-type]
    return library
