"""Belgian passes of the MLSA 2018 challenge: 12,124 moments of a pass, each with where all players stood.

Source: "Who Will Receive the Ball?", prediction challenge of the 5th workshop on Machine Learning and Data Mining for
Sports Analytics, 2018. One table, `belgium_passes.csv(.xz)`: time_start, time_end (ms since the half began),
sender_id, receiver_id, x_1..x_28, y_1..y_28 in cm from the pitch's centre; players 1-14 are one team, 15-28 the
other, blank when not on the pitch. The rows are shuffled and name no match: `matches` finds it from the line-ups.
Which half a pass is of is not said (period 0).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.court import League
from sportsai.data import AWAY, HOME, Game, Player, Team, events_frame
from sportsai.errors import DataError
from sportsai.readers import _tables, source
from sportsai.units import CM_M

TITLE = "Belgian passes, MLSA 2018 challenge: pass moments with all positions (belgium_passes.csv)"
SPORTS = frozenset({"soccer"})
PLAYERS, TEAM = 28, 14
TERMS = "MLSA 2018 challenge: no licence is stated; for training and tests, never to be shipped"
AT_ONCE = 2  # passes that can be under way at one time of a half: one in each half
KICK_OFF_S = 300.0  # a group that begins later in both halves is the rest of a match that began with another line-up
FAR = 6  # most slots two line-ups of one match may differ in from one pass to the next: three changes at once


@dataclass(frozen=True)
class Passes:
    """Every pass as arrays.

    Shapes
    ------
    start_s, end_s (N,) float64 seconds since the half began. sender, receiver (N,) int64 slots 0..27.
    xy (N, 28, 2) float32 metres, pitch centre origin, meaningful where `present` (N, 28). match (N,) int64, from 0.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]
    xy: NDArray[np.float32]
    present: NDArray[np.bool_]
    match: NDArray[np.int64]
    set_aside: int


def sniff(path: Path) -> bool:
    """Whether `path` is the table of passes."""
    return {"sender_id", "receiver_id", "x_28"} <= _tables.csv_columns(path)


def passes(path: Path) -> Passes:
    """Return the table's passes; those whose sender or receiver has no position are set aside and counted."""
    numbers = ["time_start", "time_end", "sender_id", "receiver_id"]
    columns = [f"{a}_{i}" for a in "xy" for i in range(1, PLAYERS + 1)]
    table = _tables.read_csv(path, numbers + columns)
    for name in numbers:
        _tables.finite(path, name, table[name].to_numpy(), 2)
    value = table[columns].to_numpy().reshape(-1, 2, PLAYERS).transpose(0, 2, 1)
    if np.isinf(value).any():
        row = int(np.argwhere(np.isinf(value))[0][0])
        raise DataError("a position is not a finite number", path=path, line=row + 2, expected="cm or blank")
    present = np.isfinite(value).all(-1)
    people = table[["sender_id", "receiver_id"]].to_numpy()
    if ((people < 1) | (people > PLAYERS) | (people % 1 != 0)).any():
        row = int(np.argmax(((people < 1) | (people > PLAYERS) | (people % 1 != 0)).any(1)))
        raise DataError(
            f"pass from {people[row, 0]:g} to {people[row, 1]:g}", path=path, line=row + 2, expected="players 1 to 28"
        )
    start, end = (table[n].to_numpy() / 1000.0 for n in ("time_start", "time_end"))
    if (end < start).any():
        row = int(np.argmax(end < start))
        raise DataError(
            f"time runs backwards ({start[row]:g} s to {end[row]:g} s)",
            path=path,
            line=row + 2,
            expected="time_start before time_end",
        )
    for side, name in ((slice(0, TEAM), "1-14"), (slice(TEAM, PLAYERS), "15-28")):
        if not present[:, side].any(1).all():
            row = int(np.argmin(present[:, side].any(1)))
            raise DataError(f"team {name} has no players", path=path, line=row + 2, expected="positions of both teams")
    sender, receiver = (people - 1).astype(np.int64).T
    rows = np.arange(len(table))
    good = present[rows, sender] & present[rows, receiver]
    xy = np.where(present[..., None], value * CM_M, 0).astype(np.float32)
    kept = (start[good], end[good], sender[good], receiver[good], xy[good], present[good])
    return Passes(*kept, matches(present[good], start[good], end[good]), int((~good).sum()))


