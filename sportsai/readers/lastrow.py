"""Last Row: 19 goals of Liverpool in 2019 at 20 Hz, every player near the ball and the ball, with their passes.

Source: github.com/Friends-of-Tracking-Data-FoTD/Last-Row (README: `frame` at 20 a second, `player` the same within a
play only, `player_num` the shirt number, official for Liverpool, x and y 0..100 of the pitch). Two layouts: the
authors' `liverpool_2019.csv` and `liverpool_2019_passes.csv`, and a compact pair, `goal_tracks.parquet` (goal, file,
frame, object, x, y; metres of a 106 x 68 m pitch from its centre; `file` is team_colour; object "ball", a shirt below
100 or an id) and `passes.csv`. Collected for animations: not for measurement. No clock: `t_s` counts from the clip's
start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, events_frame, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, source

TITLE = "Last Row goals of 2019 (github.com/Friends-of-Tracking-Data-FoTD/Last-Row)"
SPORTS = frozenset({"soccer"})
RATE_HZ = Fraction(20)
SHIRTS_BELOW = 100  # a number below is a shirt, above it an id made for one goal
TERMS = "Last Row (R. Tavares): free to use with credit"
MAIN, PASSES = "goal_tracks.parquet", "passes.csv"
ORIGINAL, ORIGINAL_PASSES = "liverpool_2019.csv", "liverpool_2019_passes.csv"
PITCH_M = (106.0, 68.0)  # what 0..100 stands for: the compact table's metres over the authors' percentages
COLUMNS = ("goal", "file", "frame", "object", "x", "y")
REPEATED = "ball positions given with both teams, one kept"
# named by the colour's ordinary meaning; only for drawing
COLOURS = {
    "red": "#d00027",
    "darkred": "#8b0000",
    "blue": "#1f4fbf",
    "cyan": "#6cabdd",
    "yellow": "#f5d000",
    "black": "#202020",
    "white": "#ffffff",
    "lightgray": "#d3d3d3",
    "purple": "#6a2c91",
}


def sniff(path: Path) -> bool:
    """Whether `path` is a table of goals in either layout, or the folder that holds it."""
    if path.is_dir():
        return sniff(path / MAIN) or sniff(path / ORIGINAL)
    if path.suffix == ".csv":
        return {"play", "player_num", "bgcolor", "frame"} <= _tables.csv_columns(path)
    return {"goal", "file", "object"} <= _tables.parquet_columns(path)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each goal; the passes lie beside the table (`passes.csv`, `liverpool_2019_passes.csv`)."""
    path = paths[0]
    if path.is_dir():
        path = path / ORIGINAL if (path / ORIGINAL).is_file() else path / MAIN
    original = path.suffix == ".csv"
    table = _original(path) if original else _tables.read_parquet(path, COLUMNS)
    for name in ("x", "y"):
        _tables.finite(path, name, table[name].to_numpy(np.float64))
    passes_path = path.with_name(ORIGINAL_PASSES if original else PASSES)
    passes = None
    if passes_path.is_file():
        passes = _original_passes(passes_path) if original else _compact_passes(passes_path)
    marks = source.fingerprints(path, passes_path if passes is not None else None)
    for goal, rows in table.groupby("goal", sort=True):
        mine = None if passes is None else passes[passes["goal"] == goal]
        yield _goal(str(goal), rows, mine, league, marks, path, passes_path)


def _compact_passes(path: Path) -> pd.DataFrame:
    numbers = ["Start Frame", "End Frame", "Start X", "Start Y", "End X", "End Y", "From", "To"]
    return _tables.read_csv(path, numbers, ["Team", "goal"], needed=numbers)


