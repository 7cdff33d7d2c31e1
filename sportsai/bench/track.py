"""Footage: are people found, do they stay who they are, and how fast?

volleyball   two broadcast clips, 40 frames with true boxes of the players, tracked as `sportsai track` does, no point
             given. Rules were chosen on these clips: figures of clips not seen will be lower
stills       four frames of two other matches, 1920 x 1080, with true boxes of the players
sportsmot    true boxes of 45 broadcast sequences (validation), dropped, shaken and added to, then restored; rules were
             chosen on eighteen training sequences
rendered     real tracks drawn as a broadcast through a known camera, found and placed without a click: metres off
speed        frames a second at 720p
glimpses     shots of whole soccer matches that lie in the fifth tracked after a few frames were glanced at
budget       rendered minutes of these matches with `--budget`: shots lost against a run over all, minutes saved
long         footage of ninety minutes: memory beside that of nine; a run that is killed goes on
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._budget import budget
from sportsai.bench._footage import Part, data, figures, rows_of
from sportsai.bench._glimpses import glimpses
from sportsai.bench._long_film import long
from sportsai.bench._rendered import rendered
from sportsai.bench._scores import progress
from sportsai.bench._sportsmot import sportsmot
from sportsai.bench._stills import stills
from sportsai.video.follow import Boxes
from sportsai.video.join import Links
from sportsai.video.score import Counts, counted, total

TITLE = "footage: people found, followed, and how fast"
CLIPS = {  # clip -> its first frame's number in the annotation, a frame, and points of the court in it: px, m
    "vb_7_38025": (38005, 10, ((331, 431, -9, 4.5), (218, 611, -9, -4.5), (697, 437, -3, 4.5), (657, 614, -3, -4.5))),
    "vb_10_18360": (18340, 10, ((457, 434, -3, 4.5), (404, 632, -3, -4.5), (863, 434, 3, 4.5), (906, 634, 3, -4.5))),
}  # fmt: skip
NOTE = (
    "Recall and precision at IoU 0.5. IDF1, MOTA and HOTA as published; `tests/video/test_score.py` sets them "
    "beside motmetrics and trackeval. MOTA rises when gaps are filled whoever is filled in: people are judged by IDF1."
)


def run(quick: bool = False, parts: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the rows of every part, or of those asked for. quick: fewer sequences. Data not here are left out."""
    return rows_of(PARTS, quick, parts)


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
        rows += [{"task": task, "detector": detector, "stage": k} | figures(total(v), "alone" not in k)
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

    folder = data("video")
    first, _, _ = CLIPS[clip]
    truth = pd.read_parquet(folder / "vb_tracks.parquet")
    truth = truth[(truth["video"] == int(clip.split("_")[1])) & (truth["lost"] == 0)]
    true = Boxes.of(
        truth["frame"].to_numpy(np.int64) - first, truth[["xmin", "ymin", "xmax", "ymax"]].to_numpy(np.float64), None,
        truth["player"].to_numpy(np.int64),
    )  # fmt: skip
    done = track(folder / f"{clip}.mp4", load_league("volleyball"), asked=Asked(rate_hz=25, detector=detector),
                 progress=progress(clip))  # fmt: skip
    seen, height = done.seen, done.footage.height
    raw = seen.boxes.take(seen.boxes.score >= RULES.high)
    raw.track = np.arange(len(raw))
    alone = followed(seen, height, RULES, Links(gaps_s=(), fill_s=0.0, least_s=0.0))
    each = {
        "boxes alone": raw, "followed": alone.boxes, "joined and filled": done.told.boxes,
        "on the court, by shirt beyond": done.boxes,
    }  # fmt: skip
    return {k: counted(true, b.take(np.isin(b.frame, true.frame))) for k, b in each.items()}


def speed(quick: bool) -> list[dict[str, Any]]:
    """Return how many frames a second are watched at 720p, from decoding to boxes and shirts."""
    from sportsai.court import load_league
    from sportsai.video.decode import look
    from sportsai.video.detectors import open_detector
    from sportsai.video.pipeline import outline
    from sportsai.video.place import Points, fitted
    from sportsai.video.watch import Asked, watch

    task = "Frames a second, 1280 x 720"
    footage = look(data("video") / "vb_10_18360.mp4")
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
            "at least": "" if least is None else f"{least:g}", "ok": None if least is None else rate >= least,
        })  # fmt: skip
    return [*rows, *_courts(task)]


def _courts(task: str) -> list[dict[str, Any]]:
    """Return how long the court of a frame is looked for: where nothing is known, and about a camera that is."""
    from sportsai.court import load_league
    from sportsai.video.decode import frames, look
    from sportsai.video.find import Found, find_court
    from sportsai.video.lines import stripes

    league, footage = load_league("volleyball"), look(data("video") / "vb_7_38025.mp4")
    masks = [stripes(image) for _, image in frames(footage, np.arange(0, 30, 3))]
    rows: list[dict[str, Any]] = []
    known: Found | None = None
    for case in ("the court, nothing known", "the court, about a known camera"):
        near = None if known is None else known.camera
        begun, cpu, each = time.perf_counter(), time.process_time(), []
        for mask in masks:
            each.append(find_court(mask, footage.height, league, near=near))
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        known = known or next((f for f in each if f is not None), None)
        rows.append({
            "task": task, "case": case, "frames a second": f"{len(masks) / wall:.1f}",
            "CPU-s a frame": f"{cpu / len(masks):.2f}",
            "found in": f"{sum(f is not None for f in each)} of {len(each)}",
        })  # fmt: skip
    return rows


PARTS: dict[str, Part] = {
    "volleyball": volleyball, "stills": stills, "rendered": rendered, "sportsmot": sportsmot, "speed": speed,
    "glimpses": glimpses, "budget": budget, "long": long,
}  # fmt: skip
