"""Formats that can be read a line at a time: one file each, found by listing this folder.

A feed module has
    TITLE, SPORTS
    sniff(start: bytes) -> bool                                     are these the first bytes of mine?
    head(first: Path | None, companions: tuple[Path, ...], league: League, line: bytes) -> Head
                                                                    the game, from what stands beside the frames
    parser(head: Head, league: League) -> Callable[[bytes], Sample | None]
                                                                    a line as a frame; None: none, and no fault
    ends(line: bytes) -> bool                                       does this line say that the game is over?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sportsai import plugins
from sportsai.data import Player, Team
from sportsai.errors import DataError

if TYPE_CHECKING:
    from sportsai.court import League

FAR = 1e5  # no place on a court is so many metres, and no period so many seconds, from its beginning
MOST = 200  # people in a frame


@dataclass(frozen=True)
class Head:
    """What is known of a game before its first frame. extra: what the format's own parser keeps."""

    id: str
    league: str
    teams: tuple[Team, Team]
    roster: tuple[Player, ...]
    court_length_m: float
    court_width_m: float
    rate_hz: Fraction
    provider: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One frame. period: 0 outside play. t_s: seconds since the period began.

    who (n,): a name for each person seen, unique in the frame; side (n,) 0 home, 1 away, -1 neither; named (n,): it is
    a player's id. xy (n, 2) float32 metres. ball (2,) float32 metres, None unseen; ball_z metres or NaN.
    """

    frame: int
    period: int
    t_s: float
    who: tuple[str, ...]
    side: tuple[int, ...]
    named: tuple[bool, ...]
    xy: NDArray[np.float32]
    ball: NDArray[np.float32] | None
    ball_z: float = float("nan")

    def __post_init__(self) -> None:
        if len(self.who) > MOST:
            raise ValueError(f"{len(self.who)} people in one frame")
        if self.period > 99:
            raise ValueError(f"period {self.period}")


class Feed(Protocol):
    """What a feed module has."""

    TITLE: str
    SPORTS: frozenset[str]

    def sniff(self, start: bytes, /) -> bool: ...

    def head(self, first: Path | None, companions: tuple[Path, ...], league: League, line: bytes, /) -> Head: ...

    def parser(self, head: Head, league: League, /) -> Callable[[bytes], Sample | None]: ...

    def ends(self, line: bytes, /) -> bool: ...


def feed_names() -> list[str]:
    """Return the names of all formats that can be followed."""
    return plugins.names("sportsai.live.feeds")


def load_feed(name: str) -> Feed:
    """Return the feed called `name`; DataError naming those there are when it cannot be followed."""
    if name not in feed_names():
        raise DataError(
            f'"{name}" cannot be followed while it grows', expected=f"one of {', '.join(feed_names())}",
            todo="Its frames do not come a line at a time: read the finished file with `sportsai ingest`.",
        )  # fmt: skip
    return plugins.load("sportsai.live.feeds", name, "feed", DataError)


def find_feed(start: bytes, sport: str, where: str) -> str:
    """Return the name of the feed whose first bytes these are; DataError where none or several know them."""
    found = [n for n in feed_names() if sport in load_feed(n).SPORTS and load_feed(n).sniff(start)]
    if len(found) != 1:
        known = [n for n in feed_names() if sport in load_feed(n).SPORTS]
        raise DataError(
            "not recognised as a format that can be followed" if not found else f"could be {' or '.join(found)}",
            path=where, expected=f"one of {', '.join(known)}", todo="Name it with --provider.",
        )  # fmt: skip
    return found[0]


def finite(value: Any) -> float:
    """Return a number of metres or seconds; ValueError when it is none, or none that can be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    out = float(value)
    if not abs(out) <= FAR:
        raise ValueError(f"{out:g} is no place or time")
    return out


def whole(value: Any) -> int:
    """Return a whole number as frames are counted with, below 2^31; ValueError when it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise ValueError(f"{str(value)[:40]!r} is no frame or period number")
    return value
