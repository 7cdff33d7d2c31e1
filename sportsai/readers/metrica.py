"""Metrica Sports sample data: one CSV a team, three header lines, both with the ball.

Source: github.com/metrica-sports/sample-data, README. x and y are shares of a 105 x 68 m pitch, (0, 0) is the top left
corner and y grows downwards; "NaN" is a player or ball that is not on the pitch. `Time [s]` runs on at 25 Hz.
differs: kloppy 3.19.1 reads this CSV with y growing upwards, mirrored against Metrica's own description (held to here).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.errors import DataError, one_line
from sportsai.readers import _frames, source

TITLE = "Metrica sample data, one CSV a team (github.com/metrica-sports/sample-data)"
SPORTS = frozenset({"soccer"})
TERMS = "Metrica Sports sample data, free to use with credit"
LENGTH_M, WIDTH_M = 105.0, 68.0
_COLUMNS = "Period,Frame,Time [s],"
_SWAPS = (("Home", "Away"), ("home", "away"), ("HOME", "AWAY"))


def sniff(path: Path) -> bool:
    """Whether `path` is one of the two CSV files, or a folder with one."""
    if path.is_dir():
        return any(p.suffix in (".csv", ".gz") and p.is_file() and sniff(p) for p in sorted(path.iterdir()))
    third = source.head(path, 1 << 14).split(b"\n")[2:3]
    return bool(third) and third[0].startswith(_COLUMNS.encode())


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield the one game of a home and an away file.

    paths: the two files in either order, one of them (the other has "Home" for "Away" in its name), or their folder.
    """
    home, away = _pair(paths)
    tables = [_Table(home, HOME), _Table(away, AWAY)]
    tables[0].check_same_game(tables[1])
    with _frames.at(home):
        tracks = _tracks(tables[0], tables[1])
    roster = tuple(p for t in tables for p in t.players)
    yield Game(
        id=game_id(_game_name(home)),
        league=league.name,
        teams=(Team("home", tables[0].team), Team("away", tables[1].team)),
        roster=roster,
        court_length_m=LENGTH_M,
        court_width_m=WIDTH_M,
        periods=_frames.periods_of(tracks, roster),
        tracks=tracks,
        provider="metrica",
        source=source.fingerprints(home, away),
        terms=TERMS,
    )


def _game_name(home: Path) -> str:
    name = home.name.split(".")[0]
    for word in ("_Home_Team", "_RawTrackingData", "_home", "_Home"):
        name = name.replace(word, "")
    return name or "metrica"


def _pair(paths: tuple[Path, ...]) -> tuple[Path, Path]:
    first = paths[0]
    if first.is_dir():
        found = [p for p in sorted(first.iterdir()) if p.is_file() and sniff(p)]
        if len(found) != 2:
            raise DataError(
                f"{len(found)} Metrica CSV files in this folder",
                path=first,
                expected="a home and an away file",
                todo="Name the two files.",
            )
        paths = (found[0], found[1])
    elif len(paths) == 1:
        source.check_file(first)
        names = [first.name.replace(a, b) for pair in _SWAPS for a, b in (pair, pair[::-1]) if a in first.name]
        other = next((first.with_name(n) for n in names if first.with_name(n).is_file()), None)
        if other is None:
            raise DataError(
                "the other team's file is not beside it",
                path=first,
                expected=names[0] if names else "its pair, with Home for Away in the name",
                todo="Put it there, or name both files.",
            )
        paths = (first, other)
    sides = [_header(source.check_file(p))[0][3].strip().lower() for p in paths[:2]]
    if sides == ["home", "away"]:
        return paths[0], paths[1]
    if sides == ["away", "home"]:
        return paths[1], paths[0]
    raise DataError(
        f'the two files are of "{sides[0]}" and "{sides[1]}"',
        path=paths[1],
        expected="one Home and one Away",
        todo="Name the two files of one game.",
    )


def _header(path: Path) -> list[list[str]]:
    """Return the cells of the three header lines."""
    lines = _frames.check_utf8(source.head(path, 1 << 14), path).splitlines()[:3]
    if len(lines) < 3 or not lines[2].startswith(_COLUMNS) or len(lines[0].split(",")) < 4:
        raise DataError(
            "this is not a Metrica tracking CSV",
            path=path,
            line=min(3, max(1, len(lines))),
            expected="three header lines, the third beginning Period,Frame,Time [s]",
            todo="Check --provider.",
        )
    return [line.split(",") for line in lines]


