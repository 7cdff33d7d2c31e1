"""A table described by a TOML, long and wide: units, origin, y, clock and rate by hand; wrong keys and values."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import find_reader, read_games

LONG = """layout = "long"
rate_hz = 29.97
source = "made for this test"
[columns]
frame = "frame"
period = "half"
player = "id"
team = "team"
x = "x"
y = "y"
[court]
origin = "corner"
y = "down"
length = 120
width = 80
[names]
home = "A"
away = "B"
officials = ["R"]
"""
ROWS = ["1,1,7,A,10,20", "1,1,7,B,90,60", "1,1,ball,,50,40", "1,1,1,R,60,0", "2,1,7,A,11,20", "2,1,7,B,,"]
WIDE = """layout = "wide"
[columns]
time = "s"
x = "{team}_{player}_x"
y = "{team}_{player}_y"
ball_x = "ball_x"
ball_y = "ball_y"
ball_z = "ball_z"
[court]
units = "ft"
[clock]
counts = "down"
[names]
home = "home"
away = "guest"
"""


def write(folder: Path, toml: str, lines: list[str], header: str = "frame,half,id,team,x,y") -> Path:
    (folder / "g.toml").write_text(toml)
    path = folder / "g.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_long_by_hand(tmp_path, read) -> None:
    path = write(tmp_path, LONG, ROWS)
    game = read(path)
    t = game.tracks
    assert [(s.player_id, s.side) for s in t.slots] == [("home_7", 0), ("away_7", 1), ("1", -1)]
    # 120 x 80 from the top left: (10, 20) is 50 left of the centre and 20 above it
    np.testing.assert_allclose(t.xy[0], [[-50, 20], [30, -20], [0, 40]], atol=1e-5)
    np.testing.assert_allclose(t.ball_xy[0], [-10, 0], atol=1e-5)
    assert t.present.tolist() == [[True, True, True], [True, False, False]]
    assert t.ball_present.tolist() == [True, False]
    assert t.rate_hz == Fraction(30000, 1001)
    np.testing.assert_allclose(t.t_s, [0, 1001 / 30000])
    assert (game.court_length_m, game.court_width_m) == (120, 80)
    assert find_reader(path, "soccer") == "table"
    assert read(tmp_path / "g.toml", path, provider="table").tracks.T == 2


def test_wide_with_feet_and_a_clock_that_counts_down(tmp_path) -> None:
    header = "s,home_1_x,home_1_y,guest_2_x,guest_2_y,ball_x,ball_y,ball_z"
    lines = ["720.00,10,20,-10,0,1,2,3", "719.96,11,20,NaN,NaN,,,", "719.92,12,20,-12,0,1,2,3"]
    path = write(tmp_path, WIDE, lines, header)
    (game,) = read_games((path,), load_league("nba"))
    t = game.tracks
    np.testing.assert_allclose(t.xy[0], [[3.048, 6.096], [-3.048, 0]], atol=1e-5)
    np.testing.assert_allclose(t.t_s, [0, 0.04, 0.08], atol=1e-9)
    assert t.rate_hz == 25
    assert t.present.tolist() == [[True, True], [True, False], [True, True]]
    np.testing.assert_allclose(t.ball_z[[0, 2]], [0.9144, 0.9144], atol=1e-6)
    assert t.ball_present.tolist() == [True, False, True]


def test_shares_and_a_clock_that_runs_on(tmp_path, read) -> None:
    toml = LONG.replace("[court]", '[court]\nunits = "share"').replace("length = 120", "length = 105")
    toml = toml.replace("width = 80", "width = 68").replace("rate_hz = 29.97", "rate_hz = 10")
    toml = toml.replace('frame = "frame"', 'time = "frame"') + '[clock]\nstarts = "game"\n'
    rows = ["0.0,1,7,A,0.25,0.25", "0.0,1,8,B,0.5,0.5", "2700.0,2,7,A,0,0", "2700.1,2,8,B,1,1"]
    t = read(write(tmp_path, toml, rows)).tracks
    np.testing.assert_allclose(t.xy[0], [[-26.25, 17], [0, 0]], atol=1e-5)
    np.testing.assert_allclose(t.t_s, [0, 0, 0.1], atol=1e-6)
    assert t.period.tolist() == [1, 2, 2]


def test_parquet_is_the_same(tmp_path, read) -> None:
    import polars as pl

    path = write(tmp_path, LONG, ROWS)
    from_csv = read(path).tracks
    pl.read_csv(path).write_parquet(tmp_path / "g.parquet")
    np.testing.assert_array_equal(read(tmp_path / "g.parquet").tracks.xy, from_csv.xy)


def test_a_leagues_own_readers_folder_makes_a_provider(tmp_path, monkeypatch) -> None:
    own = tmp_path / "leagues" / "soccer" / "readers"
    own.mkdir(parents=True)
    (own / "club.toml").write_text(LONG)
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    path = write(tmp_path, LONG, ROWS)
    (tmp_path / "g.toml").unlink()
    (game,) = read_games((path,), load_league("bundesliga"), "club")
    assert game.provider == "club"
    assert game.tracks.T == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rate_hz = 29.97", "rate_hz = 0", "the frame rate is 0"),
        ("rate_hz = 29.97", "", '"rate_hz": it is missing'),
        ("rate_hz = 29.97", "rate = 25", 'Did you mean "rate_hz"'),
        ('"long"', '"tall"', '"tall" is not known'),
        ('player = "id"', "", '"columns.player": it is missing'),
        ('player = "id"', 'player = "idd"', 'Did you mean "id"'),
        ('frame = "frame"', "", "neither frame nor time"),
        ("length = 120", "length = -1", '"-1" cannot be used'),
        ('y = "down"', 'y = "left"', '"left" is not known'),
        ("[court]", "[court", "not TOML"),
        ("[court]", "[events]\nfile = 3\n[court]", '"events.file": it is no file'),
        ("[court]", "[events]\n[court]", '"events.file": it is no file'),
        ('away = "B"', "", 'team "B" is neither side'),
    ],
)
def test_a_wrong_toml_names_its_key(tmp_path, problem, old, new, says) -> None:
    assert says in problem(write(tmp_path, LONG.replace(old, new), ROWS))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("3,1,7,A,inf,20", "line 8"),
        ("3,1,7,A,ten,20", '"ten" is not a finite number'),
        ("3,1,7,A,20", "line 8: the line is cut short"),
        ("2,1,7,A,12,20", "stands twice in frame 2"),
        ("2,2,9,A,12,20", "frame 2 has two periods"),
        ("x,1,7,A,12,20", 'line 8, "frame"'),
        ("3,1,7,C,12,20", 'team "C" is neither side'),
    ],
)
def test_a_bad_row_names_its_line(tmp_path, problem, row, says) -> None:
    assert says in problem(write(tmp_path, LONG, [*ROWS, row]))


EVENTS = "frame,type,team,player,x,y,note\n2,pass,A,7,60,40,long\n1,pass,,,,,12\n"


def test_events_beside_a_table_by_hand(tmp_path, read, problem) -> None:
    toml = LONG.replace("[columns]", '[events]\nfile = "g-events.csv"\n[columns]').replace(
        "[columns]", '[columns]\nrole = "id"'
    )
    beside = tmp_path / "g-events.csv"
    path = write(tmp_path, 'competition = "Friendly"\n' + toml, ROWS)
    assert "g-events.csv" in problem(path)  # not there
    beside.write_text(EVENTS)
    game = read(path)
    assert game.competition == "Friendly" and game.player("home_7").position == "7"
    first, second = game.events.to_dict("records")
    assert (first["type"], first["side"], first["frame"], first["attributes"]) == ("pass", -1, 1, {"note": 12})
    assert (second["side"], second["x"], second["y"], second["attributes"]) == (0, 0.0, 0.0, {"note": "long"})
    assert second["player_id"] == next(p.id for p in game.roster if p.side == 0)
    assert np.isclose(second["t_s"], 1001 / 30000) and "g-events.csv" in game.source
    for row, says in (
        ("2,passs,A,7,,,", 'line 4, "type": "passs" is no event of bundesliga'),
        ("9,pass,A,7,,,", 'line 4, "frame": frame 9 is not among the positions'),
        ("2,pass,C,7,,,", 'line 4, "team": team "C" is neither side'),
        ("2,pass,A,8,,,", 'line 4, "player": player "8" has no position'),
        ("two,pass,A,7,,,", '"two" is not a finite number'),
    ):
        beside.write_text(EVENTS + row + "\n")
        assert says in problem(path)
    beside.write_text(EVENTS.replace("type", "kind"))
    assert 'no column "type"' in problem(path)


def test_a_folder_is_read_table_by_table(tmp_path, read) -> None:
    for n in (2, 10):
        (tmp_path / f"g{n}.toml").write_text(LONG)
        (tmp_path / f"g{n}.csv").write_text("\n".join(["frame,half,id,team,x,y", *ROWS]) + "\n")
    assert find_reader(tmp_path, "soccer") == "table"
    assert [g.id for g in read_games((tmp_path,), load_league("soccer"))] == ["g2", "g10"]
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="the folder is empty"):
        list(read_games((tmp_path / "none",), load_league("soccer")))
    with pytest.raises(DataError, match="no table with its TOML"):
        list(read_games((tmp_path / "none",), load_league("soccer"), "table"))


def test_wide_time_backwards_and_frames_twice(tmp_path) -> None:
    header = "s,home_1_x,home_1_y,guest_2_x,guest_2_y,ball_x,ball_y,ball_z"
    nba = load_league("nba")
    for times, says in ((("720", "719.9", "719.95"), "comes after"), (("720", "719.9", "719.9"), "twice")):
        path = write(tmp_path, WIDE, [f"{t},1,2,3,4,5,6,7" for t in times], header)
        with pytest.raises(DataError, match=says):
            list(read_games((path,), nba))


def test_missing_empty_recoded_and_one_sided(tmp_path, problem) -> None:
    path = write(tmp_path, LONG, [r for r in ROWS if ",B," not in r])
    assert "has no players" in problem(path)
    path.write_text("frame,half,id,team,x,y\n")
    assert "no rows" in problem(path)
    path.write_bytes("\n".join(["frame,half,id,team,x,y", *ROWS]).encode("utf-16"))
    assert "UTF-16" in problem(path)
    path.write_bytes(("\n".join(["frame,half,id,team,x,y", *ROWS])).replace("ball", "b\xe4ll").encode("latin-1"))
    assert "byte 0xe4" in problem(path)
    path.write_text("")
    assert "empty" in problem(path)
    (tmp_path / "g.toml").unlink()
    path.write_text("a,b\n1,2\n")
    assert "no TOML says what is in this table" in problem(path, provider="table")
