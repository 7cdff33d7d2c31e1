"""What happens, and who does what, when nobody says who: hockey moments with each skater's part in them.

The moments, windows and classes are those of `plays`; the key player is hidden: places are in order of x (the acting
team attacks +x) and only the teams are told. Of each skater it is asked whether he does what the moment is (its class),
receives it (the second player the log names, known by his shirt), or nothing of it. What the others do the log does not
say: they are taken as doing nothing. `ask = "who"` asks only which skater of the acting team it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from sportsai.data.windows import NEITHER, OWN
from sportsai.tasks import Examples, plays
from sportsai.tasks.plays import CLASSES, find

TITLE = "What happens at a moment of hockey, and who does it, when nobody says who (Big Data Cup 2022 power plays)"
EXPECTED = "bdc2022_windows.npz and bdc2022_events.csv"
KEY = False
ACTS = CLASSES  # one person does what the moment is
MODELS = (
    "group_tokens", "hierarchical_lstm", "lstm_b7", "lstm_b6", "lstm_b5", "lstm_b2", "lstm_one_group", "boosted",
    "pair_former", "majority",
)  # fmt: skip
NOTHING, RECEIVES = "nothing", "receives"
FAILS = (
    *plays.FAILS,
    "Who acts is who the log names; a few are wrong, and what others do meanwhile nobody logged.",
    "A receiver whose shirt was not read is nobody: of passes about one in two has a known receiver.",
)

__all__ = ["Options", "examples", "find"]


class Options(plays.Options):
    """As of `plays`. ask: "what" happens and what each does, or "who" of the acting team's skaters does it."""

    ask: Literal["what", "who"] = "what"

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in order; none where a player is asked for."""
        return CLASSES if self.ask == "what" else ()


def examples(files: Sequence[Path], options: Options, frames: int) -> Examples:
    """Return the moments with places in order of x and each skater's part in them.

    Shapes: people (n, P), -1 a goalkeeper or nobody; asked who, choices (n, P) bool instead, and `label` his place.
    Who acts is always seen at the moment itself: events whose key player is not seen are left out.
    """
    found = plays.examples(files, options, frames)
    w = found.windows
    n, P = w.slot.shape
    names = (NOTHING, *CLASSES, RECEIVES)
    people = np.where(w.present.any(-1) & (w.relation != NEITHER), 0, -1)
    people[np.arange(n), w.key] = 1 + w.label
    to = found.facts["receiver_place"].to_numpy(np.int64)
    rows = np.flatnonzero((to > 0) & (to < P))
    rows = rows[people[rows, to[rows]] == 0]
    people[rows, to[rows]] = len(names) - 1
    at = w.xy[:, :, w.reference, 0]
    order = np.argsort(np.where(w.present[:, :, w.reference], at, np.inf), axis=1, kind="stable")
    i = np.arange(n)[:, None]
    windows = replace(
        w, xy=w.xy[i, order], present=w.present[i, order], relation=w.relation[i, order], slot=w.slot[i, order],
        key=np.zeros(n, np.int64),
    )  # fmt: skip
    people = people[i, order].astype(np.int64)
    if options.ask == "what":
        return replace(found, windows=windows, people=people, people_names=names)
    acts = (people > 0) & (people < len(names) - 1)
    choices = (people >= 0) & (windows.relation == OWN)
    windows = replace(windows, label=acts.argmax(1))
    return replace(found, windows=windows, names=(), choices=choices, also=None)
