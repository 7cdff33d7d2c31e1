"""Search a whole game with a trained recogniser: look at every moment, keep the peaks, learn how far to trust them.

`look` gives class probabilities for each frame and candidate key player; `find` keeps the peaks (releases by
non-maximum suppression, carries as unbroken runs of one player); `Trust` turns a peak's height into the probability
that the event is real, fitted on validation frames. The provider's holder column is read by `truth` alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from sportsai.data.game import Game
from sportsai.data.tracks import Tracks
from sportsai.data.windows import WindowCutter
from sportsai.learn.batches import MODEL_HZ, tensors
from sportsai.learn.fit import logits
from sportsai.learn.metrics import ap_ni, bootstrap, expected_calibration_error
from sportsai.learn.moments import labelled, near_ball
from sportsai.learn.recipe import Recipe

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Progress = Callable[[int, int], None]
REACH_M = 8.0  # nobody further from the ball than this is taken for the key player
_BATCH = 4096


@dataclass(frozen=True)
class Looks:
    """What the model said at each frame looked at.

    Shapes: row (n,) of the tracks; slot (n, C) candidates, -1 none; logit (n, C, K) float32, 0 where none.
    step: frames between two looks. whole: False when looks were left out to keep within the budget.
    """

    row: Int
    slot: Int
    logit: NDArray[np.float32]
    step: int
    whole: bool = True


@dataclass(frozen=True)
class Trust:
    """How far a group of peaks (releases, carries) is to be trusted: the probability that one is an event of each type.

    Parameters
    ----------
    types: the group's event types. weight ((types + 1) x features), offset: a multinomial logistic model of
        what `features` gives, its first class "no event".
    thresholds: the least probability with which an event of each type is kept.
    tilt: what the first type's probability is multiplied by before the types are compared.
    """

    types: tuple[str, ...]
    weight: tuple[tuple[float, ...], ...]
    offset: tuple[float, ...]
    thresholds: tuple[float, ...]
    tilt: float = 1.0

    def __call__(self, features: Float) -> Float:
        """Return the probability of each type. Shapes: features (n, F) -> (n, types)."""
        z = np.asarray(features, np.float64) @ np.array(self.weight).T + np.array(self.offset)
        z = np.exp(z - z.max(1, keepdims=True))
        return (z / z.sum(1, keepdims=True))[:, 1:]

    def choose(self, probability: Float) -> tuple[Int, NDArray[np.bool_]]:
        """Return each peak's type and whether it is kept. Shapes: probability (n, types) -> (n,), (n,)."""
        tilted = probability.copy()
        tilted[:, 0] *= self.tilt
        kind = tilted.argmax(1)
        return kind, probability[np.arange(len(kind)), kind] >= np.array(self.thresholds)[kind]


