"""How long the desk takes to answer: the list of games, a report asked for first and again, an answer kept."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TITLE = "The desk: first page, reports and answers"
TARGET_MS = 300.0
MANY = 1_000  # games of a large library


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row each: pages of a library of one real match, the list of a large library, one answer kept."""
    from sportsai.court import load_league
    from sportsai.data.possessions import handovers
    from sportsai.library import Library
    from sportsai.readers import read_games
    from sportsai.resources import demo_match

    with tempfile.TemporaryDirectory() as folder:
        game = next(read_games(demo_match(), load_league("bundesliga"), "skillcorner"))
        library = Library(Path(folder) / "one", create=True)
        library.add(game)
        assert game.tracks is not None
        made = {"run_id": "bench", "model": "holder column", "made_at": "2026-01-01T00:00:00Z"}
        library.write_predictions(game.id, handovers(game.tracks).assign(score=0.8), made)
        many = Path(folder) / "many"
        _multiply(library.folder, many, game.id, 50 if quick else MANY)
        return [*_one(library.folder, game.id), *_many(many)]


def _multiply(one: Path, many: Path, game_id: str, count: int) -> None:
    """Fill a library with copies of a game's facts, quality and run, without its arrays."""
    shutil.copytree(one, many)
    home = many / "games" / game_id
    for n in range(1, count):
        copy = many / "games" / f"game-{n}"
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("tracks.parquet", "frames.parquet"))
        path = next(copy.glob("v-*/game.json"))
        path.write_text(json.dumps(json.loads(path.read_text()) | {"id": copy.name}))


def _one(folder: Path, game_id: str) -> list[dict[str, Any]]:
    with Served(folder) as desk:
        rows = [
            _row("from the command to listening", desk.start_ms, None),
            _row("the list of games, first request", desk.ms("GET", "/"), TARGET_MS),
            _row("the list of games, again (median of 20)", desk.ms("GET", "/", times=20), TARGET_MS),
            _row(
                "a full match's report, first request: the waiting page", desk.ms("GET", f"/games/{game_id}"), TARGET_MS
            ),
        ]
        start = time.perf_counter()
        while not (found := re.search(rb'"token":"([^"]+)"', desk.got)):
            time.sleep(0.02)
            desk.ms("GET", f"/games/{game_id}")
        rows.append(_row("... until the report is there", rows[-1]["ms"] + 1e3 * (time.perf_counter() - start), None))
        rows.append(_row("the report again, made before (median of 20)", desk.ms("GET", f"/games/{game_id}", times=20),
                         TARGET_MS))  # fmt: skip
        plays = re.search(rb'<script type="application/json" id="data">(.*?)</script>', desk.got)
        assert plays
        play = json.loads(plays[1])["plays"][0]
        body = json.dumps({"action": "confirm", "event": play[17], "frame": play[3], "by": "bench"})
        sent = {"X-Sportsai-Token": found[1].decode(), "Content-Type": "application/json"}
        kept = desk.ms("POST", f"/games/{game_id}/corrections", times=20, body=body, headers=sent)
        assert b'"id"' in desk.got, desk.got
        rows.append(_row("an answer, until it is on the disk (median of 20)", kept, TARGET_MS))
        return rows


def _many(folder: Path) -> list[dict[str, Any]]:
    count = len(list((folder / "games").iterdir()))
    with Served(folder) as desk:
        return [
            _row(f"from the command to listening, {count:,} games", desk.start_ms, None),
            _row(f"the list of {count:,} games, first request", desk.ms("GET", "/"), TARGET_MS),
        ]


def _row(case: str, ms: float, target: float | None) -> dict[str, Any]:
    row = {"case": case, "wall_ms": round(ms, 1), "ms": ms, "target": "" if target is None else f"{target:.0f} ms"}
    return row | ({} if target is None else {"ok": ms <= target})


class Served:
    """A server in a process of its own, ended with the block it is opened for.

    start_ms: from the command to listening. pid: of its process. got: the last answer's bytes.
    """

    def __init__(self, folder: Path) -> None:
        start = time.perf_counter()
        command = [sys.executable, "-m", "sportsai", "serve", "--port", "0", "--library", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.match(r"http://127\.0\.0\.1:(\d+)/", self._process.stdout.readline())
        if found is None:
            self.__exit__()
            raise RuntimeError(f"the desk does not listen: it ended with {self._process.returncode}")
        self.pid = self._process.pid
        self.start_ms, self.port, self.got = 1e3 * (time.perf_counter() - start), int(found[1]), b""

    def ms(
        self, method: str, path: str, *, times: int = 1, body: str | None = None, headers: dict[str, str] | None = None
    ) -> float:
        """Return the median wall milliseconds of a request, from opening the line to its last byte."""
        took = []
        for _ in range(times):
            start = time.perf_counter()
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            line.request(method, path, body, headers or {})
            self.got = line.getresponse().read()
            line.close()
            took.append(1e3 * (time.perf_counter() - start))
        return statistics.median(took)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows."""
    lines = [
        "",
        "One request at a time, over a line of its own, to `sportsai serve` in a process of its own. A report that is",
        "not made yet is answered by a page that says so and loads it when it is there.",
        *("", "| case | wall, ms | target |", "|---|---:|---|"),
    ]
    return [*lines, *(f"| {r['case']} | {r['wall_ms']:,} | {r['target']} |" for r in rows)]
