"""Provider files into games: one file a format, found by listing this folder.

A reader module has
    TITLE      one line: the format, and the manual or repository it is described in
    SPORTS     the sports it reads
    sniff(path: Path) -> bool      does this file or folder look like mine? cheap: a name, the first bytes
    read(paths: tuple[Path, ...], league: League) -> Iterator[Game]      games, lazily, arrays straight from the file
and, where a format needs it, names its companion files in `read`'s docstring. `paths` is what the user gave; a
companion (line-ups beside positions) is looked for beside the first path.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sportsai import plugins
from sportsai.errors import DataError

if TYPE_CHECKING:
    from sportsai.court import League
    from sportsai.data import Game

_NOT_READERS = {"source"}


def reader_names() -> list[str]:
    """Return the names of all readers."""
    return [n for n in plugins.names("sportsai.readers") if n not in _NOT_READERS]


def load_reader(name: str) -> ModuleType:
    """Return the reader called `name`; raise DataError naming the nearest when there is none."""
    from sportsai.errors import nearest

    if name not in reader_names():
        raise DataError(f'no provider named "{name}"', todo=nearest(name, reader_names()))
    return plugins.load("sportsai.readers", name, "provider", DataError)


def find_reader(path: Path, sport: str) -> str:
    """Return the name of the reader that recognises `path`; raise DataError when none or several do."""
    if not path.exists():
        from sportsai.readers.source import check_file

        check_file(path)
    if path.is_file() and path.stat().st_size == 0:
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
        raise DataError(
            f"not recognised as any {sport} format",
            path=path,
            expected=f"one of: {', '.join(known)}",
            todo="Name the provider with --provider, or check --league.",
        )
    raise DataError(f"could be {' or '.join(matches)}", path=path, todo=f"Say which with --provider {matches[0]}.")


def read_games(paths: tuple[Path, ...], league: League, provider: str | None = None) -> Iterator[Game]:
    """Yield the games in a provider's files.

    Parameters
    ----------
    paths: the files or folder the user named; companions are looked for beside the first.
    league: whose court, clock and vocabulary to read into.
    provider: reader name; guessed from the files when None.
    """
    name = provider or find_reader(paths[0], league.sport)
    module = load_reader(name)
    if league.sport not in module.SPORTS:
        raise DataError(
            f'provider "{name}" does not read {league.sport}',
            expected=f"one of its sports: {', '.join(sorted(module.SPORTS))}",
            todo="Choose another --league or --provider.",
        )
    try:
        yield from module.read(paths, league)
    except DataError as problem:  # a value that no single file can be blamed for is blamed on the source as a whole
        raise problem.at(paths[0]) from None
