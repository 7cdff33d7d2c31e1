"""sportsai evaluate: a recipe's scores beside every other model's, or shipped weights on games never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress
from sportsai.errors import RecipeError, one_line


@click.command("evaluate", short_help="Score a recipe beside its baselines, or weights on games never seen.")
@click.argument("league")
@click.argument("recipe")
@click.option("--data", type=click.Path(path_type=Path), help="Score the shipped weights on the games in this folder.")
@click.option("--weights", type=click.Path(path_type=Path), help="With --data: weights of your own.")
@click.option("--seeds", type=click.IntRange(min=1, max=20), default=3, show_default=True, help="Trainings to average.")
@click.option("--models", help="Only these models, separated by commas; all when left out.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for finished trainings: a stopped run goes on.")
@click.option("--plots", type=click.Path(path_type=Path), help="Also draw the figures into this folder (SVG).")
@click.option("--controls", is_flag=True, help="Team style: also with what could give a team away out of reach.")
@library_option
@json_option
def command(
    league: str, recipe: str, data: Path | None, weights: Path | None, seeds: int, models: str | None,
    keep: Path | None, plots: Path | None, controls: bool, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Score RECIPE of LEAGUE.

    Without --data every model of the task is trained several times on the recipe's own games and tested on games it
    did not see. With --data the shipped weights are scored on every game of a folder laid out like the public sets, and
    nothing is trained; games the weights were trained on are set apart.

    \b
    Examples:
      sportsai evaluate soccer shared_compare
      sportsai evaluate hockey plays --keep runs/trainings
      sportsai evaluate hockey plays --data my/games --json
      sportsai evaluate basketball styles --models path_pool --controls
      sportsai evaluate basketball moments --keep runs/whole
    """
    from sportsai.learn.recipe import load_recipe

    taught = load_recipe(league, recipe)
    if taught.whole:
        table = _whole(taught, data, weights, seeds, models, keep)
    elif taught.searches:
        table = _searching(taught, data, weights, seeds, library_folder)
    else:
        table = _task(taught, data, weights, seeds, models, keep, controls, library_folder)
    if plots is not None:
        from sportsai.report.scores import draw_scores

        for path in draw_scores(table, plots):
            click.echo(str(path), err=True)
    if as_json:
        print_json(table)
    else:
        show(table)


def _searching(recipe: Any, data: Path | None, weights: Path | None, seeds: int, library_folder: str) -> dict[str, Any]:
    from sportsai.learn.games import games_in, recipe_games, with_holder
    from sportsai.learn.weights import find_weights, load_weights
    from sportsai.search.evaluate import evaluate, score_weights

    if data is not None:
        path = weights or find_weights(recipe.league, recipe.name)
        loaded = load_weights(path, recipe.league, recipe.name)
        with progress("Reading and scoring") as advance:
            found = with_holder(games_in(data, recipe.league))
            return score_weights(found.games, loaded, progress=advance) | {"left_out": found.left_out}
    games = recipe_games(recipe, library_folder=library_folder)
    with progress("Training and scoring") as advance:
        return evaluate(games, recipe, seeds=tuple(range(seeds)), progress=advance)


def _task(
    recipe: Any, data: Path | None, weights: Path | None, seeds: int, models: str | None, keep: Path | None,
    controls: bool, library_folder: str,
) -> dict[str, Any]:  # fmt: skip
    from sportsai.learn.compare import compare, model_list
    from sportsai.learn.controls import TASKS, beside
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.unseen import unseen
    from sportsai.learn.weights import find_weights, load_weights

    if data is not None:
        path = weights or find_weights(recipe.league, recipe.name)
        loaded = load_weights(path, recipe.league, recipe.name)
        with progress("Reading and scoring"):
            return unseen(loaded, task_examples(loaded.recipe, data))
    if controls and recipe.data.task not in TASKS:
        raise RecipeError(f"no controls for {recipe.league} {recipe.name}", expected=f"a recipe of {', '.join(TASKS)}")
    chosen = model_list(models, recipe)
    taught = task_examples(recipe, library_folder=library_folder)
    with progress("Training and scoring") as advance:
        table = compare(recipe, taught, chosen, seeds=tuple(range(seeds)), progress=advance, keep=keep)
    if controls:
        with progress("Controls") as advance:
            table |= beside(recipe, taught, keep=keep, progress=advance)
    return table


