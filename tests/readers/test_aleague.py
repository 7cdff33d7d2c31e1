"""A-League matches: clock, turned events, phases and snapshots by hand; the eight real matches; broken files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.readers import aleague


def match() -> dict:
    people = [(11, 1, "GK"), (12, 1, "CM"), (21, 2, "GK"), (22, 2, "CM")]
    return {
        "id": 77,
        "home_team": {"id": 1, "name": "Home"},
        "away_team": {"id": 2, "name": "Away"},
        "home_team_score": 4,
        "away_team_score": 2,
        "date_time": "2025-05-03T08:00:00Z",
        "match_periods": [{"period": 1, "start_frame": 10}, {"period": 2, "start_frame": 100}],
        "players": [
            {
                "id": i,
                "team_id": t,
                "first_name": "F",
                "last_name": f"L{i}",
                "number": i,
                "start_time": "00:00:00",
                "player_role": {"acronym": r},
            }
            for i, t, r in people
        ],
    }


def ball() -> str:
    rows = [(f, f"2025-12-24 00:00:{(f - 10) / 10:06.3f}", 1.0, f, 2.0, 0.5) for f in range(10, 40)]
    rows += [(f, f"2025-12-24 00:45:{(f - 100) / 10:06.3f}", 2.0, 5.0, 2.0, 0.5) for f in range(100, 130)]
    head = "frame,timestamp,period,x,y,z,is_detected\n"
    return head + "".join(f"{f},{t},{p},{x},{y},{z},True\n" for f, t, p, x, y, z in rows)


def possessions() -> pd.DataFrame:
    base = dict.fromkeys((*aleague.NUMBERS, *aleague.TEXTS), "")
    first = base | {
        "event_id": "8_0",
        "frame_start": 12,
        "frame_end": 20,
        "period": 1,
        "player_id": 22,
        "team_id": 2,
        "x_start": -12.0,
        "y_start": -2.0,
        "x_end": -20.0,
        "y_end": -2.0,
        "player_targeted_id": 21,
        "attacking_side": "right_to_left",
        "end_type": "pass",
        "pass_outcome": "successful",
        "lead_to_shot": True,
        "lead_to_goal": False,
        "event_type": "player_possession",
        "team_in_possession_phase_type": "create",
    }
    second = first | {
        "event_id": "8_1",
        "frame_start": 105,
        "frame_end": 110,
        "period": 2,
        "x_start": 5.0,
        "y_start": 2.0,
        "attacking_side": "left_to_right",
        "end_type": "foul_suffered",
        "player_targeted_id": "",
    }
    return pd.DataFrame([first, second])


PHASES = """index,frame_start,frame_end,period,team_in_possession_id,x_start,y_start,attacking_side,\
team_in_possession_phase_type,team_out_of_possession_phase_type
0,12,20,1,2,-12.0,-2.0,right_to_left,quick_break,defending_quick_break
1,20,30,1,2,-12.0,-2.0,right_to_left,chaotic,chaotic
"""


def write(folder: Path, info=None, ball_csv=None, logged=None, phases=PHASES) -> Path:
    one = folder / "77"
    one.mkdir(exist_ok=True)
    (one / "match.json").write_text(json.dumps(match() if info is None else info))
    (one / "ball.csv.gz").write_bytes(gzip.compress((ball() if ball_csv is None else ball_csv).encode()))
    table = (possessions() if logged is None else logged).to_csv(index=False)
    (one / "possession_events.csv.gz").write_bytes(gzip.compress(table.encode()))
    (one / "phases_of_play.csv").write_text(phases)
    return one


def snapshot_rows() -> pd.DataFrame:
    people = [(-1, np.nan), (11, 1.0), (12, 1.0), (21, 2.0), (22, 2.0)]
    rows = [
        (
            77,
            12,
            1,
            i,
            12.0 + k,
            2.0,
            1.0,
            0.5,
            t,
            "",
            "8_0",
            "pass",
            "successful",
            2,
            22,
            "create",
            "right_to_left",
            True,
            False,
            i != 11,
        )
        for k, (i, t) in enumerate(people)
    ]
    return pd.DataFrame(rows, columns=list(aleague.SNAPSHOT_COLUMNS))


def read(path: Path):
    return list(aleague.read((path,), load_league("a_league")))


def test_ball_and_clock(tmp_path):
    folder = write(tmp_path)
    assert all(aleague.sniff(p) for p in (folder, tmp_path, folder / "ball.csv.gz"))
    (game,) = read(tmp_path)
    tracks = game.tracks
    assert (tracks.T, tracks.P, game.kind, game.score) == (60, 4, "game", (4, 2))
    np.testing.assert_allclose(tracks.t_s[[0, 1, 30]], [0.0, 0.1, 0.0], atol=1e-6)  # 45:00 begins period 2
    assert tracks.ball_present.all()
    assert not tracks.present.any()  # these files do not track players
    # the away side is logged attacking right to left in period 1, so the home side attacks right
    assert [game.attacks_right(p) for p in (1, 2)] == [0, 1]


def test_events_are_turned_back(tmp_path):
    (game,) = read(write(tmp_path))
    by_id = game.events.set_index("event_id")
    first = by_id.loc["8_0"]
    assert (first["type"], first["side"], first["player_id"], first["frame"]) == ("possession", 1, "22", 12)
    # logged (-12, -2) attacking right; the tracking has the ball at (12, 2) in frame 12
    assert (first["x"], first["y"]) == (12.0, 2.0)
    assert first["t_s"] == pytest.approx(0.2)
    end = by_id.loc["8_0-end"]
    assert (end["type"], end["frame"], end["x"], end["other_ids"]) == ("pass", 20, 20.0, ["21"])
    assert end["attributes"]["outcome"] == "successful"
    assert (by_id.loc["8_1", "x"], "8_1-end" in by_id.index) == (5.0, False)
    assert by_id.loc["phase-0", "type"] == "transition"
    assert game.repairs == {"phases of neither team (chaotic play) set aside": 1}


def test_snapshots_put_players_at_the_start_of_possessions(tmp_path):
    folder = write(tmp_path)
    snapshot_rows().to_parquet(tmp_path / aleague.SNAPSHOTS)
    (game,) = read(folder)
    tracks = game.tracks
    assert tracks.present.sum(1).tolist() == [0, 0, 4] + [0] * 57
    np.testing.assert_allclose(tracks.xy[2, tracks.slot_of("11")], [13.0, 2.0])
    assert tracks.estimated[2].tolist() == [True, False, False, False]
    found = aleague.snapshots(tmp_path)
    assert (found.xy.shape, found.set_aside) == ((1, 23, 2), 0)
    # turned so that the team in possession attacks +x; ball, holder (22), his team (21), the others
    assert found.player_id[0, :5].tolist() == [-1, 22, 21, 11, 12]
    assert found.xy[0, 0].tolist() == [-12.0, -2.0]
    assert found.velocity[0, 1].tolist() == [-1.0, -0.5]
    assert found.own[0, :5].tolist() == [False, True, True, False, False]


def test_a_snapshot_without_its_ball_is_set_aside_and_counted(tmp_path):
    rows = snapshot_rows()
    other = rows.iloc[1:].assign(event_id="8_9", frame=15)
    pd.concat([rows, other]).to_parquet(tmp_path / aleague.SNAPSHOTS)
    found = aleague.snapshots(tmp_path)
    assert (len(found.table), found.set_aside) == (1, 1)


def without_away() -> dict:
    info = match()
    info["players"] = info["players"][:2]
    return info


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"info": without_away()}, 'team "Away" has no players'),
        ({"info": {"id": 1}}, "not a SkillCorner match file"),
        ({"info": []}, "not a SkillCorner match file"),
        ({"ball_csv": ""}, "frame|empty"),
        ({"ball_csv": ball().replace("12,2025", "11,2025")}, "frame 11 appears twice"),
        ({"ball_csv": ball().replace("\n12,2025-12-24 00:00:00.200", "\n12,2025-12-24 00:00:00.000")}, "backwards"),
        ({"ball_csv": ball().replace("1.0,20,2.0", "1.0,nan,2.0")}, "line 12.*finite"),
        ({"ball_csv": ball().replace("1.0,20,2.0", "1.0,inf,2.0")}, "line 12.*finite"),
        ({"ball_csv": ball().replace("2025-12-24 00:00:00.300", "soon")}, 'line 5.*"soon" is no match clock'),
        ({"ball_csv": ball().replace("timestamp", "time")}, "timestamp"),
        ({"phases": PHASES.replace("0,12,20,1", "0,x,20,1")}, "line 2.*not a number"),
        ({"logged": possessions().assign(period=1)}, "both teams attack left to right in period 1"),
        ({"logged": possessions().drop(columns="attacking_side")}, "attacking_side"),
    ],
)
def test_bad_input(tmp_path, change, says):
    with pytest.raises(DataError, match=says) as bad:
        read(write(tmp_path, **change))
    assert "\n" not in str(bad.value)


def test_damaged_and_missing(tmp_path):
    folder = write(tmp_path)
    whole = (folder / "ball.csv.gz").read_bytes()
    (folder / "ball.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(DataError, match="damaged"):
        read(folder)
    (folder / "ball.csv.gz").write_bytes(gzip.compress(ball().replace("frame", "fråme").encode("latin-1")))
    with pytest.raises(DataError, match=r"line 1.*UTF-8"):
        read(folder)
    (folder / "match.json").write_text('{"id": 77, ')
    with pytest.raises(DataError, match="cut short"):
        read(folder)
    (folder / "ball.csv.gz").unlink()
    with pytest.raises(DataError, match="no such file"):
        read(folder)
    rows = snapshot_rows()
    pd.concat([rows, rows.iloc[[2]]]).to_parquet(tmp_path / aleague.SNAPSHOTS)
    with pytest.raises(DataError, match="player 12 stands twice in frame 12"):
        aleague.snapshots(tmp_path)


@pytest.mark.real
def test_the_real_matches(real_data):
    league = load_league("a_league")
    games = list(aleague.read((real_data / "soccer" / "aleague",), league))
    assert len(games) == 8
    for game in games:
        assert set(game.events["type"]) <= set(league.events)
        assert [p.attacks_right for p in game.periods] in ([0, 1], [1, 0])
        mine = game.events[game.events["event_id"].isin(_starts(game))]
        row = game.tracks.rows(mine["frame"].to_numpy())
        seen = (row >= 0) & game.tracks.ball_present[row]
        apart = np.hypot(*(game.tracks.ball_xy[row] - mine[["x", "y"]].to_numpy())[seen].T)
        assert 1.0 < np.median(apart) < 1.3
    found = aleague.snapshots(real_data / "soccer" / "aleague")
    assert len(found.table) + found.set_aside == 7_768
    assert found.present.sum(1).max() == 23
    # turned to attack +x, the holder's own keeper stands behind him more often than not
    assert found.xy[:, 2:][found.own[:, 2:]].reshape(-1, 2)[:, 0].mean() < found.xy[:, 12:, 0].mean()


def _starts(game) -> set[str]:
    events = game.events
    return set(events.loc[events["type"] == "possession", "event_id"])
