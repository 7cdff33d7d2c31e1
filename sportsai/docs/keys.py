"""docs/toml.md: every key of a league, a recipe and a described table, from the classes that check them.

What a key means stands in leagues/README.md and leagues/RECIPES.md, beside the leagues; types, limits and defaults are
the code's.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

HEAD = """# Keys of the TOML files

Written from the code by `make docs`; a test fails where this page is stale. `leagues/README.md` explains leagues with
pictures and examples, `leagues/RECIPES.md` recipes. An unknown key is an error that names the nearest known one.

A *length* is a number in the file's own unit; `"53 1/3"` in quotes is one, too. *name* is a-z, 0-9 and _, a
letter first.
"""
LIMITS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def text() -> str:
    """Return the page."""
    parts = [HEAD, *_leagues(), *_recipes(), *_models(), _tables()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _leagues() -> Iterator[str]:
    from sportsai.court.facts import LeagueFacts

    yield "## A league: `leagues/<league>/league.toml`"
    yield _table(_rows(LeagueFacts, "", meanings("README.md")))


def _recipes() -> Iterator[str]:
    from sportsai.learn.recipe import Recipe
    from sportsai.tasks import load_task, task_names

    told = meanings("RECIPES.md")
    yield "## A recipe: `leagues/<league>/recipes/<recipe>.toml`"
    skipped = {"name", "league", "data"}
    yield _table(r for r in _rows(Recipe, "", told) if r[0].partition(".")[0] not in skipped)
    yield "### `[data]`, by task"
    for name in task_names():
        module = load_task(name)
        rows = [(f"data.{k}", *r) for k, *r in _rows(module.Options, "", task_meanings(name)) if k != "task"]
        keys = _table(rows) if rows else "No keys of its own."
        yield f'#### `task = "{name}"`\n\n{module.TITLE}.\n\n{keys}'


def _models() -> Iterator[str]:
    from sportsai.models import load_model, model_names
    from sportsai.sequence_models import load_sequence_model, sequence_model_names

    yield "### `[model_config]`, by model\n\n`frames` is the samples of a window; the rest are a model's own."
    for names, load, of in (
        (model_names(), load_model, "windows"),
        (sequence_model_names(), load_sequence_model, "whole games"),
    ):
        for name in names:
            module = load(name)
            kept = [f for f in dataclasses.fields(module.Config) if f.name not in ("classes", "inputs", "known")]
            keys = ", ".join(f"`{f.name} = {_value(f.default)}`" for f in kept) or "none"
            told = (inspect.getdoc(module.Config) or "").partition("\n\n")[2]
            first = (inspect.getdoc(module) or "").splitlines()[0]
            yield f"#### `{name}`, of {of}\n\n{first}\n\n{keys}" + (f"\n\n{told}" if told else "")


def _tables() -> str:
    from sportsai.readers import table

    told = (inspect.getdoc(table) or "").split("\n\n")
    body = "\n\n".join(f"```toml\n{inspect.cleandoc(p)}\n```" if p.startswith("    ") else p for p in told)
    return f"## A table of positions: `<table>.toml` or `readers/<provider>.toml`\n\n{body}"


def meanings(page: str) -> dict[str, str]:
    """Return what a page beside the leagues says of each key, of the rows `| keys | meaning |`."""
    found: dict[str, str] = {}
    for row in _lines(page):
        if len(row) == 2:
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", row[0]), row[1])
    return found


def task_meanings(task: str) -> dict[str, str]:
    """Return what RECIPES.md says of a task's keys, of the rows `| task | keys | meaning |`."""
    found: dict[str, str] = {}
    at = ""
    for row in _lines("RECIPES.md"):
        if len(row) == 3:
            at = row[0].strip("`") or at
            if at == task:
                found |= dict.fromkeys(re.findall(r"`([^`]+)`", row[1]), row[2])
    return found


def _lines(page: str) -> Iterator[list[str]]:
    from sportsai.resources import leagues_folders

    for line in (leagues_folders()[-1] / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _rows(model: type[BaseModel], under: str, told: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield key, type, default and meaning of a table's keys, then those of the tables in it."""
    for name, info in model.model_fields.items():
        if name in _of_other_kinds(model):
            continue
        key = f"{under}{info.alias or name}"
        inner = _inner(info.annotation)
        many = get_origin(info.annotation)
        if inner is not None:
            yield from _rows(inner, f"{key}.NAME." if many is dict else f"{key}.", told)
        else:
            lengths = getattr(model, "lengths", ())
            yield key, _type(info, name in lengths), _default(info), _meaning(key, told)


def _meaning(key: str, told: Mapping[str, str]) -> str:
    """Return what is said of a key: by itself, of all keys below it, or of any key of its name."""
    same = {"unit": "unit of its lengths, where it differs"}
    alike = key.replace("court.zones.", "court.shapes.")
    return told.get(key) or told.get(f"{key}.*") or told.get(alike) or same.get(key.rpartition(".")[2], "")


def _of_other_kinds(model: type[BaseModel]) -> set[str]:
    """Return the keys that place no kind of thing this table may be: a zone is no line."""
    from sportsai.court.facts import MAY, NEEDS, PlaceFacts

    if not issubclass(model, PlaceFacts):
        return set()
    kinds = get_args(model.model_fields["kind"].annotation)
    mine = {key for kind in kinds for key in (*NEEDS[kind], *MAY.get(kind, ()))}
    return {key for keys in (*NEEDS.values(), *MAY.values()) for key in keys} - mine


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_inner, get_args(annotation)) if m is not None), None)


def _type(info: FieldInfo, length: bool) -> str:
    said = _said(info.annotation, length)
    limits = [f"{sign} {getattr(m, k):g}" for m in info.metadata for k, sign in LIMITS.items() if hasattr(m, k)]
    return f"{said} {', '.join(limits)}".strip()


def _said(kind: Any, length: bool = False) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return "name" if "[a-z][a-z0-9_]" in str(kind.__metadata__) else _said(kind.__origin__, length)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_said(a, length) for a in args if a is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{a}`" if a != "" else '`""`' for a in args)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return f"list of {_said(args[0], length)}"
        return f"[{', '.join(_said(a, length) for a in args)}]"
    if origin is dict:
        return f"table of {_said(args[1], length)}"
    plain = {float: "length" if length else "number", int: "whole number", str: "text", bool: "true or false"}
    return plain.get(kind, "any")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    value = info.get_default(call_default_factory=True) if info.default_factory else info.default
    return "" if value is PydanticUndefined or value is None or value in ("", (), {}) else f"`{_value(value)}`"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
    return "none" if value is None else f"{value}"


def _table(rows: Any) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| `{k}` | {kind} | {default} | {told} |" for k, kind, default, told in rows)])
