"""Footage: are people found, do they stay who they are, and how fast?

volleyball   two broadcast clips, 40 frames with true boxes of the players, tracked as `sportsai track` does, no point
             given. Rules were chosen on these clips: figures of clips not seen will be lower
sportsmot    true boxes of 45 broadcast sequences (validation), dropped, shaken and added to, then restored; rules were
             chosen on eighteen training sequences
rendered     real tracks drawn as a broadcast through a known camera, found and placed without a click: metres off
speed        frames a second at 720p
glimpses     shots of whole soccer matches that lie in the fifth tracked after a few frames were glanced at
long         footage of ninety minutes: memory beside that of nine; a run that is killed goes on
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import DataError
from sportsai.resources import data_folder
from sportsai.video.follow import Boxes, Rules, follow
from sportsai.video.join import Links, filled, join, restored
from sportsai.video.score import Counts, counted, total

TITLE = "footage: people found, followed, and how fast"
CLIPS = {  # clip -> its first frame's number in the annotation, a frame, and points of the court in it: px, m
    "vb_7_38025": (38005, 10, ((331, 431, -9, 4.5), (218, 611, -9, -4.5), (697, 437, -3, 4.5), (657, 614, -3, -4.5))),
    "vb_10_18360": (18340, 10, ((457, 434, -3, 4.5), (404, 632, -3, -4.5), (863, 434, 3, 4.5), (906, 634, 3, -4.5))),
}  # fmt: skip
RENDERED = {  # film -> league, file, which of its games, from when on
    "Bayern 0-1 Liverpool": ("soccer", "soccer/lastrow/goal_tracks.parquet", 0, 0.0),
    "an NBA quarter": ("nba", "basketball/nba_q1.npz", 0, 30.0),
    "Leicester 0-3 Liverpool": ("soccer", "soccer/lastrow/goal_tracks.parquet", 4, 0.0),
    "another NBA quarter": ("nba", "basketball/nba_q1.npz", 7, 120.0),
}  # fmt: skip
RENDERED_S, HIDDEN = 6.0, 0.67
SORT = Rules(grown=(0.0, 0.0), least=0.3, patience_s=0.04, early_s=0.04, sure=1)
DROPPED = (0.2, 0.4)
JITTER, FALSE, GAP = 0.05, 0.1, 25
NOTE = (
    "Recall and precision at IoU 0.5. IDF1, MOTA and HOTA as published; `tests/video/test_score.py` sets them "
    "beside motmetrics and trackeval. MOTA rises when gaps are filled whoever is filled in: people are judged by IDF1."
)


def run(quick: bool = False, parts: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for. quick: fewer sequences. Data not here are left out."""
    rows: list[dict[str, Any]] = []
    for name, part in PARTS.items():
        if not parts or name in parts:
            try:
                rows += part(quick)
            except DataError as missing:
                rows.append({"task": name, "say": f"Not measured: {missing}"})
    return rows


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows, under how they were made."""
    from sportsai.bench import _scores

    return ["", NOTE, *_scores.page(rows)]


def volleyball(quick: bool) -> list[dict[str, Any]]:
    """Return how well players of two volleyball clips are found and followed, stage by stage."""
    task = "Players in two volleyball clips"
    rows = []
    for detector in ("movenet",) if quick else ("movenet", "centernet"):
        stages: dict[str, list[Counts]] = {}
        for clip in CLIPS:
            for stage, counts in _clip(clip, detector).items():
                stages.setdefault(stage, []).append(counts)
        rows += [{"task": task, "detector": detector, "stage": k} | _figures(total(v), "alone" not in k)
                 for k, v in stages.items()]  # fmt: skip
    say = (
        "465 true boxes in 40 frames; referees, benches and crowd are not labelled: they count as false. Frames at 25 "
        "Hz, tiles as `sportsai track` lays them. No point of the "
        "court is given. Rules and margins, and how the court is found, were chosen on these very clips."
    )
    return [*rows, {"task": task, "say": say}]


def _clip(clip: str, detector: str) -> dict[str, Counts]:
    import pandas as pd

    from sportsai.court import load_league
    from sportsai.video.game import followed
    from sportsai.video.pipeline import RULES, track
    from sportsai.video.watch import Asked

    folder = _data("video")
    first, _, _ = CLIPS[clip]
    truth = pd.read_parquet(folder / "vb_tracks.parquet")
    truth = truth[(truth["video"] == int(clip.split("_")[1])) & (truth["lost"] == 0)]
    true = Boxes.of(
        truth["frame"].to_numpy(np.int64) - first, truth[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float64), None,
        truth["player"].to_numpy(np.int64),
    )  # fmt: skip
    done = track(folder / f"{clip}.mp4", load_league("volleyball"), asked=Asked(rate_hz=25, detector=detector),
                 progress=_told(clip))  # fmt: skip
    seen, height = done.seen, done.footage.height
    raw = seen.boxes.take(seen.boxes.score >= RULES.high)
    raw.track = np.arange(len(raw))
    alone = followed(seen, height, RULES, Links(gaps_s=(), fill_s=0.0, least_s=0.0))
    each = {
        "boxes alone": raw, "followed": alone.boxes, "joined and filled": done.told.boxes,
        "on the court, by shirt beyond": done.boxes,
    }  # fmt: skip
    return {k: counted(true, b.take(np.isin(b.frame, true.frame))) for k, b in each.items()}


def rendered(quick: bool) -> list[dict[str, Any]]:
    """Return how far off players are placed in footage that nobody filmed: drawn from real tracks, all known."""
    from fractions import Fraction

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
        game = next(itertools.islice(read_games((_data(folder) / file,), league), which, None))
        path = Path("runs") / "rendered" / f"{name}.mp4"
        with Writer(path, (WIDE_PX, HIGH_PX), Fraction(FPS), quality=26) as writer:
            filmed = film(game, league, writer.write, first_s, RENDERED_S, seed=which)
        done = track(path, league, ball=True, progress=_told(name))
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
    from sportsai.video.follow import overlap, pairs
    from sportsai.video.plane import mapped

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
    figures = _figures(one["counts"], True)
    return {
        "m off, median": f"{np.median(off):.2f}", "m off, p90": f"{np.percentile(off, 90):.2f}",
        "court m off, median": f"{np.median(court):.3f}", "court m off, p90": f"{np.percentile(court, 90):.3f}",
        "lines px off": f"{court_off['median_px']:.2f}" if "median_px" in court_off else None,
        "frames placed": len(court), **figures,
    }  # fmt: skip


def sportsmot(quick: bool) -> list[dict[str, Any]]:
    """Return how well people are restored whose true boxes were dropped, shaken and added to."""
    import pandas as pd

    task = "People of SportsMOT restored"
    table = pd.read_parquet(_data("multisport") / "sportsmot_tracks.parquet")
    table = table[table["split"] == "val"]
    sequences = sorted(table["seq"].astype(str).unique())[:: 9 if quick else 1]
    rules, links = Rules(), Links()
    stages: dict[tuple[float, str], list[Counts]] = {}
    spent = 0.0
    for n, name in enumerate(sequences):
        _told(task)(n, len(sequences))
        mine = table[table["seq"] == name]
        corner = mine[["x", "y"]].to_numpy(np.float64)
        xyxy = np.concatenate([corner, corner + mine[["w", "h"]].to_numpy(np.float64)], 1)
        true = Boxes.of(mine["frame"].to_numpy(np.int64), xyxy, None, mine["track"].to_numpy(np.int64))
        for drop in DROPPED:
            boxes, who = degraded(true, drop, np.random.default_rng([n, round(drop * 100)]))
            begun = time.process_time()
            whole = restored(boxes, 25.0, rules, links)
            spent += time.process_time() - begun
            told, _ = follow(boxes, 25.0, rules)
            known = boxes.take(who >= 0)
            known.track = who[who >= 0]
            each = {
                "SORT": follow(boxes, 25.0, SORT)[0], "followed": told, "followed, joined": join(told, 25.0, links)[0],
                "followed, joined, filled": filled(join(told, 25.0, links)[0], 25.0, links.fill_s),
                "the same, lone boxes left out, the camera told from tracks": whole,
                "true ids, filled": filled(known, 25.0, links.fill_s),
            }  # fmt: skip
            for stage, found in each.items():
                stages.setdefault((drop, stage), []).append(counted(true, found))
    rows = [
        {"task": task, "dropped": f"{d:.0%}", "stage": k} | _figures(total(v), True) for (d, k), v in stages.items()
    ]
    frames = sum(int(table[table["seq"] == s]["frame"].nunique()) for s in sequences) * len(DROPPED)
    cost = spent / frames * 1000
    say = (
        f"{len(sequences)} validation sequences. Of each person's true boxes a share is dropped at random, and {GAP} "
        f"in a row once in ten seconds; centres and sizes are shaken by {JITTER:.0%} of the box; false boxes, "
        f"{FALSE:.0%} as many as are left, half of one frame and half staying for one to three seconds. No picture is "
        f"seen: neither looks nor camera. All steps together in {cost:.2f} CPU-ms a frame."
    )
    return [*rows, {"task": task, "say": say}]


def degraded(true: Boxes, drop: float, rng: np.random.Generator) -> tuple[Boxes, NDArray[np.int64]]:
    """Return boxes as a poor detector would give them, and whose each is (-1: nobody's); see `sportsmot`."""
    keep = rng.random(len(true)) >= drop
    for k in np.unique(true.track):
        mine = np.flatnonzero(true.track == k)
        low, high = int(true.frame[mine].min()), int(true.frame[mine].max())
        for _ in range(max(round(len(mine) / 250), 1)):
            begun = rng.integers(low, max(high - GAP, low + 1))
            keep[mine[(true.frame[mine] >= begun) & (true.frame[mine] < begun + GAP)]] = False
    some = true.take(keep)
    size = some.xyxy[:, 2:] - some.xyxy[:, :2]
    corner = some.xyxy[:, :2] + rng.normal(0, JITTER, size.shape) * size
    size = size * np.exp(rng.normal(0, JITTER, size.shape))
    frames = [some.frame]
    boxes = [np.concatenate([corner, corner + size], 1)]
    left = round(FALSE * len(some))
    low, high = int(true.frame.min()), int(true.frame.max())
    wide, tall = true.xyxy[:, 2].max(), true.xyxy[:, 3].max()
    staying = left - left // 2
    while left > 0:
        long = 1 if left > staying else min(int(rng.integers(25, 75)), left)
        begun = rng.integers(low, max(high - long, low + 1))
        like = true.xyxy[rng.integers(len(true))]
        size = like[2:] - like[:2]
        at = np.array([rng.uniform(0, wide), rng.uniform(0.2 * tall, tall)]) + rng.normal(0, 0.03, (long, 2)) * size
        frames.append(np.arange(begun, begun + long))
        boxes.append(np.concatenate([at, at + size], 1))
        left -= long
    frame = np.concatenate(frames)
    who = np.concatenate([some.track, np.full(len(frame) - len(some), -1)])
    return Boxes.of(frame, np.concatenate(boxes)), who


def speed(quick: bool) -> list[dict[str, Any]]:
    """Return how many frames a second are watched at 720p, from decoding to boxes and shirts."""
    from sportsai.court import load_league
    from sportsai.video.decode import look
    from sportsai.video.detectors import open_detector
    from sportsai.video.pipeline import outline
    from sportsai.video.place import Points, fitted
    from sportsai.video.watch import Asked, watch

    task = "Frames a second, 1280 x 720"
    footage = look(_data("video") / "vb_10_18360.mp4")
    _, frame, known = CLIPS["vb_10_18360"]
    table = np.array(known)
    to_court, _ = fitted(Points(frame, table[:, :2], table[:, 2:]))
    court = outline(to_court, load_league("volleyball"), footage.width, footage.height)
    rows: list[dict[str, Any]] = []
    for name, tiled, least in (("movenet", True, None), ("centernet", True, 2.0), ("centernet", False, 10.0)):
        asked = Asked(rate_hz=25, detector=name, tiled=tiled)
        detector = open_detector(name, threads=os.cpu_count() or 1)
        with tempfile.TemporaryDirectory() as folder:
            watch(footage, Asked(rate_hz=2, detector=name, tiled=tiled), detector, Path(folder), court=court)  # warm
            for part in Path(folder).glob("0*.npz"):
                part.unlink()  # the tiles stay laid
            cpu, begun = time.process_time(), time.perf_counter()
            seen = watch(footage, asked, detector, Path(folder), court=court)
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        rate = len(seen.frame) / wall
        rows.append({
            "task": task, "case": f"{name}, {'tiled' if tiled else 'whole pictures'}", "tiles": seen.tiles,
            "frames a second": f"{rate:.1f}", "CPU-s a frame": f"{cpu / len(seen.frame):.2f}",
            "at least": "" if least is None else f"{least:g}", "ok": least is None or rate >= least,
        })  # fmt: skip
    return rows


def glimpses(quick: bool) -> list[dict[str, Any]]:
    """Return how many shots lie in what is tracked once a scout glanced at a few frames: matches it did not see."""
    from sportsai.analysis.scouting import RECIPE, TRACKED, chosen, stretches
    from sportsai.learn.recipe import load_recipe
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.trials import Way, moments, read_trial, seen_all, with_teacher

    recipe, keep = load_recipe("soccer", RECIPE), Path("runs") / "whole"
    games = whole_games(recipe, _data("soccer"))
    seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
    ways = [Way("scout", share) for share in (0.05, 0.1, 0.2)]
    inside: dict[Way, dict[int, list[list[bool]]]] = {w: {k: [] for k in range(len(recipe.names))} for w in ways}
    for part in parts(games, recipe):
        own, _ = with_teacher(recipe, games, seen, part, 0, keep)
        told = read_trial(recipe, games, own, part, "scout", 0, ways, keep=keep, taught_by=recipe.data.teacher)
        for way, game in itertools.product(ways, part.test):
            line = games.lines[game]
            found = moments(recipe, line, told[way].heat[game])
            for period in np.unique(line.frames.period).tolist():
                mine = found.take((found.game == period) & (found.label == 0))
                t = line.frames.t_s[line.frames.period == period]
                first, last = float(t[0]), float(t[-1])
                some = mine.at[chosen(mine.at, mine.score, TRACKED * (last - first), first, last)]
                spans = np.array(stretches(some, first, last)).reshape(-1, 2)
                for k, each in inside[way].items():
                    at = line.at_s[(line.period == period) & (line.label == k)]
                    each.append(((at[:, None] >= spans[:, 0]) & (at[:, None] < spans[:, 1])).any(1).tolist())
    task = "Whole soccer matches by glimpses: what lies in the fifth that is tracked"
    rows: list[dict[str, Any]] = []
    rate = float(recipe.data.rate_hz or 5.0)
    for way in ways:
        figures = {
            f"{recipe.names[k]}s inside": f"{np.mean(list(itertools.chain.from_iterable(each))):.0%}"
            for k, each in inside[way].items()
        }
        rows.append({"task": task, "glanced at": f"{way.budget * rate / 12.5:.0%}"} | figures)
    rows.append({"task": task, "glanced at": "by chance"} | {f"{n}s inside": f"{TRACKED:.0%}" for n in recipe.names})
    count = sum(len(e) for e in inside[ways[0]][0])
    say = (
        f"{len(games)} matches, {count} shots, each match scouted by weights that did not see it, one seed. Cameras "
        "are drawn: they follow the real ball as a broadcast's does, no picture is seen. Share of the 12.5 frames "
        "a second that a run over all would watch. A pass or a loss matters nothing to what is tracked: shots do."
    )
    return [*rows, {"task": task, "say": say}]


def long(quick: bool) -> list[dict[str, Any]]:
    """Return how much more memory ninety minutes of footage take than nine, and what a kill costs."""
    from sportsai.bench import _long_film as films

    folder = Path("runs") / "rendered"
    folder.mkdir(parents=True, exist_ok=True)
    where, file = films.SOURCE.split("/", 1)
    minute = films.minute(folder, _data(where) / file)
    runs = folder / "runs"
    one = films.tracked(minute, runs)
    task = "Memory of a run over rendered footage, whole pictures"
    rows: list[dict[str, Any]] = [{"task": task, "minutes": 1} | _took(one, one)]
    for times in films.REPEATS[: 1 if quick else 2]:
        _told(task)(times, films.REPEATS[-1])
        whole = films.repeated(minute, times, folder / f"{times} minutes.mp4")
        films.stood_for(minute, whole, times, runs)
        took = films.tracked(whole, runs)
        rows.append({"task": task, "minutes": times} | _took(took, one))
    say = (
        f"{films.RATE_HZ:g} frames a second watched, CenterNet on whole pictures, each run in a process of its own. "
        "What was watched of one rendered minute stands for each of its repeats; finding the court, following people "
        "and making the game is done for all of it."
    )
    rows.append({"task": task, "say": say})
    with tempfile.TemporaryDirectory() as there:
        rows.append({"task": "A run killed at two fifths, and run again"} | films.killed(minute, Path(there)))
    return rows


def _took(one: dict[str, Any], least: dict[str, Any]) -> dict[str, Any]:
    return {
        "frames watched": one["rows"], "people followed": one["people"], "places for them": one["slots"],
        "MB at most": round(one["peak"] / 1e6), "MB more than a minute": round((one["peak"] - least["peak"]) / 1e6),
    }  # fmt: skip


def _figures(c: Counts, identity: bool) -> dict[str, str]:
    told = {"recall": f"{c.recall:.3f}", "precision": f"{c.precision:.3f}"}
    return told | ({"IDF1": f"{c.idf1:.3f}", "MOTA": f"{c.mota:.3f}", "HOTA": f"{c.hota_mean:.3f}"} if identity else {})


def _data(name: str) -> Path:
    folder = data_folder()
    if folder is None or not (folder / name).is_dir():
        raise DataError(
            f'the data of "{name}" are not here', expected="SPORTSAI_DATA with it", todo="Set SPORTSAI_DATA."
        )
    return folder / name


def _told(what: str) -> Callable[[int, int], None]:
    def said(done: int, of: int) -> None:
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)

    return said


PARTS: dict[str, Callable[[bool], list[dict[str, Any]]]] = {
    "volleyball": volleyball, "rendered": rendered, "sportsmot": sportsmot, "speed": speed,
    "glimpses": glimpses, "long": long,
}  # fmt: skip
