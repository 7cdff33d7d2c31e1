"""Passes, turnovers and carries, taught from a provider's holder column, and moments with none of them.

The holder column makes the labels and never enters a window: a model sees positions only.
    pass, turnover   the release, the last frame of a holder's spell that a team-mate (an opponent) ends
    carry            a spell of at least `carry_s`; its middle stands for it
    none             the ball with nobody, or the wrong player taken for the key player of one of the above
Where people corrected a game's events, their word stands before the column's (`_corrected`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.possessions import handovers, spells
from sportsai.data.tracks import Tracks
from sportsai.data.windows import WindowCutter
from sportsai.data.windows import join as join_windows
from sportsai.errors import DataError, nearest
from sportsai.readers import find_reader, read_games
from sportsai.tasks import EVENT, MOVED, NONE, Examples, TaskOptions, _corrected

TITLE = "pass, turnover or carry, at the release"
FAILS = (
    "One match of one competition and one camera system.",
    "The labels are a provider's estimate of who held the ball; a touch it missed cannot be learned.",
    "Turnovers are a tenth of the moments, and what makes one happens at the far end of the ball's path.",
)
Int = NDArray[np.int64]
CLASSES = ("pass", "turnover", "carry")
CLEAR_S = 0.5  # nothing within this of the end of any spell is taught as "none"
MODEL_HZ = 10.0  # samples a second of every window; games at another rate are interpolated


class Options(TaskOptions):
    """Which games, and what is taught from them.

    background: name of a class for moments with no event, so that the model can run over a whole game; "" for none.
    carry_s: a spell at least this long is a carry. players: places cut, the key's included. jitter: frames a release
    may be moved while training. candidates: players nearest to the ball who may be the key. past_only: the moment is
    the window's last sample: nothing after it is seen.
    """

    task: Literal["handovers"] = "handovers"
    games: tuple[str, ...] = Field(min_length=1)
    classes: tuple[str, ...] = CLASSES
    background: str = "none"
    carry_s: float = Field(default=1.2, gt=0)
    players: int = Field(default=8, ge=2, le=64)
    jitter: int = Field(default=2, ge=0, le=20)
    candidates: int = Field(default=3, ge=1, le=22)
    past_only: bool = False

    @field_validator("classes")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for label in value:
            if label not in CLASSES:
                raise ValueError(f'unknown class "{label}". {nearest(label, CLASSES)}')
        return value

    @property
    def names(self) -> tuple[str, ...]:
        """The classes of the model in order, the background last."""
        return (*self.classes, self.background) if self.background else self.classes


def find(folder: Path) -> list[Path]:
    """Return the files and folders below `folder` that a soccer reader knows; who held the ball is seen later."""
    found: list[Path] = []
    for path in [folder, *sorted(p for p in folder.rglob("*") if not p.name.startswith("."))]:
        try:
            find_reader(path, "soccer")
        except DataError:
            continue
        found.append(path)
    return found


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the examples of every game in `files` whose provider logs the holder."""
    games: dict[str, Game] = {}
    for path in files:
        for game in read_games((path,), load_league("soccer")):
            if game.tracks is not None and (game.tracks.holder >= 0).any():
                games.setdefault(game.id, game)
    if not games:
        raise DataError("no game here says who held the ball", expected="a provider that logs the holder")
    return examples_of(list(games.values()), options, frames)


def cutter(game: Game, options: Options, frames: int) -> WindowCutter:
    """Return the cutter of this task's windows: `frames` samples at 10 Hz."""
    assert game.tracks is not None
    stride = float(game.tracks.rate_hz) / MODEL_HZ
    reference = frames - 1 if options.past_only else None
    return WindowCutter(game, length=frames, players=options.players, stride=stride, reference=reference)


def examples_of(games: Sequence[Game], options: Options, frames: int) -> Examples:
    """Return every window of these games: the events, the same moved, and (with a background) moments with none."""
    parts, kinds = [], []
    d = options
    for game in games:
        cut = cutter(game, d, frames)
        each = [
            (EVENT, labelled(game, d.classes, d.carry_s)),
            (MOVED, around(game, d.classes, d.carry_s, d.jitter)),
        ]
        if d.background:
            each.append((NONE, background(game, d.classes, d.carry_s, len(d.classes), d.candidates)))
        for kind, m in each:
            windows = cut.cut(m.frame, m.slot, m.label)
            parts.append(windows)
            kinds.append(np.full(len(windows), kind))
    windows = join_windows(parts)
    if not len(windows) and not windows.refused:
        raise DataError(
            f"no {' or '.join(d.classes)} in {len(games)} game{'s' * (len(games) != 1)}",
            expected="a holder of the ball who changes",
        )
    if not len(windows):
        raise DataError(
            f"none of {windows.refused} moments can be seen whole: each window of {frames} samples at {MODEL_HZ:g} Hz "
            "reaches past the game's end, over a gap, or has no key player",
            expected=f"at least {frames / MODEL_HZ:g} s of unbroken frames about a moment",
            todo="Give longer games, or set fewer frames in the recipe's model_config.",
        )
    several = len(games) > 1
    sources = {f"{g.id}/{name}" if several else name: sha for g in games for name, sha in g.source.items()}
    terms = "; ".join(dict.fromkeys(g.terms or "no licence stated" for g in games))
    return Examples(
        windows, d.names, np.concatenate(kinds), sources=sources, terms=terms,
        refused={"a window past the period, over a gap, or without its key player": windows.refused},
    )  # fmt: skip


@dataclass(frozen=True)
class Moments:
    """Moments of a game. Shapes: frame (n,), slot (n,) the key player's, label (n,) index into the classes taught."""

    frame: Int
    slot: Int
    label: Int

    def __len__(self) -> int:
        return len(self.frame)


