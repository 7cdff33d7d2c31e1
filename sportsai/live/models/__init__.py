"""Models that can speak before the game is over, one file each, found by listing this folder.

A model module has
    TITLE, SPORTS, RECIPE      what it tells; of which sports; whose weights it needs, None for a plain rule
    Live(stretch, weights)     .tick(over) -> events table: what has become certain; over: no more frames will come
                               .low: the first frame it still needs; .lost: events given up when the buffer was full
    latency(weights, rate_hz) -> list[Part]      what it waits for after an event, and for how long
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from sportsai import plugins
from sportsai.errors import ModelError, nearest

if TYPE_CHECKING:
    from sportsai.learn.weights import Weights
    from sportsai.live.stretch import Stretch


@dataclass(frozen=True)
class Part:
    """Something a model waits for. least_s and most_s: seconds of frames after the event."""

    what: str
    least_s: float
    most_s: float


class Running(Protocol):
    """A model at work on a stretch."""

    low: int
    lost: int

    def tick(self, over: bool = False) -> pd.DataFrame: ...


class Model(Protocol):
    """What a model module has."""

    TITLE: str
    SPORTS: frozenset[str]
    RECIPE: str | None

    def Live(self, stretch: Stretch, weights: Weights | None, /) -> Running: ...

    def latency(self, weights: Weights | None, rate_hz: Fraction, /) -> list[Part]: ...


def live_models(sport: str) -> list[str]:
    """Return the names of the models that can follow a sport."""
    return [n for n in plugins.names("sportsai.live.models") if sport in load_live(n).SPORTS]


def load_live(name: str) -> Model:
    """Return the live model called `name`; ModelError naming those there are."""
    known = plugins.names("sportsai.live.models")
    if name not in known:
        raise ModelError(f'no model named "{name}" can follow a game', todo=nearest(name, known))
    return plugins.load("sportsai.live.models", name, "model", ModelError)
