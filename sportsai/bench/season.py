"""A season of real games: in one process, on two worker processes, and with one of these killed on the way.

First quarters of NBA games, each read, analysed, summed up and reported, beside a file that is cut short. Wall time is
that of the whole command, starting processes included. The CPU's work is given too, for a machine is rarely idle.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sportsai.bench._process import environment

TITLE = "A season of NBA quarters, with a worker killed on the way"
GAMES, QUICK, WORKERS = 100, 20, 2
KILL_AT = 0.3  # of the games
SAMPLE_S = 0.25
LEAGUE = "nba"


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row a way: seconds, games an hour, what failed, memory early and late."""
    from sportsai.errors import DataError
    from sportsai.resources import data_folder

    folder = data_folder()
    archive = folder / "basketball" / "nba_q1.npz" if folder else None
    if archive is None or not archive.is_file():
        raise DataError("the NBA quarters are not here", expected="basketball/nba_q1.npz under SPORTSAI_DATA")
    games = QUICK if quick else GAMES
    ways = [("one process", 0, False), (f"{WORKERS} workers", WORKERS, False),
            (f"{WORKERS} workers, one killed with SIGKILL", WORKERS, True)]  # fmt: skip
    rows = []
    with tempfile.TemporaryDirectory() as work:
        sources = [_cut(archive, games, Path(work) / "games"), _broken(archive, Path(work) / "broken.npz")]
        for n, (case, workers, kill) in enumerate(ways):
            rows.append(_way(case, sources, Path(work) / str(n), games, workers, kill))
    one = rows[0]
    for row in rows:
        row["efficiency"] = f"{one['wall_s'] / row['wall_s'] / max(1, row['workers']):.0%}"
        row["CPU efficiency"] = f"{one['cpu_s'] / row['cpu_s']:.0%}"
        row["same numbers"] = "" if row is one else "yes" if row["numbers"] == one["numbers"] else "no"
        row["ok"] = row["done"] == games and row["same numbers"] != "no" and len(row["failed"]) == 1
    for row in rows:
        del row["numbers"]
    return rows


def _cut(archive: Path, games: int, folder: Path) -> Path:
    """Return a folder with an archive of the first games, and its companions."""
    import shutil

    import numpy as np

    folder.mkdir()
    with np.load(archive) as whole:
        held = {k: whole[k] for k in whole.files}
    samples = int(held["game_ptr"][games])
    for name in ("xy", "ball_z", "player_index", "game_clock", "shot_clock"):
        held[name] = held[name][:samples]
    held["game_ptr"] = held["game_ptr"][: games + 1]
    for name in ("game_id", "home", "visitor", "home_attacks_right"):
        held[name] = held[name][:games]
    mine = held["poss"][:, [str(c) for c in held["poss_cols"]].index("game")] < games
    held["poss"], held["poss_frac"] = held["poss"][mine], held["poss_frac"][mine]
    np.savez_compressed(folder / archive.name, **held)
    for name in ("players.csv", "teams.csv", "pbp_q1.csv"):
        shutil.copyfile(archive.with_name(name), folder / name)
    return folder


def _broken(archive: Path, path: Path) -> Path:
    path.write_bytes(archive.read_bytes()[:100_000])
    return path


def _way(case: str, sources: Sequence[Path], folder: Path, games: int, workers: int, kill: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "sportsai", "season", *map(str, sources), "--league", LEAGUE, "--workers",
               str(workers), "--library", str(folder / "library"), "--reports", str(folder / "pages")]  # fmt: skip
    before, start = os.getloadavg()[0], time.perf_counter()
    cpu = os.times()
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            watch = _Watch(running.pid, folder / "library" / "games", games, kill)
            watch.start()
            _, said = running.communicate()
        except BaseException:
            running.terminate()  # at Ctrl-C, too; its workers end with it
            raise
    watch.join()
    wall, after = time.perf_counter() - start, os.times()
    record = folder / "pages" / "season.json"
    if not record.is_file():
        raise RuntimeError(f"the season ended with {running.returncode}: {said[-600:]}")
    made = json.loads(record.read_text())
    used = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    return {
        "case": case, "workers": workers, "done": len(made["games"]),
        "reports": sum(bool(g["report"]) for g in made["games"]),
        "failed": [f"{Path(f['source']).name}: {f['why'].replace(f['source'] + ': ', '')}" for f in made["failed"]],
        "killed": watch.killed, "code": running.returncode, "wall_s": round(wall, 1),
        "games_s": round(made["seconds"]["games"], 1), "reports_s": round(made["seconds"]["reports"], 1),
        "games an hour": round(3600 * len(made["games"]) / wall), "cpu_s": round(used, 1),
        "load": f"{before:.1f} to {os.getloadavg()[0]:.1f}", "MB early": watch.early, "MB late": watch.late,
        "numbers": _numbers(folder / "library"),
    }  # fmt: skip


