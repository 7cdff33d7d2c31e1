"""A made-up match that is played frame by frame, and ways of comparing what is said of it live and afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sportsai.court import load_league
from sportsai.data import Game
from sportsai.learn.weights import Weights, find_weights, load_weights
from sportsai.live.feeds.lines import lines_of
from sportsai.live.follow import Follower
from tests.conftest import make_game, make_tracks


def weights(recipe: str) -> Weights:
    """The shipped weights of a soccer recipe."""
    return load_weights(find_weights("soccer", recipe), "soccer", recipe)


def match(seed: int, seconds: float = 40.0, rate_hz: int = 10, players: int = 5) -> Game:
    """People walk about and play the ball to one another; it is out of sight at times, and frames are missing."""
    rng = np.random.default_rng(seed)
    T = int(seconds * rate_hz)
    tracks = make_tracks(T, rate_hz, players, seed)
    xy = tracks.xy + np.cumsum(rng.normal(0, 0.12, tracks.xy.shape), 0).astype(np.float32)
    xy = np.clip(xy, -50, 50)
    ball, present = np.zeros((T, 2), np.float32), np.ones(T, bool)
    holder, t = int(rng.integers(2 * players)), 0
    while t < T:
        hold, flight = int(rng.integers(3, 30)), int(rng.integers(3, 15))
        to = int(rng.integers(2 * players))
        end = min(t + hold, T)
        ball[t:end] = xy[t:end, holder] + rng.normal(0, 0.3, (end - t, 2))
        away = min(end + flight, T)
        share = np.linspace(0, 1, max(away - end, 1), dtype=np.float32)[: away - end, None]
        if away > end:
            ball[end:away] = ball[end - 1] + share * (xy[away - 1, to] - ball[end - 1])
        holder, t = to, away
    for _ in range(int(rng.integers(0, 3))):
        a = int(rng.integers(T))
        present[a : a + int(rng.integers(2, 40))] = False
    seen = rng.random(tracks.present.shape) > 0.02
    keep = np.ones(T, bool)
    for _ in range(int(rng.integers(0, 3))):
        a = int(rng.integers(T))
        keep[a : a + int(rng.integers(1, 25))] = False
    keep[0] = True
    half = T // 2 + int(rng.integers(-10, 10)) if rng.random() < 0.5 else T
    period = np.where(np.arange(T) < half, 1, 2).astype(np.int8)
    t_s = (np.arange(T) - np.where(period == 2, half, 0)) / rate_hz
    whole = replace(tracks, xy=xy, ball_xy=ball, ball_present=present, present=seen, period=period, t_s=t_s)
    rows = np.flatnonzero(keep)
    fields = ("frame", "period", "t_s", "xy", "present", "estimated", "ball_xy", "ball_present", "ball_z", "possession")
    cut = replace(whole, **{n: getattr(whole, n)[rows] for n in (*fields, "holder")})
    return turned(make_game(cut, game_id=f"match-{seed}"))


def turned(game: Game) -> Game:
    """The game with its periods as they are when home is said to attack right first."""
    from sportsai.data import AWAY, HOME, Period

    assert game.tracks is not None
    periods = []
    for n in sorted({*game.tracks.period.tolist()} - {0}):
        frame = game.tracks.frame[game.tracks.period == n]
        periods.append(Period(n, int(frame[0]), int(frame[-1]) + 1, HOME if n % 2 else AWAY))
    return replace(game, periods=tuple(periods))


def played(game: Game, model: str, loaded: Weights | None, **asked: Any) -> tuple[list[dict[str, Any]], Follower]:
    """What is said live of a game that comes as one piece of lines."""
    return told([b"".join(lines_of(game))], model, loaded, **asked)


def told(
    pieces: list[bytes], model: str, loaded: Weights | None, **asked: Any
) -> tuple[list[dict[str, Any]], Follower]:
    """What is said live of lines that come cut anywhere."""
    league = load_league("soccer")
    asked = {"home_attacks": "right", **asked}
    follower = Follower(league, model, loaded, **asked)
    out, rest = [], b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        out += follower.take(lines) if lines else follower.ask()
    return out + follower.finish(), follower


def as_set(events: pd.DataFrame | list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Events by what makes them the same, with their evidence and probability."""
    rows = events.to_dict("records") if isinstance(events, pd.DataFrame) else events
    return {
        (r["period"], r["frame"], r["type"], r["side"], r["player_id"] if isinstance(r["player_id"], str) else None): (
            r["start_frame"], r["end_frame"], tuple(r["other_ids"]),
            None if r["score"] is None or not np.isfinite(r["score"]) else float(r["score"]),
        ) for r in rows
    }  # fmt: skip


def same(batch: pd.DataFrame, live: list[dict[str, Any]]) -> None:
    """Fail where live and batch differ in an event, its evidence, or its probability by more than float error."""
    a, b = as_set(batch), as_set(live)
    assert len(a) == len(batch) and len(b) == len(live)
    assert set(a) == set(b)
    for key in a:
        assert a[key][:3] == b[key][:3], key
        if a[key][3] is not None:
            assert abs(a[key][3] - b[key][3]) < 2e-5, key
