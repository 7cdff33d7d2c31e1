"""Trials: a model of whole games taught on a part's games, and what it then says of every game.

A finished trial is kept as a file named by all it depends on, so that a comparison that was stopped goes on.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.data.timeline import Timeline
from sportsai.errors import RecipeError
from sportsai.learn.metrics import mean_ap_of
from sportsai.learn.recipe import Recipe, TrainPart, load_recipe
from sportsai.learn.spotting import Found
from sportsai.learn.steps import Progress
from sportsai.learn.trials import digest
from sportsai.library.atomic import write_bytes
from sportsai.sequence_models import sequence_model_names
from sportsai.tasks.moments import Games
from sportsai.whole.attend import attended, chunks, looks
from sportsai.whole.fit import Fitted, Seen, fit
from sportsai.whole.heat import heat
from sportsai.whole.parts import Part
from sportsai.whole.reading import BUDGET, SHARES, START, glimpses, scout
from sportsai.whole.score import score
from sportsai.whole.spots import spots

Float = NDArray[np.float64]
SCHEDULES: dict[str, dict[str, Any]] = {  # where another than the recipe's teaches a model better
    "glimpse": {"batch": 64, "windows_per_epoch": 12800, "lr": 1e-3, "weight_decay": 1e-4},
}
READERS = {"scout": "scout", "glimpse": "glimpses"}  # models that read few frames: how
WEIGHTS = "weights."  # of a kept trial's arrays, those the model learned
READS, HELD = 0.08, 24  # share of frames a scout reads, and games it reads, to choose its epoch by


@dataclass(frozen=True)
class Told:
    """What one training says: the heat of each game, by its place, (N, K) each; of those that taught it, too."""

    heat: dict[int, Float]
    parameters: int
    cpu_s: float


def seen_all(games: Games, recipe: Recipe, index: Sequence[int]) -> list[Seen]:
    """Return the games at `index`, read whole, as the recipe's model sees them."""
    return [seen_of(games.lines[i], recipe) for i in index]


def seen_of(line: Timeline, recipe: Recipe) -> Seen:
    """Return a game, read whole, as the recipe's model sees it."""
    d = recipe.data
    return Seen.of(line, getattr(d, "heat_s", 1.0), ball_only=d.ball_only, pace=d.pace, gaps=d.gaps, attack=d.attack)


def said_of(models: Sequence[Any], recipe: Recipe, line: Timeline, share: float = BUDGET) -> Float:
    """Return what trained models of a recipe say of a game, (N, K), together: those that read all of it, or a share."""
    if recipe.model in READERS:
        return Way(READERS[recipe.model], share).read(models, line, recipe.data)
    return say(models, seen_of(line, recipe), recipe.data.chunk)


def say(models: Sequence[Any], seen: Seen, chunk: int, mirrors: bool = True) -> Float:
    """Return what models say at every frame of a game, (N, K), together; chunk: frames of one, for those that answer
    chunks as one. Labels of every frame may tell the teams apart: they are asked as they are, without mirror images."""
    mirrors = mirrors and seen.line.labels is None
    if looks(models[0]):
        return attended(models, seen.x, seen.names, seen.line.stretches(), chunk, mirrors)
    return heat(models, seen.x, seen.names, seen.line.stretches(), mirrors)


def moments(recipe: Recipe, line: Timeline, told: Float) -> Found:
    """Return the moments that stand out of what is said of a game."""
    return spots(line, told, recipe.detect.apart_s, recipe.data.shadow_s)


def taught(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, name: str, config: Any, seed: int,
    train: TrainPart | None = None, progress: Progress | None = None,
) -> Fitted:  # fmt: skip
    """Return the model fitted to a part's games, its epoch chosen by mAP at the recipe's tolerance on those held.

    A scout reads READS of the frames of the first HELD of them for it, an agent as many as it glimpses; others all.
    """

    d = recipe.data

    def found(model: Any, i: int) -> Float:
        line = games.lines[i]
        if name in READERS:
            return Way(READERS[name], READS).read([model], line, d)
        return say([model], seen[i], d.chunk, mirrors=False)

    held = part.validation[:HELD] if name == "scout" else part.validation

    def measure(model: Any) -> float:
        if looks(model):  # judged by what it is taught: what a chunk holds
            each = [chunks(model, seen[i].x, seen[i].heat, games.lines[i].stretches(), d.chunk) for i in held]
            return mean_ap_of(np.concatenate([t for t, _ in each]), np.concatenate([s for _, s in each]))
        if recipe.every_frame:
            truth = [games.lines[i].labels for i in held]
            return mean_ap_of(np.concatenate(truth), np.concatenate([found(model, i) for i in held]))  # type: ignore[arg-type]
        spotted = [moments(recipe, games.lines[i], found(model, i)) for i in held]
        return float(score([games.lines[i] for i in held], spotted, recipe.names, (recipe.detect.tolerance_s,)).mean[0])

    chunk = config.frames if name == "glimpse" else recipe.data.chunk
    full = {} if name == recipe.model else {"precision": "32"}
    t = (train or recipe.train).model_copy(update=full | SCHEDULES.get(name, {}))
    turned = np.array(d.turned) if hasattr(d, "turned") else None
    figure = "per-frame mAP" if recipe.every_frame else f"mAP within {recipe.detect.tolerance_s:g} s"
    return fit(
        name, config, [seen[i] for i in part.train], t, chunk, measure, seed=seed, turned=turned,
        figure=figure, progress=progress,
    )  # fmt: skip


