"""Train what ships for whole games: every game is used, each member leaves out others to choose its epoch by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sportsai import __version__
from sportsai.errors import DataError
from sportsai.learn.blend import Blend, Member
from sportsai.learn.lessons import deal
from sportsai.learn.recipe import Recipe
from sportsai.learn.ship import Shipped
from sportsai.tasks.moments import Games
from sportsai.whole.heat import heat
from sportsai.whole.parts import Part, missing
from sportsai.whole.trials import config_of, moments, say, seen_all, taught
from sportsai.whole.trust import curves

Progress = Callable[[int, int, str], None]


def ship(recipe: Recipe, games: Games, *, seed: int | None = None, progress: Progress | None = None) -> Shipped:
    """Return the recipe's model trained on all games, its members' heat averaged when asked.

    Each member leaves another part of the games out, and chooses its epoch by them; what a moment's heat is worth is
    read off the same games, each by the member that did not learn from it. Nothing is tested here.
    """
    t = recipe.train
    seed = t.seed if seed is None else seed
    contests = sorted(games.contests)
    if len(contests) < 2:
        raise DataError(
            f"only one game ({', '.join(contests)})", expected="at least 2: one to train on, one to choose by",
            todo="Give more games; a choice made on the game that trained would mean nothing.",
        )  # fmt: skip
    part_of = deal(contests, max(recipe.split.folds, 2), recipe.split.seed)
    seen = dict(enumerate(seen_all(games, recipe, range(len(games)))))
    config = config_of(recipe, recipe.model, next(iter(seen.values())).x.shape[1])
    hands = max(part_of.values()) + 1
    members, validation, cpu, held, found = [], [], 0.0, [], []
    for i in range(t.members):
        hand = np.array([part_of[c] for c in games.contests])
        learn, choose = (tuple(np.flatnonzero(rows).tolist()) for rows in (hand != i % hands, hand == i % hands))
        part = Part(learn, choose, ())
        missing([games.lines[n] for n in part.train], recipe.names, "train")

        def step(epoch: int, epochs: int, said: str, i: int = i) -> None:
            if progress:
                progress(i * t.epochs + epoch, t.members * t.epochs, f"{recipe.model} {i + 1} of {t.members}, {said}")

        fitted = taught(recipe, games, seen, part, recipe.model, config, seed + i, progress=step)
        members.append(Member(recipe.model, fitted.model, config, 1.0))
        validation.append(round(fitted.validation, 4))
        cpu += fitted.cpu_s
        for n in part.validation:
            held.append(games.lines[n])
            found.append(moments(recipe, games.lines[n], say(fitted.model, seen[n])))
    blend = Blend(tuple(members))
    count = np.sum([np.bincount(line.label, minlength=len(recipe.names)) for line in games.lines], axis=0)
    about: dict[str, Any] = {
        "version": __version__, "seed": seed, "temperature": 1.0, "members": blend.about(),
        "names": list(recipe.names), "contests": contests, "sources": dict(games.sources), "terms": games.terms,
        "refused": dict(games.refused), "windows": dict(zip(recipe.names, count.tolist(), strict=True)),
        "moments": int(count.sum()), "frames": sum(len(line) for line in games.lines), "validation": validation,
        "cpu_s": round(cpu, 1), "trust": curves(held, found, recipe.names, recipe.detect.tolerance_s),
    }  # fmt: skip
    return Shipped(blend, about)


def everywhere(blend: Blend, recipe: Recipe, games: Games, index: int) -> Any:
    """Return what all members say at every frame of a game, (N, K)."""
    (seen,) = seen_all(games, recipe, [index])
    return heat([m.model for m in blend.members], seen.x, seen.names, seen.line.stretches())
