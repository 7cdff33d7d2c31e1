"""Which team do a team's possessions look most like? Each possession is asked, and what is said is pooled.

A possession is the provider's where it marks them, else an unbroken spell in which the players of one side control the
ball (`data.possessions.control`). Windows are those of `tasks.styles`: the attackers and the ball, turned to attack
right, in its units, order and rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.analysis._found import Found, Progress, asked, controls_of, measured, score_of, trained_on
from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.data.possessions import control
from sportsai.data.styles import team_quarter
from sportsai.data.tracks import AWAY, HOME, Tracks
from sportsai.data.windows import OWN, Windows
from sportsai.learn.weights import Weights
from sportsai.readers.nba_quarters import RATE_HZ
from sportsai.tasks.styles import SCALE_M, team_names

TITLE = "which team the possessions look like"
SPORT = "basketball"
RECIPE = "styles"
ON_EVENTS = False
STEP_S = 1 / float(RATE_HZ)  # 0.52 s, the rate the task learns at
ATTACKERS = 5
SHOWN = 3
LEAST = 5  # fewer possessions say nothing of a team
# What a possession counts for when a team's are taken together: they repeat line-ups and opponents. On 570
# team-quarters of games not trained on, the mean probability was the share of right teams at 0.57 (boosted trees
# of 120 games).
COUNTS_FOR = 0.6
Int = NDArray[np.int64]


@dataclass(frozen=True)
class Spells:
    """Possessions. Shapes: start, end (n,) rows of the tracks [start, end), front (n,) the first in the front court,
    side (n,), right (n,) whether they attack +x.
    """

    start: Int
    end: Int
    front: Int
    side: Int
    right: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)


def analyse(game: Game, events: pd.DataFrame, weights: Weights, progress: Progress | None = None) -> Found:
    """Return, in the run's part, what each team's possessions look like; the events stay as they are."""
    if game.tracks is None:
        return Found(events)
    spells, by = possessions(game)
    if not len(spells):
        return Found(events, notes=("No possession was found whose direction is known: no style is told.",))
    if not (weights.recipe.data.players and weights.recipe.data.ball):
        return Found(events, notes=("These weights see only the players or only the ball: a control, not a style.",))
    windows, left = cut(game, spells, weights.recipe.data, weights.recipe.frames)
    names = team_names()
    notes = [f"Styles rest on {len(windows)} of {len(spells)} possessions ({by}); left out: {_list(left)}."]
    teams = []
    if len(windows):
        said = weights.model.scores(asked(windows, names))
        each = counts_for(weights)
        side = spells.side[windows.request]
        for s in (HOME, AWAY):
            mine = np.flatnonzero(side == s)
            if len(mine):
                teams.append(_team(game, s, said[mine] * each, spells, windows.request[mine], names))
    part = {
        "teams": teams,
        "possessions_by": by,
        "counts_for": counts_for(weights),
        "left_out": left,
        "trained_on": trained_on(game, weights),
        "scores": score_of(weights),
        "controls": controls_of(weights),
        "claim": measured(weights).get("claim", ""),
    }
    read = len(windows) * weights.recipe.frames
    return Found(events, part, tuple(_sentence(t) for t in teams if t["enough"]), tuple(notes), read)


def _team(game: Game, side: int, said: NDArray[np.float64], spells: Spells, which: Int, names: tuple[str, ...]) -> dict:
    tracks = game.tracks
    assert tracks is not None
    pooled = team_quarter(said, np.zeros(len(said), int))
    p = np.exp(pooled.log_p[0])
    order = np.argsort(-p, kind="stable")
    league = load_league("nba")
    own = game.teams[side].abbreviation
    rank = int(np.flatnonzero(order == names.index(own))[0]) + 1 if own in names else None
    short = {t.abbreviation: t.short_name or t.name for t in league.teams}
    return {
        "side": side,
        "team": game.teams[side].display,
        "possessions": len(said),
        "enough": len(said) >= LEAST,
        "likeliest": [
            {"team": names[k], "name": short.get(names[k], names[k]), "p": round(float(p[k]), 4)} for k in order[:SHOWN]
        ],
        "own": None if rank is None else {"rank": rank, "p": round(float(p[names.index(str(own))]), 4)},
        "frames": [
            [int(tracks.frame[spells.start[i]]), int(tracks.frame[spells.end[i] - 1]) + 1] for i in which.tolist()
        ],
    }


def counts_for(weights: Weights) -> float:
    """Return what a possession counts for in a team's pooled answer: measured beside the weights, else COUNTS_FOR."""
    said = measured(weights).get("pool_weight")
    return float(said) if isinstance(said, int | float) and 0 < said <= 1 else COUNTS_FOR


