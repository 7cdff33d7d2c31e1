"""Write files so that a reader sees the old content or the new, never half of either, whatever kills the writer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

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


def check_output(path: Path) -> None:
    """Raise StoreError where `path` is there and is no plain file: a device, a pipe or a folder is never replaced."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(mode):
        raise StoreError(
            "this is a folder" if stat.S_ISDIR(mode) else "this is no plain file and is not replaced", where=path,
            expected="a file, or a new name", todo="Name another output.",
        )  # fmt: skip


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, all or nothing; what a killed writer of it left is removed.

    Raises StoreError where it is a device, a pipe or a folder.
    """
    check_output(path)
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:6]}.tmp")
    try:
        with _held(temporary) as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
            temporary.replace(path)
        flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _held(path: Path) -> BinaryIO:
    """Return a new file under a lock, by which others see that its writer lives."""
    while True:
        f = path.open("wb")
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(f, fcntl.LOCK_EX)
        if path.exists():
            return f
        f.close()  # swept between its opening and its lock


def _sweep(path: Path) -> None:
    """Remove what writers of the file at `path` that live no more had begun."""
    with os.scandir(path.parent) as beside:
        left = [e.path for e in beside if e.name.startswith(f".{path.name}.") and e.name.endswith(".tmp")]
    for one in left:
        with contextlib.suppress(OSError), open(one, "rb") as f:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(one)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` (made when missing); freed by the system when the process dies."""
    with path.open("a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(f, fcntl.LOCK_UN)
