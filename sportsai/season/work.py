"""One game's work, done where the scheduler likes: read, recognise, sum up; and its report. Done before: passed over.

Nothing here raises: what failed comes back as an outcome with its reason. A reason that may be gone the next time
(storage, memory, the unexpected) is tried again; a broken file, or a game that takes too long, is not.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import orjson

from sportsai import __version__
from sportsai.court import League, load_league
from sportsai.data import Game
from sportsai.errors import SportsaiError, StoreError, one_line
from sportsai.library import Library
from sportsai.library.atomic import write_bytes
from sportsai.memory import give_back
from sportsai.season.limit import OverTime, limited
from sportsai.season.sources import Item, games_of, same_files
from sportsai.season.store import Bucket, Store, store_of

FILE = "season.json"  # in a game's version folder: its summary
WAIT_S = 0.3  # before the second try, twice as long before each further one
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """What is the same for every game of a season.

    library: a folder or an address. weights: the user's own. limit_s: seconds a game may take, None without end.
    retries: further tries after a reason that may pass. force: do again what is done.
    """

    league: str
    library: str
    weights: str | None = None
    limit_s: float | None = None
    retries: int = 2
    force: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a game, or of a source no game of which could be read.

    status: "done", "unchanged" or "failed". stage: where it failed, "read", "analyse", "sum up" or "report"; why: in a
    line. seconds: of each stage. summary: what the season keeps of it. html: of a report.
    """

    source: str
    game: str | None
    status: str
    stage: str = ""
    why: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    summary: dict[str, Any] | None = None
    html: bytes | None = None


@dataclass
class Laps:
    """The stage a game is in, the seconds of those before, and until when it must be done."""

    end: float | None
    stage: str = "read"
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def at(self, stage: str) -> Iterator[None]:
        self.stage, start = stage, time.perf_counter()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.perf_counter() - start, 3)


def work(job: Job, item: Item) -> list[Outcome]:
    """Read, recognise and sum up the games of an item; return what became of each.

    Where what was read cannot be noted, a further outcome says so: the games are in, the next time they are read again.
    """
    try:
        store = store_of(job.library)
        known = _known(job, store, item)
        if known is not None:
            return [_guarded(job, item, i, lambda laps, i=i: _tell(job, store, i, laps, False)) for i in known]
        reading = _Reading(item, load_league(job.league))
    except (SportsaiError, OSError) as bad:
        return [Outcome(item.source, item.game, "failed", "read", one_line(bad, 600))]
    out, whole = list[Outcome](), True
    while whole:
        read: list[Game] = []

        def following(laps: Laps, read: list[Game] = read) -> tuple[str, bool, dict[str, Any] | None]:
            with laps.at("read"):
                if not read:
                    game = reading.next()
                    if game is None:
                        return "", False, None
                    read.append(game)
                changed = _keep(job, store, read[0])
            return _tell(job, store, read[0].id, laps, changed)

        one = _guarded(job, item, item.game, following)
        if one.status == "unchanged" and not one.game:
            break
        whole = bool(read)  # a source that breaks off is not read on
        out.append(one if not read else replace(one, game=read[0].id))
    if not out:
        return [Outcome(item.source, None, "failed", "read", "no game was found in it")]
    if whole and item.place is None:
        content = orjson.dumps({"files": reading.files, "games": [o.game for o in out]})

        def noted(laps: Laps) -> tuple[str, bool, dict[str, Any] | None]:
            store.note(_note(item), content)
            return "", False, None

        kept = _guarded(job, item, None, noted)
        out += [kept] if kept.status == "failed" else []
    return out


def report(job: Job, game_id: str, beside: tuple[str, ...]) -> Outcome:
    """Return the report of a game as HTML; `beside`: games of which only the measures are needed, for what is usual."""

    def made(laps: Laps) -> tuple[str, bool, dict[str, Any] | None]:
        from sportsai.report import build_report

        with laps.at("report"):
            store = store_of(job.library)
            for other in beside:
                store.fetch(other, arrays=False)
            store.fetch(game_id)
            html.append(build_report(store.library, game_id, out=f"{game_id}.html", among=beside))
            if isinstance(store, Bucket):  # a report names no folder that will be gone
                html.append(html.pop().replace(f" --library {store.library.folder}", ""))
            store.forget(game_id)
        return game_id, True, None

    html: list[str] = []
    one = _guarded(job, Item(game_id, game=game_id), game_id, made, "report")
    content = html[-1].encode() if one.status == "done" else None
    return Outcome(game_id, game_id, one.status, one.stage, one.why, one.seconds, html=content)


def _guarded(
    job: Job, item: Item, game_id: str | None, do: Callable[..., tuple[str, bool, dict[str, Any] | None]],
    stage: str = "read",
) -> Outcome:  # fmt: skip
    """Return what became of `do(laps)` within limit and tries: its game, whether anything was new, the summary."""
    laps = Laps(None if job.limit_s is None else time.monotonic() + job.limit_s, stage)
    why = ""
    for n in range(job.retries + 1):
        left = None if laps.end is None else max(0.001, laps.end - time.monotonic())
        try:
            with limited(left, end_process=_has_nanny()):
                if n:
                    time.sleep(WAIT_S * 2 ** (n - 1))
                game, new, summary = do(laps)
            return Outcome(item.source, game, "done" if new else "unchanged", "", "", laps.seconds, summary)
        except OverTime:
            why = f"took longer than {job.limit_s:g} s"
            break
        except StoreError as bad:
            why = str(bad)
        except SportsaiError as bad:
            why = str(bad)
            break
        except Exception as bad:
            why = one_line(f"{type(bad).__name__}: {bad}", 300)
        finally:
            give_back()
    return Outcome(item.source, game_id, "failed", laps.stage, why, laps.seconds)


