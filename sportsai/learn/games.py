"""Which games a recipe learns from or is scored on: named ones from the library, or all that a folder holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sportsai.court import load_league
from sportsai.data.game import Game
from sportsai.errors import DataError
from sportsai.learn.recipe import Recipe
from sportsai.library import Library
from sportsai.readers import find_reader, read_games
from sportsai.resources import demo_match
from sportsai.tasks._corrected import said_of, with_corrections


@dataclass(frozen=True)
class Found:
    """Games of a folder, and what was left out of it: file or game -> why, in one line."""

    games: tuple[Game, ...]
    left_out: dict[str, str] = field(default_factory=dict)


def recipe_games(
    recipe: Recipe, *, folder: Path | None = None, library_folder: str | Path | None = None,
    corrections: Path | None = None,
) -> list[Game]:  # fmt: skip
    """Return the games a recipe names: from a folder of provider files, else the library, else the demo match.

    corrections: a library whose corrections of these games stand before the provider's labels. Of a model that is
    measured on a period, only those of the periods that train it: what people said of what it found is no fair test.

    Raises DataError naming the first game that is nowhere, or where the library holds no correction of any.
    """
    wanted = recipe.data.games
    have: dict[str, Game] = {}
    if folder is not None:
        have = {g.id: g for g in games_in(folder, recipe.league).games}
    else:
        if library_folder is not None and Path(library_folder).is_dir():
            library = Library(library_folder)
            have = {i: library.load(i) for i in library.ids() if i in wanted}
        if "2417" in wanted and "2417" not in have:
            have["2417"] = next(read_games(demo_match(), load_league("bundesliga"), "skillcorner"))
    for name in wanted:
        if name not in have:
            raise DataError(
                f'the recipe learns from game "{name}", which is not here',
                expected=f"it in {folder or library_folder}",
                todo="Ingest it: sportsai ingest SOURCE --league LEAGUE",
            )
    games = [have[name] for name in wanted]
    return games if corrections is None else _corrected(recipe, games, Library(corrections))


def _corrected(recipe: Recipe, games: list[Game], library: Library) -> list[Game]:
    periods = recipe.split.train if recipe.searches and recipe.split.by == "period" else None
    known = set(library.ids())
    out = [with_corrections(g, library, periods) if g.id in known else g for g in games]
    if not any(said_of(g) for g in out):
        where = f" in period {' or '.join(map(str, periods))}, which trains" if periods else ""
        raise DataError(
            f"nothing was said of {', '.join(g.id for g in games)}{where}", path=library.folder,
            expected="corrections of a game that the recipe names", todo="`sportsai label GAME` keeps them.",
        )  # fmt: skip
    return out


def games_in(folder: Path, league_name: str) -> Found:
    """Return every game with tracks that a reader of the league's sport knows in a folder and the folders in it.

    A file that a reader knows and cannot read is left out and named with its reason; the others are still read. Raises
    DataError when the folder is none or holds no such game.
    """
    if not folder.is_dir():
        raise DataError("this is no folder", path=folder, expected="a folder of provider files")
    league = load_league(league_name)
    games: dict[str, Game] = {}
    left_out: dict[str, str] = {}
    for path in [folder, *sorted(p for p in folder.rglob("*") if not p.name.startswith("."))]:
        try:
            provider = find_reader(path, league.sport)
        except DataError:
            continue  # nothing a reader knows: line-ups, notes, other sports
        try:
            for game in read_games((path,), league, provider):
                if game.tracks is not None:
                    games.setdefault(game.id, game)
        except DataError as problem:
            left_out[path.name] = str(problem)
    if not games:
        raise DataError(
            f"no {league.sport} game with tracks in this folder",
            path=folder,
            expected="files a reader knows",
            todo="`sportsai ingest` says what is wrong with a file.",
        )
    return Found(tuple(games.values()), left_out)


def with_holder(found: Found) -> Found:
    """Return the games whose provider says who held the ball; the others are left out by name.

    Raises DataError when none is left.
    """
    left_out, games = dict(found.left_out), []
    for game in found.games:
        if game.tracks is not None and (game.tracks.holder >= 0).any():
            games.append(game)
        else:
            left_out[game.id] = "the provider does not say who held the ball: nothing to score against"
    if not games:
        name, why = next(iter(left_out.items()))
        raise DataError(
            f"none of {len(found.games)} games can be scored ({name}: {why})",
            expected="a game with tracks whose provider logs the holder of the ball",
        )
    return Found(tuple(games), left_out)
