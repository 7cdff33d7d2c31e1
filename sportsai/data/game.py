"""One contest: who played, when, on what court, what was read, and from which files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sportsai.data.tracks import AWAY, HOME, Tracks
from sportsai.data.view import View
from sportsai.errors import DataError, one_line

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
COURT_M = 1000.0  # no side of a court is longer: a size in centimetres, or damaged


def game_id(raw: object) -> str:
    """Return `raw` as a game id safe to use as a folder name; raise DataError when nothing is left of it."""
    text = re.sub(r"[^A-Za-z0-9._-]+", "-", str(raw)).strip("-._")[:100]
    if not _ID.fullmatch(text):
        raise DataError(f'"{one_line(raw, 60)}" cannot be a game id', expected="letters, digits, '.', '_' and '-'")
    return text


_TEXTS = ("id", "name", "short_name", "abbreviation", "position", "color", "number_color")


@dataclass(frozen=True)
class Player:
    """A person on a game's roster.

    side: 0 home, 1 away, -1 official. position: the provider's short role name ("GK", "LWB", "C").
    """

    id: str
    name: str
    side: int
    number: int | None = None
    position: str | None = None
    starter: bool | None = None
    short_name: str | None = None

    @property
    def display(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


@dataclass(frozen=True)
class Team:
    """One of a game's two teams; colours as #rrggbb."""

    id: str
    name: str
    short_name: str | None = None
    abbreviation: str | None = None
    color: str | None = None
    number_color: str | None = None

    @property
    def display(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


@dataclass(frozen=True)
class Period:
    """A period's frames [start_frame, end_frame) and the side that attacks towards +x (None: not known)."""

    number: int
    start_frame: int
    end_frame: int
    attacks_right: int | None = None


@dataclass(frozen=True)
class Game:
    """A contest with all that was read of it.

    provider: reader that made it. source: file name -> sha256. terms: licence of the data.
    repairs: what the reader had to count and set aside, e.g. {"positions with NaN dropped": 12}.
    kind: "game" for a whole contest, "clip" for a cut of one (a play, a goal, a rally).
    view: how its footage shows it, where it was made from footage.
    """

    id: str
    league: str
    teams: tuple[Team, Team]
    roster: tuple[Player, ...]
    court_length_m: float
    court_width_m: float
    periods: tuple[Period, ...] = ()
    tracks: Tracks | None = None
    events: pd.DataFrame | None = None
    date: str | None = None
    competition: str | None = None
    venue: str | None = None
    score: tuple[int, int] | None = None
    provider: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    terms: str | None = None
    repairs: Mapping[str, int] = field(default_factory=dict)
    kind: str = "game"
    extra: Mapping[str, Any] = field(default_factory=dict)
    view: View | None = None

    def __post_init__(self) -> None:
        game_id(self.id) if _ID.fullmatch(self.id) else _bad_id(self.id)
        facts = [(k, getattr(self, k)) for k in ("date", "competition", "venue", "terms")]
        facts += [(k, getattr(x, k)) for x in (*self.teams, *self.roster) for k in _TEXTS if hasattr(x, k)]
        for key, said in facts:
            if said is not None and not isinstance(said, str):
                raise DataError(f'"{one_line(said, 40)}" cannot be used', key=key, expected="text")
        for key in ("court_length_m", "court_width_m"):
            if not 0 <= getattr(self, key) <= COURT_M:
                raise DataError(
                    f"the court of game {self.id} measures {getattr(self, key):g} m", key=key,
                    expected=f"metres, {COURT_M:g} at most", todo="Correct the size in the provider's file.",
                )  # fmt: skip
        seen: set[str] = set()
        for p in self.roster:
            if p.id in seen:
                raise DataError(
                    f'player id "{one_line(p.id, 60)}" stands twice on the roster of game {self.id}',
                    expected="one entry a player",
                )
            seen.add(p.id)
        if self.tracks is not None:
            sides = set(self.tracks.side.tolist())
            for side in (HOME, AWAY):
                if side not in sides and self.kind == "game":
                    raise DataError(
                        f'team "{one_line(self.teams[side].name, 60)}" of game {self.id} has no players',
                        expected="at least one player on each side",
                        todo="Check that the roster and the tracking file belong to the same game.",
                    )

    def player(self, player_id: str | None) -> Player | None:
        """Return the roster entry with this id, None when there is none."""
        return next((p for p in self.roster if p.id == player_id), None)

    def attacks_right(self, period: int) -> int | None:
        """Return the side that attacks towards +x in `period`, None when it is not known."""
        return next((p.attacks_right for p in self.periods if p.number == period), None)

    @property
    def title(self) -> str:
        """ "Home 4-0 Away", or "Home - Away" where the score is not known."""
        home, away = (t.display for t in self.teams)
        return f"{home} {self.score[0]}-{self.score[1]} {away}" if self.score else f"{home} - {away}"


def _bad_id(raw: str) -> None:
    raise DataError(f'game id "{one_line(raw, 60)}" is not usable', expected="letters, digits, '.', '_' and '-'")
