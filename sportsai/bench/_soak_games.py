"""The process that is watched in `bench soak`: game after game, a season's worth kept, then all removed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LEAGUE, RALLIES = "volleyball", 20
SEASON = 380  # games, after which the library is emptied
QUESTION = "attack then block"
ASKED = 10  # of so many games one report is asked for at the desk


def soak(folder: Path, minutes: float, season: int = SEASON) -> None:
    """Play games until the minutes are over; append a line of JSON a game to folder/games.jsonl."""
    from sportsai.bench.serve import Served
    from sportsai.library import Library

    own = folder / "tmp"
    own.mkdir(parents=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(own)
    library = folder / "library"
    Library(library, create=True)
    end, number = time.monotonic() + 60 * minutes, 0
    with (folder / "games.jsonl").open("w") as out, Served(library) as desk:
        season_number = 0
        while time.monotonic() < end:
            season_number += 1
            summaries: list[dict[str, Any]] = []
            while len(summaries) < season and time.monotonic() < end:
                number += 1
                line = _game(folder, number, summaries, desk)
                line |= {"game": number, "season": season_number, "place": len(summaries)}
                if len(summaries) == season:
                    line["cpu"]["season page"] = _season_page(summaries)
                out.write(json.dumps(line | _held(desk, own)) + "\n")
                out.flush()
            shutil.rmtree(library / "games")
            (library / "games").mkdir()


def _game(folder: Path, number: int, summaries: list[dict[str, Any]], desk: Any) -> dict[str, Any]:
    """Make a game, read, analyse and sum it up, report it, ask for plays of all games; return what that took."""
    from sportsai import query
    from sportsai.report.usual import MOST
    from sportsai.season.sources import Item
    from sportsai.season.work import Job, report, work

    cpu, wall, failed = dict[str, float](), dict[str, float](), []
    job = Job(LEAGUE, str(folder / "library"))
    source = _timed("simulate", cpu, wall, lambda: _simulated(folder / "source", number))
    done = _timed("read, analyse, sum up", cpu, wall,
                  lambda: work(job, Item(str(source), (str(source),), "table")))[0]  # fmt: skip
    if done.summary is None:
        raise RuntimeError(f"game {number}: {done.why}")
    beside = tuple(s["id"] for s in reversed(summaries[-MOST:]))
    summaries.append(done.summary)
    made = _timed("report", cpu, wall, lambda: report(job, str(done.game), beside))
    failed += [o.why for o in (done, made) if o.status == "failed"]
    found = _timed("query", cpu, wall, lambda: query(QUESTION, library=job.library))
    wall["list of games"] = desk.ms("GET", "/")
    if number % ASKED == 1:
        desk.ms("GET", f"/games/{done.game}")
        start = time.monotonic()
        while b'id="data"' not in desk.got and time.monotonic() < start + 60:
            time.sleep(0.1)
            desk.ms("GET", f"/games/{done.game}")
        failed += [] if b'id="data"' in desk.got else ["no report at the desk"]
        wall["report at the desk, again"] = desk.ms("GET", f"/games/{done.game}")
    return {"cpu": cpu, "wall_ms": wall, "found": len(found), "failed": failed, "bytes": len(made.html or b"")}


def _timed(what: str, cpu: dict[str, float], wall: dict[str, float], do: Callable[[], Any]) -> Any:
    began, start = time.process_time(), time.perf_counter()
    made = do()
    cpu[what], wall[what] = time.process_time() - began, 1e3 * (time.perf_counter() - start)
    return made


def _simulated(folder: Path, number: int) -> Path:
    from sportsai.simulate import volleyball

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in volleyball.files(volleyball.simulate(number, RALLIES)).items():
        (folder / name).write_bytes(content)
    return next(folder.glob("*.parquet"))


def _season_page(summaries: Sequence[dict[str, Any]]) -> float:
    """Return the CPU-seconds of the season's page."""
    from sportsai.report.season_page import season_page
    from sportsai.report.season_tables import Line
    from sportsai.season.styles import season_styles

    began = time.process_time()
    season_page(LEAGUE, LEAGUE, [Line(s, None) for s in summaries], [], [], season_styles(summaries))
    return time.process_time() - began


def _held(desk: Any, own: Path) -> dict[str, Any]:
    """Return what this process and the desk hold: memory, files, threads; and what is in the temporary folder."""
    import psutil  # type: ignore[import-untyped]

    out: dict[str, Any] = {}
    for name, pid in (("", os.getpid()), ("desk ", desk.pid)):
        process = psutil.Process(pid)
        with process.oneshot():
            out |= {f"{name}MB": process.memory_info().rss / 2**20, f"{name}open files": process.num_fds(),
                    f"{name}threads": process.num_threads()}  # fmt: skip
    left = [p for p in own.rglob("*") if p.is_file()]
    return out | {"temporary files": len(left), "temporary KB": sum(p.stat().st_size for p in left) / 1024}
