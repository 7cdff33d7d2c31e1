"""`sportsai season` as it is typed: what it prints, its exit codes, a scheduler by address and one that goes away."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sportsai.errors import SportsaiError
from sportsai.season import pool as pools
from sportsai.season.pool import Cluster, Task
from tests.cli.conftest import type_
from tests.season.conftest import LEAGUE

__all__ = ["type_"]
Typed = Callable[..., str]


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """A Dask cluster of somebody's own, known by its address; its workers are threads of this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as one:  # fmt: skip
        yield one


def test_a_season_in_one_process(type_: Typed, games: Path, quick: list[str], tmp_path: Path) -> None:
    out = type_("season", str(games), "-l", LEAGUE, "--workers", "0")
    assert "4 games, 4 of them new, 4 reports written" in out and "games an hour" in out
    assert out.splitlines()[-1] == str(tmp_path / "season-soccer" / "season.html")
    assert "4 games, 0 of them new, 0 reports" in type_("season", str(games), "-l", LEAGUE, "--workers", "0")


def test_what_failed_is_a_table_a_record_and_an_exit_code(type_: Typed, games: Path, quick: list[str]) -> None:
    (games / "game2.csv").write_text("n,who,team,x_m,y_m\n0,r1,reds,oops,1\n")
    line = type_("season", str(games), "-l", LEAGUE, "--workers", "0", code=1)
    assert "1 failed, 3 games are in" in line and "season-soccer/season.json" in line
    kept = json.loads(Path("season-soccer/season.json").read_text())
    assert kept["failed"][0]["source"].endswith("game2.csv") and "oops" in kept["failed"][0]["why"]


def test_json_for_scripts(type_: Typed, games: Path, quick: list[str]) -> None:
    said = json.loads(type_("season", str(games), "-l", LEAGUE, "--workers", "0", "--json"))
    assert said["games"] == 4 and said["failed"] == [] and said["page"].endswith("season.html")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("season", "x"), "--league L"),
        (("season", "gone", "-l", LEAGUE, "--workers", "0"), "no such file or folder"),
        (("season", "x", "-l", "socker"), "soccer"),
        (("season", "x", "-l", LEAGUE, "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "one of the two"),
        (("season", "--library", "here", "--fetch", "there"), "this library is a folder already"),
    ],
)
def test_mistakes_are_one_line(type_: Typed, words: tuple[str, ...], line: str) -> None:
    assert line in type_(*words, code=1)


def test_a_scheduler_by_its_address(type_: Typed, games: Path, quick: list[str], elsewhere: Any) -> None:
    out = type_("season", str(games), "-l", LEAGUE, "--scheduler", elsewhere.scheduler_address)
    assert "4 games, 4 of them new, 4 reports written" in out
    assert sorted(quick) == ["game0", "game1", "game2", "game3"]


def test_a_scheduler_that_goes_away_is_one_line(elsewhere: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    monkeypatch.setattr(pools, "WAIT_S", 2.0)

    def tasks() -> Iterator[Task]:
        for n in range(100):
            if n == 5:
                elsewhere.close()
                gone.set()
            yield abs, (-n,)

    with Cluster(elsewhere.scheduler_address) as pool, pytest.raises(SportsaiError, match="connection to the Dask"):
        list(pool.each(tasks(), lambda task, why: None))
    assert gone.is_set()
