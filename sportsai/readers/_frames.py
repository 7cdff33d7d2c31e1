"""What every tracking reader asks: is this text, which numbers stand in it, what is the rate, who attacks where?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sportsai.data import Period, Player, Tracks
from sportsai.data.orientation import find_orientation
from sportsai.errors import DataError, one_line
from sportsai.readers import source

if TYPE_CHECKING:
    import polars as pl

# Broadcast rates are 1000/1001 of a whole number and written rounded: 29.97 is 30000/1001 (SMPTE ST 12-1).
_BROADCAST = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 60, 120))


def rate_hz(said: object, path: Path, key: str) -> Fraction:
    """Return a frame rate as the exact fraction it stands for; 29.97 is 30000/1001, 25.0 is 25.

    Raises DataError when it is not a number above 0.
    """
    try:
        value = float(str(said).replace(",", "."))
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and value > 0):
        raise DataError(
            f"the frame rate is {one_line(said, 40)}",
            path=path,
            key=key,
            expected="a rate above 0 Hz",
            todo="Correct the provider's metadata.",
        )
    near = next((r for r in _BROADCAST if abs(value - r) < 0.006), None)
    return Fraction(value).limit_denominator(1000) if near is None else near


def number(said: object, path: Path, key: str, *, least: float | None = None) -> float:
    """Return a number a file says under `key`; raise DataError when it is none, or below or at `least`."""
    try:
        value = float(str(said).replace(",", "."))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value) or (least is not None and value <= least):
        expected = "a number" if least is None else f"a number above {least:g}"
        raise DataError(f'"{one_line(said, 40)}" cannot be used', path=path, key=key, expected=expected)
    return value


def check_quotes(body: bytes | Path, path: Path) -> None:
    """Raise DataError for a table with a quote that is not closed: polars 2.1 panics over one in the last line."""
    raw = body if isinstance(body, bytes) else source.read_bytes(body)
    if raw.count(b'"') % 2:
        raise DataError("a quote is not closed", path=path, line=raw[: raw.rfind(b'"')].count(b"\n") + 1,
                        expected="quotes in pairs", todo="Download the file again.")  # fmt: skip


def whole(said: object) -> int | None:
    """Return a shirt's or a score's number, None when it is none: at most nine digits, no minus ("²" is no number)."""
    text = str(said).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def score(home: object, away: object) -> tuple[int, int] | None:
    """Return a score, None when either side's is no number."""
    goals = whole(home), whole(away)
    return None if goals[0] is None or goals[1] is None else (goals[0], goals[1])


def check_utf8(start: bytes, path: Path) -> str:
    """Return the first bytes of a text file as text; raise DataError when they are UTF-16, binary or not UTF-8."""
    todo = "Save the file as UTF-8 and try again."
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start:
        what = "the file is UTF-16 text or not text at all"
        raise DataError(what, path=path, line=1, expected="a UTF-8 text file", todo=todo)
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        if bad.start >= len(start) - 3 and bad.reason == "unexpected end of data":
            return start[: bad.start].decode("utf-8-sig")
        raise DataError(
            f"byte 0x{start[bad.start]:02x} is not UTF-8 text",
            path=path,
            line=start[: bad.start].count(b"\n") + 1,
            expected="a UTF-8 text file",
            todo=todo,
        ) from None


class Lines(Protocol):
    """The file's line number of each row: an array, or anything that finds it when an error asks."""

    def __getitem__(self, row: int, /) -> Any: ...


