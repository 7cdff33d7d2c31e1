"""sportsai detect: find the moments of a whole game by reading a few of its frames, or all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._found import found_options, say_written, write_found
from sportsai.cli._options import json_option, library_option, print_json, print_table, progress

SHOWN = 40


@click.command("detect", short_help="Find moments in a whole game by reading few of its frames.")
@click.argument("game")
@click.option("--model", "how", type=click.Choice(["glimpse", "dense"]),
              help="Read the frames a scout asks for, or all.  [default: dense; glimpse with --budget]")  # fmt: skip
@click.option("--budget", type=float, help="Share of the frames a scout may read.  [default: 0.05]")
@click.option("--type", "types", multiple=True, help="Only moments of this type; may be given again.")
@found_options("moments")
@click.option(
    "--clips",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also film the surest moments (mp4 of its footage, else GIF of the court).",
)
@click.option("--most", type=click.IntRange(min=1), default=12, show_default=True, help="Films at most.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Also draw where it looked (SVG).")
@library_option
@json_option
def command(
    game: str, how: str | None, budget: float | None, types: tuple[str, ...], league: str | None, weights: Path | None,
    csv: Path | None, xml: Path | None, clips: Path | None, most: int, plot: Path | None, library_folder: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Find when things happened in GAME - shots, rebounds, turnovers, fouls - and keep the moments in the library.

    Every frame is read, or with --budget or --model glimpse only those a scout asks for: a coarse grid first, then
    where reading on pays most, until the budget is spent. Which frames were read is kept with the moments.

    \b
    Examples:
      sportsai detect 0021500492
      sportsai detect 0021500492 --csv moments.csv --xml moments.xml
      sportsai detect 0021500492 --budget 0.1 --json
      sportsai detect 0021500492 --model glimpse --type shot
      sportsai detect 0021500492 --clips films --plot looked.svg
    """
    from sportsai.analysis.detect import detect_game
    from sportsai.library import Library
    from sportsai.whole.reading import BUDGET

    if how == "dense" and budget is not None:
        raise click.UsageError("--model dense reads every frame: leave out --budget, or take --model glimpse.")
    how = how or ("dense" if budget is None else "glimpse")
    library = Library(library_folder)
    with progress("Reading frames") as advance:
        events, run = detect_game(
            library, game, how=how, budget=BUDGET if budget is None else budget, types=types, league=league,
            weights=weights, progress=advance,
        )  # fmt: skip
    write_found(library, game, events, csv, xml)
    if plot is not None:
        from sportsai.report.scores.reading import draw_reading

        draw_reading(library.load(game), events, run, plot)
    if clips is not None:
        from sportsai.cli._films import film_all

        film_all(library.load(game), events.sort_values("score", ascending=False).head(most), clips)
    if as_json:
        print_json({"run": {k: v for k, v in run.items() if k not in ("card_text",)}, "found": len(events)})
        return
    _table(run)
    _moments(events)
    for note in run["notes"]:
        click.echo(note)
    click.echo(
        f"{len(events)} moments; {run['frames_read']:,} of {run['frames_total']:,} frames of play read "
        f"({run['share_read']:.1%}) in {run['cpu_s']:.2f} CPU-s; run {run['run_id']}"
    )
    say_written(csv, xml, plot, clips)


def _table(run: dict[str, Any]) -> None:
    rows = [
        [name, t["found"], f"{t['expected']:.1f}", "" if t["logged"] is None else t["logged"],
         "" if t["AP"] is None else f"{t['AP']:.2f}"]
        for name, t in run["types"].items()
    ]  # fmt: skip
    print_table(["moment", "found", "probably there were", "logged", "test AP"], rows)


def _moments(events: Any) -> None:
    rows = [
        [int(e.period), f"{int(e.t_s // 60)}:{e.t_s % 60:04.1f}", e.type, f"{e.score:.0%}",
         "" if e.attributes["frame_read"] is None else e.attributes["frame_read"]]
        for e in events.head(SHOWN).itertuples()
    ]  # fmt: skip
    if rows:
        print_table(["period", "at", "moment", "sure", "frame seen"], rows)
    if len(events) > SHOWN:
        click.echo(f"and {len(events) - SHOWN} more: --csv FILE writes all")
