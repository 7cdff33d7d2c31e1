"""Where a season's pages go: a folder, or object storage. Each file is replaced as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sportsai.library.atomic import store_errors, write_bytes
from sportsai.season.store import is_remote, open_place, remote_errors


class Place:
    """A folder of pages."""

    def __init__(self, where: str) -> None:
        self.where = where.rstrip("/")
        self._system: Any = None
        if is_remote(self.where):
            self._system, self._root = open_place(self.where)

    def named(self, name: str) -> str:
        """Return the full path, or the address, of a file."""
        return f"{self.where}/{name}" if self._system else str((Path(self.where) / name).resolve())

    def write(self, name: str, content: bytes) -> None:
        """Replace a file, all or nothing; StoreError where it cannot be written."""
        if self._system is not None:
            with remote_errors(self.where, f"writing {name}"):
                self._system.pipe_file(f"{self._root}/{name}", content)
            return
        path = Path(self.where) / name
        with store_errors(path, f"writing {name}", "--reports"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)

    def tail(self, name: str, n: int) -> bytes:
        """Return the last n bytes of a file, b"" where none can be read; StoreError where storage does not answer."""
        if self._system is not None:
            with remote_errors(self.where, f"reading {name}"):
                try:
                    return bytes(self._system.tail(f"{self._root}/{name}", n))
                except OSError:  # none there, or none that may be read: without the right to list, both are said alike
                    return b""
        try:
            with (Path(self.where) / name).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - n))
                return file.read()
        except OSError:
            return b""
