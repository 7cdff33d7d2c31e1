"""Games in: leagues, a provider's files, footage, games that nobody played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sportsai.api._given import opened, path_of, paths_of
from sportsai.errors import DataError

if TYPE_CHECKING:
    from sportsai.court import League
    from sportsai.data import Game
    from sportsai.library import Library


def league_names() -> list[str]:
    """Return the names of all sports and leagues, yours in SPORTSAI_LEAGUES among them.

    Example
    -------
    >>> sa.league_names()
    """
    from sportsai import court

    return court.league_names()


def load_league(name: str) -> League:
    """Return a league's facts: court, clock, events, labels, teams. LeagueError names the nearest known one.

    Example
    -------
    >>> sa.load_league("nba").court.length_m
    """
    from sportsai import court

    return court.load_league(name)


def read_games(
    paths: str | Path | Sequence[str | Path], league: str, provider: str | None = None
) -> Iterator[Game]:  # fmt: skip
    """Yield the games in a provider's files, one after another; nothing is stored.

    provider: the format; guessed from the files when None. DataError says which file, line or value is wrong.

    Example
    -------
    >>> games = list(sa.read_games("simulated", "volleyball"))
    """
    from sportsai import readers

    return readers.read_games(paths_of(paths), load_league(league), provider)


def read(paths: str | Path | Sequence[str | Path], league: str, provider: str | None = None) -> Game:
    """Return the first game in a provider's files; nothing is stored.

    Example
    -------
    >>> game = sa.read(["structured_data.json", "match_data.json"], "bundesliga")
    >>> game.title
    """
    game = next(read_games(paths, league, provider), None)
    if game is None:
        raise DataError("no game was found", path=paths_of(paths)[0], expected="at least one game")
    return game


def ingest(
    library: Library | str | Path, paths: str | Path | Sequence[str | Path], league: str,
    provider: str | None = None, *, limit: int | None = None, force: bool = False,
) -> list[str]:  # fmt: skip
    """Read a provider's files into a library, made when it is not there, and return the games' ids.

    limit: stop after so many games. force: read again what is there unchanged, and is else passed over.

    Example
    -------
    >>> sa.ingest("my-library", ["structured_data.json", "match_data.json"], "bundesliga")
    """
    from itertools import islice

    held, ids = opened(library, create=True), []
    for game in islice(read_games(paths, league, provider), limit):
        if force or game.id not in held.ids() or held.facts(game.id)["source"] != dict(game.source):
            held.add(game)
        ids.append(game.id)
    if not ids:
        raise DataError("no game was found", path=paths_of(paths)[0], expected="at least one game")
    return ids


def demo_match() -> tuple[Path, Path]:
    """Return the two files of the demo match, Bayern - Dortmund of 9 November 2019 (SkillCorner open data, MIT).

    Example
    -------
    >>> game = sa.read(sa.demo_match(), "bundesliga")
    """
    from sportsai import resources

    return resources.demo_match()


def demo(folder: str | Path) -> Library:
    """Return a library with the demo match read and analysed; what an earlier call did there is not done again.

    Example
    -------
    >>> library = sa.demo("my-library")
    >>> library.ids()
    """
    from sportsai.analysis import analyse_game

    held = opened(folder, create=True)
    for game in ingest(held, demo_match(), "bundesliga", "skillcorner"):
        if not any(run.get("kind") is None for run in held.runs(game)):
            analyse_game(held, game)
    return held


def data_folder() -> Path | None:
    """Return the folder of public games that SPORTSAI_DATA names, None where there is none.

    Example
    -------
    >>> sa.data_folder()
    """
    from sportsai import resources

    return resources.data_folder()


def track(
    video: str | Path, league: str, library: Library | str | Path, *, points: str | Path | None = None,
    name: str | None = None, rate_hz: float = 12.5, first_s: float = 0.0, last_s: float | None = None,
    detector: str = "movenet", whole: bool = False, weights: str | Path | None = None, runs: str | Path | None = None,
    threads: int = 2,
) -> Game:  # fmt: skip
    """Find the players in footage, follow them, keep where they stood as a game in a library, and return it.

    Parameters
    ----------
    points: table of four or more points of the court in a frame; its lines are looked for when None.
    rate_hz: frames looked at a second. first_s, last_s: the stretch. whole: look at whole pictures, not in tiles.
    runs: folder for what was watched, runs/track when None; a stopped run goes on there.

    Example
    -------
    >>> game = sa.track("rally.mp4", "volleyball", "my-library", last_s=20)
    """
    from sportsai.video.pipeline import track as watch
    from sportsai.video.watch import Asked

    asked = Asked(rate_hz=rate_hz, first_s=first_s, last_s=last_s, detector=detector, tiled=not whole)
    game = watch(
        Path(video), load_league(league), path_of(points), asked=asked, weights=path_of(weights), name=name,
        runs=path_of(runs), threads=threads,
    ).game  # fmt: skip
    opened(library, create=True).add(game)
    return game


def simulate_volleyball(
    folder: str | Path, games: int = 4, rallies: int = 100, seed: int = 0, *, first: int = 1
) -> list[Path]:
    """Write volleyball games that nobody played, exact in every label, and return their files: `read_games` reads them.

    first: the number of the first game; each number is a game of its own, of two teams of its own.

    Example
    -------
    >>> files = sa.simulate_volleyball("simulated", games=2, rallies=20)
    """
    from sportsai.library.atomic import write_bytes
    from sportsai.simulate import volleyball

    into, made = Path(folder), []
    into.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + games):
        each = volleyball.files(volleyball.simulate(number, rallies, seed))
        for name, content in each.items():
            write_bytes(into / name, content)
        made += [into / name for name in each if name.endswith(".parquet")]
    write_bytes(into / "README.md", volleyball.readme(first + games - 1, rallies, seed, "men").encode())
    return made
