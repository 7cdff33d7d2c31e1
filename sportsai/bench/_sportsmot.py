"""Boxes of SportsMOT dropped, shaken and added to, then restored: who stays who?"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.bench._footage import data, figures
from sportsai.bench._scores import progress
from sportsai.video.follow import Boxes, Rules, follow
from sportsai.video.join import Links, filled, join, restored
from sportsai.video.score import Counts, counted, total

SORT = Rules(grown=(0.0, 0.0), least=0.3, patience_s=0.04, early_s=0.04, sure=1)
DROPPED = (0.2, 0.4)
JITTER, FALSE, GAP = 0.05, 0.1, 25


def sportsmot(quick: bool) -> list[dict[str, Any]]:
    """Return how well people are restored whose true boxes were dropped, shaken and added to."""
    import pandas as pd

    task = "People of SportsMOT restored"
    table = pd.read_parquet(data("multisport") / "sportsmot_tracks.parquet")
    table = table[table["split"] == "val"]
    sequences = sorted(table["seq"].astype(str).unique())[:: 9 if quick else 1]
    rules, links = Rules(), Links()
    stages: dict[tuple[float, str], list[Counts]] = {}
    spent = 0.0
    for n, name in enumerate(sequences):
        progress(task)(n, len(sequences))
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
    rows = [{"task": task, "dropped": f"{d:.0%}", "stage": k} | figures(total(v), True) for (d, k), v in stages.items()]
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
