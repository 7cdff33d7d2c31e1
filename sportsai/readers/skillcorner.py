"""SkillCorner broadcast tracking: the 2020 open-data JSON and the JSON lines used since 2024, both at 10 Hz.

Source: github.com/SkillCorner/opendata (README; `structured_data.json` + `match_data.json`, since 2024
`*_tracking_extrapolated.jsonl` + `*_match.json`). Metres, origin at the pitch's centre, positions as broadcast (teams
swap ends at half-time). Time is a running match clock: period 2 starts at 45:00.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, NO_SIDE, Game, Period, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.data.orientation import find_orientation
from sportsai.errors import DataError
from sportsai.readers import _frames, _tables, source

TITLE = "SkillCorner broadcast tracking, 2020 JSON and 2024 JSON lines (github.com/SkillCorner/opendata)"
SPORTS = frozenset({"soccer"})
RATE_HZ = Fraction(10)
TERMS = "SkillCorner open data, MIT"


def sniff(path: Path) -> bool:
    """Whether `path` is a SkillCorner tracking file."""
    if path.is_dir():
        return _tracking_in(path) is not None
    start = source.head(path)
    return path.suffix in (".json", ".jsonl", ".gz") and (
        (b'"trackable_object"' in start and b'"possession"' in start and b'"data"' in start)
        or (b'"player_data"' in start and b'"ball_data"' in start)
    )


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a tracking file and its match file.

    paths: (tracking file,), (tracking file, match file) in either order, or a folder holding both. Without a match file
    the reader looks beside the tracking file for `match_data.json`, `<id>_match.json` or the tracking file's own name
    with `structured_data` replaced by `match_data`.
    """
    tracking, match = _pair(paths)
    info = _match_info(match)
    with _tables.as_described(match, "the line-ups are"):
        roster, by_track = _roster(info)
        teams = (_team(info, "home"), _team(info, "away"))
    table = _table(tracking)
    ball_id = (info.get("ball") or {}).get("trackable_object")
    tracks, repairs = _tracks(table, roster, by_track, ball_id, league)
    orientation = find_orientation(tracks, roster)
    periods = tuple(_period(tracks, o.period, o.attacks_right) for o in orientation)
    sizes = (("pitch_length", 105), ("pitch_width", 68))
    length, width = (_frames.number(info.get(k) or d, match, k, least=0) for k, d in sizes)
    competition = info.get("competition_edition") or {}
    score = (info.get("home_team_score"), info.get("away_team_score"))
    yield Game(
        id=game_id(info.get("id", tracking.stem)),
        league=league.name,
        teams=teams,
        roster=tuple(roster),
        court_length_m=length,
        court_width_m=width,
        periods=periods,
        tracks=tracks,
        date=str(info.get("date_time") or "")[:10] or None,
        competition=competition.get("name"),
        venue=(info.get("stadium") or {}).get("name"),
        score=_frames.score(*score),
        provider="skillcorner",
        source=source.fingerprints(tracking, match),
        terms=TERMS,
        repairs={what: n for what, n in repairs.items() if n},
    )


def _tracking_in(folder: Path) -> Path | None:
    found = [p for p in sorted(folder.iterdir()) if (p.is_file() and "tracking" in p.name) or "structured" in p.name]
    return next((p for p in found if sniff(p)), None)


def _pair(paths: tuple[Path, ...]) -> tuple[Path, Path]:
    first = paths[0]
    if first.is_dir():
        tracking = _tracking_in(first)
        if tracking is None:
            raise DataError(
                "no SkillCorner tracking file in this folder",
                path=first,
                expected="structured_data.json or *_tracking_extrapolated.jsonl",
            )
        paths = (tracking, *paths[1:])
        first = tracking
    if len(paths) > 1:
        tracking, match = (paths[0], paths[1]) if sniff(paths[0]) else (paths[1], paths[0])
        return source.check_file(tracking), source.check_file(match)
    source.check_file(first)
    names = [
        first.name.replace("structured_data", "match_data").replace("_timestamp", ""),
        first.name.split("_")[0] + "_match.json",
        "match_data.json",
        "match.json",
        first.name.split(".")[0].replace("v3_raw_data", "meta_data") + ".json",
    ]
    for name in names:
        candidate = first.with_name(name)
        if candidate != first and candidate.is_file():
            return first, candidate
    raise DataError(
        "the match file (teams and line-ups) is not beside it",
        path=first,
        expected=f"{names[0]} or {names[1]}",
        todo="Put it there, or name it after the tracking file.",
    )


