"""sportsai style: whom teams move like over many games, their neighbours, and how far they have drifted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, print_json, print_table, progress


@click.command("style", short_help="Whom teams move like over many games.")
@click.argument("league")
@click.argument("recipe", default="styles")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of games; SPORTSAI_DATA when left out.")
@click.option("--team", help="Only this team.")
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of your own.")
@click.option(
    "--plots", type=click.Path(path_type=Path), help="Also draw the map and the table of distances here (SVG)."
)
@json_option
def command(
    league: str,
    recipe: str,
    data: Path | None,
    team: str | None,
    weights: Path | None,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Say whom the teams of LEAGUE move like, from the weights of a style RECIPE.

    \b
    Examples:
      sportsai style nba --data my/games
      sportsai style nba --team BOS --plots figures
    """
    from sportsai.analysis.season import season
    from sportsai.errors import SportsaiError, nearest
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.weights import find_weights, load_weights

    loaded = load_weights(weights or find_weights(league, recipe), league, recipe)
    with progress("Reading possessions and asking the model"):
        found = season(loaded, task_examples(loaded.recipe, data))
    rows = found.rows
    if team is not None:
        rows = [r for r in rows if r["team"] == team.upper()]
        if not rows:
            known = [r["team"] for r in found.rows]
            raise SportsaiError(f'no team "{team}" in these games', todo=nearest(team.upper(), known))
    if plots is not None:
        _draw(found, plots)
    if as_json:
        print_json({"games": found.games, "trained": found.trained, "teams": rows})
        return
    print_table(
        ["team", "games", "possessions", "taken for, beside itself", "nearest teams", "drift", "usual"],
        [[r["team"], r["games"], r["possessions"], _shares(r["like"]), _near(r["near"]), r["drift"], r["usual"]]
         for r in rows],
        f"{found.games} games",
    )  # fmt: skip
    click.echo(
        "Taken for: mean probability over possessions. Nearest: distance of mean fingerprints (cosine). Drift: later "
        "games from a team's first three; it says something only well above usual, the first three among themselves."
    )
    if found.trained:
        click.echo(f"{found.trained} of {found.games} games trained these weights: they look more like themselves.")
    score = (loaded.about.get("scores") or {}).get("row", {}).get("mean")
    if score:
        said = ", ".join(f"{k} {v:.0%}" for k, v in score.items())
        click.echo(f"How well the weights' recipe tells teams apart in games never seen: {said}.")


def _draw(found: Any, folder: Path) -> None:
    from sportsai.report.style_map import draw_neighbours, draw_style_map

    names, mean = list(found.teams.team), found.teams.mean
    folder.mkdir(parents=True, exist_ok=True)
    draw_style_map(names, mean, before=found.earlier, counts=found.teams.count, path=folder / "style_map.svg")
    draw_neighbours(names, mean, path=folder / "neighbours.svg")
    for name in ("style_map.svg", "neighbours.svg"):
        click.echo(str(folder / name), err=True)


def _shares(pairs: list[list[Any]]) -> str:
    return ", ".join(f"{name} {p:.0%}" for name, p in pairs)


def _near(pairs: list[list[Any]]) -> str:
    return ", ".join(f"{name} {d:.2f}" for name, d in pairs)
