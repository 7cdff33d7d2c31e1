"""sportsai demo: a real match, from the provider's file to the report."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import library_option, progress


@click.command("demo", short_help="A real match, from file to report.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("demo/bayern-dortmund.html"),
    show_default=True,
    help="Where the report goes.",
)
@library_option
def command(output: Path, library_folder: str) -> None:
    """Read Bayern - Dortmund (9 November 2019, SkillCorner open data), recognise its events, write its report.

    The match travels inside the kloppy package; nothing is downloaded. The last line printed is the report's path.
    """
    import time

    from sportsai.analysis import analyse_game
    from sportsai.court import load_league
    from sportsai.library import Library
    from sportsai.library.atomic import check_output, store_errors
    from sportsai.readers import read_games
    from sportsai.report import write_report
    from sportsai.resources import demo_match

    def step(text: str, since: float) -> None:
        click.echo(f"{text}  ({time.monotonic() - since:.1f} s)", err=True)

    with store_errors(output, "writing the report", ""):
        check_output(output)
    start = time.monotonic()
    tracking, match = demo_match()
    library = Library(library_folder, create=True)
    with progress("Reading the match"):
        game = next(read_games((tracking, match), load_league("bundesliga"), "skillcorner"))
        library.add(game)
    step(f"Read {game.title}, {game.date}: {game.tracks.T:,} frames", start)  # type: ignore[union-attr]
    start = time.monotonic()
    with progress("Recognising events") as advance:
        events, run = analyse_game(library, game.id, progress=advance)
    step(f"Recognised {len(events)} events with {run['model']}", start)
    start = time.monotonic()
    with progress("Writing the report"):
        write_report(library, game.id, output)
    step(f"Wrote the report, {output.stat().st_size / 1e6:.1f} MB", start)
    click.echo(str(output.resolve()))
