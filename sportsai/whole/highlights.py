"""The minutes of a game worth seeing: clips around its most salient frames, none shown twice, in the order of play.

saliency   how much each frame matters: where an attention looked, a detector's heat, or the ball's speed
clips      [start, end) of frames that together last no longer than was asked for
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.data.frames import NAMES
from sportsai.data.timeline import Timeline, shown
from sportsai.errors import DataError

Float = NDArray[np.float64]
BEFORE_S, AFTER_S = 6.0, 4.0  # of a salient frame that are shown


@dataclass(frozen=True)
class Clip:
    """Frames [first, end) of a timeline, of one period. peak: the most salient frame in it. worth: its saliency."""

    first: int
    end: int
    peak: int
    worth: float


def clips(
    line: Timeline, saliency: Float, length_s: float, before_s: float = BEFORE_S, after_s: float = AFTER_S
) -> list[Clip]:
    """Return the clips around the most salient frames, in the order of play, together at most `length_s` long.

    The most salient frame is shown first, with what led to it and what came of it; then the next one that no clip
    shows yet. Clips that touch are one. Raises DataError for a length that is none.
    """
    if not length_s > 0:
        raise DataError(f"highlights of {length_s:g} s", expected="a length above 0", todo="For example 3min.")
    if len(saliency) != len(line):
        raise DataError(f"{len(saliency)} values for {len(line)} frames", expected="one each")
    shown_already = np.zeros(len(line), bool)
    left = np.array(saliency, np.float64)
    total, step = 0.0, line.step_s
    peaks: list[int] = []
    stretch = np.zeros(len(line), np.int64)
    for n, (first, end) in enumerate(line.stretches()):
        stretch[first:end] = n
    while True:
        left[shown_already] = -np.inf
        peak = int(left.argmax()) if len(left) else 0
        if not len(left) or not left[peak] > 0:  # what does not matter at all is not shown
            break
        t = line.frames.t_s
        mine = (stretch == stretch[peak]) & (t >= t[peak] - before_s) & (t <= t[peak] + after_s)
        more = float((mine & ~shown_already).sum() * step)
        if total + more > length_s + 1e-9:
            break
        shown_already |= mine
        total += more
        peaks.append(peak)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shown_already.astype(np.int8), [0]])))
    found = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        cuts = [first, *(i for i in range(first + 1, end) if stretch[i] != stretch[i - 1]), end]
        for a, b in itertools.pairwise(cuts):
            inside = [p for p in peaks if a <= p < b]
            peak = max(inside, key=lambda p: saliency[p]) if inside else a + int(np.argmax(saliency[a:b]))
            found.append(Clip(a, b, peak, float(saliency[peak])))
    return found


def saliency(heat: Float, names: Sequence[str], worth: Mapping[str, float]) -> Float:
    """Return how much each frame matters, (N,): the sum over classes of their heat, (N, K), times what they are worth,
    1 where not said; with any said, the others nothing."""
    each = np.array([worth.get(n, 0.0 if worth else 1.0) for n in names])
    return heat @ each


def ball_speed(line: Timeline) -> Float:
    """Return how fast the ball moves at each frame, (N,), 0 where it is not seen: the plainest saliency there is."""
    x, _ = shown(line)
    at = x[:, [NAMES.index("ball x"), NAMES.index("ball y")]].astype(np.float64)
    seen = x[:, NAMES.index("ball seen")] > 0
    d = np.diff(line.frames.t_s, prepend=line.frames.t_s[:1])
    near = (d > 0) & (d < 1.5 * line.step_s) & seen & np.roll(seen, 1)
    moved = np.linalg.norm(np.diff(at, axis=0, prepend=at[:1]), axis=1)
    return np.where(near, moved / np.where(near, d, 1), 0.0)


def uniform(line: Timeline) -> Float:
    """Return a saliency whose clips are spread evenly: van der Corput's sequence over the frames, highest first."""
    order = np.argsort([int(f"{i:032b}"[::-1], 2) for i in range(len(line))], kind="stable")
    out = np.zeros(len(line))
    out[order] = np.linspace(1, 0, len(line), endpoint=False)
    return out


def caught(line: Timeline, found: Sequence[Clip], label: int | None = None) -> float:
    """Return the share of a game's moments (of one class, or all) that the clips show; NaN where there are none."""
    mine = np.ones(len(line.at_s), bool) if label is None else line.label == label
    return shown_of(line, found, line.period[mine], line.at_s[mine])


def shown_of(line: Timeline, found: Sequence[Clip], period: NDArray[Any], at_s: Float) -> float:
    """Return the share of times of a game that lie in the clips; NaN where there are none."""
    at = line.row_of(np.asarray(period, np.int64), np.asarray(at_s, np.float64))
    if not len(at):
        return float("nan")
    return float(np.mean([any(c.first <= i < c.end for c in found) for i in at.tolist()]))


def truths(line: Timeline) -> dict[str, tuple[NDArray[np.int64], Float]]:
    """Return what highlights should show, as its log says: periods and times of goals, shots, and chances - attacks of
    the phase "finish", or in basketball baskets; what is not logged is left out."""
    events = line.frames.game.events
    if events is None or not len(events):
        return {}
    kind = events["type"]
    goal = np.array([bool((a or {}).get("goal")) for a in events["attributes"]], bool)
    of = {
        "goals": goal & (kind == "shot").to_numpy(bool), "baskets": (kind == "made_shot").to_numpy(bool),
        "shots": kind.isin(["shot", "made_shot", "missed_shot"]).to_numpy(bool),
        "chances": (kind == "finish").to_numpy(bool),
    }  # fmt: skip
    out = {}
    for name, mine in of.items():
        some = events[mine & np.isfinite(events["t_s"].to_numpy(np.float64))]
        if len(some):
            out[name] = some["period"].to_numpy(np.int64), some["t_s"].to_numpy(np.float64)
    return out


def shares(lines: Sequence[Timeline], matters: Sequence[Float], length_s: float) -> dict[str, float]:
    """Return the share of each game's goals, shots and chances (see `truths`) that its clips show, the mean over games.

    matters: of each game how much each frame matters, (N,). length_s: of each game's clips together.
    """
    each: dict[str, list[float]] = {}
    for line, worth in zip(lines, matters, strict=True):
        found = clips(line, worth, length_s)
        for name, (period, at_s) in truths(line).items():
            each.setdefault(name, []).append(shown_of(line, found, period, at_s))
    return {name: float(np.nanmean(v)) for name, v in each.items()}


def length_of(found: Sequence[Clip], line: Timeline) -> float:
    """Return how long the clips last together, in seconds of frames."""
    return float(sum(c.end - c.first for c in found) * line.step_s)
