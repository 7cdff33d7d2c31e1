"""sportsai train: make a recipe's weights again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._engine import cleared, engine_of, engine_options, quiet, told
from sportsai.cli._options import json_option, library_option, print_json, print_table, progress


@click.command("train", short_help="Make a recipe's weights again.")
@click.argument("league")
@click.argument("recipe")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the recipe's own.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the weights and their card.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of provider files instead of library games.")
@click.option("--corrections", type=click.Path(path_type=Path, file_okay=False), metavar="LIBRARY",
              help="Corrections in this library stand before the provider's labels; with --quick.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Skip the table beside the other models: weights only.")
@click.option("--models", help="Only these models in the table, separated by commas; all when left out.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for finished trainings: a stopped run goes on.")
@engine_options
@library_option
@json_option
def command(
    league: str, recipe: str, seed: int | None, out: Path | None, data: Path | None, corrections: Path | None,
    quick: bool, models: str | None, keep: Path | None, trainer: str, devices: int, accelerator: str,
    precision: str | None, resume: bool, tensorboard: Path | None, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Train RECIPE of LEAGUE on the games it names and write weights, model card and scores.

    A training that was stopped, however it was, goes on with --resume and ends with the same weights.

    \b
    Examples:
      sportsai train soccer shared_compare
      sportsai train soccer shared_compare --seed 1 --out runs/seed1
      sportsai train hockey plays --keep runs/trainings
      sportsai train basketball moments --keep runs/whole
      sportsai train soccer shared_compare --corrections sportsai-library --quick
      sportsai train soccer shared_compare --quick --resume --tensorboard curves
      sportsai train hockey plays --quick --devices 2
    """
    quiet(devices)
    from sportsai.learn.recipe import load_recipe

    taught = load_recipe(league, recipe)
    if precision is not None:
        taught = taught.model_copy(update={"train": taught.train.model_copy(update={"precision": precision})})
    if corrections is not None:
        from sportsai.learn.lessons import check_corrections

        check_corrections(taught, data, quick)
    folder = out or Path("runs") / f"{taught.league}-{taught.name}-seed{taught.train.seed if seed is None else seed}"
    engine = engine_of(folder, trainer, devices, accelerator, resume, tensorboard)
    if taught.whole:
        _whole(taught, seed, folder, engine, data, quick, models, keep, as_json)
    elif taught.searches:
        _search(taught, seed, folder, engine, data, corrections, quick, library_folder, as_json)
    else:
        _task(taught, seed, folder, engine, data, corrections, quick, models, keep, library_folder, as_json)
    if engine.leads:
        cleared(engine)


