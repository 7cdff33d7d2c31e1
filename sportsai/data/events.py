"""Events: what happened, when, who did it, how sure, and in which frames it can be seen. One row an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sportsai.errors import DataError

# column -> (pandas dtype, meaning)
COLUMNS: dict[str, tuple[str, str]] = {
    "event_id": ("string", "unique within the game and its source"),
    "period": ("int8", "1-based"),
    "t_s": ("float64", "seconds since the period began"),
    "frame": ("int32", "the frame it is stamped with"),
    "type": ("string", "a name of the league's events"),
    "side": ("int8", "0 home, 1 away, -1 unknown"),
    "player_id": ("string", "the key player; missing where unknown"),
    "other_ids": ("object", "list of the others involved, most involved first (receiver, opponent)"),
    "x": ("float32", "metres, court centre origin, where it happened; NaN unknown"),
    "y": ("float32", "metres"),
    "score": ("float32", "probability in [0, 1]; NaN for what a person or provider logged"),
    "start_frame": ("int32", "evidence [start_frame, end_frame)"),
    "end_frame": ("int32", "evidence end, exclusive"),
    "attributes": ("object", "dict of further facts (outcome, key-player probability, ...)"),
}


def events_frame(columns: Mapping[str, Sequence[Any] | np.ndarray | Any], n: int | None = None) -> pd.DataFrame:
    """Return an events table with every column of COLUMNS in order; columns not given get their 'unknown'.

    Raises DataError for a column that is not known or a value that cannot be cast.
    """
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise DataError(f"events have a column {sorted(unknown)[0]!r}", expected=f"one of {', '.join(COLUMNS)}")
    if n is None:
        n = max((len(v) for v in columns.values() if hasattr(v, "__len__") and not isinstance(v, str)), default=0)
    missing: dict[str, Any] = {
        "event_id": [f"e{i}" for i in range(n)],
        "player_id": pd.NA,
        "x": np.nan,
        "y": np.nan,
        "score": np.nan,
        "side": -1,
        "period": 1,
        "t_s": np.nan,
        "type": pd.NA,
    }
    table: dict[str, Any] = {}
    for name, (dtype, _) in COLUMNS.items():
        if name in columns:
            value = columns[name]
        elif name == "other_ids":
            value = [[] for _ in range(n)]
        elif name == "attributes":
            value = [{} for _ in range(n)]
        elif name in ("start_frame", "end_frame") and "frame" in columns:
            value = np.asarray(columns["frame"]) + (name == "end_frame")
        else:
            value = missing.get(name, 0)
        series = pd.Series(value, index=range(n)) if not isinstance(value, pd.Series) else value.reset_index(drop=True)
        try:
            table[name] = series.astype(dtype)  # type: ignore[call-overload]
        except (TypeError, ValueError) as bad:
            raise DataError(f"events column {name!r} cannot be read as {dtype}: {bad}", key=name) from None
    frame = pd.DataFrame(table)
    return frame.sort_values(["period", "t_s", "frame"], kind="stable").reset_index(drop=True)


def empty_events() -> pd.DataFrame:
    """Return an events table without rows."""
    return _nothing().copy()


@cache
def _nothing() -> pd.DataFrame:
    return events_frame({}, 0)
