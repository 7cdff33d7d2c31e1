"""Big Data Cup 2022: hand-worked positions, event turns and clocks; the real five games; every kind of broken file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import bigdatacup

CLIP = "2022-02-08 Canada at USA P2 PP3"
GAME = "2022-02-08 Canada at USA"


def rows() -> pd.DataFrame:
    """Return two players and both goalies over 60 frames: the home (USA) goalie at x = 11 ft, so USA attacks right."""
    out = []
    for f in range(1, 61):
        for track, team, jersey, x, y in (
            (1, "USA", 35, 11.0, 42.5),
            (2, "Canada", 1, 189.0, 42.5),
            (3, "USA", 21, 100.0 + f, 42.5),
            (4, "Canada", 100, 150.0, 85.0),
        ):
            out.append((CLIP, f, track, team, jersey, x, y, 600 - (f - 1) // 30, GAME))
    return pd.DataFrame(out, columns=list(bigdatacup.COLUMNS))


EVENTS = f"""game,clip,period,clock_seconds,jn1,jn2,x_coord,y_coord,x_coord_2,y_coord_2,frame_id_1,frame_id_2,flip,\
team,player_name,player_name_2,event,event_type,event_successful,event_detail_1,event_detail_2,event_detail_3,situation_type,cls
{GAME},{CLIP},2,599,21,12,120,42,150,35,31,45,2,USA,Hilary Knight,Kelly Pannek,Play,Direct,t,,,,5 on 4,pass
{GAME},{CLIP},2,599,12,,50,25,,,40,,3,Canada,Jo Ice,,Puck Recovery,,t,,,,4 on 5,puck_recovery
"""
ROSTERS = f"""player,jn,position,team,game
Hilary Knight,21,Center,home,{GAME}
Kelly Pannek,12,Center,home,{GAME}
Maddie Rooney,35,Goalie,home,{GAME}
Ann Desbiens,1,Goalie,away,{GAME}
Jo Ice,12,Center,away,{GAME}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(folder: Path, table: pd.DataFrame | None = None, events: str = EVENTS, rosters: str = ROSTERS) -> Path:
    (rows() if table is None else table).to_parquet(folder / bigdatacup.TRACKING)
    (folder / bigdatacup.EVENTS).write_text(events)
    (folder / bigdatacup.ROSTERS).write_text(rosters)
    return folder


def read(folder: Path):
    return list(bigdatacup.read((folder,), load_league("olympics_hockey")))


def test_sniff(folder):
    assert bigdatacup.sniff(folder)
    assert bigdatacup.sniff(folder / bigdatacup.TRACKING)
    assert not bigdatacup.sniff(folder / bigdatacup.EVENTS)


def test_positions_clock_and_slots(folder):
    (game,) = read(folder)
    tracks = game.tracks
    assert (tracks.T, tracks.P, tracks.rate_hz) == (60, 4, 30)
    assert game.kind == "clip"
    assert game.teams[0].name == "USA"
    # x 101 ft of 200 is 1 ft right of the centre: 0.3048 m; y 42.5 ft is the middle
    np.testing.assert_allclose(tracks.xy[0, tracks.slot_of("home-21")], [0.3048, 0.0], atol=1e-5)
    # period 2 with 600 s left has run 600 s; frame 16 shows the same second half a second on; frame 31 the next second
    np.testing.assert_allclose(tracks.t_s[[0, 15, 30]], [600.0, 600.5, 601.0])
    unnamed = [i for i, s in enumerate(tracks.slots) if s.player_id is None]
    assert [tracks.slots[i].side for i in unnamed] == [1]
    assert game.repairs["positions without a shirt number"] == 60
    assert game.attacks_right(2) == 0


