"""What the mutations begin from: a small whole example of every format, made up or cut from kloppy's test files."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sportsai.bench.bad_input import made_up_match

Files = dict[str, bytes]
_MOST = 60  # entries of a list that are kept of a real file; line-ups are shorter


def _cut(value: Any) -> Any:
    """Return JSON with every list longer than `_MOST` entries cut to its first and last."""
    if isinstance(value, list):
        edge = [
            v for v in value if isinstance(v, dict) and str(v.get("type")).find("'Half ") >= 0
        ]  # StatsBomb's halves
        ends = value[: _MOST // 2] + edge + value[-_MOST // 2 :]
        return [_cut(v) for v in (value if len(value) <= _MOST else ends)]
    if isinstance(value, dict):
        return {k: _cut(v) for k, v in value.items()}
    return value


def _real(*names: str) -> Files:
    """Return kloppy's own test files (BSD-3), long ones cut short but whole."""
    spec = find_spec("kloppy")
    folder = Path(str(spec.origin)).parent / "tests" / "files" if spec else Path("kloppy")
    found: Files = {}
    for name in names:
        raw = (folder / name).read_bytes()
        if raw.lstrip()[:1] in (b"[", b"{") and not name.endswith(".jsonl"):
            raw = json.dumps(_cut(json.loads(raw))).encode()
        elif name.endswith((".jsonl", ".txt", ".dat")) and len(raw) > 30_000:
            raw = b"\n".join(raw.splitlines()[:12]) + b"\n"
        elif name.endswith("_ma3.xml"):
            start, *events = re.split(rb"(?=<event )", raw)
            raw = start + b"".join([*events[:20], *events[-10:]])
        found[name] = raw
    return found


def _npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def _parquet(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out)
    return out.getvalue()


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def _aleague() -> Files:
    from sportsai.readers import aleague

    people = [(11, 1, "GK"), (12, 1, "CM"), (21, 2, "GK"), (22, 2, "CM")]
    match = {
        "id": 77, "home_team": {"id": 1, "name": "Home"}, "away_team": {"id": 2, "name": "Away"},
        "home_team_score": 4, "away_team_score": 2, "date_time": "2025-05-03T08:00:00Z",
        "match_periods": [{"period": 1, "start_frame": 10}, {"period": 2, "start_frame": 100}],
        "players": [{"id": i, "team_id": t, "first_name": "F", "last_name": f"L{i}", "number": i,
                     "start_time": "00:00:00", "player_role": {"acronym": r}} for i, t, r in people],
    }  # fmt: skip
    rows = [f"{f},2025-12-24 00:00:{(f - 10) / 10:06.3f},1.0,{f},2.0,0.5,True" for f in range(10, 20)]
    rows += [f"{f},2025-12-24 00:45:{(f - 100) / 10:06.3f},2.0,5.0,2.0,0.5,True" for f in range(100, 110)]
    ball = "\n".join(["frame,timestamp,period,x,y,z,is_detected", *rows]) + "\n"
    said = dict.fromkeys((*aleague.NUMBERS, *aleague.TEXTS), "") | {
        "event_id": "8_0", "frame_start": 12, "frame_end": 20, "period": 1, "player_id": 22, "team_id": 2,
        "x_start": -12.0, "y_start": -2.0, "x_end": -20.0, "y_end": -2.0, "player_targeted_id": 21,
        "attacking_side": "right_to_left", "end_type": "pass", "pass_outcome": "successful", "lead_to_shot": True,
        "lead_to_goal": False, "event_type": "player_possession", "team_in_possession_phase_type": "create",
    }  # fmt: skip
    phases = (
        "index,frame_start,frame_end,period,team_in_possession_id,x_start,y_start,attacking_side,"
        "team_in_possession_phase_type,team_out_of_possession_phase_type\n"
        "0,12,20,1,2,-12.0,-2.0,right_to_left,quick_break,defending_quick_break\n"
    )
    return {
        "77/match.json": json.dumps(match).encode(),
        "77/ball.csv.gz": gzip.compress(ball.encode(), mtime=0),
        "77/possession_events.csv.gz": gzip.compress(_csv(pd.DataFrame([said])), mtime=0),
        "77/phases_of_play.csv": phases.encode(),
    }


