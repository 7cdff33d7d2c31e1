"""Moments of whole games: a shot, a rebound, a turnover, a foul, and when, in all the frames of a game.

The truth is the provider's log: which of its event types make a class is said by the recipe, and a log's times are
taken as they stand. A game is one timeline, its frames in order; a model of whole games (`sportsai.sequence_models`)
says at each how near a moment of each class is. Nothing but positions is read: no possession, holder or shot clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from sportsai.court import load_league
from sportsai.data.camera import filmed
from sportsai.data.frames import Frames
from sportsai.data.game import Game
from sportsai.data.timeline import GAPS, Timeline, named, streams
from sportsai.errors import DataError
from sportsai.readers import find_reader, read_games
from sportsai.tasks import TaskOptions

TITLE = "when things happen in a whole game"
WHOLE = True  # it gives timelines of games, and not windows
EXPECTED = "files of a provider whose log says when things happened"
MODELS = ("spot_conv", "spot_gru", "track_action_former", "ball_rule", "chance")
FAILS = (
    "A log's clock runs late, and not always by as much: a moment is only as exact as what taught it.",
    "Frames with the clock stopped are not in some files: what happens around them is guessed from the gap.",
)


class FramesPart(TaskOptions):
    """Keys of every task of whole games: what is read.

    provider: the reader whose games are taken. rate_hz: frames a second; games with more are thinned. chunk: frames of
    a game that are learned from at once. teacher: a model, or a recipe of one, that, having read every frame, teaches
    this one what to say of frames it did not read; "" none. ball_only: of a frame only the ball is told. pace: how fast
    things move since the frame before is told. gaps: so is how long the clock stood. attack: each frame is turned so
    that the ball lies in the right half.
    """

    provider: str
    rate_hz: float | None = Field(default=None, gt=0)
    chunk: int = Field(default=256, ge=8)
    teacher: str = ""
    ball_only: bool = False
    pace: bool = True
    gaps: bool = False
    attack: bool = False

    @property
    def inputs(self) -> int:
        """Numbers of a frame as a model of all frames reads it."""
        return len(named(ball_only=self.ball_only, pace=self.pace, gaps=self.gaps))

    @property
    def known(self) -> int:
        """How many of those are known of every frame without reading it: what its time says."""
        return len(GAPS) * self.gaps


class Options(FramesPart):
    """Keys of the task's [data] table.

    classes: a class -> the types of the log's events that make it. heat_s: how far from a moment its class is still
    taught, the width of a bell. shadow_s: how far a moment found still lowers others of its class. worth: how much
    seeing one of a class is worth in highlights, below 0 where it makes another worth less; with any said, the others
    nothing. streams: what the members of an attention attend to while they read the ball, in turn; all that a frame
    tells when empty. camera: the ball is told as footage tells it: where a camera looks (drawn, see `data.camera`) that
    follows it; the teacher sees the ball. The others: see `FramesPart`.
    """

    task: Literal["moments"] = "moments"
    classes: dict[str, tuple[str, ...]]
    heat_s: float = Field(default=1.0, gt=0)
    shadow_s: float = Field(default=3.0, ge=0)
    worth: dict[str, float] = Field(default_factory=dict)
    camera: bool = False
    streams: tuple[Literal["ball", "attackers", "defenders", "scene"], ...] = ()

    @field_validator("classes")
    @classmethod
    def _some(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not value or not all(value.values()):
            raise ValueError("each class needs at least one type of event")
        return value

    @model_validator(mode="after")
    def _known(self) -> Options:
        for name in self.worth:
            if name not in self.classes:
                raise ValueError(f'"{name}" in worth is none of the classes {", ".join(self.classes)}')
        told = streams(named(ball_only=self.ball_only, pace=self.pace, gaps=self.gaps))
        for name in self.streams:
            if name not in told:
                raise ValueError(f'of a frame only {", ".join(told)} is told, and not "{name}"')
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in order."""
        return tuple(self.classes)


