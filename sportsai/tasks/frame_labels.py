"""What holds at every frame of a whole game: which team has the ball, in which phase, and what is about to be logged.

Labels may hold together. An interval the provider logs (a phase of play, a possession) holds from its first frame to
its last; a moment holds within `near_s` of it. "home has the ball" and "away has the ball" are made of the intervals of
`possession` by their side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from sportsai.data.frames import Frames
from sportsai.data.game import Game
from sportsai.data.timeline import Timeline
from sportsai.data.tracks import AWAY, HOME
from sportsai.tasks import moments
from sportsai.tasks.moments import Games

TITLE = "what holds at every frame of a whole game: who has the ball, in which phase, what is near"
WHOLE = True
EVERY = True  # labels of every frame, and not moments
EXPECTED = "files of a provider that logs possessions and phases of play"
MODELS = ("multi_lstm", "multi_lstm_attention", "multi_lstm_input", "multi_lstm_plain", "spot_conv", "single_frame")
FAILS = (
    "Phases are one provider's reading of the game; where two phases meet, a second either way is a matter of taste.",
    "Live play only: what happens while the ball is out is not in the files.",
)
SIDES = ("home has the ball", "away has the ball")


class Options(moments.FramesPart):
    """Keys of the task's [data] table.

    provider: the reader whose games are taken. possession: types of the log's intervals that say which team has the
    ball; () for none. intervals: a label -> the types of the log's intervals in which it holds. moments: a label -> the
    types of events near which it holds. near_s: how near. The others: see `moments.FramesPart`.
    """

    task: Literal["frame_labels"] = "frame_labels"
    possession: tuple[str, ...] = ("possession",)
    intervals: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    moments: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    near_s: float = Field(default=2.0, gt=0)
    chunk: int = Field(default=100, ge=8)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels in order."""
        return (*(SIDES if self.possession else ()), *self.intervals, *self.moments)

    @property
    def turned(self) -> tuple[int, ...]:
        """Which label each one becomes where the ends, and the teams with them, are exchanged."""
        order = list(range(len(self.names)))
        if self.possession:
            order[0], order[1] = 1, 0
        return tuple(order)


def find(folder: Path, options: Options, league: str) -> list[Path]:
    """Return the files and folders below `folder` that the recipe's reader knows."""
    return moments.find(folder, options, league)


def timelines(files: Sequence[Path], options: Options, league: str) -> Games:
    """Return the timeline of every game in the files, with what holds at each frame."""
    return moments.gathered(files, league, options.provider, options.names, lambda game: timeline(game, options))


def timeline(game: Game, options: Options) -> Timeline | None:
    """Return a game's timeline with what holds at each frame; None where it has no frames."""
    if game.tracks is None or not (game.tracks.period > 0).any():
        return None
    frames = Frames.of(game, options.rate_hz)
    logged = game.events if game.events is not None else pd.DataFrame({"type": pd.Series(dtype="string")})
    at = game.tracks.frame[frames.row].astype(np.int64)
    none = np.zeros(0, np.int64)
    columns = []
    for side in (HOME, AWAY) if options.possession else ():
        mine = logged[logged["type"].isin(options.possession)]
        columns.append(_inside(at, mine[mine["side"] == side] if len(mine) else mine))
    columns += [_inside(at, logged[logged["type"].isin(kinds)]) for kinds in options.intervals.values()]
    found: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]] = []
    for k, kinds in enumerate(options.moments.values()):
        mine = logged[logged["type"].isin(kinds)]
        mine = mine[np.isfinite(mine["t_s"])] if len(mine) else mine
        if len(mine):
            period, t_s = mine["period"].to_numpy(np.int64), mine["t_s"].to_numpy(np.float64)
            found.append((period, t_s, np.full(len(mine), k)))
    period, t_s, label = (
        np.concatenate([f[n] for f in found]) if found else none.astype(d) for n, d in enumerate(("i8", "f8", "i8"))
    )
    contest = str(game.extra.get("of_game") or game.id)
    line = Timeline(frames, tuple(options.moments), period, t_s, label, contest=contest)
    near = line.near(options.near_s)
    labels = np.column_stack([*columns, near]) if columns else near
    return Timeline(frames, line.names, period, t_s, label, labels, options.names, contest)


def _inside(at: NDArray[np.int64], intervals: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which frames lie in any of the intervals [start_frame, end_frame), (N,)."""
    change = np.zeros(len(at) + 1, np.int64)
    if len(intervals):
        np.add.at(change, np.searchsorted(at, intervals["start_frame"].to_numpy(np.int64)), 1)
        np.add.at(change, np.searchsorted(at, intervals["end_frame"].to_numpy(np.int64)), -1)
    return np.cumsum(change)[:-1] > 0
