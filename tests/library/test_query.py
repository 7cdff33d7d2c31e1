"""Questions to the library: filters find what they should, and SQL reaches the views and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sportsai.data import events_frame
from sportsai.errors import DataError, StoreError
from sportsai.library import Library
from sportsai.library.query import find_events, run_sql
from tests.conftest import make_game


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "lib", create=True)
    library.add(make_game())
    events = events_frame(
        {
            "frame": [1, 2, 30],
            "t_s": [0.1, 0.2, 3.0],
            "type": ["pass", "turnover", "pass"],
            "player_id": ["h0", "a1", "h1"],
            "score": [0.9, 0.8, 0.4],
            "side": [0, 1, 0],
        }
    )
    library.write_predictions("made-up", events, {"run_id": "r1", "made_at": "2026"})
    return library


def test_filters(library: Library) -> None:
    assert len(find_events(library)) == 3
    assert find_events(library, event="pass", min_score=0.5)["start_frame"].tolist() == [1]
    assert find_events(library, player="player a1")["type"].tolist() == ["turnover"]
    assert find_events(library, team="HOM")["type"].tolist() == ["pass", "pass"]
    assert len(find_events(library, player="'; drop table x; --")) == 0
    with pytest.raises(DataError, match='Did you mean "turnover"'):
        find_events(library, event="turnovr")


def test_sql_sees_the_views(library: Library) -> None:
    table = run_sql(library, "select type, count(*) n from predictions group by type order by n desc")
    assert table.values.tolist() == [["pass", 2], ["turnover", 1]]
    assert run_sql(library, "select count(*) c from tracks t join players p using (game_id, player_id)")["c"][0] == 360


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "copy (select 1) to '/tmp/sportsai-out.csv'",
        "attach '/tmp/sportsai.db'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma database_list",
        "select 1; select 2",
        "create table t as select 1",
        "select * from library",
        "select nothing from nowhere",
        "",
        "'",
    ],
)
def test_sql_reaches_nothing_else(library: Library, sql: str) -> None:
    with pytest.raises(DataError) as caught:
        run_sql(library, sql)
    assert "\n" not in str(caught.value)
    assert not Path("/tmp/sportsai-out.csv").exists()


def test_not_analysed_is_said(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(make_game())
    with pytest.raises(StoreError, match="sportsai analyse GAME"):
        find_events(library)
    assert len(run_sql(library, "select * from predictions")) == 0


def test_a_query_without_end_is_stopped(tmp_path: Path) -> None:
    import signal
    import threading

    library = Library(tmp_path / "lib", create=True)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(1.0, signal.raise_signal, (signal.SIGINT,)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_sql(
                library, "select count(*) from range(100000000) a, range(100000000) b where (a.range + b.range) % 7 = 3"
            )
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("function", ["arrow_scan(1, 2, 3)", "pandas_scan (1)", "python_map_function(1, 2)"])
def test_functions_that_take_addresses_are_refused(tmp_path: Path, function: str) -> None:
    with pytest.raises(DataError, match="is not for queries"):
        run_sql(Library(tmp_path / "lib", create=True), f"select * from {function}")


def test_nothing_is_spilled_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = run_sql(Library(tmp_path / "lib", create=True), "select current_setting('temp_directory') t")
    assert made["t"].tolist() == [""]
    assert [p.name for p in tmp_path.iterdir()] == ["lib"]


def test_a_query_ends_before_its_answer_is_given(library: Library) -> None:
    """A thread that still closed its database would abort the program at its end."""
    import threading

    before = threading.active_count()
    assert len(run_sql(library, "select 1")) == 1
    with pytest.raises(DataError):
        run_sql(library, "select nope from games")
    assert threading.active_count() == before
