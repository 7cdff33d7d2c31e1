"""SportVU logs: moments kept once, feet to metres, a clock turned round, and every kind of broken file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import sportvu

HOME, AWAY = 1610612739, 1610612744
START = 1_446_000_000_000


def team(number: int, first: int) -> dict:
    players = [
        {"lastname": f"L{i}", "firstname": "F", "playerid": first + i, "jersey": str(i), "position": "G"}
        for i in range(6)
    ]
    return {"name": f"Team {number}", "teamid": number, "abbreviation": "CLE", "players": players}


def moment(n: int, quarter: int = 1, clock: float | None = None, x: float | None = 47.0) -> list:
    people = [[-1, -1, x, 25.0, 6.0]]
    people += [[HOME, 100 + i, 90.0, 10.0 * i, 0.0] for i in range(5)]
    people += [[AWAY, 200 + i, 70.0, 10.0 * i, 0.0] for i in range(5)]
    return [quarter, START + 40 * n, 720.0 - 0.04 * n if clock is None else clock, 24.0, None, people]


def log(*events: list) -> dict:
    sides = {"home": team(HOME, 100), "visitor": team(AWAY, 200)}
    parts = [{"eventId": str(i + 1), **sides, "moments": m} for i, m in enumerate(events)]
    return {"gameid": "0021500003", "gamedate": "2015-10-27", "events": parts}


def write(folder: Path, content: dict | str) -> Path:
    path = folder / "0021500003.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def read(path: Path):
    (game,) = sportvu.read((path,), load_league("nba"))
    return game


def test_moments_are_kept_once_and_counted(tmp_path):
    path = write(tmp_path, log([moment(n) for n in range(30)], [moment(n) for n in range(20, 50)], []))
    assert sportvu.sniff(path)
    assert sportvu.sniff(tmp_path)
    game = read(path)
    assert (game.tracks.T, game.tracks.P, game.tracks.rate_hz) == (50, 10, 25)
    assert game.repairs == {"moments repeated in another event": 10}
    assert game.extra["provider_events"] == [["1", 0, 30], ["2", 20, 50]]
    assert (game.id, game.date, game.kind) == ("0021500003", "2015-10-27", "game")
    assert len(game.roster) == 12


def test_feet_become_metres_and_the_clock_counts_up(tmp_path):
    game = read(write(tmp_path, log([moment(n) for n in range(30)])))
    tracks = game.tracks
    # (47, 25) ft is the centre; the ball is 6 ft up: 1.8288 m
    np.testing.assert_allclose(tracks.ball_xy[0], [0, 0], atol=1e-6)
    assert tracks.ball_z[0] == pytest.approx(1.8288)
    # (90, 0) ft is 43 ft right of the centre and 25 ft below it
    np.testing.assert_allclose(tracks.xy[0, tracks.slot_of("100")], [43 * 0.3048, -25 * 0.3048], atol=1e-5)
    np.testing.assert_allclose(tracks.t_s[:3], [0.0, 0.04, 0.08], atol=1e-9)
    assert tracks.frame[:3].tolist() == [0, 1, 2]
    # all ten stand in the right half, the home five nearer its basket: they defend, the visitors attack right
    assert game.attacks_right(1) == 1


def test_a_break_is_a_gap_in_frames_and_overtime_has_its_own_length(tmp_path):
    later = [moment(n + 1000, quarter=5, clock=300.0 - 0.04 * n) for n in range(3)]
    tracks = read(write(tmp_path, log([moment(0), moment(1)], later))).tracks
    assert tracks.frame.tolist() == [0, 1, 1000, 1001, 1002]
    assert tracks.period.tolist() == [1, 1, 5, 5, 5]
    np.testing.assert_allclose(tracks.t_s[2:], [0, 0.04, 0.08], atol=1e-9)


def test_a_corrected_clock_is_held_and_counted(tmp_path):
    game = read(write(tmp_path, log([moment(0, clock=700.0), moment(1, clock=703.0), moment(2, clock=699.0)])))
    np.testing.assert_allclose(game.tracks.t_s, [20.0, 20.0, 21.0])
    assert game.repairs == {"moments after the game clock was set back, time held": 1}


def test_missing_clocks_and_unlisted_players_are_counted(tmp_path):
    odd = moment(1)
    odd[2] = None
    guest = moment(2)
    guest[5][1][1] = 999
    game = read(write(tmp_path, log([moment(0), odd, guest])))
    assert game.tracks.T == 2
    assert game.repairs == {
        "moments without a clock set aside": 1,
        "players missing from the roster, named by their number": 1,
    }
    assert game.player("999").side == 0


def test_pretty_printed_and_gzipped(tmp_path):
    content = log([moment(0), moment(1)], [[1, START + 80, 719.9, None, None, []]])
    path = tmp_path / "g.json.gz"
    path.write_bytes(gzip.compress(json.dumps(content, indent=2).encode()))
    game = read(path)
    assert game.tracks.T == 3
    assert not game.tracks.present[2].any()


def without_players(content: dict) -> dict:
    for e in content["events"]:
        e["home"]["players"] = []
    return content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("[1, 2]", "not a SportVU"),
        ('{"gameid": "1", "events": []}', "not a SportVU"),
        (json.dumps(log([moment(0)]))[:-30], "cut short"),
        (json.dumps(log([moment(0)]))[:700], "cut short|too early|not a SportVU"),
        (json.dumps(log([moment(0)])).replace("25.0", "NaN"), "not a finite number"),
        (json.dumps(log([moment(0)])).replace("47.0", "Infinity"), "not a finite number"),
        (json.dumps(log([moment(0)])).replace("47.0", "null"), "not a finite number"),
        (json.dumps(log([moment(0)])).replace("47.0", "true"), "something else than numbers"),
        (json.dumps(log([moment(0)])).replace("47.0,", ""), "promised form"),
        (log([moment(1), moment(0)]), "time runs backwards at moment 1"),
        (log([moment(0, clock=100.0), moment(1, clock=700.0)]), "runs backwards by 600.0 s"),
        (log([moment(0, quarter=2), moment(1, quarter=2)], [moment(2, quarter=1)]), "quarter 2 begins before"),
        (without_players(log([moment(0)])), 'team "Team 1610612739" has no players'),
        (log([]), "no event has moments"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, content, says):
    with pytest.raises(DataError, match=says) as bad:
        read(write(tmp_path, content))
    assert "\n" not in str(bad.value)
    assert "0021500003.json" in str(bad.value)


def test_missing_file_and_folder_without_logs(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "none.json")
    with pytest.raises(DataError, match="no SportVU game log"):
        read(tmp_path)


def test_wrong_encoding(tmp_path):
    path = tmp_path / "0021500003.json"
    path.write_bytes(json.dumps(log([moment(0)])).replace('"F"', '"é"').encode("utf-16"))
    with pytest.raises(DataError):
        read(path)


def test_two_home_teams(tmp_path):
    content = log([moment(0)], [moment(1)])
    content["events"][1]["home"] = team(5, 500)
    with pytest.raises(DataError, match="2 home teams"):
        read(write(tmp_path, content))
