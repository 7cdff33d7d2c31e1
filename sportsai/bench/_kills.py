"""Stop each command at any moment, or take its disk away, and look at what is left: the old or the new, all of it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._faulty import Done, Fault, State, begin, run, wait
from sportsai.bench._faulty_commands import Command
from sportsai.errors import SportsaiError, one_line

YEAR_S = 365 * 86_400.0
DISK = {
    errno.ENOSPC: "disk full", errno.EROFS: "disk read-only", errno.EIO: "disk broken", errno.EACCES: "no permission",
}  # fmt: skip
_AFTER_S = 0.02  # at most so long after a step a command is killed


@dataclass
class Tried:
    """What became of one kind of fault. stopped: how often it kept the command from its end. lost: trials in which
    something was lost or half there. wrong: what was lost, half visible, or said in more than one line."""

    part: str
    what: str
    command: str
    times: int = 0
    stopped: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return it as a row of the page."""
        return {
            "part": self.part, "case": f"{self.what}: {self.command}", "what": self.what, "command": self.command,
            "times": self.times, "stopped": self.stopped, "lost": self.lost, "wrong": self.wrong, "ok": not self.wrong,
        }  # fmt: skip


class Bed:
    """A command, its folder as it is before, and what is there after it, once and twice, when nothing disturbs it."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.command, self.work, self._base = command, folder / "work", folder / "base"
        self.work.mkdir(parents=True)
        command.prepare(self.work)
        shutil.copytree(self.work, self._base)
        self.before = command.look(self.work)
        self.first = self._whole()
        self.after = command.look(self.work)
        self._whole()
        self.twice = command.look(self.work)
        if self.after == self.before:
            raise SportsaiError(f"{command.name} changes nothing, so that nothing of it can be lost")

    def _whole(self) -> Done:
        done = run(self.command.words(self.work), self.work, Fault())
        if done.code:
            raise SportsaiError(f"{self.command.name} does not run: {' '.join(done.lines)[-300:]}")
        return done

    def anew(self) -> None:
        """Put the folder back as it was before."""
        shutil.rmtree(self.work)
        shutil.copytree(self._base, self.work)

    def attempt(self, tried: Tried, fault: Fault) -> None:
        """Do the command with a fault, look, and do it again without: it must end as if nothing had been."""
        self.anew()
        if fault.bare:
            _writable(self.work, False)
        done = run(self.command.words(self.work), self.work, fault)
        if fault.bare:
            _writable(self.work, True)
        tried.times += 1
        tried.stopped += done.code != 0
        problems = list(self._problems(done))
        tried.lost += bool(problems)
        clear = done.code == 1 and len(done.lines) == 1 and done.lines[0].startswith("sportsai: ")
        if done.code not in (0, -signal.SIGKILL) and not clear:
            problems.append(f"ended with {done.code}: {one_line(' '.join(done.lines[-2:]), 200)}")
        tried.wrong += [f"{fault}: {p}" for p in problems]

    def _problems(self, done: Done) -> Iterator[str]:
        try:
            now = self.command.look(self.work)
        except SportsaiError as bad:
            yield f"half there: {bad}"
            return
        if now not in (self.before, self.after):
            if self.command.whole:
                yield f"neither the old nor the new: {_other(now, self.before, self.after)}"
            else:
                mixed = [k for k in {*now, *self.before} if now.get(k) not in (self.before.get(k), self.after.get(k))]
                mixed = [k for k in mixed if " run " not in k or k in now]  # a game read anew is not analysed yet
                mixed = [k for k in mixed if not k.startswith("page ")]  # whole, and of what failed says so
                if mixed:
                    yield f"neither the old nor the new: {sorted(mixed)}"
        if (done.code == 0 or self.command.told in done.said) and now != self.after:
            yield f"accepted and not there: {_other(now, self.after, self.after)}"
        again = run(self.command.words(self.work), self.work, Fault())
        if again.code:
            yield f"the next run fails: {one_line(' '.join(again.lines), 200)}"
            return
        wanted = self.twice if now == self.after else self.after
        try:
            last = self.command.look(self.work)
        except SportsaiError as bad:
            yield f"half there after the next run: {bad}"
            return
        if last != wanted:
            yield f"the next run ends otherwise: {_other(last, wanted, wanted)}"
        left = [p.name for p in self.work.rglob("*") if p.name.endswith(".tmp") or p.name.startswith(".v-")]
        if left:
            yield f"left behind: {left[:3]}"


def _writable(folder: Path, may: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod((path.stat().st_mode | 0o200) if may else (path.stat().st_mode & ~0o222))


def _other(now: State, one: State, two: State) -> list[str]:
    return sorted(k for k in {*now, *one, *two} if now.get(k) != one.get(k) or now.get(k) != two.get(k))[:4]


# ---- trials ----------------------------------------------------------------------------------------------------------


def killed_at_steps(bed: Bed, every: int = 1) -> Tried:
    """Kill a command before each of its steps (every so many)."""
    tried = Tried("kills", "before each step" if every == 1 else f"before each {every}th step", bed.command.name)
    for step in range(0, bed.first.steps, every):
        bed.attempt(tried, Fault(step))
    return tried


def killed_by_chance(bed: Bed, kills: int, seed: int = 0) -> Tried:
    """Kill a command at moments drawn by chance: half of them anywhere, half shortly after one of its steps."""
    rng = np.random.default_rng(seed)
    tried = Tried("kills", "by chance", bed.command.name)
    for k in range(kills):
        if k % 2:
            fault = Fault(int(rng.integers(bed.first.steps)), after_s=float(rng.uniform(0, _AFTER_S)))
        else:
            fault = Fault(after_s=float(rng.uniform(0, bed.first.seconds)))
        bed.attempt(tried, fault)
    return tried


def refused(bed: Bed, number: int, every: int = 1) -> Tried:
    """Let the disk refuse each of a command's steps (every so many) with an error of the operating system."""
    tried = Tried("faults", f"{DISK[number]}, at {'each' if every == 1 else f'each {every}th'} step", bed.command.name)
    for step in range(0, bed.first.steps, every):
        bed.attempt(tried, Fault(step, number))
    return tried


