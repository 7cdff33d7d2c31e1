"""A plan on paper: what a thousand games, a hundred leagues and live feeds take, from what one game takes.

Measured: CPU-seconds, memory and disk of one game of each kind, in a process that has done one before; and what grows
with the number of games. All else is arithmetic with assumptions that stand beside it: change them for your own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sportsai.bench._process import environment

TITLE = "A plan on paper: a thousand games, a hundred leagues, live feeds"
PAGES, LISTED = (1_000, 10_000, 38_000), (1_000, 5_000)
QUESTION = "shot then rebound within 5s"
LEAGUES, SEASON = 100, 380  # leagues, games of each
FEEDS = (1, 10, 100)
GB_A_CORE = 4  # of a rented core


@dataclass(frozen=True)
class Assumed:
    """core_hour: money for an hour of one rented core with its 4 GB. gb_month: for a GB kept a month in object storage.
    night_h: hours in which all is to be done. spare: cores are bought so many times over, for what is not measured
    (reading from far away, workers that wait). again: how often a year all is analysed anew, with better weights."""

    core_hour: float = 0.05
    gb_month: float = 0.025
    night_h: float = 10.0
    spare: float = 1.5
    again: float = 4.0


def needed(unit: Mapping[str, float], games: int, a: Assumed) -> dict[str, float]:
    """Return what so many games take: CPU-hours, cores to be done in a night, GB on the disk, money once and a year.

    unit: of a game, work_s and report_s, start_s of a worker, library_mb, report_mb, source_mb and most_mb.
    """
    cpu_h = games * (unit["work_s"] + unit["report_s"]) / 3600
    cores = max(1.0, -(-cpu_h * a.spare // a.night_h))
    cpu_h += cores * unit["start_s"] / 3600
    kept_gb = games * (unit["library_mb"] + unit["report_mb"]) / 1024
    raw_gb = games * unit["source_mb"] / 1024
    once = cpu_h * a.spare * a.core_hour
    return {
        "cpu_h": cpu_h, "cores": cores, "memory_gb": cores * unit["most_mb"] / 1024, "kept_gb": kept_gb,
        "raw_gb": raw_gb, "once": once, "year": once * a.again + 12 * (kept_gb + raw_gb) * a.gb_month,
    }  # fmt: skip


def live(unit: Mapping[str, float], feeds: int, a: Assumed) -> dict[str, float]:
    """Return what feeds at once take, a process each: cores, GB of memory, and money an hour for whichever is more.

    A minute of play is counted as it costs in a batch.
    """
    share = unit["work_s"] / (60 * unit["minutes"])
    cores = max(1.0, -(-feeds * share * a.spare // 1))
    memory_gb = feeds * unit["most_mb"] / 1024
    return {"share": share, "cores": cores, "memory_gb": memory_gb,
            "hour": max(cores, memory_gb / GB_A_CORE) * a.core_hour}  # fmt: skip


def a_game_more(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    """Return what a game more in a library takes: between the smallest and the largest that was measured."""
    first, last = rows[0], rows[-1]
    if first is last:
        return float(last[name]) / float(last["games_held"])
    return (float(last[name]) - float(first[name])) / (float(last["games_held"]) - float(first["games_held"]))


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row a kind of game, then a row each for what grows with the number of games; quick: small numbers."""
    rows = []
    for case, given, mb in _kinds():
        cost = _child("game_cost", *given)
        rows.append({"case": case, **cost, "source_mb": mb / cost["games"]})
    with tempfile.TemporaryDirectory() as folder:
        one, game, summary = _one_game(Path(folder))
        rows += [
            {"case": f"season page of {n:,} games", "games_held": n, **_child("season_page_cost", summary, n)}
            for n in (PAGES[:1] if quick else PAGES)
        ]
        from sportsai.bench._plan_units import multiply

        for n in (100,) if quick else LISTED:
            many = Path(folder) / f"many-{n}"
            multiply(one, many, game, n)
            rows.append({"case": f"library of {n:,} games", "games_held": n,
                         **_child("library_cost", str(many), QUESTION)})  # fmt: skip
    return rows