def _belgium() -> Files:
    up = {*range(1, 12), *range(15, 26)}
    rows = []
    for start in (1000, 60_000):
        row: dict[str, float] = {"time_start": start, "time_end": start + 900, "sender_id": 1, "receiver_id": 2}
        for axis, sign in (("x", 100), ("y", -100)):
            row |= {f"{axis}_{i}": sign * i if i in up else np.nan for i in range(1, 29)}
        rows.append(row)
    return {"belgium_passes.csv": _csv(pd.DataFrame(rows))}


def _beyondsight() -> Files:
    v = np.full((12, 62), np.nan)
    for pair, xy in ((0, (1, 2)), (1, (3, 4)), (12, (50, 0)), (14, (-3, -4)), (26, (-50, 0))):
        v[:, 2 * pair : 2 * pair + 2] = xy
    v[:, 54:] = np.arange(8)
    return {"subset1.parquet": _parquet(pd.DataFrame(v, columns=[f"c{i}" for i in range(62)]))}


def _bigdatacup() -> Files:
    from sportsai.readers import bigdatacup

    game = "2022-02-08 Canada at USA"
    clip = f"{game} P2 PP3"
    people = ((1, "USA", 35, 11.0, 42.5), (2, "Canada", 1, 189.0, 42.5), (3, "USA", 21, 100.0, 42.5),
              (4, "Canada", 100, 150.0, 85.0))  # fmt: skip
    rows = [(clip, f, t, team, j, x, y, 600 - (f - 1) // 30, game) for f in range(1, 40) for t, team, j, x, y in people]
    events = (
        "game,clip,period,clock_seconds,jn1,jn2,x_coord,y_coord,x_coord_2,y_coord_2,frame_id_1,frame_id_2,flip,team,"
        "player_name,player_name_2,event,event_type,event_successful,event_detail_1,event_detail_2,event_detail_3,"
        f"situation_type,cls\n{game},{clip},2,599,21,12,120,42,150,35,31,35,2,USA,Hilary Knight,Kelly Pannek,Play,"
        "Direct,t,,,,5 on 4,pass\n"
    )
    rosters = (
        f"player,jn,position,team,game\nHilary Knight,21,Center,home,{game}\nMaddie Rooney,35,Goalie,home,{game}\n"
    )
    rosters += f"Ann Desbiens,1,Goalie,away,{game}\nJo Ice,12,Center,away,{game}\n"
    return {
        bigdatacup.TRACKING: _parquet(pd.DataFrame(rows, columns=list(bigdatacup.COLUMNS))),
        bigdatacup.EVENTS: events.encode(),
        bigdatacup.ROSTERS: rosters.encode(),
    }


def _cle() -> Files:
    us = "LeBron James,Kevin Love,Timofey Mozgov,J.R. Smith,Kyrie Irving"
    xy = np.full((9, 11, 2), 4700, np.int16)
    xy[:, :, 1] = 2500
    return {
        "cle_5hz_x.npz": _npz(
            xy=xy,
            ball_z=np.full(9, 100, np.int16),
            example_stop=np.array([-1, 3, 5, 9], np.int32),
            plays=np.array([[0, 2], [2, 4], [4, 9]], np.int32),
            names=np.array([f"{us},A,B,C,D,E", f"{us},F,G,H,I,J"]),
        )
    }


def _lastrow() -> Files:
    from sportsai.readers import lastrow

    goal = "Porto 0 - [2] Liverpool"
    rows: list[tuple[Any, ...]] = []
    for f in range(4):
        for file, ids in (("Porto_blue", ["1450", "1451"]), ("Liverpool_red", ["9", "66"])):
            rows += [(goal, file, f, i, 10.0 + f, 5.0) for i in ids]
            rows.append((goal, file, f, "ball", -45.0 - f, 1.0))
    passes = f"Team,Start Frame,End Frame,Start X,Start Y,End X,End Y,From,To,goal\nattack,1,3,10,5,20,5,9,66,{goal}\n"
    return {
        lastrow.MAIN: _parquet(pd.DataFrame(rows, columns=list(lastrow.COLUMNS))),
        lastrow.PASSES: passes.encode(),
    }


def _lastrow_original() -> Files:
    from sportsai.readers import lastrow

    goal = "Porto 0 - [2] Liverpool"
    table = (
        f"bgcolor,dx,dy,edgecolor,frame,player,player_num,play,team,x,y,z\nblue,0,0,white,0,1450,,{goal},defense,30,50,"
        f"0\nred,0,0,white,0,77,9,{goal},attack,60.0,25.0,0\n,0,0,,0,0,,{goal},,3.0,51.0,0.5\n"
    )
    passes = (
        ",from_team,from_x,from_y,from_frame,from_player_num,to_team,to_x,to_y,to_frame,to_player_num,play\n"
        f"0,attack,60.0,25.0,0,9,attack,50.0,50.0,0,,{goal}\n"
    )
    return {lastrow.ORIGINAL: table.encode(), lastrow.ORIGINAL_PASSES: passes.encode()}


def _metrica() -> Files:
    head = ",,,{t},,{t},,,\n,,,{a},,{b},,,\nPeriod,Frame,Time [s],Player{a},,Player{b},,Ball,\n"
    rows = "1,1,0.04,0.5,0.5,0.25,0.25,0.5,0.5\n1,2,0.08,0.5,0.5,NaN,NaN,NaN,NaN\n"
    return {
        f"Game_{t}_Team.csv": (head.format(t=t, a=a, b=b) + rows).encode()
        for t, a, b in (("Home", 1, 2), ("Away", 11, 12))
    }


def _mot() -> Files:
    boxes = "1,1,100,200,40,100,1,-1,-1,-1\n1,2,300,200,40,100,1,-1,-1,-1\n3,1,110,200,40,100,1,-1,-1,-1\n"
    info = "[Sequence]\nname=v_abc_c001\nframeRate=25\nseqLength=3\nimWidth=1280\nimHeight=720\n"
    matrix = [[0.01, 0, -5], [0, 0.01, -3], [0, 0, 1]]
    return {
        "gt/gt.txt": boxes.encode(),
        "seqinfo.ini": info.encode(),
        "homography.json": json.dumps(matrix).encode(),
    }


def _nba_quarters() -> Files:
    from sportsai.readers import nba_quarters

    xy = np.zeros((6, 11, 2), np.int16)
    xy[:, 0], xy[:, 1:] = (4700, 2500), (5700, 2600)
    index = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] * 5 + [[1, 2, 3, 4, 10, 5, 6, 7, 8, 9]], np.uint16)
    columns = ["game", "start", "front", "end", "off_team", "def_team", "off_is_home", "attack_right", "substitution"]
    arrays = _npz(
        xy=xy, ball_z=np.full(6, 100, np.int16), player_index=index, shot_clock=np.full(6, -1, np.int16),
        game_clock=np.array([72000, 71948, 71896, 70000, 69948, 69844], np.int32), game_ptr=np.array([0, 3, 6]),
        game_id=np.array(["0021500001", "0021500002"]), home=np.array([0, 1], np.int8),
        visitor=np.array([1, 0], np.int8), home_attacks_right=np.array([1, 0], np.int8),
        poss=np.array([[0, 0, 1, 3, 0, 1, 1, 1, 0], [1, 3, 4, 5, 0, 1, 0, 1, 0]], np.int32),
        poss_cols=np.array(columns), poss_frac=np.ones((2, 2), np.float32),
    )  # fmt: skip
    people = "".join(f"{i},{100 + i},Player {i}\n" for i in range(11))
    plays = "game_id,eventnum,msgtype,actiontype,clock_s,team,p1,p2,p3\n21500001,7,2,75,719,ATL,100,0,0\n"
    return {
        nba_quarters.MAIN: arrays,
        "players.csv": f"player_index,player_id,name\n{people}".encode(),
        "teams.csv": b"team_index,team_id,abbr\n0,1610612737,ATL\n1,1610612738,BOS\n",
        "pbp_q1.csv": plays.encode(),
    }


