"""Ask a library a query: from its text to the matches, what was left out, and which part emptied the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from sportsai.errors import DataError, StoreError, one_line
from sportsai.library import DEFAULT_FOLDER, Library
from sportsai.queries.columns import MICRO, Columns, columns_of
from sportsai.queries.language import Filter, Link, Named, Part, Phrase, Query, first_with, parse
from sportsai.queries.match import Matches, link, single
from sportsai.queries.sift import Sieve, Trace, many
from sportsai.queries.vocabulary import Vocabulary
from sportsai.queries.wording import parts, say, say_filter, say_part
from sportsai.queries.wrong import meant

_MOST_SAID = 4  # notes said of one query
_FAR = "then without a within reaches to the end of the period; for what follows soon add within 5s"
_OF_ALL = ("period", "game", "league")  # filters that hold for every event of a match when they hold for one


@dataclass(frozen=True)
class Asked:
    """What a query found. notes: what was left out and why. empty: which part left nothing, "" where something is."""

    text: str
    query: Query
    columns: Columns
    matches: Matches
    sieve: Sieve
    notes: tuple[str, ...]
    empty: str

    @property
    def read_as(self) -> str:
        """The query with every bracket: how it was read."""
        return say(self.query)


@dataclass(frozen=True)
class Options:
    """Conditions beside the text: of the first event, `least` (a probability) of every one."""

    game: str | None = None
    player: str | None = None
    team: str | None = None
    period: int | None = None
    least: float | None = None

    def filters(self) -> tuple[Filter, ...]:
        """Return those of the first event as filters."""
        told = (("game", self.game), ("anyone", self.player), ("any_team", self.team))
        found = [Filter(kind, (Phrase(v),)) for kind, v in told if v is not None]
        return (*found, *([Filter("period", (self.period,))] if self.period is not None else []))


def open_library(library: Library | str | Path | None) -> Library:
    """Return a library: itself, of a folder, or the default folder's."""
    return library if isinstance(library, Library) else Library(library or DEFAULT_FOLDER)


def ask(
    text: str, library: Library | str | Path | None = None, *, source: str | None = None, options: Options | None = None
) -> Asked:
    """Return what a query finds in a library.

    source: "recognised", "logged" or "all" events; None: recognised ones, and the log of games that have none.
    Raises QueryError (with the column) for a query that makes no sense or names what is not there, StoreError for a
    library without events.
    """
    opened = open_library(library)
    query = parse(text)
    columns = columns_of(opened)
    if not len(columns):
        raise StoreError("no game in this library has events", where=opened.folder,
                         todo="Run `sportsai analyse GAME` first.")  # fmt: skip
    vocabulary = _vocabulary(_Held(columns))
    if options is not None:
        _check(options, vocabulary)
        query = replace(query, part=_with(query.part, options.filters(), options.least))
    return _Asking(text, columns, Sieve(columns, vocabulary, text, source)).answer(query)


