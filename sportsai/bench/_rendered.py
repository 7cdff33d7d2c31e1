"""Footage that nobody filmed, tracked: real tracks drawn as a broadcast, where all of the truth is known."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import data, figures
from sportsai.bench._scores import progress
from sportsai.video.follow import Boxes, overlap, pairs
from sportsai.video.plane import mapped
from sportsai.video.score import counted, total

RENDERED = {  # film -> league, file, which of its games, from when on
    "Bayern 0-1 Liverpool": ("soccer", "soccer/lastrow/goal_tracks.parquet", 0, 0.0),
    "an NBA quarter": ("nba", "basketball/nba_q1.npz", 0, 30.0),
    "Leicester 0-3 Liverpool": ("soccer", "soccer/lastrow/goal_tracks.parquet", 4, 0.0),
    "another NBA quarter": ("nba", "basketball/nba_q1.npz", 7, 120.0),
}  # fmt: skip
RENDERED_S, HIDDEN = 6.0, 0.67


def rendered(quick: bool) -> list[dict[str, Any]]:
    """Return how far off players are placed in footage that nobody filmed: drawn from real tracks, all known."""

    from sportsai.court import load_league
    from sportsai.readers import read_games
    from sportsai.simulate.broadcast import FPS, HIGH_PX, WIDE_PX, film
    from sportsai.video.film import Writer
    from sportsai.video.pipeline import track

    task = "Rendered footage: real tracks drawn as a broadcast"
    rows, each, balls = [], [], []
    for name, (league_name, source, which, first_s) in list(RENDERED.items())[:: 2 if quick else 1]:
        league = load_league(league_name)
        folder, file = source.split("/", 1)
        game = next(itertools.islice(read_games((data(folder) / file,), league), which, None))
        path = Path("runs") / "rendered" / f"{name}.mp4"
        with Writer(path, (WIDE_PX, HIGH_PX), Fraction(FPS), quality=26) as writer:
            filmed = film(game, league, writer.write, first_s, RENDERED_S, seed=which)
        done = track(path, league, ball=True, progress=progress(name))
        one = placed_off(done, filmed, league)
        each.append(one)
        balls.append({"task": f"The ball in {task[0].lower()}{task[1:]}", "footage": name} | ball_off(done, filmed))
        rows.append({"task": task, "footage": name} | _shown(one, done.game.extra["court_off"]))
    whole = {k: np.concatenate([e[k] for e in each]) for k in ("off_m", "court_m")}
    counts = total([e["counts"] for e in each])
    rows.append({"task": task, "footage": "all"} | _shown(whole | {"counts": counts}, {}))
    say = (
        f"{RENDERED_S:g} s each, 1280 x 720, compressed; drawn people, not filmed ones: no figure here is of real "
        "footage. The court is found by its lines, no point is given; frames looked at: 12.5 a second, MoveNet in "
        "tiles. Metres off: of each found player (IoU at least 0.5 with his true box) the distance from where he "
        "stood; of the court, over points of it all over the picture, the median of each frame. Boxes true: a third "
        "of them in sight or more. The court finder and the ball's paths were built on the first two films; the last "
        "two chose nothing."
    )
    ball_say = (
        "Seen: share of the frames that show the ball in which it is said to be somewhere. Right: share of these "
        "within 2 % of the picture's height of it. On the court: sports where the ball mostly rolls; metres off, at "
        "the median."
    )
    return [*rows, {"task": task, "say": say}, *balls, {"task": balls[0]["task"], "say": ball_say}]


def ball_off(done: Any, filmed: Any) -> dict[str, Any]:
    """Return how much of the ball is seen, how much of that is right, and how far off it is placed."""
    true = filmed.ball[done.seen.frame]
    inside = (true[:, :2] > 0) & (true[:, :2] < [filmed.camera.width, filmed.camera.height])
    shown = np.isfinite(true).all(1) & inside.all(1)
    seen = done.ball.seen & shown
    near = np.linalg.norm(done.ball.px - true[:, :2], axis=1)[seen] < 0.02 * filmed.camera.height
    tracks = done.game.tracks
    off = np.linalg.norm(tracks.ball_xy - true[:, 2:], axis=1)[tracks.ball_present & shown]
    return {
        "seen": f"{seen.sum() / max(shown.sum(), 1):.0%}", "right": f"{near.mean():.0%}" if len(near) else None,
        "on the court": f"{tracks.ball_present.mean():.0%}", "m off": f"{np.median(off):.2f}" if len(off) else None,
        "frames": int(shown.sum()),
    }  # fmt: skip


def placed_off(done: Any, filmed: Any, league: Any) -> dict[str, Any]:
    """Return how far off a tracked film is: off_m of each player found, court_m of each frame, counts of boxes."""

    half = np.array([league.court.length_m, league.court.width_m]) / 2
    camera, places = filmed.camera, done.places
    grid = np.stack(
        np.meshgrid(np.linspace(0.08, 0.92, 12) * camera.width, np.linspace(0.3, 0.97, 8) * camera.height), -1
    ).reshape(-1, 2)
    off, court, true = [], [], filmed.boxes
    for row, frame in enumerate(done.seen.frame.tolist()):
        if not places.known[row]:
            continue
        real, found = mapped(grid, camera.to_court(frame)), mapped(grid, places.to_court[row])
        on = (np.abs(real) < half).all(1)
        court.append(float(np.median(np.linalg.norm(found - real, axis=1)[on])))
        mine, here = done.boxes.xyxy[done.boxes.frame == row], true[true["frame"] == frame]
        same = overlap(mine, here[["x0", "y0", "x1", "y1"]].to_numpy(np.float64))
        match = np.array(pairs(same, 0.5), np.int64).reshape(-1, 2)
        foot = np.stack([(mine[:, 0] + mine[:, 2]) / 2, mine[:, 3]], -1)[match[:, 0]]
        stood = here[["x_m", "y_m"]].to_numpy()[match[:, 1]]
        off += np.linalg.norm(mapped(foot, places.to_court[row]) - stood, axis=1).tolist()
    row_of = {int(f): n for n, f in enumerate(done.seen.frame)}
    seen = true[(true["hidden"] < HIDDEN) & true["frame"].isin(list(row_of))]
    boxes = Boxes.of(
        np.array([row_of[f] for f in seen["frame"]]), seen[["x0", "y0", "x1", "y1"]].to_numpy(np.float64), None,
        seen["track"].to_numpy(np.int64),
    )  # fmt: skip
    return {"off_m": np.array(off), "court_m": np.array(court), "counts": counted(boxes, done.boxes)}


def _shown(one: dict[str, Any], court_off: dict[str, Any]) -> dict[str, Any]:
    off, court = one["off_m"], one["court_m"]
    counts = figures(one["counts"], True)
    return {
        "m off, median": f"{np.median(off):.2f}", "m off, p90": f"{np.percentile(off, 90):.2f}",
        "court m off, median": f"{np.median(court):.3f}", "court m off, p90": f"{np.percentile(court, 90):.3f}",
        "lines px off": f"{court_off['median_px']:.2f}" if "median_px" in court_off else None,
        "frames placed": len(court), **counts,
    }  # fmt: skip
