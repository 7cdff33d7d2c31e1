"""Open a provider's tables: CSV, Parquet and NumPy archives, each way they can be wrong in one clear line."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sportsai.errors import NOT_AS_DESCRIBED, DataError, nearest, one_line
from sportsai.readers import source

MOST_COLUMNS = 5_000  # of a table; a provider's have some hundreds
AGAIN = "Download it again, or name its format with --provider."


def header(path: Path, sep: str = ",") -> list[str]:
    """Return the names of a CSV file's columns."""
    return [h.strip().strip('"') for h in source.read_text(path).split("\n", 1)[0].rstrip("\r").split(sep)]


def read_csv(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), sep: str = ",", needed: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the named columns of a CSV file (.gz and .xz too): `numbers` float64 (NaN blank), `texts` str ("" blank).

    `needed` are those of `numbers` that may not be blank.

    Raises DataError for a missing column (naming the nearest) and for a value that is no number (naming its line).
    """
    text = source.read_text(path)
    first = text.split("\n", 2)
    header = [h.strip().strip('"') for h in first[0].rstrip("\r").split(sep)]
    if len(header) > MOST_COLUMNS:  # pandas takes time with the square of columns of one name
        raise DataError(f"{len(header):,} columns", path=path, line=1, expected=f"{MOST_COLUMNS:,} at most", todo=AGAIN)
    _check_columns(path, [*numbers, *texts], header)
    twice = next((name for name in (*numbers, *texts) if header.count(name) > 1), None)
    if twice is not None:
        raise DataError(f'column "{twice}" stands there twice', path=path, line=1, expected="each column once",
                        todo="Remove the one that is not meant.")  # fmt: skip
    if len(first) > 1 and '"' not in first[1] and first[1].count(sep) > 2 * len(header) + 10:
        # pandas takes what is too many for an index, and minutes over a long line of it
        raise DataError(f"{first[1].count(sep) + 1} cells", path=path, line=2, expected=f"{len(header)}", todo=AGAIN)
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=sep, usecols=[*numbers, *texts], dtype=str, keep_default_na=False, engine="c"
        )
    except (pd.errors.ParserError, ValueError) as bad:
        raise DataError(
            f"the table is damaged ({one_line(bad, 120)})",
            path=path,
            expected="as many columns in each line",
            todo=AGAIN,
        ) from None
    if not len(table):
        raise DataError("there are no rows under the header", path=path, expected="at least one row", todo=AGAIN)
    for name in numbers:
        column = table[name].str.strip()
        value = pd.to_numeric(
            column.where(~column.str.lower().isin(["", "na", "nan", "null", "none"])), errors="coerce"
        )
        value = value.mask(column.str.lower() == "true", 1.0).mask(column.str.lower() == "false", 0.0)
        bad_rows = value.isna() & ~column.str.lower().isin(["", "na", "nan", "null", "none"])
        if bad_rows.any():
            row = int(np.argmax(bad_rows.to_numpy()))
            raise DataError(
                f'"{one_line(table[name].iloc[row], 40)}" is not a number',
                path=path,
                line=row + 2,
                key=name,
                expected="a number",
                todo="Correct the value or remove the row.",
            )
        table[name] = value.astype("float64")
        if name in needed:
            finite(path, name, table[name].to_numpy(), 2)
    return table


@contextmanager
def as_described(path: Path, what: str) -> Iterator[None]:
    """Turn what goes wrong inside, where a file's metadata has another shape than described, into one DataError."""
    try:
        yield
    except NOT_AS_DESCRIBED as bad:
        kind = "is missing" if isinstance(bad, KeyError) else f"({one_line(bad, 60)})"
        name = f"{one_line(bad, 40)} " if isinstance(bad, KeyError) else ""
        raise DataError(f"{what} not as the format describes them: {name}{kind}", path=path, todo=AGAIN) from None