def _whole(
    recipe: Any, data: Path | None, weights: Path | None, seeds: int, models: str | None, keep: Path | None
) -> dict[str, Any]:
    from sportsai.learn.weights import find_weights, load_weights
    from sportsai.whole import compare as moments
    from sportsai.whole import labels
    from sportsai.whole.parts import whole_games
    from sportsai.whole.unseen import unseen

    if data is not None:
        loaded = load_weights(weights or find_weights(recipe.league, recipe.name), recipe.league, recipe.name)
        with progress("Reading and scoring"):
            return unseen(loaded, whole_games(loaded.recipe, data))
    kind = labels if recipe.every_frame else moments
    chosen = kind.model_list(models, recipe)
    games = whole_games(recipe)
    with progress("Training and scoring") as advance:
        return kind.compare(recipe, games, chosen, seeds=tuple(range(seeds)), progress=advance, keep=keep)


WIDE = 9  # classes a table can hold side by side


def show(table: dict[str, Any]) -> None:
    """Print a results table, whichever kind it is."""
    click.echo(table["note"])
    ways = table.get("ways") or [{"title": table["title"], "items": table["items"], "rows": table["rows"]}]
    for way in ways:
        names = list(way["rows"][0]["mean"])
        each = [n for n in names if n.startswith("AP ")]
        names = [n for n in names if n not in each]
        head = f"{table.get('headline', 'mAP')} 95 %"
        rows = [[r["model"], *(_said(r, n) for n in names), _range(r["interval"])] for r in way["rows"]]
        print_table(["model", *names, head], rows, f"{way['title']} ({way['items']:,} {table.get('unit', 'moments')})")
        if len(each) > WIDE:  # a line a class
            rows = [[n[3:], *(_said(r, n) for r in way["rows"])] for n in each]
            print_table(["class", *(r["model"] for r in way["rows"])], rows, "AP of each class")
        elif each:
            rows = [[r["model"], *(_said(r, n) for n in each)] for r in way["rows"]]
            print_table(["model", *(n[3:] for n in each)], rows, "AP of each class")
        if way.get("difference"):
            click.echo(way["difference"])
    if table.get("best"):
        click.echo(f"Best on validation: {table['best']}.")
    if table.get("controls"):
        names = [n for n in ("top-1", "top-3", "team-quarter", "chance") if n in table["controls"][0]]
        rows = [[r["name"], r["words"], *(f"{r[n]:.3f}" for n in names)] for r in table["controls"]]
        print_table(["control", "what", *names], rows, "Is it style?")
        click.echo(table["claim"])
    for game, events in table.get("detection", {}).items():
        print_table(
            ["event", "AP-ni", "precision", "recall", "real", "found", "key right"],
            [
                [k, d["AP"], d["precision"], d["recall"], d["real"], d["found"], d["key_right"]]
                for k, d in events.items()
            ],
            f"Found in game {game}",
        )
    for why, count in table.get("refused", {}).items():
        if count:
            click.echo(f"left out {count:,}: {one_line(why)}", err=True)
    for name, why in table.get("left_out", {}).items():
        click.echo(f"left out {one_line(name)}: {why}", err=True)


def _said(row: dict[str, Any], name: str) -> str:
    mean = row["mean"].get(name)
    if mean is None or mean != mean:
        return ""
    return f"{mean:.3f}" + (f" ± {row['sd'][name]:.3f}" if row["seeds"] > 1 else "")


def _range(interval: list[float] | None) -> str:
    return f"{interval[0]:.3f} - {interval[1]:.3f}" if interval else ""
