"""Where a season's games lie: a folder, or object storage (any that fsspec opens: s3://, gs://, memory://).

In a folder every worker writes the library itself. Of object storage each process keeps a library of its own in a
temporary folder: a game is made there, then published. What is atomic in object storage:
    one object      always: it is there whole or not at all
    a game          its version's files go first, `current` last: a reader sees the version before or the new one, whole
    two writers     of one game: both versions are whole, the later `current` counts, the other's files stay behind, as
                    do those of an upload that broke off: nobody sees them
What is not: the library as a whole, and a game that is read while it is replaced (read it again).
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import orjson

from sportsai.errors import StoreError, missing_extra, one_line
from sportsai.library import Library, form
from sportsai.library.atomic import locked, store_errors, write_bytes

MARK = "sportsai.json"
NOTES = "season"  # a folder of the library: what was read of sources with many games


class Store(Protocol):
    """Where games lie. `library` holds those that were fetched, or all."""

    library: Library

    def ids(self) -> list[str]:
        """Return the ids of all whole games."""
        ...

    def fetch(self, game_id: str, *, arrays: bool = True) -> bool:
        """Make a game's current version be in `library`, without its tracks and events when not `arrays`."""
        ...

    def publish(self, game_id: str) -> None:
        """Make the version in `library` the one that counts."""
        ...

    def forget(self, game_id: str) -> None:
        """A game is not needed here any more."""
        ...

    def note(self, name: str, content: bytes | None = None) -> bytes | None:
        """Keep a note, or return the one kept under this name, None where there is none."""
        ...


def is_remote(where: str) -> bool:
    """Whether a place is object storage: an address with a scheme."""
    return "://" in where


@lru_cache(maxsize=4)
def store_of(where: str) -> Store:
    """Return the store at a place; each process opens it once."""
    return Bucket(where) if is_remote(where) else Folder(where)


class Folder:
    """A library's own folder, that all workers see."""

    def __init__(self, where: str) -> None:
        self.library = Library(where, create=True)

    def ids(self) -> list[str]:
        return self.library.ids()

    def fetch(self, game_id: str, *, arrays: bool = True) -> bool:
        return (self.library.folder / "games" / game_id / "current").is_file()

    def publish(self, game_id: str) -> None:
        pass

    def forget(self, game_id: str) -> None:
        pass

    def note(self, name: str, content: bytes | None = None) -> bytes | None:
        path = self.library.folder / NOTES / name
        if content is None:
            return path.read_bytes() if path.is_file() else None
        with store_errors(path, "keeping what was read"):
            path.parent.mkdir(exist_ok=True)
            write_bytes(path, content)
        return content


def open_place(where: str) -> tuple[Any, str]:
    """Return fsspec's file system of an address and the path in it."""
    try:
        import fsspec  # type: ignore[import-untyped]
    except ImportError:
        raise missing_extra("fsspec", "cluster") from None
    try:
        system, root = fsspec.core.url_to_fs(where)
    except ImportError as bad:
        raise StoreError(f"cannot open this address ({one_line(bad, 160)})", where=where) from None
    except ValueError as bad:
        raise StoreError(one_line(bad, 160), where=where, expected="an address that fsspec knows, as s3://…") from None
    return system, str(root).rstrip("/")


@contextlib.contextmanager
def remote_errors(where: str, doing: str) -> Iterator[None]:
    """Turn what object storage refuses while `doing` something into one StoreError, which is tried again."""
    try:
        yield
    except StoreError:
        raise
    except Exception as bad:
        raise StoreError(f"{type(bad).__name__} while {doing} ({one_line(bad, 200)})", where=where) from None


