"""Words of the language that stand for themselves, and where a word stands."""

from __future__ import annotations

from typing import Any

GROUPS = ("player", "team", "period", "game", "type", "zone", "label", "league", "source")
ORDERS = ("time", "probability", "count", *GROUPS)
STATES = {
    "leading": ("leading", "ahead", "winning"),
    "trailing": ("trailing", "behind", "losing"),
    "level": ("level", "tied", "drawing"),
}
RESERVED = (
    "then", "followed", "and", "or", "without", "during", "within", "by", "to", "for", "of", "team", "against", "in",
    "outside", "not", "with", "probability", "prob", "while", "label", "labelled", "between", "after", "before",
    "count", "order", "sort", "limit", "top", "per", "no", "how",
)  # fmt: skip


def at_of(token: Any) -> int:
    """Return where a token begins, the blanks and the comma before it apart."""
    return int(token.start_pos) + len(token) - len(token.lstrip(" \t\r\n,"))
