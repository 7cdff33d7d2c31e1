"""Find the parts of a kind by listing a package's folder: adding a reader, model or command is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import ModuleType

from sportsai.errors import SportsaiError, nearest


def names(package: str) -> list[str]:
    """Return the sorted public module names of `package` without importing them (sub-packages too)."""
    spec = importlib.import_module(package)
    return sorted(m.name for m in pkgutil.iter_modules(spec.__path__) if not m.name.startswith("_"))


def load(package: str, name: str, kind: str, error: type[SportsaiError] = SportsaiError) -> ModuleType:
    """Import and return the part `name` of `package`; raise `error` naming the nearest part when there is none."""
    there = sys.modules.get(f"{package}.{name}") if name.isidentifier() and not name.startswith("_") else None
    if there is not None:  # asked for thousands of times a game: the folder is listed for what is new alone
        return there
    known = names(package)
    if name not in known:
        raise error(f'no {kind} named "{name}"', todo=nearest(name, known))
    return importlib.import_module(f"{package}.{name}")
