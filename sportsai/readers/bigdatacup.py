"""Big Data Cup 2022: power plays of the Olympic women's hockey tournament, tracked from broadcast at 30 Hz; no puck.

Source: github.com/bigdatacup/Big-Data-Cup-2021, TrackingData/README.md (columns, "jersey number 100: not detected") and
tracking_event_coords.png. Files, one folder: `bdc2022_tracking.parquet`, `bdc2022_events.csv`, `bdc2022_rosters.csv`.
Feet, origin at a rink corner, x 0..200, y 0..85; the game clock counts down in whole seconds. Event x, y stand in the
acting team's frame: on the rink they are (x, 85 - y) where `flip` is 2 (it attacks right) and (200 - x, y) where it
is 3. `flip` was given once a clip and team, so in a clip that runs over a break it is wrong on one side of it: where
the goalkeepers say otherwise their word is taken, and counted (20 events, 2 to 192 ft off before, median 4 ft after).
The publisher's own layout, `<game>/<clip>.csv` with `<game> roster.csv` beside it, is read too; it has no game clock
(`t_s` counts from the clip's first frame of the period) and its play-by-play names no frames, so there are no events.
Each power play is a clip; `extra["of_game"]` names its game.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import (
    AWAY,
    HOME,
    NO_SIDE,
    Game,
    Period,
    Player,
    Slot,
    Team,
    Tracks,
    empty_tracks,
    events_frame,
    game_id,
)
from sportsai.data.orientation import find_orientation
from sportsai.errors import DataError, one_line
from sportsai.readers import _tables, source
from sportsai.units import FOOT_M, METRES_PER

TITLE = "Big Data Cup 2022, women's hockey power plays (github.com/bigdatacup)"
SPORTS = frozenset({"hockey"})
RATE_HZ = Fraction(30)
RINK_FT = (200.0, 85.0)
UNKNOWN_JERSEY = 100
FACTS = ("event", "event_type", "event_detail_1", "event_detail_2", "event_detail_3", "situation_type")
TURNED = "events whose flip is not the way their team attacks, turned"
TERMS = "Stathletes public data agreement (Big Data Cup): research, not for profit"
TRACKING, EVENTS, ROSTERS, WINDOWS = (
    f"bdc2022_{n}" for n in ("tracking.parquet", "events.csv", "rosters.csv", "windows.npz")
)
COLUMNS = ("clip", "frame_id", "track_id", "team_name", "jersey_number", "x_ft", "y_ft", "game_seconds", "game")
NUMBERS = (
    "period",
    "clock_seconds",
    "jn1",
    "jn2",
    "x_coord",
    "y_coord",
    "x_coord_2",
    "y_coord_2",
    "frame_id_1",
    "frame_id_2",
    "flip",
)
TEXTS = (
    "game",
    "clip",
    "team",
    "player_name",
    "player_name_2",
    "event",
    "event_type",
    "event_successful",
    "event_detail_1",
    "event_detail_2",
    "event_detail_3",
    "situation_type",
    "cls",
)


@dataclass(frozen=True)
class Windows:
    """Fixed windows about each event, as the set's makers cut them, for recipes.

    Shapes
    ------
    xy (E, T, P, 2) float32 metres, rink centre origin, as broadcast; slot 0 the key player, then others by distance.
    mask (E, T, P) bool, present. same_team (E, P) int8, 1 with the key player. jersey (E, P) int16, 100 unknown.
    y (E,) int8 index into `classes`. frame_offset (T,) int16, 0 is the event's frame. game (E,) str, from the events
    file: split by it.
    """

    xy: NDArray[np.float32]
    mask: NDArray[np.bool_]
    same_team: NDArray[np.int8]
    jersey: NDArray[np.int16]
    y: NDArray[np.int8]
    classes: tuple[str, ...]
    frame_offset: NDArray[np.int16]
    game: NDArray[Any]


def windows(folder: Path) -> Windows:
    """Return the windows of `bdc2022_windows.npz` with the game of each from `bdc2022_events.csv`."""
    path = folder / WINDOWS
    axes = {"xy": 4, "mask": 3, "same_team": 2, "jersey": 2, "y": 1, "classes": 1, "frame_offset": 1}
    data = _tables.read_npz(path, axes)
    events = _tables.read_csv(folder / EVENTS, [], ["game", "cls"])
    names = np.array([str(c) for c in data["classes"]])
    if len(events) != len(data["xy"]) or (names[data["y"]] != events["cls"].to_numpy()).any():
        raise DataError(
            "its windows are not the events beside it",
            path=path,
            expected=f"{len(events)} windows in order of {EVENTS}",
            todo="Take both files from one download.",
        )
    xy = ((data["xy"] / 100.0 - np.array(RINK_FT) / 2) * METRES_PER["ft"]).astype(np.float32)
    return Windows(
        xy,
        data["mask"],
        data["same_team"],
        data["jersey"],
        data["y"],
        tuple(names.tolist()),
        data["frame_offset"],
        events["game"].to_numpy(str),
    )


def sniff(path: Path) -> bool:
    """Whether `path` is the tracking file, a clip's CSV, or the folder that holds one."""
    if path.is_dir():
        return sniff(path / TRACKING) or any(_clips(path))
    if path.suffix == ".csv":
        return {"track_id", "jersey_number", "x_ft", "frame_id"} <= _tables.csv_columns(path)
    return {"clip", "track_id", "jersey_number", "x_ft"} <= _tables.parquet_columns(path)


