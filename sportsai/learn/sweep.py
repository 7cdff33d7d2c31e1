"""Look for the values of a recipe's keys that validate best: a search by optuna, kept in one SQLite file.

Every trial is one training on the games that train, judged by the games that validate. The games that test are not
read; what the best values are worth, `evaluate` says on them. A study that was stopped goes on where it was.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from sportsai.errors import DataError, RecipeError, SportsaiError, StoreError, missing_extra, nearest
from sportsai.learn.engine import Engine, running
from sportsai.learn.lessons import folds
from sportsai.learn.networks import teach
from sportsai.learn.recipe import Recipe, dump_recipe, parse_recipe
from sportsai.learn.standard import standard
from sportsai.learn.trials import digest
from sportsai.tasks import EVENT, Examples

NAME = "sweep"  # of the study in its file
FIRST = 5  # trials drawn at random, and never pruned
_FIXED = {"train.seed", "train.members", "data.task", "data.games"}  # they say what is asked, or by what


@dataclass(frozen=True)
class Param:
    """A key that is swept: from `low` to `high`, evenly or by its logarithm, or one of `choices`."""

    key: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[Any, ...] = ()
    whole: bool = False

    def suggest(self, trial: Any) -> Any:
        """Return the value a trial is to try."""
        if self.choices:
            return trial.suggest_categorical(self.key, self.choices)
        if self.whole:
            return trial.suggest_int(self.key, int(self.low), int(self.high), log=self.log)
        return trial.suggest_float(self.key, self.low, self.high, log=self.log)

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values that show whether the recipe takes such: the least and the most, or every choice."""
        return self.choices or tuple(int(v) if self.whole else v for v in (self.low, self.high))


@dataclass(frozen=True)
class Judged:
    """What one training reached. figure: on validation. moments: that validated. tested: who tests, and was not read.

    headline: what the figure is.
    """

    figure: float
    moments: int
    headline: str
    tested: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swept:
    """What a study holds: a row for each trial, what its figure is, and who tests and was not read."""

    rows: list[dict[str, Any]]
    headline: str
    tested: tuple[str, ...]

    @property
    def done(self) -> list[dict[str, Any]]:
        """The trials that came to their end, best first, the earlier of equals first."""
        return sorted((r for r in self.rows if r["ended"] == "done"), key=lambda r: -r["figure"])


