"""One file a model of whole games: frames in, answers for each of them out; found by listing this folder.

A file has `Config`, `Model`, `loss`, `example` as in `sportsai.models`, but reads what every frame of a game shows,
`sportsai.data.frames`, where those read windows of players. Every model
    takes  x (B, T, F) what frames show, there (B, T) bool which of them are: a game shorter than others is padded
    gives  logits (B, T, K), unless its file says what else; nothing of a frame that is not there enters.
FEW, where a file has it and it is true: the model reads the frames it asks for, and no others.
LATENCY_FRAMES(config), where a file has it, says how many frames late an answer is; without it a whole game is asked.
"""

from __future__ import annotations

from types import ModuleType

from sportsai import plugins
from sportsai.errors import RecipeError
from sportsai.memory import keep_freed


def sequence_model_names() -> list[str]:
    """Return the names of all models of whole games."""
    return plugins.names("sportsai.sequence_models")


def load_sequence_model(name: str) -> ModuleType:
    """Return the module of the model called `name`; RecipeError naming the nearest when there is none."""
    keep_freed()
    return plugins.load("sportsai.sequence_models", name, "model of whole games", RecipeError)