def read_parquet(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return the named columns of a Parquet file; raise DataError when it is damaged or a column is missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source.check_file(path)
    try:
        file = pq.ParquetFile(path)
        _check_columns(path, columns, file.schema_arrow.names)
        source.check_unpacked(8 * file.metadata.num_rows * len(columns), path.stat().st_size, path)
        table = file.read(columns=list(columns)).to_pandas()
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as bad:
        raise DataError(
            f"this is not a complete Parquet file ({one_line(bad, 100)})", path=path, expected="Parquet", todo=AGAIN
        ) from None
    if not len(table):
        raise DataError("there are no rows in it", path=path, expected="at least one row", todo=AGAIN)
    return table


def parquet_columns(path: Path) -> set[str]:
    """Return the column names of a Parquet file, an empty set when it is none: for guessing formats only."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix != ".parquet" or source.head(path, 4) != b"PAR1":
        return set()
    try:
        return set(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return set()


def read_npz(path: Path, axes: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a NumPy archive named in `axes` (name -> number of axes).

    Raises DataError when the archive is damaged, an array is missing or has another number of axes.
    """
    source.check_file(path)
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as z:
            source.check_unpacked(sum(i.file_size for i in z.infolist()), path.stat().st_size, path)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            _check_columns(path, list(axes), archive.files, kind="array")
            arrays = {name: np.asarray(archive[name]) for name in axes}
    except (
        zipfile.BadZipFile,
        zlib.error,
        tokenize.TokenError,  # a header that is no Python
        SyntaxError,
        ValueError,
        EOFError,
        OSError,
        AttributeError,
        TypeError,
        NotImplementedError,
        RuntimeError,
        MemoryError,  # a header that promises more than there is
        OverflowError,
        KeyError,
    ) as bad:
        raise DataError(
            f"this is not a complete NumPy archive ({one_line(bad, 100)})", path=path, expected=".npz", todo=AGAIN
        ) from None
    for name, ndim in axes.items():
        if arrays[name].ndim != ndim:
            raise DataError(f"{name} has shape {arrays[name].shape}", path=path, key=name, expected=f"{ndim} axes")
        if arrays[name].dtype.kind not in "iufbU":
            raise DataError(f"{name} holds {arrays[name].dtype}", path=path, key=name, expected="numbers or text")
    return arrays


def npz_names(path: Path) -> set[str]:
    """Return the array names of a NumPy archive, an empty set when it is none: for guessing formats only."""
    if path.suffix != ".npz" or not path.is_file():
        return set()
    try:
        with zipfile.ZipFile(path) as archive:
            return {n.removesuffix(".npy") for n in archive.namelist()}
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return set()


def csv_columns(path: Path, sep: str = ",") -> set[str]:
    """Return the header names of a CSV file, an empty set when it cannot be read: for guessing formats only."""
    if not path.is_file():
        return set()
    line = source.head(path, 1 << 14).split(b"\n", 1)[0].decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r")
    return {name.strip().strip('"') for name in line.split(sep)}


def check_pointers(path: Path, key: str, pointers: NDArray[Any], n: int) -> None:
    """Raise DataError unless `pointers` (G + 1,) starts at 0, never falls and ends at `n` rows."""
    steps = np.diff(pointers)
    if len(pointers) < 2 or pointers[0] != 0 or pointers[-1] != n or (steps < 0).any():
        raise DataError(
            "the pointers do not tile the samples",
            path=path,
            key=key,
            expected=f"0, ..., {n}, never falling",
            todo=AGAIN,
        )


def finite(path: Path, name: str, values: NDArray[Any], line_of_first: int | None = None) -> None:
    """Raise DataError naming the first row whose value is not a finite number."""
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad.reshape(len(bad), -1).any(1)))
        raise DataError(
            f"row {row} is {values.reshape(len(bad), -1)[row][bad.reshape(len(bad), -1)[row]][0]}",
            path=path,
            key=name,
            line=None if line_of_first is None else row + line_of_first,
            expected="a finite number",
            todo="Correct the value or remove the row.",
        )


def _check_columns(path: Path, wanted: Sequence[str], known: Sequence[str], kind: str = "column") -> None:
    for name in wanted:
        if name not in known:
            shown = [one_line(k, 40) for k in known]
            raise DataError(
                f'{kind} "{name}" is not in it', path=path, expected=", ".join(wanted), todo=nearest(name, shown)
            )
