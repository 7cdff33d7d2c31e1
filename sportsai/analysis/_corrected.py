"""What people said of a game's events, as labels of the moments a label model is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sportsai.court.labels import LabelGraph
from sportsai.library.corrected import Corrected
from sportsai.library.corrections import Marked, Standing

NEAR_S = 1.0  # an added event is of the moment that lies no further off
SPELL_S = 10.0  # a possession is not looked for further back
ENDS = {"turnover": "possession_loss"}  # an event -> what the possession it ends is called


@dataclass(frozen=True)
class Answer:
    """A label that somebody's correction gives: it holds or does not at a moment (a row of the moments)."""

    moment: int
    label: str
    holds: bool
    said: str


def with_players(events: pd.DataFrame, said: Corrected) -> pd.DataFrame:
    """Return the model's own events, each at the player whom people named: he is whom a moment is asked about."""
    named = {e: s.latest.now for e, s in said.by_event.items() if s.latest.now is not None}
    if not named:
        return events
    columns = {name: list(events[name]) for name in ("player_id", "side", "x", "y")}
    for row, event in enumerate(events["event_id"]):
        now = named.get(str(event))
        if now is not None and now.player_id is not None and now.player_id != columns["player_id"][row]:
            for name, values in columns.items():
                value = getattr(now, name)
                values[row] = np.nan if value is None else value
    told = {name: pd.Series(values, index=events.index).astype(events[name].dtype) for name, values in columns.items()}
    return events.assign(**told)


def answers(
    moments: pd.DataFrame, events: pd.DataFrame, said: Corrected, names: Sequence[str], graph: LabelGraph
) -> tuple[list[Answer], int]:
    """Return the labels that corrections give, and how many corrections speak of no moment or of no label.

    A confirmed event's type holds, a relabelled one's new type does and its old one does not, a rejected one's does
    not. moments: with the row of their event, or -1 where a moment is the start of a possession.
    """
    of_event = bool(len(moments)) and bool((moments["row"] >= 0).all())
    place = {str(e): i for i, e in enumerate(events["event_id"])}
    at_row = {int(r): i for i, r in enumerate(moments["row"]) if r >= 0}
    find: Callable[[Marked], int | None] = _nearest(moments) if of_event else _possession(moments)
    out: list[Answer] = []
    left = 0
    for event, one in said.by_event.items():
        row = place.get(event)
        where = at_row.get(row) if of_event and row is not None else find(one.event)
        mine = [] if where is None else _of(one, where, names, graph)
        left += not mine
        out += mine
    return out, left + len(said.unfound)


def _of(one: Standing, moment: int, names: Sequence[str], graph: LabelGraph) -> list[Answer]:
    c = one.latest
    was = None if c.was is None else _label(c.was.type, names)
    now = None if c.action == "reject" else _label(one.event.type, names)
    out = []
    if now is not None:
        out.append(Answer(moment, now, True, f"{c.by}: {now}"))
    gone = was if c.action in ("reject", "relabel") else None
    if gone is not None and gone != now and not (now and gone in graph.entails(now)):
        out.append(Answer(moment, gone, False, f"{c.by}: not {gone}"))
    return out


def _label(type_: str, names: Sequence[str]) -> str | None:
    return type_ if type_ in names else ENDS.get(type_) if ENDS.get(type_) in names else None


def _nearest(moments: pd.DataFrame) -> Callable[[Marked], int | None]:
    """Return what finds the moment of an event that no model found: the nearest of its side."""

    def find(e: Marked) -> int | None:
        gap = np.abs(moments["t_s"].to_numpy(float) - e.t_s)
        near = (moments["period"].to_numpy() == e.period) & (gap <= NEAR_S)
        near &= (moments["side"].to_numpy() == e.side) | (e.side < 0)
        return int(np.where(near, gap, np.inf).argmin()) if near.any() else None

    return find


def _possession(moments: pd.DataFrame) -> Callable[[Marked], int | None]:
    """Return what finds the possession that an event ends: the last to start before it, if it is that player's."""

    def find(e: Marked) -> int | None:
        before = e.t_s + 0.2 - moments["t_s"].to_numpy(float)
        rows = np.flatnonzero((moments["period"].to_numpy() == e.period) & (before >= 0) & (before <= SPELL_S))
        if not len(rows):
            return None
        last = int(rows[before[rows].argmin()])
        return last if e.player_id is not None and moments["player_id"].iloc[last] == e.player_id else None

    return find


def words(said: Mapping[str, int]) -> str:
    """Return in a sentence how many corrections were taken as labels."""
    used, left = said.get("used", 0), said.get("left", 0)
    text = f"{used} correction{'s' * (used != 1)} taken as given labels"
    return text + (f", {left} of no moment that the model is asked about" if left else "")
