"""The same season on Dask: in threads here, on processes one of which is killed, stopped and gone on with."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sportsai.errors import SportsaiError
from sportsai.library import Library
from sportsai.season import pool as pools
from sportsai.season.pool import Cluster, Task
from sportsai.season.run import Season, run_season
from sportsai.season.work import Job
from tests.season.conftest import LEAGUE

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(workers=2, processes=False) as one:
        yield one


def season(folder: Path, games: Path, pool: Cluster) -> Season:
    return run_season((games,), LEAGUE, Job(LEAGUE, str(folder / "library"), retries=0), str(folder / "pages"), pool)


def test_a_season_on_dask_is_that_of_one_process(
    games: Path, tmp_path: Path, quick: list[str], cluster: Cluster
) -> None:  # fmt: skip
    (games / "game1.csv").write_text("n,who,team,x_m,y_m\n0,r1,reds,oops,1\n")
    here = run_season((games,), LEAGUE, Job(LEAGUE, str(tmp_path / "a")), str(tmp_path / "one"), pools.Here())
    there = season(tmp_path, games, cluster)
    for one in (here, there):
        for told in one.summaries:
            told.pop("mark")
    assert here.summaries == there.summaries
    assert [o.why for o in there.failed] == [o.why for o in here.failed] != []
    assert sorted(there.reports) == ["game0", "game2", "game3"]


def test_no_more_tasks_are_under_way_than_there_are_threads(cluster: Cluster) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def tasks() -> Iterator[Task]:
        nonlocal under_way, most
        for n in range(12):
            with lock:
                under_way += 1
                most = max(most, under_way)
            yield abs, (-n,)

    got = []
    for value in cluster.each(tasks(), lambda task, why: None):
        with lock:
            under_way -= 1
        got.append(value)
    assert sorted(got) == list(range(12))
    assert most <= cluster.threads + 1


def boom() -> None:
    raise RuntimeError("by itself")


def test_a_task_that_raises_is_lost_with_its_reason(cluster: Cluster) -> None:
    lost: list[str] = []
    got = list(cluster.each([(boom, ()), (abs, (-1,))], lambda task, why: lost.append(why)))
    assert sorted(got, key=str) == [1, None] and lost == ["RuntimeError: by itself"]


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(pools, "WAIT_S", 0.5)
    with pytest.raises(SportsaiError, match="no Dask cluster answers"), Cluster(f"tcp://127.0.0.1:{port}"):
        pass


def ended() -> None:
    os._exit(7)


def slow() -> int:
    time.sleep(0.5)
    return 5


@pytest.mark.slow
def test_a_task_that_ends_its_process_is_named_and_its_neighbours_are_not_blamed() -> None:
    lost: list[tuple[Task, str]] = []
    tasks: list[Task] = [(slow, ()), (ended, ()), *[(slow, ())] * 4]
    with Cluster(workers=2, retries=1) as pool:
        got = list(pool.each(tasks, lambda task, why: lost.append((task, why))))
    assert got.count(5) == 5 and len(lost) == 1
    assert lost[0][0][0] is ended and "died 2 times" in lost[0][1]


def command(games: Path, folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "sportsai", "season", str(games), "-l", LEAGUE, "--library", str(folder / "library"),
            "--reports", str(folder / "pages"), *more]  # fmt: skip


@pytest.mark.slow
def test_a_worker_killed_on_the_way_costs_nothing(games: Path, tmp_path: Path) -> None:
    running = subprocess.Popen(command(games, tmp_path, "--workers", "2"), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    end, killed = time.monotonic() + 200, False
    while running.poll() is None and time.monotonic() < end:
        if not killed and (tmp_path / "library" / "games").is_dir():
            below = psutil.Process(running.pid).children(recursive=True)
            os.kill(max(below, key=lambda p: p.memory_info().rss).pid, signal.SIGKILL)
            killed = True
        time.sleep(0.02)
    out, err = running.communicate(timeout=60)
    assert killed and running.returncode == 0, err
    assert "4 games" in out
    record = json.loads((tmp_path / "pages" / "season.json").read_text())
    assert [g["report"] for g in record["games"]] == [f"games/game{n}.html" for n in range(4)]
    assert record["failed"] == []
    for game in Library(tmp_path / "library"):
        Library(tmp_path / "library").load(game)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_season_killed_or_stopped_goes_on_where_it_was(games: Path, tmp_path: Path, how: signal.Signals) -> None:
    running = subprocess.Popen(command(games, tmp_path, "--workers", "2"), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
    end = time.monotonic() + 200
    while not list((tmp_path / "library").glob("games/*/current")) and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(running.pid, how)  # as a terminal does
    _, err = running.communicate(timeout=60)
    if how == signal.SIGINT:
        assert running.returncode == 130, err
        assert err.count("\n") == 1 and "Run the same command to go on" in err
    held = Library(tmp_path / "library")
    assert len(held.ids()) >= 1
    for game in held:
        held.load(game)
    again = subprocess.run(command(games, tmp_path, "--workers", "0", "--json"), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["games"] == 4
    assert not [p for p in (tmp_path / "library").rglob("*") if p.name.startswith(".v-")]