def test_events_are_turned_onto_the_rink(folder):
    events = read(folder)[0].events
    first, second = events.iloc[0], events.iloc[1]
    # flip 2: (120, 85 - 42 = 43) ft -> (20, 0.5) ft from the centre
    np.testing.assert_allclose([first.x, first.y], [20 * 0.3048, 0.5 * 0.3048], atol=1e-5)
    # its end (150, 85 - 35 = 50) ft -> (50, 7.5) ft
    np.testing.assert_allclose(first.attributes["end_xy_m"], [15.24, 2.286], atol=1e-3)
    assert (first.player_id, first.other_ids, first.type) == ("home-21", ["home-12"], "pass")
    assert (first.start_frame, first.end_frame) == (31, 46)
    # flip 3: (200 - 50 = 150, 25) ft -> (50, -17.5) ft
    np.testing.assert_allclose([second.x, second.y], [50 * 0.3048, -17.5 * 0.3048], atol=1e-5)
    assert (second.side, second.player_id) == (1, "away-12")


def test_a_wrong_flip_is_turned_and_counted(tmp_path):
    wrong = EVENTS.replace(",31,45,2,USA", ",31,45,3,USA")
    (game,) = read(write(tmp_path, events=wrong))
    assert game.repairs[bigdatacup.TURNED] == 1
    np.testing.assert_allclose(game.events.iloc[0].x, 20 * 0.3048, atol=1e-5)


def test_a_clip_over_a_break_has_two_periods(tmp_path):
    table = rows()
    table["game_seconds"] = np.where(table["frame_id"] <= 30, 1, 1199)
    (game,) = read(write(tmp_path, table, EVENTS.replace(",2,599,21", ",1,1,21")))
    assert [p.number for p in game.periods] == [1, 2]
    assert game.tracks.t_s[0] == 1199.0
    assert game.tracks.t_s[30] == 1.0


def published(folder: Path, table: pd.DataFrame | None = None) -> Path:
    (folder / GAME).mkdir(exist_ok=True)
    table = (rows() if table is None else table).assign(period=2, team_id="Light")
    path = folder / GAME / f"{CLIP}.csv"
    columns = ["frame_id", "period", "track_id", "team_id", "team_name", "jersey_number", "x_ft", "y_ft"]
    table[columns].to_csv(path, index=False)
    (folder / GAME / f"{GAME} roster.csv").write_text(
        "player,jn,position,team\n" + "".join(line.rsplit(",", 1)[0] + "\n" for line in ROSTERS.splitlines()[1:])
    )
    return path


def test_the_publishers_layout(tmp_path):
    path = published(tmp_path)
    for given in (path, path.parent, tmp_path):
        assert bigdatacup.sniff(given)
        (game,) = bigdatacup.read((given,), load_league("olympics_hockey"))
        assert (game.tracks.T, game.tracks.P, game.events) == (60, 4, None)
        np.testing.assert_allclose(game.tracks.xy[0, game.tracks.slot_of("home-21")], [0.3048, 0.0], atol=1e-5)
        np.testing.assert_allclose(game.tracks.t_s[[0, 30]], [0.0, 1.0])
        assert [(p.number, p.attacks_right) for p in game.periods] == [(2, 0)]
        assert (game.extra["of_game"], game.extra["clock"]) == (
            "2022-02-08-Canada-at-USA",
            "unknown: seconds of the clip",
        )
    with pytest.raises(DataError, match=r"line 7.*row 5 is inf"):
        list(bigdatacup.read((published(tmp_path, broken(rows(), "x_ft", np.inf)),), load_league("hockey")))
    published(tmp_path)
    (path.parent / f"{GAME} roster.csv").unlink()
    with pytest.raises(DataError, match="no such file"):
        list(bigdatacup.read((path,), load_league("hockey")))


