"""Which events stand together: after each other, at once, one inside the other. Whole arrays, no loop over events.

Everything happens within one period of one game. A match is one event, or several found together; its span reaches from
the first one's beginning to the last one's end. For each match on the left the earliest match on the right counts (by
its beginning, then the order of the table), so that every left match gives one answer at most. Half-open throughout: a
moment t is [t, t + 1 microsecond).

then      right begins at or after left's `until`; within: right's start - left's end
and       the spans share an instant; within: the gap between them, 0 where they share one
during    left's span lies wholly in right's, which has a length
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sportsai.queries.columns import BITS, Bool, Columns, Int

_TOP = (1 << BITS) - 1


@dataclass(frozen=True)
class Matches:
    """M matches of k events each, in the order of their first event.

    rows (M, k): events, as numbers of the columns, in the order they were written. start, end, until (M,): the span in
    microseconds, `until` the first moment after it.
    """

    rows: Int
    start: Int
    end: Int
    until: Int

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Int | Bool) -> Matches:
        """Return some of the matches."""
        return Matches(self.rows[which], self.start[which], self.end[which], self.until[which])


def single(columns: Columns, index: Int) -> Matches:
    """Return events as matches of one."""
    return Matches(index[:, None], columns.start[index], columns.end[index], columns.until[index])


def link(
    columns: Columns, how: str, left: Matches, right: Matches, *, negated: bool = False, within_us: int | None = None,
    same: str | None = None,
) -> Matches:  # fmt: skip
    """Return the matches of left that right joins; with `negated` those that it does not.

    same: "player", "team" or "other team": right's first event against left's last. Where either is not known they are
    neither the same nor other.
    """
    timed = np.isfinite(columns.t_s)
    left, right = (m.take(np.asarray(timed[m.rows].all(1), bool)) for m in (left, right))
    if how == "during":
        right = right.take(right.end > right.start)
    near, far = _buckets(columns, left, right, same)
    found = _after(left, right, near, far, within_us) if how == "then" else _together(
        left, right, near, far, within_us, how
    )  # fmt: skip
    hit = found >= 0
    if negated:
        return left.take(~hit)
    kept, other = left.take(hit), right.take(found[hit])
    return Matches(
        np.concatenate([kept.rows, other.rows], 1),
        np.minimum(kept.start, other.start),
        np.maximum(kept.end, other.end),
        np.maximum(kept.until, other.until),
    )


def _buckets(columns: Columns, left: Matches, right: Matches, same: str | None) -> tuple[Int, Int]:
    """Return in which bucket each left match looks and each right match lies; -1 in none.

    A bucket is a period of a game, and a player or team of it where these are compared.
    """
    near, far = left.rows[:, -1], right.rows[:, 0]
    a, b = columns.segment[near], columns.segment[far]
    if same is None:
        return a, b
    who = columns.player if same == "player" else columns.side.astype(np.int64)
    wide = max(2, len(columns.people))
    known_a, known_b = who[near] >= 0, who[far] >= 0
    seek = 1 - who[near] if same == "other team" else who[near]
    b = np.where(known_b, b * wide + who[far], -1)
    a = np.where(known_a, a * wide + seek, -1)
    every = np.unique(b)
    at = np.minimum(np.searchsorted(every, a), max(0, len(every) - 1))
    there = known_a & (every[at] == a if len(every) else False)
    return np.where(there, at, -1), np.where(known_b, np.searchsorted(every, b), -1)


def _sorted(right: Matches, far: Int) -> tuple[Int, Int]:
    """Return right's keys (bucket, start) in order, and which match each is; those in no bucket left out."""
    key = (far << BITS) + right.start
    order = np.argsort(key, kind="stable")
    order = order[np.searchsorted(key[order], 0) :] if len(order) and key[order[0]] < 0 else order
    return key[order], order


def _after(left: Matches, right: Matches, near: Int, far: Int, within_us: int | None) -> Int:
    """Return for each left match the first right one that begins after it, -1 for none."""
    key, order = _sorted(right, far)
    if not len(key) or not len(left):
        return np.full(len(left), -1)
    at = np.searchsorted(key, (near << BITS) + left.until)
    inside = np.minimum(at, len(key) - 1)
    good = (near >= 0) & (at < len(key)) & (key[inside] >> BITS == near)
    if within_us is not None:
        good &= (key[inside] & _TOP) - left.end <= within_us
    return np.where(good, order[inside], -1)


def _together(left: Matches, right: Matches, near: Int, far: Int, within_us: int | None, how: str) -> Int:
    """Return for each left match the first right one in step with it, -1 for none.

    In step: the right one ends at `least` or later and starts at `most` or earlier. Its running latest end never falls,
    so the first that ends late enough is found by halving.
    """
    key, order = _sorted(right, far)
    if not len(key) or not len(left):
        return np.full(len(left), -1)
    ends = right.until if within_us is None else right.end
    if how == "during":
        least, most = left.until, left.start
    elif within_us is None:
        least, most = left.start + 1, left.until - 1
    else:
        least, most = left.start - within_us, left.end + within_us
    end = (far[order] << BITS) + np.clip(ends[order], 0, _TOP)
    least, most = ((np.maximum(near, 0) << BITS) + np.clip(v, 0, _TOP) for v in (least, most))
    at = np.searchsorted(np.maximum.accumulate(end), least)
    asked = np.flatnonzero(near >= 0)
    while True:
        asked = asked[at[asked] < len(key)]
        asked = asked[key[at[asked]] <= most[asked]]
        wrong = (end[at[asked]] < least[asked]) | _shares(left.rows[asked], right.rows[order[at[asked]]])
        if not wrong.any():
            break
        at[asked[wrong]] += 1
    out = np.full(len(left), -1)
    out[asked] = order[at[asked]]
    return out


def _shares(a: Int, b: Int) -> NDArray[np.bool_]:
    """Return which rows of a (n, k) and b (n, m) hold the same event: an event never stands with itself."""
    return (a[:, :, None] == b[:, None, :]).any((1, 2)) if len(a) else np.zeros(0, bool)
