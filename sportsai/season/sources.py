"""What the user named as items of work: a source each, or a game each where its reader can say what is inside.

A reader may have
    index(paths) -> list[str]             ids of its games in order, without reading them
    pick(paths, league, place) -> Game    one of them; what is read of the file for it is kept for the next
    ONE_FILE_A_GAME = True                of a folder: every file it recognises there is a game of its own
A source whose reader has none of these is read by one worker, game after game.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sportsai.court import League
from sportsai.data import Game
from sportsai.errors import DataError, SportsaiError
from sportsai.readers import load_reader, read_games, reader_names
from sportsai.readers.source import fingerprints

DEEP = 3  # folders in folders that are looked into


@dataclass(frozen=True)
class Item:
    """A piece of work. source: as named to people. paths: what the reader is given, () for a game in the library.

    place, game: of a source with an index, which of its games, and its id. files: what the index said they are made
    of, name -> SHA-256.
    """

    source: str
    paths: tuple[str, ...] = ()
    provider: str | None = None
    place: int | None = None
    game: str | None = None
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class Found:
    """items: the work. broken: sources that cannot be opened, with why. passed: files that no reader recognises."""

    items: list[Item] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)


def find_items(sources: tuple[Path, ...], league: League, provider: str | None = None) -> Found:
    """Return the items of what the user named. A name that is nowhere raises DataError: nothing was begun yet."""
    found = Found()
    for path in sources:
        if not path.exists():
            raise DataError("no such file or folder", path=path, todo="Check the path; nothing was read yet.")
        _look(path, league, provider, found, 0)
    return found


def _look(path: Path, league: League, provider: str | None, found: Found, depth: int) -> None:
    try:
        names = [provider] if provider else _recognised(path, league)
        if len(names) > 1:
            raise DataError(f"could be {' or '.join(names)}", todo=f"Say which with --provider {names[0]}.")
        if names:
            found.items += _items(path, names[0])
        elif path.is_dir() and depth < DEEP:
            for child in sorted(p for p in path.iterdir() if not p.name.startswith(".")):
                _look(child, league, provider, found, depth + 1)
        elif depth and not _empty(path):
            found.passed.append(str(path))
        else:
            raise DataError("the file is empty" if _empty(path) else f"not recognised as any {league.sport} format",
                            todo="Download it again, or name its format with --provider.")  # fmt: skip
    except (SportsaiError, OSError) as bad:
        found.broken.append((str(path), str(bad.at(path)) if isinstance(bad, DataError) else str(bad)))


def _empty(path: Path) -> bool:
    return (path.is_symlink() and not path.exists()) or (path.is_file() and path.stat().st_size == 0)


def _recognised(path: Path, league: League) -> list[str]:
    if _empty(path):
        return []
    readers = {name: load_reader(name) for name in reader_names()}
    return [name for name, r in readers.items() if league.sport in r.SPORTS and r.sniff(path)]


def _items(path: Path, provider: str) -> list[Item]:
    if provider not in reader_names():  # a table that a TOML of the league describes
        return [Item(str(path), (_full(path),), provider)]
    reader: Any = load_reader(provider)
    if path.is_dir() and getattr(reader, "ONE_FILE_A_GAME", False):
        mine = [p for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith(".") and reader.sniff(p)]
        return [Item(str(p), (_full(p),), provider) for p in mine]
    if not hasattr(reader, "index"):
        return [Item(str(path), (_full(path),), provider)]
    ids, files = reader.index((path,))
    marks = fingerprints(*files)
    return [Item(str(path), (_full(path),), provider, n, game, marks) for n, game in enumerate(ids)]


def _full(path: Path) -> str:
    return str(path.resolve())


def games_of(item: Item, league: League) -> Iterator[Game]:
    """Yield the games of an item; DataError names the file that cannot be read."""
    paths = tuple(Path(p) for p in item.paths)
    if item.place is None:
        yield from read_games(paths, league, item.provider)
        return
    reader: Any = load_reader(item.provider or "")
    try:
        yield reader.pick(paths, league, item.place)
    except DataError as bad:
        raise bad.at(paths[0]) from None


def same_files(item: Item, files: dict[str, str]) -> bool:
    """Whether the files a game was once read from are still what they were."""
    if not files:
        return False
    path = Path(item.paths[0])
    for name, mark in files.items():
        near = [p for p in (path, path / name, path.parent / name) if p.name == name and p.is_file()]
        if not near or fingerprints(near[0])[name] != mark:
            return False
    return True
