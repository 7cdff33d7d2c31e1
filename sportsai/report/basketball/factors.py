"""Dean Oliver's four factors, as far as a play-by-play without points and the shooters' places allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sportsai.report.basketball.offence import FIELD_GOALS, Offence, offence
from sportsai.report.material import Material

THREE_M = 0.5  # a shooter's middle this little inside the line, or less, may have been a three


@dataclass(frozen=True)
class Factors:
    """One team's. made, tried: field goals. threes: made ones surely, and possibly, from beyond the line.

    Each list holds rows of the game's events: those counted, and (rebounds) those they are a share of.
    """

    made: list[int]
    tried: list[int]
    threes: tuple[int, int]
    lost: list[int]
    possessions: int
    own_boards: list[int]
    boards: list[int]
    free_throws: list[int]

    @property
    def effective(self) -> tuple[float, float] | None:
        """Effective field-goal share (made + half a goal a made three) / tried: the least and the most it can be."""
        if not self.tried:
            return None
        low, high = ((len(self.made) + 0.5 * n) / len(self.tried) for n in self.threes)
        return low, high

    @property
    def turnovers(self) -> float | None:
        """Turnovers a hundred possessions."""
        return 100 * len(self.lost) / self.possessions if self.possessions else None

    @property
    def rebounding(self) -> float | None:
        """Share of the rebounds after the team's own misses that it took."""
        return len(self.own_boards) / len(self.boards) if self.boards else None

    @property
    def free_throw_rate(self) -> float | None:
        """Free throws tried for each field goal tried."""
        return len(self.free_throws) / len(self.tried) if self.tried else None


def factors(m: Material, side: int) -> Factors:
    """Return a team's factors; places from beyond the line are only known where the shooter was found."""
    o, e = offence(m), m.events
    tried = e.index[e["type"].isin(FIELD_GOALS) & (e["side"] == side)].tolist()
    made = [i for i in tried if e["type"].iloc[i] == "made_shot"]
    own, every = _boards(m, side)
    return Factors(
        made=made,
        tried=tried,
        threes=_threes(o, side),
        lost=m.of("turnover", side).index.tolist(),
        possessions=len(o.of(side)),
        own_boards=own,
        boards=every,
        free_throws=m.of("free_throw", side).index.tolist(),
    )


def _threes(o: Offence, side: int) -> tuple[int, int]:
    """Return how many made shots were threes: those clearly beyond the line, and with those that may have been."""
    made = [s.beyond_m for s in o.shots if s.side == side and s.made]
    sure = sum(b is not None and b >= 0 for b in made)
    return sure, sure + sum(b is None or -THREE_M <= b < 0 for b in made)


def _boards(m: Material, side: int) -> tuple[list[int], list[int]]:
    """Return rows of the rebounds a side took after its own misses, and of all rebounds after its misses.

    A rebound belongs to the last miss or free throw logged before it. Without a player it is the team's (a ball out of
    play): not counted.
    """
    own, every, last = [], [], -1
    e = m.events
    kinds, sides = e["type"].tolist(), e["side"].tolist()
    people = e["player_id"].isna().to_numpy()
    for i in np.flatnonzero(e["type"].isin(["missed_shot", "free_throw", "made_shot", "rebound"])).tolist():
        if kinds[i] != "rebound":
            last = sides[i] if kinds[i] != "made_shot" else -1
        elif last == side and not people[i] and sides[i] in (0, 1):
            every.append(i)
            if sides[i] == side:
                own.append(i)
    return own, every
