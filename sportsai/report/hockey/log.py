"""The log that people kept of a hockey clip, with home attacking right, beside whatever a model recognised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sportsai.data import AWAY
from sportsai.errors import SportsaiError
from sportsai.library import Library
from sportsai.report.material import Material
from sportsai.report.plays import Evidence, event_plays

ENTRIES = {"entry_carried": "carried", "entry_dumped": "dumped", "entry_played": "passed"}
BEFORE_S = 1.0


@dataclass(frozen=True)
class Log:
    """events: columns as a game's, home attacking right. logged: by people; else as a model recognised them.

    own: whether these are the very rows of the material's events.
    """

    m: Material
    events: pd.DataFrame
    logged: bool
    own: bool

    @property
    def by(self) -> str:
        """Whose events they are, in words."""
        return "logged by people" if self.logged else "recognised by a model"

    def of(self, *types: str, side: int | None = None) -> list[int]:
        """Return the rows of these types (of a side), in order."""
        e = self.events
        kept = e["type"].isin(types) & (e["side"] == side if side is not None else e["side"].isin([0, 1]))
        return [int(i) for i in np.flatnonzero(kept)]

    def row(self, i: int) -> Mapping[Hashable, Any]:
        """Return one event."""
        return self.events.iloc[i].to_dict()

    def about(self, i: int) -> Mapping[str, Any]:
        """Return what the log says further of an event, {} where nothing."""
        found = self.events["attributes"].iloc[i]
        return found if isinstance(found, dict) else {}

    def at(self, i: int) -> tuple[float, float] | None:
        """Return where an event was, metres, its team attacking right; None where not known."""
        e = self.events.iloc[i]
        x, y = float(e["x"]), float(e["y"])
        turn = self.m.facing(int(e["side"]))
        return (x * turn, y * turn) if np.isfinite(x) and np.isfinite(y) else None

    def to(self, i: int) -> tuple[float, float] | None:
        """Return where a pass went, metres, its team attacking right; None where not logged."""
        end = self.about(i).get("end_xy_m")
        if not isinstance(end, (list, tuple, np.ndarray)) or len(end) != 2:
            return None
        try:
            x, y = float(end[0]), float(end[1])
        except (TypeError, ValueError):
            return None
        e = self.events.iloc[i]  # the log's second place is as stored: not turned with the game
        turn = self.m.facing(int(e["side"])) * (-1 if self.m.directions.get(int(e["period"])) == AWAY else 1)
        return (x * turn, y * turn) if np.isfinite(x) and np.isfinite(y) else None

    def plays(self, evidence: Evidence, rows: Sequence[int]) -> list[int]:
        """Return the numbers of the plays of these rows, taken in once."""
        if self.own:
            return list(rows)
        taken: dict[int, int] = evidence.__dict__.setdefault("_hockey_log", {})
        fresh = [i for i in rows if i not in taken]
        if fresh:
            part = self.events.iloc[fresh].reset_index(drop=True)
            made = event_plays(_with(self.m, part), [])
            taken.update(zip(fresh, evidence.add(made), strict=True))
        return [taken[i] for i in rows]

    def when(self, i: int) -> str:
        """Return an event's clock."""
        e = self.events.iloc[i]
        return self.m.clock(int(e["period"]), float(e["t_s"]))

    def who(self, i: int) -> str:
        """Return who did it."""
        return self.m.player_name(self.events["player_id"].iloc[i])

    def slot(self, i: int) -> int:
        """Return the column of the tracks of who did it, -1 where there is none."""
        who = self.events["player_id"].iloc[i]
        return self.m.tracks.slot_of(str(who)) if self.m.tracks is not None and isinstance(who, str) else -1

    def after(self, i: int, types: Sequence[str], within_s: float, side: int) -> tuple[int, float] | None:
        """Return the side's first event of these types after `i` within so many seconds, and how long after."""
        e = self.events
        t_s, period = float(e["t_s"].iloc[i]), int(e["period"].iloc[i])
        kept = e["type"].isin(types) & (e["side"] == side) & (e["period"] == period)
        kept &= (e["t_s"] >= t_s) & (e["t_s"] <= t_s + within_s)
        rows = [int(k) for k in np.flatnonzero(kept) if k != i]
        return (rows[0], float(e["t_s"].iloc[rows[0]]) - t_s) if rows else None


def _with(m: Material, events: pd.DataFrame) -> Material:
    from dataclasses import replace

    return replace(m, events=events)


def log_of(m: Material) -> Log | None:
    """Return the provider's log, else what was recognised; None where there is neither."""
    known: Log | None = m.__dict__.get("_hockey")
    if known is None:
        known = m.__dict__["_hockey"] = _log(m)
    return known if known is not None and len(known.events) else None


def _log(m: Material) -> Log:
    if m.run is None or not m.recognised:
        return Log(m, m.events.reset_index(drop=True), True, True)
    try:
        stored = Library(Path(m.folder)).load(m.game.id).events
    except SportsaiError:
        stored = None
    if stored is None or not len(stored) or np.isfinite(stored["score"].to_numpy(float)).any():
        return Log(m, m.events.reset_index(drop=True), False, True)
    turned = {p for p, right in m.directions.items() if right == AWAY}
    sign = np.where(stored["period"].isin(turned), -1.0, 1.0).astype(np.float32)
    events = stored.assign(x=stored["x"] * sign, y=stored["y"] * sign).reset_index(drop=True)
    return Log(m, events, True, False)


def power_play(log: Log) -> int | None:
    """Return the side with more skaters, as the log says ("5 on 4"); None where it does not or both are equal."""
    votes: Counter[int] = Counter()
    for i in range(len(log.events)):
        said = str(log.about(i).get("situation_type") or "").split(" on ")
        side = int(log.events["side"].iloc[i])
        if len(said) == 2 and all(s.strip().isdigit() for s in said) and side in (0, 1):
            ours, theirs = int(said[0]), int(said[1])
            if ours != theirs:
                votes[side if ours > theirs else 1 - side] += 1
    ranked = votes.most_common(2)
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None
