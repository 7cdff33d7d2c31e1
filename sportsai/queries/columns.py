"""Every event of a library as columns in memory, in order of game, period and time; read anew when a file changed.

A moment's own time is its t_s. An event that lasts (of the league's phases and plays, or of a type the league has no
event for, as a highlight) spans its frames [start_frame, end_frame) in seconds. Times are whole microseconds, so that
5 s is 5 s, and begin at `T0` so that those a little before a period's start stay positive.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from sportsai.court import League, load_league
from sportsai.errors import LeagueError, StoreError
from sportsai.library import Library

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
Float = NDArray[np.float64]

LASTING = ("phase", "play")  # groups of a league's events that have a length
MICRO = 1_000_000
T0 = 1 << 39  # microseconds; a period's times lie in (0, BITS)
BITS = 40  # of a time; what stands above them says which period, team or player
RECOGNISED, LOGGED = 0, 1
SOURCES = ("recognised", "logged")
_COLUMNS = ("game_id", "event_id", "period", "t_s", "frame", "type", "side", "player_id", "x", "y", "score",
            "start_frame", "end_frame")  # fmt: skip
_KEPT = 2  # libraries held at once


@dataclass(frozen=True)
class About:
    """A game's facts that queries need. right: period -> the side that attacks right. score: the final one."""

    id: str
    league: str
    title: str
    teams: tuple[Mapping[str, Any], ...]
    roster: tuple[Mapping[str, Any], ...]
    right: Mapping[int, int | None]
    rate_hz: float | None
    size_m: tuple[float, float]
    score: tuple[int, int] | None