def _kinds() -> list[tuple[str, tuple[Any, ...], float]]:
    """Return name, what `game_cost` is given, and the MB of the file of those games, of each kind that is here."""
    from sportsai.resources import data_folder, demo_match

    files = [str(p) for p in demo_match()]
    found: list[tuple[str, tuple[Any, ...], float]] = [
        ("soccer match, broadcast tracking", ("bundesliga", "\n".join(files), "skillcorner", (-1, -1), ("", "")),
         sum(Path(f).stat().st_size for f in files) / 2**20),
    ]  # fmt: skip
    folder = data_folder()
    nba = folder / "basketball" / "nba_q1.npz" if folder else Path("none")
    if nba.is_file():
        from sportsai.readers import load_reader

        reader: Any = load_reader("nba_quarters")
        ids, _ = reader.index((nba,))
        given = ("nba", str(nba), "nba_quarters", (3, 4), (ids[3], ids[4]))
        found.append(("NBA quarter", given, nba.stat().st_size / 2**20 / len(ids)))
    hockey = folder / "hockey" / "bdc2022_tracking.parquet" if folder else Path("none")
    if hockey.is_file():
        given = ("olympics_hockey", str(hockey), "bigdatacup", (-1, -1), ("", ""))
        found.append(("hockey power play", given, hockey.stat().st_size / 2**20))
    return found


def _one_game(folder: Path) -> tuple[Path, str, dict[str, Any]]:
    """Return a library with one game that was analysed and summed up, its id and its summary."""
    from sportsai.season.sources import Item
    from sportsai.season.work import Job, work

    kinds = {name: given for name, given, _ in _kinds()}
    league, source, provider, places, ids = kinds.get("NBA quarter") or next(iter(kinds.values()))
    place = (places[0], ids[0]) if places[0] >= 0 else ()
    (done,) = work(Job(league, str(folder / "one")), Item(source, tuple(source.split("\n")), provider, *place))
    if done.summary is None:
        raise RuntimeError(done.why)
    return folder / "one", str(done.game), done.summary


