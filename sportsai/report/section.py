"""A section of the report: what one file of `sections/` tells of a game, ready to be written.

Every section is a file of `sportsai/report/sections`, found by listing the folder, with
    PAGE     "moments", "match", "team" or "players": the page it stands on
    ORDER    its place there, the lowest first
    SPORTS   whose games it is for; empty: every sport's
    section(m, evidence) -> Section | None; None where the data do not support it
Adding a part to the report is adding such a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from markupsafe import Markup

from sportsai import plugins
from sportsai.report.figures.figure import Figure
from sportsai.report.material import Material
from sportsai.report.plays import Evidence

FOLDER = "sportsai.report.sections"
PAGES = ("moments", "match", "team", "players")


@dataclass(frozen=True)
class Column:
    """A column: its heading, and whether it holds numbers (to the right, sorted as numbers)."""

    title: str
    number: bool = True


@dataclass(frozen=True)
class Cell:
    """One cell: what is shown, what it is sorted by, and the side whose colour stands before it."""

    text: Markup | str
    value: float | str | None = None
    side: int | None = None


@dataclass(frozen=True)
class Table:
    """A table that can be sorted. title: what it found. note: units, n and how to read it."""

    title: str | Markup
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Clips:
    """Plays worth seeing, a line each with its link: for example the good ones and the bad ones of a pattern."""

    title: str
    lines: tuple[Markup, ...]


@dataclass(frozen=True)
class Bar:
    """One row of bars that stand back to back: what, of home and away, and the values they are drawn by (None: not
    known, no bar). note: the range of a recognised count, or how much of it was seen, each side's own."""

    what: str
    shown: tuple[Markup | str, Markup | str]
    value: tuple[float | None, float | None]
    note: tuple[str, str] = ("", "")

    @property
    def widths(self) -> tuple[str, str]:
        """Of each side the width of its bar, percent of the widest."""
        most = max((abs(v) for v in self.value if v is not None), default=0.0) or 1.0
        home, away = (f"{100 * abs(v or 0.0) / most:.1f}" for v in self.value)
        return home, away


@dataclass(frozen=True)
class Section:
    """name: its anchor. title: its heading. text: sentences, each with its evidence. how: how it was measured.

    heads: what stands over the bars where it is not the teams. folded: figures and tables that are opened when wanted.
    """

    name: str
    title: str
    text: tuple[Markup | str, ...] = ()
    bars: tuple[Bar, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    clips: tuple[Clips, ...] = ()
    how: str = ""
    heads: tuple[str, str] | None = None
    folded: tuple[Figure | Table, ...] = ()


def sections(m: Material, evidence: Evidence) -> dict[str, list[Section]]:
    """Return the sections of a game by page, in order."""
    out: dict[str, list[Section]] = {page: [] for page in PAGES}
    for part in parts_of(m.league.sport):
        told = part.section(m, evidence)
        if told is not None:
            out[part.PAGE].append(told)
    return out


def parts_of(sport: str) -> Sequence[ModuleType]:
    """Return the files of `sections/` that are for a sport, in order."""
    every = [plugins.load(FOLDER, name, "section") for name in plugins.names(FOLDER)]
    mine = [p for p in every if not p.SPORTS or sport in p.SPORTS]
    return sorted(mine, key=lambda p: (PAGES.index(p.PAGE), p.ORDER, p.__name__))
