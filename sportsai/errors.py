"""Say what is wrong, where, what was expected and what to do next, in one line.

    SportsaiError
    ├── DataError       a provider's file or value (path, line or key)
    ├── LeagueError     a league's TOML (file, key) or an unknown league
    ├── RecipeError     a recipe's TOML (file, key) or an unknown recipe
    ├── ShapeError      an array that is not the promised shape
    ├── StoreError      the library folder or a game in it
    ├── ModelError      weights that are missing, damaged or made for something else
    └── NotFittedError  a model asked before it was trained

The command line turns any SportsaiError into its one line and exit code 1. Anything else is our bug and keeps its
traceback.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

# what Python says of JSON, a table or a header that has another shape than the code that reads it was told
NOT_AS_DESCRIBED = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError, RecursionError)


def one_line(text: object, limit: int = 300) -> str:
    """Return text without line breaks or control characters, cut to `limit`, safe to print in a terminal."""
    shown = {"Cc": " ", "Cf": " ", "Zl": " ", "Zp": " ", "Cs": "\ufffd"}  # Cs: half a pair, which cannot be printed
    flat = "".join(shown.get(unicodedata.category(c), c) for c in str(text))
    flat = " ".join(flat.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


_LONGEST = 80  # letters of a name that are compared: the time grows with their square


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the closest known name, or the list of known names when none is close."""
    names, name = sorted(known), name[:_LONGEST]
    close = difflib.get_close_matches(name.lower(), [n.lower() for n in names], n=1, cutoff=0.55)
    if close:
        match = next(n for n in names if n.lower() == close[0])
        return f'Did you mean "{match}"?'
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"Known: {shown}." if names else "None is known."


class SportsaiError(Exception):
    """A problem the user can act on.

    Parameters
    ----------
    what: what is wrong, with the value.
    where: file, file:line or key.
    expected: what was expected there.
    todo: what to do next.
    """

    def __init__(
        self, what: str, *, where: str | Path | None = None, expected: str | None = None, todo: str | None = None
    ) -> None:
        self.what, self.where, self.expected, self.todo = what, where, expected, todo
        parts = [f"{where}: {what}" if where is not None else what]
        if expected:
            parts.append(f"expected {expected}")
        line = "; ".join(parts)
        if todo:
            line = f"{line.rstrip('.')}. {todo}"
        super().__init__(one_line(line, limit=600))


class DataError(SportsaiError):
    """A provider's file, or a value in it, cannot be used."""

    def __init__(
        self,
        what: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        expected: str | None = None,
        todo: str | None = None,
    ) -> None:
        self.path, self.line, self.key = path, line, key
        where = None
        if path is not None:
            where = str(path) + (f", line {line}" if line is not None else "") + (f', "{key}"' if key else "")
        elif key:
            where = f'"{key}"'
        super().__init__(what, where=where, expected=expected, todo=todo)

    def at(self, path: str | Path) -> DataError:
        """Return this error with the file it was found in, when it does not name one yet."""
        if self.path is not None:
            return self
        return type(self)(self.what, path=path, line=self.line, key=self.key, expected=self.expected, todo=self.todo)


class LeagueError(SportsaiError):
    """A league is unknown, or its TOML says something that cannot be."""


class RecipeError(SportsaiError):
    """A recipe is unknown, or its TOML says something that cannot be."""


class ShapeError(SportsaiError):
    """An array does not have the promised shape."""


class StoreError(SportsaiError):
    """The library folder, or a game in it, cannot be read or written."""


class ModelError(SportsaiError):
    """Weights are missing, damaged or made for something else."""


class NotFittedError(SportsaiError):
    """A model was asked to predict before it was trained."""


def missing_extra(package: str, extra: str) -> SportsaiError:
    """Return the error that says which optional part of sportsai to install for `package`."""
    return SportsaiError(
        f"{package} is not installed",
        expected=f"sportsai with its {extra}",
        todo=f"Run `pip install 'sportsai[{extra}]'` (in a clone: `.venv/bin/pip install -e '.[{extra}]'`).",
    )


def check_shape(x: object, letters: str, name: str) -> tuple[int, ...]:
    """Return x.shape after checking that it has one axis per letter of `letters` ("B T P 2": digits are exact).

    Raises ShapeError naming the argument, the expected letters and the shape it got.
    """
    shape: Sequence[int] = tuple(getattr(x, "shape", ()))
    axes = letters.split()
    exact = all(not a.isdigit() or int(a) == n for a, n in zip(axes, shape, strict=False))
    if len(shape) != len(axes) or not exact:
        raise ShapeError(f"{name} has shape {tuple(shape)}", expected=f"({', '.join(axes)})")
    return tuple(shape)
