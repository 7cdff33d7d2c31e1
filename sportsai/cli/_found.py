"""What commands that find events in a whole game share: whose weights, and the files their events go to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def found_options(what: str) -> Callable[[F], F]:
    """--league, --weights, --csv and --xml of a command that finds `what`, as "moments"."""

    def options(command: F) -> F:
        for option in (
            click.option("--xml", type=click.Path(path_type=Path, dir_okay=False),
                         help="Also write them as SportsCode XML."),
            click.option("--csv", type=click.Path(path_type=Path, dir_okay=False),
                         help=f"Also write the {what} as CSV."),
            click.option("--weights", type=click.Path(path_type=Path),
                         help="Weights of your own instead of the shipped ones."),
            click.option("--league", help="Whose weights to use; the game's own league when not given."),
        ):  # fmt: skip
            command = option(command)
        return command

    return options


def write_found(library: Any, game: str, events: Any, csv: Path | None, xml: Path | None) -> None:
    """Write events to the files that were asked for."""
    from sportsai.library.exports import write_csv, write_sportscode

    if csv is not None:
        write_csv(events, csv)
    if xml is not None:
        write_sportscode(events, library.facts(game), xml)


def say_written(*paths: Path | None) -> None:
    """Print the paths that were written."""
    for path in paths:
        if path is not None:
            click.echo(str(path))