@dataclass(frozen=True)
class Columns:
    """N events.

    Shapes
    ------
    game, type, player, event_id (N,) codes of `games`, `types`, `people` and the row's own; player -1 unknown.
    period, side, source (N,). t_s (N,) seconds, NaN unknown. start, end, until (N,) microseconds: where it begins and
    ends, and the first moment after it (of a moment one microsecond later). segment (N,) number of its game and period.
    x, y, score (N,), NaN unknown. first, last (N,) frames [first, last). row (N,) of the table that was read.
    people: (game, player id). analysed: (G,) whether a game has recognised events.
    """

    games: tuple[About, ...]
    types: tuple[str, ...]
    people: tuple[tuple[int, str], ...]
    game: Int
    type: Int
    player: Int
    period: Int
    side: NDArray[np.int8]
    source: NDArray[np.int8]
    t_s: Float
    start: Int
    end: Int
    until: Int
    segment: Int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    score: NDArray[np.float32]
    first: Int
    last: Int
    frame: Int
    row: Int
    event_id: pa.ChunkedArray
    analysed: Bool
    paths: tuple[tuple[Path, ...], tuple[Path, ...]]

    def __len__(self) -> int:
        return len(self.game)

    @property
    def lasts(self) -> Bool:
        """Which events have a length, (N,)."""
        return self.end > self.start

    @cached_property
    def firsts(self) -> Int:
        """The first event of each segment, (segments,)."""
        return np.flatnonzero(np.diff(self.segment, prepend=-1))

    @cached_property
    def leagues(self) -> dict[str, League | None]:
        """The league of each name in the library; None where it is not known here."""
        found: dict[str, League | None] = {}
        for g in self.games:
            if g.league not in found:
                try:
                    found[g.league] = load_league(g.league)
                except LeagueError:
                    found[g.league] = None
        return found

    @cached_property
    def person(self) -> list[Mapping[str, Any] | None]:
        """The roster's entry of each of `people`; None where no roster has the id."""
        rosters = [{str(p["id"]): p for p in g.roster} for g in self.games]
        return [rosters[g].get(i) for g, i in self.people]

    @cached_property
    def _more(self) -> dict[str, Any]:
        return {}

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a further column of the files (other_ids, attributes), in the order of `row`; read once."""
        if name not in self._more:
            self._more[name] = pa.chunked_array(
                [c for paths in self.paths if paths for c in _read(paths, [name])[name].chunks]
                or [pa.array([], pa.string())]
            )
        return self._more[name]

    def attributes(self, index: Int) -> list[dict[str, Any]]:
        """Return what else is known of some events, (n,) dicts."""
        texts = self.column("attributes").take(pa.array(self.row[index])).to_pylist()
        return [orjson.loads(t) if t and t != "{}" else {} for t in texts]

    def others(self, index: Int) -> list[list[str]]:
        """Return the ids of the others involved in some events, (n,) lists."""
        return self.column("other_ids").take(pa.array(self.row[index])).to_pylist()


_OPEN: OrderedDict[str, tuple[Any, Columns]] = OrderedDict()


def columns_of(library: Library) -> Columns:
    """Return the events of a library; those in memory where no file of it changed since they were read."""
    name, now = str(library.folder.resolve()), _signature(library.folder / "games")
    held = _OPEN.get(name)
    if held is None or held[0] != now:
        _OPEN[name] = held = (now, read_columns(library))
        while len(_OPEN) > _KEPT:
            _OPEN.popitem(last=False)
    _OPEN.move_to_end(name)
    return held[1]


def _signature(games: Path) -> list[tuple[str, int, int]]:
    """Return name, time and size of every entry of the games' folders and of their versions.

    Files of a library are only ever replaced or appended to: whatever changes in it changes one of these.
    """
    found: list[tuple[str, int, int]] = []
    if not games.is_dir():
        return found
    todo = [(e.path, 0) for e in os.scandir(games) if e.is_dir()]
    while todo:
        folder, depth = todo.pop()
        try:
            for e in os.scandir(folder):
                s = e.stat()
                found.append((e.path, s.st_mtime_ns, s.st_size))
                if depth < 2 and e.is_dir():
                    todo.append((e.path, depth + 1))
        except FileNotFoundError:  # a version that was just replaced
            found.append((folder, 0, 0))
    return sorted(found)


# ---- reading ---------------------------------------------------------------------------------------------------------


def read_columns(library: Library) -> Columns:
    """Return the events of a library, read from its files."""
    games = [_about(f) for f in library.games()]
    found = library.tables()
    paths = (tuple(found["predictions"]), tuple(found["events"]))
    tables = [_read(p, list(_COLUMNS)) for p in paths if p]
    source = np.repeat(np.array([k for k, p in enumerate(paths) if p], np.int8), [t.num_rows for t in tables])
    table = pa.concat_tables(tables) if tables else _empty()
    return build(games, table, source, paths)


def build(
    games: Sequence[About], table: pa.Table, source: NDArray[np.int8], paths: tuple[tuple[Path, ...], tuple[Path, ...]]
) -> Columns:
    """Return the columns of a table of events (form.events_table's), in order; source (N,) says whence each is."""
    ids = {g.id: k for k, g in enumerate(games)}
    game, game_names = _codes(table["game_id"])
    game = np.array([ids.get(n, -1) for n in game_names] or [0], np.int64)[game] if len(game) else game
    type_, types = _codes(table["type"])
    player, names = _codes(table["player_id"])
    pair = np.where(player >= 0, game * max(1, len(names)) + player, -1)
    known, person = np.unique(pair, return_inverse=True)
    shift = int(len(known) > 0 and known[0] < 0)
    people = tuple((int(k) // len(names), names[int(k) % len(names)]) for k in known[shift:])
    period, t_s = (_numbers(table[c], d) for c, d in (("period", np.int64), ("t_s", np.float64)))
    start, end, until = _times(games, game, types, type_, table, t_s)
    segment = _segments(game, period)
    order = np.argsort((segment << BITS) + start, kind="stable")
    side = _numbers(table["side"], np.int8)
    analysed = np.zeros(len(games), bool)
    analysed[game[source == RECOGNISED]] = True

    def take(values: Any) -> Any:
        return values[order]

    return Columns(
        games=tuple(games), types=tuple(types), people=people, game=take(game), type=take(type_),
        player=take(person - shift), period=take(period), side=take(side), source=take(source), t_s=take(t_s),
        start=take(start), end=take(end), until=take(until), segment=take(segment),
        x=take(_numbers(table["x"], np.float32)), y=take(_numbers(table["y"], np.float32)),
        score=take(_numbers(table["score"], np.float32)), first=take(_numbers(table["start_frame"], np.int64)),
        last=take(_numbers(table["end_frame"], np.int64)), frame=take(_numbers(table["frame"], np.int64)), row=order,
        event_id=table["event_id"], analysed=analysed, paths=paths,
    )  # fmt: skip


def _about(facts: Mapping[str, Any]) -> About:
    rate = (facts.get("tracks") or {}).get("rate_hz")
    home, away = facts["teams"]
    names = [t.get("short_name") or t["name"] for t in (home, away)]
    score = facts.get("score")
    return About(
        id=facts["id"], league=facts["league"], title=f"{names[0]} - {names[1]}", teams=(home, away),
        roster=tuple(facts["roster"]), right={int(p["number"]): p.get("attacks_right") for p in facts["periods"]},
        rate_hz=rate[0] / rate[1] if rate else None, size_m=(facts["court_length_m"], facts["court_width_m"]),
        score=(int(score[0]), int(score[1])) if score else None,
    )  # fmt: skip


def _read(paths: Sequence[Path], names: list[str]) -> pa.Table:
    try:
        return ds.dataset([str(p) for p in paths], format="parquet").to_table(columns=names)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as bad:
        raise StoreError(
            f"events of this library cannot be read ({bad})", todo="Ingest or analyse the game again."
        ) from None


def _empty() -> pa.Table:
    return pa.table(
        {n: pa.array([], pa.string() if n.endswith("_id") or n == "type" else pa.float64()) for n in _COLUMNS}
    )


def _codes(column: pa.ChunkedArray) -> tuple[Int, list[str]]:
    """Return a text column as codes (N,), -1 for null, and the texts."""
    if not len(column):
        return np.zeros(0, np.int64), []
    coded = pc.dictionary_encode(column.combine_chunks())
    names = [str(v) for v in coded.dictionary.to_pylist()]
    return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64), names


def _numbers(column: pa.ChunkedArray, dtype: Any) -> Any:
    return column.to_numpy().astype(dtype, copy=False)


def _times(
    games: Sequence[About], game: Int, types: Sequence[str], type_: Int, table: pa.Table, t_s: Float
) -> tuple[Int, Int, Int]:
    """Return start, end and until (N,) in microseconds; 0 for an event whose time is not known."""
    known = np.isfinite(t_s)
    at = np.where(known, np.rint(np.where(known, t_s, 0) * MICRO) + T0, 0).astype(np.int64)
    rate = np.array([g.rate_hz or np.nan for g in games] or [np.nan])[game]
    frame, first, last = (_numbers(table[c], np.float64) for c in ("frame", "start_frame", "end_frame"))
    long = known & _lasting(games, game, types, type_) & np.isfinite(rate) & (last > first) & (first >= 0)
    start = np.where(long, at + np.rint((first - frame) / np.where(long, rate, 1) * MICRO), at).astype(np.int64)
    end = np.where(long, at + np.rint((last - frame) / np.where(long, rate, 1) * MICRO), at).astype(np.int64)
    return start, end, np.where(end > start, end, start + 1)


def _lasting(games: Sequence[About], game: Int, types: Sequence[str], type_: Int) -> Bool:
    """Return which events are of a type that lasts in their league, (N,)."""
    leagues = sorted({g.league for g in games})
    table = np.ones((max(1, len(leagues)), len(types) + 1), bool)
    for i, name in enumerate(leagues):
        try:
            events = load_league(name).events
        except LeagueError:
            continue
        for k, t in enumerate(types):
            table[i, k] = t not in events or events[t].group in LASTING
    of = np.array([leagues.index(g.league) for g in games] or [0], np.int64)
    return table[of[game], type_] if len(game) else np.zeros(0, bool)


def _segments(game: Int, period: Int) -> Int:
    """Return a number for each game and period, (N,), in their order."""
    if not len(game):
        return np.zeros(0, np.int64)
    return np.unique(game * 512 + period, return_inverse=True)[1].astype(np.int64)
