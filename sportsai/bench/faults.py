"""What is lost when a command is killed, the disk fails, a file is broken, or somebody means harm: how often, and what.

Each part makes its faults anew: kills before each step and by chance, refusals of the disk, two commands at once,
inputs mutated by a seed and by coverage, and attacks one by one. What is lost is counted, not assumed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sportsai.bench._process import environment

TITLE = "Faults and attacks: what is lost, and what is said"
PARTS = ("kills", "faults", "inputs", "guided", "attacks")
SLOW = {"reader datafactory", "reader nba_quarters", "reader belgium", "library", "SQL", "which reader"}
INPUTS, QUICK_INPUTS = 900, 12  # of each target; a SLOW one has a third
GUIDED_S, QUICK_S = 10.0, 1.0
GROWTH_MB = 16.0  # memory that the last third of a target's inputs may add: caches fill, allocators keep some


def run(quick: bool = False, parts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return a row for each kind of fault; "ok" is False where something was lost or not said in one line.

    Several parts run one after the other, each in a process of its own: threads and modules that one leaves behind are
    not forked, nor hidden from coverage, in the next.
    """
    asked = parts or PARTS
    return _part(asked[0], quick) if len(asked) == 1 else [row for part in asked for row in _apart(part, quick)]


def _apart(part: str, quick: bool) -> list[dict[str, Any]]:
    """Return a part's rows, made in a process of its own."""
    code = (
        "import json, sys; from pathlib import Path; from sportsai.bench.faults import run; "
        "Path(sys.argv[3]).write_text(json.dumps(run(sys.argv[2] == 'quick', [sys.argv[1]])))"
    )
    with tempfile.TemporaryDirectory(prefix="sportsai-faults-") as made:
        rows = Path(made) / "rows.json"
        subprocess.run([sys.executable, "-c", code, part, "quick" if quick else "", str(rows)],
                       env=environment(), check=True)  # fmt: skip
        return list(json.loads(rows.read_text()))


def _part(part: str, quick: bool) -> list[dict[str, Any]]:
    doing: dict[str, Callable[[bool], Iterator[dict[str, Any]]]] = {
        "kills": lambda quick: _tried("kills", quick), "faults": lambda quick: _tried("faults", quick),
        "inputs": _inputs, "guided": _guided, "attacks": _attacks,
    }  # fmt: skip
    start = time.perf_counter()
    rows = list(doing[part](quick))
    return [*rows, {"part": part, "case": f"time of {part}", "minutes": (time.perf_counter() - start) / 60}]


def _tried(part: str, quick: bool) -> Iterator[dict[str, Any]]:
    from sportsai.bench._faulty_commands import commands
    from sportsai.bench._kills import trials

    with tempfile.TemporaryDirectory(prefix="sportsai-faults-") as made:
        for tried in trials(commands(Path(made) / "sources"), Path(made), quick, part):
            yield tried.row()


