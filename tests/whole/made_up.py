"""Made-up whole games in which things happen that can be seen: the ball leaps when a shot is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.data import Game
from sportsai.data.events import events_frame
from tests.conftest import make_game, make_tracks

TYPES = ("shot", "rebound")


def game(seed: int, frames: int = 400, moments: int = 8, halves: bool = False) -> Game:
    """Return a basketball game at 2 Hz, all at the right ring: the ball is 4 m high at a shot, far out at a rebound."""
    rng = np.random.default_rng(seed)
    tracks = make_tracks(frames, 2, seed=seed)
    people = rng.uniform(-10, 10, (1, tracks.P, 2)) + rng.normal(0, 0.5, (frames, tracks.P, 2))
    ball, z = np.zeros((frames, 2), np.float32), np.full(frames, 1.0, np.float32)
    ball += np.array((12.4, 0.0)) + rng.normal(0, 0.1, ball.shape)
    at = np.sort(rng.choice(np.arange(10, frames - 10, 12), 2 * moments, replace=False))
    kind = rng.permutation(np.repeat([0, 1], moments))
    z[at[kind == 0]] = 4.0
    ball[at[kind == 1]] -= (12.0, 0.0)
    period = np.ones(frames, np.int8)
    t = np.arange(frames) / 2.0
    if halves:
        period[frames // 2 :] = 2
        t[frames // 2 :] -= t[frames // 2]
    tracks = replace(tracks, xy=people.astype(np.float32), ball_xy=ball, ball_z=z, period=period, t_s=t)
    events = events_frame(
        {"period": period[at], "t_s": t[at], "frame": at, "type": [TYPES[k] for k in kind]}, len(at)
    )  # fmt: skip
    return make_game(tracks, f"game-{seed}", league="basketball", court_length_m=28.0, court_width_m=15.0,
                     events=events)  # fmt: skip