def _has_nanny() -> bool:
    """Whether this process may be ended: a Dask worker that is started again."""
    if "distributed" not in sys.modules:
        return False
    try:
        return sys.modules["distributed"].get_worker().nanny is not None
    except (ValueError, AttributeError):
        return False


class _Reading:
    """The games of an item one by one; after a failure the source is opened again where it was."""

    def __init__(self, item: Item, league: League) -> None:
        self._item, self._league, self._n = item, league, 0
        self._games: Iterator[Game] | None = None
        self.files: dict[str, str] = {}

    def next(self) -> Game | None:
        if self._games is None:
            self._games = islice(games_of(self._item, self._league), self._n, None)
        try:
            game = next(self._games, None)
        except BaseException:
            self._games = None
            raise
        if game is not None:
            self._n += 1
            self.files |= game.source
        return game


def _note(item: Item) -> str:
    said = f"{item.provider} {item.source}"
    return f"{hashlib.sha256(said.encode()).hexdigest()[:16]}.json"


def _known(job: Job, store: Store, item: Item) -> list[str] | None:
    """Return the games of an item that are in the library as its files are now; None where it must be read."""
    if not item.paths:
        return [item.game or ""]
    if job.force:
        return None
    if item.place is not None:
        game_id = item.game or ""
        there = store.fetch(game_id, arrays=False) and store.library.facts(game_id)["source"] == item.files
        return [game_id] if there else None
    note = store.note(_note(item))
    try:
        kept = orjson.loads(note or b"")
        games, files = [str(g) for g in kept["games"]], dict(kept["files"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return games if same_files(item, files) and all(_made_of(store, g, files) for g in games) else None


def _made_of(store: Store, game_id: str, files: dict[str, str]) -> bool:
    if not store.fetch(game_id, arrays=False):
        return False
    return store.library.facts(game_id)["source"].items() <= files.items()


def _keep(job: Job, store: Store, game: Game) -> bool:
    """Write a game into the library unless it is there unchanged; return whether it was written."""
    known = store.fetch(game.id, arrays=False) and store.library.facts(game.id)["source"] == dict(game.source)
    if not known or job.force:
        store.library.add(game)
    return not known or job.force


def _tell(
    job: Job, store: Store, game_id: str, laps: Laps, changed: bool
) -> tuple[str, bool, dict[str, Any] | None]:  # fmt: skip
    """Recognise and sum up a game that is in the library, where that is not done; return it, whether anything was new,
    and its summary.

    changed: its version was written here just now. What is new here is never fetched: the store has the one before it.
    """
    if not changed and not store.fetch(game_id, arrays=False):
        raise StoreError(f'no game "{game_id}"', where=job.library)
    library = store.library
    with laps.at("analyse"):
        if job.force or not _analysed(job, library, game_id):
            from sportsai.analysis import analyse_game

            if not changed:
                store.fetch(game_id)  # its positions, too
            changed = True
            analyse_game(library, game_id, weights=Path(job.weights) if job.weights else None)
    with laps.at("sum up"):
        summary = None if changed else _summed(library, game_id)
        if summary is None:
            if not changed:
                store.fetch(game_id)
            changed = True
            summary = _sum_up(job, library, game_id)
        if changed:
            store.publish(game_id)
        store.forget(game_id)
    return game_id, changed, summary


def _analysed(job: Job, library: Library, game_id: str) -> bool:
    """Whether a run of this version of sportsai, with the weights it would take today, is there."""
    wanted = _weights(library.facts(game_id)["league"], job.weights)
    return any(
        r.get("version") == __version__
        and {m["recipe"]: m["weights_sha256"] for m in r.get("models") or ()} == wanted
        for r in library.runs(game_id)
        if not r.get("kind")
    )  # fmt: skip


@lru_cache(maxsize=16)
def _weights(league: str, own: str | None) -> dict[str, str]:
    """Return recipe -> SHA-256 of the weights that games of a league are analysed with."""
    from sportsai.analysis import capabilities
    from sportsai.analysis._weights import collect

    recipes = [c.RECIPE for c in capabilities(load_league(league).sport).values()]
    found = collect(league, recipes, Path(own) if own else None)
    return {f"{w.recipe.league}/{w.recipe.name}": w.sha256 for w in found.values()}


def _summed(library: Library, game_id: str) -> dict[str, Any] | None:
    """Return the summary that is kept of a game, None where it is none or of another state of the game."""
    from sportsai.report.season_rows import FORM, mark_of

    try:
        kept = orjson.loads((library.version(game_id) / FILE).read_bytes())
        return kept if kept["form"] == FORM and kept["mark"] == mark_of(library, game_id) else None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _sum_up(job: Job, library: Library, game_id: str) -> dict[str, Any]:
    from sportsai.report.season_rows import summary
    from sportsai.season.styles import style_sums

    made = summary(library, game_id)
    made["style"] = style_sums(library.load(game_id), Path(job.weights) if job.weights else None)
    write_bytes(library.version(game_id) / FILE, orjson.dumps(made))
    return made
