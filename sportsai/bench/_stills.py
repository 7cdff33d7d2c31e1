"""Players in single frames of broadcasts, 1920 x 1080, that no rule about people was chosen on."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.bench._footage import data, figures
from sportsai.bench._scores import progress
from sportsai.video.follow import Boxes
from sportsai.video.score import Counts, counted, total

STILLS = ((39, 29885), (39, 29905), (41, 19515), (41, 19560))  # video and clip of the volleyball dataset
RATE, SHOWN = 25, 25  # frames a second, frames


def stills(quick: bool) -> list[dict[str, Any]]:
    """Return how well players are found in labelled frames: each shown for a second, tracked as footage is."""
    task = "Players in four frames of broadcasts, 1920 x 1080"
    rows: list[dict[str, Any]] = []
    for detector in ("movenet",) if quick else ("movenet", "centernet"):
        stages: dict[str, list[Counts]] = {}
        courts = 0
        for video, clip in STILLS:
            found, each = _still(video, clip, detector)
            courts += found
            for stage, counts in each.items():
                stages.setdefault(stage, []).append(counts)
        for stage, every in stages.items():
            row: dict[str, Any] = {"task": task, "detector": detector, "courts found": courts, "stage": stage}
            rows.append(row | figures(total(every), False))
    say = (
        "48 true boxes; referees, benches, photographers and crowd are not labelled: they count as false. Each frame "
        "is shown for a second, and tracked as `sportsai track` does: no point of the court is given. Two other "
        "matches than those of the clips. No rule of people was chosen on these frames; how the court is found was "
        "built anew after it had been found in two of the four."
    )
    return [*rows, {"task": task, "say": say}]


def _still(video: int, clip: int, detector: str) -> tuple[bool, dict[str, Counts]]:
    """Return whether the court was found in a frame, and the counts of its stages."""
    import cv2
    import pandas as pd

    from sportsai.court import load_league
    from sportsai.errors import DataError
    from sportsai.video.film import Writer
    from sportsai.video.pipeline import RULES, track
    from sportsai.video.watch import Asked

    every = pd.read_parquet(data("volleyball") / "boxes.parquet")
    mine = every[(every["video"] == video) & (every["clip"] == clip)]
    xywh = mine[["x", "y", "w", "h"]].to_numpy(np.float64)
    true = Boxes.of(np.zeros(len(mine), np.int64), np.c_[xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])
    name = f"vb_{video}_{clip}"
    image = np.asarray(cv2.imread(str(data("video") / f"{name}.jpg")))[..., ::-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.mp4"
        with Writer(path, (image.shape[1], image.shape[0]), Fraction(RATE), quality=12) as writer:
            for _ in range(SHOWN):
                writer.write(np.ascontiguousarray(image))
        try:
            done = track(path, load_league("volleyball"), asked=Asked(detector=detector), runs=Path(folder),
                         progress=progress(f"{detector}, {name}"))  # fmt: skip
        except DataError:
            return False, {}
    row = len(done.seen.frame) // 2

    def shown(boxes: Boxes) -> Counts:
        one = boxes.take(boxes.frame == row)
        one.frame = np.zeros(len(one), np.int64)
        one.track = np.arange(len(one))
        return counted(true, one)

    return True, {
        "boxes alone": shown(done.seen.boxes.take(done.seen.boxes.score >= RULES.high)),
        "on the court, by shirt beyond": shown(done.boxes),
    }  # fmt: skip
