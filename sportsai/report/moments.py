"""Which ten moments should be watched first, and why those? One formula, the same for every game.

    rank = probability x (0.4 near + 0.4 gain + 0.2 box)

near: how close to the attacked goal it happened (1 on the goal line, 0 a court's length away). gain: metres towards
that goal in the next ten seconds, of 40 at most, until the ball is lost again. box: 1 where the ball is in the
penalty area (the zone of that kind the sport has) within them. Moments lie at least fifteen seconds apart, and are
more likely than not what they are called.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from sportsai.report.material import Material
from sportsai.report.rallies import SPORT, rallies, running, standings
from sportsai.report.words import BOX_ZONES, zone_of

AFTER_S = 10.0
MOST_GAIN_M = 40.0
APART_S = 15.0
LEAST_P = 0.5  # a moment is more likely than not what it is called
TRAIL_S = 2.0  # shown after a shot whose ball is not seen
LEAST_SEEN = 0.5  # share of the ten seconds in which the ball's place must be known
NEAR, GAIN, BOX = 0.4, 0.4, 0.2
ONLY = "the one play"  # nothing to rank it against
LONG = 15  # contacts of a rally as long as any
RALLIES_HOW = (
    "Rallies, ranked by 0.5 long + 0.3 tight + 0.2 last: contacts (of 15 at most), how near level the score was (0 "
    "five points apart, and where it is not told), and whether the set ended with it; what is recognised counts by "
    "its mean probability. The picture shows the last contact; the dotted line is the ball’s way. Who won it attacks "
    "left to right."
)


@dataclass(frozen=True)
class Moment:
    """One key moment. end_frame, start_frame: what its play shows at least. frame: where it is pictured, None: where
    the event is stamped.

    index: row of the material's events. side: who profits, shown attacking right; -1 where nobody says. goal_m:
    distance from the goal that side attacks. gain_m, box_s: what followed (None: not, or not seen). rank: the formula's
    value; why: it in numbers.
    """

    index: int
    side: int
    rank: float
    title: str
    why: str
    goal_m: float
    gain_m: float
    box_s: float | None
    probability: float
    end_frame: int
    start_frame: int | None = None
    frame: int | None = None


@dataclass(frozen=True)
class After:
    """What became of the ball after an event: metres gained towards the goal, seconds to the box, share seen."""

    goal_m: float
    gain_m: float
    box_s: float | None
    seen: float
    end_frame: int


def key_moments(m: Material, most: int = 10) -> list[Moment]:
    """Return the game's key moments, the highest ranked first."""
    if m.tracks is None or not len(m.events):
        return []
    if m.league.sport == SPORT:
        return _rallies(m, most)
    if m.league.sport == "american_football" and m.game.kind == "clip":
        return _whole_play(m)
    if m.court.goal_right is None:
        return []
    if not m.ball[1].any():
        return _shots(m, most)
    frame = m.events["frame"].to_numpy()
    apart = APART_S * float(m.tracks.rate_hz)
    chosen: list[Moment] = []
    for one in ranked(m):
        if all(abs(int(frame[one.index]) - int(frame[c.index])) >= apart for c in chosen):
            chosen.append(one)
        if len(chosen) == most:
            break
    return chosen


@lru_cache(maxsize=2)
def ranked(m: Material) -> tuple[Moment, ...]:
    """Return every event that can be ranked as a moment, the highest first."""
    if m.tracks is None or m.court.goal_right is None or not m.ball[1].any():
        return ()
    found = [k for i in range(len(m.events)) if (k := moment_of(m, i)) is not None]
    return tuple(sorted(found, key=lambda k: (-k.rank, k.index)))


def _whole_play(m: Material) -> list[Moment]:
    """Return a clip of one play as its one moment, from the snap to the last tag."""
    e = m.events
    told = [isinstance(a, dict) and "classes" in a for a in e["attributes"]]
    rows = [*e.index[told], *e.index[e["event_id"] == "play"], *e.index[e["type"] == "ball_snap"]]
    if not rows or m.tracks is None:
        return []
    i, side = int(rows[0]), int(m.tracks.possession[0]) if m.tracks.T else -1
    p = float(e["score"].iloc[i]) if np.isfinite(e["score"].iloc[i]) else 1.0
    kept = ~e["type"].isin(["timeout_booth_review", "penalty_flag", "penalty_declined"]) & (e["event_id"] != "play")
    end = max(int(e["frame"][kept].max()), int(e["frame"].iloc[i])) + 1
    seconds = (end - int(e["frame"].iloc[i])) / float(m.tracks.rate_hz)
    title = f"{m.event_label(str(e['type'].iloc[i]))}: {seconds:.1f} s from the snap"
    return [Moment(i, side, p, title, ONLY, float("nan"), 0.0, None, p, end)]


