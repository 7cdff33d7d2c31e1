"""sportsai quality: what was seen of a game and what was not."""

from __future__ import annotations

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table


@click.command("quality", short_help="Show what was seen of a game and what was not.")
@click.argument("game")
@library_option
@json_option
def command(game: str, library_folder: str, as_json: bool) -> None:
    """Show what was seen of GAME: direction of play, gaps, the ball, players on camera, jumps, speeds, clock.

    \b
    Examples:
      sportsai quality 2417
      sportsai quality 2417 --json
    """
    from sportsai.errors import StoreError, one_line
    from sportsai.library import Library

    library = Library(library_folder)
    facts = library.facts(game)
    measured = library.quality(game)
    if measured is None:
        raise StoreError(f"game {game} has events but no tracks", where=library_folder, expected="tracks to measure")
    if as_json:
        print_json(measured)
        return
    title, date, provider = (one_line(facts[k] or "") for k in ("title", "date", "provider"))
    click.echo(f"{title}  {date}  ({provider}, {measured['rate_hz']:g} Hz)")
    signs = {"ok": "✓", "note": "·", "warning": "!"}
    print_table(["", "check", "found"], [[signs[f["level"]], f["check"], f["text"]] for f in measured["findings"]])
    keys = ["period", "minutes", "observed_share", "ball_share", "direction", "direction_by"]
    print_table(keys, [[p[k] for k in keys] for p in measured["periods"]], "Periods")