def _child(name: str, *given: Any) -> dict[str, Any]:
    """Return what a function of `_plan_units` measures in a process of its own."""
    code = (
        "import json, sys; from pathlib import Path; from sportsai.bench import _plan_units as u; g = "
        "json.load(sys.stdin)\n"
        f"print(json.dumps(u.{name}(*([Path(g[0]), *g[1:]] if '{name}' == 'library_cost' else g))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(given), capture_output=True, text=True, env=environment()
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip()[-400:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the sections of the plan."""
    kinds = [r for r in rows if "work_s" in r]
    a = Assumed()
    return [
        *_unit_lines(kinds),
        *_assumed_lines(a),
        *_games_lines(kinds, a),
        *_live_lines(kinds, a),
        *_growth_lines(rows),
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        "|---" + "|---:" * (len(heads) - 1) + "|",
        *(f"| {' | '.join(r)} |" for r in rows),
    ]


def _unit_lines(kinds: Sequence[Mapping[str, Any]]) -> list[str]:
    columns: list[tuple[str, Callable[[Mapping[str, Any]], str]]] = [
        ("kind of game", lambda r: str(r["case"])),
        ("minutes of play", lambda r: f"{r['minutes']:.1f}"),
        ("read, analyse, sum up: CPU-s", lambda r: f"{r['work_s']:.2f}"),
        ("report: CPU-s", lambda r: f"{r['report_s']:.2f}"),
        ("a worker's start: CPU-s", lambda r: f"{r['start_s']:.1f}"),
        ("process at most: MB", lambda r: f"{r['most_mb']:.0f}"),
        ("provider's file: MB", lambda r: f"{r['source_mb']:.2f}"),
        ("in the library: MB", lambda r: f"{r['library_mb']:.2f}"),
        ("report: MB", lambda r: f"{r['report_mb']:.2f}"),
    ]
    return ["", *(__doc__ or "").split("\n")[2:], "## One game", "",
            *_table([h for h, _ in columns], [[f(r) for _, f in columns] for r in kinds]), "",
            "Measured by this page's own command; the same steps apart stand on [read](../reports/benchmarks/read.md), "
            "[analyse](../reports/benchmarks/analyse.md), [report](../reports/benchmarks/report.md) and "
            "[season](../reports/benchmarks/season.md). Kept memory over many games: "
            "[soak](../reports/benchmarks/soak.md).",
            ""]  # fmt: skip


def _assumed_lines(a: Assumed) -> list[str]:
    said = [
        ("core_hour", f"{a.core_hour:g}", "money for an hour of one rented core with 4 GB"),
        ("gb_month", f"{a.gb_month:g}", "money for a GB kept a month in object storage"),
        ("night_h", f"{a.night_h:g}", "hours in which all is to be done"),
        ("spare", f"{a.spare:g}", "cores and hours bought so many times over, for what is not measured"),
        ("again", f"{a.again:g}", "times a year that all is analysed anew"),
    ]
    return ["## Assumptions", "", "Nothing in this table is measured. The currency is whatever the prices are in.", "",
            "| name | value | what |", "|---|---:|---|", *(f"| {n} | {v} | {w} |" for n, v, w in said), ""]  # fmt: skip


def _games_lines(kinds: Sequence[Mapping[str, Any]], a: Assumed) -> list[str]:
    rows = []
    for count, name in ((1_000, "a thousand"), (LEAGUES * SEASON, f"{LEAGUES} leagues of {SEASON}")):
        for r in kinds:
            n = needed(r, count, a)
            rows.append([f"{name}: {r['case']}", f"{n['cpu_h']:,.1f}", f"{n['cores']:.0f}", f"{n['memory_gb']:.1f}",
                         f"{n['kept_gb']:,.1f}", f"{n['raw_gb']:,.1f}", f"{n['once']:,.2f}",
                         f"{n['year']:,.2f}"])  # fmt: skip
    heads = ["games", "CPU-hours", "cores for a night", "their memory, GB", "library and reports, GB",
             "providers' files, GB", "money once", "money a year"]  # fmt: skip
    return ["## Games", "", *_table(heads, rows), "",
            "CPU-hours = games × (work + report) / 3600, and a start a core. Cores = CPU-hours × spare / night_h, "
            "rounded "
            "up. Money once = CPU-hours × spare × core_hour. Money a year = money once × again + 12 × GB × gb_month. A "
            "worker holds one game at a time: memory is cores × the process at its most, whatever the number of games.",
            ""]  # fmt: skip


def _live_lines(kinds: Sequence[Mapping[str, Any]], a: Assumed) -> list[str]:
    rows = []
    for r in kinds:
        for feeds in FEEDS:
            n = live(r, feeds, a)
            rows.append([f"{feeds} × {r['case']}", f"{n['share']:.2%}", f"{n['cores']:.0f}", f"{n['memory_gb']:.1f}",
                         f"{n['hour']:.2f}"])  # fmt: skip
    return ["## Live feeds", "", *_table(["feeds at once", "of a core each", "cores", "GB", "money an hour"], rows), "",
            "Of a core = CPU-seconds of reading and analysing the finished game / seconds of play: the least a feed "
            "can "
            "take, for live work looks at the latest frames again and again. What it takes is measured by "
            "`sportsai bench live`; put that share in its place. Cores = feeds × share × spare, rounded up. GB = "
            "feeds × the process at its most. "
            f"Money = the larger of cores and GB / {GB_A_CORE}, × core_hour.", ""]  # fmt: skip


def _growth_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    pages = [r for r in rows if "page_mb" in r]
    held = [r for r in rows if "first question" in r]
    out = ["## What breaks first", "", "A season's page, thirty teams, made from so many summaries:", ""]
    out += _table(["games", "CPU-s", "memory more, MB", "page, MB"],
                  [[f"{r['games_held']:,}", f"{r['cpu_s']:.2f}", f"{r['mb']:.0f}", f"{r['page_mb']:.1f}"]
                   for r in pages])  # fmt: skip
    out += ["", f"One library of so many games (an NBA quarter's events each), listed, and asked `{QUESTION}`:", ""]
    out += _table(
        ["games", "list of all facts, CPU-s", "first question, CPU-s", "next question, CPU-s", "memory more, MB"],
        [[f"{r['games_held']:,}", f"{r['list']:.2f}", f"{r['first question']:.2f}", f"{r['next question']:.2f}",
          f"{r['mb']:.0f}"] for r in held],
    )  # fmt: skip
    big, all_games = pages[-1], LEAGUES * SEASON
    a_game, kb = a_game_more(held, "first question"), 1024 * a_game_more(held, "mb")
    out += [
        "",
        f"1. **A library of everything.** The first question reads every game's events: {1000 * a_game:.1f} ms of "
        "CPU and "
        f"{kb:.0f} KB a game more, so {a_game * all_games / 60:.1f} CPU-minutes and {kb * all_games / 2**20:.1f} GB "
        "for "
        f"{all_games:,} games in one library, of short games; a soccer match has several times the events. Each change "
        "of the library makes the next question a first one. Keep a library a league and season.",
        f"2. **One page of everything.** {big['games_held']:,} games make a page of {big['page_mb']:.0f} MB in "
        f"{big['cpu_s']:.0f} CPU-seconds and {big['mb']:.0f} MB; a league's season is a hundredth of {all_games:,}. "
        f"Until its page is written a season holds {big['held_kb']:.0f} KB a game.",
        f"3. **Listing.** `games` and the desk read a file of facts a game, {1000 * a_game_more(held, 'list'):.2f} "
        "ms each "
        "on a local disk; in object storage each is a request, tens of milliseconds. A report that is made alone reads "
        "the facts of all games of its library, those of a season only the 40 it is held against.",
        "4. **The scheduler.** Not measured beyond two workers on one machine. A game is one task of seconds, and no "
        "more "
        "are with the scheduler than there are threads, so its work goes with the workers and not with the games.",
    ]
    return out