def _inputs(quick: bool) -> Iterator[dict[str, Any]]:
    from sportsai.bench._fuzz import steady
    from sportsai.bench._fuzz_targets import targets

    for name, target in targets().items():
        yield _target("inputs", steady(target, (QUICK_INPUTS if quick else INPUTS) // (3 if name in SLOW else 1)))


def _guided(quick: bool) -> Iterator[dict[str, Any]]:
    from importlib.util import find_spec

    from sportsai.bench._fuzz import fuzz
    from sportsai.bench._fuzz_targets import targets

    if find_spec("atheris") is None:
        return
    with tempfile.TemporaryDirectory(prefix="sportsai-fuzz-") as made:
        names = [n for k, n in enumerate(targets()) if not quick or k % 8 == 0]
        for found in fuzz(names, QUICK_S if quick else GUIDED_S, Path(made)):
            yield _target("guided", found)


def _target(part: str, found: Any) -> dict[str, Any]:
    grows = found.growth_mb > GROWTH_MB
    wrong = [f"{key} ({known['times']} times): {known['said'][:120]}" for key, known in found.problems.items()]
    return {
        "part": part, "case": f"{part}: {found.target}", "target": found.target, "times": found.inputs,
        "accepted": found.accepted, "refused": found.refused, "slowest_s": found.slowest_s,
        "growth_mb": found.growth_mb, "lost": len(found.problems),
        "wrong": wrong + ["memory grows"] * grows, "ok": not wrong and not grows,
    }  # fmt: skip


def _attacks(quick: bool) -> Iterator[dict[str, Any]]:
    from sportsai.bench._attacks import attacks, attempt

    with tempfile.TemporaryDirectory(prefix="sportsai-attacks-") as made:
        for n, attack in enumerate(attacks()):
            folder = Path(made) / str(n)
            folder.mkdir()
            times, said, wrong = attempt(attack, folder)
            yield {"part": "attacks", "case": f"{attack.kind}: {attack.what}", "kind": attack.kind, "what": attack.what,
                   "times": times, "said": said, "lost": len(wrong), "wrong": wrong, "ok": not wrong}  # fmt: skip


# ---- the page --------------------------------------------------------------------------------------------------------


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows: a section for each part."""
    lines = [
        "", "What is promised, and where it ends, is in [docs/safety.md](../../docs/safety.md). Every figure here was",
        "counted by a command at the foot; *lost* counts trials after which something accepted was not there, was half",
        "there, or came out otherwise than undisturbed.",
    ]  # fmt: skip
    sections = {"kills": _kills_page, "faults": _faults_page, "inputs": _inputs_page, "guided": _guided_page,
                "attacks": _attacks_page}  # fmt: skip
    for part in PARTS:
        mine = [r for r in rows if r["part"] == part and "times" in r]
        minutes = [r["minutes"] for r in rows if r["part"] == part and "minutes" in r]
        if mine:
            took = f" {minutes[0]:.1f} min." if minutes else ""
            lines += ["", *sections[part](mine, took), *_wrong(mine)]
    return lines


def _counted(rows: list[dict[str, Any]], what: str, lost: str = "lost") -> str:
    times, bad = (sum(r[key] for r in rows) for key in ("times", "lost"))
    return f"**{times:,} {what}, {lost}: {bad:,}.**"


def _wrong(rows: list[dict[str, Any]]) -> list[str]:
    wrong = [f"- {r['case']}: {w}" for r in rows for w in r["wrong"]]
    return ["", "What went wrong:", "", *wrong[:20]] if wrong else []


def _kills_page(rows: list[dict[str, Any]], took: str) -> list[str]:
    return [
        "## kill -9", "",
        f"{_counted(rows, 'kills')} A command is killed before each of its changes of a file,",
        "and at moments drawn by chance. What is there must be the old or the new, whole, every file of it read; and",
        f"the same command, run again, must end as if nothing had been, with no draft left lying about.{took}",
        "", "| command | killed | trials | ended before their end | lost |", "|---|---|---:|---:|---:|",
        *(f"| {r['command']} | {r['what']} | {r['times']:,} | {r['stopped']:,} | {r['lost']} |" for r in rows),
    ]  # fmt: skip


def _faults_page(rows: list[dict[str, Any]], took: str) -> list[str]:
    return [
        "## The disk, the clock, and two at once", "",
        f"{_counted(rows, 'faults')} The same is asked as of kills; a command that ends early says why in",
        "one line, with exit code 1. Sizes: no file may grow past it, Arrow's own writes too. A year: what a command",
        f"takes for the time, or the times of the files before it. Two at once: a third reads all the while.{took}",
        "", "| fault | command | trials | refused, in one line | lost |", "|---|---|---:|---:|---:|",
        *(f"| {r['what']} | {r['command']} | {r['times']:,} | {r['stopped']:,} | {r['lost']} |" for r in rows),
    ]  # fmt: skip


def _target_table(rows: list[dict[str, Any]]) -> list[str]:
    return [
        "| what reads it | inputs | read | refused, in one line | slowest, s | grown, MB | problems |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(f"| {r['target']} | {r['times']:,} | {r['accepted']:,} | {r['refused']:,} | {r['slowest_s']:.2f} | "
          f"{max(0, r['growth_mb']):.1f} | {r['lost']} |" for r in rows),
    ]  # fmt: skip


def _inputs_page(rows: list[dict[str, Any]], took: str) -> list[str]:
    return [
        "## Mutated inputs", "",
        f"{_counted(rows, 'inputs', 'problems')} Real and made-up examples with bytes, numbers, cells, JSON values,",
        "tags, archive members, table columns or tensor headers changed; the same ones for the same seed. Out may come",
        "an answer or one of our own errors in a line, within 10 s. Grown: the memory that the last",
        f"third of a target's inputs left more than the middle third.{took}", "", *_target_table(rows),
    ]  # fmt: skip


def _guided_page(rows: list[dict[str, Any]], took: str) -> list[str]:
    return [
        "## Mutated inputs, led by coverage", "",
        f"{_counted(rows, 'inputs', 'problems')} The same, by atheris (the extra `fuzz`): what reaches lines of ours",
        f"that nothing reached before is mutated further. A process and a limit of memory for each.{took}",
        "", *_target_table(rows),
    ]  # fmt: skip


def _attacks_page(rows: list[dict[str, Any]], took: str) -> list[str]:
    return [
        "## Attacks", "",
        f"{_counted(rows, f'attacks of {len(rows)} sorts', 'got through')} Each is made and sent here; beside it,",
        f"what came of the first.{took}",
        "", "| kind | attack | times | what came of it | got through |", "|---|---|---:|---|---:|",
        *(f"| {r['kind']} | {_cell(r['what'])} | {r['times']:,} | {_cell(r['said'])} | {r['lost']} |" for r in rows),
    ]  # fmt: skip


def _cell(text: str) -> str:
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("`", "'"), ("*", "&#42;")):
        text = text.replace(sign, instead)
    return text
