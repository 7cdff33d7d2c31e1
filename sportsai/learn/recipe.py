"""A recipe: the TOML that says which model learns what from which games. leagues/<league>/recipes/<recipe>.toml"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sportsai.court import load_league
from sportsai.errors import ModelError, RecipeError, nearest
from sportsai.models import load_model
from sportsai.sequence_models import load_sequence_model
from sportsai.tasks import TaskOptions, load_task, task_names

FRAMES = 16


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class SplitPart(_Part):
    """Who trains, validates and tests.

    by: "game" (a contest is in one part only), "period" where there is one game, or "part": as the data set's authors
    parted their contests, those of `train_part` dealt, each hand validating once, those of `test_part` testing. folds:
    parts the contests are dealt into; each tests once, the next validates (folds = number of games: leave one out).
    tests: how many of the parts test (None: all). seed: of the deal.
    """

    by: Literal["game", "period", "part"] = "game"
    folds: int = Field(default=5, ge=2)
    tests: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    train: tuple[int, ...] = (1,)
    test: tuple[int, ...] = (2,)
    validation_share: float = Field(default=0.25, gt=0, lt=1)
    train_part: str = "train"
    test_part: str = "val"


class TrainPart(_Part):
    """How it is fitted.

    windows_per_epoch: drawn per epoch (None: as many as there are events that train). shares: of each class in a batch
    (None: by `balance`). balance: 0 draws classes as often as they occur, 1 equally often. members: networks trained
    from different seeds, each with another part validating, whose log-probabilities are averaged. moved: also train
    on the same moments seen early or late. smoothing: of the labels. precision: bits of the numbers that the recipe's
    own model multiplies while it learns; its weights, their sums and all it says afterwards have 32.
    """

    seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=24, ge=1)
    batch: int = Field(default=128, ge=4)
    windows_per_epoch: int | None = Field(default=None, ge=4)
    shares: tuple[float, ...] | None = None
    balance: float = Field(default=0.5, ge=0, le=1)
    members: int = Field(default=1, ge=1, le=9)
    moved: bool = True
    smoothing: float = Field(default=0.0, ge=0, lt=1)
    lr: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=5e-4, ge=0)
    patience: int = Field(default=8, ge=1)
    mirror: bool = True
    noise: float = Field(default=0.0, ge=0)
    jitter: float = Field(default=0.0, ge=0, lt=1)
    zoom: float = Field(default=0.0, ge=0, lt=1)
    precision: Literal["32", "bf16"] = "32"


class DetectPart(_Part):
    """How a whole match is searched."""

    stride: int = Field(default=1, ge=1)
    tolerance_s: float = Field(default=1.0, gt=0)
    apart_s: float = Field(default=0.8, gt=0)


class Recipe(_Part):
    """A checked recipe; `name` and `league` come from where it lies.

    data: the task and its own keys (`sportsai.tasks`). model: the network (or trees) that ships. joined: further models
    whose log-probabilities are averaged with the model's. beside: models it is set beside in tables.
    """

    name: str
    league: str
    title: str
    model: str
    joined: tuple[str, ...] = ()
    data: Any
    split: SplitPart = Field(default_factory=lambda: SplitPart.model_validate({}))
    model_config_: dict[str, Any] = Field(default_factory=dict, alias="model_config")
    train: TrainPart = Field(default_factory=lambda: TrainPart.model_validate({}))
    detect: DetectPart = Field(default_factory=lambda: DetectPart.model_validate({}))

    @property
    def names(self) -> list[str]:
        """The classes of the model in order, the background last; empty where only the data say them."""
        return list(getattr(self.data, "names", ()))

    @property
    def searches(self) -> bool:
        """Whether the model has a class for "no event", and so can look for events in a whole game."""
        return bool(getattr(self.data, "background", ""))

    @property
    def frames(self) -> int:
        """Samples of a window."""
        return int(self.model_config_.get("frames", FRAMES))

    @property
    def whole(self) -> bool:
        """Whether the task gives whole games, and not windows."""
        return bool(getattr(load_task(self.data.task), "WHOLE", False))

    @property
    def every_frame(self) -> bool:
        """Whether the task labels every frame of whole games, and not moments."""
        return bool(getattr(load_task(self.data.task), "EVERY", False))

    def module_of(self, name: str) -> Any:
        """Return the module of a model of this recipe's kind: of windows, or of whole games."""
        return load_sequence_model(name) if self.whole else load_model(name)

    def instead(self, name: str) -> Recipe:
        """Return the recipe with another model, by its defaults."""
        return self if name == self.model else self.model_copy(update={"model": name, "model_config_": {}})

    def config(self, **changes: Any) -> Any:
        """Return the model's frozen `Config`, with the number of classes (and of a frame's numbers) filled in."""
        kind = self.module_of(self.model).Config
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in {**self.model_config_, **changes}.items()}
        if self.whole:  # what a frame tells is the task's to say; few models ask how much of it is known unread
            told = {"inputs": self.data.inputs, "known": self.data.known}
            values = {k: v for k, v in told.items() if k in {f.name for f in fields(kind)}} | values
        return kind(classes=max(len(self.names), 1), **values)


