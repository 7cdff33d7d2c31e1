"""Any CSV or Parquet of positions that a short TOML describes: one row a sample (long) or one row a frame (wide).

    layout = "long"              # or "wide"
    rate_hz = 25                 # 29.97 is read as 30000/1001
    competition = "Friendly"     # where there is one to name; terms: the data's licence
    [columns]                    # the table's own column names; x, y (and z) are needed, the rest where there are such
    frame = "frame"              # frame number; or time alone
    time = "seconds"
    period = "half"              # 1 where there is none
    player = "id"
    team = "team"
    role = "role"                # what a player plays, where a long table says it
    x = "x"                      # wide: "{team}_{player}_x"
    y = "y"
    [court]
    units = "m"                  # m ft yd in cm mm 1/100ft 1/100yd, or "share" of length and width
    origin = "centre"            # or "corner": the left end of the side that y starts from
    y = "up"                     # or "down"
    length = 105                 # in the units above (metres for shares); the league's court where left out
    width = 68
    [clock]
    counts = "up"                # or "down"
    starts = "period"            # or "game": it runs on from period to period
    [names]
    home = "home"                # what stands for each side and the ball
    away = "away"
    ball = "ball"
    officials = ["referee"]
    [events]                     # where there are some
    file = "game-events.csv"     # a table beside the first, one row an event

An events table has columns frame and type (a name of the league's events), and where there are such team and player (as
in the positions), x and y (as there), start_frame and end_frame; every other column becomes an attribute.

Source: the TOML's own `source` key. It is the second path, lies beside the table as `<table>.toml`, or is the league's
`readers/<provider>.toml`. A folder is read game by game: each table with its TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import NO_SIDE, Game, Player, Slot, Team, Tracks, empty_tracks, events_frame, game_id
from sportsai.errors import DataError, nearest, one_line
from sportsai.readers import _frames, source
from sportsai.readers._described import Facts
from sportsai.resources import leagues_folders

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

TITLE = "a CSV or Parquet table described by a TOML (long or wide; see sportsai/readers/table.py)"
ONE_FILE_A_GAME = True  # of a folder (`season.sources`)
SPORTS = frozenset(p.stem for folder in leagues_folders() for p in folder.glob("*.toml"))
_SUFFIXES = (".csv", ".parquet", ".pq", ".tsv")


def sniff(path: Path) -> bool:
    """Whether `path` is a table with its TOML beside it, or a folder of such."""
    if path.is_dir():
        return bool(_tables_in(path))
    facts = _beside(path)
    return path.is_file() and path != facts and facts.is_file() and b"layout" in source.head(facts)


def _tables_in(folder: Path) -> list[Path]:
    """Return each table of a folder that a TOML beside it describes, in the order of numbers in their names."""
    found = [p for p in folder.iterdir() if p.suffix in _SUFFIXES and sniff(p)]
    return sorted(found, key=lambda p: [int(x) if x.isdigit() else x for x in re.split(r"(\d+)", p.name)])


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a table, or those of a folder.

    paths: (table, TOML) in either order, or (table,) with `<table>.toml` beside it, or (folder,).
    """
    if paths[0].is_dir():
        tables = _tables_in(paths[0])
        if not tables:
            raise DataError(
                "no table with its TOML is in this folder", path=paths[0], expected="game.csv and game.toml"
            )
        for one in tables:
            yield from read((one,), league)
        return
    table = next((p for p in paths if p.suffix != ".toml"), paths[0])
    facts = next((p for p in paths if p.suffix == ".toml"), _beside(table))
    source.check_file(table)
    if not facts.is_file():
        raise DataError("no TOML says what is in this table", path=table, expected=facts.name,
                        todo="Write one as sportsai/readers/table.py shows, or name it as second path.")  # fmt: skip
    try:
        said = tomllib.loads(source.read_text(facts))
    except (ValueError, RecursionError) as bad:  # broken TOML, endless numbers and nests
        raise DataError(f"this is not TOML ({one_line(bad, 120)})", path=facts, expected="a valid TOML file") from None
    yield _game(table, Facts.read(said, facts, league), league, "table", facts)


