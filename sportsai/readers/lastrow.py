"""Last Row: 19 goals of Liverpool in 2019 at 20 Hz, every player near the ball and the ball, with their passes.

Source: github.com/Friends-of-Tracking-Data-FoTD/Last-Row (README: `frame` at 20 a second, `player` the same within a
play only, `player_num` the shirt number, official for Liverpool). Files, one folder: `goal_tracks.parquet` (goal,
file, frame, object, x, y; metres, origin at the pitch's centre; `file` is team_colour; object "ball", a shirt number
below 100 or an id) and `passes.csv`. Collected for animations: not for measurement. No clock: `t_s` counts from the
clip's start.
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
    """Whether `path` is the table of goals or the folder that holds it."""
    return {"goal", "file", "object"} <= _tables.parquet_columns(path / MAIN if path.is_dir() else path)


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each goal; `passes.csv` lies beside the table."""
    path = paths[0] / MAIN if paths[0].is_dir() else paths[0]
    table = _tables.read_parquet(path, COLUMNS)
    for name in ("x", "y"):
        _tables.finite(path, name, table[name].to_numpy(np.float64))
    passes_path = path.with_name(PASSES)
    passes = None
    if passes_path.is_file():
        passes = _tables.read_csv(
            passes_path,
            ["Start Frame", "End Frame", "Start X", "Start Y", "End X", "End Y", "From", "To"],
            ["Team", "goal"],
        )
    marks = source.fingerprints(path, passes_path if passes is not None else None)
    for goal, rows in table.groupby("goal", sort=True):
        mine = None if passes is None else passes[passes["goal"] == goal]
        yield _goal(str(goal), rows, mine, league, marks, path)


def _goal(
    goal: str, rows: pd.DataFrame, passes: pd.DataFrame | None, league: League, marks: dict[str, str], path: Path
) -> Game:
    found = re.match(r"(.+?) \[?(\d+)\]? - \[?(\d+)\]? (.+)$", goal)
    if not found:
        raise DataError(
            f'"{one_line(goal, 60)}" is not a score', path=path, key="goal", expected='"Liverpool [2] - 0 Porto"'
        )
    names = (found[1], found[4])
    scorer = AWAY if f"[{found[3]}]" in goal else HOME
    if "[" not in goal:  # one title has no brackets; the set is Liverpool's goals
        scorer = HOME if names[HOME] == "Liverpool" else AWAY
    sides: dict[str, int] = {}
    for file in sorted(rows["file"].unique()):
        club = str(file).split("_")[0]
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
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=(Period(1, int(tracks.frame[0]), int(tracks.frame[-1]) + 1, right),),
        tracks=tracks,
        events=_events(passes, tracks, roster, scorer, path),
        score=(int(found[2]), int(found[3])),
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
            path=path.with_name(PASSES),
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
