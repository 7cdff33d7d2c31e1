"""Live says what the batch run says of the finished game: a real half, and made-up matches cut anywhere."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.analysis import recognise
from sportsai.court import load_league
from sportsai.data import Game
from sportsai.data.possessions import control, handovers
from sportsai.learn.weights import Weights
from sportsai.live.feeds.lines import lines_of
from sportsai.live.finished import finished
from sportsai.live.follow import Follower
from sportsai.live.models.recognise import WAITS_S
from sportsai.resources import demo_match
from tests.live.played import as_set, match, played, same, told, weights


@cache
def recogniser() -> Weights:
    return weights("shared_compare")


def batch(game: Game, model: str) -> pd.DataFrame:
    if model == "control":
        assert game.tracks is not None
        return handovers(replace(game.tracks, holder=control(game.tracks)))
    return recognise.analyse(game, pd.DataFrame(), recogniser()).events


@pytest.mark.parametrize("rate_hz", [10, 25])
@pytest.mark.parametrize("model", ["recognise", "control"])
def test_a_match_of_one_piece(model: str, rate_hz: int) -> None:
    game = match(3, rate_hz=rate_hz)
    live, follower = played(game, model, recogniser())
    assert len(live) > 5
    same(batch(game, model), live)
    assert follower.running is not None and not follower.running.lost


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10_000), model=st.sampled_from(["recognise", "control"]), every_s=st.sampled_from([0.3, 1, 4]),
    share=st.lists(st.floats(0, 1), max_size=25),
)  # fmt: skip
def test_any_way_of_cutting_the_stream_gives_the_batch_run(
    seed: int, model: str, every_s: float, share: list[float]
) -> None:
    game = match(seed, seconds=25)
    content = b"".join(lines_of(game))
    cuts = sorted({int(s * len(content)) for s in share} | {0, len(content)})
    pieces = [content[a:b] for a, b in pairwise(cuts)]
    live, follower = told(pieces, model, recogniser(), every_s=every_s)
    same(batch(game, model), live)
    assert follower.told.frames == (game.tracks.T if game.tracks else 0)


def test_without_a_ball_or_players_nothing_is_said() -> None:
    game = match(1, seconds=12)
    assert game.tracks is not None
    nobody = replace(game.tracks, present=np.zeros_like(game.tracks.present))
    for tracks in (replace(game.tracks, ball_present=np.zeros(game.tracks.T, bool)), nobody):
        live, follower = played(replace(game, tracks=tracks), "recognise", recogniser())
        assert live == [] and follower.told.frames == game.tracks.T


def lines_of_demo(frames: int) -> list[bytes]:
    """The first frames of play of the demo match and what stands before them, a line each."""
    records = orjson.loads(demo_match()[0].read_bytes())
    first = next(i for i, r in enumerate(records) if r["period"] == 1)
    return [orjson.dumps(r) for r in records[: first + frames]]


@pytest.mark.slow
def test_ten_minutes_of_the_demo_match() -> None:
    """Both read people without a name as live must: each track by itself. The direction is found by each alone."""
    league, lines = load_league("bundesliga"), lines_of_demo(5_000)
    follower = Follower(league, "recognise", recogniser(), companions=(demo_match()[1],), every_s=5.0)
    live, kept = [], 0
    for i in range(0, len(lines), 1000):
        live += follower.take(lines[i : i + 1000])
        assert follower.stretch is not None
        kept = max(kept, follower.stretch.end - follower.stretch.first)
    live += follower.finish()
    game = finished("skillcorner", league, lines, (demo_match()[1],))
    found = recognise.analyse(game, pd.DataFrame(), recogniser()).events
    same(found, live)
    assert len(live) > 60
    assert kept < 500  # over 5,000 frames went by
    assert follower.told.directions == {1: "away attacks right, by one goalkeeper, after 30 s"}
    assert [p.attacks_right for p in game.periods] == [1]


@pytest.mark.slow
def test_beside_the_reader_of_whole_files(demo_game: Game) -> None:
    """The reader of finished files shares a place out among people without a name; few events hang on that."""
    assert demo_game.tracks is not None
    rows = int(np.flatnonzero(demo_game.tracks.period == 1)[2000])
    game = replace(demo_game, tracks=demo_game.tracks.cut(0, rows))
    live, _ = _demo(rows)
    a, b = as_set(recognise.analyse(game, pd.DataFrame(), recogniser()).events), as_set(live)
    assert len(a) > 30 and len(set(a) ^ set(b)) <= 0.01 * len(a)


def _demo(rows: int) -> tuple[list[dict[str, object]], Follower]:
    follower = Follower(
        load_league("bundesliga"), "recognise", recogniser(), companions=(demo_match()[1],), every_s=5.0
    )
    live = follower.take(lines_of_demo(2_000)[:rows])
    return live + follower.finish(), follower


def test_what_never_ends_is_given_up_and_counted() -> None:
    """A feed whose clock stands still: nothing lies apart, so nothing is certain; the buffer does not grow."""
    game = match(5, seconds=WAITS_S + 40)
    assert game.tracks is not None
    still = replace(game.tracks, t_s=np.zeros(game.tracks.T), period=np.ones(game.tracks.T, np.int8))
    _, follower = played(replace(game, tracks=still), "recognise", recogniser(), every_s=5)
    assert follower.running is not None and follower.stretch is not None
    assert follower.stretch.end - follower.stretch.first < (WAITS_S + 20) * 10
    assert follower.told.lost > 0
