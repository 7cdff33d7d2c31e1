"""What of a game can be held against other games of its league: a number a team, with the plays it rests on.

A file of `sections/` may define `measures(m) -> list[Measure]`. They are computed for the game told and for the others
of its league in the library; the findings of the front page and its small numbers say how unusual each is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sportsai.report.material import Material
from sportsai.report.plays import Play
from sportsai.report.section import parts_of


@dataclass(frozen=True)
class Measure:
    """One number of one team in one game.

    name: the same in every game of the sport, as "final_third_share". side: whose. value: as a plain number.
    says: the finding as a sentence with {team} and {value}, as "{team} spent {value} of their possession in the final
    third." shown: the value as written, "38 %". n: what it rests on, in words, "n = 212 passes". se: its standard error
    within this game, None where not known. plays: rows of the game's events it was counted from; clips: plays that are
    no events; anchor: where it is drawn or explained when there are neither. theme: measures of one theme tell one
    thing; one of them is told. what: a few words for a small number of the front page. good, bad: rows of the game's
    events that show it well and badly, the clearest first.
    """

    name: str
    side: int
    value: float
    shown: str
    says: str
    what: str
    n: str
    theme: str
    se: float | None = None
    plays: tuple[int, ...] = ()
    clips: tuple[Play, ...] = ()
    anchor: str = "how"
    good: Sequence[int] = field(default=())
    bad: Sequence[int] = field(default=())


def measured(m: Material) -> list[Measure]:
    """Return every measure of a game, of both teams."""
    found: list[Measure] = []
    for part in parts_of(m.league.sport):
        if hasattr(part, "measures"):
            found += part.measures(m)
    return found