def _rallies(m: Material, most: int) -> list[Moment]:
    """Return volleyball's rallies: long ones, tight ones, and those that ended a set; what is recognised by how sure.

        rank = probability x (0.5 long + 0.3 tight + 0.2 last)

    long: contacts, of LONG at most. tight: 1 where the score was level, 0 five points apart and where it is not told.
    last: the last rally of a set that is over.
    """
    every, points = rallies(m), standings(m, rallies(m))
    out = []
    for r in every:
        first, n, p = r.contacts[0], len(r.touches), 1.0
        if not n:
            continue
        score = points.get(r.number)
        apart = abs(score[0] - score[1]) if score else 5
        ended = score is not None and r.number + 1 in points and sum(points[r.number + 1]) == 1
        scores = [c.score for c in r.contacts if np.isfinite(c.score)]
        if scores:
            p = float(np.mean(scores))
        long, tight = min(n, LONG) / LONG, max(0.0, 1 - apart / 5)
        rank = p * (0.5 * long + 0.3 * tight + 0.2 * ended)
        won = f", won by {running(m, r.won.side)}" if r.won else ""
        alone = m.event_label(str(m.events["type"].iloc[first.row]))
        title = f"Rally of {n} contacts{won}" if n > 1 else f"{alone}{won}"
        title += f", {score[0]}–{score[1]}" if score else ""
        title += "; it ended the set" if ended else ""
        said = f"mean probability {p:.2f}" if scores else "logged"
        why = f"{said} × (0.5 × {long:.2f} long + 0.3 × {tight:.2f} tight + 0.2 × {ended:.0f} last) = {rank:.2f}"
        side = r.won.side if r.won else first.side
        last = r.touches[-1]
        out.append(Moment(last.row, side, rank, title, why, float("nan"), 0.0, None, p, r.frames[1], r.frames[0]))
    return sorted(out, key=lambda x: (-x.rank, x.index))[:most]


def found_moments(m: Material, most: int = 10) -> list[Moment]:
    """Return the likeliest moments found in a search of the whole game, those of the kinds worth most to see first.

    Whose they were is not known: their side is -1, and they are shown with the home team attacking right.
    """
    if m.tracks is None or not len(m.events):
        return []
    worth = (m.run or {}).get("worth") or {}
    apart = APART_S * float(m.tracks.rate_hz)
    found: list[tuple[float, int, float]] = []
    for i, e in enumerate(m.events.to_dict("records")):
        each = float(worth.get(e["type"], 0.0 if worth else 1.0))
        if each > 0:
            found.append((float(e["score"]) * each, i, float(e["score"])))
    frame = m.events["frame"].to_numpy()
    chosen: list[Moment] = []
    for rank, i, p in sorted(found, key=lambda x: (-x[0], x[1])):
        if all(abs(int(frame[i]) - int(frame[c.index])) >= apart for c in chosen):
            title = f"{m.event_label(str(m.events['type'].iloc[i]))}, {p:.0%} likely"
            end = int(m.events["end_frame"].iloc[i])
            chosen.append(Moment(i, -1, rank, title, f"probability {p:.2f}", float("nan"), 0.0, None, p, end))
        if len(chosen) == most:
            break
    return chosen


def _shots(m: Material, most: int) -> list[Moment]:
    """Return the shots of a game whose ball was never seen, by probability and nearness: what followed is not known."""
    goal, found = m.court.goal_right, []
    assert m.tracks is not None
    assert goal is not None
    for i in np.flatnonzero(m.events["type"].isin(["shot", "goal"]) & m.events["side"].isin([0, 1])).tolist():
        e = m.events.iloc[i]
        p = 1.0 if not np.isfinite(e["score"]) else float(e["score"])
        away = float(np.hypot(*(np.array([e["x"], e["y"]], float) * m.facing(int(e["side"])) - goal)))
        if not np.isfinite(away) or p < LEAST_P:
            continue
        near = max(0.0, 1 - away / m.court.length_m)
        title = f"{m.event_label(str(e['type']))} {away:.0f} m from {m.words.goal} by {m.names[int(e['side'])]}"
        said = "logged" if not np.isfinite(e["score"]) else f"probability {p:.2f}"
        end = int(e["frame"]) + round(TRAIL_S * float(m.tracks.rate_hz))
        found.append(
            Moment(
                i, int(e["side"]), p * near, title, f"{said} × {near:.2f} near = {p * near:.2f}", away, 0, None, p, end
            )
        )
    return sorted(found, key=lambda x: (-x.rank, x.index))[:most]


