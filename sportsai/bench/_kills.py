"""Stop a command at any moment, or take its disk away, and look at what is left: the old or the new, all of it.

A command runs in a fork of this process, so that hundreds of them take minutes. What it does to the library's files is
counted step by step (opening to write, renaming, making, removing, flushing); it is killed, or refused by the disk,
before each step in turn, and killed again at moments drawn by chance.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._faults_library import played
from sportsai.errors import SportsaiError, one_line
from sportsai.library import Library

_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
NEVER = 1 << 30
HANGS_S = 60.0
_COUNT = "\nsteps: "


@dataclass
class Tried:
    """What became of one kind of fault. wrong: what was lost, half visible, or said in more than one line."""

    what: str
    command: str
    times: int = 0
    stopped: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return it as a row of the page."""
        return {
            "part": "faults", "case": self.what, "command": self.command, "times": self.times,
            "stopped": self.stopped, "lost": self.lost, "wrong": "; ".join(self.wrong[:3]), "ok": not self.wrong,
        }  # fmt: skip


@dataclass(frozen=True)
class State:
    """What a library holds, as far as its reader can tell. games: id -> a digest of its positions and log."""

    games: dict[str, float]
    runs: frozenset[str]
    said: tuple[str, ...]


def state(folder: Path) -> State:
    """Return what is in a library, every file of it read; SportsaiError where something is half there."""
    if not (folder / "sportsai.json").exists():
        return State({}, frozenset(), ())
    library = Library(folder)
    games, runs, said = {}, set(), []
    for game_id in library.ids():
        game = library.load(game_id)
        games[game_id] = 0.0 if game.tracks is None else float(game.tracks.xy.sum(dtype=np.float64))
        library.quality(game_id)
        for run in library.runs(game_id):
            try:
                library.predictions(game_id, run["run_id"])
            except SportsaiError:  # gone with its version, where another process reads the game anew
                if run["run_id"] in {r["run_id"] for r in library.runs(game_id)}:
                    raise
            runs.add(f"{game_id}/{run['run_id']}")
        said += [f"{game_id}/{c.id}" for c in library.corrections(game_id)]
    if games:
        library.tables()
    return State(games, frozenset(runs), tuple(said))


# ---- one run of a command --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What happens to a command. step: before which change of a file. kill, or the error the disk gives.

    after_s: killed after this time instead. bytes: no file may become larger.
    """

    step: int = NEVER
    error: int = 0
    after_s: float | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Done:
    """How a command ended. steps: the changes of files it came to. lines: what it said on standard error."""

    code: int
    steps: int
    lines: list[str]
    seconds: float


def run(words: Sequence[str], folder: Path, fault: Fault) -> Done:
    """Run a command in a fork with a fault; return how it ended (code -9: killed)."""
    hears, says = os.pipe()
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            _child(words, folder, fault, says)
        finally:
            os._exit(70)
    os.close(says)
    if fault.after_s is not None:
        _sleep(pid, fault.after_s)
    status = _waited(pid)
    with os.fdopen(hears, "r", errors="replace") as heard:  # a command that fails says less than a pipe holds
        said, _, steps = heard.read().partition(_COUNT)
    lines = [line for line in said.splitlines() if line.strip()]
    return Done(os.waitstatus_to_exitcode(status), int(steps or 0), lines, time.perf_counter() - start)


def _sleep(pid: int, seconds: float) -> None:
    time.sleep(seconds)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _waited(pid: int) -> int:
    """Return how a process ended; one that hangs is ended by SIGABRT, which no fault is."""
    end = time.monotonic() + HANGS_S
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    os.kill(pid, signal.SIGABRT)
    return os.waitpid(pid, 0)[1]


def _child(words: Sequence[str], folder: Path, fault: Fault, says: int) -> None:
    from sportsai.cli import main

    os.dup2(says, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["sportsai", *words]
    steps = _watch(folder, fault)
    if fault.bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.bytes, fault.bytes))
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0) if not isinstance(end.code, str) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 2
    sys.stderr.flush()
    os.write(2, f"{_COUNT}{steps[0]}".encode())
    os._exit(code)


def _watch(folder: Path, fault: Fault) -> list[int]:
    """Let the fault happen at its step; return [steps so far, the step it happens at]."""
    inside = str(folder.resolve())
    steps = [0, fault.step]

    def step() -> None:
        steps[0] += 1
        if steps[0] - 1 == steps[1]:
            if not fault.error:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(fault.error, os.strerror(fault.error))

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            mine = isinstance(args[0], str) and args[0].startswith(inside) and bool(args[2] & _WRITES)
        else:
            mine = event in _STEPS and str(args[0]).startswith(inside)
        if mine:
            step()

    whole = os.fsync

    def fsync(fd: Any) -> None:
        step()
        whole(fd)

    os.fsync = fsync
    sys.addaudithook(hook)
    return steps


# ---- commands --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """A command to stop. words: (library, turn) -> its command line; each turn's outcome differs from the last."""

    name: str
    words: Callable[[Path, int], list[str]]


