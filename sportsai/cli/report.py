"""sportsai report: one HTML file for the coach, the analyst and the sceptic."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import library_option, progress
from sportsai.errors import DataError


@click.command("report", short_help="Write a game's report: one HTML file.")
@click.argument("game")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where the report goes; NAME.pdf prints it too.  [default: <game>-report.html]",
)
@click.option(
    "--run", "run_id", default=None, metavar="RUN", help="The run whose events are told.  [default: the newest]"
)
@click.option("--for", "audience", default="all", metavar="WHOM", show_default=True,
              help="coach (one page), match, player, team, model, or all.")  # fmt: skip
@click.option("--player", metavar="NAME", help="One player's page: an id, a name or part of one.")
@click.option("--pdf", is_flag=True, help="Also print it as PDF, by the Chromium, Chrome or Edge installed here.")
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
@library_option
def command(
    game: str, output: Path | None, run_id: str | None, audience: str, player: str | None, pdf: bool, show: bool,
    library_folder: str,
) -> None:  # fmt: skip
    """Write the report of GAME: key moments to play, team, players, and how every number was made.

    The file needs nothing else: no network, no server. The last line printed is its path. What is usual in the league
    is taken from the other games of the library.

    \b
    Examples:
      sportsai report 2417
      sportsai report 2417 -o monday.html --open
      sportsai report 2417 --for coach --pdf
      sportsai report 2417 --player Kimmich -o kimmich.html
    """
    from sportsai.library import Library
    from sportsai.report import write_report
    from sportsai.report.audience import audience_of
    from sportsai.report.printing import find_browser, print_pdf

    if player is not None and audience == "all":
        audience = "player"
    if audience == "player" and player is None:
        raise DataError("--for player", key="--player", expected="whose page it is", todo="Add --player NAME.")
    audience_of(audience)
    name = game if audience == "all" else f"{game}-{_part(player) if player else audience}"
    path = output or Path(f"{name}-report.html")
    if path.suffix.lower() == ".pdf":  # a page under that name would open in no PDF reader
        path, pdf = path.with_suffix(".html"), True
    browser = find_browser() if pdf else None
    library = Library(library_folder)
    library.version(game)  # an unknown game is said before any work
    with progress("Writing the report") as advance:
        write_report(library, game, path, run_id=run_id, audience=audience, player=player,
                     say=lambda what: advance(text=what[:1].upper() + what[1:]))  # fmt: skip
        if browser is not None:
            advance(text="Printing")
            printed = print_pdf(path, path.with_suffix(".pdf"), browser)
    if show:
        click.launch(path.resolve().as_uri())
    click.echo(str(path.resolve()))
    if browser is not None:
        click.echo(str(printed.resolve()))


def _part(text: str) -> str:
    """Return a name as part of a file's name."""
    return "-".join("".join(c if c.isalnum() else " " for c in text).split())[:40] or "player"