def number_table(
    body: bytes | Path,
    columns: dict[str, Any],
    path: Path,
    *,
    skip: int = 0,
    keep: Sequence[str] | None = None,
    allow_empty: Sequence[str] = (),
    ragged: bool = False,
    lines: Lines | None = None,
) -> pl.DataFrame:
    """Return comma-separated text as a table of typed columns, parsed column by column.

    Parameters
    ----------
    body: the text, or the file itself. columns: name -> polars type, in the file's order. skip: header lines.
    keep: the columns wanted, all when None. allow_empty: columns that may lack values. ragged: lines may have more.
    lines: (rows,) the file's line number of each row, for the error; counted from `skip` when None.

    Raises DataError with the line and column of the first value that is missing or is not of the column's type.
    """
    import polars as pl

    names = list(columns)
    wanted = list(keep) if keep is not None else names
    options: dict[str, Any] = {
        "has_header": False,
        "skip_rows": skip,
        "columns": [names.index(n) for n in wanted],
        "truncate_ragged_lines": ragged,
        "raise_if_empty": False,
        "missing_columns": "insert",
    }

    def line_of(row: int) -> int:
        return int(lines[row]) if lines is not None else skip + row + 1

    check_quotes(body, path)
    try:
        table = pl.read_csv(body, schema=columns, **options)
    except (pl.exceptions.PolarsError, OSError) as bad:
        text = re.sub(r"\s+", " ", str(bad))[:100]
        try:
            loose = pl.read_csv(
                body, schema=dict.fromkeys(names, pl.String), **{**options, "truncate_ragged_lines": True}
            )
        except (pl.exceptions.PolarsError, OSError):
            raise DataError(
                f"it cannot be read as a table ({text})",
                path=path,
                expected="comma-separated UTF-8 text",
                todo="Save the file as UTF-8 and try again.",
            ) from None
        worst: tuple[int, str, object] | None = None
        for name in wanted:
            wrong = (loose[name].cast(columns[name], strict=False).is_null() & loose[name].is_not_null()).arg_max()
            if wrong is not None and loose[name][wrong] is not None:
                cast = loose[name][int(wrong) : int(wrong) + 1].cast(columns[name], strict=False)
                if cast.is_null()[0] and (worst is None or wrong < worst[0]):
                    worst = (int(wrong), name, loose[name][int(wrong)])
        if worst is None:
            raise DataError(
                f"a line has more values than the {len(names)} columns of the format ({text})",
                path=path,
                expected=f"{len(names)} values a line",
            ) from None
        raise DataError(
            f'"{one_line(worst[2], 40)}" is not a number',
            path=path,
            line=line_of(worst[0]),
            key=worst[1],
            expected="a number",
            todo="Correct the value, or ask the provider for the file again.",
        ) from None
    for name in wanted:
        if name not in allow_empty and table[name].null_count():
            row = int(table[name].is_null().arg_max() or 0)
            last = row == table.height - 1
            raise DataError(
                "the line is cut short" if last else "a value is missing",
                path=path,
                line=line_of(row),
                key=name,
                expected=f"{len(names)} values a line",
                todo="Download the file again.",
            )
    return table


def fill(
    arrays: dict[str, Any], row: NDArray[np.integer[Any]], column: NDArray[np.integer[Any]], x: Any, y: Any
) -> int:
    """Put positions at (row, column) of `empty_tracks` arrays; return how many stood where one already was.

    Shapes: row, column, x, y (N,). Of two positions for the same slot and frame the last stays: count it as a repair.
    """
    arrays["xy"][row, column, 0], arrays["xy"][row, column, 1] = x, y
    before = int(arrays["present"].sum())
    arrays["present"][row, column] = True
    return len(row) - (int(arrays["present"].sum()) - before)


def periods_of(
    tracks: Tracks, roster: Sequence[Player], said: Mapping[int, int | None] | None = None
) -> tuple[Period, ...]:
    """Return the periods of `tracks` with the direction the positions show.

    said: the side that attacks right in each period as the provider says, taken only where positions leave it open.
    """
    found = []
    for o in find_orientation(tracks, roster):
        rows = np.flatnonzero(tracks.period == o.period)
        right = o.attacks_right if o.attacks_right is not None else (said or {}).get(o.period)
        found.append(Period(o.period, int(tracks.frame[rows[0]]), int(tracks.frame[rows[-1]]) + 1, right))
    return tuple(found)


@contextmanager
def at(path: Path) -> Iterator[None]:
    """Give a DataError that knows no file this one, so that `Tracks`' own checks name it."""
    try:
        yield
    except DataError as bad:
        if bad.path is not None:
            raise
        raise DataError(bad.what, path=path, line=bad.line, key=bad.key, expected=bad.expected, todo=bad.todo) from None
