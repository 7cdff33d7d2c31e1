"""Events as people left them: rejected ones gone, confirmed ones certain, relabelled ones changed, added ones there.

A correction speaks of one event of one run. In another run it is the nearest event in time of the same type, within
NEAR_S in the same period; where there is none, what a person confirmed, relabelled or added stands for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sportsai.data.events import COLUMNS, empty_events, events_frame
from sportsai.library import form
from sportsai.library.atomic import locked, store_errors, write_bytes
from sportsai.library.corrections import LOG, OWN, Correction, Standing, read, standing

NEAR_S = 1.0  # a correction made in one run is of the event of another that lies no further off
_RULES = b"1"  # changed with the rules below, so that tables made by older ones are made anew
_MARK = b"sportsai_corrections"


@dataclass(frozen=True)
class Corrected:
    """events: as they stand. rejected: the rows that left. by_event: event id -> what counts of it.

    alone: corrections that found no event and stand for themselves. unfound: rejections that found none.
    """

    events: pd.DataFrame
    rejected: pd.DataFrame
    by_event: Mapping[str, Standing] = field(default_factory=dict)
    alone: tuple[Standing, ...] = ()
    unfound: tuple[Standing, ...] = ()

    @property
    def summary(self) -> dict[str, Any]:
        """How many events were confirmed, rejected, relabelled and added, by whom and when last; {} of none."""
        every = [*self.by_event.values(), *self.unfound]
        if not every:
            return {}
        counts = dict.fromkeys(WORDS.values(), 0)
        for one in every:
            counts[WORDS[one.action]] += 1
        return counts | {
            "alone": len([s for s in self.alone if s.action != "add"]),
            "unfound": len(self.unfound),
            "by": sorted({s.latest.by for s in every}),
            "last": max(s.latest.made_at for s in every),
        }


WORDS = {"confirm": "confirmed", "reject": "rejected", "relabel": "relabelled", "add": "added"}


def streams_of(kind: str | None, analysed: bool) -> frozenset[str]:
    """Return the corrections of which streams speak of a run's events, or of the log's (kind LOG).

    What was said of the log is said of the game, and so of an analysis of it. The log takes what was said of an
    analysis where there is none any more.
    """
    if kind == LOG:
        return frozenset((LOG,)) if analysed else frozenset((LOG, ""))
    return frozenset((kind,)) if kind else frozenset(("", LOG))


def correct(
    events: pd.DataFrame, history: Sequence[Correction], sources: Iterable[str], streams: Iterable[str]
) -> Corrected:
    """Return a run's events with the corrections worked in.

    Parameters
    ----------
    sources: the run's id and that of the run it was refined from, whose events have the same ids; ("",) of the log.
    streams: whose corrections speak of it (`streams_of`).
    """
    streams, sources = frozenset(streams), frozenset(sources)
    counts = [s for s in standing(history) if s.event.stream in streams]
    if not counts:
        return Corrected(events, events.iloc[:0])
    at = _matched(events, counts, sources)
    columns: dict[str, list[Any]] = {name: list(events[name]) for name in COLUMNS}
    by_event: dict[str, Standing] = {}
    alone: list[Standing] = []
    unfound: list[Standing] = []
    out: list[int] = []
    for k, one in enumerate(counts):
        row = at.get(k)
        if row is None and one.action == "reject":
            if not one.added:
                unfound.append(one)
            continue
        if row is None:
            _stand_alone(columns, one, sources == {""})
            alone.append(one)
            by_event[one.own_id] = one
            continue
        by_event[str(columns["event_id"][row])] = one
        _work_in(columns, row, one)
        if one.action == "reject":
            out.append(row)
    n = len(columns["event_id"])
    gone = set(out)
    kept = _frame(columns, [i for i in range(n) if i not in gone])
    return Corrected(kept, _frame(columns, out), by_event, tuple(alone), tuple(unfound))


def _frame(columns: Mapping[str, list[Any]], rows: Sequence[int]) -> pd.DataFrame:
    return events_frame({name: [values[i] for i in rows] for name, values in columns.items()}, len(rows))


def _matched(events: pd.DataFrame, counts: Sequence[Standing], sources: frozenset[str]) -> dict[int, int]:
    """Return which row each correction is of, by its place in `counts`: by its id, else the nearest of its type.

    An id counts only where the event still lies there: a run made anew may number its events otherwise. No two
    corrections are of one row: the nearer takes it.
    """
    row_of = {str(e): i for i, e in reversed(list(enumerate(events["event_id"])))}
    period, t_s = events["period"].to_numpy(int), events["t_s"].to_numpy(float)
    types, side = events["type"].to_numpy(object), events["side"].to_numpy(int)
    at: dict[int, int] = {}
    left, taken = [], set[int]()
    for k, one in enumerate(counts):
        made = one.latest.was or one.event
        rows = [row_of[e] for run, e in sorted(one.spots) if e in row_of and (run in sources or e.startswith(OWN))]
        there = next((i for i in rows if period[i] == made.period and abs(t_s[i] - made.t_s) <= NEAR_S), None)
        if there is not None and there not in taken:
            at[k] = there
            taken.add(there)
        elif not (one.added and any(run in sources for run, _ in one.spots)):
            left.append(k)
    near = []
    for k in left:
        made = counts[k].latest.was or counts[k].event
        wanted = {made.type, counts[k].event.type}
        gap = np.abs(t_s - made.t_s)
        for i in np.flatnonzero((period == made.period) & (gap <= NEAR_S)).tolist():
            if types[i] in wanted:
                other = made.side in (0, 1) and side[i] in (0, 1) and made.side != side[i]
                near.append((bool(other), float(gap[i]), k, i))
    for _, _, k, i in sorted(near):
        if k not in at and i not in taken:
            at[k] = i
            taken.add(i)
    return at


def _said(one: Standing, was: dict[str, Any] | None) -> dict[str, Any]:
    """Return what an event's attributes keep of its correction."""
    c = one.latest
    note = {"note": c.note} if c.note else {}
    return {"action": c.action, "by": c.by, "at": c.made_at, "id": c.id, "was": was, **note}


