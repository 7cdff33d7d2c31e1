"""Train what ships for a task: every game is used, each member leaves out other games to choose its epoch by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sportsai import __version__
from sportsai.data.splits import Split, by_period
from sportsai.errors import DataError
from sportsai.learn.batches import refuse_empty
from sportsai.learn.blend import Blend, blended
from sportsai.learn.lessons import deal
from sportsai.learn.measure import MANY, headline, leaning
from sportsai.learn.networks import choose_temperature_of, teach
from sportsai.learn.predict import averaged
from sportsai.learn.recipe import Recipe
from sportsai.learn.standard import standard
from sportsai.tasks import EVENT, Examples

Progress = Callable[[int, int, str], None]
FORESTS = ("extra_trees",)  # hundreds of trees averaged already: a second member says the same, at twice the size


@dataclass(frozen=True)
class Shipped:
    """A blend and what travels with it."""

    blend: Blend
    about: dict[str, Any]


def ship(recipe: Recipe, taught: Examples, *, seed: int | None = None, progress: Progress | None = None) -> Shipped:
    """Return the recipe's models trained on all games in `taught`.

    Each of the recipe's members is trained with another part of the games validating; the blend's temperature is chosen
    on those parts. Nothing is tested here: what it scores on games never seen is measured by `compare`.
    """
    t = recipe.train
    seed = t.seed if seed is None else seed
    splits = parts(recipe, taught)
    kinds = [recipe.model, *recipe.joined]
    members = []
    held: dict[int, list[Any]] = {}
    done, total = 0, t.members * len(kinds) * t.epochs
    for kind in kinds:
        own = {k: v for k, v in recipe.model_config_.items() if k != "frames"} if kind == recipe.model else {}
        config = standard(kind, taught, own)
        how = t if kind == recipe.model else t.model_copy(update={"precision": "32"})
        for i in range(1 if kind in FORESTS else t.members):
            split = splits[i % len(splits)]

            def step(epoch: int, epochs: int, said: str, kind: str = kind, i: int = i, before: int = done) -> None:
                if progress:
                    progress(before + epoch, total, f"{kind} {i + 1} of {t.members}, {said}")

            model = teach(
                kind, config, taught.take(split.train), taught.take(split.validation), how, seed=seed + i, progress=step
            )
            done += t.epochs
            members.append(model)
            event = split.validation[taught.kind[split.validation] == EVENT]
            held.setdefault(i % len(splits), []).append((event, model.scores(taught.take(event))))
    temperature, lean = _chosen(taught, held)
    blend = blended(members, temperature)
    about = {
        "version": __version__,
        "seed": seed,
        "temperature": temperature,
        "lean": lean,
        "members": blend.about(),
        "names": list(taught.names),
        "contests": sorted(set(taught.contest.tolist())),
        "sources": dict(taught.sources),
        "terms": taught.terms,
        "refused": dict(taught.refused),
        "windows": {n: int((taught.windows.label == k).sum()) for k, n in enumerate(taught.names)},
        "shares": _shares(taught),
        "moments": int((taught.kind == EVENT).sum()),
        "validation": [round(m.validation, 4) for m in members],
        "cpu_s": round(sum(m.cpu_s for m in members), 1),
    }  # fmt: skip
    return Shipped(blend, about)


def parts(recipe: Recipe, taught: Examples) -> list[Split]:
    """Return, for each member in turn, who validates; all other games train.

    Raises DataError with one game only, RecipeError when a class has no example among those that train.
    """
    splits = _dealt(recipe, taught)
    for split in splits[: recipe.train.members]:
        if taught.names and len(taught.names) <= MANY:
            refuse_empty(taught.take(split.train), _all(len(split.train)))
    return splits


def _dealt(recipe: Recipe, taught: Examples) -> list[Split]:
    none = np.zeros(0, np.int64)
    if recipe.split.by == "period":
        s = recipe.split
        each = (*s.train, *s.test)
        return [by_period(taught.windows, each, (), s.validation_share, last=last) for last in (True, False)]
    contests = sorted(set(taught.contest.tolist()))
    if len(contests) < 2:
        raise DataError(
            f"only one game ({', '.join(contests)})", expected="at least 2: one to train on, one to choose by",
            todo="Give more games; a choice made on the game that trained would mean nothing.",
        )  # fmt: skip
    part_of = deal(contests, recipe.split.folds, recipe.split.seed)
    part = np.array([part_of[c] for c in taught.windows.games])[taught.windows.game]
    return [
        Split(np.flatnonzero(part != i), np.flatnonzero(part == i), none, none)
        for i in range(max(part_of.values()) + 1)
    ]


def _chosen(taught: Examples, held: dict[int, list[Any]]) -> tuple[float, float | None]:
    """Return the blend's temperature and lean: on each part, the mean of the members that did not train on it."""
    if taught.hierarchy is not None:  # each label is a probability of its own
        return 1.0, None
    index = np.concatenate([each[0][0] for each in held.values()])
    said = []
    for each in held.values():
        choices = taught.choices[each[0][0]] if taught.choices is not None else None
        said.append(averaged([scores for _, scores in each], choices))
    together, events = np.concatenate(said), taught.take(index)
    temperature = choose_temperature_of(together, events)
    if headline(taught) != "mAP":
        return temperature, None
    return temperature, leaning(events.windows.label, together / temperature, np.array(_shares(taught)))


def _all(n: int) -> Split:
    every, none = np.arange(n), np.zeros(0, np.int64)
    return Split(every, every, every, none)


def _shares(taught: Examples) -> list[float]:
    """Return the share of each class among the events, (K,)."""
    count = np.bincount(taught.windows.label[taught.kind == EVENT], minlength=len(taught.names)).astype(float)
    return [round(float(c), 6) for c in count / max(count.sum(), 1)] if taught.names else []
