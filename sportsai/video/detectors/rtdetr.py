"""RT-DETR of kornia, with weights of your own: heavier, for whole pictures.

Zhao et al., "DETRs beat YOLOs on real-time object detection", CVPR 2024; kornia.models.rt_detr. No weights ship: give
a safetensors file of kornia's names. Its metadata may say "model_type" (resnet18d, resnet50d, ...), "num_classes" and
"person", the class that is a person; 80 classes of COCO and person 0 when it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import ModelError
from sportsai.video.detectors import resized

TITLE = "RT-DETR (kornia) with weights of your own"
SIDE = 6.0
LEAST = 0.2
SIZE = 640


@dataclass
class RTDETR:
    """The detector."""

    model: Any
    person: int

    def people(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float64]]:
        """Return of each picture the boxes of its people, (n, 5)."""
        import torch

        if not images:
            return []
        batch = np.stack([resized(i, SIZE, SIZE) for i in images]).transpose(0, 3, 1, 2)
        with torch.inference_mode():
            logits, boxes = self.model(torch.from_numpy(batch.astype(np.float32) / 255))
        score = logits.sigmoid()[..., self.person].double().numpy()
        middle, size = boxes[..., :2].double().numpy(), boxes[..., 2:].double().numpy()
        out = []
        for n, image in enumerate(images):
            scale = np.array([image.shape[1], image.shape[0]])
            low, high = (middle[n] - size[n] / 2) * scale, (middle[n] + size[n] / 2) * scale
            out.append(np.concatenate([low, high, score[n, :, None]], 1)[score[n] >= LEAST])
        return out


def open(weights: Path | None = None, threads: int = 1) -> RTDETR:
    """Return the detector with one's own weights; ModelError where none are given, or they do not fit."""
    if weights is None:
        raise ModelError("no weights of rtdetr ship", expected="a safetensors file of kornia's RT-DETR",
                         todo="Give it with --weights, or use movenet or centernet.")  # fmt: skip
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(weights), "pt") as file:
            said = file.metadata() or {}
            state = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as why:
        raise ModelError(f"cannot be read: {why}", where=weights, expected="a safetensors file") from None
    from kornia.models.rt_detr import RTDETR as Network
    from kornia.models.rt_detr import RTDETRConfig

    try:
        network = Network.from_config(
            RTDETRConfig(said.get("model_type", "resnet50d"), int(said.get("num_classes", 80)))
        )
        network.load_state_dict(state)
    except (RuntimeError, ValueError, KeyError) as why:
        raise ModelError(f"does not fit: {str(why).splitlines()[0][:120]}", where=weights,
                         expected='kornia\'s names; metadata "model_type" and "num_classes"') from None  # fmt: skip
    return RTDETR(network.eval(), int(said.get("person", 0)))