def read_described(paths: tuple[Path, ...], league: League, provider: str) -> Iterator[Game]:
    """Yield the one game of a table that the league's readers/<provider>.toml describes."""
    facts = Path(f"leagues/{league.name}/readers/{provider}.toml")
    yield _game(source.check_file(paths[0]), Facts.read(league.reader_facts(provider), facts, league), league, provider)


def _beside(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0] + ".toml")


def _game(path: Path, facts: Facts, league: League, provider: str, toml: Path | None = None) -> Game:
    table = _columns(path, facts)
    with _frames.at(path):
        tracks, roster = (_long if facts.layout == "long" else _wide)(table, facts, league, path)
        beside = None if facts.events is None else path.with_name(Path(facts.events).name)
        return Game(
            id=game_id(path.name.split(".")[0]),
            league=league.name,
            teams=(Team("home", facts.home), Team("away", facts.away)),
            roster=tuple(roster),
            court_length_m=facts.length_m,
            court_width_m=facts.width_m,
            periods=_frames.periods_of(tracks, roster),
            tracks=tracks,
            events=None if beside is None else _events(beside, facts, league, tracks, roster),
            competition=facts.competition,
            provider=provider,
            source=source.fingerprints(path, toml, beside),
            terms=facts.terms,
        )


_EVENT_COLUMNS = ("frame", "type", "team", "player", "x", "y", "start_frame", "end_frame")


def _events(path: Path, facts: Facts, league: League, tracks: Tracks, roster: list[Player]) -> pd.DataFrame:
    """Return the events table beside the positions; DataError with the line of the first row that cannot be."""
    source.check_file(path)
    table = _table(path)
    for name in ("frame", "type"):
        if name not in table.columns:
            raise DataError(f'there is no column "{name}"', path=path, expected="frame and type",
                            todo=nearest(name, table.columns))  # fmt: skip
    text = {c: table[c].cast(str).fill_null("").to_list() for c in table.columns}
    none = [""] * table.height
    frame = _numbers(table, "frame", path).astype(np.int64)
    rows, ids = tracks.rows(frame), {(p.side, p.name): p.id for p in roster}
    side = [facts.side(t) if t else NO_SIDE for t in text.get("team", none)]
    player = [
        ids.get((s, w)) if s is not None and w else None for s, w in zip(side, text.get("player", none), strict=True)
    ]
    known = set(league.events)
    for i, kind in enumerate(text["type"]):
        what = None
        if kind not in known:
            what, key, wanted = f'"{one_line(kind, 40)}" is no event of {league.name}', "type", "one of the league's"
        elif rows[i] < 0:
            what, key, wanted = f"frame {frame[i]} is not among the positions", "frame", "a frame that is"
        elif side[i] is None:
            what, key, wanted = f'team "{one_line(text["team"][i], 40)}" is neither side', "team", facts.home
        elif player[i] is None and text.get("player", none)[i]:
            what, key, wanted = f'player "{one_line(text["player"][i], 40)}" has no position', "player", "one who has"
        if what is not None:
            raise DataError(what, path=path, line=i + 2, key=key, expected=wanted,
                            todo=nearest(kind, known) if key == "type" else None)  # fmt: skip
    columns: dict[str, Any] = {
        "event_id": [f"e{i}" for i in range(table.height)], "period": tracks.period[rows], "t_s": tracks.t_s[rows],
        "frame": frame, "type": text["type"], "side": side, "player_id": [p or None for p in player],
    }  # fmt: skip
    if "x" in table.columns and "y" in table.columns:
        xy = facts.metres(np.stack([_numbers(table, c, path, empty=True) for c in "xy"], -1))
        columns |= {"x": xy[:, 0], "y": xy[:, 1]}
    for name in ("start_frame", "end_frame"):
        if name in table.columns:
            columns[name] = _numbers(table, name, path).astype(np.int64)
    more = [c for c in table.columns if c not in _EVENT_COLUMNS]
    values = [[_value(v) for v in text[c]] for c in more]
    columns["attributes"] = [
        {c: v for c, v in zip(more, row, strict=True) if v != ""} for row in zip(*values, strict=True)
    ] if more else [{} for _ in range(table.height)]  # fmt: skip
    return events_frame(columns, table.height)


