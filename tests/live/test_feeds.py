"""Formats a line at a time say what the readers of finished files say, and refuse what they refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orjson
import pytest

from sportsai.court import load_league
from sportsai.data import Game
from sportsai.errors import DataError
from sportsai.live.direction import Directions
from sportsai.live.feeds import feed_names, find_feed, load_feed
from sportsai.live.feeds.lines import lines_of
from sportsai.live.stretch import Stretch
from sportsai.readers import read_games
from sportsai.resources import demo_match
from tests.conftest import make_game, make_tracks

LEAGUE = load_league("bundesliga")
FILES = demo_match()[0].parent


def followed(name: str, path: Path, *companions: Path) -> Stretch:
    """All lines of a file, taken."""
    lines = path.read_bytes().splitlines()
    feed = load_feed(name)
    head = feed.head(path, companions, LEAGUE, lines[0])
    parse = feed.parser(head, LEAGUE)
    stretch = Stretch(head, Directions("right"), kept_s=1e6)
    for line in lines:
        sample = parse(line) if line else None
        if sample is not None:
            stretch.add(sample)
    return stretch


def same_positions(game: Game, stretch: Stretch) -> None:
    """Fail where the two say other things of a named person, the ball, or time."""
    ours, theirs = stretch.window(0).tracks, game.tracks
    assert theirs is not None
    np.testing.assert_array_equal(ours.frame, theirs.frame)
    np.testing.assert_array_equal(ours.period, theirs.period)
    np.testing.assert_allclose(ours.t_s, theirs.t_s)
    np.testing.assert_array_equal(ours.ball_present, theirs.ball_present)
    np.testing.assert_allclose(ours.ball_xy[ours.ball_present], theirs.ball_xy[ours.ball_present], atol=1e-5)
    named = 0
    for i, slot in enumerate(theirs.slots):
        if slot.player_id is None or not theirs.present[:, i].any():
            continue
        k = ours.slot_of(slot.player_id)
        assert k >= 0 and ours.slots[k].side == slot.side
        np.testing.assert_array_equal(ours.present[:, k], theirs.present[:, i])
        np.testing.assert_allclose(ours.xy[ours.present[:, k], k], theirs.xy[theirs.present[:, i], i], atol=1e-5)
        named += 1
    assert named > 1
    # of people without a name as many are seen
    assert (ours.present & (ours.side >= 0)).sum() == (theirs.present & (theirs.side >= 0)).sum()
    head = stretch.head
    assert (head.id, head.court_length_m, head.court_width_m, head.rate_hz) == (
        game.id, game.court_length_m, game.court_width_m, theirs.rate_hz)  # fmt: skip
    assert [p.id for p in head.roster] == [p.id for p in game.roster][: len(head.roster)]


def test_skillcorner_2020_written_a_line_each(tmp_path: Path) -> None:
    path, match = tmp_path / "g.jsonl", tmp_path / "match.json"
    records = orjson.loads(demo_match()[0].read_bytes())[1300:2600]
    path.write_bytes(b"\n".join(orjson.dumps(r) for r in records) + b"\n")
    shutil.copy(demo_match()[1], match)
    same_positions(next(read_games((path, match), LEAGUE, "skillcorner")), followed("skillcorner", path, match))


def test_skillcorner_2024_lines(tmp_path: Path) -> None:
    path, match = FILES / "skillcorner_v3_raw_data.jsonl", FILES / "skillcorner_meta_data.json"
    same_positions(next(read_games((path, match), LEAGUE, "skillcorner")), followed("skillcorner", path, match))


def test_tracab_lines() -> None:
    path, meta = FILES / "tracab_raw.dat", FILES / "tracab_meta.xml"
    same_positions(next(read_games((path, meta), LEAGUE, "tracab")), followed("tracab", path, meta))


def test_our_own_lines(tmp_path: Path) -> None:
    game = make_game(make_tracks(T=50))
    path = tmp_path / "g.jsonl"
    path.write_bytes(b"".join(lines_of(game)))
    same_positions(game, followed("lines", path))


def test_the_first_bytes_name_the_format() -> None:
    assert feed_names() == ["lines", "skillcorner", "tracab"]
    v3 = (FILES / "skillcorner_v3_raw_data.jsonl").read_bytes()[:4096]
    old = orjson.dumps(orjson.loads(demo_match()[0].read_bytes())[2000])
    dat = (FILES / "tracab_raw.dat").read_bytes()[:4096]
    own = next(lines_of(make_game(make_tracks(T=2))))
    assert [find_feed(s, "soccer", "x") for s in (v3, old, dat, own)] == [
        "skillcorner",
        "skillcorner",
        "tracab",
        "lines",
    ]
    assert find_feed(own, "hockey", "x") == "lines"
    for other in (b"<xml>", b"[{", b"Period,Frame,Time [s]", b"\xff\xfe{", b"{}"):
        with pytest.raises(DataError, match="not recognised"):
            find_feed(other, "soccer", "x")
    with pytest.raises(DataError, match="cannot be followed while it grows"):
        load_feed("metrica")


FRAME = {"frame": 3, "period": 1, "t_s": 0.3, "ball": [1, 2, 0.1], "players": [["h0", 1, 2]]}


@pytest.mark.parametrize(
    "changes",
    [
        {"frame": None}, {"frame": -1}, {"frame": 1 << 40}, {"frame": True}, {"frame": 1.5}, {"period": 1000},
        {"period": "1"}, {"t_s": None}, {"t_s": "0:30"}, {"t_s": 1e300}, {"ball": [1]}, {"ball": ["x", 2]},
        {"ball": [1e9, 0]}, {"players": [["h0", 1]]}, {"players": [["h0", None, 2]]}, {"players": [["nobody", 1, 2]]},
        {"players": {"h0": 1}}, {"players": [7]}, {"ball": 7},
    ],
)  # fmt: skip
def test_a_line_that_is_no_frame_is_refused(changes: dict[str, object]) -> None:
    feed = load_feed("lines")
    head = feed.head(None, (), LEAGUE, next(lines_of(make_game(make_tracks(T=2)))))
    parse = feed.parser(head, LEAGUE)
    assert parse(orjson.dumps(FRAME)) is not None
    with pytest.raises((ValueError, TypeError, KeyError)):
        parse(orjson.dumps(FRAME | changes))
    for line in (b"[]", b"{", b"\xff", b"[" * 5000):
        with pytest.raises(ValueError):
            parse(line)


@pytest.mark.parametrize(
    "changes",
    [{"rate_hz": 0}, {"rate_hz": "x"}, {"court_m": [105]}, {"court_m": [0, 68]}, {"home": None},
     {"away": {"name": "B"}}, {"home": {"players": [{"id": 1}, {"id": 1}]}}, {"game": ""}],
)  # fmt: skip
def test_a_first_line_that_says_no_game_is_refused(changes: dict[str, object]) -> None:
    first = orjson.loads(next(lines_of(make_game(make_tracks(T=2)))))
    with pytest.raises(DataError):
        load_feed("lines").head(None, (), LEAGUE, orjson.dumps(first | changes))


def test_a_crowd_in_one_frame_is_refused() -> None:
    frame = orjson.loads(demo_match()[0].read_bytes())[2000]
    feed = load_feed("skillcorner")
    head = feed.head(None, (demo_match()[1],), LEAGUE, b"{}")
    frame["data"] = [{"x": 0, "y": 0, "track_id": i, "group_name": "home team"} for i in range(300)]
    with pytest.raises(ValueError, match="300 people"):
        feed.parser(head, LEAGUE)(orjson.dumps(frame))


def test_a_feed_without_its_companion_says_what_is_missing() -> None:
    for name in ("skillcorner", "tracab"):
        with pytest.raises(DataError, match="after the feed"):
            load_feed(name).head(None, (), LEAGUE, b"{}")
