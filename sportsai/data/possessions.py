"""Who had the ball from when to when, and what became of it: by a provider's holder column, or read off positions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.events import empty_events, events_frame
from sportsai.data.tracks import Tracks

MERGE_GAP_S = 0.6  # a holder lost for less than this and found again is one spell
CONTROL_M, CONTROL_S = 2.0, 0.4  # the nearest player, this near to the ball, for this long, controls it
HANDOVER_S = 4.0  # the longest time between release and next control that still counts as one handover


def control(tracks: Tracks, within_m: float = CONTROL_M, least_s: float = CONTROL_S) -> NDArray[np.int16]:
    """Return the slot that controls the ball by positions alone, (T,) int16, -1 nobody: a plain rule.

    Control: nearest to the ball of all players seen, within `within_m`, in consecutive rows for at least `least_s`.
    """
    slots = np.flatnonzero(tracks.side >= 0)
    who = np.full(tracks.T, -1, np.int16)
    for i in range(0, tracks.T if len(slots) else 0, 16384):
        rows = slice(i, i + 16384)
        away = np.linalg.norm(tracks.xy[rows][:, slots] - tracks.ball_xy[rows, None], axis=-1)
        away[~tracks.present[rows][:, slots] | ~tracks.ball_present[rows, None]] = np.inf
        near = away.argmin(1)
        who[rows] = np.where(away[np.arange(len(near)), near] <= within_m, slots[near], -1)
    first = np.flatnonzero(np.diff(who, prepend=-2))
    length = np.diff(np.append(first, tracks.T))
    short = length < max(1, round(least_s * float(tracks.rate_hz)))
    who[np.repeat(short, length)] = -1
    return who


def spells(tracks: Tracks, merge_gap_s: float = MERGE_GAP_S) -> pd.DataFrame:
    """Return unbroken spells of one holder: slot, side, period, start_frame, end_frame (exclusive).

    Two spells of the same holder with nobody between them and a gap of at most `merge_gap_s` are joined.
    """
    rows = np.flatnonzero((tracks.holder >= 0) & (tracks.period > 0))
    if not len(rows):
        return pd.DataFrame(
            {c: pd.Series(dtype="int64") for c in ("slot", "side", "period", "start_frame", "end_frame")}
        )
    slot, frame, period = tracks.holder[rows], tracks.frame[rows], tracks.period[rows]
    gap = max(1, round(merge_gap_s * float(tracks.rate_hz)))
    new = np.ones(len(rows), bool)
    new[1:] = (slot[1:] != slot[:-1]) | (np.diff(frame) > gap) | (period[1:] != period[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(rows)) - 1
    return pd.DataFrame(
        {
            "slot": slot[first].astype(int),
            "side": tracks.side[slot[first]].astype(int),
            "period": period[first].astype(int),
            "start_frame": frame[first].astype(int),
            "end_frame": frame[last].astype(int) + 1,
        }
    )


def handovers(tracks: Tracks, within_s: float = HANDOVER_S) -> pd.DataFrame:
    """Return passes (to a team-mate) and turnovers (to an opponent) as an events table.

    An event is stamped at the release: the last frame of the holder's spell. Key player: who released the ball. Others:
    who controlled it next. Evidence: from one second before the release to the next control.
    """
    s = spells(tracks)
    if len(s) < 2:
        return empty_events()
    a, b = s.iloc[:-1].reset_index(drop=True), s.iloc[1:].reset_index(drop=True)
    rate = float(tracks.rate_hz)
    near = (b["start_frame"] - a["end_frame"] <= within_s * rate) & (a["period"] == b["period"])
    other = a["slot"] != b["slot"]
    a, b = a[near & other].reset_index(drop=True), b[near & other].reset_index(drop=True)
    release = a["end_frame"].to_numpy() - 1
    row = tracks.rows(release)
    ids = [tracks.slots[i].player_id for i in range(tracks.P)]
    return events_frame(
        {
            "event_id": [f"handover-{f}" for f in release],
            "period": a["period"],
            "t_s": tracks.t_s[row],
            "frame": release,
            "type": np.where(a["side"] == b["side"], "pass", "turnover"),
            "side": a["side"],
            "player_id": [ids[i] for i in a["slot"]],
            "other_ids": [[ids[i]] for i in b["slot"]],
            "x": tracks.xy[row, a["slot"], 0],
            "y": tracks.xy[row, a["slot"], 1],
            "start_frame": np.maximum(release - round(rate), tracks.frame[0]),
            "end_frame": b["start_frame"].to_numpy() + 1,
        },
        len(a),
    )
