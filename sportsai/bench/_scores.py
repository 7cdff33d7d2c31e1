"""What benchmarks of models share: tables on games that were not seen, ways of configuring one model, their page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.errors import DataError
from sportsai.library.atomic import write_bytes

NO_COLUMN = ("task", "names", "counts")  # of a row, beside its figures


def compared(
    tasks: Mapping[tuple[str, str], Sequence[str]], seeds: Sequence[int], keep: Path | None,
    briefly: Mapping[tuple[str, str], Sequence[str]] | None = None,
    left: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return every model of every task, on games it did not see, and which one to use.

    tasks: league and recipe -> models. briefly: those of one seed. left: those a reader would look for, not trained.
    Tasks whose data are not here are said and left out.
    """
    from sportsai.learn.compare import compare
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.scorecard import verdict

    found: list[dict[str, Any]] = []
    for of, models in tasks.items():
        recipe = load_recipe(*of)
        try:
            taught = task_examples(recipe)
        except DataError as missing:
            found.append({"task": recipe.title, "say": f"not measured: {missing}"})
            continue
        table = compare(
            recipe, taught, models, seeds=tuple(seeds), keep=keep, briefly=tuple((briefly or {}).get(of, ())),
            progress=progress(recipe.title),
        )  # fmt: skip
        others = ", ".join((left or {}).get(of, ()))
        say = verdict(table) + (f" Not trained for this table: {others}." if others else "")
        found += [*rows_of(table), {"task": recipe.title, "say": say}]
    return found


def kept(path: Path, make: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return rows made before, or make and keep them; what could not be measured is not kept."""
    if path.is_file():
        found: list[dict[str, Any]] = json.loads(path.read_text())
        return found
    rows = make()
    if any(str(r.get("say", "")).startswith("not measured") for r in rows):
        return rows
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, json.dumps(rows, indent=1).encode())
    return rows


def named(what: str, recipe: Any, taught: Any, *more: Any) -> str:
    """Return a file's name that changes with the recipe, its data and `more`."""
    from sportsai.learn.recipe import dump_recipe
    from sportsai.learn.trials import digest

    mark = digest(dump_recipe(recipe), dict(taught.sources), len(taught), more)
    return f"{what}-{recipe.league}-{recipe.name}-{mark}.json"


def ablated(
    task: str,
    of: tuple[str, str],
    model: str,
    ways: Mapping[str, Mapping[str, Any]],
    seeds: Sequence[int],
    keep: Path,
    parts: int | None = None,
) -> list[dict[str, Any]]:
    """Return a row for each way of configuring a model, on games it did not see.

    of: league and recipe. parts: only so many of the recipe's splits are tested, all of them when None.
    """
    from sportsai.learn.compare import table
    from sportsai.learn.lessons import folds, task_examples
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.trials import said_of

    recipe = load_recipe(*of)
    taught, rows = task_examples(recipe), []
    splits = folds(taught, recipe)[:parts]
    own = {k: v for k, v in recipe.model_config_.items() if k == "frames"}
    for n, (way, config) in enumerate(ways.items()):
        progress(task)(n, len(ways), way)
        changed = recipe.model_copy(update={"model": model, "joined": (), "model_config_": {**own, **config}})
        found = table(changed, taught, splits, {model: said_of(changed, taught, splits, model, seeds, keep)})
        rows.append({**rows_of(found)[0], "task": task, "model": None, "who": None, "way": way})
    return [{"task": task, "way": r.pop("way"), **r} for r in rows]


def rows_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a task's table as rows: figures with their spread, interval, who, size and cost."""
    head, rows = table["headline"], []
    for row in sorted(table["rows"], key=lambda r: -np.nan_to_num(r["mean"][head], nan=-1.0)):
        one: dict[str, Any] = {"task": table["title"], "model": row["model"]}
        for k, v in row["mean"].items():
            one[k] = None if np.isnan(v) else f"{v:.3f}" + (f" ± {row['sd'][k]:.3f}" if row["seeds"] > 1 else "")
        one[f"{head} 95 %"] = "{:.3f} – {:.3f}".format(*row["interval"]) if row["interval"] else None
        one["validation"] = row["validation"]
        gap = table["differences"].get(row["model"])
        one["against boosting"] = "{:+.3f} ({:+.3f}, {:+.3f})".format(*gap) if gap else None
        one["who"] = row.get("who")
        one["seeds"] = row["seeds"]
        one["numbers"], one["train_cpu_s"] = row["parameters"] or None, row["cpu_s"]
        rows.append(one)
    guess = {k: f"{v:.3f}" for k, v in table["chance"].items()}
    if any(r["model"] == "chance" for r in table["rows"]):
        return rows
    return [*rows, {"task": table["title"], "model": "chance", **guess}]


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows: a section a task, its sentence first."""
    lines = []
    for task in dict.fromkeys(r["task"] for r in rows):
        mine = [r for r in rows if r["task"] == task]
        says = [r["say"] for r in mine if "say" in r]
        table = [r for r in mine if "say" not in r and "picture" not in r]
        lines += ["", f"## {task}", "", *says]
        columns = [c for c in dict.fromkeys(k for r in table for k in r) if c not in NO_COLUMN]
        columns = [c for c in columns if any(r.get(c) is not None for r in table)]
        if table:
            lines += ["", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
            lines += [f"| {' | '.join(_cell(r.get(c)) for c in columns)} |" for r in table]
        lines += [line for r in mine if "picture" in r for line in ("", f"![{r['alt']}]({r['picture']})")]
    return lines


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def progress(title: str) -> Callable[..., None]:
    def said(done: int, total: int, text: str = "") -> None:
        print(f"{title}: {done} of {total} {text}", file=sys.stderr, flush=True)

    return said
