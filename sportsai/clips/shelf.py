"""Clips read once and kept: a file of arrays each, so that a reading that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.clip_models.clip_activity import sampled
from sportsai.clips.table import Clips
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.resources import sha256
from sportsai.video.decode import look
from sportsai.video.snippets import Clip, Reading, picked, plan, read

FORMAT = 1  # of a kept clip: changes with what is kept
FIRST = 2  # the rate models are taught at: every second picture of a clip's; all of it is then seen
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours
COLOURS = "imagenet"
SOME = 25  # files


class Shelf:
    """Clips as they were read, taken from the disk a batch at a time.

    frames: pictures of a clip that a model sees. colours: "plain", 0 to 1, or "imagenet", less their mean and by their
    spread, as pre-trained backbones expect them and deep networks without norms need them.
    """

    def __init__(self, files: Sequence[Path], reading: Reading, colours: str = COLOURS) -> None:
        self.files, self.reading, self.colours = list(files), reading, colours
        self.frames = reading.pictures // FIRST

    def __len__(self) -> int:
        return len(self.files)

    def clip(self, i: int, flow: bool = True) -> Clip:
        """Return one clip; without its flow where nobody asks for it."""
        with np.load(self.files[i], allow_pickle=False) as z:
            moved = z["flow"] if flow else np.zeros((0, 2, self.reading.height, self.reading.width), np.float16)
            return Clip(z["pictures"], moved, int(z["lost"]))

    def batch(
        self, index: Sequence[int] | NDArray[np.int64], rate: int | Tensor | None = FIRST, interval: int | None = None,
        flow: bool = True,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Return what a model of clips reads, but for "y"; see `sportsai.clip_models` and `tensors`."""
        return tensors([self.clip(int(i), flow) for i in index], self.reading, self.colours, rate, interval, flow)


def tensors(
    clips: Sequence[Clip], reading: Reading, colours: str, rate: int | Tensor | None = FIRST,
    interval: int | None = None, flow: bool = True,
) -> dict[str, Tensor]:  # fmt: skip
    """Return clips as a batch: "clip" (B, 3, T, H, W), "flow" (B, K, 2 L, H, W) where it is asked for.

    rate: every so-manieth picture about the middle, one number for all or one each; None for all pictures. interval:
    fields between snippets; half the largest when not given.
    """
    pictures = torch.from_numpy(np.stack([c.pictures for c in clips])).permute(0, 4, 1, 2, 3)
    if rate is not None:
        pictures = sampled(pictures, rate, reading.pictures // FIRST)
    clip = pictures.float() / 255
    if colours == "imagenet":
        clip = (clip - torch.tensor(MEAN)[:, None, None, None]) / torch.tensor(SPREAD)[:, None, None, None]
    batch = {"clip": clip}
    if flow:
        interval = interval or (reading.longest + 1) // 2
        batch["flow"] = torch.from_numpy(np.stack([picked(c.flow, reading, interval) for c in clips])).float()
    return batch


def shelved(
    clips: Clips, reading: Reading, keep: Path, colours: str = COLOURS,
    progress: Callable[[int, int, str], None] | None = None,
) -> Shelf:  # fmt: skip
    """Return all clips, read where they are not kept in the folder `keep` yet.

    Raises DataError for what is not a video, or a clip with no two frames in it.
    """
    with store_errors(keep, "making the folder for clips", "--keep"):
        keep.mkdir(parents=True, exist_ok=True)
    files: list[Path] = [keep] * len(clips)
    done = 0
    for path in dict.fromkeys(clips.path):
        mine = [i for i, p in enumerate(clips.path) if p == path]
        mark = sha256(path)
        for i in mine:
            asked = json.dumps([FORMAT, asdict(reading), mark, clips.span[i].tolist()])
            files[i] = keep / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.npz"
        left = [i for i in mine if not whole(files[i])]
        done += len(mine) - len(left)
        if left:
            footage = look(path)
            spans = [s if np.isfinite(s).all() else np.array([0.0, footage.length_s]) for s in clips.span[left]]
            plans = [plan(footage, float(a), float(b), reading) for a, b in spans]
            for k, clip in read(footage, plans, reading):
                _kept(files[left[k]], clip)
                done += 1
                if progress:
                    progress(done, len(clips), f"Reading {path.name}")
    return Shelf(files, reading, colours)


def typical_s(clips: Clips) -> float:
    """Return how long clips are, in seconds, at the median; of whole files SOME are looked at."""
    told = (clips.span[:, 1] - clips.span[:, 0]).tolist()
    files = dict.fromkeys(p for p, s in zip(clips.path, told, strict=True) if np.isnan(s))
    seen = {p: look(p).length_s for p in list(files)[:SOME]}
    known = [seen.get(p, s) if np.isnan(s) else s for p, s in zip(clips.path, told, strict=True)]
    return float(np.nanmedian(known))


def whole(path: Path) -> bool:
    """Return whether a kept clip is there and can be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as z:
            return {"pictures", "flow", "lost"} <= set(z.files)
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _kept(path: Path, clip: Clip) -> None:
    held = io.BytesIO()
    np.savez(held, pictures=clip.pictures, flow=clip.flow, lost=clip.lost)
    with store_errors(path, "keeping a clip", "--keep"):
        write_bytes(path, held.getvalue())
