"""The whole path from a provider's file to a report, step by step, beside every project that can do a step.

One synthetic match in TRACAB's layout is given to all; reading apart, a step begins with the match in memory. Each
figure is the CPU time (user and system) of the step alone in a process of its own, the median of rounds in which the
projects take turns. In each process the step is done twice: "first" has what a project imports on the way, the other
columns, and the rates, are of the second time. The others live in an environment of their own: name its interpreter in
SPORTSAI_PEER_PYTHON.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sportsai.bench import _whole_path_steps as steps
from sportsai.bench.read import write_tracab

TITLE = "The whole path, step by step, beside other projects"
FRAMES, ROUNDS = 15_000, 5  # ten minutes at 25 a second
PEERS = ("kloppy", "floodlight", "databallpy", "unravelsports")
STEPS: dict[str, tuple[dict[str, str], str, str]] = {
    "read the provider's file": (steps.READ, "frames", ""),
    "speeds of all players": (steps.MOTION, "numbers", "floodlight takes differences, the two others fit a parabola"),
    "store": (steps.STORE, "frames", "kloppy's as a table of Parquet, from which it makes no match again"),
    "read back from the store": (steps.LOAD, "frames", ""),
    "pitch control": (steps.CONTROL, "cells", "models differ: arrival times; Gaussian influence; nearest player"),
}
ELSEWHERE = (
    ("player graphs", "unravelsports", "[graphs](graphs.md)"),
    ("questions over events", "kloppy, over one provider's match; DuckDB", "[query](query.md), beside DuckDB"),
    ("courts as pictures", "mplsoccer", "not raced: `sportsai[plots]` draws with mplsoccer"),
    ("values of actions (VAEP, xT)", "socceraction, databallpy", "sportsai does not do it"),
    ("events from positions, by a trained model", "none found", "[analyse](analyse.md)"),
    ("a report that leads to its evidence", "none found", "[report](report.md)"),
    ("a season of games, resumed where it broke off", "none found", "[season](season.md)"),
)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row a step and project; quick: a fifth of the frames, one round."""
    frames, rounds = (FRAMES // 5, 1) if quick else (FRAMES, ROUNDS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        positions, metadata = write_tracab(here, frames)
        _for_all(positions, metadata, here)
        versions = _versions()
        for step, (code, unit, note) in STEPS.items():
            rows += _step(step, code, unit, note, here, rounds, versions)
    return rows


def _for_all(positions: Path, metadata: Path, here: Path) -> None:
    """Write match.dat and match.xml as all can read them alike.

    databallpy asks for ids as numbers, when each left, and five periods; and fills a pause between halves with frames.
    """
    text = metadata.read_text()
    (_, first), (later, last) = (map(int, p) for p in re.findall(r'iStartFrame="(\d+)" iEndFrame="(\d+)"', text))
    pause = later - first - 1
    with positions.open() as lines, (here / "match.dat").open("w") as out:
        for line in lines:
            number, _, rest = line.partition(":")
            out.write(f"{int(number) - pause * (int(number) >= later)}:{rest}")
    text = text.replace(f'"{later}"', f'"{later - pause}"').replace(f'"{last}"', f'"{last - pause}"')
    text = text.replace("<PlayerId>Home", "<PlayerId>1").replace("<PlayerId>Away", "<PlayerId>2")
    unplayed = "".join(f'<period iId="{n}" iStartFrame="0" iEndFrame="0"/>' for n in (3, 4, 5))
    left = f"</StartFrameCount><EndFrameCount>{last - pause}</EndFrameCount>"
    text = text.replace("</match>", f"{unplayed}</match>").replace("</StartFrameCount>", left)
    (here / "match.xml").write_text(text)


def _versions() -> dict[str, str]:
    """Return which of the projects are there, and their versions; ours always."""
    found = {"sportsai": version("sportsai")}
    python = os.environ.get("SPORTSAI_PEER_PYTHON")
    if python:
        code = (
            "import json, sys; from importlib.metadata import version, PackageNotFoundError\nfound = {}\n"
            "for n in sys.argv[1:]:\n    try:\n        found[n] = version(n)\n    except PackageNotFoundError:\n"
            "        pass\nprint(json.dumps(found))"
        )
        done = subprocess.run([python, "-c", code, *PEERS], capture_output=True, text=True, check=True)
        found |= json.loads(done.stdout)
    return found


def _step(
    step: str, code: dict[str, str], unit: str, note: str, here: Path, rounds: int, versions: dict[str, str]
) -> list[dict[str, Any]]:
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in code if name in versions}
    made: dict[str, int] = {}
    failed: dict[str, str] = {}
    for _ in range(rounds):
        for name in [n for n in took if n not in failed]:
            try:
                *spent, made[name] = _measure(name, code[name], here)
            except RuntimeError as bad:
                if name == "sportsai":
                    raise
                failed[name] = str(bad)
                continue
            took[name].append((spent[0], spent[1]))
    return rows_of(step, unit, note, {n: v for n, v in took.items() if v}, made, failed, versions, list(code))


