"""Models of your own: trained, scored beside others, and what they say of many games."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sportsai.api._given import path_of

if TYPE_CHECKING:
    import pandas as pd

    from sportsai.analysis.season import Season


def style(
    league: str, recipe: str = "styles", *, data: str | Path | None = None, weights: str | Path | None = None
) -> Season:
    """Return whom the teams of many games move like: `rows` has a dict a team.

    data: folder of games, SPORTSAI_DATA when None. Games the weights were trained on are counted in `trained`.

    Example
    -------
    >>> season = sa.style("nba", data="my/games")
    >>> season.rows[0]["near"]
    """
    from sportsai.analysis.season import season
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.weights import find_weights, load_weights

    loaded = load_weights(path_of(weights) or find_weights(league, recipe), league, recipe)
    return season(loaded, task_examples(loaded.recipe, path_of(data)))


def train(
    league: str, recipe: str, *, data: str | Path | None = None, library: str | Path | None = None,
    seed: int | None = None, out: str | Path | None = None,
) -> Path:  # fmt: skip
    """Train a recipe on the games it names, write weights and their card into `out`, and return the weights' path.

    data: folder of games; SPORTSAI_DATA, or the library where the recipe names its games, when None. How good the
    weights are, `evaluate` says.

    Example
    -------
    >>> weights = sa.train("my_league", "rallies", data="simulated", out="runs/rallies")
    """
    from sportsai.learn.recipe import load_recipe

    taught, folder = load_recipe(league, recipe), path_of(data)
    into = path_of(out) or Path("runs") / f"{league}-{recipe}-seed{taught.train.seed if seed is None else seed}"
    if taught.searches:
        from sportsai.learn.games import recipe_games
        from sportsai.search.run import write
        from sportsai.search.train import train as teach

        return write(into, teach(recipe_games(taught, folder=folder, library_folder=library), taught, seed=seed))
    from sportsai.learn.run import write_task

    if taught.whole:
        from sportsai.whole.parts import whole_games
        from sportsai.whole.ship import ship as ship_whole

        return write_task(into, taught, ship_whole(taught, whole_games(taught, folder), seed=seed))
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.ship import ship

    return write_task(into, taught, ship(taught, task_examples(taught, folder, library), seed=seed))


def evaluate(
    league: str, recipe: str, *, models: str | None = None, seeds: int = 3, data: str | Path | None = None,
    weights: str | Path | None = None, library: str | Path | None = None, keep: str | Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the table of a recipe's models on games they did not see, or of ready weights on the games of a folder.

    Parameters
    ----------
    models: only these, separated by commas; all when None. seeds: trainings a model.
    data: score ready weights on every game of this folder, and train nothing. weights: yours, the shipped when None.
    keep: folder for finished trainings: a stopped run goes on.

    Example
    -------
    >>> sa.scores(sa.evaluate("soccer", "handovers", models="boosted,majority", seeds=1))
    """
    from sportsai.learn.recipe import load_recipe
    from sportsai.learn.weights import find_weights, load_weights

    taught, folder = load_recipe(league, recipe), path_of(data)
    ready = load_weights(path_of(weights) or find_weights(league, recipe), league, recipe) if folder else None
    if taught.whole:
        return _evaluate_whole(taught, folder, ready, models, seeds, path_of(keep))
    if taught.searches:
        return _evaluate_search(taught, folder, ready, seeds, library)
    from sportsai.learn.compare import compare, model_list
    from sportsai.learn.lessons import task_examples
    from sportsai.learn.unseen import unseen

    if ready is not None:
        return unseen(ready, task_examples(ready.recipe, folder))
    chosen = model_list(models, taught)
    return compare(taught, task_examples(taught, None, library), chosen, seeds=range(seeds), keep=path_of(keep))


def _evaluate_search(taught: Any, folder: Path | None, ready: Any, seeds: int, library: Any) -> dict[str, Any]:
    from sportsai.learn.games import games_in, recipe_games, with_holder
    from sportsai.search.evaluate import evaluate as compare
    from sportsai.search.evaluate import score_weights

    if folder is not None:
        found = with_holder(games_in(folder, taught.league))
        return score_weights(found.games, ready) | {"left_out": found.left_out}
    return compare(recipe_games(taught, library_folder=library), taught, seeds=tuple(range(seeds)))


def _evaluate_whole(
    taught: Any, folder: Path | None, ready: Any, models: str | None, seeds: int, keep: Path | None
) -> dict[str, Any]:
    from sportsai.whole import compare, labels
    from sportsai.whole.parts import whole_games
    from sportsai.whole.unseen import unseen

    if ready is not None:
        return unseen(ready, whole_games(ready.recipe, folder))
    kind = labels if taught.every_frame else compare
    chosen = kind.model_list(models, taught)
    return kind.compare(taught, whole_games(taught), chosen, seeds=tuple(range(seeds)), keep=keep)


def scores(table: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table of `evaluate` as rows: model, its figures (means over trainings), low and high of the headline.

    low, high: the 95 % interval of the figure that the table's "headline" names, drawn over games.

    Example
    -------
    >>> sa.scores(sa.evaluate("soccer", "handovers", models="boosted,majority", seeds=1))
    """
    import pandas as pd

    rows = []
    for way in table.get("ways") or [table]:
        said = {"asked": way["title"]} if "ways" in table else {}
        for row in way["rows"]:
            low, high = row["interval"] or (None, None)
            rows.append({"model": row["model"], **said, **row["mean"], "low": low, "high": high})
    return pd.DataFrame(rows)
