"""Which files does a feed that kloppy reads have, which of them belong together, and is each of them whole?"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sportsai.errors import DataError
from sportsai.readers import source

SPORTS = frozenset({"soccer"})
_HEAD = 1 << 16
_MAIN = ("positions", "events")

Files = dict[str, list[Path]]


@dataclass(frozen=True)
class Feed:
    """One provider's feed: which files it has, and how kloppy loads them.

    roles: what a file is for -> its test; "positions" or "events" are what a game is made of, the rest go with them.
    optional: roles that may be missing. many: the main role may come in several files. halves: one file each half, that
    are read together.
    load: role -> paths, and the league, into kloppy's dataset.
    """

    name: str
    TITLE: str
    roles: dict[str, Callable[[str, bytes], bool]]
    load: Callable[[str, Files, Any], Any]
    optional: frozenset[str] = frozenset()
    many: bool = False
    halves: bool = False
    terms: str | None = None
    SPORTS: frozenset[str] = field(default=SPORTS)

    def role_of(self, path: Path) -> str | None:
        """Return what a file is for in this feed, None when it is not of it."""
        start = source.head(path, _HEAD).removeprefix(b"\xef\xbb\xbf")
        return next((role for role, test in self.roles.items() if test(path.name, start)), None)

    def sniff(self, path: Path) -> bool:
        """Whether `path` is a main file of this feed, or a folder with one."""
        if path.is_dir():
            return any(self.role_of(p) in _MAIN for p in sorted(path.iterdir()) if p.is_file())
        return self.role_of(path) in _MAIN

    def files_of(self, paths: tuple[Path, ...]) -> Files:
        """Return role -> files of what the user named and what lies beside it, each whole."""
        first = paths[0]
        if first.is_dir():
            paths = tuple(p for p in sorted(first.iterdir()) if p.is_file() and self.role_of(p))
        files: Files = {}
        for path in paths:
            role = self.role_of(source.check_file(path))
            if role is None:
                raise DataError(f"this is not a file of {self.TITLE}", path=path, expected=", ".join(self.roles),
                                todo="Check --provider.")  # fmt: skip
            files.setdefault(role, []).append(path)
        mains = [r for r in _MAIN if r in files]
        if not mains:
            raise DataError(f"no file with positions or events of {self.TITLE}", path=first, expected="one of them")
        if self.halves and len(files[mains[0]]) == 1:  # half 2 alone would be taken for half 1
            first = files[mains[0]][0]
            alike = [p for p in first.parent.iterdir() if p.is_file() and _half(p) == _half(first)]
            files[mains[0]] = sorted(p for p in alike if self.role_of(p) == mains[0])
        for role in mains:
            if len(files[role]) > 1 and not self.many:
                raise DataError(
                    f"{len(files[role])} files with {role}", path=first, expected="one", todo="Name the file."
                )
        main = files[mains[0]][0]
        for role in self.roles:
            if role not in files and role not in _MAIN:
                beside = self._beside(main, role)
                if beside:
                    files[role] = beside
                elif role not in self.optional:
                    raise DataError(f"its {role} file is not beside it", path=main,
                                    expected=f"{self.name} {role}",
                                    todo="Put it there, or name both files.")  # fmt: skip
        for found in files.values():
            for path in found:
                _check_whole(path)
        return files

    def _beside(self, main: Path, role: str) -> list[Path]:
        """Return the file of `role` that goes with `main`: the one whose name is most like it, of the same numbers."""
        near = [p for p in main.parent.iterdir() if p != main and p.is_file()]
        near += [p for p in main.parent.parent.glob(f"*/{main.name}") if p.parent != main.parent]  # StatsBomb's folders
        found = sorted(p for p in near if self.role_of(p) == role)
        if role in self.optional or len(found) > 1:
            found = [p for p in found if _numbers(p) == _numbers(main)] or (found if role not in self.optional else [])
        if not found:
            return []
        best = max(_likeness(main, p) for p in found)
        found = [p for p in found if _likeness(main, p) == best]
        if len({p.stem for p in found}) > 1:
            raise DataError(f"several files beside it could be its {role}: {', '.join(p.name for p in found[:4])}",
                            path=main, expected="one", todo="Name both files.")  # fmt: skip
        return found[:1]


def _words(path: Path) -> set[str]:
    return set(re.split(r"[^A-Za-z0-9]+", path.name.lower()))


def _half(path: Path) -> str:
    """A file's name without the number of its half: "match_p1.json" and "match_p2.json" are alike."""
    return re.sub(r"(?i)(p|half|period)[ _-]?[1-5](?=[^0-9])", r"\1", path.name)


def _numbers(path: Path) -> set[str]:
    return {w for w in _words(path) if re.fullmatch(r"\d{4,}", w)}


def _likeness(a: Path, b: Path) -> float:
    return len(_words(a) & _words(b)) / len(_words(a) | _words(b))


def _check_whole(path: Path) -> None:
    """Raise DataError when a file is not UTF-8 text, or is cut short; kloppy's own words for that help nobody."""
    from sportsai.readers._frames import check_utf8

    check_utf8(source.head(path, 4096), path)
    if path.suffix in (".gz", ".xz"):
        return
    with path.open("rb") as f:
        start = f.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
        f.seek(max(0, path.stat().st_size - (1 << 16)))
        end = f.read().rstrip()
        where = _no_number(f.fileno()) if start[:1] in (b"[", b"{") else None
    if where is not None:
        raise DataError("a value is NaN or infinite", path=path, line=where, expected="numbers, or null for none",
                        todo="Correct the value, or ask the provider for the file again.")  # fmt: skip
    todo = "Download it again."
    if start[:1] == b"<":
        source.check_no_dtd(path.read_bytes(), path)
    if start[:1] == b"<" and not re.search(rb"</[\w:.-]+>\s*(<!--.*-->)?$|/>$", end[-400:], re.DOTALL):
        raise DataError(
            "the XML ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )
    if start[:1] in b"[{" and start and end[-1:] not in (b"}", b"]"):
        raise DataError(
            "the JSON ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )
    if start[:1] in (b"[",) and end[-1:] != b"]":
        raise DataError(
            "the JSON ends too early (the file is cut short)", path=path, expected="a complete file", todo=todo
        )


def _no_number(file: int) -> int | None:
    """Return the line of the first NaN or Infinity that stands where a JSON value does, None when there is none."""
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as text:
        for word in (b"NaN", b"Infinity"):
            at = text.find(word)
            while at >= 0:
                before = text[max(0, at - 8) : at].rstrip(b" \t\r\n-")
                if before[-1:] in (b":", b",", b"["):
                    return text[:at].count(b"\n") + 1
                at = text.find(word, at + 1)
    return None