def _match_info(path: Path) -> dict[str, Any]:
    info = source.read_json(path)
    if not isinstance(info, dict):
        raise DataError("this is not a SkillCorner match file", path=path, expected="an object with home_team, players")
    for key in ("home_team", "away_team", "players"):
        if not info.get(key):
            raise DataError(
                f"{key} is missing or empty",
                path=path,
                key=key,
                expected="SkillCorner match metadata",
                todo="Check that this is the match file.",
            )
    return info


def _team(info: dict[str, Any], which: str) -> Team:
    team, kit = info[f"{which}_team"], info.get(f"{which}_team_kit") or {}
    return Team(
        str(team["id"]),
        str(team.get("name")),
        team.get("short_name"),
        team.get("acronym"),
        kit.get("jersey_color"),
        kit.get("number_color"),
    )


def _roster(info: dict[str, Any]) -> tuple[list[Player], dict[int, str]]:
    """Return the roster (players and referees) and the player id of each tracked object."""
    sides = {info["home_team"]["id"]: HOME, info["away_team"]["id"]: AWAY}
    roster: list[Player] = []
    by_track: dict[int, str] = {}
    for p in info["players"]:
        name = f"{p.get('first_name') or ''} {p.get('last_name') or ''}".strip()
        role = p.get("player_role") or {}
        roster.append(
            Player(
                id=str(p["id"]),
                name=name or str(p["id"]),
                side=sides.get(p.get("team_id"), NO_SIDE),
                number=_frames.whole(p.get("number")),
                position=role.get("acronym") or role.get("name"),
                starter=p.get("start_time") == "00:00:00",
                short_name=p.get("short_name") or p.get("last_name"),
            )
        )
        for key in ("trackable_object", "id"):
            if p.get(key) is not None:
                by_track.setdefault(int(p[key]) if key == "trackable_object" else -int(p[key]) - 1, str(p["id"]))
    for r in info.get("referees") or []:
        name = f"{r.get('first_name') or ''} {r.get('last_name') or ''}".strip()
        roster.append(Player(f"referee-{r['id']}", name, NO_SIDE, position="referee"))
        if r.get("trackable_object") is not None:
            by_track[int(r["trackable_object"])] = f"referee-{r['id']}"
    return roster, by_track


def _table(path: Path) -> pd.DataFrame | Any:
    """Return the frames as an Arrow table in the 2020 or the 2024 layout."""
    import pyarrow as pa

    f32, i64, text = pa.float32(), pa.int64(), pa.string()
    common = [("frame", i64), ("period", i64), ("timestamp", text)]
    if b'"player_data"' in source.head(path, 1 << 14):
        ball = pa.struct([("x", f32), ("y", f32), ("z", f32), ("is_detected", pa.bool_())])
        player = pa.struct([("x", f32), ("y", f32), ("player_id", i64), ("is_detected", pa.bool_())])
        possession = pa.struct([("player_id", i64), ("group", text)])
        columns = [("ball_data", ball), ("player_data", pa.list_(player)), ("possession", possession)]
    else:
        player = pa.struct(
            [("x", f32), ("y", f32), ("z", f32), ("trackable_object", i64), ("group_name", text), ("track_id", i64)]
        )
        possession = pa.struct([("trackable_object", i64), ("group", text)])
        columns = [("time", text), ("data", pa.list_(player)), ("possession", possession)]
    return source.json_records(path, pa.schema(common + columns))


def _numpy(column: Any, fill: Any) -> NDArray[Any]:
    import pyarrow.compute as pc

    return (pc.fill_null(column, fill) if column.null_count else column).to_numpy(zero_copy_only=False)


