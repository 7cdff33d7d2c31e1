"""Corrections as a CSV file that a spreadsheet opens, and back: the same corrections, to the last digit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from sportsai.errors import DataError, nearest, one_line
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.library.corrections import Correction, Marked, problem_of
from sportsai.library.exports import RISKY
from sportsai.resources import plain

_SAID = [f.name for f in fields(Correction) if f.name not in ("was", "now")]
_OF_EVENT = [f.name for f in fields(Marked)]
COLUMNS = [*_SAID, *(f"{part}_{name}" for part in ("was", "now") for name in _OF_EVENT)]
_WHOLE = ("period", "frame", "side", "start_frame", "end_frame")
_REAL = ("t_s", "x", "y", "score")
_MAY_LACK = ("of", "about", "player_id", "x", "y", "score")


def write_sheet(said: Sequence[Correction], path: Path) -> Path:
    """Write corrections, a row each; a text that looks like a formula gets an apostrophe."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for c in said:
        cells: list[Any] = [_cell(getattr(c, name)) for name in _SAID]
        for event in (c.was, c.now):
            cells += ["" if event is None else _cell(getattr(event, name)) for name in _OF_EVENT]
        rows.writerow(cells)
    with store_errors(path, "writing the corrections", ""):
        write_bytes(path, out.getvalue().encode("utf-8"))
    return path


def _cell(value: Any) -> str:
    if not isinstance(value, str):
        return "" if value is None else repr(value)
    return f"'{value}" if value.startswith((*RISKY, "'")) else value


def read_sheet(path: Path) -> list[Correction]:
    """Return the corrections in a file that `write_sheet` wrote; DataError naming line and column of what is wrong."""
    try:
        text = plain(path).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError("this file is missing", path=path) from None
    except (OSError, UnicodeDecodeError) as bad:
        raise DataError(f"cannot be read ({one_line(bad, 80)})", path=path, expected="CSV in UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Correction] = []
    try:
        names = next(rows, [])
        _check(names, path)
        for cells in rows:
            if not cells:
                continue
            if len(cells) != len(names):
                raise DataError(f"{len(cells)} cells", path=path, line=rows.line_num, expected=str(len(names)))
            found.append(_correction(dict(zip(names, cells, strict=True)), path, rows.line_num))
    except csv.Error as bad:
        raise DataError(f"this is no CSV ({bad})", path=path, line=rows.line_num) from None
    return found


def _check(names: list[str], path: Path) -> None:
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            twice = " twice" if name in COLUMNS else ""
            raise DataError(f'there is a column "{one_line(name, 40)}"{twice}', path=path, line=1,
                            todo=nearest(name, COLUMNS))  # fmt: skip
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise DataError("this column is missing", path=path, line=1, key=missing[0],
                        expected="a file that `sportsai label GAME --export` wrote")  # fmt: skip


def _correction(row: dict[str, str], path: Path, line: int) -> Correction:
    said = {name: _value(row[name], name, name, path, line) for name in _SAID}
    events: dict[str, Marked | None] = {}
    for part in ("was", "now"):
        cells = {name: row[f"{part}_{name}"] for name in _OF_EVENT}
        filled = any(cells.values())
        values = {k: _value(v, k, f"{part}_{k}", path, line) for k, v in cells.items()} if filled else {}
        events[part] = Marked(**values) if filled else None
    one = Correction(**said, was=events["was"], now=events["now"])
    problem = problem_of(one)
    if problem:
        raise DataError(problem[0], path=path, line=line, key=problem[1], expected=problem[2])
    return one


def _value(text: str, name: str, column: str, path: Path, line: int) -> Any:
    kind = int if name in _WHOLE else float if name in _REAL else None
    if not text and name in _MAY_LACK:
        return None
    if kind is None:
        return text[1:] if text[:1] == "'" and text[1:].startswith((*RISKY, "'")) else text
    try:
        return kind(text)
    except ValueError:
        expected = "a whole number" if kind is int else "a number"
        raise DataError(f'"{one_line(text, 40)}"', path=path, line=line, key=column, expected=expected) from None