def _search(
    taught: Any, seed: int | None, folder: Path, engine: Any, data: Path | None, corrections: Path | None, quick: bool,
    library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Train a recogniser that searches whole games, and set it beside baselines on periods it did not see."""
    from sportsai.learn.engine import running
    from sportsai.learn.games import recipe_games
    from sportsai.search.evaluate import evaluate
    from sportsai.search.run import write
    from sportsai.search.train import train
    from sportsai.tasks._corrected import said_of

    games = recipe_games(taught, folder=data, library_folder=library_folder, corrections=corrections)
    for game in games:
        click.echo(f"Training on {game.title}, {game.date or 'no date'} (game {game.id}, {game.provider})", err=True)
        for name, sha in game.source.items():
            click.echo(f"  {name}  sha256 {sha}", err=True)
        if said := len(said_of(game)):
            click.echo(f"  {said} corrected event{'s' * (said != 1)}: people's word before the log's", err=True)
    with running(engine), progress("Training", taught.train.epochs) as advance:
        trained = train(
            games, taught, seed=seed, progress=lambda n, total, said: advance(n, total, f"Training, {said}")
        )
    told(engine)
    if not engine.leads:
        return
    table = None
    if not quick:
        with progress("Scoring beside baselines") as advance:
            table = evaluate(games, taught, progress=advance, first=trained.fitted if seed in (None, 0) else None)
    path = write(folder, trained, table)
    if as_json:
        print_json({"weights": str(path), "about": trained.about, "classification": table})
        return
    print_table(
        ["event", "AP-ni", "precision", "recall", "real", "found"],
        [[k, d["AP"], d["precision"], d["recall"], d["real"], d["found"]] for k, d in trained.detection.items()],
        "Found in the test period",
    )
    click.echo(
        f"{path} ({path.stat().st_size / 1e6:.2f} MB), seed {trained.about['seed']}, epoch {trained.fitted.epoch + 1}"
    )


def _task(
    recipe: Any, seed: int | None, folder: Path, engine: Any, data: Path | None, corrections: Path | None, quick: bool,
    models: str | None, keep: Path | None, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Train a task's blend on every game, and set its models beside all others on games they did not see."""
    from sportsai.learn.compare import compare, model_list
    from sportsai.learn.controls import TASKS, beside
    from sportsai.learn.engine import running
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.run import write_task
    from sportsai.learn.ship import parts, ship

    chosen = model_list(models, recipe)
    taught = task_examples(recipe, data, library_folder, corrections)
    parts(recipe, taught)  # refused before anything is printed or trained
    games = len(set(taught.contest.tolist()))
    click.echo(f"Training on {games} game{'s' * (games != 1)}: {taught.terms}", err=True)
    for name, sha in taught.sources.items():
        click.echo(f"  {name}  sha256 {sha}", err=True)
    with running(engine), progress("Training") as advance:
        shipped = ship(recipe, taught, seed=seed, progress=lambda n, total, said: advance(n, total, f"Training {said}"))
    told(engine)
    if not engine.leads:
        return
    table = None
    if not quick:
        with progress("Scoring beside the other models") as advance:
            table = compare(recipe, taught, chosen, progress=advance, keep=keep)
    more: dict[str, Any] = {}
    if table is not None and recipe.data.task in TASKS:
        with progress("Controls") as advance:
            more = beside(recipe, taught, folder=data, keep=keep, progress=advance)
    path = write_task(folder, recipe, shipped, table, more)
    if table is not None:
        from sportsai.errors import SportsaiError
        from sportsai.report.scores import draw_scores

        try:
            draw_scores(table, folder)
        except SportsaiError as missing:  # the weights are written: a figure less is said, nothing is lost
            click.echo(f"no figures: {missing}", err=True)
    if as_json:
        print_json({"weights": str(path), "about": shipped.about, "table": table})
        return
    if table is not None:
        from sportsai.cli.evaluate import show

        show({**table, **more})
    click.echo(f"{path} ({path.stat().st_size / 1e6:.2f} MB), seed {shipped.about['seed']}")


def _whole(
    recipe: Any, seed: int | None, folder: Path, engine: Any, data: Path | None, quick: bool, models: str | None,
    keep: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Train a model of whole games on every game, and set it beside all others on games they did not see."""
    from sportsai.learn.engine import running
    from sportsai.learn.run import write_task
    from sportsai.whole import compare as moments
    from sportsai.whole import labels
    from sportsai.whole.parts import parts, whole_games
    from sportsai.whole.ship import ship

    kind = labels if recipe.every_frame else moments
    chosen = kind.model_list(models, recipe)
    games = whole_games(recipe, data)
    if not quick:
        parts(games, recipe)  # refused before anything is printed or trained
    click.echo(f"Training on {len(games)} games: {games.terms}", err=True)
    for name, sha in games.sources.items():
        click.echo(f"  {name}  sha256 {sha}", err=True)
    teachers = keep if engine.processes == 1 else None  # kept by one process, and found by another that waits for it
    with running(engine), progress("Training") as advance:
        shipped = ship(
            recipe,
            games,
            seed=seed,
            keep=teachers,
            progress=lambda n, total, said: advance(n, total, f"Training {said}"),
        )
    told(engine)
    if not engine.leads:
        return
    table = None
    if not quick:
        with progress("Scoring beside the other models") as advance:
            table = kind.compare(recipe, games, chosen, progress=advance, keep=keep)
    path = write_task(folder, recipe, shipped, table)
    if as_json:
        print_json({"weights": str(path), "about": shipped.about, "table": table})
        return
    if table is not None:
        from sportsai.cli.evaluate import show

        show(table)
    click.echo(f"{path} ({path.stat().st_size / 1e6:.2f} MB), seed {shipped.about['seed']}")
