"""Give a target broken inputs and see what comes out: an answer or one of our own errors, in time, without growth.

`steady` gives a number of inputs that depend on a seed only; `fuzz` goes on for a time, led by the coverage of our code
where atheris is installed (extra "fuzz").
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sportsai.bench._fuzz_mutants import MOST, mutated
from sportsai.bench._fuzz_targets import Target, put, targets
from sportsai.bench._in_time import in_time
from sportsai.errors import SportsaiError, one_line
from sportsai.memory import give_back

SLOW_S = 10.0  # an input of at most MOST bytes that takes longer hangs
MEMORY = 4 << 30  # bytes; more than this for such an input is a bomb
SHARE = 0.5  # of coverage-guided inputs that our own mutations make


class TooSlow(BaseException):
    """An input took longer than SLOW_S; no `except Exception` may swallow that."""


@dataclass
class Found:
    """What a target's inputs led to.

    seconds: of all; slowest_s: of one. memory: (inputs so far, MB held) after every 50th. problems: kind and place ->
    times, the shortest input, what was said.
    """

    target: str
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)
    problems: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def growth_mb(self) -> float:
        """How much more memory the last third of the inputs left than the middle third: the least of each, in MB."""
        used = [mb for _, mb in self.memory]
        third = len(used) // 3
        return min(used[-third:]) - min(used[third : 2 * third]) if third else 0.0


class Place:
    """A target's seeds in folders of their own; one member at a time is another, and put back after."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folders = []
        for k, files in enumerate(target.seeds):
            put(files, folder / str(k))
            self.folders.append(folder / str(k))
        self.members = [(k, name) for k, files in enumerate(target.seeds) for name in files]
        for k, folder in enumerate(self.folders):  # what is imported and kept once is no growth
            with suppress(SportsaiError):
                target.runs[k](folder)

    def seed(self, n: int) -> bytes:
        """Return what member n holds."""
        k, name = self.members[n]
        return self.target.seeds[k][name]

    def attempt(self, n: int, content: bytes, found: Found) -> None:
        """Read member n's seed with `content` in its place, and note what came out."""
        k, name = self.members[n]
        path = self.folders[k] / name
        path.write_bytes(content)
        start = time.perf_counter()
        problem: BaseException | None = None
        try:
            with warnings.catch_warnings(record=True) as heard, in_time(SLOW_S, TooSlow):
                warnings.simplefilter("always")
                self.target.runs[k](self.folders[k])
            found.accepted += 1
            for w in heard:
                if not issubclass(w.category, ResourceWarning):
                    problem = w.message if isinstance(w.message, Exception) else UserWarning(w.message)
        except SportsaiError as bad:
            found.refused += 1
            text = str(bad)
            if len(text) > 600 or any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text):
                problem = bad
        except BaseException as bad:  # polars panics past Exception
            if isinstance(bad, KeyboardInterrupt):
                raise
            problem = bad
        took = time.perf_counter() - start
        found.inputs += 1
        found.seconds += took
        found.slowest_s = max(found.slowest_s, took)
        if problem is not None:
            _note(found, problem, f"{k}/{name}", content)
        path.write_bytes(self.seed(n))
        if found.inputs % 50 == 0:
            found.memory.append((found.inputs, _memory_mb()))


def _memory_mb() -> float:
    """Return what this process holds when what nobody holds is collected and has gone back to the system."""
    gc.collect()
    give_back()
    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 1e6


def _note(found: Found, problem: BaseException, name: str, content: bytes) -> None:
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if "/sportsai/" in f.filename]
    ours = [f for f in frames if "/bench/_fuzz" not in f.filename]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    key = f"{type(problem).__name__} {where}"
    known = found.problems.setdefault(
        key, {"times": 0, "file": name, "said": str(problem)[:200], "input": content.hex(),
              "trail": [f"{Path(f.filename).name}:{f.lineno}" for f in ours][-5:]}
    )  # fmt: skip
    known["times"] += 1
    if len(content) * 2 < len(known["input"]):
        known |= {"file": name, "said": str(problem)[:200], "input": content.hex()}


def steady(target: Target, inputs: int, seed: int = 0) -> Found:
    """Return what `inputs` mutations lead to; the same ones for the same seed."""
    found = Found(target.name)
    rng = random.Random(zlib.crc32(target.name.encode()) + seed)
    with tempfile.TemporaryDirectory(prefix="sportsai-fuzz-", dir=_quick_disk()) as made:
        place = Place(target, Path(made))
        for _ in range(inputs):
            n = rng.randrange(len(place.members))
            place.attempt(n, mutated(place.seed(n), rng), found)
    return found


def _quick_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


# ---- led by coverage -------------------------------------------------------------------------------------------------