def _sentence(team: dict[str, Any]) -> str:
    like = ", ".join(f"{t['name']} {t['p']:.0%}" for t in team["likeliest"])
    return f"{team['team']}: {team['possessions']} possessions look most like {like}."


def possessions(game: Game) -> tuple[Spells, str]:
    """Return the possessions of a game whose direction is known, in order, and who says that they are possessions."""
    tracks = game.tracks
    assert tracks is not None
    e = game.events
    logged = e[(e["type"] == "possession") & e["side"].isin([HOME, AWAY])] if e is not None else None
    if logged is not None and len(logged):
        start = tracks.rows(logged["start_frame"].to_numpy(np.int64))
        end = tracks.rows(logged["end_frame"].to_numpy(np.int64) - 1) + 1
        side = logged["side"].to_numpy(np.int64)
        good = (start >= 0) & (end > start)
        told = [a.get("attacks_right") for a in logged["attributes"]]
        front = tracks.rows(np.array([a.get("front_court_frame", -1) for a in logged["attributes"]], np.int64))
        return _spells(game, start[good], end[good], side[good], [t for t, g in zip(told, good, strict=True) if g],
                       front[good]), "as the provider marks them"  # fmt: skip
    start, end, side = _controlled(tracks)
    none: list[bool | None] = [None] * len(start)
    by = "spells in which one side's players control the ball"
    return _spells(game, start, end, side, none, np.full(len(start), -1)), by


def _spells(game: Game, start: Int, end: Int, side: Int, told: list[bool | None], front: Int) -> Spells:
    """Return the spells whose direction is known; `front` -1 is looked for with the ball."""
    tracks = game.tracks
    assert tracks is not None
    right_of = {p.number: p.attacks_right for p in game.periods}
    right: list[bool | None] = []
    for i, known in enumerate(told):
        attacks = right_of.get(int(tracks.period[start[i]]))
        right.append(bool(known) if known is not None else None if attacks is None else attacks == side[i])
    front = front.copy()
    for i in np.flatnonzero((front < start) | (front >= end)).tolist():
        x = tracks.ball_xy[start[i] : end[i], 0] * (1 if right[i] else -1)
        ahead = np.flatnonzero((x > 0) & tracks.ball_present[start[i] : end[i]])
        front[i] = start[i] + ahead[0] if len(ahead) else end[i] - 1
    keep = np.array([r is not None for r in right], bool)
    turned = np.array([bool(r) for r in right], bool)
    return Spells(start[keep], end[keep], front[keep], side[keep], turned[keep])


def _controlled(tracks: Tracks) -> tuple[Int, Int, Int]:
    """Return spells [start, end) of rows in which only one side's players control the ball, without gap or break."""
    who = control(tracks)
    rows = np.flatnonzero((who >= 0) & (tracks.period > 0))
    if not len(rows):
        return tuple(np.zeros(0, np.int64) for _ in range(3))  # type: ignore[return-value]
    side = tracks.side[who[rows]].astype(np.int64)
    broken = np.cumsum(np.concatenate([[0], (np.diff(tracks.frame) > 1) | (np.diff(tracks.period) != 0)]))[rows]
    new = np.concatenate([[True], (np.diff(side) != 0) | (np.diff(broken) != 0)])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(rows)) - 1
    return rows[first], rows[last] + 1, side[first]