def _clips(folder: Path) -> list[Path]:
    """Return the publisher's clips in a game's folder or a folder of games."""
    found = [*folder.glob("* at * PP*.csv"), *folder.glob("*/* at * PP*.csv")]
    return sorted(p for p in found if not p.name.startswith("videoShotsInfo") and sniff(p))


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each power play.

    paths: the tracking file (or its folder) with events and rosters beside it; or clips of the publisher's layout, a
    game's folder or a folder of games. A power play that runs from one period into the next is one clip of two
    periods.
    """
    for path in paths:
        if path.suffix == ".csv" or (path.is_dir() and not (path / TRACKING).is_file() and _clips(path)):
            for file in _clips(path) if path.is_dir() else [path]:
                yield _published(file, league)
        else:
            yield from _compact(path, league)


def _published(path: Path, league: League) -> Game:
    numbers = ["frame_id", "period", "track_id", "jersey_number", "x_ft", "y_ft"]
    rows = _tables.read_csv(path, numbers, ["team_name"])
    for name in numbers:
        _tables.finite(path, name, rows[name].to_numpy(), 2)
    game = path.stem.rsplit(" ", 2)[0]
    rosters_path = path.with_name(f"{game} roster.csv")
    rosters = _tables.read_csv(rosters_path, ["jn"], ["player", "position", "team"], needed=["jn"]).assign(game=game)
    rosters["team"] = rosters["team"].str.lower()
    rows = rows.assign(game=game, clip=path.stem).astype({"frame_id": int, "jersey_number": int, "track_id": int})
    return _clip(path.stem, rows, None, rosters, league, source.fingerprints(path, rosters_path), path)


def _compact(path: Path, league: League) -> Iterator[Game]:
    path = path / TRACKING if path.is_dir() else path
    table = _tables.read_parquet(path, COLUMNS)
    for name in ("clip", "team_name", "game"):
        table[name] = table[name].astype(str).astype("category")
    for name in ("x_ft", "y_ft"):
        _tables.finite(path, name, table[name].to_numpy(np.float64))
    events_path, rosters_path = path.with_name(EVENTS), path.with_name(ROSTERS)
    events = _tables.read_csv(events_path, NUMBERS, TEXTS, needed=("period", "x_coord", "y_coord", "frame_id_1"))
    bad_flip = ~events["flip"].isin([2.0, 3.0])
    if bad_flip.any():
        row = int(np.argmax(bad_flip))
        raise DataError(
            f"flip is {events['flip'].iloc[row]:g}", path=events_path, line=row + 2, key="flip", expected="2 or 3"
        )
    rosters = _tables.read_csv(rosters_path, ["jn"], ["player", "position", "team", "game"], needed=["jn"])
    marks = source.fingerprints(path, events_path, rosters_path)
    for clip, rows in table.groupby("clip", observed=True, sort=True):
        name = str(clip)
        yield _clip(name, rows, events[events["clip"] == name], rosters, league, marks, path)


def _clip(
    clip: str,
    rows: pd.DataFrame,
    events: pd.DataFrame | None,
    rosters: pd.DataFrame,
    league: League,
    marks: dict[str, str],
    path: Path,
) -> Game:
    game = str(rows["game"].iloc[0])
    found = re.match(r"(\d{4}-\d\d-\d\d) (.+) at (.+)$", game)
    last_period = re.search(r" P(\d+) PP\d+$", clip)
    if not found or not last_period:
        raise DataError(
            f'"{one_line(clip, 60)}" is not a clip\'s name',
            path=path,
            key="clip",
            expected='"2022-02-08 Canada at USA P1 PP2"',
        )
    date, away, home = found.groups()
    roster = _roster(rosters, game)
    for side, name in ((HOME, home), (AWAY, away)):
        if not any(p.side == side for p in roster):
            raise DataError(
                f'team "{one_line(name, 60)}" of {one_line(game, 60)} has no players',
                path=path.with_name(ROSTERS),
                expected="a roster for each team",
            )
    repairs: dict[str, int] = {}
    tracks = _tracks(rows, roster, {home: HOME, away: AWAY}, int(last_period[1]), league, repairs, path)
    periods = tuple(_period(tracks, o.period, o.attacks_right) for o in find_orientation(tracks, roster))
    table = None if events is None else _events(events, tracks, {home: HOME, away: AWAY}, roster, periods, repairs)
    return Game(
        id=game_id(clip),
        league=league.name,
        teams=(Team(game_id(home), home), Team(game_id(away), away)),
        roster=tuple(roster),
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=periods,
        tracks=tracks,
        events=table,
        date=date,
        competition="Olympic women's tournament 2022",
        provider="bigdatacup",
        source=marks,
        terms=TERMS,
        repairs={k: n for k, n in repairs.items() if n},
        kind="clip",
        extra={"of_game": game_id(game)} | ({} if events is not None else {"clock": "unknown: seconds of the clip"}),
    )


def _roster(rosters: pd.DataFrame, game: str) -> list[Player]:
    mine = rosters[rosters["game"] == game].to_dict("records")
    sides = {"home": HOME, "away": AWAY}
    return [
        Player(f"{r['team']}-{int(r['jn'])}", r["player"], sides.get(r["team"], NO_SIDE), int(r["jn"]), r["position"])
        for r in mine
    ]


def _tracks(
    rows: pd.DataFrame,
    roster: list[Player],
    sides: dict[str, int],
    last_period: int,
    league: League,
    repairs: dict[str, int],
    path: Path,
) -> Tracks:
    number, inverse = np.unique(rows["frame_id"].to_numpy(), return_inverse=True)
    jersey, track = rows["jersey_number"].to_numpy(), rows["track_id"].to_numpy()
    team = rows["team_name"].astype(str).map(sides).fillna(NO_SIDE).to_numpy(np.int64)
    if (team == NO_SIDE).any():
        name = rows["team_name"].iloc[int(np.argmax(team == NO_SIDE))]
        raise DataError(
            f'team "{one_line(name, 40)}" does not play in it', path=path, key="team_name", expected=" or ".join(sides)
        )
    known = {(p.side, p.number): p.id for p in roster}
    # a number that was read names a player; a number that was not stays one slot a tracklet
    named = jersey != UNKNOWN_JERSEY
    key = np.where(named, team * 10_000 + jersey, 1_000_000 + team * 100_000 + track)
    keys, column = np.unique(key, return_inverse=True)
    slots, added = [], 0
    for k in keys.tolist():
        if k >= 1_000_000:
            slots.append(Slot(None, (k - 1_000_000) // 100_000))
            continue
        side, shirt = divmod(k, 10_000)
        if (side, shirt) not in known:
            player = Player(f"{'home' if side == HOME else 'away'}-{shirt}", f"#{shirt}", side, shirt)
            roster.append(player)
            known[side, shirt] = player.id
            added += 1
        slots.append(Slot(known[side, shirt], side))
    repairs["shirt numbers missing from the roster"] = added
    repairs["positions without a shirt number"] = int((~named).sum())
    taken = pd.Series(inverse * len(keys) + column).duplicated().to_numpy()
    if taken.any():
        i = int(np.argmax(taken))
        raise DataError(
            f"frame {number[inverse[i]]} has player {jersey[i]} twice",
            path=path,
            key="frame_id",
            expected="one position a player and frame",
            todo="Remove the repeated rows.",
        )

    arrays = empty_tracks(len(number), tuple(slots), RATE_HZ)
    arrays["frame"] = number.astype(np.int32)
    if "game_seconds" in rows:
        seconds = np.zeros(len(number))
        seconds[inverse] = rows["game_seconds"].to_numpy()
        arrays["period"], arrays["t_s"] = _time(number, seconds, last_period, league, path)
    else:
        arrays["period"][inverse] = rows["period"].to_numpy()
        first = np.concatenate([[True], np.diff(arrays["period"]) != 0])
        begin = number[np.flatnonzero(first)][np.cumsum(first) - 1]
        arrays["t_s"] = (number - begin) / float(RATE_HZ)
    xy = rows[["x_ft", "y_ft"]].to_numpy(np.float64)
    arrays["xy"][inverse, column] = (xy - np.array(RINK_FT) / 2) * FOOT_M
    arrays["present"][inverse, column] = True
    return Tracks(**arrays)


def _time(
    frame: NDArray[Any], seconds: NDArray[np.float64], last_period: int, league: League, path: Path
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Return period and seconds since it began of each frame, from the whole seconds left that the video shows.

    Within a second, frames count on from the first that shows it and stop short of the next. A clip is named after the
    period it ends in (the one that spans a break has the ends of its named period only after the break).
    """
    step = np.diff(seconds)
    new_period = np.concatenate([[0], (step > 600).astype(np.int8)])
    if ((step > 0) & (step <= 600)).any():
        row = int(np.argmax((step > 0) & (step <= 600))) + 1
        raise DataError(
            f"the game clock runs backwards at frame {frame[row]}",
            path=path,
            key="game_seconds",
            expected="seconds left that do not rise within a period",
        )
    periods = (last_period - new_period.sum() + np.cumsum(new_period)).astype(np.int8)
    if periods[0] < 1:
        raise DataError("the game clock starts again more often than there are periods", path=path, key="game_seconds")
    begin = np.flatnonzero(np.concatenate([[True], step != 0]))
    since = frame - frame[begin][np.searchsorted(begin, np.arange(len(frame)), side="right") - 1]
    within = np.minimum(since / float(RATE_HZ), 1 - 1 / float(RATE_HZ))
    return periods, league.clock.to_elapsed(periods, seconds) + within


