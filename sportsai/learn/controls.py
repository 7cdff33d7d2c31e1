"""Is it style, or something that gives the team away? The same model, again, with what could leak taken out of reach.

A score is called style only where it survives: attackers who are never in their own arena, at home only, the ball
alone, games much later than those that trained. The probe asks the opposite: can the arena itself be read off the
visitors? Where it can, a team's own arena could give it away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.data.splits import Split
from sportsai.data.styles import pool_weight
from sportsai.learn.compare import table
from sportsai.learn.lessons import folds, task_examples
from sportsai.learn.recipe import Recipe
from sportsai.learn.trials import said_of
from sportsai.tasks import Examples

Progress = Callable[..., None]
TASKS = ("styles",)  # whose score means little without them
LATER = 0.2  # the share of the season that tests, and that validates, when games are in order
WORDS = {
    "as it ships": "home and away, attackers and ball",
    "away only": "trained and tested on visitors: nobody is in his own arena",
    "home only": "trained and tested on hosts",
    "ball only": "no players",
    "no ball": "players only",
    "later games": "the season's first three fifths train, the last fifth tests",
    "arena of the visitors": "probe: the arena is to be told from the visitors; high would be a leak",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "away only": {"side": "away"}, "home only": {"side": "home"}, "ball only": {"players": False},
    "no ball": {"ball": False}, "arena of the visitors": {"side": "away"},
}  # fmt: skip


def controls(
    recipe: Recipe, *, folder: Path | None = None, seeds: Sequence[int] = (0,), keep: Path | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each control: what it is, top-1, top-3 and team-quarter on games never seen, and chance."""
    rows = []
    for n, (name, words) in enumerate(WORDS.items()):
        if progress:
            progress(n, len(WORDS), text=f"Control: {name}")
        changed, taught = _case(name, recipe, folder)
        splits = _in_order(taught) if name == "later games" else folds(taught, changed)
        said = {recipe.model: said_of(changed, taught, splits, recipe.model, seeds, keep)}
        found = table(changed.model_copy(update={"joined": ()}), taught, splits, said)
        row = found["rows"][0]
        rows.append(
            {"name": name, "words": words, "moments": found["items"], "games": found["contests"], "seeds": len(seeds),
             **row["mean"], "interval": row["interval"], "chance": found["chance"].get("top-1")}
        )  # fmt: skip
    return rows


def verdict(rows: Sequence[dict[str, Any]]) -> str:
    """Return what the controls allow to be said of style."""
    by = {r["name"]: r for r in rows}
    away, home, probe = by["away only"], by["home only"], by["arena of the visitors"]
    holds = away["interval"][0] > 3 * away["chance"] and probe["interval"][0] <= 1.5 * probe["chance"]
    text = (
        f"Trained and tested on visitors only, {away['top-1']:.1%} of possessions are given to the right team "
        f"(chance {away['chance']:.1%}); the arena is told from visitors in {probe['top-1']:.1%}."
    )
    if home["top-1"] > away["top-1"]:
        text += f" Of hosts, {home['top-1']:.1%} are: some of that may be their own arena's cameras."
    return text + (" What is left is how the team moves." if holds else " No claim of style is made.")


def beside(
    recipe: Recipe, taught: Examples, *, folder: Path | None = None, keep: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what is to stand beside a style's scores: its controls, what they allow to be said, and what a
    possession counts for when a team's are taken together (chosen on the games that validate).
    """
    rows = controls(recipe, folder=folder, keep=keep, progress=progress)
    said = said_of(recipe, taught, folds(taught, recipe), recipe.model, (recipe.train.seed,), keep)[0].validation
    held = np.flatnonzero(np.isfinite(said).any(1))
    group, label = taught.facts["team_quarter"].to_numpy()[held], taught.windows.label[held]
    return {"controls": rows, "claim": verdict(rows), "pool_weight": pool_weight(said[held], group, label)}


def _case(name: str, recipe: Recipe, folder: Path | None) -> tuple[Recipe, Examples]:
    options = OPTIONS.get(name, {})
    changed = recipe.model_copy(update={"data": recipe.data.model_copy(update=options)})
    if name == "later games":  # a different deal is a different recipe to what is kept
        changed = changed.model_copy(update={"split": changed.split.model_copy(update={"folds": 2, "tests": 1})})
    taught = task_examples(changed, folder)
    if name == "arena of the visitors":
        arena = np.array([taught.names.index(a) for a in taught.facts["arena"]])
        facts = taught.facts.assign(team_quarter=taught.facts["game_id"])
        taught = replace(taught, windows=replace(taught.windows, label=arena), facts=facts,
                         sources={**taught.sources, "label": "arena"})  # fmt: skip
    return changed, taught


def _in_order(taught: Examples) -> list[Split]:
    """Return the split by date: the first games train, then some validate, the last test."""
    order = taught.facts["order"].to_numpy()
    rank = np.searchsorted(np.unique(order), order) / max(len(np.unique(order)), 1)
    test, validation = rank >= 1 - LATER, (rank >= 1 - 2 * LATER) & (rank < 1 - LATER)
    none = np.zeros(0, np.int64)
    return [Split(np.flatnonzero(~test & ~validation), np.flatnonzero(validation), np.flatnonzero(test), none)]