def cut(game: Game, spells: Spells, options: Any, frames: int) -> tuple[Windows, dict[str, int]]:
    """Return a window of each possession as `tasks.styles` cuts it, and how many were left out and why.

    `Windows.request` is the possession's place in `spells`.
    """
    tracks = game.tracks
    assert tracks is not None
    step = STEP_S * float(tracks.rate_hz)
    step = float(round(step)) if abs(step - round(step)) < 1e-6 else step
    samples = np.floor((spells.end - spells.start - 1) / step + 1e-9).astype(np.int64) + 1
    last = np.maximum(samples - frames, 0)
    if options.part == "front":
        offset = np.clip(np.floor((spells.front - spells.start) / step + 1e-9).astype(np.int64), 0, last)
    else:
        offset = last // 2 if options.part == "middle" else np.zeros_like(last)
    left = {"shorter than " + f"{frames * STEP_S:.1f} s": int((samples < frames).sum())}
    asked_for = {"both": (HOME, AWAY), "home": (HOME,), "away": (AWAY,)}[options.side]
    kept, whole, short = [], [], 0
    for i in np.flatnonzero((samples >= frames) & np.isin(spells.side, asked_for)).tolist():
        at = spells.start[i] + (offset[i] + np.arange(frames)) * step
        found = _paths(tracks, at, int(spells.side[i]))
        if found is None:
            short += 1
            continue
        kept.append(i)
        whole.append(found)
    left[f"without {ATTACKERS} attackers and the ball seen throughout, one by one the same"] = short
    return _windows(game, spells, np.array(kept, np.int64), whole, offset, step, options, frames), left


def _paths(tracks: Tracks, at: NDArray[np.float64], side: int) -> tuple[NDArray, NDArray, Int] | None:
    """Return the attackers' paths (5, T, 2), the ball's (T, 2) and their slots at rows `at`, None where not seen."""
    low = np.floor(at + 1e-9).astype(np.int64)
    part = np.where(at - low < 1e-6, 0.0, at - low).astype(np.float32)
    high = np.minimum(low + (part > 0), tracks.T - 1)
    if tracks.frame[high[-1]] - tracks.frame[low[0]] != high[-1] - low[0]:
        return None
    there = tracks.present[low] & tracks.present[high] & (tracks.side == side)
    slots = np.flatnonzero(there.all(0))
    if len(slots) != ATTACKERS or there.any(0).sum() != ATTACKERS:
        return None
    if not (tracks.ball_present[low] & tracks.ball_present[high]).all():
        return None
    xy, then = tracks.xy[low][:, slots], tracks.xy[high][:, slots]
    ball = tracks.ball_xy[low] + part[:, None] * (tracks.ball_xy[high] - tracks.ball_xy[low])
    return (xy + part[:, None, None] * (then - xy)).transpose(1, 0, 2), ball, slots


def _windows(
    game: Game, spells: Spells, kept: Int, whole: list, offset: Int, step: float, options: Any, frames: int
) -> Windows:
    """Return the windows in the task's units and order: nearest to the ball at the first sample first."""
    tracks = game.tracks
    assert tracks is not None
    n = len(kept)
    turn = np.where(spells.right[kept], 1.0, -1.0).astype(np.float32) / np.float32(SCALE_M)
    xy = np.zeros((n, ATTACKERS, frames, 2), np.float32)
    ball, slot = np.zeros((n, frames, 2), np.float32), np.zeros((n, ATTACKERS), np.int64)
    for k, (paths, path, slots) in enumerate(whole):
        xy[k], ball[k], slot[k] = paths * turn[k], path * turn[k], slots
    order = np.argsort(((xy[:, :, 0] - ball[:, None, 0]) ** 2).sum(-1), axis=1, kind="stable")
    xy = np.take_along_axis(xy, order[:, :, None, None], 1)
    slot = np.take_along_axis(slot, order, 1)
    first = spells.start[kept] + np.floor(offset[kept] * step + 1e-9).astype(np.int64)
    final = np.minimum(first + int(np.ceil((frames - 1) * step)), tracks.T - 1)
    return Windows(
        xy=xy,
        present=np.ones((n, ATTACKERS, frames), bool),
        relation=np.full((n, ATTACKERS), OWN, np.int8),
        slot=slot,
        key=np.zeros(n, np.int64),
        ball=ball,
        ball_present=np.ones((n, frames), bool),
        label=np.full(n, -1),
        game=np.zeros(n, np.int64),
        period=tracks.period[first],
        frame=tracks.frame[first].astype(np.int64),
        first_frame=tracks.frame[first].astype(np.int64),
        last_frame=tracks.frame[final].astype(np.int64),
        request=kept,
        games=(game.id,),
        scale_m=float(SCALE_M),
        reference=0,
    )


def _list(left: dict[str, int]) -> str:
    return ", ".join(f"{v} {k}" for k, v in left.items() if v) or "none"
