"""Train what ships for whole games: every game is used, each member leaves out others to choose its epoch by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from sportsai import __version__
from sportsai.data.timeline import streams
from sportsai.errors import DataError, RecipeError
from sportsai.learn.blend import Blend, Member
from sportsai.learn.lessons import deal
from sportsai.learn.recipe import Recipe
from sportsai.learn.ship import Shipped
from sportsai.learn.spotting import Found
from sportsai.tasks.moments import Games
from sportsai.whole.parts import Part, counted, missing
from sportsai.whole.trials import moments, said_of, seen_all, taught, with_teacher
from sportsai.whole.trust import curves, frame_curves

Progress = Callable[[int, int, str], None]
TRUSTED = (0.02, 0.05, 0.1, 0.2, 0.5)  # shares of frames read at which a scout's heat is told in probabilities


def member_config(recipe: Recipe, names: tuple[str, ...], i: int) -> Any:
    """Return the configuration of the i-th member; names: of what a frame tells.

    Of an attention's members each attends to another of the recipe's streams, and reads the ball. Raises RecipeError
    for a model that attends to nothing.
    """
    asked = getattr(recipe.data, "streams", ())
    if not asked:
        return recipe.config()
    if "attends" not in {f.name for f in fields(recipe.module_of(recipe.model).Config)}:
        raise RecipeError(f'"{recipe.model}" attends to no stream', where="data.streams", expected="attention_lstm")
    each = streams(names)
    return recipe.config(reads=each["ball"], attends=each[asked[i % len(asked)]])


def ship(
    recipe: Recipe, games: Games, *, seed: int | None = None, progress: Progress | None = None,
    keep: Path | None = None,
) -> Shipped:  # fmt: skip
    """Return the recipe's model trained on all games, its members' heat averaged when asked.

    keep: folder for finished trainings of its teacher.

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
    hands = max(part_of.values()) + 1
    shares = TRUSTED if recipe.model == "scout" else () if recipe.every_frame else (1.0,)
    members, validation, cpu, held = [], [], 0.0, []
    found: dict[float, list[Found]] = {share: [] for share in shares}
    said: list[Any] = []
    for i in range(t.members):
        hand = np.array([part_of[c] for c in games.contests])
        learn, choose = (tuple(np.flatnonzero(rows).tolist()) for rows in (hand != i % hands, hand == i % hands))
        part = Part(learn, choose, ())
        missing([games.lines[n] for n in part.train], recipe.names, "train")

        def step(epoch: int, epochs: int, word: str, i: int = i) -> None:
            if progress:
                progress(i * t.epochs + epoch, t.members * t.epochs, f"{recipe.model} {i + 1} of {t.members}, {word}")

        own, _ = with_teacher(recipe, games, seen, part, seed + i, keep, progress=step)
        config = member_config(recipe, seen[0].names, i)
        fitted = taught(recipe, games, own, part, recipe.model, config, seed + i, progress=step)
        members.append(Member(recipe.model, fitted.model, config, 1.0))
        validation.append(round(fitted.validation, 4))
        cpu += fitted.cpu_s
        for n in part.validation:
            held.append(games.lines[n])
            if recipe.every_frame:
                said.append(said_of([fitted.model], recipe, games.lines[n]))
            for share in shares:
                told = said_of([fitted.model], recipe, games.lines[n], share)
                found[share].append(moments(recipe, games.lines[n], told))
    trust = {f"{s:g}": curves(held, found[s], recipe.names, recipe.detect.tolerance_s) for s in shares}
    if said:
        truth = np.concatenate([line.labels for line in held])
        trust = {"1": frame_curves(truth, np.concatenate(said), recipe.names)}
    blend = Blend(tuple(members))
    count = np.sum([counted(line, len(recipe.names)) for line in games.lines], axis=0)
    about: dict[str, Any] = {
        "version": __version__, "seed": seed, "temperature": 1.0, "members": blend.about(),
        "names": list(recipe.names), "unit": "frames" if recipe.every_frame else "moments",
        "contests": contests, "sources": dict(games.sources), "terms": games.terms,
        "refused": dict(games.refused), "windows": dict(zip(recipe.names, count.tolist(), strict=True)),
        "moments": sum(len(line.at_s) for line in games.lines), "frames": sum(len(line) for line in games.lines),
        "validation": validation,
        "step_s": round(float(np.median([line.step_s for line in games.lines])), 4),
        "cpu_s": round(cpu, 1),
        "trust": trust,
    }  # fmt: skip
    return Shipped(blend, about)