def _original(path: Path) -> pd.DataFrame:
    """Return the authors' table in the compact form."""
    table = _tables.read_csv(path, ["frame", "player", "player_num", "x", "y"], ["play", "team"])
    for name in ("frame", "player"):
        _tables.finite(path, name, table[name].to_numpy(), 2)
    files: dict[tuple[str, str], str] = {}
    for play in table["play"].unique():
        names, scorer, _ = _title(str(play), path)
        files |= {(play, "attack"): names[scorer], (play, "defense"): names[1 - scorer], (play, ""): names[scorer]}
    keys = list(zip(table["play"], table["team"], strict=True))
    unknown = [k for k in keys if k not in files]
    if unknown:
        row = keys.index(unknown[0])
        raise DataError(
            f'"{one_line(unknown[0][1], 20)}" is no team',
            path=path,
            line=row + 2,
            key="team",
            expected="attack, defense or blank for the ball",
        )
    number = (
        table["player_num"].where(table["player_num"].between(0, SHIRTS_BELOW - 1), table["player"]).astype(np.int64)
    )
    return pd.DataFrame(
        {
            "goal": table["play"],
            "file": [f"{files[k]}_" for k in keys],
            "frame": table["frame"].astype(np.int64),
            "object": np.where(table["team"] == "", "ball", number.astype(str)),
            "x": (table["x"] / 100 - 0.5) * PITCH_M[0],
            "y": (table["y"] / 100 - 0.5) * PITCH_M[1],
        }
    )


def _original_passes(path: Path) -> pd.DataFrame:
    numbers = [f"{a}_{b}" for a in ("from", "to") for b in ("x", "y", "frame", "player_num")]
    table = _tables.read_csv(path, numbers, ["from_team", "play"], needed=["from_frame", "to_frame"])
    place = {f"{a}_{b}": (table[f"{a}_{b}"] / 100 - 0.5) * PITCH_M[b == "y"] for a in ("from", "to") for b in "xy"}
    return pd.DataFrame(
        {
            "Team": table["from_team"],
            "goal": table["play"],
            "Start Frame": table["from_frame"],
            "End Frame": table["to_frame"],
            "Start X": place["from_x"],
            "Start Y": place["from_y"],
            "End X": place["to_x"],
            "End Y": place["to_y"],
            "From": table["from_player_num"].fillna(-1),
            "To": table["to_player_num"].fillna(-1),
        }
    )


def _title(goal: str, path: Path) -> tuple[tuple[str, str], int, tuple[int, int]]:
    """Return the teams, the side that scored (in brackets) and the score of "Liverpool [2] - 0 Porto"."""
    found = re.match(r"(.+?) \[?(\d+)\]? - \[?(\d+)\]? (.+)$", goal)
    if not found:
        raise DataError(f'"{one_line(goal, 60)}" is not a score', path=path, expected='"Liverpool [2] - 0 Porto"')
    names = (found[1], found[4])
    scorer = AWAY if f"[{found[3]}]" in goal else HOME
    if "[" not in goal:  # one title has no brackets; the set is Liverpool's goals
        scorer = HOME if names[HOME] == "Liverpool" else AWAY
    return names, scorer, (int(found[2]), int(found[3]))


def _goal(
    goal: str,
    rows: pd.DataFrame,
    passes: pd.DataFrame | None,
    league: League,
    marks: dict[str, str],
    path: Path,
    passes_path: Path,
) -> Game:
    names, scorer, score = _title(goal, path)
    sides: dict[str, int] = {}
    for file in sorted(rows["file"].unique()):
        club = str(file).rsplit("_", 1)[0]
        hit = [s for s in (HOME, AWAY) if club in names[s]]
        if len(hit) != 1:
            raise DataError(f'"{one_line(file, 40)}" is neither team of "{one_line(goal, 60)}"', path=path, key="file")
        sides[str(file)] = hit[0]
    for side in (HOME, AWAY):
        if side not in sides.values():
            raise DataError(
                f'team "{one_line(names[side], 40)}" of "{one_line(goal, 60)}" has no players',
                path=path,
                expected="both teams",
            )
    tracks, roster, repeated = _tracks(rows, sides, path)
    last = tracks.ball_xy[tracks.ball_present][-1:]
    right = None
    if len(last) and abs(last[0, 0]) > 40:  # the ball ends at the goal it went into
        right = scorer if last[0, 0] > 0 else 1 - scorer
    colours = {side: COLOURS.get(file.split("_")[-1]) for file, side in sides.items()}
    return Game(
        id=game_id(goal.replace("[", "").replace("]", "")),
        league=league.name,
        teams=tuple(Team(game_id(names[s]), names[s], color=colours[s]) for s in (HOME, AWAY)),  # type: ignore[arg-type]
        roster=roster,
        court_length_m=PITCH_M[0],
        court_width_m=PITCH_M[1],
        periods=(Period(1, int(tracks.frame[0]), int(tracks.frame[-1]) + 1, right),),
        tracks=tracks,
        events=_events(passes, tracks, roster, scorer, passes_path),
        score=score,
        provider="lastrow",
        source=marks,
        terms=TERMS,
        repairs={REPEATED: repeated} if repeated else {},
        kind="clip",
        extra={"of_game": game_id(goal.replace("[", "").replace("]", "")), "clock": "unknown: seconds of the clip"},
    )


