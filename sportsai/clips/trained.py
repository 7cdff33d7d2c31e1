"""A model that was taught clips, and asking it: of all its pictures, at all rates where it was tuned to speeds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sportsai.clip_models import load_clip_model
from sportsai.clip_models.clip_activity import over_rates, sampled
from sportsai.clips.shelf import FIRST, Shelf, tensors
from sportsai.video.snippets import Clip, Reading

Float = NDArray[np.float64]
Int = NDArray[np.int64]
VIEWS = tuple((FIRST, s) for s in (-1, 0, 1, 2)) + tuple((r, 2 * r * s) for r in (1, 4) for s in (-1, 0, 1))


@dataclass
class Trained:
    """A model that was taught clips, and what it needs to be asked.

    name, config: of `sportsai.clip_models`. reading, colours: how clips are read, see `Shelf`. names: its labels. many:
    several may hold. temperature: its log-probabilities are divided by (one class of several). tuned: to speeds.
    length_s: of the clips it was taught, the median. validation: mAP there. epoch: the one kept.
    """

    name: str
    config: Any
    model: nn.Module
    reading: Reading
    colours: str
    names: tuple[str, ...]
    many: bool
    temperature: float = 1.0
    tuned: bool = False
    length_s: float = 2.0
    validation: float = float("nan")
    epoch: int = 0
    cpu_s: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Numbers the model learned."""
        return sum(p.numel() for p in self.model.parameters())

    def says(self, clips: Sequence[Clip]) -> Float:
        """Return each clip's probabilities, (n, A)."""
        return asked(self, tensors(clips, self.reading, self.colours, None, flow=asks_flow(self.name)))


def asks_flow(name: str) -> bool:
    """Return whether a model reads flow."""
    flow = inspect.signature(load_clip_model(name).Model.forward).parameters.get("flow")
    return flow is not None and flow.default is inspect.Parameter.empty


@torch.no_grad()
def asked(t: Trained, batch: Mapping[str, Tensor]) -> Float:
    """Return probabilities (B, A) of a batch whose clips hold all their pictures, at all rates where it was tuned."""
    t.model.eval()
    if t.tuned:
        p = over_rates(t.model, batch["clip"], VIEWS)  # type: ignore[arg-type]
    else:
        clip = sampled(batch["clip"], FIRST, t.reading.pictures // FIRST)
        logits = t.model(clip, batch.get("flow"))
        p = logits.sigmoid() if t.many or hasattr(t.model, "many_labels") else logits.softmax(1)
    out = p.double().numpy()
    if t.many:
        return np.asarray(out)
    z = np.log(np.maximum(out, 1e-9)) / t.temperature
    z = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(z / z.sum(1, keepdims=True))


def probabilities(t: Trained, shelf: Shelf, index: Int, size: int = 8) -> Float:
    """Return probabilities of some clips of a shelf, (n, A)."""
    said = [
        asked(t, shelf.batch(index[k : k + size], None, flow=asks_flow(t.name))) for k in range(0, len(index), size)
    ]
    return np.concatenate(said) if said else np.zeros((0, len(t.names)))