class _Held:
    """Columns as a key: the same object, nothing else."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def __hash__(self) -> int:
        return id(self.columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.columns is self.columns


@lru_cache(maxsize=2)
def _vocabulary(held: _Held) -> Vocabulary:
    return Vocabulary(held.columns)


def _check(options: Options, v: Vocabulary) -> None:
    """Refuse options that name nobody."""
    if options.game is not None and options.game not in (ids := [g.id for g in v.columns.games]):
        raise DataError(f'no game "{one_line(options.game, 60)}" in this library', key="--game",
                        todo=meant(options.game, ids))  # fmt: skip
    if options.player is not None and not v.players(Phrase(options.player), "", any_of=True).any():
        raise DataError(f'no player of an event here is called "{one_line(options.player, 60)}"', key="--player",
                        todo=v.near_player(options.player))  # fmt: skip
    if options.team is not None and not v.teams(Phrase(options.team), "", any_of=True).any():
        names = {str(t["name"]) for g in v.columns.games for t in g.teams}
        raise DataError(f'no team is called "{one_line(options.team, 60)}"', key="--team",
                        todo=meant(options.team, sorted(names)))  # fmt: skip


def _with(part: Part, filters: Sequence[Filter], least: float | None) -> Part:
    """Return the part with filters on its first event, and a least probability on every event."""
    sure = () if least is None else (Filter("probability", (">=", least)),)
    if isinstance(part, Named):
        return replace(part, filters=(*part.filters, *filters, *sure))
    return replace(part, left=_with(part.left, filters, least), right=_with(part.right, (), least))


@dataclass(frozen=True)
class _Found:
    """Matches of a part and how they are spoken of: `said` with their number, `one` as "a shot within ..."."""

    matches: Matches
    said: str
    one: str
    why: str = ""


class _Asking:
    """One query under way."""

    def __init__(self, text: str, columns: Columns, sieve: Sieve) -> None:
        self.text, self.c, self.sieve = text, columns, sieve

    def answer(self, query: Query) -> Asked:
        found = self.part(query.part)
        notes = self.sieve.notes
        if len(notes) > _MOST_SAID:
            notes = [*notes[:_MOST_SAID], f"and {len(notes) - _MOST_SAID} more of this kind"]
        notes = [
            *(self._otherwise(*late) for late in query.late if any(f.kind not in _OF_ALL for f in late[1])),
            *notes,
        ]
        empty = "" if len(found.matches) else found.why
        return Asked(self.text, query, self.c, found.matches, self.sieve, tuple(notes), empty)

    def _otherwise(self, link: Link, filters: Sequence[Filter]) -> str:
        """Return of which event filters after a combination are said, and how to say them of the other."""
        said = [f for f in filters if f.kind not in _OF_ALL]
        first, other = (self.sieve.noun(next(parts(p)).types[0]) for p in (link.left, link.right))
        instead = say_part(replace(link, right=first_with(link.right, tuple(filters))))
        what = " ".join(say_filter(f) for f in said)
        return f"{what} is said of the {first}, the first event; to say it of the {other}, write: {instead}"

    def part(self, part: Part) -> _Found:
        if isinstance(part, Named):
            index, trace = self.sieve.named(part)
            filters = " ".join(name for name, _ in trace.steps[1:])
            what = trace.steps[0][0]
            said = f"{many(len(index), what)} {filters}".strip()
            article = "an" if what[:1] in "aeiou" else "a"
            why = self._emptied(part, trace)
            return _Found(single(self.c, index), said, f"{article} {what} {filters}".strip(), why)
        left, right = self.part(part.left), self.part(part.right)
        for side in (left, right):
            self._untimed(side)
        within = None if part.within_s is None else round(part.within_s * MICRO)
        made = link(
            self.c, part.how, left.matches, right.matches, negated=part.negated, within_us=within, same=part.same
        )
        if part.how == "then" and part.within_s is None and len(made):
            self.sieve.note(
                "then without a within reaches to the end of the period; for what follows soon add within 5s"
            )
        why = left.why if not len(left.matches) else self._parted(part, left, right)
        return _Found(made, f"{many(len(made), 'match')} of ({say_part(part)})", f"({say_part(part)})", why)

    def _untimed(self, found: _Found) -> None:
        n = int((~np.isfinite(self.c.t_s[found.matches.rows])).any(1).sum())
        if n:
            self.sieve.note(f"{n:,} of {found.said} without a time left out of what happens together")

    def _emptied(self, part: Named, trace: Trace) -> str:
        """Return which step left nothing: "812 passes, 54 by 'Kimmich', none in period 2"; "" where something is."""
        what, n = trace.steps[0]
        if trace.steps[-1][1]:
            return ""
        if not n:
            asked = {None: "", "all": ""}.get(self.sieve.source, f"{self.sieve.source} ")
            logs = Sieve(self.c, self.sieve.v, self.text, "logged")
            logged = 0 if self.sieve.source else len(logs.named(replace(part, filters=()))[0])
            more = f" ({logged:,} in the logs of analysed games: ask with --source all)" if logged else ""
            return f"no {what} among the {int(self.sieve.base.sum()):,} {asked}events{more}"
        said = [many(n, what)]
        for name, left in trace.steps[1:]:
            said.append(f"{left:,} {name}" if left else f"none {name}")
            if not left:
                break
        return ", ".join(said)

    def _parted(self, part: Link, left: _Found, right: _Found) -> str:
        """Return how two parts failed to come together."""
        word = {"then": "followed by", "and": "together with", "during": "during"}[part.how]
        within = "" if part.within_s is None else say_part(replace(part, same=None)).rpartition(" within ")[2]
        limit = f" within {within}" if within else ""
        same = {"player": " by the same player", "team": " by the same team", "other team": " by the other team"}
        limit += same.get(part.same or "", "")
        if part.negated:
            return f"{left.said}, every one {word} {right.one}{limit}"
        why = (
            f"there is none: {right.why}"
            if not len(right.matches)
            else f"there {'is' if len(right.matches) == 1 else 'are'} {right.said}{self._elsewhere(left, right)}"
        )
        if part.how == "during" and len(right.matches) and not (right.matches.end > right.matches.start).any():
            why = f"{right.said}, which are moments and last no time: nothing lies in them"
        return f"{left.said}, none {word} {right.one}{limit} ({why})"

    def _elsewhere(self, left: _Found, right: _Found) -> str:
        """Return ", none in the same game" where the two are never of one game."""
        here, there = (np.unique(self.c.game[side.matches.rows[:, 0]]) for side in (left, right))
        return "" if len(np.intersect1d(here, there)) else ", none in the same game"
