"""Devices and pipes where a command expects a file: one line, no wait without end, and the device stays what it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sportsai.bench._attacks import Attack, Through
from sportsai.bench._faulty import Fault, begin, wait

LIMIT_S = 40.0
IN, OUT = "{in}", "{out}"
# every path that a command is given: its words, of what ending; those of a library have it added
READS: tuple[tuple[str, ...], ...] = (
    ("ingest", IN, "-l", "soccer"), ("ingest", IN, "-l", "soccer", "--provider", "skillcorner"),
    ("ingest", IN, "-l", "soccer", "--provider", "table"), ("ingest", IN, "-l", "nba", "--provider", "nba_quarters"),
    ("ingest", IN, "-l", "soccer", "--provider", "tracab"), ("ingest", IN, "-l", "soccer", "--provider", "mot"),
    ("season", IN, "-l", "soccer", "--workers", "0", "--reports", "{folder}/pages"),
    ("season", "-l", "soccer", "--workers", "0", "--reports", "{folder}/pages", "--weights", IN),
    ("analyse", "1", "--weights", IN), ("refine", "1", "--weights", IN), ("detect", "1", "--weights", IN),
    ("highlights", "1", "--weights", IN), ("phases", "1", "--weights", IN), ("live", IN, "--league", "soccer"),
    ("live", "{game}", "--league", "soccer", "--weights", IN), ("label", "1", "--import", IN),
    ("film", "1", "pass", "--video", IN, "-o", "{folder}/films"),
    ("query", "pass", "-o", "{folder}/x.mp4", "--video", IN), ("track", IN, "-l", "volleyball"),
    ("track", "{film}", "-l", "volleyball", "--points", IN), ("track", "{film}", "-l", "volleyball", "--weights", IN),
    ("clips", "train", IN), ("clips", "train", "{folder}", "--backbone", IN),
    ("clips", "label", IN, "--weights", "{folder}/none"), ("clips", "label", "{film}", "--weights", IN),
    ("evaluate", "soccer", "shared_compare", "--data", IN),
    ("evaluate", "soccer", "shared_compare", "--data", "{folder}/none", "--weights", IN),
    ("style", "basketball", "styles", "--data", IN), ("style", "basketball", "styles", "--weights", IN),
    ("train", "soccer", "shared_compare", "--quick", "--data", IN),
    ("train", "soccer", "shared_compare", "--quick", "--corrections", IN),
    ("sweep", "soccer", "shared_compare", "--data", IN, "--param", "train.lr=0.1,0.2", "--trials", "1", "--out",
     "{folder}/swept"),
)  # fmt: skip
WRITES: tuple[tuple[str, ...], ...] = (
    ("report", "1", "-o", OUT), ("label", "1", "--export", OUT), ("query", "pass", "-o", OUT + ".csv"),
    ("query", "pass", "-o", OUT + ".json"), ("query", "pass", "-o", OUT + ".parquet"),
    ("query", "pass", "-o", OUT + ".xml"), ("query", "pass", "-o", OUT + ".html"),
    ("query", "pass", "-o", OUT + ".gif"), ("query", "--sql", "select 1", "-o", OUT + ".csv"),
    ("phases", "1", "--plot", OUT + ".svg"), ("phases", "1", "--csv", OUT + ".csv"),
    ("phases", "1", "--xml", OUT + ".xml"), ("film", "1", "pass", "-o", OUT),
    ("bench", "start", "--quick", "-o", OUT),
    ("live", "{game}", "--league", "soccer", "--until-quiet", "0.2", "-o", OUT),
    ("season", "-l", "soccer", "--workers", "0", "--reports", OUT),
    ("ingest", "{game}", "-l", "soccer", "--library", OUT), ("simulate", "volleyball", "-o", OUT),
    ("simulate", "broadcast", "1", "-o", OUT + ".mp4"),
    ("train", "soccer", "shared_compare", "--quick", "--out", OUT), ("clips", "train", "{folder}", "--keep", OUT),
    ("demo", "-o", OUT), ("track", "{film}", "-l", "volleyball", "--boxes", OUT),
    ("track", "{film}", "-l", "volleyball", "--film", OUT + ".mp4"),
)  # fmt: skip


def made() -> list[Attack]:
    """Return the attacks by devices and pipes."""
    return [
        *(Attack("device read", f"{what} as what each command reads", partial(_reads, what)) for what in SOURCES),
        *(Attack("device written", f"{what} as what each command writes", partial(_writes, what)) for what in SINKS),
    ]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(number: int, path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))
    except PermissionError:
        path.symlink_to({5: "/dev/zero", 7: "/dev/full"}[number])


SOURCES: dict[str, Callable[[Path], None]] = {"a pipe that nobody writes to": _pipe, "/dev/zero": partial(_device, 5)}
SINKS: dict[str, Callable[[Path], None]] = {"a pipe that nobody reads": _pipe, "/dev/full": partial(_device, 7),
         "a link to /dev/full": lambda path: path.symlink_to("/dev/full")}  # fmt: skip


def _folder(folder: Path) -> dict[str, str]:
    from sportsai.bench._faults_library import filled, played
    from sportsai.bench._fuzz_targets import film

    filled(folder / "library")
    (folder / "film.mp4").write_bytes(film("mp4", "mpeg4", 12))
    return {"{folder}": str(folder), "{film}": str(folder / "film.mp4"), "{game}": str(played(folder / "game"))}


def _reads(what: str, folder: Path) -> Iterator[str]:
    known = _folder(folder)
    for words in READS:
        if words[:2] == ("live", IN) and SOURCES[what] is _pipe:
            continue  # it follows a pipe, and waits for who writes
        names = (
            ("in.json", "in.csv", "in.gz", "in.npz")
            if words[:2] == ("ingest", IN) and len(words) == 4
            else ("in.json",)
        )
        for name in names:
            path = folder / name
            path.unlink(missing_ok=True)
            SOURCES[what](path)
            yield _one(words, known | {IN: str(path)}, folder, path)


def _writes(what: str, folder: Path) -> Iterator[str]:
    known = _folder(folder)
    for words in WRITES:
        ending = next(w.removeprefix(OUT) for w in words if w.startswith(OUT))
        path = folder / f"out{ending}"
        path.unlink(missing_ok=True)
        SINKS[what](path)
        yield _one(words, known | {OUT + ending: str(path)}, folder, path)


def _one(words: tuple[str, ...], known: dict[str, str], folder: Path, path: Path) -> str:
    def put(word: str) -> str:
        for key, value in known.items():
            word = word.replace(key, value)
        return word

    line, said = [put(w) for w in words], " ".join(words)
    if "--library" not in line and not said.startswith(WITHOUT):
        line += ["--library", str(folder / "library")]
    before = path.lstat()
    fault = Fault(memory=8 << 30, limit_s=LIMIT_S)
    done = wait(begin(line, folder, fault), fault)
    if done.code < 0:
        raise Through(f"{said}: took longer than {LIMIT_S:g} s")
    after = path.lstat()
    if (before.st_ino, before.st_mode) != (after.st_ino, after.st_mode):
        raise Through(f"{said}: it was replaced")
    if any("Traceback" in x for x in done.lines) or done.code not in (0, 1, 2):
        raise Through(f"{said}: {done.code}, {' '.join(done.lines[-2:])[:200]}")
    if done.code and not any(x.startswith(("sportsai: ", "Error: ")) for x in done.lines[-1:]):
        raise Through(f"{said}: {' '.join(done.lines)[:200]}")
    return done.lines[-1] if done.lines else "done, and the device is as it was"


WITHOUT = ("clips", "bench", "style", "live", "simulate volleyball")  # they have no library
