"""sportsai highlights: the minutes of a game worth seeing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._found import found_options, say_written, write_found
from sportsai.cli._options import Length, json_option, library_option, print_json, print_table, progress


@click.command("highlights", short_help="The minutes of a game worth seeing, as clips.")
@click.argument("game")
@click.option("--length", type=Length(), default="3min", show_default=True, help="That all clips may last together.")
@click.option("--model", "how", type=click.Choice(["moments", "attention", "ball"]), default="moments",
              show_default=True, help="By what was found, where an attention looked, or the ball.")  # fmt: skip
@found_options("clips")
@click.option(
    "--clips",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also film each clip (mp4 of its footage, else GIF of the court).",
)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Also draw them over the game (SVG).")
@click.option("--frames", type=click.Path(path_type=Path, dir_okay=False),
              help="With --model attention: also draw the frames looked at most and least (SVG).")  # fmt: skip
@library_option
@json_option
def command(
    game: str, length: float, how: str, league: str | None, weights: Path | None, csv: Path | None, xml: Path | None,
    clips: Path | None, plot: Path | None, frames: Path | None, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Choose the clips of GAME that are worth seeing, together no longer than --length, and keep them in the library.

    The most salient frame is shown first, with what led to it and what came of it, then the next that no clip shows.

    \b
    Examples:
      sportsai highlights 2015213
      sportsai highlights 2015213 --length 90s --xml best.xml
      sportsai highlights 2015213 --length 5min --clips films --plot best.svg
      sportsai highlights 2015213 --model ball --json
      sportsai highlights 0021500492 --model attention --frames looked.svg
    """
    from sportsai.analysis.highlights import highlights_of
    from sportsai.library import Library

    if frames is not None and how != "attention":
        raise click.UsageError("--frames shows where an attention looked: add --model attention.")
    library = Library(library_folder)
    with progress("Reading the game"):
        events, run = highlights_of(library, game, length, how=how, league=league, weights=weights)
    write_found(library, game, events, csv, xml)
    if plot is not None:
        from sportsai.report.scores.best import draw_best

        draw_best(library.load(game), events, run, plot)
    if frames is not None:
        from sportsai.analysis.highlights import attention
        from sportsai.report.scores.attended import draw_attended

        loaded = library.load(game)
        draw_attended(loaded, attention(loaded, league, weights), frames)
    if clips is not None:
        from sportsai.cli._films import film_all

        film_all(library.load(game), events, clips)
    if as_json:
        print_json({"run": {k: v for k, v in run.items() if k not in ("card_text", "saliency")}, "clips": len(events)})
        return
    rate = run["rate_hz"]
    rows = [
        [e["period"], _clock(e["t_s"]), f"{(e['end_frame'] - e['start_frame']) / rate:.0f} s", _shows(e)]
        for e in events.to_dict("records")
    ]
    if rows:
        print_table(["period", "at", "lasts", "shows"], rows)
    for note in run["notes"]:
        click.echo(note)
    logged = ", ".join(f"{int(sum(s for *_, s in each))} of {len(each)} {name}" for name, each in run["logged"].items())
    click.echo(
        f"{len(events)} clips, {run['length_s']:.0f} s of {run['of_s'] / 60:.0f} minutes of play"
        + (f"; they show {logged} of the provider's log" if logged else "") + f"; run {run['run_id']}"
    )  # fmt: skip
    say_written(csv, xml, plot, frames, clips)


def _clock(t_s: float) -> str:
    return f"{int(t_s // 60)}:{int(t_s % 60):02d}"


def _shows(event: Any) -> str:
    named = [f"{m['type']} {_clock(m['t_s'])} ({m['probability']:.0%})" for m in event["attributes"]["shows"]]
    return ", ".join(named)