def _ngs() -> Files:
    xy = np.zeros((5, 23, 2), np.int16)
    xy[:] = (6100, 2667)
    lines = ["gameId,playId,slot,nflId,name,team,possession,home,position,jersey"]
    for s in range(1, 23):
        team = "MIN" if s < 12 else "NO"
        lines.append(f"2018011401,4497,{s},{1000 + s},Player {s},{team},{s < 12:d}.0,{team == 'MIN':d}.0,QB,{s}.0")
    plays = (
        "play,gameId,playId,season,week,play_type,offense,defense,play_direction,quarter,game_clock,down,yards_to_go,"
        "abs_yardline\n0,2018011401,4497,2017,19,pass,MIN,NO,right,4,00:10,3,10,49\n"
    )
    events = "gameId,playId,play,frame,event\n2018011401,4497,0,1,ball_snap\n2018011401,4497,0,3,pass_forward\n"
    return {
        "ngs.npz": _npz(xy=xy, play_ptr=np.array([0, 5])), "plays.csv": plays.encode(), "events.csv": events.encode(),
        "rosters.csv": ("\n".join(lines) + "\n").encode(),
    }  # fmt: skip


def _skillcorner() -> Files:
    frames, match = made_up_match(12)
    return {"structured_data.json": json.dumps(frames).encode(), "match_data.json": json.dumps(match).encode()}