def fuzz(names: Sequence[str], seconds: float, folder: Path) -> list[Found]:
    """Fuzz each target for a time in a process of its own; return what was found, a hang or a crash included.

    Led by the coverage of our code where atheris is installed; else with our own mutations of the seeds.
    """
    try:
        import atheris
    except ImportError:
        one: Callable[[Target, float, Path], None] = plain
    else:
        one = guided
        with atheris.instrument_imports(include=["sportsai"], enable_loader_override=False):
            _import_readers()
    known = targets()
    made = []
    for name in names:
        out = folder / f"{name.replace(' ', '-')}.json"
        pid = os.fork()
        if pid == 0:
            with open(out.with_suffix(".log"), "w", encoding="utf-8") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            try:
                _limit_memory()
                one(known[name], seconds, out)
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(3)
        made.append(_waited(pid, name, seconds, out))
    return made


def _waited(pid: int, name: str, seconds: float, out: Path) -> Found:
    """Return what a target's process wrote; one that goes on too long is ended, and that is a problem, too."""
    end, ended, status = time.monotonic() + seconds + 5 * SLOW_S, 0, 0
    while not ended and time.monotonic() < end:
        time.sleep(0.05)
        ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    found = read_found(out) if out.is_file() else Found(name)
    if not ended or status:
        what = f"ended with {os.waitstatus_to_exitcode(status)}" if ended else "hung"
        log = out.with_suffix(".log")
        said = one_line(log.read_text(errors="replace")[-200:], 200) if log.is_file() else ""
        found.problems[f"process {what}"] = {"times": 1, "file": "", "said": said, "input": "", "trail": []}
    return found


def read_found(path: Path) -> Found:
    """Return what `fuzz` wrote of a target."""
    said = json.loads(path.read_text())
    return Found(**{k: said[k] for k in Found.__dataclass_fields__})


def guided(target: Target, seconds: float, out: Path) -> None:
    """Fuzz a target for a time, led by coverage, and write what was found to `out`; ends the process."""
    import atheris

    found, start = Found(target.name), time.monotonic()
    folder = tempfile.TemporaryDirectory(prefix="sportsai-fuzz-", dir=_quick_disk())
    place = Place(target, Path(folder.name) / "seeds")
    corpus = Path(folder.name) / "corpus"
    corpus.mkdir()
    for n in range(min(len(place.members), 64)):
        (corpus / str(n)).write_bytes(bytes([n]) + place.seed(n)[:MOST])

    def one(data: bytes) -> None:
        if data:
            place.attempt(data[0] % len(place.members), data[1:], found)
        if time.monotonic() - start > seconds:
            _write(found, out)
            folder.cleanup()
            os._exit(0)
        if found.inputs % 200 == 0:
            _write(found, out)

    def other(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if not data or rng.random() < 0.05:  # a member that no input of the corpus is of
            n = rng.randrange(min(len(place.members), 256))
            data = bytes([n]) + place.seed(n)
        if rng.random() < SHARE:
            return (data[:1] + mutated(data[1:], rng))[:most]
        return data[:1] + atheris.Mutate(data[1:], max(most - 1, 1))

    flags = [f"-max_len={MOST}", "-timeout=0", "-rss_limit_mb=0", "-verbosity=0", "-seed=1", "-handle_segv=0"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one, custom_mutator=other)
    atheris.Fuzz()


def plain(target: Target, seconds: float, out: Path) -> None:
    """Do as `guided` without atheris: mutations of the seeds only."""
    found, rng, start = Found(target.name), random.Random(zlib.crc32(target.name.encode())), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sportsai-fuzz-", dir=_quick_disk()) as made:
        place = Place(target, Path(made))
        while time.monotonic() - start < seconds:
            n = rng.randrange(len(place.members))
            place.attempt(n, mutated(place.seed(n), rng), found)
    _write(found, out)
    os._exit(0)


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.RLIM_INFINITY))


def _import_readers() -> None:
    """Import what the targets reach, so that its coverage is seen."""
    from importlib import import_module

    from sportsai import plugins

    for name in plugins.names("sportsai.readers"):
        import_module(f"sportsai.readers.{name}")
    for name in (
        "readers._kloppy_games",
        "queries.ask",
        "library.query",
        "library.desk",
        "library.sheets",
        "learn.recipe",
        "learn.weights",
        "analysis.refine",
        "video.decode",
        "video.place",
        "clips.table",
    ):
        import_module(f"sportsai.{name}")  # fmt: skip


def _write(found: Found, out: Path) -> None:
    said = {k: getattr(found, k) for k in Found.__dataclass_fields__} | {"growth_mb": found.growth_mb}
    part = out.with_suffix(".part")
    part.write_text(json.dumps(said))
    os.replace(part, out)
