"""sportsai phases: who has the ball and which phase a match is in, at every frame."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._found import found_options, say_written, write_found
from sportsai.cli._options import json_option, library_option, print_json, print_table, progress


@click.command("phases", short_help="Say who has the ball and which phase it is, at every frame.")
@click.argument("game")
@found_options("stretches")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Also draw them over the match (SVG).")
@library_option
@json_option
def command(
    game: str, league: str | None, weights: Path | None, csv: Path | None, xml: Path | None, plot: Path | None,
    library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Say of every frame of GAME which team has the ball and which phase it is, and keep the stretches in the library.

    \b
    Examples:
      sportsai phases 1886347
      sportsai phases 1886347 --csv phases.csv --plot phases.svg
    """
    from sportsai.analysis.phases import phases_of
    from sportsai.library import Library

    library = Library(library_folder)
    with progress("Reading frames"):
        events, run = phases_of(library, game, league=league, weights=weights)
    write_found(library, game, events, csv, xml)
    if plot is not None:
        from sportsai.report.scores.stretches import draw_stretches

        draw_stretches(library.load(game), events, run, plot)
    if as_json:
        print_json({"run": {k: v for k, v in run.items() if k != "card_text"}, "found": len(events)})
        return
    rows = [
        [name, f"{t['share']:.1%}", "" if t["logged"] is None else f"{t['logged']:.1%}",
         int((events["type"] == name).sum()), "" if t["AP"] is None else f"{t['AP']:.2f}"]
        for name, t in run["types"].items()
    ]  # fmt: skip
    print_table(["label", "of the frames, probably", "logged", "stretches", "test AP"], rows)
    for note in run["notes"]:
        click.echo(note)
    click.echo(
        f"{len(events)} stretches; {run['frames_total']:,} frames in {run['cpu_s']:.2f} CPU-s; run {run['run_id']}"
    )
    say_written(csv, xml, plot)
