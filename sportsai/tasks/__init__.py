"""What can be taught: one file a task, found by listing this folder. A task turns a provider's files into examples.

A task file has
    TITLE                      what it teaches, in a phrase
    class Options(TaskOptions) the keys of a recipe's [data] table that are its own, with their defaults
    def find(folder)           its files in a folder laid out like the public sets, or anywhere below; [] if none
    def examples(files, options, frames) -> Examples
and, where they say something: EXPECTED what `find` looks for, FAILS where a model of it fails (lines of its card),
APART a figure's name -> the column of facts whose moments it leaves out, POOLED a figure's name -> the column whose
moments are decided together, KEY = False where no player is the key, OWN_IDS = False where contests have no id of
their own, MODELS those its tables compare, READS what a window holds, where that is not positions with the
acting team attacking right, MANY = True where several classes hold at once, ACTS the
actions of which one person does one, PART the column of facts that says which contests a data set's authors train and
test on, MAKES = True where it makes its games itself if it is given no files.

A task of whole games has WHOLE = True, find(folder, options, league) and timelines(files, options, league) -> Games
instead of examples, Options on `moments.FramesPart`, and EVERY = True where it labels every frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict

from sportsai import plugins
from sportsai.data.windows import Windows, join
from sportsai.errors import DataError, RecipeError

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
EVENT, MOVED, NONE = 0, 1, 2  # the moment itself; the same moment seen early or late; no event


class TaskOptions(BaseModel):
    """Keys of a recipe's [data] table; a task adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    task: str


@dataclass(frozen=True)
class Hierarchy:
    """Labels of which several may hold at once, on levels, coarse first, and how they stand to each other.

    level (K,): of each label. implies, part_of, excludes: pairs of places (a, b), deduced ones too.
    """

    level: tuple[int, ...]
    implies: tuple[tuple[int, int], ...] = ()
    part_of: tuple[tuple[int, int], ...] = ()
    excludes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Examples:
    """Windows with what is true of them, of whole games. n windows, P places, K classes.

    windows: what a model sees, `label` the class (or, where `choices` is given, the place of the right choice);
        `windows.games` are the contests, the unit of splits and intervals.
    names: the K classes in order; () where the answer is one of the players.
    kind (n,): EVENT, MOVED or NONE; only EVENT is tested on.
    also (n, K) bool or None: every class true of the moment, where there may be more than one (`label` is one of them).
    hierarchy: how the names stand to each other where any of them may hold; then `also` is the truth, and `label` only
        says which of a moment's labels windows are drawn by. None where one class is asked for.
    choices (n, P) bool or None: the places among which the answer lies, in tasks that ask "which player?".
    people (n, P) int64 or None: what each person does, one of `people_names`, -1 where nobody said.
    more: further inputs of a window by the name a model's `forward` gives them, each (n, ...): "size" (n, P, T, 2) of
        boxes, "scene" (n, S, F) of whole frames. turned (K,) or None: the class of each class's mirror image, where
        left and right of the picture are exchanged (x to -x) and classes with them. headline: the figure that chooses,
        where it is not mAP (or top-1 of players and of many classes).
    facts: a table of n rows a model never sees, for controls and pages (home, date, arena, ...).
    sources: file name -> sha256. terms: the data's licence in a line. refused: reason -> moments left out.
    """

    windows: Windows
    names: tuple[str, ...]
    kind: Int
    also: Bool | None = None
    hierarchy: Hierarchy | None = None
    choices: Bool | None = None
    people: Int | None = None
    people_names: tuple[str, ...] = ()
    more: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    turned: Int | None = None
    headline: str = ""
    facts: pd.DataFrame = field(default_factory=pd.DataFrame)
    sources: Mapping[str, str] = field(default_factory=dict)
    terms: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.windows)
        each = {"kind": self.kind, "also": self.also, "choices": self.choices, "people": self.people, **self.more}
        for name, rows in each.items():
            if rows is not None and len(rows) != n:
                raise DataError(f"{len(rows)} rows of {name}", expected=f"{n}, one a window")
        if len(self.facts.columns) and len(self.facts) != n:
            raise DataError(f"{len(self.facts)} rows of facts", expected=f"{n}, one a window")

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def contest(self) -> NDArray[np.str_]:
        """Return the contest of each window, (n,)."""
        return np.array(self.windows.games, str)[self.windows.game]

    def take(self, index: ArrayLike) -> Examples:
        """Return the examples at `index` (integers or a mask), in that order."""
        index = np.asarray(index)
        rows = np.flatnonzero(index) if index.dtype == bool else index
        return replace(
            self,
            windows=self.windows.take(index),
            kind=self.kind[index],
            also=None if self.also is None else self.also[index],
            choices=None if self.choices is None else self.choices[index],
            people=None if self.people is None else self.people[index],
            more={k: v[index] for k, v in self.more.items()},
            facts=self.facts.iloc[rows].reset_index(drop=True) if len(self.facts.columns) else self.facts,
        )


def together(a: Examples, b: Examples) -> Examples:
    """Return the examples of both, `a`'s first; they must be of one task and one folder, places and games alike."""
    w, v = a.windows, b.windows
    each: dict[str, Any] = {f.name: np.concatenate([getattr(w, f.name), getattr(v, f.name)]) for f in fields(w)
            if isinstance(getattr(w, f.name), np.ndarray)}  # fmt: skip
    rows: dict[str, Any] = {}
    for name in ("kind", "also", "choices", "people"):
        mine, theirs = getattr(a, name), getattr(b, name)
        rows[name] = None if mine is None else np.concatenate([mine, theirs])
    more = {k: np.concatenate([x, b.more[k]]) for k, x in a.more.items()}
    return replace(
        a, windows=replace(w, **each), **rows, more=more, facts=pd.concat([a.facts, b.facts], ignore_index=True)
    )


def of_all(parts: Sequence[Examples]) -> Examples:
    """Return the examples of several files as one, requests apart; DataError where two hold one contest."""
    contests = Counter(g for p in parts for g in p.windows.games)
    twice = [g for g, count in contests.items() if count > 1]
    if twice:
        raise DataError(f"game {twice[0]} is in two archives", expected="each game once", todo="Keep one copy.")
    before = np.cumsum([0, *(int(p.windows.request.max(initial=-1)) + 1 for p in parts)])
    windows = [replace(p.windows, request=p.windows.request + b) for p, b in zip(parts, before, strict=False)]
    choices = [p.choices for p in parts if p.choices is not None]
    marks = [(i, k, v) for i, p in enumerate(parts) for k, v in p.sources.items()]
    return replace(
        parts[0],
        windows=join(windows),
        kind=np.concatenate([p.kind for p in parts]),
        choices=np.concatenate(choices) if choices else None,
        more={k: np.concatenate([p.more[k] for p in parts]) for k in parts[0].more},
        facts=pd.concat([p.facts for p in parts], ignore_index=True),
        sources={k if len(parts) == 1 else f"{i + 1}/{k}": v for i, k, v in marks},
        refused=dict(sum((Counter(p.refused) for p in parts), Counter[str]())),
    )


def task_names() -> list[str]:
    """Return the names of all tasks."""
    return plugins.names("sportsai.tasks")


def load_task(name: str) -> ModuleType:
    """Return the module of the task called `name`; RecipeError naming the nearest when there is none."""
    return plugins.load("sportsai.tasks", name, "task", RecipeError)
