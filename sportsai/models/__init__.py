"""One file a model: `Config`, `Model`, `loss`, `example`; found by listing this folder."""

from __future__ import annotations

from types import ModuleType

from sportsai import plugins
from sportsai.errors import RecipeError
from sportsai.memory import keep_freed


def model_names() -> list[str]:
    """Return the names of all models."""
    return plugins.names("sportsai.models")


def load_model(name: str) -> ModuleType:
    """Return the module of the model called `name`; RecipeError naming the nearest when there is none."""
    keep_freed()
    return plugins.load("sportsai.models", name, "model", RecipeError)
