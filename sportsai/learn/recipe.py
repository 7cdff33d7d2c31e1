"""A recipe: the TOML that says which model learns what from which games. leagues/<league>/recipes/<recipe>.toml"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sportsai.court import load_league
from sportsai.errors import ModelError, RecipeError, nearest
from sportsai.learn.moments import CLASSES
from sportsai.models import load_model


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class DataPart(_Part):
    """Which games, and what is taught from them."""

    games: tuple[str, ...] = Field(min_length=1)
    task: Literal["handovers"] = "handovers"
    classes: tuple[str, ...] = CLASSES
    background: str = "none"
    carry_s: float = Field(default=1.2, gt=0)
    players: int = Field(default=8, ge=2, le=64)
    jitter: int = Field(default=2, ge=0, le=20)
    candidates: int = Field(default=3, ge=1, le=22)


class SplitPart(_Part):
    """Who trains, validates and tests."""

    by: Literal["period"] = "period"
    train: tuple[int, ...] = (1,)
    test: tuple[int, ...] = (2,)
    validation_share: float = Field(default=0.25, gt=0, lt=1)


class TrainPart(_Part):
    """How it is fitted."""

    seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=24, ge=1)
    batch: int = Field(default=128, ge=4)
    windows_per_epoch: int = Field(default=2400, ge=4)
    shares: tuple[float, ...] = (1, 1, 2, 4)
    lr: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=5e-4, ge=0)
    patience: int = Field(default=8, ge=1)
    mirror: bool = True
    noise: float = Field(default=0.0, ge=0)


class DetectPart(_Part):
    """How a whole match is searched."""

    stride: int = Field(default=1, ge=1)
    tolerance_s: float = Field(default=1.0, gt=0)
    apart_s: float = Field(default=0.8, gt=0)


class Recipe(_Part):
    """A checked recipe; `name` and `league` come from where it lies."""

    name: str
    league: str
    title: str
    model: str
    data: DataPart
    split: SplitPart = Field(default_factory=lambda: SplitPart.model_validate({}))
    model_config_: dict[str, Any] = Field(default_factory=dict, alias="model_config")
    train: TrainPart = Field(default_factory=lambda: TrainPart.model_validate({}))
    detect: DetectPart = Field(default_factory=lambda: DetectPart.model_validate({}))

    @property
    def names(self) -> list[str]:
        """The classes of the model in order, the background last."""
        return [*self.data.classes, self.data.background]

    def config(self) -> Any:
        """Return the model's frozen `Config`, with the number of classes filled in."""
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in self.model_config_.items()}
        return load_model(self.model).Config(classes=len(self.names), **values)


def load_recipe(league: str, name: str) -> Recipe:
    """Return the recipe `name` of a league (or of its sport).

    Raises LeagueError or RecipeError, one line, naming the nearest known name.
    """
    return read_recipe(load_league(league).recipe_path(name), league, name)


def read_recipe(path: Path, league: str, name: str) -> Recipe:
    """Return the recipe in a TOML file; RecipeError says which key is wrong and what was expected."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise RecipeError(f"is not TOML: {bad}", where=path, todo="Correct the file.") from None
    except OSError as bad:
        raise RecipeError(f"cannot be read: {bad.strerror}", where=path) from None
    return parse_recipe(raw, league, name, path)


def parse_recipe(raw: dict[str, Any], league: str, name: str, where: str | Path) -> Recipe:
    """Return the recipe in a table already read (a file's, or the one that travels with weights)."""
    raw = {k: v for k, v in raw.items() if k not in ("name", "league")}
    try:
        recipe = Recipe.model_validate({**raw, "name": name, "league": league})
    except ValidationError as bad:
        raise _teach(bad, raw, where) from None
    known = [f.name for f in fields(load_model(recipe.model).Config) if f.name != "classes"]
    for key in recipe.model_config_:
        if key not in known:
            raise RecipeError(f'unknown key "{key}"', where=f'{where}, "model_config.{key}"', todo=nearest(key, known))
    try:
        recipe.config()
    except (ModelError, TypeError) as bad:
        raise RecipeError(str(bad), where=f'{where}, "model_config"') from None
    if len(recipe.train.shares) != len(recipe.names):
        raise RecipeError(
            f"{len(recipe.train.shares)} shares", where=f'{where}, "train.shares"',
            expected=f"{len(recipe.names)}, one for each of {', '.join(recipe.names)}",
        )  # fmt: skip
    for label in recipe.data.classes:
        if label not in CLASSES:
            raise RecipeError(
                f'unknown class "{label}"', where=f'{where}, "data.classes"', todo=nearest(label, CLASSES)
            )
    return recipe


def dump_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as plain tables that `parse_recipe` reads back."""
    return recipe.model_dump(mode="json", by_alias=True)


def _teach(bad: ValidationError, raw: dict[str, Any], where: str | Path) -> RecipeError:
    """Turn pydantic's first error into one line that names the key and the nearest known one."""
    first = min(
        bad.errors(), key=lambda e: e["type"] != "extra_forbidden"
    )  # a misspelt key before one it leaves missing
    place = [str(p) for p in first["loc"]]
    dotted = ".".join(place)
    if first["type"] == "extra_forbidden":
        part: type[BaseModel] = Recipe
        for p in place[:-1]:
            inner = part.model_fields[p].annotation
            part = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else part
        known = [f.alias or k for k, f in part.model_fields.items() if k not in ("name", "league")]
        return RecipeError(f'unknown key "{place[-1]}"', where=f'{where}, "{dotted}"', todo=nearest(place[-1], known))
    if first["type"] == "missing":
        return RecipeError("is missing", where=f'{where}, "{dotted}"', expected="a value")
    return RecipeError(f"{first['input']!r}: {first['msg'].lower()}", where=f'{where}, "{dotted}"')
