"""A query as text: with every bracket, so that anybody can see how it was read. Parsing it gives the same query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sportsai.queries.language import Filter, Link, Named, Part, Phrase, Query
from sportsai.queries.words import RESERVED

_PLAIN = re.compile(r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)*\Z")


def say(query: Query) -> str:
    """Return the query as text with every bracket; parsing it gives the same query."""
    tail = ""
    if query.counted:
        tail += " count" + (f" by {', '.join(query.groups)}" if query.groups else "")
    if query.order:
        tail += f" order by {query.order[0]} {'desc' if query.order[1] else 'asc'}"
    tail += f" top {query.top}" if query.top is not None else ""
    tail += f" limit {query.limit}" if query.limit is not None else ""
    return say_part(query.part) + tail


def say_part(part: Part) -> str:
    """Return a part as text."""
    if isinstance(part, Named):
        types = " or ".join(_said(t.text) for t in part.types)
        return " ".join([types, *(say_filter(f) for f in part.filters)])
    left, right = (f"({say_part(p)})" if isinstance(p, Link) else say_part(p) for p in (part.left, part.right))
    word = {("then", True): "then not", ("and", True): "and not"}.get((part.how, part.negated), part.how)
    within = "" if part.within_s is None else f" within {number(part.within_s)} s"
    same = {"player": " by same player", "team": " by same team", "other team": " by other team"}.get(part.same or "")
    return f"{left} {word} {right}{within}{same or ''}"


def say_filter(f: Filter) -> str:
    """Return a filter as text."""
    names = " or ".join(quoted(v.text) for v in f.values if isinstance(v, Phrase))
    plain = {"by": "by", "to": "to", "team": "for", "against": "against", "zone": "in", "outside": "outside",
             "game": "in game", "league": "in league", "label": "label", "anyone": "by", "any_team": "for"}  # fmt: skip
    if f.kind in plain:
        return f"{plain[f.kind]} {names}"
    if f.kind == "probability":
        return f"with probability {f.values[0]} {number(f.values[1])}"
    if f.kind in ("period", "state"):
        return f"{'in period' if f.kind == 'period' else 'while'} {f.values[0]}"
    return f"{f.kind} " + " and ".join(clock(v) for v in f.values)


def quoted(text: str) -> str:
    """Return a name in quotes that the language reads back."""
    return "'" + text.replace("'", "''") + "'"


def _said(text: str) -> str:
    plain = _PLAIN.match(text) and not set(text.casefold().split()) & set(RESERVED)
    return text if plain else quoted(text)


def number(value: float) -> str:
    """Return a number as people write it, without an exponent."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def clock(seconds: float) -> str:
    """Return 630.5 as "10:30.5"."""
    whole = int(seconds // 60)
    rest = number(seconds - 60 * whole)
    head, _, tail = rest.partition(".")
    return f"{whole}:{head.zfill(2)}" + (f".{tail}" if tail else "")


def parts(part: Part) -> Iterator[Named]:
    """Yield the events of a part, in the order they were written."""
    if isinstance(part, Named):
        yield part
    else:
        yield from parts(part.left)
        yield from parts(part.right)