def matches(present: NDArray[np.bool_], start_s: NDArray[np.float64], end_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the match of each pass, numbered from 0 by size, found from who was on the pitch.

    Line-ups one change apart (2 slots) are one match. Groups that begin well after kick-off are the rest of a match
    with several changes at once: each is joined to the only group with which the line-ups still form one course of
    changes (nobody returns) and no third pass is ever under way; what stays open stays its own match. Shapes: present
    (N, 28), start_s (N,), end_s (N,) -> (N,).
    """
    line_up, of_pass = np.unique(present, axis=0, return_inverse=True)
    of_pass = of_pass.reshape(-1)
    apart = (line_up[:, None] != line_up[None]).sum(-1)
    group = np.arange(len(line_up))
    for _ in group:
        nearest = np.where(apart <= 2, group[None], len(group)).min(1)
        if (nearest == group).all():
            break
        group = nearest
    groups = {int(g): np.flatnonzero(group == g).tolist() for g in np.unique(group)}

    def fits(a: int, b: int) -> bool:
        both = groups[a] + groups[b]
        if apart[np.ix_(groups[a], groups[b])].min() > FAR or not _one_course(line_up[both]):
            return False
        mine = np.isin(of_pass, both)
        return _most_at_once(start_s[mine], end_s[mine]) <= AT_ONCE

    while True:
        late = [g for g, ups in groups.items() if start_s[np.isin(of_pass, ups)].min() > KICK_OFF_S]
        options = {g: [o for o in groups if o != g and fits(g, o)] for g in late}
        if not any(options.values()):  # changes at half-time: both parts begin early, in different halves
            options = {g: [o for o in groups if o != g and fits(g, o)] for g in groups}
        sure = sorted((len(o), g) for g, o in options.items() if o)
        if not sure:
            break
        g = sure[0][1]
        to = min(options[g], key=lambda o: (apart[np.ix_(groups[g], groups[o])].min(), o))
        groups[to] = groups[to] + groups.pop(g)
    found = np.zeros(len(line_up), np.int64)
    size = np.bincount(of_pass, minlength=len(line_up))
    for k, ups in enumerate(sorted(groups.values(), key=lambda u: (-int(size[u].sum()), u))):
        found[ups] = k
    return found[of_pass]


def _one_course(line_ups: NDArray[np.bool_]) -> bool:
    """Whether the line-ups (L, 28) can follow each other with nobody coming back."""
    for first in line_ups:
        order = line_ups[np.argsort((line_ups != first).sum(1), kind="stable")]
        came, went = order & ~first, first & ~order
        if all((~(a & ~b)).all() for part in (came, went) for a, b in itertools.pairwise(part)):
            return True
    return False


def _most_at_once(start_s: NDArray[np.float64], end_s: NDArray[np.float64]) -> int:
    time = np.concatenate([start_s, end_s])
    step = np.concatenate([np.ones(len(start_s)), -np.ones(len(end_s))])
    return int(np.cumsum(step[np.lexsort((step, time))]).max(initial=0))


def read(paths: tuple[Path, ...], league: League) -> Iterator[Game]:
    """Yield a game of events for each match found: passes with every position in `attributes["positions_m"]`."""
    path = paths[0]
    found = passes(path)
    marks = source.fingerprints(path)
    players = tuple(
        Player(str(i + 1), f"Player {i + 1}", HOME if i < TEAM else AWAY, short_name=str(i + 1)) for i in range(PLAYERS)
    )
    for match in range(int(found.match.max(initial=-1)) + 1):
        rows = np.flatnonzero(found.match == match)
        used = np.asarray(found.present[rows].any(0))
        attributes = [
            {
                "positions_m": {
                    str(i + 1): [round(float(v), 2) for v in found.xy[r, i]] for i in np.flatnonzero(found.present[r])
                },
                "received_by_own_team": bool((found.sender[r] < TEAM) == (found.receiver[r] < TEAM)),
                "duration_s": round(float(found.end_s[r] - found.start_s[r]), 3),
            }
            for r in rows
        ]
        sender = found.sender[rows]
        xy = found.xy[rows, sender]
        frame = np.rint(found.start_s[rows] * 10).astype(np.int64)
        yield Game(
            id=f"belgium-{match:02d}",
            league=league.name,
            teams=(Team("1-14", "Players 1-14"), Team("15-28", "Players 15-28")),
            roster=tuple(p for p, u in zip(players, used.tolist(), strict=True) if u),
            court_length_m=league.court.length_m,
            court_width_m=league.court.width_m,
            events=events_frame(
                {
                    "event_id": [f"pass-{r}" for r in rows],
                    "period": np.zeros(len(rows), np.int64),
                    "t_s": found.start_s[rows],
                    "frame": frame,
                    "type": ["pass"] * len(rows),
                    "side": np.where(sender < TEAM, HOME, AWAY),
                    "player_id": [str(s + 1) for s in sender],
                    "other_ids": [[str(r + 1)] for r in found.receiver[rows]],
                    "x": xy[:, 0],
                    "y": xy[:, 1],
                    "end_frame": np.maximum(np.rint(found.end_s[rows] * 10).astype(np.int64), frame) + 1,
                    "attributes": attributes,
                },
                len(rows),
            ),
            provider="belgium",
            source=marks,
            terms=TERMS,
            repairs={"passes of people without a position set aside (whole table)": found.set_aside}
            if found.set_aside
            else {},
            kind="clip",
            extra={
                "of_game": f"belgium-{match:02d}",
                "half": "unknown: seconds count from the start of either half",
                "frames": "tenths of a second; there is no tracking",
                "match": "found from the line-ups, not given",
            },
        )