def commands(folder: Path) -> list[Command]:
    """Return the commands that write to a library; what they read is put into `folder`."""
    sources = [str(played(folder / f"game-{k}", shift=float(k))) for k in range(2)]

    def ingest(library: Path, turn: int) -> list[str]:
        return ["ingest", sources[turn % 2], "--league", "soccer", "--force", "--library", str(library)]

    def analyse(library: Path, turn: int) -> list[str]:
        return ["analyse", "1", "--library", str(library)]

    def label(library: Path, turn: int) -> list[str]:
        return ["label", "1", "--kind", "log", "--add", f"0:0{turn // 10 % 3}.{turn % 10} shot", "--by", f"Ada {turn}",
                "--library", str(library)]  # fmt: skip

    return [Command("ingest", ingest), Command("analyse", analyse), Command("label", label)]


def prepared(command: Command, library: Path) -> None:
    """Make a library for a command in which something was accepted before."""
    from sportsai.bench._faults_library import filled

    filled(library)
    done = run(command.words(library, 1), library, Fault())
    if done.code:
        raise SportsaiError(f"{command.name} does not run: {' '.join(done.lines)[-300:]}")


# ---- trials ----------------------------------------------------------------------------------------------------------


def killed(command: Command, folder: Path, kills: int, seed: int = 0) -> Tried:
    """Kill a command before each of its steps, then at moments drawn by chance, `kills` times in all."""
    library = folder / "library"
    prepared(command, library)
    first = run(command.words(library, 0), library, Fault())
    rng = np.random.default_rng(seed)
    tried = Tried("kill -9", command.name)
    for turn in range(kills):
        fault = Fault(turn) if turn < first.steps else Fault(after_s=float(rng.uniform(0, 1.1)) * first.seconds)
        _one(tried, command, library, turn + 1, fault)
    done = run(command.words(library, kills + 1), library, Fault())
    left = [p.name for p in library.rglob("*") if p.name.endswith(".tmp") or p.name.startswith(".v-")]
    if done.code or left:
        tried.wrong.append(f"the next run does not complete: {done.lines} {left}")
    return tried


def refused(command: Command, folder: Path, number: int) -> Tried:
    """Let the disk refuse each of a command's steps in turn with an error of the operating system."""
    library = folder / "library"
    prepared(command, library)
    first = run(command.words(library, 0), library, Fault())
    tried = Tried({errno.ENOSPC: "disk full", errno.EROFS: "disk read-only", errno.EIO: "disk broken"}[number] +
                  ", at each step", command.name)  # fmt: skip
    for turn in range(first.steps):
        _one(tried, command, library, turn + 1, Fault(turn, number))
    return tried


def short(command: Command, folder: Path, sizes: Sequence[int]) -> Tried:
    """Let no file grow past each of some sizes: every write of a full disk, those of Arrow's own code too."""
    library = folder / "library"
    prepared(command, library)
    tried = Tried("disk full, at each size", command.name)
    for turn, size in enumerate(sizes):
        _one(tried, command, library, turn + 1, Fault(bytes=size))
    return tried


def _one(tried: Tried, command: Command, library: Path, turn: int, fault: Fault) -> None:
    before = state(library)
    done = run(command.words(library, turn), library, fault)
    tried.times += 1
    tried.stopped += done.code != 0
    where = f"turn {turn}, {fault}"
    if done.code not in (0, -signal.SIGKILL):
        clear = done.code == 1 and len(done.lines) == 1 and done.lines[0].startswith("sportsai: ")
        if not clear:
            tried.wrong.append(f"{where}: {done.code}, {one_line(' '.join(done.lines[-2:]), 200)}")
    try:
        after = state(library)
    except SportsaiError as bad:
        tried.lost += 1
        tried.wrong.append(f"{where}: {bad}")
        return
    problem = _compared(command.name, before, after, done.code)
    if problem:
        tried.lost += 1
        tried.wrong.append(f"{where}: {problem}")


def _compared(command: str, before: State, after: State, code: int) -> str | None:
    """Return what is wrong with the outcome: neither the old nor the new, or accepted and not there."""
    if after.said[: len(before.said)] != before.said:
        return "a correction is lost"
    if set(after.games) != set(before.games):
        return f"games {sorted(after.games)}, before {sorted(before.games)}"
    new = {"ingest": after.games != before.games, "analyse": after.runs != before.runs,
           "label": after.said != before.said}[command]  # fmt: skip
    if command != "ingest" and after.games != before.games:
        return "a game changed"
    if not new and before.runs - after.runs:
        return "a run is lost"
    if command != "ingest" and before.runs - after.runs:
        return "an earlier run is lost"
    if len(after.said) > len(before.said) + 1 or len(after.runs - before.runs) > 1:
        return "it happened twice"
    if code == 0 and not new and command != "ingest":
        return "it was accepted and is not there"
    return None


