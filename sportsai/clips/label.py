"""New footage labelled: a window as long as the clips that were taught slides over it, and what it says is joined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.clips.trained import Trained
from sportsai.video.decode import look
from sportsai.video.snippets import Clip, plan, read

Float = NDArray[np.float64]
NOTHING = ("none", "background", "nothing", "other")  # labels that are no event
BATCH = 8
MS = 1000  # SportsCode's times are counted in these


@dataclass(frozen=True)
class Said:
    """What was said of a file's windows. span (n, 2): from, to in seconds. p (n, A): probabilities of `names`."""

    span: Float
    p: Float
    names: tuple[str, ...]
    many: bool


def windows(length_s: float, window_s: float, step_s: float) -> Float:
    """Return (from, to) of windows over `length_s` seconds, (n, 2): the last one ends with the footage."""
    if length_s <= window_s:
        return np.array([[0.0, length_s]])
    count = math.ceil((length_s - window_s) / step_s - 1e-9) + 1
    start = np.minimum(np.arange(count) * step_s, length_s - window_s)
    return np.stack([start, start + window_s], 1)


def label(
    path: Path, t: Trained, window_s: float | None = None, step_s: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Said:  # fmt: skip
    """Return what a model says of every window of a video; all are read in one pass.

    window_s: as long as the clips it was taught when not given. step_s: half a window when not given. Raises DataError
    for what is not a video.
    """
    footage = look(path)
    window_s = window_s or t.length_s
    step_s = step_s or window_s / 2
    span = windows(footage.length_s, window_s, step_s)
    plans = [plan(footage, a, b, t.reading) for a, b in span.tolist()]
    p = np.zeros((len(span), len(t.names)))
    held: list[tuple[int, Clip]] = []

    def ask() -> None:
        if held:
            p[[i for i, _ in held]] = t.says([c for _, c in held])
            held.clear()

    for n, one in enumerate(read(footage, plans, t.reading)):
        held.append(one)
        if len(held) == BATCH:
            ask()
        if progress:
            progress(n + 1, len(span))
    ask()
    return Said(span, p, t.names, t.many)


def events(said: Said, least: float = 0.5) -> pd.DataFrame:
    """Return events: from_s, to_s, label, score (the highest of its windows).

    Windows in a row that say the same label are one event, from the middle between the first and the one before to the
    middle between the last and the next. One class of several: the likeliest, where it is `least` likely or more; of
    labels that may hold together each that is. Labels called "none", "background", "nothing" or "other" are no events.
    """
    here = said.p >= least
    if not said.many:
        here &= said.p == said.p.max(1, keepdims=True)
    middle = said.span.mean(1)
    edges = np.concatenate([said.span[:1, 0], (middle[1:] + middle[:-1]) / 2, said.span[-1:, 1]])
    rows = []
    for k, name in enumerate(said.names):
        if name.lower() in NOTHING:
            continue
        flips = np.flatnonzero(np.diff(np.concatenate([[False], here[:, k], [False]])))
        for first, end in zip(flips[::2].tolist(), flips[1::2].tolist(), strict=True):
            rows.append((float(edges[first]), float(edges[end]), name, float(said.p[first:end, k].max())))
    return pd.DataFrame(sorted(rows), columns=["from_s", "to_s", "label", "score"])


def as_moments(found: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return events as `library.exports.write_sportscode` takes them, frames of a millisecond, and the facts beside."""
    start, end = ((found[k] * MS).round().astype(int) for k in ("from_s", "to_s"))
    table = pd.DataFrame(
        {"type": found["label"], "score": found["score"], "start_frame": start, "end_frame": end, "side": -1,
         "period": 1, "t_s": found["from_s"]}
    )  # fmt: skip
    last = int(end.max()) if len(end) else 0
    return table, {"tracks": {"rate_hz": (MS, 1)}, "teams": [], "periods": [{"start_frame": 0, "end_frame": last}]}