def join(*parts: Moments) -> Moments:
    """Return moments one after the other."""
    return Moments(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("frame", "slot", "label")))


def labelled(game: Game, classes: tuple[str, ...], carry_s: float) -> Moments:
    """Return every pass, turnover and carry of the game, in time order; what is not in `classes` is left out.

    Raises DataError when the game has no holder column to learn from.
    """
    tracks = _tracks(game)
    if not (tracks.holder >= 0).any():
        raise DataError(
            f"game {game.id} does not say who held the ball", expected="a provider that logs the holder",
            todo="Train on another game; recognising events in this one needs no holder.",
        )  # fmt: skip
    events = handovers(tracks)
    frame = events["frame"].to_numpy(np.int64)
    kind = events["type"].to_numpy(object)
    held = _long(tracks, carry_s)
    middle = (held["start_frame"].to_numpy(np.int64) + held["end_frame"].to_numpy(np.int64)) // 2
    frame = np.concatenate([frame, middle])
    slot = np.concatenate([tracks.holder[tracks.rows(frame[: len(events)])], held["slot"].to_numpy()]).astype(np.int64)
    kind = np.concatenate([kind, np.full(len(held), "carry", object)])
    known = np.isin(kind, classes)
    label = np.array([classes.index(k) if k in classes else -1 for k in kind], np.int64)
    order = np.flatnonzero(known)[np.argsort(frame[known], kind="stable")]
    return Moments(*_corrected.worked_in(game, classes, frame[order], slot[order], label[order]))


def near_ball(tracks: Tracks, rows: Int, count: int) -> tuple[Int, NDArray[np.float32]]:
    """Return the `count` players nearest to the ball, nearest first, and their distance in metres.

    Shapes: rows (n,) -> slots (n, count) int64, -1 where there are fewer (or no ball), distance (n, count), inf there.
    """
    slots = np.flatnonzero(tracks.side >= 0)
    away = np.linalg.norm(tracks.xy[rows][:, slots] - tracks.ball_xy[rows][:, None], axis=-1)
    away[~tracks.present[rows][:, slots] | ~tracks.ball_present[rows][:, None]] = np.inf
    order = np.argsort(away, axis=1, kind="stable")[:, :count]
    distance = np.take_along_axis(away, order, 1)
    return np.where(np.isinf(distance), -1, slots[order]), distance.astype(np.float32)


def around(game: Game, classes: tuple[str, ...], carry_s: float, jitter: int) -> Moments:
    """Return more moments of the same events: a release `jitter` frames early or late, a carry's whole middle."""
    tracks, base = _tracks(game), labelled(game, classes, carry_s)
    carry = classes.index("carry") if "carry" in classes else -1
    point = base.label != carry
    steps = [s for s in range(-jitter, jitter + 1) if s]
    frame = np.concatenate([base.frame[point] + s for s in steps] or [base.frame[:0]])
    slot, label = np.tile(base.slot[point], len(steps)), np.tile(base.label[point], len(steps))
    parts = [Moments(frame, slot, label)]
    if carry >= 0:
        inside = round(CLEAR_S * float(tracks.rate_hz))
        held = _long(tracks, carry_s)[["start_frame", "end_frame", "slot"]].to_numpy(np.int64)
        carries = set(base.frame[~point].tolist())
        for start, end, who in held[[(a + b) // 2 in carries for a, b, _ in held.tolist()]]:
            frames = np.arange(start + inside, end - inside)
            parts.append(Moments(frames, np.full(len(frames), who), np.full(len(frames), carry)))
    return join(*parts)


def background(game: Game, classes: tuple[str, ...], carry_s: float, none: int, candidates: int) -> Moments:
    """Return moments that are no event: the ball free with its nearest players, and wrong key players of the events."""
    tracks = _tracks(game)
    s = spells(tracks)
    clear = round(CLEAR_S * float(tracks.rate_hz))
    busy = np.zeros(tracks.T, bool)
    first, last = tracks.rows(s["start_frame"].to_numpy()), tracks.rows(s["end_frame"].to_numpy() - 1)
    for a, b in zip(first, last, strict=True):
        busy[max(a, 0) : b + clear + 1] = True
    if _corrected.said_of(game):  # what a person saw is no moment without an event
        for a in tracks.rows(labelled(game, classes, carry_s).frame):
            busy[max(a - clear, 0) : a + clear + 1] = True
    free = np.flatnonzero(tracks.observed & tracks.ball_present & ~busy)
    near, _ = near_ball(tracks, free, candidates)
    wild = Moments(np.repeat(tracks.frame[free], candidates).astype(np.int64), near.ravel(), np.full(near.size, none))
    events = labelled(game, classes, carry_s)
    near, _ = near_ball(tracks, tracks.rows(events.frame), candidates)
    wrong = (near != events.slot[:, None]) & (near >= 0)
    frame = np.repeat(events.frame, candidates)[wrong.ravel()]
    mistaken = Moments(frame, near[wrong], np.full(len(frame), none))
    there = wild.slot >= 0
    frame, slot = _corrected.rejected(game, classes)
    gone = Moments(frame, slot, np.full(len(frame), none))
    return join(Moments(wild.frame[there], wild.slot[there], wild.label[there]), mistaken, gone)


def _long(tracks: Tracks, carry_s: float) -> pd.DataFrame:
    s = spells(tracks)
    return s[s["end_frame"] - s["start_frame"] >= carry_s * float(tracks.rate_hz)]


def _tracks(game: Game) -> Tracks:
    if game.tracks is None:
        raise DataError(f"game {game.id} has no tracks", expected="positions to learn from")
    return game.tracks
