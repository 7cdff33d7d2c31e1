"""sportsai evaluate: a recipe's scores beside its baselines, or shipped weights on games never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress
from sportsai.errors import one_line


@click.command("evaluate", short_help="Score a recipe beside its baselines.")
@click.argument("league")
@click.argument("recipe")
@click.option("--data", type=click.Path(path_type=Path), help="Score the shipped weights on the games in this folder.")
@click.option("--weights", type=click.Path(path_type=Path), help="With --data: weights of your own.")
@click.option("--seeds", type=click.IntRange(min=1, max=20), default=3, show_default=True, help="Trainings to average.")
@library_option
@json_option
def command(
    league: str, recipe: str, data: Path | None, weights: Path | None, seeds: int, library_folder: str, as_json: bool
) -> None:
    """Score RECIPE of LEAGUE.

    Without --data the recipe is trained several times, both ways round, and set beside IDT + SVM, gradient boosting and
    the majority. With --data the shipped weights are scored on every game of a folder, nothing is trained.

    \b
    Examples:
      sportsai evaluate soccer shared_compare
      sportsai evaluate soccer shared_compare --data my/games --json
    """
    from sportsai.learn.evaluate import evaluate, score_weights
    from sportsai.learn.games import games_in, recipe_games, with_holder
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.weights import find_weights, load_weights

    taught = load_recipe(league, recipe)
    if data is not None:
        loaded = load_weights(weights or find_weights(league, recipe), league, recipe)
        with progress("Reading and scoring") as advance:
            found = with_holder(games_in(data, league))
            table = score_weights(found.games, loaded, progress=advance) | {"left_out": found.left_out}
    else:
        games = recipe_games(taught, library_folder=library_folder)
        with progress("Training and scoring") as advance:
            table = evaluate(games, taught, seeds=tuple(range(seeds)), progress=advance)
    if as_json:
        print_json(table)
        return
    click.echo(table["note"])
    for way in table["ways"]:
        names = list(way["rows"][0]["mean"])
        rows = [[r["model"], *(_said(r, n) for n in names), _range(r["interval"])] for r in way["rows"]]
        print_table(["model", *names, "mAP 95 %"], rows, f"{way['title']} ({way['items']} events)")
        if way.get("difference"):
            click.echo(way["difference"])
    for game, events in table.get("detection", {}).items():
        print_table(
            ["event", "AP-ni", "precision", "recall", "real", "found", "key right"],
            [
                [k, d["AP"], d["precision"], d["recall"], d["real"], d["found"], d["key_right"]]
                for k, d in events.items()
            ],
            f"Found in game {game}",
        )
    for name, why in table.get("left_out", {}).items():
        click.echo(f"left out {one_line(name)}: {why}", err=True)


def _said(row: dict[str, Any], name: str) -> str:
    mean = row["mean"][name]
    if mean is None or mean != mean:
        return ""
    return f"{mean:.3f}" + (f" ± {row['sd'][name]:.3f}" if row["seeds"] > 1 else "")


def _range(interval: list[float]) -> str:
    return f"{interval[0]:.3f} - {interval[1]:.3f}"
