"""At which moments may an event have happened, and whose was it?

Releases are found by non-maximum suppression, and where control, read off positions by a plain rule, changes hands;
carries as unbroken runs of one player. Who controls the ball next is read off positions, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.data.game import Game
from sportsai.data.possessions import control, handovers
from sportsai.data.tracks import Tracks
from sportsai.learn.recipe import Recipe
from sportsai.search.looks import Looks
from sportsai.tasks.handovers import near_ball

Int = NDArray[np.int64]
Float = NDArray[np.float64]
NEXT_S = 4.0  # who controls the ball within this after a release was meant, or got in the way
SAME_S = 0.6  # a peak and a handover of one player within this are one release
NEAR_M, CONTROL_S = 2.5, 0.3  # control: the nearest to the ball, this near, this long
FLOOR = 0.02  # no peak is lower
BREAK = 3  # looks more than so many steps apart belong to two runs
BRIDGE_S = 0.3  # a carry goes on over a dip so short
_PEAK = ["group", "row", "slot", "height", "class_p", "key_p", "start_row", "end_row"]


def groups(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the event types that share a kind of peak: releases, and carries."""
    points = tuple(c for c in recipe.data.classes if c != "carry")
    found = {"release": points} if points else {}
    return found | ({"carry": ("carry",)} if "carry" in recipe.data.classes else {})