def _value(said: str) -> str | int:
    return int(said) if said.isdigit() and len(said) < 10 else said


def _columns(path: Path, facts: Facts) -> pl.DataFrame:
    """Return the table of positions, every column the TOML names in it."""
    table = _table(path)
    for key, name in facts.columns.items():
        if "{player}" not in name and name not in table.columns:
            what = f'column "{one_line(name, 60)}" is not in {path.name}'
            raise DataError(what, path=facts.path, key=f"columns.{key}",
                            todo=nearest(name, table.columns))  # fmt: skip
    return table


def _table(path: Path) -> pl.DataFrame:
    """Return a table with every column as it stands, text where it is a CSV."""
    import polars as pl

    try:
        if path.suffix in (".parquet", ".pq"):
            table = pl.read_parquet(path)
        else:
            raw = source.read_bytes(path)
            _frames.check_utf8(raw[:4096], path)
            header, _, rest = raw.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
            separator = max(",;\t", key=lambda c: header.count(c.encode()))
            last = rest.rstrip(b"\r\n").rpartition(b"\n")[2]
            if last and last.count(separator.encode()) < header.count(separator.encode()) and b'"' not in last:
                raise DataError("the line is cut short", path=path, line=raw.rstrip().count(b"\n") + 1,
                                expected=f"{header.count(separator.encode()) + 1} values",
                                todo="Download the file again.")  # fmt: skip
            _frames.check_quotes(raw, path)
            table = pl.read_csv(header + b"\n" + rest, infer_schema=False, separator=separator)
    except (pl.exceptions.PolarsError, OSError) as bad:
        raise DataError(f"it cannot be read as a table ({one_line(bad, 120)})", path=path,
                        expected="a CSV with one header line, or Parquet") from None  # fmt: skip
    if not table.height:
        raise DataError("there are no rows in it", path=path, expected="a row a sample")
    return table


def _numbers(table: pl.DataFrame, name: str, path: Path, *, empty: bool = False) -> NDArray[np.float64]:
    """Return a column as numbers; raise DataError with the line of a value that is none. empty: NaN where missing."""
    import polars as pl

    column = table[name]
    if column.dtype == pl.String:
        column = column.str.strip_chars()
        column = column.set(column.str.to_lowercase().is_in(["", "nan", "na", "null", "none"]).fill_null(True), None)
    value = column.cast(pl.Float64, strict=False)
    bad = (value.is_null() & column.is_not_null()).to_numpy()
    numbers = value.fill_null(float("nan")).to_numpy().astype(np.float64)
    bad |= np.isinf(numbers) if empty else ~np.isfinite(numbers)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(f'"{one_line(table[name][row], 40)}" is not a finite number', path=path, line=row + 2, key=name,
                        expected="a number" + (" or nothing" if empty else ""),
                        todo="Correct the value or remove the row.")  # fmt: skip
    return numbers


def _times(
    table: pl.DataFrame, facts: Facts, league: League, path: Path
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.float64], Fraction]:
    """Return frame, period, seconds since the period began of each row, (N,), and the rate."""
    named = facts.columns
    period = np.ones(table.height, np.int8)
    if "period" in named:
        period = _numbers(table, named["period"], path).astype(np.int8)
    time = _numbers(table, named["time"], path) if "time" in named else None
    rate = facts.rate_hz
    if time is not None:
        if facts.runs_on:
            lengths = [league.clock.length_s(p) or 0.0 for p in range(1, int(period.max(initial=1)))]
            time = time - np.array([0.0, 0.0, *np.cumsum(lengths)])[period]
        elif facts.counts_down:
            lengths = [league.clock.length_s(p) or 0.0 for p in range(1, int(period.max(initial=1)) + 1)]
            time = np.array([0.0, *lengths])[period] - time
        if rate is None:
            steps = np.abs(np.diff(np.unique(time[period == period[0]])))
            if not len(steps):
                raise DataError("the frame rate cannot be found from one time", path=facts.path, key="rate_hz",
                                expected="frames a second")  # fmt: skip
            rate = _frames.rate_hz(round(1 / float(np.median(steps)), 3), path, named["time"])
    assert rate is not None  # Facts.read asks for a rate where there is no time
    if "frame" in named:
        frame = _numbers(table, named["frame"], path).astype(np.int64)
    else:
        assert time is not None
        frame = np.rint(time * float(rate)).astype(np.int64)
        longest = int(frame.max(initial=0)) + 1
        frame += (period - 1).astype(np.int64) * longest  # frames are numbered on through the periods
    if time is None:
        time = np.empty(table.height)
        for p in np.unique(period):
            time[period == p] = (frame[period == p] - frame[period == p].min()) / float(rate)
    return frame, period, time, rate