def look(
    game: Game, model: nn.Module, recipe: Recipe, *, periods: tuple[int, ...] | None = None,
    progress: Progress | None = None, budget_s: float | None = None,
) -> Looks:  # fmt: skip
    """Return the model's logits wherever the ball and a player near it are seen.

    Parameters
    ----------
    budget_s: seconds this may take; when the first windows say it would take longer, fewer frames are looked at.
    """
    tracks = game.tracks
    assert tracks is not None
    ratio = float(tracks.rate_hz) / MODEL_HZ
    cut = WindowCutter(game, length=recipe.config().frames, players=recipe.config().players, stride=ratio)
    step = max(1, round(ratio * recipe.detect.stride))
    seen = tracks.observed & tracks.ball_present
    if periods is not None:
        seen &= np.isin(tracks.period, periods)
    rows = np.flatnonzero(seen)
    rows = rows[tracks.frame[rows] % step == 0]
    C, K = recipe.data.candidates, len(recipe.names)
    slot = np.full((len(rows), C), -1)
    for i in range(0, len(rows), 16384):
        near, away = near_ball(tracks, rows[i : i + 16384], C)
        slot[i : i + 16384, : near.shape[1]] = np.where(away <= REACH_M, near, -1)
    logit = np.zeros((len(rows), C, K), np.float32)
    done = np.zeros(len(rows), bool)
    order = np.arange(len(rows))
    started, thinned, i, size = time.perf_counter(), 1, 0, max(1, _BATCH // C)
    while i < len(order):
        mine = order[i : i + size]
        b, c = np.nonzero(slot[mine] >= 0)
        windows = cut.cut(tracks.frame[rows[mine[b]]], slot[mine[b], c])
        kept = windows.request
        lost = np.ones(len(b), bool)
        lost[kept] = False
        slot[mine[b[lost]], c[lost]] = -1
        if len(windows):
            logit[mine[b[kept]], c[kept]] = logits(model, tensors(windows), _BATCH).numpy()
        done[mine] = True
        i += size
        if progress:
            progress(min(i, len(order)), len(order))
        if budget_s is not None and thinned < 8:
            spent = time.perf_counter() - started
            if spent / i * len(order) > budget_s and i < len(order):
                left = order[i:]
                order = np.concatenate([order[:i], left[(rows[left] // step) % 2 == 0] if thinned == 1 else left[::2]])
                thinned *= 2
    good = done & (slot >= 0).any(1)
    return Looks(rows[good], slot[good], logit[good], step, thinned == 1)


def groups(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the event types that share a kind of peak: releases, and carries."""
    points = tuple(c for c in recipe.data.classes if c != "carry")
    found = {"release": points} if points else {}
    return found | ({"carry": ("carry",)} if "carry" in recipe.data.classes else {})


def find(looks: Looks, game: Game, recipe: Recipe, temperature: float, floor: float = 0.02) -> pd.DataFrame:
    """Return the peaks, one row each.

    group: release or carry. row, start_row, end_row: of the tracks. slot: the key player's. height: probability of the
    group's events at the peak. class_p: {event type: its temperature-scaled share among the event classes}.
    key_p: the key player's share among the candidates. next_slot, next_row, next_side: who controls the ball next (-1
    nobody seen), when, and for which team (1 the key's, -1 the other, 0 nobody).
    """
    tracks = game.tracks
    assert tracks is not None
    if not len(looks.row):
        return pd.DataFrame({c: [] for c in [*_PEAK, "next_slot", "next_row", "next_side"]})
    logit = looks.logit.astype(np.float64)
    e = np.exp(logit - logit.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    p[looks.slot < 0] = 0
    K = len(recipe.data.classes)
    soft = logit[..., :K] / temperature
    soft = np.exp(soft - soft.max(-1, keepdims=True))
    soft /= soft.sum(-1, keepdims=True)
    rate = float(tracks.rate_hz)
    run = _runs(tracks, looks)
    columns = {g: [recipe.data.classes.index(t) for t in types] for g, types in groups(recipe).items()}
    found: list[tuple[Any, ...]] = []
    if "release" in columns:
        release = p[..., columns["release"]].sum(-1)  # (n, C)
        height = _smooth(release.max(1), run, 1)
        for i in _peaks(height, tracks.t_s[looks.row], tracks.period[looks.row], recipe.detect.apart_s, floor):
            near = slice(max(i - 1, 0), i + 2)
            c = _agreed(looks.slot[near], release[near], looks.slot[i])
            row = int(looks.row[i])
            found.append(("release", row, int(looks.slot[i, c]), float(height[i]), soft[i, c],
                          float(release[i, c] / max(release[i].sum(), 1e-9)), row, row + 1))  # fmt: skip
    if "carry" in columns:
        found += _carries(p[..., columns["carry"][0]], soft, looks, tracks, run, rate)
    table = pd.DataFrame(found, columns=_PEAK).sort_values("row", kind="stable").reset_index(drop=True)
    released, by = table["row"].to_numpy(np.int64), table["slot"].to_numpy(np.int64)
    then, when = next_control(tracks, released, by)
    own = np.where(tracks.side[then] == tracks.side[by], 1, -1)
    table["next_slot"], table["next_row"], table["next_side"] = then, when, np.where(then < 0, 0, own)
    return table


NEXT_S = 4.0  # who controls the ball within this after a release was meant, or got in the way
NEAR_M, CONTROL_S = 2.5, 0.3  # control: the nearest to the ball, this near, this long


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


_PEAK = ["group", "row", "slot", "height", "class_p", "key_p", "start_row", "end_row"]


def features(found: pd.DataFrame, recipe: Recipe, group: str) -> Float:
    """Return what a group's Trust reads of each peak, (n, F).

    Logit of the height; for releases also the log shares over the first type's, and whether a team-mate (1, 0) or an
    opponent (0, 1) is seen to control the ball next.
    """
    height = np.clip(found["height"].to_numpy(float), 1e-6, 1 - 1e-6)
    columns = [recipe.data.classes.index(t) for t in groups(recipe)[group]]
    share = np.clip(
        np.array(found["class_p"].tolist(), float).reshape(len(found), len(recipe.data.classes))[:, columns], 1e-6, 1
    )
    parts = [np.log(height / (1 - height)), np.log(share[:, 1:] / share[:, :1])]
    if group == "release":
        after = found["next_side"].to_numpy(int)
        parts += [after == 1, after == -1]
    return np.column_stack(parts).astype(np.float64)


def _runs(tracks: Tracks, looks: Looks) -> Int:
    """Number of the unbroken run of looks each belongs to, (n,)."""
    gap = (np.diff(tracks.frame[looks.row]) > 3 * looks.step) | (np.diff(tracks.period[looks.row]) != 0)
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
    bridge = 0.3 * rate
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


# ---- how well, and how far to trust it ------------------------------------------------------------------------------


def truth(game: Game, recipe: Recipe) -> pd.DataFrame:
    """Return what the holder column says happened: type, period, t_s, slot, low_s, high_s (a carry's spell)."""
    tracks = game.tracks
    assert tracks is not None
    m = labelled(game, recipe.data.classes, recipe.data.carry_s)
    row = tracks.rows(m.frame)
    kind = np.array(recipe.data.classes, object)[m.label]
    t = tracks.t_s[row]
    table = pd.DataFrame({"type": kind, "period": tracks.period[row].astype(int), "t_s": t, "slot": m.slot})
    tol = recipe.detect.tolerance_s
    half = np.zeros(len(m))
    held = kind == "carry"
    if held.any():  # labelled() gives the middle: the spell's length follows from the holder column
        half[held] = [_half_spell(tracks, int(r)) for r in row[held]]
    table["low_s"] = t - np.where(held, half, tol)
    table["high_s"] = t + np.where(held, half, tol)
    return table


def _half_spell(tracks: Tracks, row: int) -> float:
    """Half of the spell whose middle is `row`, seconds."""
    h, gap = tracks.holder, round(0.6 * float(tracks.rate_hz))
    who = h[row] if h[row] >= 0 else h[row - gap : row + 1].max()
    a = row
    while a > 0 and (h[max(a - gap, 0) : a] == who).any() and set(h[max(a - gap, 0) : a]) <= {who, -1}:
        a -= 1
    return float(row - a) / float(tracks.rate_hz)


def match(found: pd.DataFrame, score: NDArray[Any], real: pd.DataFrame, tracks: Tracks) -> Int:
    """Return, for each found peak, the row of `real` it finds, -1 for none.

    Highest score first; each takes the nearest free moment within the tolerance. A moment is found once. Types are not
    compared: hand in the peaks and moments of one kind.
    """
    row = found["row"].to_numpy(int)
    t, period = tracks.t_s[row], tracks.period[row]
    hit, free = np.full(len(found), -1), np.ones(len(real), bool)
    low, high, at = (real[c].to_numpy(float) for c in ("low_s", "high_s", "t_s"))
    per = real["period"].to_numpy(int)
    for i in np.argsort(-np.asarray(score, float), kind="stable"):
        can = free & (per == period[i]) & (low <= t[i] + 1e-9) & (high >= t[i] - 1e-9)
        if can.any():
            j = int(np.flatnonzero(can)[np.argmin(np.abs(at[can] - t[i]))])
            hit[i], free[j] = j, False
    return hit


def between(
    table: pd.DataFrame, tracks: Tracks, period: int, low_s: float = -np.inf, high_s: float = np.inf
) -> pd.DataFrame:
    """Return the peaks or moments of a table within [low_s, high_s) of a period."""
    if "row" in table:
        row = table["row"].to_numpy(int)
        p, t = tracks.period[row], tracks.t_s[row]
    else:
        p, t = table["period"].to_numpy(int), table["t_s"].to_numpy(float)
    return table[(p == period) & (t >= low_s) & (t < high_s)].reset_index(drop=True)


def calibrate(found: pd.DataFrame, real: pd.DataFrame, recipe: Recipe, tracks: Tracks) -> dict[str, Trust]:
    """Return each group's Trust, fitted on these peaks and what really happened (validation: never the test part).

    The tilt between the types and the thresholds are those with the highest mean F1.
    """
    from sklearn.linear_model import LogisticRegression

    trust = {}
    for group, types in groups(recipe).items():
        mine = found[found["group"] == group].reset_index(drop=True)
        events = real[real["type"].isin(types)].reset_index(drop=True)
        x = features(mine, recipe, group)
        hit = match(mine, mine["height"].to_numpy(), events, tracks)
        kind = events["type"].map({t: i for i, t in enumerate(types)}).to_numpy(int)
        target = np.where(hit >= 0, kind[hit] + 1 if len(kind) else 0, 0)
        F, K = x.shape[1], len(types) + 1
        weight, offset = np.zeros((K, F)), np.zeros(K)
        if len(np.unique(target)) > 1:
            fitted = LogisticRegression(C=10.0, max_iter=1000).fit(x, target)
            if len(fitted.classes_) == 2:  # sklearn keeps one row for two classes
                weight[fitted.classes_[1]], offset[fitted.classes_[1]] = fitted.coef_[0], fitted.intercept_[0]
            else:
                weight[fitted.classes_], offset[fitted.classes_] = fitted.coef_, fitted.intercept_
            offset[np.setdiff1d(np.arange(K), fitted.classes_)] = -20.0
        plain = Trust(types, _tuples(weight), tuple(offset.tolist()), (0.0,) * len(types))
        trust[group] = _best_choice(plain, plain(x), target, np.bincount(kind, minlength=len(types)))
    return trust


def _tuples(weight: Float) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in weight.tolist())


def _best_choice(plain: Trust, p: Float, target: Int, real: Int) -> Trust:
    """Return the Trust with the tilt and thresholds that give the highest mean F1. Shapes: p (n, k), target (n,)."""
    best, choice = -1.0, plain
    for tilt in [1.0] if p.shape[1] == 1 else [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]:
        kind, _ = replace(plain, tilt=tilt).choose(p)
        thresholds, f1 = [], []
        for k in range(p.shape[1]):
            mine = np.flatnonzero(kind == k)
            order = mine[np.argsort(-p[mine, k], kind="stable")]
            tp = np.cumsum(target[order] == k + 1)
            score = 2 * tp / (np.arange(1, len(tp) + 1) + max(int(real[k]), 1))
            top = int(score.argmax()) if len(score) else 0
            thresholds.append(float(p[order[top], k]) if len(score) else 0.5)
            f1.append(float(score[top]) if len(score) else 0.0)
        if np.mean(f1) > best:
            best, choice = float(np.mean(f1)), replace(plain, tilt=tilt, thresholds=tuple(thresholds))
    return choice


def trust_of(about: Mapping[str, Any]) -> dict[str, Trust]:
    """Return the Trust stored beside weights."""
    return {
        k: Trust(
            tuple(t["types"]),
            tuple(tuple(r) for r in t["weight"]),
            tuple(t["offset"]),
            tuple(t["thresholds"]),
            t["tilt"],
        )
        for k, t in about["trust"].items()
    }


def decide(found: pd.DataFrame, trust: Mapping[str, Trust], recipe: Recipe) -> pd.DataFrame:
    """Return the peaks with their type, `score` (calibrated probability) and `kept` (above the type's threshold)."""
    out = found.assign(type=pd.Series(pd.NA, index=found.index, dtype="object"), score=0.0, kept=False)
    for group, t in trust.items():
        mine = np.flatnonzero((found["group"] == group).to_numpy())
        if not len(mine):
            continue
        p = t(features(found.iloc[mine], recipe, group))
        kind, kept = t.choose(p)
        out.loc[mine, "type"] = np.array(t.types, object)[kind]
        out.loc[mine, "score"] = p[np.arange(len(mine)), kind]
        out.loc[mine, "kept"] = kept
    return out


def detection_scores(
    found: pd.DataFrame, real: pd.DataFrame, trust: Mapping[str, Trust], recipe: Recipe, tracks: Tracks
) -> dict[str, dict[str, Any]]:
    """Return, for each type, how well it is found.

    AP: AP-ni over all peaks of its group ranked by its probability. precision, recall: of the events kept.
    count_ratio: real over found, with the 95 % interval over one-minute blocks: n found stand for about n * ratio.
    key_right: share of the rightly found whose key player is the real one. ece: expected calibration error of score.
    """
    decided = decide(found, trust, recipe)
    table: dict[str, dict[str, Any]] = {}
    for group, t in trust.items():
        peaks = found[found["group"] == group].reset_index(drop=True)
        p = t(features(peaks, recipe, group))
        for k, name in enumerate(t.types):
            of = real[real["type"] == name].reset_index(drop=True)
            n = len(of)
            right = match(peaks, p[:, k], of, tracks) >= 0
            mine = decided[(decided["type"] == name) & decided["kept"]].reset_index(drop=True)
            hit = match(mine, mine["score"].to_numpy(), of, tracks)
            key = mine["slot"].to_numpy(int)[hit >= 0] == of["slot"].to_numpy(int)[hit[hit >= 0]]
            typed = decided[decided["type"] == name].reset_index(drop=True)
            all_hit = match(typed, typed["score"].to_numpy(), of, tracks) >= 0
            row = mine["row"].to_numpy(int)
            blocks = np.concatenate([_minute(tracks.period[row], tracks.t_s[row]), _minute(of["period"], of["t_s"])])
            is_real = np.arange(len(blocks)) >= len(mine)
            low, high = bootstrap(blocks, lambda i, r=is_real: r[i].sum() / max((~r[i]).sum(), 1))  # type: ignore[misc]
            table[name] = {
                "AP": ap_ni(right, p[:, k]) * float(right.sum()) / max(n, 1) if right.any() else 0.0,
                "precision": float((hit >= 0).mean()) if len(mine) else 0.0,
                "recall": float((hit >= 0).sum() / max(n, 1)),
                "real": n,
                "found": len(mine),
                "count_ratio": [n / max(len(mine), 1), low, high],
                "key_right": float(key.mean()) if len(key) else None,
                "ece": expected_calibration_error(all_hit, typed["score"].to_numpy()) if len(typed) else None,
            }
    return table


def _minute(period: Any, t_s: Any) -> Int:
    return np.asarray(period, np.int64) * 1000 + (np.asarray(t_s, float) // 60).astype(np.int64)