class _Table:
    """One team's file: its name, players, and the columns period, frame, time_s (T,), players_xy, ball_xy."""

    def __init__(self, path: Path, side: int) -> None:
        import polars as pl

        self.path = path
        team, numbers, names = _header(path)
        self.team = one_line(team[3], 60)
        who = "home" if side == HOME else "away"
        cells = [(i, numbers[i].strip(), names[i]) for i in range(3, len(names) - 1, 2) if names[i].strip() != "Ball"]
        if not cells:
            raise DataError(f"the {who} team has no players", path=path, line=3, expected="a column pair a player")
        self.players = [
            Player(f"{who}_{n}", one_line(name, 60) or f"{who}_{n}", side, _frames.whole(n)) for _, n, name in cells
        ]
        if len(names) <= 3 + 2 * len(cells) or names[3 + 2 * len(cells)].strip() != "Ball":
            raise DataError("the last column pair is not the ball", path=path, line=3, expected="Ball")
        columns: dict[str, type[pl.DataType]] = {"Period": pl.Int32, "Frame": pl.Int32, "Time [s]": pl.Float64}
        for _, _, name in [*cells, (0, "", "Ball")]:
            columns |= {f"{name} x": pl.Float32, f"{name} y": pl.Float32}
        body: bytes | Path = path if path.suffix not in (".gz", ".xz") else source.read_bytes(path)
        table = _frames.number_table(body, columns, path, skip=3)
        if not table.height:
            raise DataError("there are no frames in it", path=path, line=4, expected="a line a frame")
        self.period, self.frame = table["Period"].to_numpy(), table["Frame"].to_numpy()
        self.time_s = table["Time [s]"].to_numpy()
        shares = np.empty((table.height, len(cells) + 1, 2), np.float32)
        for i, name in enumerate(list(columns)[3:]):
            shares[:, i // 2, i % 2] = table[name].to_numpy()
        half = np.isnan(shares).sum(-1) == 1
        if half.any() or np.isinf(shares).any():
            row = int(np.argwhere(half | np.isinf(shares).any(-1))[0][0])
            raise DataError(
                "a position is half missing or infinite",
                path=path,
                line=row + 4,
                expected="two numbers or two NaN",
                todo="Correct the value, or ask the provider for the file again.",
            )
        self.players_xy, self.ball_xy = shares[:, :-1], shares[:, -1]

    def check_same_game(self, other: _Table) -> None:
        """Raise DataError at the first line in which the two files differ in frame, period or ball."""
        todo = "Name the two files of one game, complete."
        if len(self.frame) != len(other.frame):
            raise DataError(
                f"{len(other.frame)} frames, but {self.path.name} has {len(self.frame)}",
                path=other.path,
                expected="the same frames in both files",
                todo=todo,
            )
        differ = (self.frame != other.frame) | (self.period != other.period)
        ball = ~((self.ball_xy == other.ball_xy) | (np.isnan(self.ball_xy) & np.isnan(other.ball_xy))).all(1)
        for wrong, what in ((differ, "the frame or period"), (ball, "the ball's position")):
            if wrong.any():
                raise DataError(
                    f"{what} differs from {self.path.name}",
                    path=other.path,
                    line=int(wrong.argmax()) + 4,
                    expected="the same in both files",
                    todo=todo,
                )


def _tracks(home: _Table, away: _Table) -> Tracks:
    slots = tuple(Slot(p.id, p.side) for t in (home, away) for p in t.players)
    arrays = empty_tracks(len(home.frame), slots, _rate(home))
    arrays["frame"], arrays["period"] = home.frame, home.period.astype(np.int8)
    shares = np.concatenate([home.players_xy, away.players_xy], 1)
    arrays["present"] = ~np.isnan(shares[..., 0])
    arrays["xy"] = np.where(arrays["present"][..., None], _metres(shares), np.float32(0))
    arrays["ball_present"] = ~np.isnan(home.ball_xy[:, 0])
    arrays["ball_xy"] = np.where(arrays["ball_present"][:, None], _metres(home.ball_xy), np.float32(0))
    step = float(1 / arrays["rate_hz"])
    for period in np.unique(home.period):
        rows = home.period == period
        arrays["t_s"][rows] = home.time_s[rows] - (home.time_s[rows][0] - step)  # frame 1 is stamped 0.04
    return Tracks(**arrays)


def _metres(shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of the pitch from its top left corner into metres about its centre, y up: (..., 2) -> (..., 2)."""
    return (shares - np.float32(0.5)) * np.array([LENGTH_M, -WIDTH_M], np.float32)


def _rate(table: _Table) -> Fraction:
    """The frame rate that the file's own clock shows; 25 Hz in all of Metrica's files."""
    next_frame = np.diff(table.frame) == 1
    if not next_frame.any():
        return Fraction(25)
    step_s = float(np.median(np.diff(table.time_s)[next_frame]))
    if step_s <= 0:
        row = int(np.argmax(next_frame & (np.diff(table.time_s) <= 0))) + 1
        raise DataError(
            f"time does not move on ({table.time_s[row - 1]:g} s, then {table.time_s[row]:g} s)",
            path=table.path,
            line=row + 4,
            key="Time [s]",
            expected="a clock that runs at the frame rate",
        )
    return _frames.rate_hz(1 / step_s, table.path, "Time [s]")
