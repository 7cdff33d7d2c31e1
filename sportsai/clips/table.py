"""A folder of clips: clips.csv says of each which file and stretch it is, of which game, and what it shows.

    file,from_s,to_s,game,label
    first-half.mp4,12.0,14.5,game-1,serve
    first-half.mp4,14.5,17.0,game-1,set;jump

from_s and to_s may be left out: the whole file. Several labels of a clip stand with `;` between them; an empty cell is
a clip with none of them. Files lie beside the table.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sportsai.data.splits import Split
from sportsai.errors import DataError, nearest
from sportsai.learn.lessons import deal

FILE = "clips.csv"
BETWEEN = ";"
TODO = "A table is CSV with the columns file, game, a label, and from_s and to_s where a clip is part of a file."


@dataclass(frozen=True)
class Clips:
    """n clips of G games. path, game: of each. span (n, 2): from, to in seconds of the file; NaN for all of it. y
    (n, A) bool: which of `names` hold. many: several may hold, or none; else exactly one does."""

    folder: Path
    path: tuple[Path, ...]
    span: NDArray[np.float64]
    game: tuple[str, ...]
    y: NDArray[np.bool_]
    names: tuple[str, ...]
    many: bool

    def __len__(self) -> int:
        return len(self.path)

    @property
    def label(self) -> NDArray[np.int64]:
        """The class of each clip, (n,); the first of those that hold."""
        return self.y.argmax(1)

    @property
    def games(self) -> list[str]:
        """The games, sorted."""
        return sorted(set(self.game))


def load_clips(folder: Path, column: str = "label") -> Clips:
    """Return the clips that a folder's table names, with the labels of one column.

    Raises DataError naming the line where a file is missing, a stretch ends before it begins, a game is not told, or
    fewer than two labels are left.
    """
    folder = Path(folder)
    path = folder / FILE
    if not path.is_file():
        what = "no such folder" if not folder.is_dir() else f"holds no {FILE}"
        raise DataError(what, path=folder, expected=f"a folder of clips with {FILE}", todo=TODO)
    found: list[tuple[Path, float, float, str, tuple[str, ...]]] = []
    for line, row in _rows(path, column):
        file = folder / (row["file"] or "").strip()
        if not (row["file"] or "").strip() or not _is_file(file):
            raise DataError(f'no such file "{row["file"] or ""}"', path=path, line=line, key="file",
                            expected=f"a file in {folder}")  # fmt: skip
        game = (row["game"] or "").strip()
        if not game:
            raise DataError("no game", path=path, line=line, key="game", expected="which game the clip is of",
                            todo="Clips of one game must never stand in two parts: name the game of each.")  # fmt: skip
        first, last = (_seconds(row.get(k), path, line, k) for k in ("from_s", "to_s"))
        if math.isnan(first) != math.isnan(last) or last <= first:
            raise DataError(f"from {first:g} to {last:g} s", path=path, line=line, key="to_s",
                            expected="both, and an end after the beginning")  # fmt: skip
        labels = tuple(dict.fromkeys(s.strip() for s in (row[column] or "").split(BETWEEN) if s.strip()))
        found.append((file, first, last, game, labels))
    names = tuple(sorted({label for *_, labels in found for label in labels}))
    if len(names) < 2:
        raise DataError(f"{len(names)} label{'s' * (len(names) != 1)} in {len(found)} clips", path=path, key=column,
                        expected="two or more")  # fmt: skip
    y = np.array([[name in labels for name in names] for *_, labels in found])
    return Clips(
        folder, tuple(f[0] for f in found), np.array([f[1:3] for f in found]), tuple(f[3] for f in found), y, names,
        bool((y.sum(1) != 1).any()),
    )  # fmt: skip


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _rows(path: Path, column: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a table that has the columns that are needed."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            known = list(reader.fieldnames or ())
            for name in ("file", "game", column):
                if name not in known:
                    raise DataError(
                        f'no column "{name}"', path=path, line=1, expected=f"file, game, {column}",
                        todo=nearest(name, known) if known else TODO,
                    )  # fmt: skip
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as bad:
        raise DataError(f"is no CSV ({bad})", path=path, expected="CSV in UTF-8", todo=TODO) from None


def _seconds(text: str | None, path: Path, line: int, key: str) -> float:
    if text is None or not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < math.inf:
        raise DataError(f'"{text}"', path=path, line=line, key=key, expected="seconds of the file, 0 or more")
    return value


def parted(clips: Clips, turn: int = 0, parts: int = 5, seed: int = 0) -> Split:
    """Return which clips train, validate and test: games are dealt into parts, part `turn` tests, the next validates.

    Raises DataError with fewer than three games, or where a label has no clip among those that train.
    """
    games = clips.games
    if len(games) < 3:
        raise DataError(
            f"only {len(games)} game{'s' * (len(games) != 1)} ({', '.join(games)})", path=clips.folder / FILE,
            key="game", expected="at least 3: one to train on, one to choose by, one to test",
            todo="Give clips of more games; a score on the game that trained would mean nothing.",
        )  # fmt: skip
    part_of = deal(games, parts, seed)
    part = np.array([part_of[g] for g in clips.game])
    count = max(part_of.values()) + 1
    test, validation = part == turn % count, part == (turn + 1) % count
    train = ~test & ~validation
    for k, name in enumerate(clips.names):
        if not clips.y[train, k].any():
            raise DataError(f'label "{name}" has no clip in the games that train', path=clips.folder / FILE,
                            expected="at least one", todo="Give more games, or leave the label out.")  # fmt: skip
    return Split(np.flatnonzero(train), np.flatnonzero(validation), np.flatnonzero(test), np.zeros(0, np.int64))
