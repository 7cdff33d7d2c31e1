"""What is usual: the same measures in the other games of the league that the library holds.

A game's measures are kept beside it (`measures.json` in its version folder), made anew when its runs, what people said
of its events or the version of sportsai change. At most MOST other games are measured, the latest first.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from sportsai import __version__
from sportsai.errors import SportsaiError
from sportsai.library import Library
from sportsai.library.atomic import write_bytes
from sportsai.report.material import Material, gather
from sportsai.report.measures import Measure, measured

FORM = 1  # raised when a measure comes to mean something else
MOST = 40  # other games
LAST = 10  # of a team, for the small numbers
LEAST = 6  # numbers, for a mean and a spread to be called usual
FILE = "measures.json"
DAMAGED = (SportsaiError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # of a game's files


@dataclass(frozen=True)
class Known:
    """A number of another game: what, whose, how much, and the game's date."""

    name: str
    team: str
    value: float
    date: str
    game: str


@dataclass(frozen=True)
class Held:
    """A measure held against others: their mean and spread (one standard deviation), how many, and how far this one is
    from them: z in standard deviations of a new number, its own error within the game included."""

    measure: Measure
    mean: float
    spread: float
    n: int
    games: int
    z: float


@dataclass(frozen=True)
class Usual:
    """The measures of a game, and those of the others of its league. unread: games that could not be read."""

    own: tuple[Measure, ...]
    others: tuple[Known, ...]
    unread: tuple[str, ...] = ()

    def held(self, measure: Measure) -> Held | None:
        """Return a measure against the others; None where there are fewer than LEAST, or all are alike."""
        values = np.array([k.value for k in self.others if k.name == measure.name and np.isfinite(k.value)])
        if len(values) < LEAST or values.std() == 0:
            return None
        spread = float(values.std(ddof=1))
        z = (measure.value - values.mean()) / np.sqrt(spread**2 * (1 + 1 / len(values)) + (measure.se or 0.0) ** 2)
        games = len({k.game for k in self.others if k.name == measure.name})
        return Held(measure, float(values.mean()), spread, len(values), games, float(z))

    def last(self, name: str, team: str, before: str | None = None) -> tuple[float, int] | None:
        """Return the mean of a team's last games before a date, at most LAST, and how many; None without any."""
        mine = [k for k in self.others if k.name == name and k.team == team and (not before or k.date < before)]
        mine = sorted(mine, key=lambda k: k.date)[-LAST:]
        return (float(np.mean([k.value for k in mine])), len(mine)) if mine else None


def usual(
    library: Library, m: Material, say: Callable[[str], None] | None = None, among: Sequence[str] | None = None
) -> Usual:  # fmt: skip
    """Return the measures of a game and of the latest others of its league; `unread`: which cannot be read.

    among: ids of the games to look at; all of the library when None, whose facts are then all read.
    """
    own = tuple(measured(m))
    if not own:
        return Usual((), ())
    contest = str(m.game.extra.get("of_game") or m.game.id)
    unread: list[str] = []
    every = [_facts(library, i, unread) for i in (library.ids() if among is None else among) if i != m.game.id]
    others = [
        f for f in every
        if f.get("league") == m.game.league and f.get("kind") == m.game.kind
        and str((f.get("extra") or {}).get("of_game") or f["id"]) != contest
    ]  # fmt: skip
    others.sort(key=lambda f: (str(f.get("date") or ""), f["id"]), reverse=True)
    found: list[Known] = []
    for n, facts in enumerate(others[:MOST], 1):
        if say:
            say(f"measuring other games of the league, {n} of {min(len(others), MOST)}")
        try:
            found += _of(library, facts)
        except DAMAGED:
            unread.append(facts["id"])
    return Usual(own, tuple(found), tuple(unread))


def _facts(library: Library, game_id: str, unread: list[str]) -> dict[str, Any]:
    """Return a game's facts, {} where they cannot be read: then `unread` names the game."""
    try:
        facts = library.facts(game_id)
    except SportsaiError:
        facts = {}
    if not isinstance(facts, dict) or facts.get("id") != game_id:
        unread.append(game_id)
        return {}
    return facts


def _of(library: Library, facts: dict[str, Any]) -> list[Known]:
    """Return the measures of a game in the library, from what is kept or made anew."""
    game_id = facts["id"]
    mark = _mark(library, game_id)
    path = library.version(game_id) / FILE
    with contextlib.suppress(OSError, *DAMAGED):  # a damaged file is made anew
        kept = orjson.loads(path.read_bytes())
        if kept["mark"] == mark:
            return _known(facts, kept["rows"])
    found = measured(gather(library, game_id))
    rows = [[k.name, k.side, k.value] for k in found if np.isfinite(k.value)]
    with contextlib.suppress(OSError):  # a library that may not be written is measured each time
        write_bytes(path, orjson.dumps({"mark": mark, "rows": rows}))
    return _known(facts, rows)


def _known(facts: dict[str, Any], rows: Sequence[Any]) -> list[Known]:
    """Return kept rows as numbers of a game; one of DAMAGED is raised where they are none."""
    teams, date = [str(t["name"]) for t in facts["teams"]], str(facts.get("date") or "")
    if any(s not in (0, 1) or not np.isfinite(v) for _, s, v in rows):
        raise ValueError("a side or a number that is none")
    return [Known(str(a), teams[s], float(v), date, facts["id"]) for a, s, v in rows]


def _mark(library: Library, game_id: str) -> str:
    said = [c.id for c in library.corrections(game_id)]
    runs = [r["run_id"] for r in library.runs(game_id)]
    return hashlib.sha256(orjson.dumps([__version__, FORM, runs, said])).hexdigest()[:16]
