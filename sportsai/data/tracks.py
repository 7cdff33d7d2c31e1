"""Where every player and the ball were, frame by frame, in court metres and period seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError, ShapeError

HOME, AWAY, NO_SIDE = 0, 1, -1
FAR_M = 1e6  # a position further from the centre is a damaged number, whose squares overflow
MOST_HZ = 10_000  # no camera is faster: a rate above it is a damaged number, of which windows would fill the memory
Bool = NDArray[np.bool_]
Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Slot:
    """Whose column of `xy` this is.

    player_id: the roster's id; None where the provider saw a person but not who it was.
    side: 0 home, 1 away, -1 neither (officials, unknown).
    """

    player_id: str | None
    side: int


@dataclass(frozen=True)
class Tracks:
    """Positions of P slots and the ball over T frames of one game.

    Shapes
    ------
    frame (T,) int32, strictly increasing provider frame numbers, `rate_hz` of them a second; frames may be skipped.
    period (T,) int8, 1-based; 0 outside play. t_s (T,) float64, seconds since the period began; NaN where period is 0.
    xy (T, P, 2) float32 metres, origin at the court's centre; meaningful only where `present` (T, P) is True.
    estimated (T, P) bool, True where the provider filled a position in for a player its cameras did not see.
    ball_xy (T, 2) float32 metres, ball_z (T,) float32 metres (NaN: height unknown), ball_present (T,) bool.
    possession (T,) int8 side in possession as the provider says, -1 unknown.
    holder (T,) int16 slot that holds the ball as the provider says, -1 unknown.
    """

    rate_hz: Fraction
    frame: NDArray[np.int32]
    period: NDArray[np.int8]
    t_s: NDArray[np.float64]
    xy: Float32
    present: Bool
    slots: tuple[Slot, ...]
    ball_xy: Float32
    ball_present: Bool
    estimated: Bool = field(default=None)  # type: ignore[arg-type]
    ball_z: Float32 = field(default=None)  # type: ignore[arg-type]
    possession: NDArray[np.int8] = field(default=None)  # type: ignore[arg-type]
    holder: NDArray[np.int16] = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        T, P = len(self.frame), len(self.slots)
        if self.estimated is None:
            object.__setattr__(self, "estimated", np.zeros((T, P), bool))
        if self.ball_z is None:
            object.__setattr__(self, "ball_z", np.full(T, np.nan, np.float32))
        if self.possession is None:
            object.__setattr__(self, "possession", np.full(T, NO_SIDE, np.int8))
        if self.holder is None:
            object.__setattr__(self, "holder", np.full(T, -1, np.int16))
        object.__setattr__(self, "rate_hz", Fraction(self.rate_hz))
        if not 0 < self.rate_hz <= MOST_HZ:
            raise DataError(
                f"the frame rate is {self.rate_hz}",
                expected=f"a rate above 0 Hz, {MOST_HZ:,} at most",
                todo="Correct the provider's metadata.",
            )
        wanted = {
            "frame": (T,),
            "period": (T,),
            "t_s": (T,),
            "xy": (T, P, 2),
            "present": (T, P),
            "ball_xy": (T, 2),
            "estimated": (T, P),
            "ball_present": (T,),
            "ball_z": (T,),
            "possession": (T,),
            "holder": (T,),
        }
        for name, shape in wanted.items():
            got = getattr(self, name).shape
            if got != shape:
                raise ShapeError(f"tracks.{name} has shape {got}", expected=str(shape))
        self._check_time()
        self._check_positions()

    def _check_time(self) -> None:
        step = np.diff(self.frame)
        if (step <= 0).any():
            row = int(np.argmax(step <= 0)) + 1
            what = "appears twice" if step[row - 1] == 0 else f"comes after frame {self.frame[row - 1]}"
            raise DataError(
                f"frame {self.frame[row]} {what}",
                expected="frame numbers that increase",
                todo="Remove the repeated or unordered frames, or ask the provider for the file again.",
            )
        playing = self.period > 0
        backwards = playing[1:] & (self.period[1:] == self.period[:-1]) & (np.diff(self.t_s) < 0)
        if backwards.any():
            row = int(np.argmax(backwards)) + 1
            raise DataError(
                f"time runs backwards at frame {self.frame[row]} "
                f"({self.t_s[row - 1]:.2f} s, then {self.t_s[row]:.2f} s, period {self.period[row]})",
                expected="seconds that do not decrease within a period",
                todo="Correct the file's clock, or ask the provider for it again.",
            )
        if playing.any() and not np.isfinite(self.t_s[playing]).all():
            row = int(np.argmax(playing & ~np.isfinite(self.t_s)))
            raise DataError(f"frame {self.frame[row]} has no time", expected="a time for every frame inside a period")

    def _check_positions(self) -> None:
        for name, xy, seen in (("player", self.xy, self.present), ("ball", self.ball_xy, self.ball_present)):
            if xy.min(initial=0) >= -FAR_M and xy.max(initial=0) <= FAR_M:
                continue  # as good as always; no comparison holds of what is not a number
            bad = ~(np.abs(xy) <= FAR_M).all(-1) & seen
            if bad.any():
                row = int(np.argwhere(bad)[0][0])
                far = np.isfinite(xy[bad]).all()
                raise DataError(
                    f"a {name} position at frame {self.frame[row]} is "
                    + (f"over {FAR_M:g} m away" if far else "not a finite number"),
                    expected="metres, or no position at all",
                    todo="Correct the value or remove the position.",
                )

        high = self.ball_present & (np.abs(self.ball_z) > FAR_M)  # NaN: not known
        if high.any():
            raise DataError(
                f"the ball is {self.ball_z[high][0]:g} m high at frame {self.frame[int(np.argmax(high))]}",
                expected=f"metres up to {FAR_M:g}, or no height at all",
                todo="Correct the value or remove it.",
            )

    @property
    def T(self) -> int:
        """Number of frames."""
        return len(self.frame)

    @property
    def P(self) -> int:
        """Number of slots."""
        return len(self.slots)

    @property
    def side(self) -> NDArray[np.int8]:
        """Side of each slot, (P,) int8."""
        return np.array([s.side for s in self.slots], np.int8)

    @property
    def observed(self) -> Bool:
        """Frames inside a period in which at least one player was seen, (T,) bool."""
        return self.present.any(1) & (self.period > 0)

    def rows(self, frames: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the row of each frame number, -1 where that frame is not stored."""
        frames = np.asarray(frames)
        row = np.searchsorted(self.frame, frames)
        row = np.minimum(row, max(self.T - 1, 0))
        found = self.frame[row] == frames if self.T else np.zeros(frames.shape, bool)
        return np.where(found, row, -1)

    def slot_of(self, player_id: str) -> int:
        """Return the column of a player, -1 when the player has none."""
        return next((i for i, s in enumerate(self.slots) if s.player_id == player_id), -1)

    def cut(self, start: int, stop: int) -> Tracks:
        """Return rows [start, stop) as views."""
        names = [
            *("frame", "period", "t_s", "xy", "present", "estimated"),
            *("ball_xy", "ball_present", "ball_z", "possession", "holder"),
        ]
        return replace(self, **{n: getattr(self, n)[start:stop] for n in names})


def empty_tracks(T: int, slots: tuple[Slot, ...], rate_hz: Fraction | float) -> dict[str, Any]:
    """Return the arrays of an all-absent `Tracks` of T frames, for a reader to fill and pass on as keywords.

    Shapes: as in `Tracks`; `frame` is 0..T-1, period 0, t_s NaN.
    """
    P = len(slots)
    return {
        "rate_hz": Fraction(rate_hz),
        "frame": np.arange(T, dtype=np.int32),
        "period": np.zeros(T, np.int8),
        "t_s": np.full(T, np.nan),
        "xy": np.zeros((T, P, 2), np.float32),
        "present": np.zeros((T, P), bool),
        "estimated": np.zeros((T, P), bool),
        "slots": slots,
        "ball_xy": np.zeros((T, 2), np.float32),
        "ball_present": np.zeros(T, bool),
        "ball_z": np.full(T, np.nan, np.float32),
        "possession": np.full(T, NO_SIDE, np.int8),
        "holder": np.full(T, -1, np.int16),
    }