def load_recipe(league: str, name: str) -> Recipe:
    """Return the recipe `name` of a league (or of its sport).

    Raises LeagueError or RecipeError, one line, naming the nearest known name.
    """
    return read_recipe(load_league(league).recipe_path(name), league, name)


def read_recipe(path: Path, league: str, name: str) -> Recipe:
    """Return the recipe in a TOML file; RecipeError says which key is wrong and what was expected."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as bad:  # broken TOML, other text, endless numbers and nests
        raise RecipeError(f"is not TOML: {bad}", where=path, todo="Correct the file.") from None
    except OSError as bad:
        raise RecipeError(f"cannot be read: {bad.strerror}", where=path) from None
    return parse_recipe(raw, league, name, path)


def parse_recipe(raw: dict[str, Any], league: str, name: str, where: str | Path) -> Recipe:
    """Return the recipe in a table already read (a file's, or the one that travels with weights)."""
    raw = {k: v for k, v in raw.items() if k not in ("name", "league")}
    options = None
    if isinstance(raw.get("data"), dict):
        options = _options(raw["data"], where)
    try:
        recipe = Recipe.model_validate({**raw, "name": name, "league": league})
    except ValidationError as bad:
        raise _teach(bad, Recipe, where) from None
    if options is None:
        raise RecipeError(f"{raw.get('data')!r}", where=f'{where}, "data"', expected="a table with its task")
    recipe = recipe.model_copy(update={"data": options})
    fields_of = {f.name for f in fields(recipe.module_of(recipe.model).Config)}
    known = sorted((fields_of | (set() if recipe.whole else {"frames"})) - {"classes", "inputs", "known"})
    for key in recipe.model_config_:
        if key not in known:
            raise RecipeError(f'unknown key "{key}"', where=f'{where}, "model_config.{key}"', todo=nearest(key, known))
    for key, name_of in (("model", recipe.model), *(("joined", other) for other in recipe.joined)):
        if not hasattr(recipe.module_of(name_of).Model, "state_dict"):
            raise RecipeError(
                f'"{name_of}" keeps no numbers, so it cannot ship', where=f'{where}, "{key}"',
                expected="a model with a state_dict", todo="`sportsai evaluate` shows it beside others as it is.",
            )  # fmt: skip
    try:
        if "frames" in fields_of or "frames" not in recipe.model_config_:
            recipe.config()
    except (ModelError, TypeError) as bad:
        raise RecipeError(str(bad), where=f'{where}, "model_config"') from None
    shares = recipe.train.shares
    if shares is not None and recipe.names and len(shares) != len(recipe.names):
        raise RecipeError(
            f"{len(shares)} shares", where=f'{where}, "train.shares"',
            expected=f"{len(recipe.names)}, one for each of {', '.join(recipe.names)}",
        )  # fmt: skip
    return recipe


def _options(raw: dict[str, Any], where: str | Path) -> TaskOptions:
    """Return the checked [data] table: its keys are those of its task."""
    task = raw.get("task", "handovers")
    if not isinstance(task, str):
        raise RecipeError(f"{task!r}", where=f'{where}, "data.task"', expected=f"one of {', '.join(task_names())}")
    try:
        kind: type[TaskOptions] = load_task(task).Options
    except RecipeError as bad:
        raise RecipeError(str(bad), where=f'{where}, "data.task"') from None
    try:
        return kind.model_validate({**raw, "task": task})
    except ValidationError as bad:
        raise _teach(bad, kind, where, "data.") from None


def dump_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as plain tables that `parse_recipe` reads back."""
    return {**recipe.model_dump(mode="json", by_alias=True), "data": recipe.data.model_dump(mode="json")}


def _teach(bad: ValidationError, model: type[BaseModel], where: str | Path, under: str = "") -> RecipeError:
    """Turn pydantic's first error into one line that names the key and the nearest known one."""
    first = min(
        bad.errors(), key=lambda e: e["type"] != "extra_forbidden"
    )  # a misspelt key before one it leaves missing
    place = [str(p) for p in first["loc"]]
    dotted = under + ".".join(place)
    if first["type"] == "extra_forbidden":
        part: type[BaseModel] = model
        for p in place[:-1]:
            inner = part.model_fields[p].annotation
            part = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else part
        known = [f.alias or k for k, f in part.model_fields.items() if k not in ("name", "league")]
        return RecipeError(f'unknown key "{place[-1]}"', where=f'{where}, "{dotted}"', todo=nearest(place[-1], known))
    if first["type"] == "missing":
        return RecipeError("is missing", where=f'{where}, "{dotted}"', expected="a value")
    said = first["msg"].removeprefix("Value error, ")
    said = said if said != first["msg"] else f"{first['input']!r}: {said.lower()}"
    return RecipeError(said, where=f'{where}, "{dotted}"')