def short(bed: Bed, sizes: Sequence[int]) -> Tried:
    """Let no file grow past each of some sizes: what a full disk does to Arrow's own writes, too."""
    tried = Tried("faults", f"disk full after {len(sizes)} sizes of a file", bed.command.name)
    for size in sizes:
        bed.attempt(tried, Fault(bytes=size))
    return tried


def forbidden(bed: Bed) -> Tried:
    """Run a command where it may read the library and not write there."""
    tried = Tried("faults", "a folder that may only be read", bed.command.name)
    bed.attempt(tried, Fault(bare=True))
    return tried


def clocks(bed: Bed) -> Tried:
    """Set the clock a year back, and a year on, for a command and for the files before it; nothing may change by it."""
    tried = Tried("faults", "clock a year back or on, files of the future", bed.command.name)
    for clock_s, files_s in ((-YEAR_S, 0.0), (YEAR_S, 0.0), (0.0, YEAR_S), (-YEAR_S, YEAR_S), (YEAR_S, -YEAR_S)):
        bed.anew()
        for path in bed.work.rglob("*"):
            at = path.stat().st_mtime + files_s
            os.utime(path, (at, at))
        done = run(bed.command.words(bed.work), bed.work, Fault(clock_s=clock_s))
        tried.times += 1
        first = bed.command.look(bed.work)
        again = run(bed.command.words(bed.work), bed.work, Fault(clock_s=-clock_s))
        last = bed.command.look(bed.work)
        if done.code or again.code or first != bed.after or last != bed.twice:
            tried.lost += 1
            tried.wrong.append(f"clock {clock_s:+.0f} s, files {files_s:+.0f} s: {_other(first, bed.after, bed.after)} "
                               f"{_other(last, bed.twice, bed.twice)} {done.lines + again.lines}")  # fmt: skip
    return tried


