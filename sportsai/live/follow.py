"""Follow a game: lines in, events out, until it is over, the feed falls quiet, or someone stops it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from sportsai.analysis._weights import collect
from sportsai.court import League
from sportsai.errors import DataError, ModelError, one_line
from sportsai.learn.weights import Weights, find_weights
from sportsai.live.direction import Directions
from sportsai.live.feeds import Feed, Head, Sample, find_feed, load_feed
from sportsai.live.log import Log, records
from sportsai.live.models import Model, Running, live_models, load_live
from sportsai.live.source import Source
from sportsai.live.stretch import Stretch

EVERY_S = 0.5  # of play between two questions to the model
LOOK_S = 0.5  # of waiting for lines before what there is is asked about
BAD = 50  # lines that cannot be read before the first that can: this is another format

Say = Callable[[list[dict[str, Any]]], None]


@dataclass
class Told:
    """How a run went.

    frames: taken. events: said; known: of those certain, how many the log had before. delays_s: of each, both kinds,
    seconds of play it came after. counts: what was wrong -> how often; first_bad: the first line that could not be
    read. directions: period -> who attacked where. lost: events given up when the buffer was full.
    """

    frames: int = 0
    events: int = 0
    known: int = 0
    delays_s: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    first_bad: str = ""
    directions: dict[int, str] = field(default_factory=dict)
    lost: int = 0


def model_for(sport: str, name: str | None) -> tuple[str, Model]:
    """Return a live model by its name or its recipe's, the sport's first when None; ModelError where there is none."""
    able = live_models(sport)
    if name is None:
        if not able:
            raise ModelError(f"no model can follow {sport}", todo="Analyse the finished game: sportsai analyse GAME")
        name = "recognise" if "recognise" in able else able[0]
    by_recipe = {str(load_live(n).RECIPE): n for n in able}
    name = by_recipe.get(name, name)
    model = load_live(name)
    if sport not in model.SPORTS:
        raise ModelError(f"{name} cannot follow {sport}", expected=f"one of {', '.join(able) or 'none'}")
    return name, model


def weights_of(model: Model, league: League, own: Path | None) -> Weights | None:
    """Return the weights a live model asks for, None for a plain rule; ModelError where there are none."""
    if model.RECIPE is None:
        return None
    found = collect(league.name, [model.RECIPE], own).get(model.RECIPE)
    if found is None:
        find_weights(league.name, model.RECIPE)  # says what ships, for whom
        raise ModelError(f'no weights of "{model.RECIPE}"', expected="some for its sport")
    return found


class Follower:
    """Takes lines one after the other, in pieces of any size, and gives the events that have become certain.

    provider: the format of the frames, None: told by the first line. first: the file they come from, None of a feed;
    companions: files that were named beside it. every_s: seconds of play between two questions to the model.
    home_attacks: "right" or "left" in the first period, None: it is found. log: None, or where events are kept; what
    is in it already is not said again.
    """

    def __init__(
        self, league: League, model: str, weights: Weights | None, *, provider: str | None = None,
        first: Path | None = None, companions: tuple[Path, ...] = (), every_s: float = EVERY_S,
        home_attacks: str | None = None, log: Path | None = None,
    ) -> None:  # fmt: skip
        self.league, self.model, self.weights = league, model, weights
        self.provider, self.first, self.companions = provider, first, companions
        self.every_s, self.home_attacks, self.log_path = every_s, home_attacks, log
        self.told = Told()
        self.over = False
        self.head: Head | None = None
        self.log: Log | None = None
        self._lines = self._asked = self._bad = 0
        self._parse: Callable[[bytes], Sample | None] | None = None
        self._feed: Feed | None = None
        self.stretch: Stretch | None = None
        self.running: Running | None = None

    def take(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Take lines and return the events that they made certain.

        Raises DataError where the first is of no format that can be followed, or the first BAD are no frames.
        """
        out: list[dict[str, Any]] = []
        for line in lines:
            self._lines += 1
            if self.over or not line.strip():
                continue
            if self.head is None:
                self._begin(line)
            assert self._feed is not None and self.stretch is not None
            if self._feed.ends(line):
                self.over = True
                continue
            sample = self._read(line)
            if sample is None or not self.stretch.add(sample):
                continue
            self.told.frames += 1
            if self.stretch.end - self._asked >= max(1, round(self.every_s * float(self.stretch.head.rate_hz))):
                out += self.ask()
        return out

    def ask(self, over: bool = False) -> list[dict[str, Any]]:
        """Ask the model now, and return what has become certain; over: no more frames will come."""
        if self.stretch is None or self.running is None or (self._asked == self.stretch.end and not over):
            return []
        if over:
            self.stretch.directions.over(self.stretch)
        self._asked = self.stretch.end
        events = self.running.tick(over)
        if self.stretch.drop(self.running.low):
            self.told.counts["times the buffer was full"] += 1
        return self._say(events)

    def finish(self) -> list[dict[str, Any]]:
        """Return the events that are left when no more frames will come, and complete `told`; DataError without any."""
        if self.head is None:
            raise DataError("there are no frames in it", path=self.first, expected="a frame a line")
        out = self.ask(over=True)
        self.sum_up()
        return out

    def sum_up(self) -> Told:
        """Return how it went so far."""
        if self.stretch is not None and self.running is not None:
            found = self.stretch.directions
            self.told.counts.update({k: n - self.told.counts[k] for k, n in self.stretch.counts.items()})
            self.told.lost = self.running.lost
            self.told.directions = {
                n: f"{'home' if o.attacks_right == 0 else 'away' if o.attacks_right == 1 else 'nobody known'} "
                   f"attacks right, by {o.by}, after {found.after_s[n]:g} s"
                for n, o in found.found.items()
            }  # fmt: skip
        return self.told

    def _begin(self, line: bytes) -> None:
        where = str(self.first or "the feed")
        name = self.provider or find_feed(line[:4096], self.league.sport, where)
        self._feed = load_feed(name)
        if self.league.sport not in self._feed.SPORTS:
            raise DataError(f'provider "{name}" does not send {self.league.sport}',
                            expected=f"one of its sports: {', '.join(sorted(self._feed.SPORTS))}")  # fmt: skip
        self.head = self._feed.head(self.first, self.companions, self.league, line)
        self._parse = self._feed.parser(self.head, self.league)
        self.stretch = Stretch(self.head, Directions(self.home_attacks))
        self.running = load_live(self.model).Live(self.stretch, self.weights)
        if self.log_path is not None:
            self.log = Log(self.log_path, self.head.id, self.model)

    def _read(self, line: bytes) -> Sample | None:
        assert self._parse is not None
        try:
            return self._parse(line)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as bad:
            self.told.counts["lines that could not be read"] += 1
            kind = "" if isinstance(bad, ValueError) else f"{type(bad).__name__}: "
            what = kind + one_line(bad, 80)
            self.told.first_bad = self.told.first_bad or f"line {self._lines}: {what}"
            self._bad += 1
            if self._bad >= BAD and not self.told.frames:
                raise DataError(f"none of {BAD} lines is a frame ({self.told.first_bad})", path=self.first,
                                expected="a frame a line",
                                todo="Name the format with --provider.") from None  # fmt: skip
            return None

    def _say(self, events: pd.DataFrame) -> list[dict[str, Any]]:
        if not len(events):
            return []
        assert self.head is not None and self.stretch is not None
        told = records(events, self.head, self.model, self.stretch.last[0])
        told = [orjson.loads(orjson.dumps(t, option=orjson.OPT_SERIALIZE_NUMPY)) for t in told]
        new = told if self.log is None else self.log.write(told)
        self.told.events += len(new)
        self.told.known += len(told) - len(new)
        self.told.delays_s += [t["delay_s"] for t in told]
        return new

    def close(self) -> None:
        """Let go of the file of events."""
        if self.log is not None:
            self.log.close()


def follow(source: Source, follower: Follower, say: Say, until_quiet_s: float | None = None) -> Told:
    """Take all that a source gives until the game is over or nothing came for `until_quiet_s`; return how it went.

    What was wrong at the source is added to `follower.told` also where the run is stopped. Raises DataError where no
    line is a frame.
    """
    last = time.monotonic()
    try:
        while not follower.over:
            lines = source.poll(LOOK_S if until_quiet_s is None else min(LOOK_S, until_quiet_s))
            new = follower.take(lines) if lines else follower.ask()
            if new:
                say(new)
            if lines:
                last = time.monotonic()
            elif until_quiet_s is not None and time.monotonic() - last >= until_quiet_s:
                break
        new = follower.finish()
        if new:
            say(new)
    finally:
        follower.told.counts.update(source.counts)
    return follower.told
