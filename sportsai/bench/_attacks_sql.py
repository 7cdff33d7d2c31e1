"""SQL that would leave the library: through `sportsai query --sql`, through names, and through questions in words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sportsai.bench._attacks import OUTSIDE, Attack, Through, harmless, refused

_READS = (
    "select * from read_text('{f}')", "select * from read_blob('{f}')", "select * from read_csv('{f}')",
    "select * from read_csv_auto('{f}')", "select * from read_json('{f}')", "select * from read_parquet('{f}')",
    "select * from parquet_scan('{f}')", "select * from parquet_metadata('{f}')", "select * from parquet_schema('{f}')",
    "select * from sniff_csv('{f}')", "select * from '{f}'", 'select * from "{f}"', "select * from glob('{d}/*')",
    "from '{f}' select *", "with t as (select * from read_text('{f}')) select * from t", "describe select * from '{f}'",
    "summarize '{f}'", "select (select content from read_text('{f}'))", "select * from query('select * from ''{f}''')",
    "select * from query_table('{f}')", "select getenv('HOME')", "select * from duckdb_secrets()",
)  # fmt: skip
_WRITES = (
    "copy (select 1) to '{o}'", "copy games to '{o}' (format parquet)", "export database '{o}'",
    "attach '{o}' as a", "attach '{o}' (type sqlite)", "create table t as select 1", "create view v as select 1",
    "create macro m() as 1", "insert into games select * from games", "delete from games", "update games set id = 1",
    "drop view games", "alter table games add column x int", "checkpoint", "vacuum", "use main", "detach memory",
    "import database '{d}'", "create secret s (type s3)", "begin transaction", "prepare p as select 1",
)  # fmt: skip
_REACHES = (
    "install httpfs", "load httpfs", "install '{o}'", "load '{o}'", "select * from 'http://127.0.0.1:{p}/x.csv'",
    "select * from read_csv('http://127.0.0.1:{p}/x.csv')", "select * from 's3://bucket/x.parquet'",
    "attach 'http://127.0.0.1:{p}/x.db'", "call pragma_version()", "pragma database_list", "pragma version",
    "set enable_external_access = true", "set lock_configuration = false", "set memory_limit = '100GB'",
    "reset enable_external_access", "set allowed_directories = ['/']", "set temp_directory = '{d}'",
    "select 1; select 2", "select 1; copy (select 1) to '{o}'", "select 1 -- \n; drop view games",
    "select * from arrow_scan(1, 2, 3)", "select * from pandas_scan(1)", "select * from python_map_function(1, 2)",
    "select * from sqlite_scan('{f}', 't')", "select * from postgres_scan('host=127.0.0.1', 'a', 'b')",
    "explain analyze copy (select 1) to '{o}'", "execute p", "select * from read_ndjson_objects('{f}')",
)  # fmt: skip


def made() -> list[Attack]:
    """Return the attacks by SQL."""
    return [
        Attack("SQL", "files of this machine read by --sql", partial(_said, _READS)),
        Attack("SQL", "files written, the library changed by --sql", partial(_said, _WRITES)),
        Attack("SQL", "extensions, addresses, settings, a second statement by --sql", partial(_said, _REACHES)),
        Attack("SQL", "names of teams, players and folders that are SQL", _names),
        Attack("SQL", "questions in words that are SQL", _words),
        Attack("SQL", "a query that would take all memory, or never end its answer", _greedy),
    ]


def _said(statements: tuple[str, ...], folder: Path) -> Iterator[str]:
    from sportsai.bench._faults_library import filled
    from sportsai.library.query import run_sql

    library = filled(folder / "library")
    (folder / "secret.csv").write_text("a,b\nsecret,1\n")
    before = _files(folder)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        listens.settimeout(0)
        place = {"f": folder / "secret.csv", "d": folder, "o": folder / OUTSIDE, "p": listens.getsockname()[1]}
        for statement in statements:
            text = statement.format(**place)
            try:
                yield refused(partial(run_sql, library, text))
            except Through as bad:
                raise Through(f"{statement}: {bad}") from None
        try:
            listens.accept()
        except BlockingIOError:
            pass
        else:
            raise Through("an address was asked")
    if _files(folder) != before:
        raise Through("files changed")


def _files(folder: Path) -> dict[str, bytes]:
    kept = (p for p in folder.rglob("*") if p.is_file() and "corrected" not in p.parts and not p.name.endswith(".lock"))
    return {str(p): p.read_bytes() for p in kept}


EVIL = (
    "'; drop table games; --", "x' or '1'='1", '"; attach \'x\' as y; --', "%' union select 1 --", "$1", "{x}", "\\'",
)  # fmt: skip


def _names(folder: Path) -> Iterator[str]:
    from dataclasses import replace

    from sportsai.bench._faults_library import events, made_up
    from sportsai.library import Library
    from sportsai.library.query import find_events, run_sql

    for k, evil in enumerate(EVIL):
        library = Library(folder / f"{k} it's {evil.replace('/', '')}", create=True)
        game = made_up()
        teams = tuple(replace(t, name=f"{evil} {n}") for n, t in enumerate(game.teams))
        roster = tuple(replace(p, name=f"{evil} {n}") for n, p in enumerate(game.roster))
        library.add(replace(game, teams=teams, roster=roster, events=events(game, "log")))
        run = {"run_id": "r1", "made_at": "2026-01-01T00:00:00+00:00", "model": evil, "recipe": evil}
        library.write_predictions("1", events(game, "e"), run)
        found = run_sql(library, "select count(*) n from players where name like '%' and team is not null")
        if int(found["n"].iloc[0]) != len(roster):
            raise Through(f"{evil}: {found}")
        every: tuple[dict[str, Any], ...] = ({"player": evil}, {"event": evil}, {"team": evil}, {"game": evil})
        for given in every:
            yield harmless(partial(find_events, library, **given))
        if library.ids() != ["1"]:
            raise Through(f"{evil}: {library.ids()}")


def _words(folder: Path) -> Iterator[str]:
    from sportsai.bench._faults_library import filled
    from sportsai.queries.ask import ask

    library = filled(folder / "library")
    before = _files(folder)
    for evil in (f"{e}{mark}" for e in EVIL for mark in ("", "'")):
        for text in (evil, f"pass by '{evil}'", f'pass by "{evil}"', f"pass label '{evil}'", f"pass in period {evil}"):
            yield harmless(partial(ask, text, library))
    if _files(folder) != before:
        raise Through("files changed")


def _greedy(folder: Path) -> Iterator[str]:
    from sportsai.bench._faults_library import filled
    from sportsai.library.query import run_sql

    library = filled(folder / "library")
    for text in (
        "select list(range) from range(2000000000)", "select repeat('x', 100000000000)",
        "select string_agg(repeat('x', 1000000), '') from range(100000)",
        "select * from range(100000000) a order by hash(a.range) desc",
        f"select {'(' * 20000}1{')' * 20000}", f"select {'1+' * 100000}1",
    ):  # fmt: skip
        yield harmless(partial(run_sql, library, text, 10))
