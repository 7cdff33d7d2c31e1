"""Weights on disk: safetensors with the recipe and what trained it inside; nothing in the file can run.

A folder <weights>/<league>/<recipe>/ holds weights.safetensors, card.md (what it is, for people) and metrics.json.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from sportsai.court import load_league
from sportsai.errors import ModelError, RecipeError
from sportsai.learn.blend import restored
from sportsai.learn.recipe import Recipe, dump_recipe, parse_recipe
from sportsai.models import load_model
from sportsai.resources import weights_folder

FILE = "weights.safetensors"
_FORMAT = "sportsai 1"
_AGAIN = "Copy the file again, or train: sportsai train LEAGUE RECIPE"
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class Weights:
    """A model ready to predict, and what its file says about itself.

    model: a network that searches games, or the blend of a task. about: data (game -> source hashes), seed, version,
    temperature, detection thresholds, scores.
    """

    model: Any
    recipe: Recipe
    sha256: str
    about: Mapping[str, Any]
    path: Path


def find_weights(league: str, recipe: str) -> Path:
    """Return the shipped weights of a league's recipe, else its sport's; ModelError when there are none."""
    folder = weights_folder()
    for name in dict.fromkeys((league, load_league(league).sport)):
        path = folder / name / recipe / FILE
        if path.is_file():
            return path
    shipped = sorted(p.parent.parent.name for p in folder.glob(f"*/{recipe}/{FILE}"))
    try:
        load_league(league).recipe_path(recipe)
    except RecipeError:
        todo = (
            f"Weights ship for: {', '.join(shipped)}."
            if shipped
            else f'No weights of "{recipe}" ship with this installation.'
        )
    else:
        todo = f"Train them: sportsai train {league} {recipe}"
    raise ModelError(f'no model called "{recipe}" is trained for {league}', where=folder, todo=todo)


def save_weights(folder: Path, model: Any, recipe: Recipe, about: Mapping[str, Any]) -> Path:
    """Write weights.safetensors into `folder` at once (a reader never sees half a file) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_tensors(folder / FILE, model.state_dict(), _FORMAT, {"recipe": dump_recipe(recipe), **about})


def write_tensors(path: Path, state: Mapping[str, Tensor], form: str, about: Mapping[str, Any]) -> Path:
    """Write tensors, and what is said of them, as one safetensors file, at once; return its path."""
    state = {k: v.detach().contiguous().cpu() for k, v in state.items()}
    said = {"format": form, "tensors_sha256": _digest(state), **about}
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(save(state, {"sportsai": json.dumps(said)}))
    os.replace(part, path)
    return path


def read_tensors(path: Path, form: str = _FORMAT, again: str = _AGAIN) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Return the tensors of a file, what it says of them, and its SHA-256.

    form: what it must say it is. again: what to do about a file that does not. Raises ModelError as `load_weights`.
    """
    if not path.is_file():
        raise ModelError("no weights here", where=path, todo=f"Check the path, or {again.split(', or ', 1)[-1]}")
    raw = path.read_bytes()
    if raw[:2] in _PICKLES or raw[:4] in _PICKLES or path.suffix in (".pt", ".pth", ".pkl", ".pickle", ".ckpt"):
        raise ModelError(
            "is a pickle, which can run code when opened", where=path, expected="a safetensors file",
            todo=f"Save the weights as safetensors, or {again.split(', or ', 1)[-1].replace('train:', 'train again:')}",
        )  # fmt: skip
    try:
        with safe_open(path, "pt") as f:
            said = json.loads((f.metadata() or {}).get("sportsai", "null"))
            state = {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError, OSError, ValueError) as bad:
        raise ModelError(f"damaged: {bad}", where=path, expected="a safetensors file", todo=again) from None
    if not isinstance(said, dict) or said.get("format") != form:
        raise ModelError("holds no recipe of ours", where=path, expected=f'metadata "{form}"', todo=again)
    if said.pop("tensors_sha256", None) != _digest(state):
        raise ModelError("damaged: the numbers are not those that were saved", where=path, todo=again)
    return state, said, hashlib.sha256(raw).hexdigest()


def load_weights(path: Path, league: str | None = None, recipe: str | None = None) -> Weights:
    """Return the model in `path`.

    Parameters
    ----------
    recipe: the recipe the weights must be of; others are refused. league: the league the recipe is named under.

    Raises ModelError, one line, when the file is missing, damaged, a pickle, or made for something else.
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE
    state, said, mark = read_tensors(path)
    made_for = f"{said['recipe'].get('league')}/{said['recipe'].get('name')}"
    if recipe is not None and said["recipe"].get("name") != recipe:
        raise ModelError(f"weights of {made_for}", where=path, expected=f'recipe "{recipe}"',
                         todo=f"Train them: sportsai train {league or 'LEAGUE'} {recipe}")  # fmt: skip
    try:
        known = parse_recipe(said["recipe"], said["recipe"].get("league", ""), said["recipe"].get("name", ""), path)
        if "members" in said:
            load = known.module_of if known.whole else None
            model: Any = restored(said["members"], state, float(said["temperature"]), load)
        else:
            model = load_model(known.model).Model(known.config())
            model.load_state_dict(state)
            model.eval()
    except (ModelError, RecipeError, RuntimeError, KeyError) as bad:
        raise ModelError(f"does not fit this version's model: {bad}", where=path, todo=_AGAIN) from None
    if known.whole and list(said.get("names", ())) != known.names:
        raise ModelError(f"its classes are {', '.join(said.get('names', ()))}, its recipe's {', '.join(known.names)}",
                         where=path, expected="the same, in one order", todo=_AGAIN)  # fmt: skip
    said.pop("recipe")
    return Weights(model, known, mark, said, path)


def _digest(state: Mapping[str, Tensor]) -> str:
    h = hashlib.sha256()
    for name in sorted(state):
        h.update(f"{name} {tuple(state[name].shape)} {state[name].dtype}".encode())
        h.update(state[name].contiguous().view(-1).view(dtype=torch.uint8).numpy().tobytes())
    return h.hexdigest()