def after(m: Material, index: int, side: int) -> After | None:
    """Return what became of the ball in the ten seconds after event `index`, seen by `side`; None where not seen."""
    return _after(m, m.events.iloc[index], side)


def _after(m: Material, e: pd.Series, side: int) -> After | None:
    t, goal = m.tracks, m.court.goal_right
    if t is None or goal is None or not (np.isfinite(e["x"]) and np.isfinite(e["y"])):
        return None
    rate, turn = float(t.rate_hz), m.facing(side)
    start = int(e["frame"])
    stop = start + round(AFTER_S * rate)
    lost = m.lost_frames[side]
    next_lost = int(np.searchsorted(lost, start, side="right"))
    if next_lost < len(lost):
        stop = min(stop, int(lost[next_lost]) + 1)
    a, b = np.searchsorted(t.frame, [start, stop])
    rows = np.arange(a, b)
    rows = rows[t.period[rows] == int(e["period"])]
    ball, known = m.ball
    rows = rows[known[rows]]
    wanted = max(1, stop - start)
    here = np.array([float(e["x"]), float(e["y"])]) * turn
    goal_m = float(np.hypot(*(here - goal)))
    if not len(rows):
        return None
    place = ball[rows] * turn
    away_m = np.hypot(place[:, 0] - goal[0], place[:, 1] - goal[1])
    inside = _in_box(m, place)
    box_s = float(t.frame[rows][int(inside.argmax())] - start) / rate if inside.any() else None
    return After(goal_m, max(0.0, goal_m - float(away_m.min())), box_s, len(rows) / wanted, int(t.frame[rows[-1]]) + 1)


def _in_box(m: Material, xy: np.ndarray) -> np.ndarray:
    zone = zone_of(m.court, BOX_ZONES)
    if zone is None:
        return np.zeros(len(xy), bool)
    return zone.holds(np.asarray(xy, np.float64)) & m.court.contains(xy, 0.5)


def moment_of(m: Material, index: int) -> Moment | None:
    """Return an event as a moment with its rank; None where nothing is known of what followed."""
    e = m.events.iloc[index]
    if int(e["side"]) not in (0, 1) or e["type"] not in ("pass", "turnover", "shot", "goal"):
        return None
    side = 1 - int(e["side"]) if e["type"] == "turnover" else int(e["side"])
    then = _after(m, e, side)
    if then is None or then.seen < LEAST_SEEN:
        return None
    near = max(0.0, 1 - then.goal_m / m.court.length_m)
    gain = min(then.gain_m, MOST_GAIN_M) / MOST_GAIN_M
    box = float(then.box_s is not None)
    logged = not np.isfinite(e["score"])
    p = 1.0 if logged else float(e["score"])
    if p < LEAST_P:
        return None
    rank = p * (NEAR * near + GAIN * gain + BOX * box)
    said = "logged" if logged else f"probability {p:.2f}"
    why = f"{said} × ({NEAR} × {near:.2f} near + {GAIN} × {gain:.2f} gain + {BOX} × {box:.0f} box) = {rank:.2f}"
    return Moment(
        index, side, rank, _title(m, e, side, then), why, then.goal_m, then.gain_m, then.box_s, p, then.end_frame
    )


def _title(m: Material, e: pd.Series, side: int, then: After) -> str:
    """Return the moment in words, made from its numbers alone."""
    w = m.words
    team, place = m.names[side], f"{then.goal_m:.0f} m from {'goal' if w.goal == 'goal' else 'the ' + w.goal}"
    in_box = (
        f"in the {w.box} at once"
        if then.box_s is not None and then.box_s < 1
        else (f"in the {w.box} {then.box_s:.0f} s later" if then.box_s is not None else "")
    )
    ground = f"{then.gain_m:.0f} m gained in {AFTER_S:.0f} s" if then.gain_m >= 8 else "little ground gained"
    if e["type"] == "turnover":
        return f"Turnover {place}; {team} {in_box}" if in_box else f"Turnover {place}; {ground} by {team}"
    kind = m.event_label(str(e["type"]))
    return f"{kind} {place}; {team} {in_box}" if in_box else f"{kind} {place}; {ground} by {team}"
