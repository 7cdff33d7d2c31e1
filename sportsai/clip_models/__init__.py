"""One file a model of clips of pictures: pictures and their optical flow in, answers out; found by listing this folder.

A file has `Config`, `Model`, `loss`, `example` as in `sportsai.models`, but reads pictures. A batch holds
    clip (B, 3, T, H, W) float32 pictures, oldest first: 0 to 1, or these less ImageNet's mean, by its spread
    flow (B, K, 2 L, H, W) float32: K snippets of L optical flow fields, u and v in turn, in pixels; where a model asks
    y    (B,) int64 class, or (B, A) float32 of labels that may hold together
Every model gives logits, (B, classes). Two-dimensional backbones take weights of your own by name (see
`layers.resnet`): nothing is downloaded.
"""

from __future__ import annotations

from types import ModuleType

from sportsai import plugins
from sportsai.errors import RecipeError
from sportsai.memory import keep_freed


def clip_model_names() -> list[str]:
    """Return the names of all models of clips."""
    return plugins.names("sportsai.clip_models")


def load_clip_model(name: str) -> ModuleType:
    """Return the module of the model called `name`; RecipeError naming the nearest when there is none."""
    keep_freed()
    return plugins.load("sportsai.clip_models", name, "model of clips", RecipeError)
