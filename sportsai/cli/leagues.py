"""sportsai leagues: the sports and leagues it knows, and the facts of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sportsai.cli._options import json_option, print_json, print_table
from sportsai.errors import LeagueError, missing_extra

if TYPE_CHECKING:
    from sportsai.court import League


@click.command("leagues", short_help="List the sports and leagues, or one's facts.")
@click.argument("name", required=False)
@click.option("--draw", "picture", metavar="FILE", help="Write the league's court as FILE (.png, .svg or .pdf).")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True, help="For --draw.")
@click.option("--vertical", is_flag=True, help="For --draw: attack going up instead of right.")
@json_option
def command(name: str | None, picture: str | None, theme: str, vertical: bool, as_json: bool) -> None:
    """List the sports and leagues, or show the court, clock, events and teams of one.

    Your own leagues are found in the folders named by SPORTSAI_LEAGUES, and win over those that came with sportsai;
    leagues/README.md explains every key of their TOML.

    \b
    Examples:
      sportsai leagues
      sportsai leagues nba
      sportsai leagues nhl --json
      sportsai leagues nhl --draw rink.png --theme dark
    """
    from sportsai.court import league_names, load_league

    if name is None:
        if picture is not None:
            raise LeagueError("--draw needs a league", todo="Try `sportsai leagues nba --draw court.png`.")
        facts = [_row(load_league(n)) for n in league_names()]
        if as_json:
            print_json(facts)
        else:
            print_table(list(facts[0]), [list(f.values()) for f in facts])
        return
    league = load_league(name)
    if picture is not None:
        _draw(league, picture, theme, vertical)
    if as_json:
        print_json(_facts(league))
    elif picture is not None:
        click.echo(f"{league.court.name} of {league.full_name}: {picture}")
    else:
        _show(league)


def _size(league: League) -> str:
    return f"{league.court.length_m:.5g} x {league.court.width_m:.4g} m"


def _row(league: League) -> dict[str, Any]:
    return {
        "league": league.name,
        "sport": league.sport,
        "full name": league.full_name,
        "court": f"{league.court.name}, {_size(league)}",
        "teams": len(league.teams),
        "events": len(league.events),
    }


def _facts(league: League) -> dict[str, Any]:
    """Return everything a script may ask of a league."""
    import dataclasses

    court, clock = league.court, league.clock
    return {
        "name": league.name,
        "full_name": league.full_name,
        "sport": league.sport,
        "source": league.source,
        "path": str(league.path),
        "court": {
            "name": court.name,
            "length_m": court.length_m,
            "width_m": court.width_m,
            "players_per_side": court.players_per_side,
            "goal_right": court.goal_right,
            "zones": {group: [z.name for z in court.zones if z.group == group] for group in court.zone_groups},
            "shapes": [
                {
                    "name": s.name,
                    "role": s.role,
                    "closed": s.closed,
                    "points_m": s.points(step_deg=5.0).round(3).tolist(),
                }
                for s in court.shapes
            ],
        },
        "clock": dataclasses.asdict(clock),
        "events": [dataclasses.asdict(event) for event in league.events.values()],
        "labels": {
            "nodes": league.label_titles,
            "implies": league.labels.implies,
            "excludes": league.labels.excludes,
            "part_of": league.labels.part_of,
        },
        "teams": [dataclasses.asdict(team) for team in league.teams],
        "readers": league.reader_names(),
        "recipes": league.recipe_names(),
    }


def _show(league: League) -> None:
    court, clock = league.court, league.clock
    timed = f"{clock.period_s / 60:g} min, counting {clock.counts}" if clock.period_s else "not timed"
    zones = "; ".join(
        f"{group}: {', '.join(dict.fromkeys(z.name for z in court.zones if z.group == group))}"
        for group in court.zone_groups
    )
    rows = [
        ["sport", league.sport],
        ["court", f"{court.name}, {_size(league)}, {court.players_per_side} a side"],
        ["clock", f"{clock.periods} x {clock.period_name}, {timed}"],
        ["zones", zones],
        ["readers", ", ".join(league.reader_names())],
        ["recipes", ", ".join(league.recipe_names())],
        ["source", "; ".join(s for s in (league.source, court.source) if s)],
        ["file", str(league.path)],
    ]
    print_table([league.name, league.full_name], [row for row in rows if row[1]])
    events = [[e.name, e.label, e.group, e.key_player, e.description] for e in league.events.values()]
    print_table(["event", "label", "group", "key player", "what it is"], events)
    if league.teams:
        teams = [[t.abbreviation, t.name, t.id, " ".join(t.colours)] for t in league.teams]
        print_table(["team", "name", "id", "colours"], teams)


def _draw(league: League, picture: str, theme: str, vertical: bool) -> None:
    path = Path(picture)
    if path.suffix not in (".png", ".svg", ".pdf"):
        raise LeagueError(
            f'cannot draw a "{path.suffix or path.name}" file', where="--draw", expected=".png, .svg or .pdf"
        )
    try:
        import matplotlib
        import mplsoccer  # noqa: F401
    except ImportError:
        raise missing_extra("mplsoccer", "plots") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from sportsai.report.courts import draw_court

    ax = draw_court(league.court, theme=theme, vertical=vertical)
    figure = ax.get_figure(root=True)
    assert figure is not None
    try:
        figure.savefig(path, dpi=200, facecolor=figure.get_facecolor(), metadata={"Title": league.full_name})
    except OSError as error:
        raise LeagueError(f"cannot be written ({error.strerror})", where=path) from None
    finally:
        plt.close(figure)
