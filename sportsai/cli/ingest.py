"""sportsai ingest: a provider's files into the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress
from sportsai.errors import SportsaiError

if TYPE_CHECKING:
    from sportsai.data import Game


@click.command("ingest", short_help="Read a provider's files into the library.")
@click.argument("source", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--league", "-l", "league_name", required=True, metavar="L", help="The league (see `sportsai leagues`).")
@click.option("--provider", "-p", metavar="P", help="The provider's format; guessed from the files when not given.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after N games of a source with many.")
@click.option("--force", is_flag=True, help="Read again what the library already holds unchanged.")
@library_option
@json_option
def command(
    source: tuple[Path, ...],
    league_name: str,
    provider: str | None,
    limit: int | None,
    force: bool,
    library_folder: str,
    as_json: bool,
) -> None:
    """Read SOURCE (a provider's file or folder, and its companion files if they lie elsewhere) into the library.

    Nothing is repaired silently: what the reader had to set aside is counted and shown by `sportsai quality`.
    Running again continues where it stopped: games already there unchanged are passed over.

    \b
    Examples:
      sportsai ingest structured_data.json match_data.json --league bundesliga
      sportsai ingest Sample_Game_1/ --league soccer --provider metrica
      sportsai ingest nba_q1.npz --league nba --provider nba_quarters --limit 20
    """
    from sportsai.court import load_league
    from sportsai.library import Library
    from sportsai.readers import read_games

    league = load_league(league_name)
    games = read_games(source, league, provider)
    library: Library | None = None
    rows: list[dict[str, Any]] = []
    with progress(f"Reading {source[0].name}") as advance:
        while True:
            try:
                game = next(games, None)
                if game is None:
                    break
                library = library or Library(library_folder, create=True)
                known = game.id in library.ids() and library.facts(game.id)["source"] == dict(game.source)
                if not known or force:
                    library.add(game)
            except SportsaiError as problem:
                if not rows:
                    raise
                raise SportsaiError(f"{problem} ({len(rows)} games before it are in the library)") from None
            rows.append(_row(game, "unchanged" if known and not force else "read"))
            advance(done=len(rows), text=f"Read {game.title}")
            if limit and len(rows) >= limit:
                break
    if not rows:
        raise SportsaiError("no game was found", where=source[0], expected="at least one game")
    if as_json:
        print_json(rows)
        return
    shown = rows if len(rows) <= 20 else rows[:20]
    keys = ["game", "title", "date", "frames", "minutes", "players", "events", "status"]
    print_table(keys, [[r[k] for k in keys] for r in shown])
    if len(rows) > len(shown):
        click.echo(f"… and {len(rows) - len(shown)} more")
    if len(rows) == 1:
        click.echo(f"Next: sportsai quality {rows[0]['game']}    sportsai analyse {rows[0]['game']}")


def _row(game: Game, status: str) -> dict[str, Any]:
    tracks = game.tracks
    playing = 0 if tracks is None else int((tracks.period > 0).sum())
    return {
        "game": game.id,
        "title": game.title,
        "date": game.date,
        "frames": None if tracks is None else tracks.T,
        "minutes": None if tracks is None else round(playing / float(tracks.rate_hz) / 60, 1),
        "players": sum(p.side >= 0 for p in game.roster),
        "events": None if game.events is None else len(game.events),
        "status": status,
    }
