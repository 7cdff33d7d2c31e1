"""sportsai sweep: look for the values of a recipe's keys that validate best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress
from sportsai.errors import one_line


@click.command("sweep", short_help="Find a recipe's best values on validation.")
@click.argument("league")
@click.argument("recipe")
@click.option("--param", "params", multiple=True, required=True, metavar="KEY=RANGE",
              help="LOW:HIGH, LOW:HIGH:log or A,B,C of a key of the recipe; may be given again.")  # fmt: skip
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, help="That the study is to have.")
@click.option("--study", type=click.Path(path_type=Path, dir_okay=False), help="SQLite file; a stopped sweep goes on.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the table and best.toml.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of provider files instead of library games.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of trials and their trainings.")
@library_option
@json_option
def command(
    league: str, recipe: str, params: tuple[str, ...], trials: int, study: Path | None, out: Path | None,
    data: Path | None, seed: int, library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Train RECIPE of LEAGUE with other values of its keys, and keep those that validate best.

    Each trial is one training of the recipe's own model on the first of its splits; games that validate judge it, games
    that test are not read. Writes trials.csv, trials.svg and best.toml, a recipe like any other. Typed again with more
    --trials it goes on.

    \b
    Examples:
      sportsai sweep soccer handovers --param train.lr=1e-4:1e-2:log --trials 12
      sportsai sweep hockey plays --param train.lr=3e-4:3e-3:log --param train.weight_decay=0,0.05,0.2
      sportsai sweep basketball endings --param model_config.width=32,64,128 --study sweeps/endings.db
    """
    from sportsai.court import load_league
    from sportsai.errors import SportsaiError
    from sportsai.learn.recipe import load_recipe, read_recipe
    from sportsai.learn.sweep import best_toml, read_param, sweep
    from sportsai.library.atomic import store_errors, write_bytes

    asked = load_recipe(league, recipe)
    read = {p.key: p for p in (read_param(text, asked) for text in params)}
    folder = out or Path("runs") / f"{asked.league}-{asked.name}-sweep"
    judge = _judge(asked, data, library_folder, seed)
    with progress("Sweeping", trials) as advance:
        swept = sweep(asked, [*read.values()], judge, study or folder / "study.db", trials, seed=seed, progress=advance)
    done, count = swept.done, len(swept.rows)
    if not done:
        why = next((f": {r['why']}" for r in swept.rows if r["why"]), "")
        raise SportsaiError(f"none of {count} trials came to its end{why}", todo="Choose other ranges.")
    best = {key: done[0][key] for key in read}
    source = load_league(league).recipe_path(recipe).read_text(encoding="utf-8")
    note = f"{asked.league} {asked.name}, the best of {len(done)} trials by validation {swept.headline}: "
    note += f"{done[0]['figure']:.4f}"
    path = folder / "best.toml"
    with store_errors(folder, "writing what the sweep found", "--out"):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "trials.csv", _csv(swept.rows, [*read]).encode())
        write_bytes(path, best_toml(source, asked, best, note).encode())
    read_recipe(path, league, recipe)
    _draw(asked.title, swept, {k: p.log for k, p in read.items()}, folder)
    if as_json:
        print_json({"best": best, "figure": done[0]["figure"], "recipe": str(path), "headline": swept.headline,
                    "not_read": swept.tested, "trials": swept.rows})  # fmt: skip
        return
    columns = ["trial", "figure", "epochs", "moments", *read]
    title = (
        f"Best by validation {swept.headline}; {len(done)} to their end, {count - len(done)} cut off, failed or stopped"
    )
    print_table(columns, [[r[c] for c in columns] for r in done[:10]], title)
    if len({r["moments"] for r in done}) > 1:
        click.echo("Not all were judged by the same moments: a key of [data] changed them, and figures compare less.")
    click.echo(f"Not read, for they test: {one_line(', '.join(swept.tested), 100)}")
    click.echo(f"{path}: put it among your league's recipes; `sportsai evaluate` says what it is worth where it tests")


def _judge(recipe: Any, data: Path | None, library_folder: str, seed: int) -> Any:
    """Return what judges a recipe of this kind by one training: of a task, of whole games, of a search."""
    from sportsai.learn.sweep import Judged, task_judge

    if not recipe.whole and not recipe.searches:
        from sportsai.learn.lessons import task_examples

        return task_judge(lambda r: task_examples(r, data, library_folder), seed)
    if recipe.whole:
        from sportsai.whole.parts import parts, whole_games
        from sportsai.whole.trials import seen_all, taught, with_teacher

        kept: dict[str, Any] = {}

        def of_whole(r: Any) -> Judged:
            mark = r.data.model_dump_json()
            if mark not in kept:
                kept.clear()
                kept[mark] = whole_games(r, data)
            games = kept[mark]
            part = parts(games, r)[0]
            index = [*part.train, *part.validation]
            seen = dict(zip(index, seen_all(games, r, index), strict=True))
            if r.data.teacher:
                seen, _ = with_teacher(r, games, dict(enumerate(seen_all(games, r, range(len(games))))), part, seed)
            fitted = taught(r, games, seen, part, r.model, r.config(), seed)
            moments = sum(len(games.lines[i].at_s) for i in part.validation)
            tested = tuple(sorted({games.contests[i] for i in part.test}))
            return Judged(fitted.validation, moments, "mAP", tested)

        return of_whole
    from sportsai.learn.games import recipe_games
    from sportsai.search.fit import fit
    from sportsai.search.lesson import lesson
    from sportsai.tasks import EVENT

    games = recipe_games(recipe, folder=data, library_folder=library_folder)

    def of_search(r: Any) -> Judged:
        windows = lesson(games, r)
        fitted = fit(games, r, seed=seed, taught=windows)
        moments = len(windows.part("validation", EVENT))
        return Judged(fitted.history[fitted.epoch], moments, "mAP", tuple(f"period {p}" for p in r.split.test))

    return of_search


def _csv(found: list[dict[str, Any]], keys: list[str]) -> str:
    import csv
    import io

    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    columns = ["trial", "ended", "figure", "epochs", "moments", *keys, "why"]
    table.writerow(columns)
    table.writerows([["" if r.get(c) is None else r[c] for c in columns] for r in found])
    return out.getvalue()


def _draw(title: str, swept: Any, keys: dict[str, bool], folder: Path) -> None:
    from sportsai.errors import SportsaiError
    from sportsai.report.scores.sweep import draw_sweep

    try:
        draw_sweep(title, f"validation {swept.headline}", swept.rows, keys, folder / "trials.svg")
    except SportsaiError as missing:  # the best recipe is written: a picture less is said, nothing is lost
        click.echo(f"no picture: {missing}", err=True)