def read_param(text: str, recipe: Recipe) -> Param:
    """Return what a text as "train.lr=1e-4:1e-2:log", "train.batch=32:128" or "train.balance=0,0.5,1" asks for.

    Raises RecipeError for a text that is none, a key the recipe has not or that is not to be swept, or a value it
    refuses.
    """
    shape = re.fullmatch(r"([a-z_.]+)=(.+)", text.strip())
    if shape is None:
        raise RecipeError(f'"{text}"', where="--param", expected="KEY=LOW:HIGH, KEY=LOW:HIGH:log or KEY=A,B,C",
                          todo="For example: --param train.lr=1e-4:1e-2:log")  # fmt: skip
    key, said = shape[1], shape[2]
    kind = _kind(recipe, key)
    if ":" in said:
        try:
            low, high, *more = said.split(":")
            span = float(low), float(high)
        except ValueError:
            raise RecipeError(f'"{said}"', where=f"--param {key}", expected="LOW:HIGH, two numbers") from None
        if more not in ([], ["log"]) or not span[0] < span[1] or (more and span[0] <= 0) or kind not in (int, float):
            raise RecipeError(
                f'"{said}"', where=f"--param {key}",
                expected="LOW:HIGH, the least first, :log only above 0" if kind in (int, float) else "A,B,C",
            )  # fmt: skip
        param = Param(key, *span, bool(more), whole=kind is int)
    else:
        param = Param(key, choices=tuple(_value(v, kind) for v in said.split(",")))
    for value in param.ends:
        changed(recipe, {key: value})
    return param


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Return the recipe with other values of some keys; RecipeError for one it refuses."""
    raw = dump_recipe(recipe)
    for key, value in values.items():
        part, _, name = key.partition(".")
        raw[part] = {**raw[part], name: value}
    return parse_recipe(raw, recipe.league, recipe.name, "--param")


def task_judge(load: Callable[[Recipe], Examples], seed: int) -> Callable[[Recipe], Judged]:
    """Return what judges a task's recipe: one training, on the first split that the recipe is scored over.

    load: gives a recipe's examples; they are loaded anew only where a trial changes the [data] or the frames.
    """
    kept: dict[str, Examples] = {}

    def judge(recipe: Recipe) -> Judged:
        mark = digest(recipe.data.model_dump(mode="json"), recipe.frames)
        if mark not in kept:
            kept.clear()
            kept[mark] = load(recipe)
        taught = kept[mark]
        split = folds(taught, recipe)[0]
        config = standard(recipe.model, taught, {k: v for k, v in recipe.model_config_.items() if k != "frames"})
        validation = taught.take(split.validation)
        model = teach(recipe.model, config, taught.take(split.train), validation, recipe.train, seed=seed)
        tested = tuple(sorted(set(taught.contest[split.test].tolist())))
        return Judged(model.validation, int((validation.kind == EVENT).sum()), taught.headline, tested)

    return judge


def sweep(
    recipe: Recipe, params: Sequence[Param], judge: Callable[[Recipe], Judged], path: Path, trials: int, *,
    seed: int = 0, progress: Callable[[int, int, str], None] | None = None,
) -> Swept:  # fmt: skip
    """Return the study in `path` once it has `trials` that ended.

    A trial that lies under the median of the earlier ones at the same epoch is cut off ("pruned"); one whose values
    the recipe or the model refuses has "failed", and says why. Raises StoreError for a file that is no study, or one of
    another recipe, other keys or another seed; SportsaiError where optuna is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise missing_extra("optuna", "scale") from None
    study = _study(optuna, recipe, params, path, seed)

    def objective(trial: Any) -> float:
        def watch(epoch: int, figure: float) -> None:
            trial.report(figure, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            asked = changed(recipe, {p.key: p.suggest(trial) for p in params})
            with running(Engine(watch=watch)):
                found = judge(asked)
        except SportsaiError as bad:
            trial.set_user_attr("why", str(bad))
            raise
        trial.set_user_attr("moments", found.moments)
        study.set_user_attr("headline", found.headline)
        study.set_user_attr("tested", list(found.tested))
        return found.figure

    while (done := _ended(study)) < trials:
        if progress:
            progress(done, trials, f"trial {done + 1} of {trials}")
        study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=FIRST)
        study.optimize(objective, n_trials=1, catch=(SportsaiError,))
    return Swept(_rows(study), study.user_attrs.get("headline", ""), tuple(study.user_attrs.get("tested", ())))


def _rows(study: Any) -> list[dict[str, Any]]:
    """Return a study's trials: number, how it ended, its figure, the epochs it ran, moments that judged it, values."""
    return [
        {
            "trial": t.number, "ended": _how(t), "epochs": len(t.intermediate_values) or None,
            "figure": t.value if t.value is not None else max(t.intermediate_values.values(), default=None),
            "moments": t.user_attrs.get("moments"), **t.params, "why": t.user_attrs.get("why", ""),
        }
        for t in study.trials
    ]  # fmt: skip


def _how(trial: Any) -> str:
    """Return how a trial ended: one that failed without saying why was stopped from outside, as one still running."""
    named = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed" if "why" in trial.user_attrs else "stopped"}
    return named.get(trial.state.name, "stopped")


