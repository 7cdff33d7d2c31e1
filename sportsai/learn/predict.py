"""One way to ask any model, network or trees, what it says of examples."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
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
    """Return the tensors a network's `forward` takes, and what its loss asks for: label, choices, people, also."""
    batch = tensors(taught.windows)
    told = {"choices": taught.choices, "people": taught.people, "also": taught.also, **taught.more}
    return batch | {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in told.items() if v is not None}


FOR_LOSS = ("label", "choices", "weight", "people", "people_weight", "also", "smoothing")


def call(model: nn.Module, batch: dict[str, Tensor]) -> Any:
    """Return the model's output for a batch that may also carry what only the loss needs, or another model reads."""
    taken = _taken(type(model))
    return model(**{k: v for k, v in batch.items() if k not in FOR_LOSS and (taken is None or k in taken or k in ALL)})


ALL = ("xy", "present", "key", "side", "ball", "ball_present")  # of every window; a model refuses what it cannot read


def _taken(kind: type[nn.Module]) -> frozenset[str] | None:
    """Return what a kind of model takes beside ALL, None for anything."""
    each = inspect.signature(kind.forward).parameters.values()
    return None if any(p.kind is p.VAR_KEYWORD for p in each) else frozenset(p.name for p in each)


def turned(taught: Examples) -> Examples:
    """Return the mirror image of each window, left and right of the picture exchanged, classes with them.

    Nobody saw the whole frames mirrored: their features are NaN. Raises ValueError for examples whose classes have no
    mirror image.
    """
    if taught.turned is None:
        raise ValueError("these classes have no mirror image")
    w, flip = taught.windows, np.array([-1, 1], np.float32)
    label = np.where(w.label >= 0, taught.turned[w.label], w.label)
    more = {k: np.full_like(v, np.nan) if k == "scene" else v for k, v in taught.more.items()}
    return replace(taught, windows=replace(w, xy=w.xy * flip, ball=w.ball * flip, label=label), more=more)


def log_probabilities(model: Any, taught: Examples, size: int = 2048) -> Float:
    """Return what a fitted model says: log-probabilities (n, K), or (n, P) over the choices, -inf elsewhere.

    Support vector machines give decision values instead: they rank, and are no probabilities.
    """
    if isinstance(model, nn.Module):
        return answers(model, taught, size)[0]
    scores = np.asarray(model.scores(taught.windows, **told(model.scores, taught)), np.float64)
    if taught.turned is not None:
        other = turned(taught)
        scores = (scores + np.asarray(model.scores(other.windows, **told(model.scores, other)))[:, taught.turned]) / 2
    if getattr(model, "probabilities", False):
        with np.errstate(divide="ignore"):
            scores = np.log(scores)
    if taught.choices is None:
        return np.maximum(scores, _LEAST) if getattr(model, "probabilities", False) else scores
    return normal(scores, taught.choices)


def told(method: Callable[..., Any], taught: Examples) -> dict[str, Any]:
    """Return what else of the examples a model's `fit` or `scores` asks for, by name: choices, size, ..."""
    asked = inspect.signature(method).parameters
    return {
        k: v
        for k, v in {"choices": taught.choices, "also": taught.also, **taught.more}.items()
        if v is not None and k in asked
    }


def answers(model: nn.Module, taught: Examples, size: int = 2048) -> tuple[Float, Float | None]:
    """Return a network's log-probabilities, (n, K) or (n, P), and of each person's actions, (n, P, A), if it has any.

    Where classes have mirror images, a window and its mirror image answer together.
    """
    group, people = _network(model, taught, size)
    if taught.turned is None:
        return group, people
    other, theirs = _network(model, turned(taught), size)
    group = averaged([group, other[:, taught.turned]])
    return group, people if people is None or theirs is None else np.asarray((people + theirs) / 2)


def _network(model: nn.Module, taught: Examples, size: int) -> tuple[Float, Float | None]:
    model.eval()
    parts, people = [], []
    with torch.inference_mode():
        for i in range(0, len(taught), size):
            said = call(model, inputs(taught.take(np.arange(i, min(i + size, len(taught))))))
            parts.append(getattr(said, "group", said))
            if getattr(said, "people", None) is not None and said.people.shape[-1]:
                people.append(said.people.log_softmax(-1))
    if not parts:
        return np.zeros((0, len(taught.names) or taught.windows.P)), None
    each = torch.cat(people).double().numpy() if people else None
    if many_labels(model, taught):
        return np.asarray(nn.functional.logsigmoid(torch.cat(parts).double()).numpy()), each
    return normal(torch.cat(parts).double().numpy(), taught.choices), each


def many_labels(model: Any, taught: Examples) -> bool:
    """Return whether a model says of each label alone how likely it is: its scores do not add up to one."""
    return bool(getattr(model, "many_labels", False)) and taught.choices is None


def normal(scores: Float, choices: NDArray[np.bool_] | None = None) -> Float:
    """Return scores as log-probabilities: their exponentials add to one over each row's choices, -inf elsewhere."""
    scores = np.asarray(scores, np.float64)
    if choices is not None:
        scores = np.where(choices, scores, -np.inf)
    top = scores.max(1, keepdims=True)
    shifted = scores - np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def averaged(parts: list[Float], choices: NDArray[np.bool_] | None = None, many: bool = False) -> Float:
    """Return the mean of log-probabilities, made to add up to one again; as it is of labels that each stand alone."""
    if many:
        return np.asarray(np.mean(parts, axis=0))
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