def _long(table: pl.DataFrame, facts: Facts, league: League, path: Path) -> tuple[Tracks, list[Player]]:
    named = facts.columns
    frame, period, time, rate = _times(table, facts, league, path)
    x, y = (_numbers(table, named[c], path, empty=True) for c in "xy")
    who = table[named["player"]].cast(str).fill_null("").to_numpy().astype(object)
    team = table[named["team"]].cast(str).fill_null("").to_numpy().astype(object)
    is_ball = (who == facts.ball) | (team == facts.ball)
    for said in np.unique(team[~is_ball].astype(str)):
        if facts.side(str(said)) is None:
            row = int(((team == said) & ~is_ball).argmax())
            raise DataError(f'team "{one_line(said, 40)}" is neither side', path=path, line=row + 2, key=named["team"],
                            expected=f'"{facts.home}" or "{facts.away}"',
                            todo=f"Say in [names] of {facts.path.name} which it is.")  # fmt: skip
    frames, row_of = np.unique(frame, return_inverse=True)
    first = np.zeros(len(frames), np.int64)
    first[row_of[::-1]] = np.arange(len(frame))[::-1]
    for column, what in ((period, "period"), (time, "time")):
        differ = column != column[first][row_of]
        if differ.any():
            row = int(differ.argmax())
            raise DataError(f"frame {frame[row]} has two {what}s ({column[first][row_of][row]:g} and {column[row]:g})",
                            path=path, line=row + 2, expected="frame numbers that do not repeat")  # fmt: skip
    seen: dict[tuple[str, str], int] = {}
    column_of = np.array(
        [-1 if b else seen.setdefault((t, w), len(seen)) for t, w, b in zip(team, who, is_ball, strict=True)], np.int64
    )
    ids = _ids(list(seen), facts)
    slots = tuple(Slot(i, side if (side := facts.side(t)) is not None else NO_SIDE) for i, (t, _) in ids)
    _check_once(row_of, column_of, len(seen), frame, path)
    arrays = empty_tracks(len(frames), slots, rate)
    arrays["frame"], arrays["period"], arrays["t_s"] = frames.astype(np.int32), period[first], time[first]
    xy = facts.metres(np.stack([x, y], -1))
    there = np.isfinite(xy).all(1)
    person, ball = there & ~is_ball, there & is_ball
    _frames.fill(arrays, row_of[person], column_of[person], xy[person, 0], xy[person, 1])
    arrays["ball_xy"][row_of[ball]], arrays["ball_present"][row_of[ball]] = xy[ball], True
    if "z" in named:
        arrays["ball_z"][row_of[ball]] = _numbers(table, named["z"], path, empty=True)[ball] * _up(facts)
    plays: dict[int, str] = {}
    if "role" in named:
        said = table[named["role"]].cast(str).fill_null("").to_list()
        first_row = np.unique(column_of, return_index=True)
        plays = {int(c): said[r] for c, r in zip(*first_row, strict=True) if c >= 0 and said[r]}
    roster = [
        Player(s.player_id or "", w, s.side, _shirt(w), plays.get(i))
        for i, (s, (_, (_, w))) in enumerate(zip(slots, ids, strict=True))
    ]
    return Tracks(**arrays), roster


