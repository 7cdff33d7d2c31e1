"""A file is the old one or the new one; nothing but a plain file is ever replaced; what the killed left is swept."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from sportsai.errors import StoreError
from sportsai.library.atomic import check_output, store_errors, write_bytes


@pytest.mark.parametrize("place", ["pipe", "link", "folder", "device"])
def test_only_plain_files_are_replaced(tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    if place == "pipe":
        os.mkfifo(path)
    elif place == "link":
        path.symlink_to("/dev/full")
    elif place == "folder":
        path.mkdir()
    else:
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        except PermissionError:
            pytest.skip("only root makes devices")
    before = path.lstat()
    with pytest.raises(StoreError, match="this is a folder" if place == "folder" else "is not replaced"):
        write_bytes(path, b"new")
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert [p.name for p in tmp_path.iterdir()] == [place]


def test_what_the_killed_left_is_swept_and_what_the_living_write_is_not(tmp_path: Path) -> None:
    left, living, other = (
        tmp_path / f".{n}.tmp" for n in ("x.json.123-aaaaaa", "x.json.456-bbbbbb", "y.json.1-cccccc")
    )
    for path in (left, living, other):
        path.write_bytes(b"half")
    with living.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_bytes(tmp_path / "x.json", b"new")
    assert (tmp_path / "x.json").read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == [living.name, other.name, "x.json"]


def test_a_name_that_is_not_there_or_below_a_file_is_left_to_the_writer(tmp_path: Path) -> None:
    check_output(tmp_path / "new")
    (tmp_path / "file").write_bytes(b"")
    check_output(tmp_path / "file" / "below")
    with pytest.raises(StoreError, match="a file stands where a folder should be"), store_errors(tmp_path, "writing"):
        write_bytes(tmp_path / "file" / "below", b"")