def _work_in(columns: dict[str, list[Any]], row: int, one: Standing) -> None:
    score, who = columns["score"][row], columns["player_id"][row]
    logged = bool(np.isnan(score))
    was = {
        "type": str(columns["type"][row]), "score": None if logged else round(float(score), 6),
        "player_id": None if pd.isna(who) else str(who),
    }  # fmt: skip
    about = columns["attributes"][row]
    columns["attributes"][row] = {**(about if isinstance(about, dict) else {}), "correction": _said(one, was)}
    if one.action == "reject":
        return
    if not logged:
        columns["score"][row] = 1.0
    if one.latest.now is None:
        return
    for name, value in _values(one).items():
        columns[name][row] = value


def _values(one: Standing) -> dict[str, Any]:
    e = one.event
    return {
        "period": e.period, "t_s": e.t_s, "frame": e.frame, "type": e.type, "side": e.side,
        "player_id": pd.NA if e.player_id is None else e.player_id, "x": np.nan if e.x is None else e.x,
        "y": np.nan if e.y is None else e.y, "start_frame": e.start_frame, "end_frame": e.end_frame,
    }  # fmt: skip


def _stand_alone(columns: dict[str, list[Any]], one: Standing, logged: bool) -> None:
    """Add a row that only the correction holds; in a log it is logged, too."""
    was = one.latest.was
    kept = None
    if was is not None and not was.event_id.startswith(OWN):
        kept = {"type": was.type, "score": was.score, "player_id": was.player_id}
    row = {**_values(one), "event_id": one.own_id, "other_ids": [], "score": np.nan if logged else 1.0,
           "attributes": {"correction": _said(one, kept)}}  # fmt: skip
    for name, values in columns.items():
        values.append(row[name])


# ---- as tables for queries -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Files:
    """The Parquet file of a run's events (or the log's), and the one with corrections worked in, beside it.

    own: the model's, which need not be there. path: the corrected one. said: the game's corrections. sources, streams:
    as in `correct`. run_id: None of the log.
    """

    own: Path
    path: Path
    said: Path
    sources: frozenset[str]
    streams: frozenset[str]
    game_id: str
    run_id: str | None

    def fresh(self) -> Path:
        """Return the corrected file, made anew where the run or a correction changed since; StoreError as usual."""
        with store_errors(self.path, f"working in the corrections of game {self.game_id}"):
            if self._is_fresh(self._mark()):
                return self.path
            with locked(self.said.with_name(".lock")):
                mark = self._mark()
                if not self._is_fresh(mark):
                    self._write(mark)
        return self.path

    def _mark(self) -> bytes:
        """Return what the corrected file depends on, as hexadecimal digits."""
        parts = [_RULES, hashlib.sha256(self.said.read_bytes()).digest()]
        parts.append(repr((sorted(self.sources), sorted(self.streams))).encode())
        if self.own.exists():
            about = self.own.stat()
            parts.append(repr((about.st_size, about.st_mtime_ns, about.st_ino)).encode())
        return hashlib.sha256(b"\0".join(parts)).hexdigest().encode()

    def _is_fresh(self, mark: bytes) -> bool:
        try:
            return (pq.read_schema(self.path).metadata or {}).get(_MARK) == mark
        except (OSError, pa.ArrowException, ValueError):
            return False

    def _write(self, mark: bytes) -> None:
        with form.as_kept(self.own):
            events = form.events_from_table(form.read_parquet(self.own)) if self.own.exists() else empty_events()
        done = correct(events, read(self.said), self.sources, self.streams)
        table = form.events_table(done.events, self.game_id, self.run_id)
        sink = pa.BufferOutputStream()
        pq.write_table(table.replace_schema_metadata({_MARK: mark}), sink, compression="zstd")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self.path, sink.getvalue().to_pybytes())
