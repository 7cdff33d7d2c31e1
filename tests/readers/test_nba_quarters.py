"""NBA quarters: hand-worked samples, possessions and log; all 435 real quarters; every kind of broken file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.data import AWAY, HOME
from sportsai.errors import DataError
from sportsai.readers import nba_quarters, sportvu


def arrays() -> dict:
    """Return two games of three samples; in the second the clock jumps two steps."""
    xy = np.zeros((6, 11, 2), np.int16)
    xy[:, 0] = (4700, 2500)
    xy[:, 1:] = (5700, 2600)
    index = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] * 5 + [[1, 2, 3, 4, 10, 5, 6, 7, 8, 9]], np.uint16)
    return {
        "xy": xy,
        "ball_z": np.full(6, 100, np.int16),
        "player_index": index,
        "game_clock": np.array([72000, 71948, 71896, 70000, 69948, 69844], np.int32),
        "shot_clock": np.full(6, -1, np.int16),
        "game_ptr": np.array([0, 3, 6]),
        "game_id": np.array(["0021500001", "0021500002"]),
        "home": np.array([0, 1], np.int8),
        "visitor": np.array([1, 0], np.int8),
        "home_attacks_right": np.array([1, 0], np.int8),
        "poss": np.array([[0, 0, 1, 3, 0, 1, 1, 1, 0], [1, 3, 4, 5, 0, 1, 0, 1, 0]], np.int32),
        "poss_cols": np.array(
            ["game", "start", "front", "end", "off_team", "def_team", "off_is_home", "attack_right", "substitution"]
        ),
        "poss_frac": np.ones((2, 2), np.float32),
    }


PLAYS = """game_id,eventnum,msgtype,actiontype,clock_s,team,p1,p2,p3
21500001,0,12,0,720,,0,0,0
21500001,7,2,75,719,ATL,100,0,0
21500001,8,18,0,719,,0,0,0
21500002,3,5,1,699,ATL,105,100,0
"""


def write(folder: Path, data: dict | None = None, plays: str | None = PLAYS) -> Path:
    np.savez(folder / "nba_q1.npz", **(arrays() if data is None else data))
    people = "".join(f"{i},{100 + i},Player {i}\n" for i in range(11))
    (folder / "players.csv").write_text("player_index,player_id,name\n" + people)
    (folder / "teams.csv").write_text("team_index,team_id,abbr\n0,1610612737,ATL\n1,1610612738,BOS\n")
    if plays is not None:
        (folder / "pbp_q1.csv").write_text(plays)
    return folder


def read(folder: Path):
    return list(nba_quarters.read((folder,), load_league("nba")))


def test_samples(tmp_path):
    first, second = read(write(tmp_path))
    tracks = first.tracks
    assert tracks.rate_hz == Fraction(25, 13)
    assert (first.kind, first.extra["covers"], first.teams[0].abbreviation) == ("clip", "first quarter only", "ATL")
    # (57, 26) ft is 10 ft right of the centre and 1 ft above it
    np.testing.assert_allclose(tracks.xy[0, 0], [3.048, 0.3048], atol=1e-5)
    assert tracks.ball_z[0] == pytest.approx(0.3048)
    np.testing.assert_allclose(tracks.t_s, [0, 0.52, 1.04])
    (plain,) = list(nba_quarters.read((tmp_path,), load_league("basketball")))[:1]  # whose quarters have ten minutes
    np.testing.assert_allclose(plain.tracks.t_s, [0, 0.52, 1.04])
    assert first.attacks_right(1) == HOME
    assert second.attacks_right(1) == AWAY
    assert second.tracks.frame.tolist() == [0, 1, 3]  # 1.04 s of clock are two steps
    # a substitution: eleven slots, ten present, each by its own id
    assert second.tracks.P == 11
    assert second.tracks.present.sum(1).tolist() == [10, 10, 10]
    assert second.tracks.present[:, second.tracks.slot_of("110")].tolist() == [False, False, True]
    assert second.tracks.possession.tolist() == [AWAY, AWAY, -1]


def test_possessions_and_log(tmp_path):
    events = read(write(tmp_path))[0].events
    assert events["type"].tolist() == ["possession", "missed_shot"]
    possession, shot = events.iloc[0], events.iloc[1]
    assert (possession.side, possession.start_frame, possession.end_frame) == (HOME, 0, 3)
    assert (shot.t_s, shot.player_id, shot.side, shot.event_id) == (1.0, "100", HOME, "log-7")
    assert sum(read(tmp_path)[0].repairs.values()) == 1  # the replay review, type 18


def test_without_a_log(tmp_path):
    assert read(write(tmp_path, plays=None))[0].events["type"].tolist() == ["possession"]


def test_sniff(tmp_path):
    assert nba_quarters.sniff(write(tmp_path))
    assert not nba_quarters.sniff(tmp_path / "players.csv")


def changed(name: str, value) -> dict:
    data = arrays()
    data[name] = value(data[name])
    return data


def spoiled(a: np.ndarray) -> np.ndarray:
    a = a.astype(np.float32)
    a[2, 3, 0] = np.nan
    return a


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (changed("game_clock", lambda a: a[[0, 0, 2, 3, 4, 5]]), "stands twice at row 1"),
        (changed("game_clock", lambda a: a[[1, 0, 2, 3, 4, 5]]), "runs backwards at row 1"),
        (changed("game_ptr", lambda a: a[:2]), "tile"),
        (changed("xy", lambda a: a[:, :5]), r"\(N, 11, 2\)"),
        (changed("xy", spoiled), "row 2 is nan"),
        (changed("ball_z", lambda a: a[:3]), "3 rows"),
        (changed("player_index", lambda a: a + 50), "players.csv"),
        ({k: v for k, v in arrays().items() if k != "poss"}, '"poss" is not in it'),
    ],
)
def test_bad_arrays(tmp_path, data, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, data))


def test_bad_files(tmp_path):
    path = write(tmp_path) / "nba_q1.npz"
    whole = path.read_bytes()
    for content, says in ((whole[:500], "not a complete NumPy"), (b"", "empty"), (b"PK\x03\x04", "not a complete")):
        path.write_bytes(content)
        with pytest.raises(DataError, match=says):
            read(tmp_path)
    path.write_bytes(whole)
    (tmp_path / "pbp_q1.csv").write_text(PLAYS.replace(",719,ATL", ",7x9,ATL"))
    with pytest.raises(DataError, match=r'line 3, "clock_s": "7x9" is not a number'):
        read(tmp_path)
    (tmp_path / "players.csv").write_bytes("player_index,player_id,name\n0,1,Dončić\n".encode("cp1250"))
    with pytest.raises(DataError, match=r"line 2.*UTF-8"):
        read(tmp_path)
    (tmp_path / "teams.csv").unlink()
    (tmp_path / "players.csv").write_text("player_index,player_id,name\n0,1,A\n")
    with pytest.raises(DataError, match=r"teams.csv: no such file"):
        read(tmp_path)


@pytest.mark.real
def test_the_real_quarters(real_data):
    league = load_league("nba")
    games = samples = possessions = plain = agree = 0
    for game in nba_quarters.read((real_data / "basketball",), league):
        games += 1
        samples += game.tracks.T
        mine = game.events[game.events["type"] == "possession"]
        possessions += len(mine)
        assert set(game.events["type"]) <= set(league.events)
        right = mine["attributes"].map(lambda a: a["attacks_right"]).to_numpy(bool)
        # the side in possession attacks the way the possession says
        agree += int(((mine["side"] == game.attacks_right(1)).to_numpy() == right).sum())
        plain += sportvu.find_orientation(game.tracks).get(1) == game.attacks_right(1)
    assert (games, samples, possessions) == (435, 562_652, 22_217)
    assert agree == possessions
    assert plain == 435  # the rule the raw reader finds directions by is right in every quarter
