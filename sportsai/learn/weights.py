"""Weights on disk: safetensors with the recipe and what trained it inside; nothing in the file can run.

A folder <weights>/<league>/<recipe>/ holds weights.safetensors, card.md (what it is, for people) and metrics.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sportsai.court import load_league
from sportsai.errors import NOT_AS_DESCRIBED, ModelError, RecipeError, SportsaiError
from sportsai.learn.blend import restored
from sportsai.learn.recipe import Recipe, dump_recipe, parse_recipe
from sportsai.learn.tensor_file import AGAIN, FORM, read_tensors, write_tensors
from sportsai.library.atomic import store_errors
from sportsai.models import load_model
from sportsai.resources import weights_folder

FILE = "weights.safetensors"


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
    with store_errors(folder, "writing the weights", "--out"):
        folder.mkdir(parents=True, exist_ok=True)
        return write_tensors(folder / FILE, model.state_dict(), FORM, {"recipe": dump_recipe(recipe), **about})


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
    if not isinstance(said.get("recipe"), dict):
        raise ModelError("holds no recipe of ours", where=path, expected="a recipe", todo=AGAIN)
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
    except (SportsaiError, RuntimeError, *NOT_AS_DESCRIBED) as bad:
        raise ModelError(f"does not fit this version's model: {bad}", where=path, todo=AGAIN) from None
    names = said.get("names") or ()
    if known.whole and (not isinstance(names, list) or names != known.names):
        raise ModelError(f"its classes are {', '.join(map(str, names)) if isinstance(names, list) else names}, "
            f"its recipe's {', '.join(known.names)}",
                         where=path, expected="the same, in one order", todo=AGAIN)  # fmt: skip
    said.pop("recipe")
    return Weights(model, known, mark, said, path)