def _numbers(library: Path) -> dict[str, Any]:
    """Return what the season page is made from, game by game, without what says when it was made."""
    found = [json.loads(p.read_text()) for p in sorted(library.glob("games/*/v-*/season.json"))]
    return {s["id"]: {k: v for k, v in s.items() if k != "mark"} for s in found}


class _Watch(threading.Thread):
    """Look at a season's processes: their memory in the first and last third, and kill a worker where asked."""

    def __init__(self, pid: int, games_folder: Path, games: int, kill: bool) -> None:
        super().__init__(daemon=True)
        self._pid, self._folder, self._games, self._kill = pid, games_folder, games, kill
        self.killed = 0
        self._seen: list[tuple[int, float]] = []

    def run(self) -> None:
        import psutil  # type: ignore[import-untyped]

        try:
            main = psutil.Process(self._pid)
            while main.is_running() and main.status() != psutil.STATUS_ZOMBIE:
                try:
                    below = main.children(recursive=True)
                    sizes = {p.pid: p.memory_info().rss for p in [main, *below]}
                except psutil.NoSuchProcess:
                    continue
                done = len(list(self._folder.glob("*/current"))) if self._folder.is_dir() else 0
                self._seen.append((done, max(sizes.values()) / 2**20))
                if self._kill and not self.killed and done >= KILL_AT * self._games:
                    worker = max(below, key=lambda p: sizes[p.pid])
                    worker.kill()
                    self.killed = 1
                time.sleep(SAMPLE_S)
        except psutil.NoSuchProcess:
            return

    def _most(self, low: float, high: float) -> int | None:
        mine = [mb for done, mb in self._seen if low * self._games < done <= high * self._games]
        return round(max(mine)) if mine else None

    @property
    def early(self) -> int | None:
        """The largest process while the second third of the games was done, MB."""
        return self._most(1 / 3, 2 / 3)

    @property
    def late(self) -> int | None:
        """The largest process while the last third was done and all reports were written, MB."""
        return self._most(2 / 3, 1)


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the sections of the page."""
    shown = ["case", "done", "reports", "wall_s", "games_s", "reports_s", "games an hour", "cpu_s", "efficiency",
             "CPU efficiency", "load", "killed", "code", "MB early", "MB late", "same numbers"]  # fmt: skip
    heads = {"wall_s": "wall, s", "games_s": "games, s", "reports_s": "reports, s", "cpu_s": "CPU, s",
             "load": "load before and after", "killed": "workers killed", "code": "exit code"}  # fmt: skip
    out = ["", *(__doc__ or "").split("\n")[2:], f"| {' | '.join(heads.get(k, k) for k in shown)} |",
           "|---|" + "---:|" * (len(shown) - 1)]  # fmt: skip
    out += [f"| {' | '.join('' if r[k] is None else str(r[k]) for k in shown)} |" for r in rows]
    out += ["", "## What failed, as the season named it", ""]
    out += [f"- {r['case']}: {'; '.join(r['failed']) or 'nothing'}" for r in rows]
    out += [
        "",
        "Efficiency: the wall time of one process, over that of the workers times their number. CPU efficiency: CPU "
        "seconds of one process over theirs: what starting workers costs, each of which imports and opens the archive, "
        "and the most that efficiency can be on free cores. MB early, late: the "
        "largest of the season's processes, in the second third of the games and from there to the end. Same numbers: "
        "every game's summary is that of the one process, bit for bit. The load is that of the whole machine in the "
        "minute before: with other work beside it, wall times say less than CPU seconds.",
    ]
    return out