def _tracks(
    table: Any, roster: list[Player], by_track: dict[int, str], ball_id: int | None, league: League
) -> tuple[Tracks, dict[str, int]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    T = table.num_rows
    v3 = "player_data" in table.column_names
    people = table["player_data" if v3 else "data"].combine_chunks()
    row = np.repeat(np.arange(T), _numpy(people.value_lengths(), 0))
    people = people.flatten()
    key = _numpy(people.field("player_id" if v3 else "trackable_object"), -1)
    if v3:  # 2024 names players by their id; kept apart from the tracked-object numbers of 2020 by a minus sign
        key = -key - 1
    xy = np.stack([_numpy(people.field(c), 0.0) for c in "xy"], 1).astype(np.float32, copy=False)  # (N, 2)
    given = _given(people.field("x")) & _given(people.field("y"))
    _check_finite(xy, given, table, row)

    keys = np.sort(pc.unique(pa.array(key)).to_numpy())
    seen_ids = {by_track[int(k)] for k in keys if int(k) in by_track}
    slots = [Slot(p.id, p.side) for p in roster if p.id in seen_ids]
    column_of = {s.player_id: i for i, s in enumerate(slots)}
    columns_of = np.array([column_of.get(by_track.get(int(k), ""), -1) for k in keys], np.int32)
    column = columns_of[np.searchsorted(keys, key)]
    is_ball = (key == ball_id) if ball_id is not None and not v3 else np.zeros(len(key), bool)
    if not v3:
        group, track = people.field("group_name"), _numpy(people.field("track_id"), -1)
        for name, side in (("home team", HOME), ("away team", AWAY)):
            unnamed = (column < 0) & ~is_ball & _is(group, name)
            lane = _lanes(row[unnamed], track[unnamed])
            column[unnamed] = len(slots) + lane
            slots += [Slot(None, side)] * (int(lane.max()) + 1 if len(lane) else 0)

    arrays = empty_tracks(T, tuple(slots), RATE_HZ)
    arrays["frame"] = _frame_numbers(table)
    arrays["period"] = _numpy(table["period"], 0).astype(np.int8)
    arrays["t_s"] = _period_seconds(table, arrays["period"], league)
    good = (column >= 0) & given
    place = row[good] * len(slots) + column[good]
    pairs = arrays["xy"].reshape(-1, 2).view(np.complex64)[:, 0]  # x and y are moved as one value
    pairs[place] = xy.view(np.complex64)[good, 0]
    arrays["present"].reshape(-1)[place] = True
    if v3:
        filled = ~_numpy(people.field("is_detected"), True).astype(bool)
        arrays["estimated"].reshape(-1)[place[filled[good]]] = True
        ball = table["ball_data"].combine_chunks()
        ball_xyz = np.stack([_numpy(ball.field(c), np.nan) for c in "xyz"], 1).astype(np.float32)
        _check_finite(ball_xyz[:, :2], _given(ball.field("x")) & _given(ball.field("y")), table, np.arange(T))
        ball_row, holder_key = np.arange(T), "player_id"
    else:
        z = _numpy(people.field("z"), np.nan).astype(np.float32)
        ball_xyz, ball_row, holder_key = np.column_stack([xy, z])[is_ball], row[is_ball], "trackable_object"
    ball_good = np.isfinite(ball_xyz[:, 0]) & np.isfinite(ball_xyz[:, 1])
    ball_row, ball_xyz = ball_row[ball_good], ball_xyz[ball_good]
    arrays["ball_xy"][ball_row], arrays["ball_z"][ball_row] = ball_xyz[:, :2], ball_xyz[:, 2]
    arrays["ball_present"][ball_row] = True

    possession = table["possession"].combine_chunks()
    group = possession.field("group")
    arrays["possession"][_is(group, "home team")] = HOME
    arrays["possession"][_is(group, "away team")] = AWAY
    holder = _numpy(possession.field(holder_key), -1)
    holder = -holder - 1 if v3 else holder
    holders = np.sort(pc.unique(pa.array(holder)).to_numpy())
    columns = [column_of.get(by_track.get(int(k), ""), -1) for k in holders]
    arrays["holder"] = np.array(columns, np.int16)[np.searchsorted(holders, holder)]
    repairs = {
        "player positions without coordinates set aside": int((~given & ~is_ball).sum()),
        "positions of nobody on the line-up set aside": int(((column < 0) & ~is_ball & given).sum()),
    }
    return Tracks(**arrays), repairs


def _is(column: Any, text: str) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    return _numpy(pc.equal(column, text), False)


def _given(column: Any) -> NDArray[np.bool_]:
    return column.is_valid().to_numpy(zero_copy_only=False)


def _check_finite(xy: NDArray[np.float32], given: NDArray[np.bool_], table: Any, row: NDArray[np.int64]) -> None:
    bad = given & ~(np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1]))
    if bad.any():
        first = int(np.argmax(bad))
        raise DataError(
            f"a position at frame {table['frame'][int(row[first])]} is {xy[first, 0]:g}, {xy[first, 1]:g}",
            key="x, y",
            expected="finite metres, or null where nobody was seen",
            todo="Correct the value or remove the position.",
        )