def broken(table: pd.DataFrame, column: str, value) -> pd.DataFrame:
    table = table.copy()
    table.loc[5, column] = value
    return table


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: broken(t, "x_ft", np.nan), "x_ft.*row 5 is nan"),
        (lambda t: broken(t, "y_ft", np.inf), "y_ft.*row 5 is inf"),
        (lambda t: pd.concat([t, t.iloc[[3]]]), "twice"),
        (lambda t: broken(t, "team_name", "Atlantis"), "Atlantis"),
        (lambda t: t.assign(game_seconds=t["frame_id"] + 100), "backwards"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.drop(columns="track_id"), "track_id"),
        (lambda t: t.assign(clip="a clip"), "not a clip's name"),
    ],
)
def test_bad_tracking(tmp_path, change, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, change(rows())))


@pytest.mark.parametrize(
    ("events", "rosters", "says"),
    [
        (EVENTS.replace(",31,45,2,USA", ",31,45,7,USA"), ROSTERS, "line 2.*flip is 7"),
        (EVENTS.replace(",31,45,", ",x31,45,"), ROSTERS, "line 2.*not a number"),
        (EVENTS, ROSTERS.replace("away", "home").replace("Ice,12", "Ice,13"), 'team "Canada".*no players'),
        ("", ROSTERS, "empty"),
        (EVENTS.replace("flip", "flap"), ROSTERS, "flip"),
    ],
)
def test_bad_companions(tmp_path, events, rosters, says):
    with pytest.raises(DataError, match=says):
        read(write(tmp_path, events=events, rosters=rosters))


def test_missing_truncated_and_wrong_encoding(folder):
    league = load_league("hockey")
    whole = (folder / bigdatacup.TRACKING).read_bytes()
    (folder / bigdatacup.TRACKING).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="not a complete Parquet"):
        list(bigdatacup.read((folder,), league))
    (folder / bigdatacup.TRACKING).write_bytes(whole)
    (folder / bigdatacup.ROSTERS).write_bytes(ROSTERS.replace("Jo", "Jö").encode("latin-1"))
    with pytest.raises(DataError, match=r"line 6.*UTF-8"):
        list(bigdatacup.read((folder,), league))
    (folder / bigdatacup.EVENTS).unlink()
    with pytest.raises(DataError, match="no such file"):
        list(bigdatacup.read((folder,), league))


@pytest.mark.real
def test_the_real_power_plays(real_data):
    league = load_league("olympics_hockey")
    games = list(bigdatacup.read((real_data / "hockey",), league))
    assert len(games) == 26
    assert len({g.extra["of_game"] for g in games}) == 5
    events = pd.concat([g.events for g in games])
    counts = {
        "pass": 469,
        "puck_recovery": 289,
        "shot": 83,
        "dump_out": 66,
        "entry_carried": 43,
        "dump_in": 35,
        "takeaway": 27,
        "entry_dumped": 22,
        "faceoff": 18,
        "entry_played": 4,
    }
    assert events["type"].value_counts().to_dict() == counts
    assert set(counts) <= set(league.events)
    assert sum(int(g.tracks.present.sum()) for g in games) == 487_706
    assert {i: n for g in games for i, n in g.repairs.items() if i == bigdatacup.TURNED} == {bigdatacup.TURNED: 20}
    apart = []
    for g in games:
        row = g.tracks.rows(g.events["frame"].to_numpy())
        assert (row >= 0).all()
        assert (g.tracks.period[row] == g.events["period"]).all()
        slot = np.array([g.tracks.slot_of(p) for p in g.events["player_id"]])
        assert g.tracks.present[row, slot].all()
        apart.append(np.hypot(*(g.tracks.xy[row, slot] - g.events[["x", "y"]].to_numpy()).T))
    far_ft = np.concatenate(apart) / 0.3048
    assert np.median(far_ft) == pytest.approx(5.2, abs=0.05)
    assert far_ft.max() < 80  # 192 before the 20 wrong flips were turned


@pytest.mark.real
def test_the_real_windows(real_data):
    w = bigdatacup.windows(real_data / "hockey")
    assert w.xy.shape == (1056, 64, 12, 2)
    assert len(set(w.game)) == 5
    assert np.abs(w.xy[w.mask]).max() < 33