def _player_id(side: int, name: str) -> str:
    return f"{'home' if side == HOME else 'away'}-{name}"


def _tracks(rows: pd.DataFrame, sides: dict[str, int], path: Path) -> tuple[Tracks, tuple[Player, ...], int]:
    side = rows["file"].astype(str).map(sides).to_numpy(np.int64)
    name = rows["object"].astype(str).to_numpy()
    is_ball = name == "ball"
    number, row = np.unique(rows["frame"].to_numpy(np.int64), return_inverse=True)
    key = np.array([_player_id(int(s), n) for s, n in zip(side, name, strict=True)])
    ids, column = np.unique(key[~is_ball], return_inverse=True)
    who = {k: (int(s), n) for k, s, n in zip(key, side, name, strict=True)}
    roster = tuple(
        Player(
            k,
            f"#{n}" if n.isdigit() and int(n) < SHIRTS_BELOW else f"player {n}",
            s,
            int(n) if n.isdigit() and int(n) < SHIRTS_BELOW else None,
        )
        for k, (s, n) in ((k, who[k]) for k in ids.tolist())
    )
    xy = rows[["x", "y"]].to_numpy(np.float32)
    arrays = empty_tracks(len(number), tuple(Slot(p.id, p.side) for p in roster), RATE_HZ)
    arrays["frame"] = number.astype(np.int32)
    arrays["period"][:] = 1
    arrays["t_s"] = number / float(RATE_HZ)
    arrays["xy"][row[~is_ball], column] = xy[~is_ball]
    arrays["present"][row[~is_ball], column] = True
    if int(arrays["present"].sum()) != int((~is_ball).sum()):
        raise DataError("a player stands twice in one frame", path=path, key="frame", expected="one position a frame")
    arrays["ball_xy"][row[is_ball]] = xy[is_ball]
    arrays["ball_present"][row[is_ball]] = True
    return Tracks(**arrays), roster, int(is_ball.sum() - arrays["ball_present"].sum())


def _events(
    passes: pd.DataFrame | None, tracks: Tracks, roster: tuple[Player, ...], scorer: int, path: Path
) -> pd.DataFrame | None:
    if passes is None:
        return None
    side = np.where(passes["Team"] == "attack", scorer, 1 - scorer)
    start, end = passes["Start Frame"].to_numpy(np.int64), passes["End Frame"].to_numpy(np.int64)
    row = tracks.rows(start)
    if (row < 0).any() or (end < start).any():
        bad = int(np.argmax((row < 0) | (end < start)))
        raise DataError(
            f"a pass runs from frame {start[bad]} to {end[bad]}",
            path=path,
            expected=f"frames {tracks.frame[0]} to {tracks.frame[-1]}, forwards",
        )
    known = {p.id for p in roster}
    people = [
        [i if (i := _player_id(int(s), str(int(n)))) in known else None for s, n in zip(side, passes[c], strict=True)]
        for c in ("From", "To")
    ]
    return events_frame(
        {
            "event_id": [f"pass-{i}" for i in passes.index],
            "period": np.ones(len(passes), np.int64),
            "t_s": tracks.t_s[row],
            "frame": start,
            "type": ["pass"] * len(passes),
            "side": side,
            "player_id": people[0],
            "other_ids": [[i] if i else [] for i in people[1]],
            "x": passes["Start X"].to_numpy(),
            "y": passes["Start Y"].to_numpy(),
            "start_frame": start,
            "end_frame": end + 1,
            "attributes": [
                {"end_xy_m": [round(float(x), 3), round(float(y), 3)], "shirts": [int(a), int(b)]}
                for x, y, a, b in zip(passes["End X"], passes["End Y"], passes["From"], passes["To"], strict=True)
            ],
        },
        len(passes),
    )
