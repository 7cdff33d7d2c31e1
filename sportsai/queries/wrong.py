"""What is wrong with a query, in one line: the query with a mark where it stops making sense, the column, a hint."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from sportsai.errors import DataError, nearest, one_line

MARK = "‸"
_AROUND = 44  # characters of a long query shown on each side of the mark


class QueryError(DataError):
    """A query cannot be read, or names something that is not there.

    Parameters
    ----------
    column: where, 1-based; None where it is said of no one place.
    """

    def __init__(
        self, what: str, text: str, at: int | None, *, expected: str | None = None, todo: str | None = None
    ) -> None:
        self.column = None if at is None else at + 1
        where = "" if at is None else f"{marked(text, at)} at column {at + 1}: "
        super().__init__(f"{where}{what}", expected=expected, todo=todo)


def marked(text: str, at: int) -> str:
    """Return the query in quotes with the mark before character `at`; a long one is cut about it."""
    flat = "".join(" " if c.isspace() else c for c in text)
    start, end = max(0, at - _AROUND), min(len(flat), at + _AROUND)
    before = ("…" if start else "") + flat[start:at]
    after = flat[at:end] + ("…" if end < len(flat) else "")
    return f'"{one_line(f"{before}{MARK}{after}", 2 * _AROUND + 6)}"'


def meant(said: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for what is nearest to what was said, else what is known."""
    names = list(dict.fromkeys(known))
    starts = [n for n in names if n.casefold().startswith(said.casefold())]
    return f'Did you mean "{starts[0]}"?' if len(starts) == 1 else nearest(said, names)


def close(said: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is nearest to what was said, None when none is near."""
    found = difflib.get_close_matches(said.casefold(), list(known), n=1, cutoff=cutoff)
    return found[0] if found else None
