"""sportsai query: events and positions out of the library, by filter or by SQL."""

from __future__ import annotations

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table


@click.command("query", short_help="Find events in the library, by filter or SQL.")
@click.argument("event", required=False)
@click.option("--game", "-g", metavar="GAME", help="Only this game.")
@click.option("--player", metavar="NAME", help="Key player: an id, or part of a name.")
@click.option("--team", metavar="NAME", help="Team in possession: part of a name, or an abbreviation.")
@click.option("--period", type=int, metavar="N", help="Only this period.")
@click.option("--min-score", type=click.FloatRange(0, 1), metavar="P", help="Only events at least this probable.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="Rows at most.")
@click.option(
    "--sql", metavar="SQL", help="A read-only query over games, players, frames, tracks, events, predictions."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@library_option
@json_option
def command(
    event: str | None,
    game: str | None,
    player: str | None,
    team: str | None,
    period: int | None,
    min_score: float | None,
    limit: int,
    sql: str | None,
    as_csv: bool,
    library_folder: str,
    as_json: bool,
) -> None:
    """Find recognised events of type EVENT (all types when none is named).

    \b
    Examples:
      sportsai query turnover --player Kimmich --min-score 0.7
      sportsai query pass --game 2417 --period 2 --csv
      sportsai query --sql "select type, count(*) n, avg(score) p from predictions group by type"
    """
    from sportsai.library import Library
    from sportsai.library.query import find_events, run_sql

    library = Library(library_folder)
    if sql is not None:
        table = run_sql(library, sql, limit)
    else:
        table = find_events(
            library, event=event, game=game, player=player, team=team, period=period, min_score=min_score, limit=limit
        )
    if as_json:
        print_json(table.to_dict(orient="records"))
    elif as_csv:
        click.echo(table.to_csv(index=False), nl=False)
    elif len(table):
        values = table.astype(object).where(table.notna(), None).values.tolist()
        print_table([str(c) for c in table.columns], values)
    else:
        click.echo("No rows.")