def _up(facts: Facts) -> float:
    """Metres a unit of height; heights beside shares are in metres."""
    return facts.scale[0] if facts.scale[0] == facts.scale[1] else 1.0


def _shirt(said: str) -> int | None:
    return int(said) if said.isdigit() and len(said) < 4 else None


def _ids(people: list[tuple[str, str]], facts: Facts) -> list[tuple[str, tuple[str, str]]]:
    """Give each (team, player) an id: the player's own where no other team has it too, else "home_7"."""
    twice = {w for _, w in people if sum(o == w for _, o in people) > 1}
    names = {facts.home: "home", facts.away: "away"}
    return [(f"{names.get(t, t)}_{w}" if w in twice or not w else w, (t, w)) for t, w in people]


def _check_once(
    row: NDArray[np.int64], column: NDArray[np.int64], n: int, frame: NDArray[np.int64], path: Path
) -> None:
    """Raise DataError at the first sample of a player (or the ball) in a frame that has one already."""
    key = row * (n + 1) + column + 1
    _, firsts = np.unique(key, return_index=True)
    if len(firsts) < len(key):
        again = np.ones(len(key), bool)
        again[firsts] = False
        line = int(again.argmax())
        raise DataError(f"someone stands twice in frame {frame[line]}", path=path, line=line + 2,
                        expected="one row a player and frame", todo="Remove the repeated rows.")  # fmt: skip


def _wide(table: pl.DataFrame, facts: Facts, league: League, path: Path) -> tuple[Tracks, list[Player]]:
    frame, period, time, rate = _times(table, facts, league, path)
    named = facts.columns
    pattern = re.escape(named["x"]).replace(r"\{team\}", "(?P<team>.+?)").replace(r"\{player\}", "(?P<player>.+?)")
    people: list[tuple[str, str]] = []
    for name in table.columns:
        found = re.fullmatch(pattern, name)
        if found and name != named.get("ball_x") and found["team"] != facts.ball:
            if facts.side(found["team"]) is None:
                what = f'team "{one_line(found["team"], 40)}" of column "{one_line(name, 40)}" is neither side'
                raise DataError(what, path=path, line=1, expected=f'"{facts.home}" or "{facts.away}"',
                                todo=f"Say in [names] of {facts.path.name} which it is.")  # fmt: skip
            people.append((found["team"], found["player"]))
    if not people:
        raise DataError(f'no column is like "{one_line(named["x"], 60)}"', path=path, line=1, expected="one a player")
    ids = _ids(people, facts)
    slots = tuple(Slot(i, side if (side := facts.side(t)) is not None else NO_SIDE) for i, (t, _) in ids)
    arrays = empty_tracks(table.height, slots, rate)
    arrays["frame"], arrays["period"], arrays["t_s"] = frame.astype(np.int32), period, time
    for i, (team, player) in enumerate(people):
        names = [named[c].replace("{team}", team).replace("{player}", player) for c in "xy"]
        if names[1] not in table.columns:
            raise DataError(
                f'column "{one_line(names[1], 60)}" is not in it', path=path, line=1, expected="one for each x"
            )
        arrays["xy"][:, i], arrays["present"][:, i] = _places(table, names, facts, path)
    if "ball_x" in named and "ball_y" in named:
        arrays["ball_xy"][:], arrays["ball_present"][:] = _places(
            table, [named["ball_x"], named["ball_y"]], facts, path
        )
    if "ball_z" in named:
        arrays["ball_z"] = (_numbers(table, named["ball_z"], path, empty=True) * _up(facts)).astype(np.float32)
    roster = [Player(s.player_id or "", w, s.side, _shirt(w)) for s, (_, (_, w)) in zip(slots, ids, strict=True)]
    return Tracks(**arrays), roster


def _places(
    table: pl.DataFrame, names: list[str], facts: Facts, path: Path
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the positions in two columns and where they are: (T, 2), (T,)."""
    xy = facts.metres(np.stack([_numbers(table, n, path, empty=True) for n in names], -1))
    there = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
    return np.where(there[:, None], xy, np.float32(0)), there