def _sportvu() -> Files:
    def team(number: int, first: int) -> dict[str, Any]:
        players = [{"lastname": f"L{i}", "firstname": "F", "playerid": first + i, "jersey": str(i), "position": "G"}
                   for i in range(6)]  # fmt: skip
        return {"name": f"Team {number}", "teamid": number, "abbreviation": "CLE", "players": players}

    def moment(n: int) -> list[Any]:
        people = [[-1, -1, 47.0, 25.0, 6.0]]
        people += [[10, 100 + i, 90.0, 10.0 * i, 0.0] for i in range(5)]
        people += [[20, 200 + i, 70.0, 10.0 * i, 0.0] for i in range(5)]
        return [1, 1_445_991_117_000 + 40 * n, 720.0 - 0.04 * n, 24.0, None, people]

    sides = {"home": team(10, 100), "visitor": team(20, 200)}
    events = [{"eventId": str(k + 1), **sides, "moments": [moment(8 * k + n) for n in range(8)]} for k in range(2)]
    return {
        "0021500003.json": json.dumps({"gameid": "0021500003", "gamedate": "2015-10-27", "events": events}).encode()
    }


_TABLE = """layout = "long"
rate_hz = 29.97
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
[events]
file = "e.csv"
"""


def _table() -> Files:
    rows = ["1,1,7,A,10,20", "1,1,7,B,90,60", "1,1,ball,,50,40", "1,1,1,R,60,0", "2,1,7,A,11,20", "2,1,7,B,,"]
    return {
        "g.csv": ("\n".join(["frame,half,id,team,x,y", *rows]) + "\n").encode(), "g.toml": _TABLE.encode(),
        "e.csv": b"frame,type,team,player,x,y,why\n1,pass,A,7,10,20,seen\n",
    }  # fmt: skip


def _table_wide() -> Files:
    toml = (
        'layout = "wide"\n[columns]\ntime = "s"\nx = "{team}_{player}_x"\ny = "{team}_{player}_y"\nball_x = "ball_x"\n'
        'ball_y = "ball_y"\nball_z = "ball_z"\n[court]\nunits = "ft"\n[clock]\ncounts = "down"\n[names]\n'
        'home = "home"\naway = "guest"\n'
    )
    lines = ["s,home_1_x,home_1_y,guest_2_x,guest_2_y,ball_x,ball_y,ball_z", "720.00,10,20,-10,0,1,2,3",
             "719.96,11,20,NaN,NaN,,,", "719.92,12,20,-12,0,1,2,3"]  # fmt: skip
    return {"g.csv": ("\n".join(lines) + "\n").encode(), "g.toml": toml.encode()}


