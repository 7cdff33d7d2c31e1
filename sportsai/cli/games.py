"""sportsai games: what the library holds."""

from __future__ import annotations

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table


@click.command("games", short_help="List the games in the library.")
@click.option("--league", metavar="L", help="Only games of this league.")
@library_option
@json_option
def command(league: str | None, library_folder: str, as_json: bool) -> None:
    """List the games in the library, and which have been analysed.

    \b
    Examples:
      sportsai games
      sportsai games --league bundesliga --json
    """
    from sportsai.library import Library

    library = Library(library_folder)
    rows = []
    for facts in library.games():
        if league and facts["league"] != league:
            continue
        quality = library.quality(facts["id"]) or {}
        runs = [r["run_id"] for r in library.runs(facts["id"]) if r.get("kind") is None]
        rows.append(
            {
                "game": facts["id"],
                "league": facts["league"],
                "title": facts["title"],
                "date": facts["date"],
                "provider": facts["provider"],
                "observed": quality.get("observed_share"),
                "ball seen": quality.get("ball_share"),
                "analysed": runs[-1] if runs else None,
            }
        )
    if as_json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [list(r.values()) for r in rows])
    else:
        click.echo("No games yet. Start with `sportsai ingest SOURCE --league L`, or `sportsai demo`.")