class Bucket:
    """A library in object storage, and this process's own part of it in a temporary folder."""

    def __init__(self, where: str, scratch: Path | None = None) -> None:
        self.where = where.rstrip("/")
        self._system, self._root = open_place(self.where)
        if scratch is None:  # removed when the process ends, or by Dask with the worker's own folder
            own = tempfile.mkdtemp(prefix="sportsai-season-", dir=_worker_folder())
            weakref.finalize(self, shutil.rmtree, own, True)
            scratch = Path(own) / "library"
        self.library = Library(scratch, create=True)
        self._bare: set[str] = set()
        with remote_errors(self.where, "opening the library"):
            mark = self._cat(MARK)
            if mark is None:
                self._pipe(MARK, form.dump_json({"sportsai_library": form.FORM}))
            elif orjson.loads(mark).get("sportsai_library") != form.FORM:
                raise StoreError("the library has another form", where=self.where, expected=f"form {form.FORM}")

    def ids(self) -> list[str]:
        with remote_errors(self.where, "listing the games"):
            self._system.invalidate_cache()
            found = self._system.glob(f"{self._root}/games/*/current")
            return sorted(str(p).split("/")[-2] for p in found)

    def fetch(self, game_id: str, *, arrays: bool = True) -> bool:
        with remote_errors(self.where, f"fetching game {game_id}"):
            name = (self._cat(f"games/{game_id}/current") or b"").decode().strip()
            if not name:
                return False
            home = self.library.folder / "games" / game_id
            pointer = home / "current"
            same = pointer.is_file() and pointer.read_text().strip() == name
            if not same or (arrays and game_id in self._bare):
                home.mkdir(parents=True, exist_ok=True)
                with locked(home / ".lock"):
                    self._download(game_id, name, home, arrays)
            return True

    def _download(self, game_id: str, name: str, home: Path, arrays: bool) -> None:
        base = f"{self._root}/games/{game_id}/{name}"
        draft = home / f".{name}-{uuid.uuid4().hex[:8]}"
        draft.mkdir()
        try:
            for path in self._system.find(base):
                inside = Path(str(path)[len(base) + 1 :])
                if arrays or inside.suffix == ".json":
                    (draft / inside).parent.mkdir(parents=True, exist_ok=True)
                    (draft / inside).write_bytes(self._system.cat_file(path))
            said = self._cat(f"games/{game_id}/corrections.jsonl")
            if said is not None:
                write_bytes(home / "corrections.jsonl", said)
            shutil.rmtree(home / name, ignore_errors=True)
            draft.rename(home / name)
            write_bytes(home / "current", f"{name}\n".encode())
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for old in home.glob("v-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        (self._bare.discard if arrays else self._bare.add)(game_id)

    def publish(self, game_id: str) -> None:
        version = self.library.version(game_id)
        base = f"games/{game_id}/{version.name}"
        with remote_errors(self.where, f"publishing game {game_id}"):
            before = (self._cat(f"games/{game_id}/current") or b"").decode().strip()
            self._system.invalidate_cache()
            found = self._system.find(f"{self._root}/{base}", detail=True)
            there = {str(name): about["size"] for name, about in found.items()}
            # a run counts when its .json is there: tables first
            for path in sorted((p for p in version.rglob("*") if p.is_file()), key=lambda p: (p.suffix == ".json", p)):
                name = f"{base}/{path.relative_to(version).as_posix()}"
                if there.get(f"{self._root}/{name}") != path.stat().st_size or path.suffix == ".json":
                    self._pipe(name, path.read_bytes())
            self._pipe(f"games/{game_id}/current", f"{version.name}\n".encode())
            if before and before != version.name:
                with contextlib.suppress(FileNotFoundError):
                    self._system.rm(f"{self._root}/games/{game_id}/{before}", recursive=True)

    def forget(self, game_id: str) -> None:
        self._bare.discard(game_id)
        shutil.rmtree(self.library.folder / "games" / game_id, ignore_errors=True)

    def note(self, name: str, content: bytes | None = None) -> bytes | None:
        with remote_errors(self.where, "keeping what was read" if content is not None else "asking what was read"):
            if content is None:
                return self._cat(f"{NOTES}/{name}")
            self._pipe(f"{NOTES}/{name}", content)
            return content

    def _cat(self, name: str) -> bytes | None:
        try:
            return bytes(self._system.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def _pipe(self, name: str, content: bytes) -> None:
        path = f"{self._root}/{name}"
        if not self._system.protocol or "file" in self._system.protocol:
            self._system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self._system.pipe_file(path, content)


def _worker_folder() -> str | None:
    """Return the folder of the Dask worker this runs on, which Dask empties after it; None where there is none."""
    import sys

    if "distributed" not in sys.modules:
        return None
    try:
        return str(sys.modules["distributed"].get_worker().local_directory)
    except (ValueError, AttributeError):
        return None


def fetch_library(where: str, folder: Path) -> list[str]:
    """Copy the games of a library in object storage into a folder, those that changed; return their ids."""
    bucket = Bucket(where, folder)
    games = bucket.ids()
    for game_id in games:
        bucket.fetch(game_id)
    return games