@dataclass(frozen=True)
class Games:
    """Timelines of whole games, what they hold, and where they come from.

    lines: the games, in the order of their names. sources: file -> sha256. terms: of the data. refused: why -> how
    many.
    """

    lines: tuple[Timeline, ...]
    names: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    terms: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def contests(self) -> tuple[str, ...]:
        """The contest of each game."""
        return tuple(line.contest for line in self.lines)


def find(folder: Path, options: Any, league: str) -> list[Path]:
    """Return the files and folders below `folder` that the recipe's reader knows."""
    sport = load_league(league).sport
    found: list[Path] = []
    for path in [folder, *sorted(p for p in Path(folder).rglob("*") if not p.name.startswith("."))]:
        if any(path.is_relative_to(f) for f in found):
            continue
        try:
            if find_reader(path, sport) == options.provider:
                found.append(path)
        except DataError:
            continue
    return found


def timelines(files: Sequence[Path], options: Options, league: str) -> Games:
    """Return the timeline of every game in the files; a game of which nothing is logged is left out, and counted."""
    return gathered(files, league, options.provider, options.names, lambda game: timeline(game, options))


def gathered(
    files: Sequence[Path], league: str, provider: str, names: tuple[str, ...],
    build: Callable[[Game], Timeline | None],
) -> Games:  # fmt: skip
    """Return the timelines that `build` makes of a provider's games; those with nothing logged are left out."""
    if not files:
        raise DataError("no files", expected=EXPECTED)
    lines: dict[str, Timeline] = {}
    refused = {"games without tracks, or of which nothing is logged": 0}
    sources: dict[str, str] = {}
    terms = ""
    for game in _games(files, provider, league):
        line = build(game)
        if line is None or not (len(line.at_s) or line.labels is not None):
            refused["games without tracks, or of which nothing is logged"] += 1
            continue
        if line.contest in lines:
            raise DataError(f"game {line.contest} stands twice", expected="each game once", todo="Keep one copy.")
        lines[line.contest] = line
        sources |= dict(game.source)
        terms = game.terms or terms
    if not lines:
        raise DataError("no game can be used", path=files[0], expected=EXPECTED)
    kept = {k: v for k, v in refused.items() if v}
    return Games(tuple(lines[k] for k in sorted(lines)), names, sources, terms, kept)


def timeline(game: Game, options: Options) -> Timeline | None:
    """Return a game's timeline with what its log says; None where it has no frames."""
    if game.tracks is None or not (game.tracks.period > 0).any():
        return None
    plain = Frames.of(game, options.rate_hz)
    frames, unfilmed = (_filmed(game, plain), plain) if options.camera else (plain, None)
    period, at, label = _logged(game, options)
    shown = np.isin(period, frames.period)
    return Timeline(frames, options.names, period[shown], at[shown], label[shown],
                    contest=str(game.extra.get("of_game") or game.id), unfilmed=unfilmed)  # fmt: skip


def _filmed(game: Game, frames: Frames) -> Frames:
    """Return frames that show where a camera looks instead of the ball."""
    assert game.tracks is not None
    name = str(game.extra.get("of_game") or game.id)
    tracks = filmed(game.tracks, float(game.court_length_m), float(game.court_width_m), name)
    return replace(frames, game=replace(game, tracks=tracks), seen=np.zeros(len(frames), bool))


def _games(files: Sequence[Path], provider: str, league: str) -> Iterator[Game]:
    for path in files:
        yield from read_games((Path(path),), load_league(league), provider)


def _logged(game: Game, options: Options) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the period, time and class of what a game's log says, in its order."""
    none = np.zeros(0, np.int64)
    if game.events is None or not len(game.events):
        return none, none.astype(np.float64), none
    of = {kind: k for k, kinds in enumerate(options.classes.values()) for kind in kinds}
    mine = game.events[game.events["type"].isin(list(of)) & np.isfinite(game.events["t_s"])]
    label = mine["type"].map(of).to_numpy(np.int64)
    return mine["period"].to_numpy(np.int64), mine["t_s"].to_numpy(np.float64), label
