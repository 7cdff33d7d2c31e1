"""What a rally was, and how a team plays: contacts, flights and who left the ground; drawn habits of a team."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sportsai.simulate._flight import Flight

Float = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True)
class Style:
    """How a team plays: shares in [0, 1], errors as standard deviations in metres."""

    jump_serve: float
    serve_risk: float
    pass_m: float
    set_m: float
    fast: float
    middle: float
    back: float
    tip: float
    power_mps: float
    block: float
    ready_s: float
    gather: Point
    leaps: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Style:
        """Return a team's style."""
        u = rng.uniform
        return cls(
            u(0.2, 0.8), u(0.07, 0.16), u(0.7, 1.1), u(0.2, 0.4), u(0.2, 0.8), u(0.15, 0.35), u(0.1, 0.25),
            u(0.06, 0.2), u(18.0, 23.0), u(0.1, 0.2), u(0.14, 0.24), (u(-5.0, -3.0), u(-1.0, 1.0)), u(0.1, 0.5),
        )  # fmt: skip


@dataclass
class Contact:
    """A touch of the ball: type is serve, pass, set, spike or block; how says which kind; who 0 to 11; xyz (3,)."""

    frame: int
    type: str
    how: str
    who: int
    xyz: Float


@dataclass
class Story:
    """What a rally was. Frames count from its own first.

    marks: (first frame, end, who, action) over what speed alone says; leaps: (take-off, landing, who, metres).
    """

    contacts: list[Contact] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    marks: list[tuple[int, int, int, str]] = field(default_factory=list)
    leaps: list[tuple[int, int, int, float]] = field(default_factory=list)
    on_guard: list[tuple[int, int, int]] = field(default_factory=list)  # (first, end, team)
    dead: int = 0
    spot: Float = field(default_factory=lambda: np.zeros(3))
    winner: int = 0
    ended: str = ""
    won_at: int = 0
    frames: int = 0