def trial(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, name: str, seed: int, *, keep: Path | None = None,
    progress: Progress | None = None, share: float = BUDGET, **changes: Any,
) -> Told:  # fmt: skip
    """Return what one training of a model says of every frame of every game; kept in `keep`, if given.

    share: of the frames of the games that choose and test, which a model reads that reads few. changes: of the model's
    configuration.
    """
    if name in READERS:
        own, _ = with_teacher(recipe, games, seen, part, seed, keep, progress)
        ways = [Way(READERS[name], s) for s in dict.fromkeys((*SHARES, share))]
        return read_trial(recipe, games, own, part, name, seed, ways, keep=keep, progress=progress,
                          taught_by=recipe.data.teacher, **changes)[Way(READERS[name], share)]  # fmt: skip
    config = recipe.instead(name).config(**changes)
    path = kept_at(keep, recipe, games, part, name, seed, repr(config))
    if path is not None and path.is_file():
        return _load(path)
    model = taught(recipe, games, seen, part, name, config, seed, progress=progress)
    told = {str(i): say([model.model], seen[i], recipe.data.chunk, i not in part.train) for i in range(len(games))}
    _keep(path, told, model)
    return Told({int(i): v for i, v in told.items()}, model.parameters, model.cpu_s)


def read_trial(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, name: str, seed: int,
    ways: Sequence[Way], *, keep: Path | None = None, progress: Progress | None = None, taught_by: str = "",
    **changes: Any,
) -> dict[Way, Told]:  # fmt: skip
    """Return what one training of a model that reads few frames says of the games that choose and test, way by way.

    taught_by: a mark of the teacher whose heat `seen` holds. changes: of the model's configuration.
    """
    config = recipe.instead(name).config(**changes)
    path = kept_at(keep, recipe, games, part, name, seed, (repr(config), taught_by, READS, HELD))
    if path is None or not _has(path, ways, part):
        model = taught(recipe, games, seen, part, name, config, seed, progress=progress)
        told = {}
        for way in ways:
            for i in way.games(part):
                told[f"{way.key} {i}"] = way.read([model.model], games.lines[i], recipe.data)
        if path is None:
            return _by_way(ways, told, model.parameters, model.cpu_s)
        _keep(path, told, model)
    with np.load(path, allow_pickle=False) as kept:
        told = {k: kept[k].astype(np.float64) for k in kept.files if " " in k}
        return _by_way(ways, told, int(kept["parameters"]), float(kept["cpu_s"]))


@dataclass(frozen=True)
class Way:
    """How a game is read: a share of its frames, and which; "glimpses" are as many as the agent has."""

    how: str
    budget: float = 0.0

    @property
    def key(self) -> str:
        """Its name in files and tables."""
        return f"{self.how}@{self.budget:g}"

    def games(self, part: Part) -> tuple[int, ...]:
        """Return the games that are read this way: those that test, and where it is how a model chooses, those too."""
        return (*part.validation, *part.test) if self.how in READERS.values() else part.test

    def read(self, models: Sequence[Any], line: Timeline, data: Any) -> Float:
        """Return the heat of a game read this way, (N, K), models together. data: the recipe's: what a frame shows."""
        if self.how == "glimpses":
            return np.mean([glimpses(model, line, data.gaps, data.ball_only).heat for model in models], axis=0)
        start = 1.0 if self.how == "even" else START
        return scout(
            models, line, self.budget, gaps=data.gaps, ball_only=data.ball_only, start=start,
            wants=self.how != "undecided",
        ).heat  # fmt: skip


def _by_way(ways: Sequence[Way], told: dict[str, Float], parameters: int, cpu_s: float) -> dict[Way, Told]:
    out = {}
    for way in ways:
        mine = {int(k.rsplit(" ", 1)[1]): v for k, v in told.items() if k.rsplit(" ", 1)[0] == way.key}
        out[way] = Told(mine, parameters, cpu_s)
    return out


