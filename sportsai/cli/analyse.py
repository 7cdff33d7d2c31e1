"""sportsai analyse: recognise the events of a game, and tell what else the shipped weights can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress


@click.command("analyse", short_help="Recognise the events of a game.")
@click.argument("game")
@click.option("--league", help="Whose recipe to use; the game's own league when not given.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="Weights of your own: a file, the folder `sportsai train --out` wrote, or a folder of LEAGUE/RECIPE folders.",
)
@library_option
@json_option
def command(game: str, league: str | None, weights: Path | None, library_folder: str, as_json: bool) -> None:
    """Recognise events in GAME from positions and keep them in the library, with all else its sport has weights for.

    \b
    Soccer: passes, turnovers, carries; likely receivers; a second opinion; how possessions end.
    Basketball: which team the possessions look like. American football: pass or run after the snap.
    Hockey: which event happens at each moment of the log. Volleyball, from footage: what a team does.

    \b
    Examples:
      sportsai analyse 2417
      sportsai analyse 2417 --json
    """
    from sportsai.analysis import analyse_game
    from sportsai.analysis.recognise import expected_counts
    from sportsai.library import Library

    library = Library(library_folder)
    with progress("Recognising events") as advance:
        events, run = analyse_game(library, game, league=league, progress=advance, weights=weights)
    found = {name: int((events["type"] == name).sum()) for name in run["metrics"]["types"]}
    expected = expected_counts(run, found)
    if as_json:
        print_json({"run": run, "found": found, "expected": expected})
        return
    if found:
        _table(events, run, found, expected)
    for line in (*run["said"], *run["notes"]):
        click.echo(line)
    click.echo(
        f"{len(events)} events in {run['seconds']:.1f} s, {run['frames_read']:,} of {run['frames_total']:,} frames; "
        f"run {run['run_id']}"
    )


def _table(events: Any, run: dict[str, Any], found: dict[str, int], expected: dict[str, Any]) -> None:
    rows = []
    for name, n in found.items():
        home, away = (int(((events["type"] == name) & (events["side"] == s)).sum()) for s in (0, 1))
        test = run["metrics"]["types"][name]
        likely = f"{expected[name][0]:.0f} ({expected[name][1]:.0f} - {expected[name][2]:.0f})" if n else ""
        rows.append([name, n, home, away, likely, f"{test['precision']:.2f}", f"{test['recall']:.2f}"])
    columns = ["event", "found", "home", "away", "probably there were", "test precision", "test recall"]
    if len(events):
        print_table(columns, rows)