def best_toml(text: str, recipe: Recipe, values: Mapping[str, Any], note: str) -> str:
    """Return a recipe's TOML with the best values put in, its comments kept, `note` above.

    Where a recipe is scored over several deals of the same games, the best one tests the first part alone: the games of
    the other parts chose these values, or taught what was chosen.
    """
    try:
        import tomlkit
    except ImportError:
        raise missing_extra("tomlkit", "scale") from None
    doc = tomlkit.parse(text)
    values = dict(values)
    if recipe.split.by == "game":
        values["split.tests"] = 1
    for key, value in values.items():
        part, _, name = key.partition(".")
        if part not in doc:
            doc[part] = tomlkit.table()
        doc[part][name] = value
    return f"# {note}\n{tomlkit.dumps(doc)}"


def _study(optuna: Any, recipe: Recipe, params: Sequence[Param], path: Path, seed: int) -> Any:
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and (raw := path.read_bytes()) and not raw.startswith(b"SQLite format 3\x00"):
            raise StoreError("is no study", where=path, expected="an SQLite file that a sweep wrote",
                             todo="Name another: --study FILE")  # fmt: skip
        url = URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)
        study = optuna.create_study(
            storage=optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}}), study_name=NAME,
            direction="maximize", load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST, n_warmup_steps=max(1, recipe.train.epochs // 4)),
        )  # fmt: skip
        asked = digest(dump_recipe(recipe), [vars(p) for p in params], seed)
        if study.user_attrs.setdefault("of", asked) != asked:
            raise StoreError(
                "is a study of another recipe, other keys, ranges or seed", where=path, expected="the same as it began",
                todo="Name another file: --study FILE",
            )  # fmt: skip
        study.set_user_attr("of", asked)
    except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, KeyError, OSError) as bad:
        reason = (str(bad).splitlines() or [type(bad).__name__])[0]
        raise StoreError(
            f"cannot be used as a study: {reason}", where=path, todo="Name another: --study FILE"
        ) from None
    return study


def _ended(study: Any) -> int:
    """Return how many trials came to an end of their own, good or bad."""
    return sum(_how(t) != "stopped" for t in study.trials)


def _kind(recipe: Recipe, key: str) -> type:
    """Return what a key of a recipe holds: int, float, bool or str."""
    part, _, name = key.partition(".")
    known: dict[str, Any] = {}
    if part == "model_config":
        config = recipe.module_of(recipe.model).Config
        known = {} if recipe.whole else {"frames": int}
        known |= {f.name: type(getattr(config(), f.name)) for f in fields(config)}
    elif part in ("train", "data"):
        of = type(recipe.train) if part == "train" else type(recipe.data)
        known = {k: _plain(f.annotation) for k, f in of.model_fields.items()}
    known = {k: v for k, v in known.items() if f"{part}.{k}" not in _FIXED}
    if name not in known:
        every = [f"{part}.{k}" for k in known] if known else ["train.lr", "data.KEY", "model_config.KEY"]
        raise RecipeError(
            f'"{key}" is not to be swept', where="--param", expected="a key of [train], [data] or [model_config]",
            todo=nearest(key, every),
        )  # fmt: skip
    if known[name] not in (int, float, bool, str):
        raise RecipeError(f'"{key}" holds a list', where="--param", expected="a key that holds a number or a word")
    return known[name]


def _plain(annotation: Any) -> type:
    """Return the type of a field that may also be None, or that names what it may be."""
    parts = [a for a in get_args(annotation) if a is not NoneType]
    if get_origin(annotation) is Literal:
        return str
    if annotation in (int, float, bool, str):
        return annotation
    return _plain(parts[0]) if len(parts) == 1 and get_origin(annotation) not in (tuple, list, dict) else tuple


def _value(text: str, kind: type) -> Any:
    """Return a choice as the recipe holds it: numbers and true or false as TOML writes them, all else a word."""
    if kind is str:
        return text.strip()
    try:
        value = tomllib.loads(f"v = {text.strip()}")["v"]
    except tomllib.TOMLDecodeError:
        value = None
    if not isinstance(value, (int, float)) or (kind is int and not isinstance(value, int)):
        raise DataError(f'"{text}"', key="--param", expected=f"{kind.__name__} values between commas")
    return value