def _events(
    events: pd.DataFrame,
    tracks: Tracks,
    sides: dict[str, int],
    roster: list[Player],
    periods: tuple[Period, ...],
    repairs: dict[str, int],
) -> pd.DataFrame:
    known = {(p.side, p.number): p.id for p in roster}
    names = {(p.side, p.name): p.id for p in roster}
    side = events["team"].map(sides).fillna(NO_SIDE).to_numpy(np.int64)
    flip = events["flip"].to_numpy().copy()
    right = {p.number: p.attacks_right for p in periods}
    for i, (p, acting) in enumerate(zip(events["period"], side, strict=True)):
        plain = right.get(int(p)) is not None and acting != NO_SIDE
        wanted = (2.0 if right[int(p)] == acting else 3.0) if plain else flip[i]
        if wanted != flip[i]:
            flip[i] = wanted
            repairs[TURNED] = repairs.get(TURNED, 0) + 1
    x, y = _on_rink(events["x_coord"].to_numpy(), events["y_coord"].to_numpy(), flip)
    frame = events["frame_id_1"].to_numpy()
    last = np.where(np.isnan(events["frame_id_2"]), frame, events["frame_id_2"].to_numpy())
    row = np.clip(np.searchsorted(tracks.frame, frame), 0, tracks.T - 1)
    players, others, attributes = [], [], []
    x2, y2 = _on_rink(events["x_coord_2"].to_numpy(), events["y_coord_2"].to_numpy(), flip)
    for i, e in enumerate(events.to_dict("records")):
        s = int(side[i])
        players.append(names.get((s, e["player_name"])) or known.get((s, _whole(e["jn1"]))))
        # a pass's second player is a team-mate, a faceoff's the opponent
        options = [(t, e["player_name_2"]) for t in ((s, 1 - s) if s != NO_SIDE else ())]
        other = next((names[o] for o in options if o in names), None)
        others.append([other] if other else [])
        facts: dict[str, Any] = {k: e[k] for k in FACTS if e[k] not in ("", "nan", "NA")}
        facts["successful"] = e["event_successful"] == "t"
        if np.isfinite(x2[i]) and np.isfinite(y2[i]):
            facts["end_xy_m"] = [round(float(x2[i]), 3), round(float(y2[i]), 3)]
        attributes.append(facts)
    return events_frame(
        {
            "event_id": [f"e{i}" for i in events.index],
            "period": events["period"].to_numpy(),
            "t_s": tracks.t_s[row],
            "frame": frame,
            "type": events["cls"].to_numpy(),
            "side": side,
            "player_id": players,
            "other_ids": others,
            "x": x,
            "y": y,
            "start_frame": np.minimum(frame, last),
            "end_frame": np.maximum(frame, last) + 1,
            "attributes": attributes,
        },
        len(events),
    )


def _on_rink(
    x: NDArray[np.float64], y: NDArray[np.float64], flip: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn event feet in the acting team's frame into rink metres from the centre; (E,), (E,), (E,) -> (E,), (E,)."""
    length, width = RINK_FT
    x = np.where(flip == 2, x, length - x)
    y = np.where(flip == 2, width - y, y)
    return (x - length / 2) * FOOT_M, (y - width / 2) * FOOT_M


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def _period(tracks: Tracks, number: int, attacks_right: int | None) -> Period:
    rows = np.flatnonzero(tracks.period == number)
    return Period(number, int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, attacks_right)
