"""Provider files into games: one file a format, found by listing this folder.

A reader module has
    TITLE      one line: the format, and the manual or repository it is described in
    SPORTS     the sports it reads
    sniff(path: Path) -> bool      does this file or folder look like mine? cheap: a name, the first bytes
    read(paths: tuple[Path, ...], league: League) -> Iterator[Game]      games, lazily, arrays straight from the file
A module that reads several providers' feeds is called *_bridge and has FEEDS: provider -> an object with these four.
`read`'s docstring names the companion files a format needs. `paths` is what the user gave; a companion (line-ups beside
positions) is looked for beside the first path. A table that no module reads needs no code: a TOML describes it to
`table`, and one in leagues/<league>/readers/<provider>.toml makes <provider> a name to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from sportsai import plugins
from sportsai.errors import DataError, SportsaiError, one_line

if TYPE_CHECKING:
    from sportsai.court import League
    from sportsai.data import Game

_NOT_READERS = {"source"}


class Reader(Protocol):
    """What a reader module, or a feed of one, has."""

    TITLE: str
    SPORTS: frozenset[str]

    def sniff(self, path: Path, /) -> bool: ...

    def read(self, paths: tuple[Path, ...], league: League, /) -> Iterator[Game]: ...


def reader_names() -> list[str]:
    """Return the names of all readers: each module's, or those of its feeds."""
    return sorted(_modules_by_reader())


def _modules_by_reader() -> dict[str, str]:
    found: dict[str, str] = {}
    for module in plugins.names("sportsai.readers"):
        if module not in _NOT_READERS:
            feeds = _feeds(module)
            found |= dict.fromkeys(feeds, module) if feeds else {module: module}
    return found


def _feeds(module: str) -> Mapping[str, Reader]:
    """Return the feeds of a module that has many; only those whose name ends in _bridge are imported to be asked."""
    if not module.endswith("_bridge"):
        return {}
    return plugins.load("sportsai.readers", module, "provider", DataError).FEEDS


def load_reader(name: str) -> Reader:
    """Return the reader called `name`; raise DataError naming the nearest when there is none."""
    from sportsai.errors import nearest

    modules = _modules_by_reader()
    if name not in modules:
        raise DataError(f'no provider named "{name}"', todo=nearest(name, modules))
    feeds = _feeds(modules[name])
    return feeds[name] if feeds else cast(Reader, plugins.load("sportsai.readers", name, "provider", DataError))


def find_reader(path: Path, sport: str) -> str:
    """Return the name of the reader that recognises `path`; raise DataError when none or several do."""
    if not path.exists():
        from sportsai.readers.source import check_file

        check_file(path)
    if not path.is_dir() and (not path.is_file() or path.stat().st_size == 0):
        from sportsai.readers.source import check_file

        check_file(path)
    matches = []
    for name in reader_names():
        module = load_reader(name)
        if sport in module.SPORTS and module.sniff(path):
            matches.append(name)
    if len(matches) == 1:
        return matches[0]
    known = [n for n in reader_names() if sport in load_reader(n).SPORTS]
    if not matches:
        bare = path.is_dir() and next(path.iterdir(), None) is None
        raise DataError(
            "the folder is empty" if bare else f"not recognised as any {sport} format",
            path=path,
            expected=f"one of: {', '.join(known)}",
            todo="Name the provider with --provider, or check --league.",
        )
    raise DataError(f"could be {' or '.join(matches)}", path=path, todo=f"Say which with --provider {matches[0]}.")


def _named_by(paths: tuple[Path, ...], sport: str) -> str:
    """Return the reader that recognises the first of the files that one recognises: a companion may be named first."""
    readers = [load_reader(name) for name in reader_names()] if len(paths) > 1 else []
    for path in paths:
        if path.is_file() and any(sport in r.SPORTS and r.sniff(path) for r in readers):
            return find_reader(path, sport)
    return find_reader(paths[0], sport)


def read_games(paths: tuple[Path, ...], league: League, provider: str | None = None) -> Iterator[Game]:
    """Yield the games in a provider's files.

    Parameters
    ----------
    paths: the files or folder the user named; companions are looked for beside the first.
    league: whose court, clock and vocabulary to read into.
    provider: reader name; guessed from the files when None.
    """
    name = provider or _named_by(paths, league.sport)
    if name not in reader_names() and name in league.reader_names():
        from sportsai.readers.table import read_described

        yield from _in_one_line(read_described(paths, league, name), name, paths[0])
        return
    module = load_reader(name)
    if league.sport not in module.SPORTS:
        raise DataError(
            f'provider "{name}" does not read {league.sport}',
            expected=f"one of its sports: {', '.join(sorted(module.SPORTS))}",
            todo="Choose another --league or --provider.",
        )
    yield from _in_one_line(module.read(paths, league), name, paths[0])


def _in_one_line(games: Iterator[Game], name: str, path: Path) -> Iterator[Game]:
    """Yield the games; what a reader did not foresee in a file becomes one DataError, which keeps its cause.

    A number that overflows, or is none where one is needed, is an error here and never a warning with garbage after it.
    """
    import numpy as np

    while True:
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                game = next(games, None)
        except DataError as problem:  # a value that no single file can be blamed for is blamed on the source as a whole
            raise problem.at(path) from None
        except (SportsaiError, AssertionError, ImportError):
            raise
        except Exception as bad:
            raise DataError(
                f"this is not as the reader {name} knows the format ({type(bad).__name__}: {one_line(bad, 100)})",
                path=path, expected="files as the provider describes them",
                todo="Check that they are whole and of one game, and that --provider is right.",
            ) from bad  # fmt: skip
        if game is None:
            return
        yield game
