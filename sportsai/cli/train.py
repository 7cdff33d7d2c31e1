"""sportsai train: make a recipe's weights again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress
from sportsai.errors import DataError

if TYPE_CHECKING:
    from sportsai.data import Game
    from sportsai.learn.recipe import Recipe


@click.command("train", short_help="Make a recipe's weights again.")
@click.argument("league")
@click.argument("recipe")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the recipe's own.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the weights and their card.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of provider files instead of library games.")
@click.option("--quick", is_flag=True, help="Skip the table beside baselines: weights and detection scores only.")
@library_option
@json_option
def command(
    league: str, recipe: str, seed: int | None, out: Path | None, data: Path | None, quick: bool, library_folder: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Train RECIPE of LEAGUE on the games it names and write weights, model card and scores.

    \b
    Examples:
      sportsai train soccer shared_compare
      sportsai train soccer shared_compare --seed 1 --out runs/seed1
    """
    from sportsai.learn.evaluate import evaluate
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.train import train, write

    taught = load_recipe(league, recipe)
    games = training_games(taught, league, data, library_folder)
    for game in games:
        click.echo(f"Training on {game.title}, {game.date or 'no date'} (game {game.id}, {game.provider})", err=True)
        for name, sha in game.source.items():
            click.echo(f"  {name}  sha256 {sha}", err=True)
    with progress("Training", taught.train.epochs) as advance:
        trained = train(
            games, taught, seed=seed, progress=lambda n, total, said: advance(n, total, f"Training, {said}")
        )
    table = None
    if not quick:
        with progress("Scoring beside baselines") as advance:
            table = evaluate(games, taught, progress=advance, first=trained.fitted if seed in (None, 0) else None)
    folder = out or Path("runs") / f"{taught.league}-{taught.name}-seed{trained.about['seed']}"
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


def training_games(recipe: Recipe, league: str, data: Path | None, library_folder: str) -> list[Game]:
    """Return the games a recipe names: from a folder of provider files, else the library, else the demo match."""
    from sportsai.library import Library
    from sportsai.resources import demo_match

    wanted = recipe.data.games
    if data is not None:
        found = {g.id: g for g in games_in(data, league)}
    else:
        found = {}
        if Path(library_folder).is_dir():
            library = Library(library_folder)
            found = {i: library.load(i) for i in library.ids() if i in wanted}
        if "2417" in wanted and "2417" not in found:
            found |= {g.id: g for g in read(demo_match(), "bundesliga", "skillcorner")}
    for name in wanted:
        if name not in found:
            raise DataError(
                f'the recipe learns from game "{name}", which is not here',
                expected=f"it in {data or library_folder}", todo="Ingest it: sportsai ingest SOURCE --league LEAGUE",
            )  # fmt: skip
    return [found[name] for name in wanted]


def games_in(folder: Path, league: str) -> list[Game]:
    """Return every game with tracks that a reader of the league's sport recognises in a folder (or in its folders)."""
    from sportsai.court import load_league
    from sportsai.readers import find_reader

    if not folder.is_dir():
        raise DataError("is no folder", path=folder, expected="a folder of provider files")
    sport = load_league(league).sport
    games: dict[str, Game] = {}
    for path in [folder, *sorted(p for p in folder.rglob("*") if not p.name.startswith("."))]:
        try:
            provider = find_reader(path, sport)
        except DataError:
            continue
        for game in read((path,), league, provider):
            if game.tracks is not None:
                games.setdefault(game.id, game)
    if not games:
        raise DataError(f"no {sport} game with tracks in this folder", path=folder, expected="files a reader knows",
                        todo="`sportsai ingest` says what is wrong with a file.")  # fmt: skip
    return list(games.values())


def read(paths: tuple[Path, ...], league: str, provider: str) -> list[Game]:
    """Return the games in a provider's files."""
    from sportsai.court import load_league
    from sportsai.readers import read_games

    return list(read_games(paths, load_league(league), provider))
