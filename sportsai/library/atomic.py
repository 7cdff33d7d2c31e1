"""Write files so that a reader sees the old content or the new, never half of either, whatever kills the writer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sportsai.errors import StoreError


@contextlib.contextmanager
def store_errors(path: Path, doing: str, option: str = "--library") -> Iterator[None]:
    """Turn the operating system's refusals while `doing` something to `path` into one clear StoreError.

    option: of the command line, that names another folder; "" where a file was named.
    """
    try:
        yield
    except OSError as bad:
        instead = f" with {option}" if option else ""
        reasons = {
            errno.ENOSPC: ("the disk is full", f"Free some space, or choose another folder{instead}."),
            errno.EDQUOT: ("your disk quota is used up", f"Free some space, or choose another folder{instead}."),
            errno.EROFS: ("the disk is read-only", f"Choose another folder{instead}."),
            errno.EACCES: ("permission denied", f"Choose another folder{instead}, or make this one writable."),
            errno.ENOTDIR: ("a file stands where a folder should be", f"Choose another folder{instead}."),
            errno.EEXIST: ("a file stands where a folder should be", f"Choose another folder{instead}."),
        }
        what, todo = reasons.get(bad.errno or 0, (os.strerror(bad.errno) if bad.errno else str(bad), None))
        raise StoreError(f"{what} while {doing}", where=path, todo=todo) from None


def flush(path: Path) -> None:
    """Make the file or folder at `path` survive a power cut."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, all or nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(path)
        flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` (made when missing); freed by the system when the process dies."""
    with path.open("a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(f, fcntl.LOCK_UN)
