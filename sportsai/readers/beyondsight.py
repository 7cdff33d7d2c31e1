"""NeoViews BeyondSight: cuts of one soccer match at 25 Hz, only the players on camera; no events, no names.

Source: github.com/NeoViews/BeyondSight (README, "Rows and Columns"): each row a frame, pairs of x, y in metres from the
pitch's centre, blank when off camera: the ball, 12 away players (the 12th keeps goal), 14 home players (the 14th
keeps goal), and last the four corners of the camera's view. Each file is a cut of the same match; which minute is not
said, so `t_s` counts from the cut's start.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Period, Player, Slot, Team, Tracks, empty_tracks, game_id
from sportsai.data.orientation import find_orientation
from sportsai.errors import DataError
from sportsai.readers import _tables, source

TITLE = "NeoViews BeyondSight, on-camera players of one match (github.com/NeoViews/BeyondSight)"
SPORTS = frozenset({"soccer"})
RATE_HZ = Fraction(25)
TERMS = "NeoViews BeyondSight, MIT"
PLAYERS = (("away", AWAY, 12), ("home", HOME, 14))  # in the order of their columns; the last of each keeps goal
COLUMNS = 62


def sniff(path: Path) -> bool:
    """Whether `path` is such a cut, or a folder of them."""
    if path.is_dir():
        return any(sniff(p) for p in sorted(path.glob("*.parquet"))[:1])
    return _tables.parquet_columns(path) == {f"c{i}" for i in range(COLUMNS)}


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a clip for each file; a folder stands for all of its `*.parquet`. All are cuts of one match."""
    for path in paths:
        files = [p for p in sorted(path.glob("*.parquet")) if sniff(p)] if path.is_dir() else [path]
        if not files:
            raise DataError("no BeyondSight cut in this folder", path=path, expected="subset7.parquet")
        for file in files:
            yield _cut(file, league)


def camera(path: Path) -> NDArray[np.float32]:
    """Return the corners of the camera's view on the pitch, (T, 4, 2) float32 metres."""
    return _values(path)[:, 54:].reshape(-1, 4, 2).astype(np.float32)


def _values(path: Path) -> NDArray[np.float64]:
    table: pd.DataFrame = _tables.read_parquet(path, [f"c{i}" for i in range(COLUMNS)])
    text = [c for c in table if table[c].dtype.kind not in "fiu"]
    if text:
        raise DataError("the column does not hold numbers", path=path, key=str(text[0]), expected="metres")
    values = table.to_numpy(np.float64)
    if np.isinf(values).any():
        row, column = (int(v) for v in np.argwhere(np.isinf(values))[0])
        raise DataError(f"row {row} is {values[row, column]}", path=path, key=f"c{column}", expected="metres or blank")
    return values


def _cut(path: Path, league: League) -> Game:
    values = _values(path)[:, :54].reshape(-1, 27, 2)
    seen = np.asarray(np.isfinite(values).all(-1))
    half = np.isfinite(values).any(-1) & ~seen
    people: list[Player] = []
    for name, side, n in PLAYERS:
        for k in range(1, n + 1):
            number = f"{name.title()} {'goalkeeper' if k == n else k}"
            people.append(Player(f"{name}-{k}", number, side, position="GK" if k == n else None))
    # a column that is blank throughout is nobody
    used = [i for i in range(len(people)) if seen[:, i + 1].any()]
    for name, side, _ in PLAYERS:
        if not any(people[i].side == side for i in used):
            raise DataError(f'team "{name}" has no players', path=path, expected="positions of both teams")
    roster = tuple(people[i] for i in used)
    arrays = empty_tracks(len(values), tuple(Slot(p.id, p.side) for p in roster), RATE_HZ)
    arrays["period"][:] = 1
    arrays["t_s"] = np.arange(len(values)) / float(RATE_HZ)
    columns = [i + 1 for i in used]
    arrays["present"] = seen[:, columns]
    arrays["xy"] = np.where(seen[:, columns, None], values[:, columns], 0).astype(np.float32)
    arrays["ball_present"] = seen[:, 0]
    arrays["ball_xy"] = np.where(seen[:, :1], values[:, 0], 0).astype(np.float32)
    tracks = Tracks(**arrays)
    found = find_orientation(tracks, roster)
    return Game(
        id=game_id(f"beyondsight-{path.stem}"),
        league=league.name,
        teams=(Team("home", "Home"), Team("away", "Away")),
        roster=roster,
        court_length_m=league.court.length_m,
        court_width_m=league.court.width_m,
        periods=(Period(1, 0, len(values), found[0].attacks_right if found else None),),
        tracks=tracks,
        provider="beyondsight",
        source=source.fingerprints(path),
        terms=TERMS,
        repairs={"positions with only one coordinate set aside": int(half.sum())} if half.any() else {},
        kind="clip",
        extra={"of_game": "beyondsight", "clock": "unknown: seconds of the cut"},
    )