def _frame_numbers(table: Any) -> NDArray[np.int32]:
    if table["frame"].null_count:
        raise DataError("a frame has no number", key="frame", expected="a whole number")
    return table["frame"].to_numpy().astype(np.int32)


def _period_seconds(table: Any, period: NDArray[np.int8], league: League) -> NDArray[np.float64]:
    """Seconds since each period began, (T,), from the running match clock "h:mm:ss.s" or "mm:ss.s"."""
    name = "time" if "time" in table.column_names and table["time"].null_count < table.num_rows else "timestamp"
    column = table[name].combine_chunks()
    if not (column.is_null().to_numpy(zero_copy_only=False) & (period > 0)).any():
        seconds = _clock_seconds(column)
        if seconds is not None:
            return np.where(period > 0, league.clock.to_elapsed(np.maximum(period, 1), seconds), np.nan)
    clock = column.to_pandas().astype("string")
    split = clock.str.split(":", expand=True)
    numbers = split.apply(pd.to_numeric, errors="coerce")
    odd = (split.notna() & numbers.isna()).any(axis=1).to_numpy() | ((period > 0) & clock.isna().to_numpy())
    if odd.any():
        raise DataError(
            f'the time of frame {table["frame"][int(np.argmax(odd))]} is "{clock[int(np.argmax(odd))]}"',
            key=name,
            expected="a match clock like 12:34.50",
            todo="Correct the value, or ask the provider for the file again.",
        )
    parts, count = numbers.to_numpy(float), split.notna().sum(axis=1).to_numpy()
    weight = 60.0 ** (count[:, None] - 1 - np.arange(parts.shape[1]))  # hours, minutes, seconds from the right
    seconds = np.where(count > 0, np.nansum(parts * weight, 1), np.nan)
    elapsed = league.clock.to_elapsed(np.maximum(period, 1), seconds)
    return np.where(period > 0, elapsed, np.nan)


def _clock_seconds(clock: Any) -> NDArray[np.float64] | None:
    """Seconds of each "12:34.50" or "1:02:03.4", (T,), NaN where null; None when one is no such clock."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.split_pattern(clock, ":")
    count = _numpy(parts.value_lengths(), 0)
    try:
        number = parts.flatten().cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    if not np.isin(count, (0, 2, 3)).all() or not np.isfinite(number).all():
        return None
    row = np.repeat(np.arange(len(count)), count)
    from_right = np.cumsum(count)[row] - 1 - np.arange(len(number))  # 0 seconds, 1 minutes, 2 hours
    seconds = np.bincount(row, number * 60.0**from_right, len(count))
    return np.where(count > 0, seconds, np.nan)


def _lanes(row: NDArray[np.int64], track: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each unnamed track a lane so that tracks seen at once never share one, with as few lanes as that takes.

    Shapes: row (N,), track (N,) -> lane (N,) int, from 0.
    """
    ids, inverse = np.unique(track, return_inverse=True)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    last = np.full(len(ids), -1)
    np.minimum.at(first, inverse, row)
    np.maximum.at(last, inverse, row)
    lane_free_from: list[int] = []
    lane = np.zeros(len(ids), np.int64)
    for i in np.argsort(first, kind="stable"):
        free = next((k for k, until in enumerate(lane_free_from) if until < first[i]), len(lane_free_from))
        if free == len(lane_free_from):
            lane_free_from.append(0)
        lane_free_from[free], lane[i] = int(last[i]), free
    return lane[inverse]


def _period(tracks: Tracks, number: int, attacks_right: int | None) -> Period:
    rows = np.flatnonzero(tracks.period == number)
    return Period(number, int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, attacks_right)