def find(
    looks: Looks, game: Game, recipe: Recipe, temperature: float, floor: float = FLOOR,
    beaten: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the peaks, one row each.

    beaten (n,): looks known to be no release's peak, where only a part of a game is given; None: none is known.

    group: release or carry. row, start_row, end_row: of the tracks. slot: the key player's. height: probability of the
    group's events at the peak. class_p: {event type: its temperature-scaled share among the event classes}.
    key_p: the key player's share among the candidates. next_slot, next_row, next_side: who controls the ball next (-1
    nobody seen), when, and for which team (1 the key's, -1 the other, 0 nobody). handed: 1 where the plain rule of
    `control` sees the key player's ball reach a team-mate, -1 an opponent, 0 neither.
    """
    tracks = game.tracks
    assert tracks is not None
    if not len(looks.row):
        return pd.DataFrame({c: [] for c in [*_PEAK, "handed", "next_slot", "next_row", "next_side"]})
    p, soft = _chances(looks, len(recipe.data.classes), temperature)
    rate = float(tracks.rate_hz)
    run = runs(tracks, looks)
    columns = {g: [recipe.data.classes.index(t) for t in types] for g, types in groups(recipe).items()}
    found: list[tuple[Any, ...]] = []
    if "release" in columns:
        release = p[..., columns["release"]].sum(-1)  # (n, C)
        height = _smooth(release.max(1), run, 1)
        left = height if beaten is None else np.where(beaten, -1.0, height)
        for i in _peaks(left, tracks.t_s[looks.row], tracks.period[looks.row], recipe.detect.apart_s, floor):
            near = np.arange(max(i - 1, 0), min(i + 2, len(run)))
            near = near[run[near] == run[i]]
            c = _agreed(looks.slot[near], release[near], looks.slot[i])
            row = int(looks.row[i])
            found.append(("release", row, int(looks.slot[i, c]), float(height[i]), soft[i, c],
                          float(release[i, c] / max(release[i].sum(), 1e-9)), row, row + 1))  # fmt: skip
    if "carry" in columns:
        found += _carries(p[..., columns["carry"][0]], soft, looks, tracks, run, rate)
    table = pd.DataFrame(found, columns=_PEAK).sort_values("row", kind="stable").reset_index(drop=True)
    table = _with_handovers(table, release, soft, looks, tracks) if "release" in columns else table.assign(handed=0)
    released, by = table["row"].to_numpy(np.int64), table["slot"].to_numpy(np.int64)
    then, when = next_control(tracks, released, by)
    own = np.where(tracks.side[then] == tracks.side[by], 1, -1)
    table["next_slot"], table["next_row"], table["next_side"] = then, when, np.where(then < 0, 0, own)
    return table


def heights(looks: Looks, tracks: Tracks, recipe: Recipe) -> Float:
    """Return how likely a release is at each look, whoever's, as peaks are looked for in it, (n,)."""
    columns = [recipe.data.classes.index(t) for t in groups(recipe).get("release", ())]
    p, _ = _chances(looks, len(recipe.data.classes), 1.0)
    return _smooth(p[..., columns].sum(-1).max(1, initial=0.0), runs(tracks, looks), 1)


def _chances(looks: Looks, classes: int, temperature: float) -> tuple[Float, Float]:
    """Return probabilities, (n, C, K), 0 where there is no candidate, and the events' shares, (n, C, classes)."""
    logit = looks.logit.astype(np.float64)
    e = np.exp(logit - logit.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    p[looks.slot < 0] = 0
    soft = logit[..., :classes] / temperature
    soft = np.exp(soft - soft.max(-1, keepdims=True))
    return p, soft / soft.sum(-1, keepdims=True)


def _with_handovers(table: pd.DataFrame, release: Float, soft: Float, looks: Looks, tracks: Tracks) -> pd.DataFrame:
    """Return the peaks with `handed`, and one more for each handover by the plain rule that none of them stands for."""
    who = control(tracks)
    events = handovers(replace(tracks, holder=who))
    events = events[events["period"].isin(np.unique(tracks.period[looks.row]))]
    rows = tracks.rows(events["frame"].to_numpy())
    near = round(SAME_S * float(tracks.rate_hz))
    place = {int(r): i for i, r in enumerate(looks.row)}
    row, slot = table["row"].to_numpy(int), table["slot"].to_numpy(int)
    height, is_release = table["height"].to_numpy(float), (table["group"] == "release").to_numpy()
    handed = np.zeros(len(table), int)
    more: list[tuple[Any, ...]] = []
    for r, kind in zip(rows, np.where(events["type"] == "pass", 1, -1), strict=True):
        same = np.flatnonzero(is_release & (slot == who[r]) & (np.abs(row - r) <= near))
        if len(same):
            handed[same[height[same].argmax()]] = kind
            continue
        i = place.get(int(r), -1)
        c = np.flatnonzero(looks.slot[i] == who[r]) if i >= 0 else np.zeros(0, np.int64)
        if len(c):  # what the model said of him there, however little
            said = (
                max(float(release[i, c[0]]), 1e-3),
                soft[i, c[0]],
                float(release[i, c[0]] / max(release[i].sum(), 1e-9)),
            )
            more.append(("release", int(r), int(who[r]), *said, int(r), int(r) + 1, kind))
    added = pd.DataFrame(more, columns=[*_PEAK, "handed"])
    whole = pd.concat([table.assign(handed=handed), added], ignore_index=True) if more else table.assign(handed=handed)
    return whole.sort_values("row", kind="stable").reset_index(drop=True)


def next_control(tracks: Tracks, row: Int, slot: Int) -> tuple[Int, Int]:
    """Return who next controls the ball after each release, -1 nobody seen, and the row it begins in, (n,) each.

    Control is read off positions: another player is nearest to the ball, within NEAR_M, for CONTROL_S.
    """
    rate = float(tracks.rate_hz)
    least, span = max(1, round(CONTROL_S * rate)), round(NEXT_S * rate)
    rows = np.clip(row[:, None] + np.arange(1, span + 1), 0, max(tracks.T - 1, 0))  # (n, span)
    flat, inverse = np.unique(rows, return_inverse=True)
    near, away = near_ball(tracks, flat, 1)
    holder = np.where(away[:, 0] <= NEAR_M, near[:, 0], -1)[inverse].reshape(rows.shape)
    valid = (holder >= 0) & (holder != slot[:, None]) & (tracks.period[rows] == tracks.period[row][:, None])
    for k in range(1, least):
        valid[:, : span - k] &= holder[:, : span - k] == holder[:, k:]
    valid[:, span - least + 1 :] = False
    first = valid.argmax(1)
    any_ = valid.any(1)
    n = np.arange(len(row))
    return np.where(any_, holder[n, first], -1), np.where(any_, rows[n, first], row)


def features(found: pd.DataFrame, recipe: Recipe, group: str) -> Float:
    """Return what a group's Trust reads of each peak, (n, F).

    Logit of the height; for releases also the log shares over the first type's, whether a team-mate (1, 0) or an
    opponent (0, 1) is seen to control the ball next, and whether the plain rule sees it handed to one (1, 0) or (0, 1).
    """
    height = np.clip(found["height"].to_numpy(float), 1e-6, 1 - 1e-6)
    columns = [recipe.data.classes.index(t) for t in groups(recipe)[group]]
    share = np.clip(
        np.array(found["class_p"].tolist(), float).reshape(len(found), len(recipe.data.classes))[:, columns], 1e-6, 1
    )
    parts = [np.log(height / (1 - height)), np.log(share[:, 1:] / share[:, :1])]
    if group == "release":
        after = found["next_side"].to_numpy(int)
        handed = found["handed"].to_numpy(int)
        parts += [after == 1, after == -1, handed == 1, handed == -1]
    return np.column_stack(parts).astype(np.float64)


def runs(tracks: Tracks, looks: Looks) -> Int:
    """Number of the unbroken run of looks each belongs to, (n,)."""
    gap = (np.diff(tracks.frame[looks.row]) > BREAK * looks.step) | (np.diff(tracks.period[looks.row]) != 0)
    return np.concatenate([[0], np.cumsum(gap)])


def _smooth(x: Float, run: Int, half: int) -> Float:
    """Mean over 2 * half + 1 looks of the same run (those there are)."""
    total, count = np.zeros_like(x), np.zeros_like(x)
    for s in range(-half, half + 1):
        a, b = max(0, s), len(x) + min(0, s)
        same = run[a - s : b - s] == run[a:b]
        total[a - s : b - s] += np.where(same, x[a:b], 0)
        count[a - s : b - s] += same
    return total / np.maximum(count, 1)


def _peaks(height: Float, t_s: Float, period: NDArray[np.int8], apart_s: float, floor: float) -> list[int]:
    """Greedy non-maximum suppression: highest first, none closer than `apart_s` to one already kept."""
    key = period.astype(np.float64) * 1e6 + t_s
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    alive = np.ones(len(height), bool)
    kept = []
    for i in np.argsort(-height, kind="stable"):
        if height[i] < floor:
            break
        if alive[i]:
            kept.append(int(i))
            a, b = np.searchsorted(sorted_key, [key[i] - apart_s + 1e-6, key[i] + apart_s - 1e-6])
            alive[order[a:b]] = False
    return kept


def _agreed(slots: Int, score: Float, here: Int) -> int:
    """The candidate of `here` who scores highest when his scores at the looks around are added."""
    total = [score[slots == s].sum() if s >= 0 else -1.0 for s in here]
    return int(np.argmax(total))


def _carries(p: Float, soft: Float, looks: Looks, tracks: Tracks, run: Int, rate: float) -> list[tuple[Any, ...]]:
    """Runs in which one player carries the ball: his probability stays above a half, short dips are bridged."""
    best = p.argmax(1)
    n = np.arange(len(best))
    who, top = looks.slot[n, best], p[n, best]
    on = np.flatnonzero(top >= 0.3)
    if not len(on):
        return []
    frame = tracks.frame[looks.row[on]]
    new = np.ones(len(on), bool)
    bridge = BRIDGE_S * rate
    new[1:] = (who[on][1:] != who[on][:-1]) | (np.diff(frame) > bridge) | (np.diff(run[on]) != 0)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(on)) - 1
    found = []
    for a, b in zip(on[first], on[last], strict=True):
        peak = float(np.sort(top[a : b + 1])[::-1][: max(2, round(0.3 * rate / looks.step))].mean())
        mine = looks.slot[a : b + 1] == who[a]
        middle = int(looks.row[(a + b) // 2])
        found.append(("carry", middle, int(who[a]), peak * min(1.0, (b - a + 1) * looks.step / (0.3 * rate)),
                      soft[a : b + 1][mine].mean(0),
                      float(top[a : b + 1].sum() / max(p[a : b + 1].sum(), 1e-9)),
                      int(looks.row[a]), int(looks.row[b]) + 1))  # fmt: skip
    return found
