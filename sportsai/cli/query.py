"""sportsai query: what happened, asked of every game in the library in a small language, or by SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table

SHOWN = 50  # rows on the screen unless --limit or --all


@click.command("query", short_help="Find events and sequences in the library, or ask by SQL.")
@click.argument("text", nargs=-1, metavar="[QUERY]")
@click.option("--game", "-g", metavar="GAME", help="Only this game.")
@click.option("--player", metavar="NAME", help="Key player of the first event: an id, or part of a name.")
@click.option("--team", metavar="NAME", help="Team of the first event: part of a name, or an abbreviation.")
@click.option("--period", type=int, metavar="N", help="Only this period.")
@click.option("--min-score", type=click.FloatRange(0, 1), metavar="P", help="Only events at least this probable.")
@click.option("--source", type=click.Choice(["recognised", "logged", "all"]),
              help="Whose events.  [default: recognised; of games without any, the provider's log]")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help="Answers at most.  [default: 50 on the screen, 12 in a film, all in other files]")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="All answers.")
@click.option("--out", "-o", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the answer: .csv .json .parquet .xml (SportsCode) .mp4 .gif .html")  # fmt: skip
@click.option("--video", type=click.Path(path_type=Path), help="With a film: where the footage lies now.")
@click.option(
    "--sql", metavar="SQL", help="A read-only query over games, players, frames, tracks, events, predictions."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@library_option
@json_option
def command(
    text: tuple[str, ...], game: str | None, player: str | None, team: str | None, period: int | None,
    min_score: float | None, source: str | None, limit: int | None, everything: bool, out: Path | None,
    video: Path | None, sql: str | None, as_csv: bool, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Find what QUERY asks for in every game of the library.

    An event, with what is true of it: by 'NAME', to 'NAME', for TEAM, in ZONE, in period 2, after 60:00, while leading,
    with probability >= 0.7, label 'X'. Two together: A then B within 5s (by same team), A and B within 2s, A and not B,
    A during B. Then: count, count by player, order by probability, top 5, limit 10. docs/queries.md says exactly what
    each part means.

    \b
    Examples:
      sportsai query "pass then shot within 5s by 'Kimmich' in period 2"
      sportsai query turnover --player Kimmich --min-score 0.7
      sportsai query "shot and no pass within 3s"
      sportsai query "count by type" --game 2417
      sportsai query "turnover in own half count by player top 5"
      sportsai query "turnover then pass within 3s by other team" -o plays.html
      sportsai query "pass in final third" --game 2417 --csv
      sportsai query --sql "select type, count(*) n, avg(score) p from predictions group by type"
    """
    from sportsai.errors import DataError
    from sportsai.library import Library

    library = Library(library_folder)
    if everything and limit is not None:
        raise DataError("--all and --limit contradict each other", expected="one of them")
    if sql is not None:
        if text:
            raise DataError("a query and --sql", expected="one of them")
        _by_sql(library, sql, limit, everything, out, as_csv, as_json)
        return
    from sportsai.queries.ask import Options, ask

    options = Options(game, player, team, period, min_score)
    asked = ask(" ".join(text) if text else "event", library, source=source, options=options)
    if out is not None:
        from sportsai.cli._answers import write

        for line in write(asked, library, out, None if everything else limit, everything, video, _again(out)):
            click.echo(line)
        _notes(asked, err=True)
    else:
        _print(asked, None if everything else limit or SHOWN, as_csv, as_json)


def _print(asked: Any, most: int | None, as_csv: bool, as_json: bool) -> None:
    from sportsai.library.exports import safe_csv
    from sportsai.queries.answer import table

    made, n = table(asked, most)
    aside = as_csv or as_json
    if as_json:
        print_json(made.to_dict(orient="records"))
    elif as_csv:
        click.echo(safe_csv(made), nl=False)
    elif len(made):
        shown = made if asked.query.counted else _short(asked, made)
        values = shown.astype(object).where(shown.notna(), None).values.tolist()
        print_table([str(c) for c in shown.columns], values)
    _notes(asked, err=aside)
    if len(made) < n:
        click.echo(f"{len(made):,} of {n:,}; --limit N or --all", err=aside)


def _notes(asked: Any, *, err: bool) -> None:
    """Say how the query was read, what was left out, and which part left nothing."""
    from sportsai.errors import one_line
    from sportsai.queries.language import Link

    if isinstance(asked.query.part, Link):
        click.echo(f"Read as: {one_line(asked.read_as, 600)}", err=err)
    for note in asked.notes:
        click.echo(f"Note: {one_line(note, 400)}.", err=err)
    if asked.empty:
        click.echo(f"No play matches: {one_line(asked.empty, 600)}.", err=err)


def _short(asked: Any, made: Any) -> Any:
    """Return the answer narrow enough for a screen: each further event of a match in one column."""
    columns = ["game", "clock", "type", "player", "team", "x_m", "y_m", "probability"]
    if made["source"].nunique() > 1 or (made["source"] == "logged").any():
        columns.append("source")
    short = made[columns].copy()
    for k in range(2, asked.matches.rows.shape[1] + 1):
        later = made[f"t_s_{k}"] - made["t_s"]
        each = zip(made[f"type_{k}"], made[f"player_{k}"], later, made[f"probability_{k}"], strict=True)
        short[f"event {k}"] = [
            f"{t}{'' if p != p or p is None else f', {p}'}, {s:+.1f} s{'' if q != q else f', {q:.2f}'}"
            for t, p, s, q in each
        ]
    return short


def _by_sql(
    library: Any, sql: str, limit: int | None, everything: bool, out: Path | None, as_csv: bool, as_json: bool
) -> None:
    from sportsai.cli._answers import write_table
    from sportsai.library.exports import safe_csv
    from sportsai.library.query import run_sql

    table = run_sql(library, sql, None if everything else limit or (None if out else SHOWN))
    if out is not None:
        click.echo(str(write_table(table, out)))
    elif as_json:
        print_json(table.to_dict(orient="records"))
    elif as_csv:
        click.echo(safe_csv(table), nl=False)
    elif len(table):
        values = table.astype(object).where(table.notna(), None).values.tolist()
        print_table([str(c) for c in table.columns], values)
    else:
        click.echo("No rows.")


def _again(out: Path) -> str:
    """Return the command that makes the file again."""
    import shlex
    import sys

    return (
        shlex.join(["sportsai", *sys.argv[1:]]) if sys.argv[1:2] == ["query"] else f"sportsai query ... -o {out.name}"
    )
