"""Next Gen Stats plays: yards to metres, sides, tags and clock by hand; the 432 real plays; broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import ngs

PLAYS = (
    "play,gameId,playId,season,week,play_type,offense,defense,play_direction,quarter,game_clock,down,yards_to_go,"
    "abs_yardline\n0,2018011401,4497,2017,19,pass,MIN,NO,right,4,00:10,3,10,49\n"
)
EVENTS = """gameId,playId,play,frame,event
2018011401,4497,0,0,a_made_up_tag
2018011401,4497,0,1,ball_snap
2018011401,4497,0,3,pass_forward
"""


def rosters_csv(home: str = "MIN") -> str:
    lines = ["gameId,playId,slot,nflId,name,team,possession,home,position,jersey"]
    for s in range(1, 23):
        team = "MIN" if s < 12 else "NO"
        lines.append(f"2018011401,4497,{s},{1000 + s},Player {s},{team},{s < 12:d}.0,{team == home:d}.0,QB,{s}.0")
    return "\n".join(lines) + "\n"


ROSTERS = rosters_csv()


def arrays() -> dict:
    xy = np.zeros((5, 23, 2), np.int16)
    xy[:] = (6100, 2667)
    xy[2, 5] = -32768
    return {"xy": xy, "play_ptr": np.array([0, 5])}


def write(folder: Path, data: dict | None = None, plays=PLAYS, events=EVENTS, rosters=ROSTERS) -> Path:
    np.savez(folder / "ngs.npz", **(arrays() if data is None else data))
    for name, text in (("plays", plays), ("events", events), ("rosters", rosters)):
        (folder / f"{name}.csv").write_text(text)
    return folder


def read(folder: Path):
    return list(ngs.read((folder,), load_league("nfl")))


def test_a_play(tmp_path):
    assert ngs.sniff(write(tmp_path))
    (game,) = read(tmp_path)
    tracks = game.tracks
    # 61 yd is one yard right of midfield
    np.testing.assert_allclose(tracks.xy[0, 0], [0.9144, 0.0], atol=4e-3)
    assert not tracks.present[2, 4]
    assert int(tracks.present.sum()) == 5 * 22 - 1
    # the clock shows 0:10 of 15:00 in quarter 4
    np.testing.assert_allclose(tracks.t_s[:2], [890.0, 890.1])
    assert (game.id, game.extra["of_game"], game.date) == ("2018011401-4497", "2018011401", "2018-01-14")
    assert (game.kind, game.teams[0].abbreviation, game.attacks_right(4)) == ("clip", "MIN", 0)
    assert tracks.possession.tolist() == [0] * 5
    assert game.events["type"].tolist() == ["pass", "ball_snap", "pass_forward"]
    assert game.events["frame"].tolist() == [1, 1, 3]
    assert game.repairs == {ngs.SET_ASIDE: 1}


def test_a_visiting_offence_to_the_left_attacks_right_for_the_home_team(tmp_path):
    (game,) = read(write(tmp_path, plays=PLAYS.replace("right", "left"), rosters=rosters_csv(home="NO")))
    assert game.tracks.possession[0] == 1
    assert game.attacks_right(4) == 0


def nan_xy() -> dict:
    data = arrays()
    data["xy"] = data["xy"].astype(np.float32)
    data["xy"][1, 2, 0] = np.nan
    return data


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data": nan_xy()}, "row 1 is nan"),
        ({"data": arrays() | {"play_ptr": np.array([0, 4])}}, "tile"),
        ({"data": arrays() | {"play_ptr": np.array([0, 5, 5])}}, "1 plays"),
        ({"data": arrays() | {"xy": np.zeros((5, 22, 2))}}, r"\(F, 23, 2\)"),
        ({"plays": PLAYS.replace("00:10", "soon")}, 'clock .* is "soon"'),
        ({"plays": PLAYS.replace("right", "up")}, '"up" is no direction'),
        ({"plays": PLAYS.replace(",MIN,", ",DAL,")}, 'team "DAL".*no players'),
        ({"plays": ""}, "empty"),
        ({"events": EVENTS.replace(",3,pass", ",30,pass")}, "frame 30"),
        ({"events": EVENTS.replace(",3,pass", ",x,pass")}, "line 4.*not a number"),
        ({"rosters": ROSTERS.rsplit("\n", 2)[0] + "\n"}, "has 21 players"),
        ({"rosters": ROSTERS.replace(",NO,0.0,0.0", ",NO,0.0,1.0")}, "2 teams"),
        ({"rosters": ROSTERS.replace("jersey", "shirt")}, "jersey"),
    ],
)
def test_bad_input(tmp_path, change, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, **change))


def test_damaged_and_missing(tmp_path):
    path = write(tmp_path) / "ngs.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="not a complete NumPy"):
        read(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path)


@pytest.mark.real
def test_the_real_plays(real_data):
    league = load_league("nfl")
    games = list(ngs.read((real_data / "football_nfl",), league))
    assert len(games) == 432
    assert sum(g.tracks.T for g in games) == 152_778
    assert sum(len(g.events) for g in games) + sum(sum(g.repairs.values()) for g in games) == 3_889 + 432
    behind = 0
    for g in games:
        snap = g.events[g.events["type"] == "ball_snap"]["frame"]
        row = int(snap.iloc[0]) if len(snap) else 0
        x, seen = g.tracks.xy[row, :, 0], g.tracks.present[row]
        offence = g.tracks.possession[0]
        own, other = (x[seen & (g.tracks.side == s)].mean() for s in (offence, 1 - offence))
        behind += (own < other) == (g.attacks_right(g.periods[0].number) == offence)
    assert behind / len(games) > 0.97  # at the snap the offence stands behind the ball, as seen from where it attacks
