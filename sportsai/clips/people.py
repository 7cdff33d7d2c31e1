"""Followed people of footage as the hierarchical LSTM reads them: where each stands, and what his picture shows.

    seen = people(footage, frame, boxes, backbone("resnet18", Path("resnet18.safetensors")))
    batch = windows(seen, frames=5)                       # xy, present, size, image: B windows of T samples
    hierarchical_lstm.Model(Config(frames=5, image=seen.image.shape[-1], actions=9))(**batch)

Boxes are `sportsai track`'s, or of any table. A person's picture goes through a residual network up to its last map,
whose mean is his feature, as fc7 is the source's (Ibrahim et al., arXiv 1511.06040): the network stands still, as in
its second stage. Weights are the user's own: none ship, and a network that learned nothing is refused unless asked for.
Positions are in half widths of the picture from its middle, at the feet, as in `sportsai.tasks.activities`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sportsai.clips.shelf import MEAN, SPREAD
from sportsai.errors import DataError, ModelError
from sportsai.layers.resnet import ResNet, load_backbone
from sportsai.video.crops import crops
from sportsai.video.decode import Footage
from sportsai.video.follow import Boxes

Int = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """P followed people over T frames. track (P,): their numbers. frame (T,): in the file. xy (P, T, 2): feet, size
    (P, T, 2): of boxes, in half widths; image (P, T, C); present (P, T): he is followed there and his picture was cut.
    learned: the features are of weights that were given."""

    track: Int
    frame: Int
    xy: NDArray[np.float32]
    size: NDArray[np.float32]
    image: NDArray[np.float32]
    present: NDArray[np.bool_]
    learned: bool


@dataclass(frozen=True)
class Backbone:
    """A network that makes a feature of a picture; `learned` where it has weights that were given."""

    net: ResNet
    learned: bool


def backbone(layout: str = "resnet18", weights: Path | None = None, untrained: bool = False) -> Backbone:
    """Return a network of `layers.resnet` with weights of a safetensors file, named as torchvision's or timm's.

    Raises ModelError without weights, unless `untrained` asks for a network of random ones: for trying shapes only.
    """
    if weights is None and not untrained:
        raise ModelError(
            f"no weights of a {layout}", expected="a safetensors file",
            todo="Give the weights of a trained backbone; random ones show nothing of a person (untrained = True tries "
            "shapes).",
        )  # fmt: skip
    net = ResNet(layout)
    if weights is not None:
        load_backbone(net, weights)
    return Backbone(net.eval().requires_grad_(False), weights is not None)


def people(footage: Footage, frame: Int, boxes: Boxes, seer: Backbone, height: int = 96, width: int = 48) -> People:
    """Return followed people of some frames with a feature of each one's picture.

    frame (T,): numbers in the file; boxes: rows of these, with tracks; those that are not followed (-1) are left out.
    height, width: pixels that pictures are made to be. Raises DataError where nobody is followed.
    """
    boxes = boxes.take(boxes.track >= 0)
    if not len(boxes):
        raise DataError("nobody is followed", path=footage.path, expected="boxes with tracks")
    track, who = np.unique(boxes.track, return_inverse=True)
    P, T, C = len(track), len(frame), seer.net.channels
    xy, size = np.zeros((P, T, 2), np.float32), np.zeros((P, T, 2), np.float32)
    image, present = np.zeros((P, T, C), np.float32), np.zeros((P, T), bool)
    half = footage.width / 2
    x0, y0, x1, y1 = boxes.xyxy.T
    foot = np.stack([(x0 + x1) / 2 - half, y1 - footage.height / 2], 1) / half
    wide = np.stack([x1 - x0, y1 - y0], 1) / half
    for rows, pictures in crops(footage, frame, boxes, height, width):
        p, t = who[rows], boxes.frame[rows]
        xy[p, t], size[p, t], present[p, t] = foot[rows], wide[rows], True
        image[p, t] = shown(seer.net, pictures)
    return People(track.astype(np.int64), np.asarray(frame, np.int64), xy, size, image, present, seer.learned)


@torch.no_grad()
def shown(net: ResNet, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean of each picture's last map, (k, C). Shapes: pictures (k, H, W, 3) uint8 RGB."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    x = (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(SPREAD)[:, None, None]
    return np.asarray(net(x).mean((-2, -1)).numpy(), np.float32)


def windows(seen: People, frames: int, step: int | None = None) -> dict[str, Tensor]:
    """Return windows of T = `frames` rows, `step` apart (as long as they are when not given), as the model reads them.

    xy, size (B, P, T, 2), present (B, P, T), image (B, P, T, C), first (B,) the row a window begins at; what is left at
    the end is in none. Raises DataError where there are fewer rows than a window has.
    """
    count = len(seen.frame)
    if count < frames:
        raise DataError(f"{count} frames", expected=f"{frames} or more, for a window")
    first = np.arange(0, count - frames + 1, step or frames)
    at = first[:, None] + np.arange(frames)
    batch = {
        name: torch.from_numpy(np.ascontiguousarray(np.swapaxes(getattr(seen, name)[:, at], 0, 1)))
        for name in ("xy", "size", "present", "image")
    }
    return batch | {"first": torch.from_numpy(first)}
