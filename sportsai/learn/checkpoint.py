"""A training as it stood after an epoch: whatever decides how it goes on, in one safetensors file.

Kept are the model and its best state, the optimiser's moments, the rate's schedule, the states of every die that is
thrown, and the figures so far. A training that goes on from it ends with the very weights it would have had without a
stop (one device; several processes add up in an order of their own). Nothing in the file can run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sportsai import __version__
from sportsai.learn.tensor_file import read_tensors, write_tensors
from sportsai.library.atomic import store_errors

FORM = "sportsai checkpoint 1"
_AGAIN = "Remove the file, or train without --resume."


@dataclass
class SoFar:
    """What a training found so far: the best figure, its epoch and state, each epoch's figure, processor seconds."""

    best: float = -1.0
    at: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict)
    history: list[float] = field(default_factory=list)
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """Where a training is kept, and the parts of it that change. draws: what its batches are drawn by."""

    path: Path
    model: nn.Module
    optimiser: torch.optim.Optimizer
    rate: Any
    draws: np.random.Generator

    def save(self, so_far: SoFar) -> None:
        """Write the training as it stands, all or nothing."""
        moments = self.optimiser.state_dict()
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"kept.{k}": v for k, v in so_far.kept.items()}
        tensors |= {f"moments.{i}.{k}": v for i, each in moments["state"].items() for k, v in each.items()}
        tensors["dice"] = torch.get_rng_state()
        device = next(self.model.parameters()).device
        if device.type == "cuda":
            tensors["dice.cuda"] = torch.cuda.get_rng_state(device)
        said = {
            "groups": moments["param_groups"], "rate": self.rate.state_dict(), "draws": self.draws.bit_generator.state,
            "best": float(so_far.best), "at": so_far.at, "history": [float(h) for h in so_far.history],
            "cpu_s": so_far.cpu_s,
        }  # fmt: skip
        with store_errors(self.path, "keeping the training", "--out"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_tensors(self.path, tensors, FORM, said)

    def load(self) -> SoFar | None:
        """Put everything back as it stood and return the figures; None where nothing was kept.

        Raises ModelError for a file that is damaged, a pickle, or no checkpoint.
        """
        if not self.path.is_file():
            return None
        tensors, said, _ = read_tensors(self.path, FORM, _AGAIN)
        self.model.load_state_dict(_under("model.", tensors))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("moments.", tensors).items():
            i, _, key = name.partition(".")
            moments.setdefault(int(i), {})[key] = value
        groups = [{k: tuple(v) if k == "betas" else v for k, v in g.items()} for g in said["groups"]]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self.rate.load_state_dict(said["rate"])
        self.draws.bit_generator.state = said["draws"]
        torch.set_rng_state(tensors["dice"])
        device = next(self.model.parameters()).device
        if "dice.cuda" in tensors and device.type == "cuda":
            torch.cuda.set_rng_state(tensors["dice.cuda"], device)
        kept = {k: v.to(device) for k, v in _under("kept.", tensors).items()}
        return SoFar(said["best"], said["at"], kept, said["history"], said["cpu_s"])


def mark(
    model: nn.Module, batches: Callable[[], Iterable[dict[str, Tensor]]], draws: np.random.Generator, *more: Any
) -> str:
    """Return sixteen hexadecimal digits that change with whatever a training begins from.

    That is the model as it stands and which of its numbers learn, the first batch, `more` (which JSON can hold), and
    the versions of this program and of torch. No die is thrown that the training would throw.
    """
    dice, drawn = torch.get_rng_state(), draws.bit_generator.state
    first = next(iter(batches()))
    torch.set_rng_state(dice)
    draws.bit_generator.state = drawn
    learns = [k for k, p in model.named_parameters() if p.requires_grad]
    said = [type(model).__module__, __version__, torch.__version__, learns, *more]
    h = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
    for part in (model.state_dict(), first):
        for name in sorted(part):
            value = part[name].detach().cpu().contiguous()
            h.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
            h.update(value.view(-1).view(dtype=torch.uint8).numpy().tobytes())
    return h.hexdigest()[:16]


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
