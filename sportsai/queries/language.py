"""The language of `sportsai query`: text to a `Query` and back. docs/queries.md says what each part means.

parse("pass then shot within 5s by 'Kimmich' in period 2")
  -> Link("then", Named(pass, by Kimmich, period 2), Named(shot), within_s=5)

Filters stand on events only: what follows a `within` (or a closing bracket) is said of the first event, whose row the
answer is. `wording.say` is the way back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sportsai.queries.unread import unread
from sportsai.queries.words import ORDERS, STATES, at_of
from sportsai.queries.wrong import QueryError, close

MOST_EVENTS = 40  # of one query
LONGEST = 2000  # letters of one query
_TAILS = ("count", "group", "order", "most", "top")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Phrase:
    """What somebody called an event, a player, a team or a zone; `at`: where in the text, 0-based."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Filter:
    """One condition on an event.

    kind: by, to, team, against, zone, outside, period, game, league, probability, state, label, between, after, before.
    values: names (Phrase) of by, to, team, against, zone, outside, game, league, label; a number of period; an
    operator and a number of probability; a state; seconds of the clock of between, after, before.
    """

    kind: str
    values: tuple[Any, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Named:
    """Events of one of these types that pass every filter."""

    types: tuple[Phrase, ...]
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Link:
    """Two parts held together.

    how: "then", "and" or "during". negated: there is no such right part. same: "player", "team" or "other team".
    """

    how: str
    left: Part
    right: Part
    negated: bool = False
    within_s: float | None = None
    same: str | None = None
    at: int = field(default=0, compare=False)


Part = Named | Link


@dataclass(frozen=True)
class Query:
    """What is looked for, and how the answer is shown.

    groups: counted by these; () with `counted`: one number. order: (key, descending). limit: rows at most. top: the
    rows of the greatest count, or probability. late: of each combination, the filters that were written after it.
    """

    part: Part
    counted: bool = False
    groups: tuple[str, ...] = ()
    order: tuple[str, bool] | None = None
    limit: int | None = None
    top: int | None = None
    late: tuple[tuple[Link, tuple[Filter, ...]], ...] = field(default=(), compare=False)


def parse(text: str) -> Query:
    """Return the query a text says; QueryError, with the column, where it makes no sense."""
    import lark

    if not text.strip():
        raise QueryError("the query is empty", text, None, expected="an event, such as: pass then shot within 5s")
    try:
        query = _Reader(text).query(_parser().parse(text)) if len(text) <= LONGEST else None
        n = _size(query.part) if query else MOST_EVENTS + 1
    except lark.UnexpectedInput as bad:
        raise unread(text, bad) from None
    except RecursionError:
        query = None
    if query is None or n > MOST_EVENTS:
        raise QueryError("the query is too long, or has too many brackets", text, None,
                         expected=f"{MOST_EVENTS} events together at most")  # fmt: skip
    return query


@lru_cache(maxsize=1)
def _parser() -> Any:
    import lark

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", propagate_positions=True)


# ---- text to query ---------------------------------------------------------------------------------------------------


class _Reader:
    """Walks lark's tree of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.late: list[tuple[Link, tuple[Filter, ...]]] = []

    def query(self, tree: Any) -> Query:
        parts = [c for c in tree.children if hasattr(c, "data")]
        counted = len(parts) < len(tree.children)
        anything = parts[0].data in _TAILS
        part = Named((Phrase("event"),)) if anything else self.part(parts[0])
        made = Query(part, counted, late=tuple(self.late))
        for tail in parts if anything else parts[1:]:
            made = self.tail(made, tail)
        return made

    def part(self, tree: Any) -> Part:
        if tree.data == "named":
            phrases = [c for c in tree.children if _is(c, "phrase")]
            filters = [self.filter(c) for c in tree.children if hasattr(c, "data") and c.data != "phrase"]
            return Named(tuple(self.phrase(p) for p in phrases), tuple(filters))
        if tree.data == "grouped":
            inner, *filters = tree.children
            return self.later(self.part(inner), tuple(self.filter(f) for f in filters))
        left, *middle, right = [c for c in tree.children if not _is(c, "limits")]
        word = middle[0].children[0] if hasattr(middle[0], "data") else middle[0]
        how = {"sequence": "then", "inside": "during"}.get(tree.data, "and")
        link = Link(how, self.part(left), self.part(right), word.type in ("THEN_NOT", "AND_NOT"), at=at_of(word))
        limits = [c for c in tree.children if _is(c, "limits")]
        return self.limited(link, limits[0]) if limits else link

    def limited(self, link: Link, limits: Any) -> Part:
        filters = []
        for one in limits.children:
            if one.data == "within":
                if link.within_s is not None:
                    raise QueryError("a second within of the same two", self.text, at_of(one.children[0]),
                                     expected="one", todo="Put brackets about what belongs together.")  # fmt: skip
                if link.how == "during":
                    raise QueryError("during has no within", self.text, at_of(one.children[0]),
                                     todo='What is near something is found by "and ... within 5s".')  # fmt: skip
                link = replace(link, within_s=_seconds(str(one.children[1])))
            elif one.data == "same":
                kind = {"SAME_PLAYER": "player", "SAME_TEAM": "team"}.get(one.children[0].type, "other team")
                link = replace(link, same=kind)
            else:
                filters.append(self.filter(one))
        held = {f.kind for f in _first(link).filters}
        for f in filters:
            if f.kind in ("by", "team") and f.kind in held:
                word = self.text[f.at :].split()[0]
                todo = "What follows a within is said of the first event: put it before the within."
                raise QueryError(f'a second "{word}" of the first event', self.text, f.at, expected="one", todo=todo)
        return self.later(link, tuple(filters))

    def later(self, part: Part, filters: tuple[Filter, ...]) -> Part:
        """Return a part with the filters written after it, which are said of its first event."""
        if filters and isinstance(part, Link):
            self.late.append((part, filters))
        return first_with(part, filters)

    def filter(self, tree: Any) -> Filter:
        kind, first, rest = str(tree.data), tree.children[0], tree.children[1:]
        at = at_of(first)
        if kind == "ordinal":
            words = str(first).split()
            which = words[-2].casefold()
            number = _ORDINALS.index(which) + 1 if which in _ORDINALS else int(which[0])
            return Filter("period", (number,), at)
        if kind == "period":
            return Filter(kind, (int(rest[0]),), at)
        if kind == "probability":
            return Filter(kind, (_operator(str(rest[0])), self.share(rest[1])), at)
        if kind == "state":
            said = str(rest[0]).casefold()
            return Filter(kind, (next(k for k, words in STATES.items() if said in words),), at)
        if kind in ("between", "after", "before"):
            return Filter(kind, tuple(_clock(str(c)) for c in rest if c.type == "CLOCK"), at)
        return Filter(kind, tuple(self.phrase(p) for p in rest if _is(p, "phrase")), at)

    def share(self, token: Any) -> float:
        text = str(token)
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if not 0 <= value <= 1:
            raise QueryError(f"{text} is no probability", self.text, at_of(token), expected="0 to 1, or 0% to 100%")
        return value

    def phrase(self, tree: Any) -> Phrase:
        tokens = tree.children
        if tokens[0].type == "QUOTED":
            quote, inner = tokens[0][0], tokens[0][1:-1]
            return Phrase(inner.replace(quote * 2, quote), at_of(tokens[0]))
        return Phrase(" ".join(tokens), at_of(tokens[0]))

    def tail(self, made: Query, tree: Any) -> Query:
        first, *rest = tree.children
        if tree.data == "count":
            return replace(made, counted=True)
        if tree.data in ("group", "top"):
            words = [first.split()[-1], *rest] if tree.data == "group" else rest[1:]
            groups = tuple(dict.fromkeys((*made.groups, *(str(w).casefold().removesuffix("s") for w in words))))
            made = replace(made, groups=groups, counted=made.counted or bool(groups))
        if tree.data in ("top", "most"):
            if not 0 < int(rest[0]) < 10**9:
                raise QueryError(f"{str(rest[0])[:12]} answers", self.text, at_of(rest[0]), expected="1 or more")
            most = int(rest[0])
            return replace(made, top=most) if tree.data == "top" else replace(made, limit=most)
        return replace(made, order=self.order(rest[0], made)) if tree.data == "order" else made

    def order(self, tree: Any, made: Query) -> tuple[str, bool]:
        key, *direction = str(self.phrase(tree).text).casefold().split()
        down = direction and direction[0] in ("desc", "descending")
        if key not in ORDERS or (direction and direction[0] not in ("asc", "ascending", "desc", "descending")):
            said = key if key not in ORDERS else direction[0]
            near = close(said, ORDERS if key not in ORDERS else ("asc", "desc"))
            raise QueryError(f'no order by "{said}"', self.text, at_of(tree.children[0]),
                             expected=f"{', '.join(ORDERS)}, then asc or desc",
                             todo=f'Did you mean "{near}"?' if near else None)  # fmt: skip
        return key, bool(down) or (not direction and key in ("count", "probability"))


def _size(part: Part) -> int:
    return _size(part.left) + _size(part.right) if isinstance(part, Link) else 1


def _first(part: Part) -> Named:
    return _first(part.left) if isinstance(part, Link) else part


def first_with(part: Part, filters: tuple[Filter, ...]) -> Part:
    """Return the part with filters on its first event."""
    if isinstance(part, Link):
        return replace(part, left=first_with(part.left, filters))
    return replace(part, filters=(*part.filters, *filters))


def _is(tree: Any, name: str) -> bool:
    return getattr(tree, "data", None) == name


def _operator(text: str) -> str:
    return {"≥": ">=", "≤": "<="}.get(text, text)


def _clock(text: str) -> float:
    minutes, seconds = text.split(":")
    return round(60.0 * int(minutes) + float(seconds), 6)


def _seconds(text: str) -> float:
    number = re.match(r"[\d.]+", text)
    assert number
    return float(number[0]) * (60.0 if "min" in text.lower() else 1.0)
