"""Attacks: what an enemy would send. Each is made here and must be refused in a line, or come to nothing.

A kind of attack is a module `_attacks_<kind>` with `made() -> list[Attack]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sportsai.bench._in_time import in_time
from sportsai.errors import SportsaiError, one_line

KINDS = ("devices", "files", "weights", "sql", "pages", "serve")  # devices first: they fork, and threads come with SQL
LONG_S = 400.0  # an attack that takes longer got through
OUTSIDE = "outside"  # no attack may write a file of this name, or run what makes it


class Through(Exception):
    """An attack got through, and how."""


@dataclass(frozen=True)
class Attack:
    """One attack. do: makes it in a folder and returns what came of each of its variants; raises Through."""

    kind: str
    what: str
    do: Callable[[Path], Iterable[str]]


def attacks(kinds: Sequence[str] = KINDS) -> list[Attack]:
    """Return all attacks of some kinds."""
    return [a for kind in kinds for a in import_module(f"sportsai.bench._attacks_{kind}").made()]


def attempt(attack: Attack, folder: Path) -> tuple[int, str, list[str]]:
    """Do an attack; return its variants, what came of the first, and what got through."""
    try:
        with in_time(LONG_S, Through):
            came = list(attack.do(folder))
    except BaseException as bad:
        if isinstance(bad, KeyboardInterrupt):
            raise
        return 1, "", [f"{type(bad).__name__}: {one_line(bad, 300)}"]
    wrong = [f"{p.name} was made" for p in folder.parent.rglob(f"{OUTSIDE}*")]
    said = came[0].replace(str(folder), "…") if came else ""
    return len(came), one_line(said, 160), wrong if came else ["nothing was tried"]


def refused(act: Callable[[], object]) -> str:
    """Return the line by which an attack is refused; Through where it is taken, or said in any other way."""
    try:
        got = act()
    except SportsaiError as bad:
        return _in_a_line(bad)
    raise Through(f"taken: {one_line(repr(got), 100)}")


def harmless(act: Callable[[], object]) -> str:
    """Return what came of something that may be read or refused; Through where it is refused in any other way."""
    try:
        act()
    except SportsaiError as bad:
        return _in_a_line(bad)
    return "read as it stands"


def _in_a_line(bad: SportsaiError) -> str:
    if "\n" in str(bad):
        raise Through(f"more than a line: {bad}") from None
    return str(bad)
