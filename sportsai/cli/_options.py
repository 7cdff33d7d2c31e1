"""Options and habits that several commands share: where the library is, JSON for scripts, quiet progress."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Length(click.ParamType):
    """A length of time: 3min, 90s, 2:30, or a number of seconds."""

    name = "length"

    def __init__(self, least_s: float = 0.0) -> None:
        self.least_s = least_s  # not reached itself

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return seconds."""
        if isinstance(value, (int, float)):
            return float(value)
        text = str(value).strip().lower()
        clock = re.fullmatch(r"(\d{1,3}):([0-5]\d(?:\.\d+)?)", text)
        if clock:
            seconds = 60.0 * int(clock[1]) + float(clock[2])
        else:
            told = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|sec|min|m)?", text)
            if not told:
                self.fail(f"{value!r} is no length; expected 3min, 90s or 2:30.", param, ctx)
            seconds = float(told[1]) * (60.0 if told[2] in ("min", "m") else 1.0)
        if not seconds > self.least_s:
            self.fail(f"{value!r} shows nothing; expected a length above 0, as 3min.", param, ctx)
        return seconds


def library_option(command: F) -> F:
    """--library DIR, also SPORTSAI_LIBRARY; ./sportsai-library when neither is given."""
    return click.option(
        "--library",
        "library_folder",
        envvar="SPORTSAI_LIBRARY",
        default="sportsai-library",
        metavar="DIR",
        show_default=True,
        show_envvar=True,
        help="The library folder.",
    )(command)


def json_option(command: F) -> F:
    """--json: print JSON instead of a table."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts instead of a table.")(command)


def print_json(value: Any) -> None:
    """Print `value` as indented JSON; numbers that are not finite become null."""
    import orjson

    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY, default=str)
    click.echo(json.dumps(json.loads(text), indent=2, ensure_ascii=False))


def print_table(columns: list[str], rows: list[list[Any]], title: str | None = None) -> None:
    """Print rows under column names; numbers to the right. Text from files is never read as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sportsai.errors import one_line

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", header_style="bold")
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[i], int | float) or r[i] in (None, "") for r in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        cells = ("" if v is None else f"{v:,.3g}" if isinstance(v, float) else str(v) for v in row)
        table.add_row(*(Text(one_line(c)) for c in cells))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)


@contextmanager
def progress(title: str, total: float | None = None) -> Iterator[Callable[..., None]]:
    """Show a progress bar on a terminal and nothing elsewhere; yields advance(done=None, total=None, text=None)."""
    if not sys.stderr.isatty():
        yield lambda done=None, total=None, text=None: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=total)

        def advance(done: float | None = None, total: float | None = None, text: str | None = None) -> None:
            given: dict[str, Any] = {"completed": done, "total": total, "description": text}
            bar.update(task, **{k: v for k, v in given.items() if v is not None})

        yield advance
