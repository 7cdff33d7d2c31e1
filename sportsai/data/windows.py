"""Fixed-length windows about moments of a game, seen from one key player whose team attacks right.

A window is `length` samples of the key player, the players nearest to him at the reference frame, and the ball. Both
axes are divided by the same number (half the court's longer side), so angles and relative speeds survive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sportsai.data.game import Game
from sportsai.data.orientation import attacking_right
from sportsai.data.tracks import AWAY, HOME, Tracks
from sportsai.errors import DataError

Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]

OWN, OTHER, NEITHER = 1, -1, 0


@dataclass(frozen=True)
class Windows:
    """B windows of T samples of P players and the ball.

    Shapes
    ------
    xy (B, P, T, 2) float32, the key's team attacks +x, in units of half the court's longer side; 0 where not `present`
    (B, P, T) bool. relation (B, P) int8: +1 the key's team (the key too), -1 the other team, 0 an empty place.
    slot (B, P) int64 column of the game's tracks, -1 an empty place. key (B,) int64 place of the key player.
    ball (B, T, 2) float32, ball_present (B, T) bool.
    label (B,) int64 class, -1 none given. game (B,) index into `games`. period (B,), frame (B,) the reference frame.
    request (B,) index of the asked-for window: refused ones are missing from it.
    scale_m: metres of one unit. reference: place of the reference frame among the T samples.
    first_frame, last_frame (B,) int64: the frames a window reaches from and to, both inside.
    """

    xy: Float32
    present: Bool
    relation: NDArray[np.int8]
    slot: Int
    key: Int
    ball: Float32
    ball_present: Bool
    label: Int
    game: Int
    period: NDArray[np.int8]
    frame: Int
    first_frame: Int
    last_frame: Int
    request: Int
    games: tuple[str, ...]
    scale_m: float
    reference: int
    refused: int = 0

    def __len__(self) -> int:
        return len(self.key)

    @property
    def T(self) -> int:
        """Number of samples of a window."""
        return self.xy.shape[2]

    @property
    def P(self) -> int:
        """Number of places for players."""
        return self.xy.shape[1]

    def nearest(self, players: int) -> Windows:
        """Return the windows with `players` places: the key first, then by rising distance to him at the reference."""
        here, seen = self.xy[:, :, self.reference], self.present[:, :, self.reference]
        n = np.arange(len(self))
        away = ((here - here[n, self.key][:, None]) ** 2).sum(-1)
        away[~seen] = np.inf
        away[n, self.key] = -1
        order = np.argsort(away, axis=1, kind="stable")[:, :players]
        empty = np.isinf(np.take_along_axis(away, order, 1))
        if order.shape[1] < players:
            more = players - order.shape[1]
            order = np.pad(order, ((0, 0), (0, more)))
            empty = np.pad(empty, ((0, 0), (0, more)), constant_values=True)
        row = n[:, None]
        present = self.present[row, order] & ~empty[..., None]
        return replace(
            self,
            xy=self.xy[row, order] * present[..., None],
            present=present,
            relation=np.where(empty, NEITHER, self.relation[row, order]).astype(np.int8),
            slot=np.where(empty, -1, self.slot[row, order]),
            key=np.zeros(len(self), np.int64),
        )

    def take(self, index: ArrayLike) -> Windows:
        """Return the windows at `index` (integers or a mask), in that order."""
        index = np.asarray(index)
        return replace(self, **{f: getattr(self, f)[index] for f in _ROWS})


_ROWS = tuple(
    f.name for f in fields(Windows) if f.name not in ("games", "scale_m", "reference", "refused")
)  # what has one row a window


class WindowCutter:
    """Cuts windows of one game; the game is turned once for each side and kept.

    Parameters
    ----------
    length: samples of a window. players: places, the key's included (None: all).
    stride: frames between two samples; where it is no whole number (2.5: a 10 Hz model on a 25 Hz game) positions are
    interpolated between two frames.
    reference: the sample the moment falls on; None is the middle, length // 2.
    """

    def __init__(
        self, game: Game, *, length: int = 16, stride: float = 1, players: int | None = 5, reference: int | None = None
    ) -> None:
        if game.tracks is None:
            raise DataError(f"game {game.id} has no tracks", expected="positions to cut windows from")
        if length < 2 or stride <= 0:
            raise DataError(
                f"a window of {length} samples, {stride} frames apart", expected="at least 2, and a step above 0"
            )
        self.game, self.length, self.stride = game, length, stride
        self.reference = length // 2 if reference is None else reference
        if not 0 <= self.reference < length:
            raise DataError(f"reference sample {reference}", expected=f"0 to {length - 1}")
        self.scale_m = max(game.court_length_m, game.court_width_m) / 2
        self.slots = np.flatnonzero(game.tracks.side >= 0)  # no officials
        self.players = len(self.slots) if players is None else players
        offset = (np.arange(length) - self.reference) * stride
        self._low = np.floor(offset + 1e-9).astype(np.int64)
        self._part = np.where(offset - self._low < 1e-6, 0.0, offset - self._low).astype(np.float32)
        self._reach = int(self._low[0]), int(np.ceil(offset[-1] - 1e-9))
        if self.players < 1:
            raise DataError(f"{self.players} players in a window", expected="at least 1")
        self._turned: tuple[Tracks, Tracks] = tuple(_tracks(attacking_right(game, s)) for s in (HOME, AWAY))  # type: ignore[assignment]

    def cut(
        self, frames: ArrayLike, keys: ArrayLike, labels: ArrayLike | None = None, *, outside: str = "refuse"
    ) -> Windows:
        """Return the windows about `frames` with key slots `keys`.

        Parameters
        ----------
        outside: what becomes of a window that reaches past a period, a gap in the frames, or whose key player is not
            seen at the reference frame: "refuse" leaves it out and counts it, "raise" is a DataError, "mask" keeps it
            with the samples that do not exist marked as not present (the key must still be seen).

        Shapes: frames (B,) frame numbers, keys (B,) slots, labels (B,).
        """
        if outside not in ("refuse", "raise", "mask"):
            raise DataError(f'outside="{outside}"', expected='"refuse", "raise" or "mask"')
        tracks = self._turned[0]
        frames, keys = np.asarray(frames, np.int64).reshape(-1), np.asarray(keys, np.int64).reshape(-1)
        if frames.shape != keys.shape:
            raise DataError(f"{len(frames)} frames and {len(keys)} key players", expected="one key player a frame")
        at = tracks.rows(frames)
        period = np.where(at >= 0, tracks.period[at], 0)
        rows = at[:, None] + self._low  # (B, T)
        exists = self._exists(at, rows) & (period > 0)[:, None]
        if self._part.any():
            exists &= self._exists(at, rows + (self._part > 0))
        seen = (keys >= 0) & (keys < tracks.P) & (at >= 0)
        seen &= tracks.present[at, np.clip(keys, 0, tracks.P - 1)] & np.isin(keys, self.slots)
        good = seen & exists[:, self.reference] & (exists.all(1) | (outside == "mask"))
        if outside == "raise" and not good.all():
            first = int(np.argmin(good))
            why = "its key player is not seen there" if not seen[first] else "it reaches past the period or over a gap"
            raise DataError(
                f"no window about frame {frames[first]} of game {self.game.id}: {why}",
                expected=f"{self.length} samples, {self.stride} frame(s) apart, inside one period",
                todo="Leave the moment out, or ask for a shorter window.",
            )
        request = np.flatnonzero(good)
        label = np.full(len(frames), -1) if labels is None else np.asarray(labels, np.int64)
        return self._gather(rows[good], exists[good], keys[good], frames[good], period[good], label[good], request,
                            int((~good).sum()))  # fmt: skip

    def _exists(self, at: Int, rows: Int) -> Bool:
        """Whether each row is there, in the period of row `at`, with no frame skipped between the two, (B, T)."""
        tracks = self._turned[0]
        inside = (rows >= 0) & (rows < tracks.T) & (at >= 0)[:, None]
        row, at = np.clip(rows, 0, max(tracks.T - 1, 0)), np.maximum(at, 0)
        joined = tracks.frame[row] - tracks.frame[at][:, None] == row - at[:, None]
        return inside & joined & (tracks.period[row] == tracks.period[at][:, None])

    def _gather(
        self, rows: Int, exists: Bool, keys: Int, frames: Int, period: NDArray[np.int8], label: Int, request: Int,
        refused: int,
    ) -> Windows:  # fmt: skip
        tracks = self._turned[0]
        side = tracks.side
        at = np.where(exists, rows, 0)
        slot, key = self._choose(at[:, self.reference], keys)  # (B, P), (B,)
        place = np.maximum(slot, 0)
        present = tracks.present[at[:, None, :], place[:, :, None]] & exists[:, None, :] & (slot >= 0)[:, :, None]
        ball_present = tracks.ball_present[at] & exists
        xy = np.empty((*present.shape, 2), np.float32)
        ball = np.empty((*rows.shape, 2), np.float32)
        between = self._part > 0
        then = np.where(exists, rows + between, 0)
        if between.any():
            present &= tracks.present[then[:, None, :], place[:, :, None]]
            ball_present &= tracks.ball_present[then]
        for s in (HOME, AWAY):
            mine = side[keys] == s
            turned = self._turned[s]
            xy[mine] = turned.xy[at[mine][:, None, :], place[mine][:, :, None]]
            ball[mine] = turned.ball_xy[at[mine]]
            if between.any():
                part = self._part[:, None]
                xy[mine] += part * (turned.xy[then[mine][:, None, :], place[mine][:, :, None]] - xy[mine])
                ball[mine] += part * (turned.ball_xy[then[mine]] - ball[mine])
        xy[~present] = 0
        ball[~ball_present] = 0
        relation = np.where(side[place] == side[keys][:, None], OWN, OTHER).astype(np.int8)
        relation[slot < 0] = NEITHER
        reach = self._reach
        n = len(keys)
        xy, ball = (xy / self.scale_m).astype(np.float32), (ball / self.scale_m).astype(np.float32)
        return Windows(
            xy, present, relation, slot, key, ball, ball_present,
            label, np.zeros(n, np.int64), period.astype(np.int8), frames, frames + reach[0], frames + reach[1], request,
            (self.game.id,), self.scale_m, self.reference, refused,
        )  # fmt: skip

    def _choose(self, at: Int, keys: Int) -> tuple[Int, Int]:
        """Return the slot of each place, (B, P), and the key's place, (B,): all in slot order, or the nearest."""
        if self.players >= len(self.slots):
            slot = np.full((len(keys), self.players), -1)
            slot[:, : len(self.slots)] = self.slots
            return slot, np.searchsorted(self.slots, keys)
        tracks = self._turned[0]
        xy, present = tracks.xy[at][:, self.slots], tracks.present[at][:, self.slots]
        away = ((xy - tracks.xy[at, keys][:, None]) ** 2).sum(-1)
        away[~present] = np.inf
        away[self.slots[None] == keys[:, None]] = -1
        nearest = np.argsort(away, axis=1, kind="stable")[:, : self.players]
        slot = self.slots[nearest]
        slot[np.isinf(np.take_along_axis(away, nearest, 1))] = -1
        return slot, np.zeros(len(keys), np.int64)


def _tracks(game: Game) -> Tracks:
    assert game.tracks is not None
    return game.tracks


def join(parts: Sequence[Windows]) -> Windows:
    """Return the windows of several games (or cuts) as one; they must have the same P, T, scale and reference."""
    if not parts:
        raise DataError("no windows to join", expected="at least one cut")
    games = tuple(dict.fromkeys(g for w in parts for g in w.games))
    first = parts[0]
    for w in parts[1:]:
        if (w.P, w.T, w.reference) != (first.P, first.T, first.reference):
            raise DataError(
                f"windows of {w.P} players x {w.T} samples", expected=f"{first.P} x {first.T} as the others"
            )
    columns: dict[str, Any] = {f: np.concatenate([getattr(w, f) for w in parts]) for f in _ROWS}
    columns["game"] = np.concatenate([np.array([games.index(g) for g in w.games], int)[w.game] for w in parts])
    return replace(first, **columns, games=games, refused=sum(w.refused for w in parts))
