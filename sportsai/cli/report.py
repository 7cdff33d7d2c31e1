"""sportsai report: one HTML file for the coach, the analyst and the sceptic."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import library_option, progress


@click.command("report", short_help="Write a game's report: one HTML file.")
@click.argument("game")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where the report goes.  [default: <game>-report.html]",
)
@click.option(
    "--run", "run_id", default=None, metavar="RUN", help="The run whose events are told.  [default: the newest]"
)
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
@library_option
def command(game: str, output: Path | None, run_id: str | None, show: bool, library_folder: str) -> None:
    """Write the report of GAME: key moments to play, team, players, and how every number was made.

    The file needs nothing else: no network, no server. The last line printed is its path.

    \b
    Examples:
      sportsai report 2417
      sportsai report 2417 -o monday.html --open
    """
    from sportsai.library import Library
    from sportsai.report import write_report

    path = output or Path(f"{game}-report.html")
    library = Library(library_folder)
    library.version(game)  # an unknown game is said before any work
    with progress("Writing the report") as advance:
        write_report(library, game, path, run_id=run_id, say=lambda what: advance(text=what.capitalize()))
    if show:
        click.launch(path.resolve().as_uri())
    click.echo(str(path.resolve()))
