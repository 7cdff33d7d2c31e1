"""What `bench plan` measures in processes of their own: a game's costs, and what grows with the number of games."""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def game_cost(league: str, source: str, provider: str, places: tuple[int, int], ids: tuple[str, str]) -> dict[str, Any]:
    """Return what a game costs in a process that has done one before, and what the first cost besides.

    places: of a source with an index, -1 where it has none: then the source is done twice. CPU-seconds are of a game,
    where a source holds many; MB of the library on the disk, of the report, and of the process at its most.
    """
    from sportsai.season.sources import Item
    from sportsai.season.work import Job, report, work

    spent, kept, pages, minutes, games = [], 0.0, 0.0, 0.0, 1
    with tempfile.TemporaryDirectory() as folder:
        for n, (place, game) in enumerate(zip(places, ids, strict=True)):
            job = Job(league, str(Path(folder, str(n))))
            begun = time.process_time() if n else 0.0  # the first with all that starting takes
            item = Item(source, tuple(source.split("\n")), provider, *((place, game) if place >= 0 else ()))
            done = work(job, item)
            middle = time.process_time()
            made = [report(job, str(o.game), ()) for o in done]
            bad = [o.why for o in (*done, *made) if o.status == "failed"]
            if bad:
                raise RuntimeError(bad[0])
            spent.append(((middle - begun) / len(done), (time.process_time() - middle) / len(done), len(done)))
            games = len(done)
            kept = _mb(Path(job.library)) / games
            pages = sum(len(r.html or b"") for r in made) / 2**20 / games
            minutes = sum(_minutes(job.library, str(o.game)) for o in done) / games
    work_s, report_s, _ = spent[1]
    start = (spent[0][0] + spent[0][1] - work_s - report_s) * games
    return {"work_s": work_s, "report_s": report_s, "start_s": max(start, 0.0), "library_mb": kept, "report_mb": pages,
            "minutes": minutes, "games": games,
            "most_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}  # fmt: skip


def _mb(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 2**20


def _minutes(library: str, game: str) -> float:
    from sportsai.library import Library

    tracks = Library(library).load(game).tracks
    return 0.0 if tracks is None else float((tracks.period > 0).sum()) / float(tracks.rate_hz) / 60


def season_page_cost(summary: dict[str, Any], games: int) -> dict[str, Any]:
    """Return what the page of so many games takes, thirty teams in all."""
    from sportsai.report.season_page import season_page
    from sportsai.report.season_tables import Line

    held = [_as_another(summary, n) for n in range(games)]
    before, begun = _rss(), time.process_time()
    html = season_page("a league", "basketball", [Line(s, f"games/{s['id']}.html") for s in held], [], [], None)
    return {"cpu_s": time.process_time() - begun, "mb": _rss() - before, "page_mb": len(html.encode()) / 2**20,
            "held_kb": len(json.dumps(summary)) / 1024}  # fmt: skip


def _as_another(summary: dict[str, Any], n: int) -> dict[str, Any]:
    names = [f"Team {n % 30}", f"Team {(n // 30 + n + 1) % 30}"]
    teams = [{"name": t, "short": t} for t in names]
    return json.loads(json.dumps(summary)) | {
        "id": f"g{n}",
        "contest": f"g{n}",
        "teams": teams,
        "title": " - ".join(names),
    }


def library_cost(folder: Path, question: str) -> dict[str, Any]:
    """Return what listing the games, and the first question over all their events, take."""
    from sportsai import query
    from sportsai.library import Library

    out: dict[str, Any] = {}
    before = _rss()
    for name, do in _asked(folder, question, Library, query).items():
        begun, start = time.process_time(), time.perf_counter()
        do()
        out[name] = time.process_time() - begun
        out[f"{name}, wall"] = time.perf_counter() - start
    return out | {"mb": _rss() - before}


def _asked(folder: Path, question: str, library: Any, query: Any) -> dict[str, Callable[[], Any]]:
    return {"list": lambda: library(folder).games(), "first question": lambda: query(question, library=folder),
            "next question": lambda: query(question, library=folder)}  # fmt: skip


def multiply(one: Path, many: Path, game: str, count: int) -> None:
    """Fill a library with copies of a game's facts, events and runs, without its positions."""
    (many / "games").mkdir(parents=True)
    shutil.copyfile(one / "sportsai.json", many / "sportsai.json")
    home = one / "games" / game
    version = (home / "current").read_text().strip()
    facts = json.loads((home / version / "game.json").read_text())
    for n in range(count):
        copy = many / "games" / f"g{n}"
        (copy / version / "predictions").mkdir(parents=True)
        shutil.copyfile(home / "current", copy / "current")
        for path in (home / version).rglob("*"):
            if path.is_file() and path.name not in ("game.json", "tracks.parquet", "frames.parquet"):
                os.link(path, copy / path.relative_to(home))
        (copy / version / "game.json").write_text(json.dumps(facts | {"id": f"g{n}"}))


def _rss() -> float:
    import psutil  # type: ignore[import-untyped]

    return float(psutil.Process().memory_info().rss) / 2**20
