"""One way to ask any model, network or trees, what it says of examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sportsai.learn.batches import tensors
from sportsai.tasks import Examples

Float = NDArray[np.float64]
_LEAST = -30.0


def inputs(taught: Examples) -> dict[str, Tensor]:
    """Return the tensors a network's `forward` takes, and label (and choices) for its loss."""
    batch = tensors(taught.windows)
    if taught.choices is not None:
        batch["choices"] = torch.from_numpy(np.ascontiguousarray(taught.choices))
    return batch


FOR_LOSS = ("label", "choices", "weight")


def call(model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Return the model's output for a batch that may also carry what only the loss needs."""
    return model(**{k: v for k, v in batch.items() if k not in FOR_LOSS})


def log_probabilities(model: Any, taught: Examples, size: int = 2048) -> Float:
    """Return what a fitted model says: log-probabilities (n, K), or (n, P) over the choices, -inf elsewhere.

    Support vector machines give decision values instead: they rank, and are no probabilities.
    """
    if isinstance(model, nn.Module):
        return _network(model, taught, size)
    given = {"choices": taught.choices} if taught.choices is not None else {}
    scores = np.asarray(model.scores(taught.windows, **given), np.float64)
    if getattr(model, "probabilities", False):
        with np.errstate(divide="ignore"):
            scores = np.log(scores)
    if taught.choices is None:
        return np.maximum(scores, _LEAST) if getattr(model, "probabilities", False) else scores
    return normal(scores, taught.choices)


def _network(model: nn.Module, taught: Examples, size: int) -> Float:
    model.eval()
    parts = []
    with torch.inference_mode():
        for i in range(0, len(taught), size):
            batch = inputs(taught.take(np.arange(i, min(i + size, len(taught)))))
            parts.append(call(model, batch))
    if not parts:
        return np.zeros((0, len(taught.names) or taught.windows.P))
    return normal(torch.cat(parts).double().numpy(), taught.choices)


def normal(scores: Float, choices: NDArray[np.bool_] | None = None) -> Float:
    """Return scores as log-probabilities: their exponentials add to one over each row's choices, -inf elsewhere."""
    scores = np.asarray(scores, np.float64)
    if choices is not None:
        scores = np.where(choices, scores, -np.inf)
    top = scores.max(1, keepdims=True)
    shifted = scores - np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def averaged(parts: list[Float], choices: NDArray[np.bool_] | None = None) -> Float:
    """Return the mean of log-probabilities, made to add up to one again."""
    return normal(np.mean(parts, axis=0) if len(parts) > 1 else parts[0], choices)


def unknown_key(model: Any, taught: Examples, size: int = 512) -> tuple[Float, NDArray[np.int64]]:
    """Return log-probabilities (n, K) when nobody says who the key player is, and who the model takes him for, (n,).

    For models with `who`: every player seen at the reference sample is tried in turn.
    """
    model.eval()
    parts, places = [], []
    with torch.inference_mode():
        for i in range(0, len(taught), size):
            batch = inputs(taught.take(np.arange(i, min(i + size, len(taught)))))
            said = model.who(**{k: v for k, v in batch.items() if k not in (*FOR_LOSS, "key")})
            parts.append(said.logits.double())
            places.append(said.key)
    return normal(torch.cat(parts).numpy()), torch.cat(places).numpy()