def _tracab() -> Files:
    xml = (
        '<TracabMetaData><match iId="7" dtDate="2024-01-01 20:00:00" iFrameRateFps="25" fPitchXSizeMeters="105" '
        'fPitchYSizeMeters="68"><period iId="1" iStartFrame="100" iEndFrame="200"/></match></TracabMetaData>'
    )
    line = "{n}:1,1,7,-1000,500,1.0;0,2,9,{x},-500,1.0;3,3,1,0,3500,0.5;4,4,-1,5550,4400,0;:10,-20,30,1.5,H,Alive,;:"
    return {
        "g.dat": "".join(line.format(n=100 + i, x=2000 + i) + "\n" for i in range(8)).encode(),
        "g.xml": xml.encode(),
    }


def _volleyball() -> Files:
    return {
        "7/annotations.txt": b"38025.jpg r-pass 10 20 30 60 digging 50 20 30 60 standing\n"
        b"38005.jpg l_spike 10 20 30 60 spiking \n"
    }


# (reader, league, seed): every reader, those with several layouts more than once
def feeds() -> list[tuple[str, str, Files]]:
    """Return (reader, league, files) of every format; the first file, or its folder, is what is read."""
    made = [
        ("aleague", "a_league", _aleague()), ("belgium", "soccer", _belgium()),
        ("beyondsight", "soccer", _beyondsight()), ("bigdatacup", "olympics_hockey", _bigdatacup()),
        ("cle", "nba", _cle()), ("lastrow", "soccer", _lastrow()), ("lastrow", "soccer", _lastrow_original()),
        ("metrica", "soccer", _metrica()), ("mot", "basketball", _mot()), ("nba_quarters", "nba", _nba_quarters()),
        ("ngs", "nfl", _ngs()), ("skillcorner", "soccer", _skillcorner()), ("sportvu", "nba", _sportvu()),
        ("table", "soccer", _table()), ("table", "basketball", _table_wide()), ("tracab", "soccer", _tracab()),
        ("volleyball_dataset", "volleyball_world", _volleyball()),
    ]  # fmt: skip
    real: Mapping[str, tuple[tuple[str, ...], ...]] = {
        "datafactory": (("datafactory_events.json",),),
        "epts": (("epts_metrica_metadata.xml", "epts_metrica_tracking.txt"),),
        "hawkeye": (("hawkeye_2_46.football.samples.centroids", "hawkeye_2_46.football.samples.ball",
                     "hawkeye_meta.json"),),
        "impect": (("impect_events.json", "impect_lineups.json"),),
        "metrica_events": (("metrica_events.json", "epts_metrica_metadata.xml"),),
        "opta": (("opta_f24.xml", "opta_f7.xml"),),
        "pff": (("pff_10517.jsonl", "pff_metadata_10517.json", "pff_rosters_10517.json"),),
        "secondspectrum": (("second_spectrum_fake_data.jsonl", "second_spectrum_fake_metadata.xml"),),
        "signality": (("signality_p1_raw_data_subset.json", "signality_meta_data.json",
                       "signality_venue_information.json"),),
        "skillcorner": (("skillcorner_v3_raw_data.jsonl", "skillcorner_meta_data.json"),),
        "sportec": (("sportec_positional.xml", "sportec_meta.xml"), ("sportec_events.xml", "sportec_meta.xml")),
        "statsbomb": (("statsbomb_15986_event.json", "statsbomb_15986_lineup.json"),),
        "statsperform": (("statsperform_tracking_ma25.txt", "statsperform_tracking_ma1.json"),
                         ("statsperform_event_ma3.xml", "statsperform_event_ma1.xml")),
        "tracab": (("tracab_raw.json", "tracab_meta.json"), ("tracab_raw.dat", "tracab_meta_3.xml")),
        "wyscout": (("wyscout_events_v3.json",), ("wyscout_events_v2.json",)),
    }  # fmt: skip
    made += [(reader, "soccer", _real(*names)) for reader, sets in real.items() for names in sets]
    return sorted(made, key=lambda m: m[0])
