"""Ask the library: events by filter, anything by read-only SQL that cannot reach the disk.

DuckDB runs in memory over Arrow data sets of the library's Parquet files. Its own access to files, extensions and the
network is switched off and locked before the user's text is seen; values are bound, never pasted.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from sportsai.errors import DataError, StoreError, nearest, one_line
from sportsai.library.form import as_kept, events_table
from sportsai.library.store import Library

MOST_MEMORY = "4GB"  # of one query
STOPS_S = 2.0  # how long an interrupted query is waited for; a single function of one value may not hear of it
_INNER = re.compile(r"\b(arrow_scan\w*|pandas_scan|python_map_function)\s*\(", re.IGNORECASE)  # take addresses
VIEWS = ("games", "players", "frames", "tracks", "events", "predictions")


def connect(library: Library) -> duckdb.DuckDBPyConnection:
    """Return a locked-down in-memory DuckDB that sees the library as the views of VIEWS."""
    con = duckdb.connect(":memory:", config={"threads": 2})
    try:
        _open_views(con, library)
    except BaseException:
        con.close()
        raise
    return con


def _open_views(con: duckdb.DuckDBPyConnection, library: Library) -> None:
    games, players = _games_and_players(library)
    con.register("games", games)
    con.register("players", players)
    for kind, paths in library.tables().items():
        with as_kept(library.folder):
            con.register(kind, ds.dataset([str(p) for p in paths], format="parquet") if paths else _empty(kind))
    for setting in (
        "python_enable_replacements = false",
        f"memory_limit = '{MOST_MEMORY}'",
        "temp_directory = ''",  # nothing is spilled to the disk
        "enable_external_access = false",
        "allow_community_extensions = false",
        "lock_configuration = true",
    ):
        con.execute(f"SET {setting}")


def _games_and_players(library: Library) -> tuple[pa.Table, pa.Table]:
    games: dict[str, list[Any]] = {
        k: [] for k in ("game_id", "league", "home", "away", "date", "home_score", "away_score", "provider")
    }
    players: dict[str, list[Any]] = {
        k: []
        for k in (
            "game_id",
            "player_id",
            "name",
            "short_name",
            "team",
            "team_abbreviation",
            "side",
            "number",
            "position",
        )
    }
    for g in library.games():
        score = g["score"] or (None, None)
        names = [t["name"] for t in g["teams"]]
        row = (g["id"], g["league"], *names, g["date"], *score, g["provider"])
        for key, value in zip(games, row, strict=True):
            games[key].append(value)
        for p in g["roster"]:
            side = p["side"]
            team = g["teams"][side] if side in (0, 1) else {"name": None, "abbreviation": None}
            row = (
                g["id"],
                p["id"],
                p["name"],
                p["short_name"],
                team["name"],
                team["abbreviation"],
                side,
                p["number"],
                p["position"],
            )
            for key, value in zip(players, row, strict=True):
                players[key].append(value)
    text, whole = pa.string(), pa.int64()
    kinds = {"home_score": whole, "away_score": whole, "side": whole, "number": whole}
    made = [pa.table({k: pa.array(v, kinds.get(k, text)) for k, v in t.items()}) for t in (games, players)]
    return made[0], made[1]


def _empty(kind: str) -> pa.Table:
    from sportsai.data import empty_events

    if kind == "events":
        return events_table(empty_events(), "")
    if kind == "predictions":
        return events_table(empty_events(), "", "")
    names = {
        "frames": ("frame", "period", "t_s", "ball_x", "ball_y", "ball_z", "possession", "holder"),
        "tracks": ("frame", "slot", "player_id", "side", "x", "y", "estimated"),
    }[kind]
    return pa.table({"game_id": pa.array([], pa.string()), **{n: pa.array([], pa.float32()) for n in names}})


def run_sql(library: Library, sql: str, limit: int | None = None) -> pd.DataFrame:
    """Run one read-only query over the library; raise DataError with DuckDB's own reason when it cannot run."""
    if not sql.isascii() and sql.encode("utf-8", "replace").decode() != sql:
        raise DataError("the query is not UTF-8 text", key="--sql", expected="a single read-only SELECT")
    con = connect(library)
    try:
        statements = con.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise DataError(
                "this is not one SELECT" if statements else "the query is empty",
                key="--sql",
                expected="a single read-only SELECT",
                todo=f"Views: {', '.join(VIEWS)}.",
            )
        inner = _INNER.search(sql)
        if inner:
            raise DataError(f'"{inner[1]}" is not for queries', key="--sql", todo=f"Views: {', '.join(VIEWS)}.")
        return _interruptible(con, lambda: _fetched(con.execute(statements[0]), limit))
    except (duckdb.Error, pa.ArrowException, OSError) as bad:
        reason = one_line(str(bad).split("LINE 1:")[0], 240)
        raise DataError(f"the query cannot run ({reason})", key="--sql", todo=f"Views: {', '.join(VIEWS)}.") from None


def _fetched(result: duckdb.DuckDBPyConnection, limit: int | None) -> pd.DataFrame:
    names = [d[0] for d in result.description or []]
    return pd.DataFrame(result.fetchall() if limit is None else result.fetchmany(limit), columns=names)


def _interruptible(con: duckdb.DuckDBPyConnection, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return what `ask` returns, asked in a thread of its own: Ctrl-C in this one stops the query, however long."""
    done: Future[pd.DataFrame] = Future()

    def run() -> None:
        try:
            done.set_result(ask())
        except BaseException as bad:  # handed to who waits
            done.set_exception(bad)
        finally:
            con.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():  # a wait without end is not woken by a signal everywhere
            thread.join(0.2)
        return done.result()
    except KeyboardInterrupt:
        con.interrupt()
        thread.join(STOPS_S)
        raise


def find_events(
    library: Library,
    *,
    event: str | None = None,
    game: str | None = None,
    player: str | None = None,
    team: str | None = None,
    period: int | None = None,
    min_score: float | None = None,
    limit: int = 50,
) -> pd.DataFrame:
    """Return recognised events that match every filter given, with names for people, in order of game and time."""
    if game is not None:
        library.version(game)
    con = connect(library)
    try:
        if not library.tables()["predictions"]:
            raise StoreError(
                "no game in this library has been analysed",
                where=library.folder,
                todo="Run `sportsai analyse GAME` first.",
            )
        types = [r[0] for r in con.execute("select distinct type from predictions order by 1").fetchall()]
        if event is not None and event not in types:
            raise DataError(f'no event of type "{one_line(event, 40)}" was recognised', todo=nearest(event, types))
        where, values = ["true"], []
        for clause, value in (
            ("e.type = ?", event),
            ("e.game_id = ?", game),
            ("(e.player_id = ? or contains(lower(p.name), lower(?)))", player),
            ("(contains(lower(p.team), lower(?)) or lower(p.team_abbreviation) = lower(?))", team),
            ("e.period = ?", period),
            ("e.score >= ?", min_score),
        ):
            if value is not None:
                where.append(clause)
                values += [value] * clause.count("?")
        return con.execute(
            f"""select e.game_id as game, e.period, round(e.t_s, 1) as t_s, e.type, p.name as player, p.team,
                       round(e.x, 1) as x_m, round(e.y, 1) as y_m, round(e.score, 3) as probability,
                       e.start_frame, e.end_frame
                from predictions e left join players p on p.game_id = e.game_id and p.player_id = e.player_id
                where {" and ".join(where)} order by e.game_id, e.period, e.t_s limit ?""",
            [*values, limit],
        ).df()
    finally:
        con.close()