def two_at_once(one: Command, other: Command, folder: Path, times: int, seed: int = 0) -> Tried:
    """Run two commands on one library at once, and read it all the while; both must hold, and nothing else change."""
    bed = Bed(one, folder)
    wanted = [_after(bed, one, other), _after(bed, other, one)]
    alone = [_after(bed, one), _after(bed, other)]
    rng = np.random.default_rng(seed)
    tried = Tried("faults", "two at once, and a reader", f"{one.name} + {other.name}")
    for _ in range(times):
        bed.anew()
        running = []
        for command in (one, other):
            running.append(begin(command.words(bed.work), bed.work, Fault()))
            if len(running) == 1:
                signal.sigtimedwait([], float(rng.uniform(0, bed.first.seconds)))
        tried.times += 1
        problems = list(_while_read(bed, running[-1].pid))
        done = [wait(r, Fault()) for r in running]
        anew = [len(d.lines) == 1 and d.code == 1 and "was read anew meanwhile" in d.lines[0] for d in done]
        problems += [
            one_line(" ".join(d.lines[-9:]), 900) for d, no in zip(done, anew, strict=True) if d.code and not no
        ]
        now, right = one.look(bed.work), wanted if not any(anew) else [alone[anew.index(False)]]
        tried.stopped += any(anew)
        if now not in right:
            problems.append(f"not what the two leave: {_other(now, right[0], right[-1])}")
        tried.lost += bool(problems)
        tried.wrong += problems
    return tried


def _after(bed: Bed, *commands: Command) -> State:
    bed.anew()
    for command in commands:
        run(command.words(bed.work), bed.work, Fault())
    return bed.command.look(bed.work)


def _while_read(bed: Bed, pid: int) -> Iterator[str]:
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        try:
            bed.command.look(bed.work)
        except SportsaiError as bad:
            yield f"half visible: {bad}"


def preload() -> None:
    """Import what the commands import, so that each fork does not do it anew."""
    from importlib import import_module
    from pkgutil import walk_packages

    import sportsai

    for name in ("torch", "sklearn.ensemble", "scipy.signal", "scipy.stats", "pyarrow.parquet", "duckdb"):
        import_module(name)
    for package in ("court", "data", "readers", "library", "learn", "analysis", "report", "season"):
        for one in walk_packages([str(Path(sportsai.__file__).parent / package)], f"sportsai.{package}."):
            import_module(one.name)


# ---- all of it -------------------------------------------------------------------------------------------------------


def trials(commands: dict[str, Command], folder: Path, quick: bool, part: str) -> Iterator[Tried]:
    """Yield what became of every kill (part "kills") or fault of the disk, the clock and neighbours ("faults")."""
    preload()
    for n, command in enumerate(commands.values()):
        place = folder / f"{part}-{n}"
        bed = Bed(command, place)
        for one in (_kills if part == "kills" else _faults)(bed, quick):
            yield one()
        shutil.rmtree(place)
    if part == "faults":
        anew, new = "ingest, a game anew", "ingest, a new game"
        pairs = [(anew, anew), (anew, new), (anew, "label"), (anew, "analyse"), ("analyse", "label"),
                 ("label", "label"), ("analyse", "analyse")]  # fmt: skip
        for n, (a, b) in enumerate(p for p in pairs if {*p} <= {*commands}):
            yield two_at_once(commands[a], commands[b], folder / f"two-{n}", 1 if quick else 10, n)


def _kills(bed: Bed, quick: bool) -> list[Callable[[], Tried]]:
    long = not bed.command.whole and bed.first.steps > 100  # a season: a step in six, and fewer by chance
    steps, kills = (7, 2) if quick else (6, 15) if long else (1, 40)
    return [lambda: killed_at_steps(bed, steps), lambda: killed_by_chance(bed, kills)]


def _faults(bed: Bed, quick: bool) -> list[Callable[[], Tried]]:
    slow = not bed.command.whole
    sizes = [0, 300] if quick else [0, 1, 64, 256, 1000, 2000, 3000, 4096, 6000, 8192, 12_000, 20_000, 65_536]
    numbers = (errno.ENOSPC,) if quick else (*DISK,)
    every = 9 if quick else 8 if slow else 1
    made: list[Callable[[], Tried]] = [lambda n=n: refused(bed, n, every) for n in numbers]  # type: ignore[misc]
    made.append(lambda: short(bed, sizes))
    if callable(bed.command.words(bed.work)):
        return made
    return [*made, lambda: forbidden(bed), lambda: clocks(bed)]
