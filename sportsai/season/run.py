"""A season: every game read and recognised, then every report, then one page of it all.

Reports wait until all games are in, so that what is usual in a report does not depend on which game was done first. A
report says at its end what it was made from; one made from the same is not made again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from sportsai import __version__
from sportsai.court import load_league
from sportsai.errors import DataError
from sportsai.report.season_page import Failure, season_page
from sportsai.report.season_tables import Line
from sportsai.report.usual import MOST
from sportsai.season.place import Place
from sportsai.season.pool import Cluster, Here, Task
from sportsai.season.sources import Found, Item, find_items
from sportsai.season.store import store_of
from sportsai.season.styles import season_styles
from sportsai.season.work import Job, Outcome, report, work

PAGE, RECORD, GAMES = "season.html", "season.json", "games"


@dataclass(frozen=True)
class Step:
    """How far a season is. what: "games" or "reports". new: of those done, how many were not done before."""

    what: str
    done: int
    total: int
    new: int
    failed: int
    seconds: float
    last: str = ""

    @property
    def an_hour(self) -> float:
        """Games (or reports) an hour, those done before left out."""
        return 3600 * self.new / self.seconds if self.seconds > 0 else 0.0


@dataclass
class Season:
    """What became of a season. games: outcomes of those that are in, by id. failed: those that are not, or have no
    report. passed: files that no reader recognises. reports: game -> file. seconds: of "games", "reports" and "all".
    made: how many games and reports are new. stopped: whether it ended before its end."""

    games: dict[str, Outcome] = field(default_factory=dict)
    failed: list[Outcome] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    stopped: bool = False

    @property
    def summaries(self) -> list[dict[str, Any]]:
        """The summaries of all games, by date, then id."""
        found = [o.summary for o in self.games.values() if o.summary is not None]
        return sorted(found, key=lambda s: (str(s["date"] or ""), s["id"]))


def run_season(
    sources: Sequence[Path], league: str, job: Job, reports: str, pool: Here | Cluster, *, provider: str | None = None,
    say: Callable[[Step], None] | None = None,
) -> Season:  # fmt: skip
    """Do a season on a pool that is open; return what became of it. Sources: none for all games of the library.

    Writes into `reports`: a report a game under games/, season.html, and season.json with what failed and why; that one
    also when the season is stopped by KeyboardInterrupt or an error, which is raised again. Raises DataError where a
    source is nowhere or there is no game, StoreError where a page cannot be written.
    """
    known = load_league(league)
    place = Place(reports)
    found = find_items(tuple(sources), known, provider) if sources else _held(job)
    if not found.items and not found.broken:
        raise _nothing(sources, job, found)
    season = Season(passed=found.passed)
    season.failed = [Outcome(s, None, "failed", "read", why) for s, why in found.broken]
    started = time.perf_counter()
    try:
        _games(season, job, found.items, pool, say)
        season.seconds["games"] = time.perf_counter() - started
        _reports(season, job, place, pool, say)
        season.seconds["reports"] = time.perf_counter() - started - season.seconds["games"]
        place.write(PAGE, _page(season, known.full_name, known.sport).encode())
    except BaseException:
        season.stopped = True
        raise
    finally:
        season.seconds["all"] = time.perf_counter() - started
        place.write(RECORD, _record(season, job, pool))
    return season


def _nothing(sources: Sequence[Path], job: Job, found: Found) -> DataError:
    """Return what is said of sources, or a library, without a game: a season of none would look like a finished one."""
    if not sources:
        return DataError(f"no game of {job.league} is in this library", path=job.library,
                         todo="Name folders or files of games: sportsai season GAMES --league LEAGUE.")  # fmt: skip
    n = len(found.passed)
    passed = f" ({n} file{'s' * (n > 1)} there that no reader knows)" if n else ""
    return DataError(f"no game of {job.league} was found{passed}", path=", ".join(map(str, sources)),
                     expected="a provider's files, or folders of them",
                     todo="Check the path and --league, or name the format with --provider.")  # fmt: skip


def _held(job: Job) -> Found:
    """Return the games of the league that the library holds."""
    store = store_of(job.library)
    mine = [i for i in store.ids() if store.fetch(i, arrays=False) and store.library.facts(i)["league"] == job.league]
    return Found([Item(i, game=i) for i in mine])


def _games(season: Season, job: Job, items: Sequence[Item], pool: Any, say: Callable[[Step], None] | None) -> None:
    def lost(task: Task, why: str) -> list[Outcome]:
        item: Item = task[1][1]
        return [Outcome(item.source, item.game, "failed", "read", why)]

    start, new = time.perf_counter(), 0
    for done, outcomes in enumerate(pool.each(((work, (job, item)) for item in items), lost), 1):
        for one in outcomes:
            if one.status == "failed":
                season.failed.append(one)
            else:
                season.games[str(one.game)] = one
            new += one.status == "done"
        if say:
            last = outcomes[-1].game or outcomes[-1].source
            say(Step("games", done, len(items), new, len(season.failed), time.perf_counter() - start, last))
    season.made["games"] = new


def _reports(season: Season, job: Job, place: Place, pool: Any, say: Callable[[Step], None] | None) -> None:
    def lost(task: Task, why: str) -> Outcome:
        return Outcome(task[1][1], task[1][1], "failed", "report", why)

    start, marks, wanted = time.perf_counter(), dict[str, str](), list[Task]()
    for game_id, beside, mark in _marks(season.summaries):
        name = f"{GAMES}/{game_id}.html"
        marks[game_id] = mark
        if not job.force and place.tail(name, len(mark)) == mark.encode():
            season.reports[game_id] = name
        else:
            wanted.append((report, (job, game_id, beside)))
    new = 0
    for done, one in enumerate(pool.each(wanted, lost), 1):
        if one.status == "failed":
            season.failed.append(one)
        else:
            name = f"{GAMES}/{one.game}.html"
            place.write(name, one.html + marks[one.game].encode())
            season.reports[one.game], new = name, new + 1
        if say:
            passed = time.perf_counter() - start
            say(Step("reports", done, len(wanted), new, len(season.failed), passed, one.game))
    season.made["reports"] = new


def _marks(summaries: Sequence[dict[str, Any]]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield of each game its id, the games that say what is usual in it, and a mark of all its report is made from."""
    latest = sorted(summaries, key=lambda s: (str(s["date"] or ""), s["id"]), reverse=True)
    for one in summaries:
        others = (s for s in latest if s["contest"] != one["contest"] and s["kind"] == one["kind"])
        beside = list(islice(others, MOST))
        made_from = [__version__, one["mark"], [s["mark"] for s in beside]]
        digest = hashlib.sha256(orjson.dumps(made_from)).hexdigest()[:24]
        yield one["id"], tuple(s["id"] for s in beside), f"<!-- sportsai season {digest} -->\n"


def _page(season: Season, league: str, sport: str) -> str:
    summaries = season.summaries
    lines = [Line(s, season.reports.get(s["id"])) for s in summaries]
    failures = [Failure(o.source, o.game, o.stage, o.why) for o in season.failed]
    return season_page(league, sport, lines, failures, season.passed, season_styles(summaries))


def _record(season: Season, job: Job, pool: Here | Cluster) -> bytes:
    """Return season.json: every game with its report, what failed and why, how long it took."""
    games = [
        {"game": g, "source": o.source, "status": o.status, "title": (o.summary or {}).get("title"),
         "date": (o.summary or {}).get("date"), "report": season.reports.get(g), "seconds": o.seconds}
        for g, o in sorted(season.games.items())
    ]  # fmt: skip
    failed = [{"game": o.game, "source": o.source, "stage": o.stage, "why": o.why} for o in season.failed]
    made = {
        "league": job.league, "library": job.library, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__, "stopped": season.stopped, "threads": pool.threads, "seconds": season.seconds,
        "made": season.made, "games": games, "failed": failed, "passed_over": season.passed,
    }  # fmt: skip
    return orjson.dumps(made, option=orjson.OPT_INDENT_2)
