"""Run a command with a fault on its way, and tell what a library holds afterwards.

A command runs in a fork of this process, so that hundreds of them take minutes. What it does to its files is counted
step by step (opening to write, renaming, making, removing, flushing); it is killed, or refused by the disk, before one
of them, or killed after a time, or its clock is another.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import runpy
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sportsai.errors import SportsaiError
from sportsai.library import Library

NEVER = 1 << 30
HANGS_S = 60.0
_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_COUNT = "\nsteps: "
_CHANGES = re.compile(  # what chance and the clock give
    rb"-\d{8}T\d{12,}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d[:.\d]*(?:\+00:00|Z)?|correction-[0-9a-f]{12}|season [0-9a-f]{24}"
    rb"|\d[\d.,]* (?:s|seconds|ms)\b"
)
State = dict[str, str]  # what is there -> a digest of it


@dataclass(frozen=True)
class Fault:
    """What happens to a command. step: before which change of a file. error: that the disk gives there, 0: kill -9.

    after_s: killed so long after that step (without one: after its start). bytes: no file may become larger. clock_s:
    the clock is so far ahead. bare: without the powers of root, so that what a folder forbids is forbidden. memory:
    bytes that it may use. limit_s: what takes longer hangs.
    """

    step: int = NEVER
    error: int = 0
    after_s: float | None = None
    bytes: int | None = None
    clock_s: float = 0.0
    bare: bool = False
    memory: int | None = None
    limit_s: float = HANGS_S


@dataclass(frozen=True)
class Done:
    """How a command ended. steps: the changes of files it came to. lines: what it said on standard error. said: on
    standard output."""

    code: int
    steps: int
    lines: list[str]
    said: str
    seconds: float


def state(folder: Path) -> State:
    """Return what is in a library and the pages beside it, all of it read; SportsaiError where something is half there.

    folder: holds `library`, and `pages` of a season. Names that chance or the clock gave are left out of the digests.
    """
    found: State = {}
    if (folder / "library" / "sportsai.json").exists():
        library = Library(folder / "library")
        for game_id in library.ids():
            found |= {f"game {game_id}{part}": digest for part, digest in _game(library, game_id)}
        library.tables()
    for page in sorted(folder.glob("pages/**/*")):
        if page.is_file() and not page.name.startswith("."):
            found[f"page {page.name}"] = _page(page)
    return found


def _game(library: Library, game_id: str) -> list[tuple[str, str]]:
    game = library.load(game_id)
    xy = b"" if game.tracks is None else game.tracks.xy.tobytes()
    log = b"" if game.events is None else game.events.to_json().encode()
    parts = [("", _digest(xy, log, repr((game.teams, game.roster, game.periods)).encode()))]
    library.quality(game_id)
    for k, run in enumerate(library.runs(game_id)):
        try:
            events = library.predictions(game_id, run["run_id"], corrected=False)[0]
            library.predictions(game_id, run["run_id"])
        except SportsaiError:  # gone with its version, where another process reads the game anew
            if run["run_id"] in {r["run_id"] for r in library.runs(game_id)}:
                raise
            continue
        parts.append((f" run {k}", _digest(events.drop(columns="event_id").to_json().encode())))
    for k, one in enumerate(library.corrections(game_id)):
        event = one.now or one.was
        said = (one.action, one.by, one.note, event and (event.type, event.t_s, event.player_id))
        parts.append((f" correction {k}", _digest(repr(said).encode())))
    return parts


def _page(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".json":
        import json

        try:
            return str(sorted(json.loads(content)))  # what it holds is of each run
        except ValueError:
            raise SportsaiError("half a file", where=path) from None
    elif b"</html>" not in content[-400:]:
        raise SportsaiError("half a page", where=path)
    return _digest(_CHANGES.sub(b"", content))


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


# ---- one run of a command --------------------------------------------------------------------------------------------


Words = Sequence[str] | Callable[[], None]


def run(words: Words, folder: Path, fault: Fault) -> Done:
    """Run a command line, or a function, that changes files in `folder`, in a fork, with a fault; code -9: killed."""
    return wait(begin(words, folder, fault), fault)


@dataclass(frozen=True)
class Running:
    """A command in a process of its own. hears: its standard error. came: a byte when it came to the fault's step.
    said: the file of its standard output."""

    pid: int
    hears: int
    came: int
    said: Path
    start: float


def begin(words: Words, folder: Path, fault: Fault) -> Running:
    """Begin a command in a fork; `wait` for it."""
    (hears, says), (came, comes) = os.pipe(), os.pipe()
    start = time.perf_counter()
    said = folder.with_name(f"{folder.name}-said-{time.monotonic_ns()}")
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(says, 2)
            os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            _child(words, folder, fault, comes)
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(70)
    os.close(says)
    os.close(comes)
    return Running(pid, hears, came, said, start)


def wait(running: Running, fault: Fault) -> Done:
    """Return how a command ended; one that hangs is ended by SIGABRT, which no fault is."""
    if fault.after_s is not None:
        if fault.step != NEVER:
            os.read(running.came, 1)
        time.sleep(fault.after_s)
        os.kill(running.pid, signal.SIGKILL)  # not waited for yet: the id is still its own
    status = _waited(running.pid, fault.limit_s)
    os.close(running.came)
    with os.fdopen(running.hears, "r", errors="replace") as heard:  # a command that fails says less than a pipe holds
        text, _, steps = heard.read().partition(_COUNT)
    lines = [line for line in text.splitlines() if line.strip()]
    said = running.said.read_text(errors="replace") if running.said.is_file() else ""
    running.said.unlink(missing_ok=True)
    seconds = time.perf_counter() - running.start
    return Done(os.waitstatus_to_exitcode(status), int(steps or 0), lines, said, seconds)


def _waited(pid: int, limit_s: float) -> int:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.002)
    os.kill(pid, signal.SIGABRT)
    return os.waitpid(pid, 0)[1]


def _child(words: Words, folder: Path, fault: Fault, comes: int) -> None:
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m, closefd=False) for n, m in ((0, "r"), (1, "w"), (2, "w")))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)  # a fork has none of the threads that were there before it
    if fault.clock_s:
        _set_clock(fault.clock_s)
    steps = _watch(folder, fault, comes)
    if fault.bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.bytes, fault.bytes))
    if fault.memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (fault.memory, fault.memory))
    if fault.bare:
        _no_powers()
    code = 0
    try:
        if callable(words):
            words()
        else:
            sys.argv = ["sportsai", *words]
            runpy.run_module("sportsai", run_name="__main__")
    except SystemExit as end:
        code = int(end.code or 0) if not isinstance(end.code, str) else 1
    except SportsaiError as told:  # of a function; a command says it itself
        print(f"sportsai: {told}", file=sys.stderr)
        code = 1
    except BaseException:
        traceback.print_exc()
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(2, f"{_COUNT}{steps[0]}".encode())
    os._exit(code)


def _watch(folder: Path, fault: Fault, comes: int) -> list[int]:
    """Let the fault happen at its step; return [steps so far]."""
    inside = str(folder.resolve())
    steps = [0]

    def step() -> None:
        steps[0] += 1
        if steps[0] - 1 == fault.step:
            if fault.after_s is not None:
                os.write(comes, b".")
                return
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

    whole: Callable[[Any], None] = os.fsync

    def fsync(fd: Any) -> None:
        step()
        whole(fd)

    os.fsync = fsync
    sys.addaudithook(hook)
    return steps


def _set_clock(ahead_s: float) -> None:
    """Set what this process takes for the time: of `time.time` and of `datetime.now`, wherever they are known."""
    import datetime as module

    true, when = time.time, module.datetime

    class Datetime(when):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return when.now(tz) + module.timedelta(seconds=ahead_s)

    time.time = lambda: true() + ahead_s
    for name, one in list(sys.modules.items()):
        if name.startswith("sportsai") and getattr(one, "datetime", None) is when:
            setattr(one, "datetime", Datetime)  # noqa: B010
    module.datetime = Datetime  # type: ignore[misc]


def _no_powers() -> None:
    """Give up every capability of root; a process without any does nothing."""
    import ctypes

    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capset")
