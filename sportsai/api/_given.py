"""What a caller may give: a library or its folder, a path or text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sportsai.errors import DataError

if TYPE_CHECKING:
    from sportsai.library import Library


def opened(library: Library | str | Path, *, create: bool = False) -> Library:
    """Return the library itself, or the one in the folder; made where `create` says so and it is not there."""
    from sportsai.library import Library as Kept

    return library if isinstance(library, Kept) else Kept(library, create=create)


def path_of(path: str | Path | None) -> Path | None:
    """Return a path where one is given."""
    return None if path is None else Path(path)


def paths_of(paths: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """Return one path or several as paths; DataError where none is named."""
    several = (paths,) if isinstance(paths, (str, Path)) else paths
    found = tuple(Path(path) for path in several)
    if not found:
        raise DataError("no file is named", expected="a provider's file or folder")
    return found