def with_teacher(
    recipe: Recipe, games: Games, seen: dict[int, Seen], part: Part, seed: int, keep: Path | None = None,
    progress: Progress | None = None,
) -> tuple[dict[int, Seen], Told | None]:  # fmt: skip
    """Return the games with what the recipe's teacher says of them, and the teacher's trial; None without a teacher.

    The teacher learned from the same part's games, having read every frame and how fast things move.
    """
    if not recipe.data.teacher:
        return seen, None
    own = teacher_of(recipe)
    if getattr(recipe.data, "camera", False) and not getattr(own.data, "camera", False):
        games = replace(
            games, lines=tuple(replace(n, frames=n.unfilmed, unfilmed=None) for n in games.lines if n.unfilmed)
        )
    told = trial(own, games, dict(enumerate(seen_all(games, own, range(len(games))))), part, own.model, seed,
                 keep=keep, progress=progress)  # fmt: skip
    return {i: replace(s, teacher=told.heat[i].astype(np.float32)) for i, s in seen.items()}, told


def teacher_of(recipe: Recipe) -> Recipe:
    """Return the recipe of its teacher: itself with the model named, or another recipe of its league, told as much of
    the clock; RecipeError for one that reads few frames."""
    name = recipe.data.teacher
    if name in sequence_model_names():
        own, data = recipe.instead(name), recipe.data.model_copy(update={"teacher": "", "pace": True})
    else:
        own = load_recipe(recipe.league, name)
        data = own.data.model_copy(update={"gaps": recipe.data.gaps})
    if own.model in READERS:
        raise RecipeError(
            f'"{name}" reads few frames', where="data.teacher", expected="a model, or a recipe, that reads all of them",
            todo="For example spot_conv.",
        )  # fmt: skip
    if own.names != recipe.names:
        raise RecipeError(
            f'"{name}" knows {", ".join(own.names)}', where="data.teacher", expected=", ".join(recipe.names),
            todo="A teacher says of the same classes how sure it is.",
        )  # fmt: skip
    return own.model_copy(update={"data": data})


def _has(path: Path, ways: Sequence[Way], part: Part) -> bool:
    """Whether a kept trial says what every way of reading gives of every game that chooses or tests."""
    if not path.is_file():
        return False
    with np.load(path, allow_pickle=False) as kept:
        return all(f"{way.key} {i}" in kept.files for way in ways for i in way.games(part))


def kept_at(
    keep: Path | None, recipe: Recipe, games: Games, part: Part, name: str, seed: int, more: Any
) -> Path | None:
    """Return the file a trial is kept in, named by all it depends on; None where none is kept."""
    if keep is None:
        return None
    t = {k: v for k, v in recipe.train.model_dump(exclude_defaults=True).items() if k not in ("seed", "members")}
    lines = [(line.contest, len(line), len(line.at_s)) for line in games.lines]
    apart = (recipe.detect.apart_s, recipe.detect.tolerance_s)
    data = recipe.data.model_dump(mode="json", exclude_defaults=True, exclude={"worth", "streams"})
    t |= SCHEDULES.get(name, {})
    mark = digest(data, more, t, apart, vars(part), lines, dict(games.sources))
    return keep / f"{recipe.league}-{name}-{seed}-{mark}.npz"


def _keep(path: Path | None, told: dict[str, Float], model: Fitted) -> None:
    if path is None:
        return
    out = io.BytesIO()
    half: dict[str, Any] = {k: v.astype(np.float16) for k, v in told.items()}
    learned = {WEIGHTS + k: v.numpy() for k, v in model.model.state_dict().items()}
    np.savez_compressed(out, parameters=model.parameters, cpu_s=model.cpu_s, **half, **learned)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, out.getvalue())


def kept_trial(recipe: Recipe, games: Games, part: Part, name: str, seed: int, keep: Path) -> Told | None:
    """Return a trial of a model that reads every frame, where it was kept; None where none was."""
    path = kept_at(keep, recipe, games, part, name, seed, repr(recipe.instead(name).config()))
    return _load(path) if path is not None and path.is_file() else None


def taught_model(
    recipe: Recipe, games: Games, part: Part, name: str, seed: int, keep: Path, **changes: Any
) -> Any:  # fmt: skip
    """Return the model of a trial that was kept; None where none was, or none with its weights."""
    own = recipe.instead(name)
    config = own.config(**changes)
    more = (repr(config), recipe.data.teacher, READS, HELD) if name in READERS else repr(config)
    path = kept_at(keep, recipe, games, part, name, seed, more)
    assert path is not None
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        state = {k.removeprefix(WEIGHTS): torch.from_numpy(kept[k]) for k in kept.files if k.startswith(WEIGHTS)}
    if not state:
        return None
    model = own.module_of(name).Model(config)
    model.load_state_dict(state)
    return model.eval()


def _load(path: Path) -> Told:
    with np.load(path, allow_pickle=False) as kept:
        said = {int(k): kept[k].astype(np.float64) for k in kept.files if k.isdigit()}
        return Told(said, int(kept["parameters"]), float(kept["cpu_s"]))