# ---- two writers -----------------------------------------------------------------------------------------------------


def together(folder: Path, turns: int) -> Tried:
    """Read a game anew, analyse it and label it from three processes at once, while a fourth reads it all the time."""
    from sportsai.bench import _faults_library as made

    library = folder / "library"
    kept = made.filled(library)
    said = {c.id for c in kept.corrections("1")}
    tried = Tried("three writers and a reader", "ingest, analyse, label", times=3 * turns)
    jobs = [(_again, turns), (_analysed, turns), (_said, turns), (_reading, NEVER)]
    pids = []
    for k, (job, n) in enumerate(jobs):
        pid = os.fork()
        if pid == 0:
            out = folder / f"out-{k}"
            try:
                out.write_text("\n".join(job(library, n, folder)))
            except BaseException as bad:
                out.write_text(f"wrong: {type(bad).__name__}: {one_line(bad, 200)}")
            finally:
                os._exit(0)
        pids.append(pid)
    for pid in pids[:3]:
        os.waitpid(pid, 0)
    (folder / "stop").touch()
    os.waitpid(pids[3], 0)
    outs = [(folder / f"out-{k}").read_text().splitlines() for k in range(4)]
    tried.wrong += [line for out in outs for line in out if line.startswith("wrong")]
    now = {c.id for c in kept.corrections("1")}
    missing = (said | set(outs[2])) - now
    if missing and not tried.wrong:
        tried.wrong.append(f"{len(missing)} corrections are lost")
    tried.lost = len(missing)
    try:
        state(library)
    except SportsaiError as bad:
        tried.wrong.append(str(bad))
    return tried


def _again(library: Path, turns: int, folder: Path) -> Iterator[str]:
    from sportsai.bench import _faults_library as made

    game = made.made_up()
    for _ in range(turns):
        Library(library).add(game)
        yield "added"


def _analysed(library: Path, turns: int, folder: Path) -> Iterator[str]:
    from sportsai.bench import _faults_library as made

    events = made.events(made.made_up(), "e")
    for n in range(turns):
        Library(library).write_predictions("1", events, {"run_id": f"w{n}", "made_at": f"2026-01-02T00:00:{n:06d}"})
        yield f"w{n}"


def _said(library: Path, turns: int, folder: Path) -> Iterator[str]:
    from sportsai.library.desk import Desk

    for n in range(turns):
        desk = Desk(Library(library), "1", kind="log")
        one = desk.add("0:02", "shot", f"Ada {n}")
        Library(library).correct("1", [one])
        yield one.id


def _reading(library: Path, turns: int, folder: Path) -> Iterator[str]:
    reads = 0
    while not (folder / "stop").exists() and reads < turns:
        state(library)
        reads += 1
    yield f"{reads} reads"


# ---- all of it -------------------------------------------------------------------------------------------------------


def preload() -> None:
    """Import what the commands import, so that each fork does not do it anew; nothing that would start a thread."""
    from importlib import import_module

    for name in ("torch", "sklearn.ensemble", "scipy.signal", "pyarrow.parquet", "sportsai.analysis.recognise",
                 "sportsai.readers.skillcorner", "sportsai.library.desk", "sportsai.cli.analyse"):  # fmt: skip
        import_module(name)


def trials(kills: int, quick: bool) -> Iterator[Tried]:
    """Yield what became of every kind of fault; `kills` of each command."""
    preload()
    with tempfile.TemporaryDirectory(prefix="sportsai-faults-") as made:
        folder = Path(made)
        every = commands(folder)
        for n, command in enumerate(every):
            for k, one in enumerate(_each(command, kills, quick)):
                place = folder / f"{n}-{k}"
                place.mkdir()
                yield one(place)
                shutil.rmtree(place, ignore_errors=True)
        place = folder / "together"
        place.mkdir()
        yield together(place, 10 if quick else 60)


def _each(command: Command, kills: int, quick: bool) -> list[Callable[[Path], Tried]]:
    sizes = [0, 1, 64, 1000, 3000] if quick else [*range(0, 4000, 250), *range(4000, 24_000, 1000)]
    numbers = (errno.ENOSPC,) if quick else (errno.ENOSPC, errno.EROFS, errno.EIO)
    return [
        lambda folder: killed(command, folder, kills),
        *((lambda folder, number=n: refused(command, folder, number)) for n in numbers),
        lambda folder: short(command, folder, sizes),
    ]
