"""Who leads at a moment, from the goals that a game's log holds; not derived where they cannot be trusted to be all.

They are taken for all where they add up to the game's final score; where the file gives none, where the log says of
each of its shots how it ended and knows no own goal (whose side feeds disagree about).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sportsai.queries.columns import LOGGED, Bool, Columns, Int

OUTCOMES = ("outcome", "result")


@dataclass(frozen=True)
class Goals:
    """A game's goals: when (segment and microseconds as one number) and for which side; why not, where not known."""

    at: Int
    side: Int
    why_not: str = ""


def goals_of(columns: Columns, game: int) -> Goals:
    """Return the goals of a game of the columns."""
    return _goals(_Same(columns), game)


class _Same:
    """Columns as a key: the same object, nothing else."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def __hash__(self) -> int:
        return id(self.columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.columns is self.columns


@lru_cache(maxsize=4096)
def _goals(same: _Same, game: int) -> Goals:
    c = same.columns
    first, end = np.searchsorted(c.game, [game, game + 1])
    mine = np.arange(first, end)
    logged = mine[(c.source[mine] == LOGGED) & np.isfinite(c.t_s[mine])]
    code = {t: k for k, t in enumerate(c.types)}
    goals = logged[c.type[logged] == code.get("goal", -2)]
    shots = logged[c.type[logged] == code.get("shot", -2)]
    ended = [_ended(a) for a in c.attributes(shots)] if len(shots) else []
    own = np.array([e in ("own_goal", "own goal") for e in ended], bool)
    scored = np.array([e == "goal" for e in ended], bool)
    if not len(goals):
        goals = shots[scored] if len(shots) else goals
    side = c.side[goals].astype(np.int64)
    owned = shots[own] if len(shots) else shots
    final = c.games[game].score
    if (side < 0).any():
        return _unknown("its log holds a goal of an unknown side")
    if final is None:
        if not len(shots) or not all(ended):
            return _unknown("it has no final score, and no log that says how each shot ended")
        if len(owned):
            return _unknown("its log holds an own goal and there is no final score to tell whose")
        return _in_order(c, goals, side)
    for turn in (0, 1):  # an own goal is logged for the side that profits, or for the one that made it
        each = np.concatenate([goals, owned])
        sides = np.concatenate([side, np.abs(c.side[owned].astype(np.int64) - turn)])
        if (int((sides == 0).sum()), int((sides == 1).sum())) == final:
            return _in_order(c, each, sides)
    return _unknown(f"its log has no goals that add up to the final {final[0]}-{final[1]}")


def _ended(attributes: Mapping[str, Any]) -> str:
    """Return how a shot ended, "" where the log does not say."""
    said = next((str(attributes[k]) for k in OUTCOMES if k in attributes), "")
    return "goal" if attributes.get("goal") is True else said


def _unknown(why: str) -> Goals:
    none = np.zeros(0, np.int64)
    return Goals(none, none, why)


def _in_order(c: Columns, goals: Int, side: Int) -> Goals:
    at = (c.segment[goals] << 40) + c.start[goals]
    order = np.argsort(at, kind="stable")
    return Goals(at[order], side[order])


def lead(columns: Columns, index: Int) -> tuple[Int, Bool, dict[int, str]]:
    """Return the goals by which the acting team leads just before each event, (n,), and where that is known, (n,).

    The dict says for each game of these events why its score is not known, where it is not.
    """
    ahead, known = np.zeros(len(index), np.int64), np.zeros(len(index), bool)
    why: dict[int, str] = {}
    at = (columns.segment[index] << 40) + columns.start[index]
    for g in np.unique(columns.game[index]).tolist():
        goals = goals_of(columns, int(g))
        if goals.why_not:
            why[int(g)] = goals.why_not
            continue
        here = columns.game[index] == g
        sign = np.concatenate([[0], np.cumsum(np.where(goals.side == 0, 1, -1))])
        before = sign[np.searchsorted(goals.at, at[here])]
        ahead[here] = np.where(columns.side[index][here] == 1, -before, before)
        known[here] = (columns.side[index][here] >= 0) & np.isfinite(columns.t_s[index][here])
    return ahead, known, why