def rows_of(
    step: str, unit: str, note: str, took: dict[str, list[tuple[float, float]]], made: dict[str, int],
    failed: dict[str, str], versions: dict[str, str], named: list[str],
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the rows of a step, ours first, with how many times our CPU time the others take.

    took: of each project and round the CPU-seconds of the first and of the second time.
    """
    again = {name: [second for _, second in rounds] for name, rounds in took.items()}
    ours = statistics.median(again["sportsai"])
    rows = []
    for name in named:
        row: dict[str, Any] = {"case": step, "project": f"{name} {versions.get(name, '')}".strip()}
        if name not in again:
            row["note"] = failed.get(name, "not installed here: not measured")
            rows.append(row)
            continue
        middle = statistics.median(again[name])
        row |= {"made": made[name], "unit": unit, "first_s": statistics.median(first for first, _ in took[name]),
                "cpu_s": middle, "least": min(again[name]), "most": max(again[name]),
                "rounds": len(again[name]), "times_ours": middle / ours, "a_cpu_s": made[name] / middle,
                "times_rate": (made["sportsai"] / ours) / (made[name] / middle)}  # fmt: skip
        if name in failed:
            row["note"] = f"{failed[name]} after {len(again[name])} rounds"
        rows.append(row)
    rows[0]["note"] = note
    return rows


def _measure(name: str, code: str, here: Path) -> tuple[float, float, int]:
    """Return the CPU-seconds of a step in a process of its own, first and again, and how much it made."""
    python = sys.executable if name == "sportsai" else os.environ["SPORTSAI_PEER_PYTHON"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2"}
    env.pop("PYTHONPATH", None)
    if name == "sportsai":
        env["PYTHONPATH"] = str(Path(__file__).parents[2])
    with tempfile.TemporaryDirectory() as room:
        done = subprocess.run(
            [python, "-c", steps.START + code + steps.END, str(here), room], capture_output=True, text=True, env=env
        )
    if done.returncode:
        raise RuntimeError(f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1][:160]}")
    first, again, made = json.loads(done.stdout.strip().splitlines()[-1])
    return float(first), float(again), int(made)


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the sections of the page."""
    out = ["", *(__doc__ or "").split("\n")[2:]]
    out += ["| step | project | made | first, CPU-s | again, CPU-s | least to most | made a CPU-s | our rate to theirs "
            "| note |", "|---|---|---:|---:|---:|---:|---:|---:|---|"]  # fmt: skip
    for r in rows:
        if "cpu_s" not in r:
            out.append(f"| {r['case']} | {r['project']} | | | | | | | {r['note']} |")
            continue
        times = "" if r["project"].startswith("sportsai") else f"{r['times_rate']:.3g}"
        out.append(
            f"| {r['case']} | {r['project']} | {r['made']:,} {r['unit']} | {r['first_s']:.3g} | {r['cpu_s']:.3g} | "
            f"{r['least']:.3g} to {r['most']:.3g} | {float(format(r['a_cpu_s'], '.3g')):,.0f} | {times} | "
            f"{r.get('note', '')} |"
        )
    out += ["", "Our rate to theirs: what we make in a CPU-second over what they make. Who is below 1 is faster than "
            "we are. Where the numbers made differ (a project leaves out the bench, or frames), rates allow for it.",
            "", "## Steps measured elsewhere, or not at all", "", "| step | who else | where |",
            "|---|---|---|"]  # fmt: skip
    return [*out, *(f"| {a} | {b} | {c} |" for a, b, c in ELSEWHERE)]
