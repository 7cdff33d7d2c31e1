"""Last Row goals: sides, shirts and passes by hand; the 19 real goals; broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import lastrow

GOAL = "Porto 0 - [2] Liverpool"
PASSES = f"""Team,Start Frame,End Frame,Start X,Start Y,End X,End Y,From,To,goal
attack,1,3,10.0,5.0,20.0,5.0,9,66,{GOAL}
"""


def rows() -> pd.DataFrame:
    out = []
    for f in range(4):
        for file, ids in (("Porto_blue", ["1450", "1451"]), ("Liverpool_red", ["9", "66"])):
            out += [(GOAL, file, f, i, 10.0 + f, 5.0) for i in ids]
            out.append((GOAL, file, f, "ball", -45.0 - f, 1.0))
    return pd.DataFrame(out, columns=list(lastrow.COLUMNS))


def write(folder: Path, table: pd.DataFrame | None = None, passes: str | None = PASSES) -> Path:
    (rows() if table is None else table).to_parquet(folder / lastrow.MAIN)
    if passes is not None:
        (folder / lastrow.PASSES).write_text(passes)
    return folder


def read(folder: Path):
    return list(lastrow.read((folder,), load_league("soccer")))


def test_a_goal(tmp_path):
    assert lastrow.sniff(write(tmp_path))
    (game,) = read(tmp_path)
    assert (game.title, game.kind, game.id) == ("Porto 0-2 Liverpool", "clip", "Porto-0---2-Liverpool")
    assert (game.tracks.T, game.tracks.P, game.tracks.rate_hz) == (4, 4, 20)
    assert [(p.id, p.number) for p in game.roster if p.side == 1] == [("away-66", 66), ("away-9", 9)]
    assert game.player("home-1450").number is None
    assert game.repairs == {lastrow.REPEATED: 4}
    assert game.attacks_right(1) == 0  # Liverpool, away, score at the left goal
    event = game.events.iloc[0]
    assert (event.type, event.side, event.player_id, event.other_ids) == ("pass", 1, "away-9", ["away-66"])
    assert (event.x, event.start_frame, event.end_frame, event.t_s) == (10.0, 1, 4, 0.05)


def test_without_passes(tmp_path):
    assert read(write(tmp_path, passes=None))[0].events is None


ORIGINAL = f"""bgcolor,dx,dy,edgecolor,frame,player,player_num,play,team,x,y,z
blue,0,0,white,0,1450,,{GOAL},defense,30.0,50.0,0
red,0,0,white,0,77,9,{GOAL},attack,60.0,25.0,0
,0,0,,0,0,,{GOAL},,3.0,51.0,0.5
"""
ORIGINAL_PASSES = f""",from_team,from_x,from_y,from_frame,from_player_num,to_team,to_x,to_y,to_frame,to_player_num,play
0,attack,60.0,25.0,0,9,attack,50.0,50.0,0,,{GOAL}
"""


def test_the_authors_layout(tmp_path):
    (tmp_path / lastrow.ORIGINAL).write_text(ORIGINAL)
    (tmp_path / lastrow.ORIGINAL_PASSES).write_text(ORIGINAL_PASSES)
    assert lastrow.sniff(tmp_path)
    (game,) = read(tmp_path)
    tracks = game.tracks
    # 60 of 100 is a tenth of 106 m right of the centre, 25 a quarter of 68 m below it
    np.testing.assert_allclose(tracks.xy[0, tracks.slot_of("away-9")], [10.6, -17.0], atol=1e-5)
    np.testing.assert_allclose(tracks.ball_xy[0], [-49.82, 0.68], atol=1e-5)
    assert {s.player_id for s in tracks.slots} == {"home-1450", "away-9"}
    event = game.events.iloc[0]
    assert (event.player_id, event.other_ids, event.side) == ("away-9", [], 1)
    np.testing.assert_allclose(event.x, 10.6, atol=1e-5)
    (tmp_path / lastrow.ORIGINAL).write_text(ORIGINAL.replace("defense", "referee"))
    with pytest.raises(DataError, match=r'line 2.*"referee" is no team'):
        read(tmp_path)


def spoiled(value) -> pd.DataFrame:
    table = rows()
    table.loc[3, "x"] = value
    return table


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"table": spoiled(np.nan)}, "row 3 is nan"),
        ({"table": spoiled(np.inf)}, "row 3 is inf"),
        ({"table": pd.concat([rows(), rows().iloc[[0]]])}, "twice in one frame"),
        ({"table": rows().assign(goal="a fine goal")}, "not a score"),
        ({"table": rows()[rows()["file"] == "Porto_blue"]}, 'team "Liverpool".*no players'),
        ({"table": rows().assign(file="Everton_blue")}, "neither team"),
        ({"table": rows().iloc[:0]}, "no rows"),
        ({"passes": PASSES.replace("attack,1,3", "attack,3,1")}, "from frame 3 to 1"),
        ({"passes": PASSES.replace("attack,1,3", "attack,99,100")}, "from frame 99"),
        ({"passes": PASSES.replace("From", "Of")}, "From"),
    ],
)
def test_bad_input(tmp_path, change, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, **change))


def test_damaged(tmp_path):
    path = write(tmp_path) / lastrow.MAIN
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="not a complete Parquet"):
        read(tmp_path)


@pytest.mark.real
def test_the_real_goals(real_data):
    games = list(lastrow.read((real_data / "soccer" / "lastrow",), load_league("soccer")))
    assert len(games) == 19
    assert sum(len(g.events) for g in games) == 45
    assert (
        sum(int(g.tracks.present.sum() + g.tracks.ball_present.sum()) + sum(g.repairs.values()) for g in games)
        == 78_485
    )
    for g in games:
        # each ends between the posts: 3.66 m either side of the middle
        assert abs(g.tracks.ball_xy[-1, 1]) < 3.66
        assert g.attacks_right(1) is not None
        mine = g.events[g.events["player_id"].notna()]
        slot = [g.tracks.slot_of(p) for p in mine["player_id"]]
        row = g.tracks.rows(mine["frame"].to_numpy())
        # a pass starts where the ball is
        np.testing.assert_allclose(g.tracks.ball_xy[row], mine[["x", "y"]].to_numpy(), atol=1e-4)
        assert min(slot, default=0) >= 0
