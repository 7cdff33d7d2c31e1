"""Public data sets onto this machine: which there are, from where, on whose terms, and whole or not at all.

A download goes to `<file>.part` and takes its name only when it is complete and its checksum is right; stopped, it goes
on where it was. Archives are unpacked beside themselves, never outside their folder. Only the standard library is used.
"""

from __future__ import annotations

import http.client
import io
import os
import shutil
import stat
import tarfile
import tempfile
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sportsai.errors import NOT_AS_DESCRIBED, DataError, nearest, one_line
from sportsai.resources import sha256 as sha256

BLOCK = 1 << 20
TIMEOUT_S = 60
AGENT = "sportsai data fetch (https://github.com/sportsai/sportsai)"
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
RATIO, FREE = 200, 64 << 20  # what an archive may unpack to: FREE bytes and RATIO times its size
Advance = Callable[[int, int | None], None]


@dataclass(frozen=True)
class File:
    """A file of a set: `path` below `base`, `to` its place in the user's folder, `sha256` where it is published."""

    path: str
    to: str
    base: str
    sha256: str | None = None
    extract: bool = False


@dataclass(frozen=True)
class DataSet:
    """A public data set. provider: the reader its files go to, None where none reads them as they come."""

    name: str
    title: str
    sport: str
    licence: str
    source: str
    files: tuple[File, ...]
    provider: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Fetched:
    """What became of a file: `how` is "fetched", "resumed" or "already here"; `published`: its checksum was known."""

    path: Path
    sha256: str
    how: str
    published: bool
    unpacked: int = 0


def catalogue(path: Path | None = None) -> dict[str, DataSet]:
    """Return the public sets by name, from catalogue.toml beside this file (or another)."""
    path = path or Path(__file__).with_name("catalogue.toml")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _data_set(name, table) for name, table in tables.items()}
    except OSError as bad:
        raise DataError(f"the catalogue cannot be read ({bad.strerror})", path=path) from None
    except NOT_AS_DESCRIBED as bad:  # broken TOML is a ValueError
        raise DataError(f"this is not a catalogue ({one_line(bad, 80)})", path=path, expected="a table a set") from None


def _data_set(name: str, table: dict[str, Any]) -> DataSet:
    files = []
    for f in table["files"]:
        path = str(f["path"])
        to = str(f.get("to", PurePosixPath(path).name))
        if not _inside(to):
            raise KeyError(f"{name}: {to} leaves its folder")
        files.append(File(path, to, str(f.get("base", table["base"])), f.get("sha256"), bool(f.get("extract"))))
    return DataSet(
        name,
        table["title"],
        table["sport"],
        table["licence"],
        table["source"],
        tuple(files),
        table.get("provider"),
        table.get("note"),
    )


def data_set(name: str, path: Path | None = None) -> DataSet:
    """Return the set called `name`; raise DataError with the nearest name when there is none."""
    known = catalogue(path)
    if name not in known:
        raise DataError(f'no data set named "{one_line(name, 40)}"', todo=nearest(name, known))
    return known[name]


def fetch(what: DataSet, folder: Path, mirror: str | None = None, advance: Advance | None = None) -> Iterator[Fetched]:
    """Yield each file of a set once it is whole in `folder`.

    Parameters
    ----------
    mirror: https:// or file:// address that stands in for every base of the set.
    advance: called with the bytes of the file there so far and all of them (None: not said).

    Raises DataError: no connection, not found, cut short (run again to go on), a wrong checksum, an unsafe archive.
    """
    if mirror is not None and urllib.parse.urlsplit(mirror).scheme not in ("https", "http", "file"):
        raise DataError(f'"{one_line(mirror, 80)}" is no mirror', expected="https://... or file:///...")
    for file in what.files:
        base = (mirror or file.base).rstrip("/") + "/"
        yield _fetch_file(file, base + urllib.parse.quote(file.path), folder / file.to, advance)


def _fetch_file(file: File, url: str, path: Path, advance: Advance | None) -> Fetched:
    record = path.with_name(path.name + ".sha256")
    recorded = _recorded(record)
    if path.is_file() or (file.extract and recorded and _unpacked_mark(path).is_file()):
        return _already(file, path, recorded, record)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        how = _download(url, path, advance)
        part = _part(path)
        digest = sha256(part)
        if file.sha256 is not None and digest != file.sha256.lower():
            part.unlink()
            raise DataError(
                f"the checksum is {digest[:12]}…",
                path=url,
                expected=f"{file.sha256[:12]}…",
                todo="The download was thrown away: run the command again, or report that the file has changed.",
            )
        unpacked = _unpack(part, path) if file.extract else 0
        if file.sha256 is None or file.extract:
            record.write_text(f"{digest}  {path.name}\n", encoding="utf-8")
        if file.extract:
            _unpacked_mark(path).write_text(f"{unpacked} files of {path.name}\n", encoding="utf-8")
            part.unlink()
        else:
            os.replace(part, path)
    except OSError as bad:
        raise DataError(
            f"cannot be written ({bad.strerror or bad})",
            path=path,
            todo="Free some space or choose another folder with --to, then run it again.",
        ) from None
    return Fetched(path, digest, how, file.sha256 is not None, unpacked)


def _already(file: File, path: Path, recorded: str | None, record: Path) -> Fetched:
    """Return what is on disk after checking that it is what was fetched before, or what was published."""
    if not path.is_file():
        return Fetched(path, recorded or "", "already here", file.sha256 is not None)
    digest = sha256(path)
    wanted = (file.sha256 or recorded or digest).lower()
    if digest != wanted:
        raise DataError(
            f"the file here has the checksum {digest[:12]}…",
            path=path,
            expected=f"{wanted[:12]}…",
            todo="It is not what was published or fetched before: move it away and run the command again.",
        )
    if file.sha256 is None and recorded is None:
        record.write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return Fetched(path, digest, "already here", file.sha256 is not None)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _unpacked_mark(path: Path) -> Path:
    return path.with_name(path.name + ".unpacked")


def _recorded(record: Path) -> str | None:
    try:
        word = record.read_text(encoding="utf-8").split()[:1]
    except (OSError, UnicodeDecodeError):
        return None
    return word[0].lower() if word and len(word[0]) == 64 else None


def _download(url: str, path: Path, advance: Advance | None) -> str:
    """Fill `<path>.part` from `url`, going on where an earlier run stopped; return "fetched" or "resumed"."""
    part, tag = _part(path), path.with_name(path.name + ".part.etag")
    have = part.stat().st_size if part.is_file() else 0
    etag = tag.read_text(encoding="utf-8") if tag.is_file() else ""
    try:
        with _open(url, have, etag) as (stream, start, total, new_tag):
            if new_tag:
                tag.write_text(new_tag, encoding="utf-8")
            with part.open("ab" if start else "wb") as out:
                done = start
                while block := stream.read(BLOCK):
                    out.write(block)
                    done += len(block)
                    if advance:
                        advance(done, total)
                out.flush()
                os.fsync(out.fileno())
    except urllib.error.HTTPError as bad:
        bad.close()
        raise DataError(
            f"the server answered {bad.code} {one_line(bad.reason, 60)}",
            path=url,
            todo="Check the set's page (`sportsai data list`), or name another place with --mirror.",
        ) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as bad:
        reason = getattr(bad, "reason", None) or bad
        raise DataError(
            f"cannot be reached ({one_line(reason, 80)})",
            path=url,
            todo="Check the network and run the command again: it goes on where it was.",
        ) from None
    if total is not None and done < total:
        raise DataError(
            f"the connection ended at {done:,} of {total:,} bytes",
            path=url,
            todo="Run the command again: it goes on where it was.",
        )
    if total is not None and done > total:
        part.unlink()
        raise DataError(f"{done:,} bytes came where {total:,} were announced", path=url, todo="Run the command again.")
    tag.unlink(missing_ok=True)
    return "resumed" if start else "fetched"


class _open:
    """A stream of a file's bytes from byte `have` on: `with _open(...) as (stream, start, total, etag)`.

    start is 0 where the server does not go on (or the file changed since), so that the caller begins again.
    """

    def __init__(self, url: str, have: int, etag: str) -> None:
        self.url, self.have, self.etag = url, have, etag
        self.stream: IO[bytes] | Any = None

    def __enter__(self) -> tuple[Any, int, int | None, str]:
        if urllib.parse.urlsplit(self.url).scheme == "file":
            return self._file()
        try:
            return self._http(self.have)
        except urllib.error.HTTPError as bad:
            if bad.code != 416 or not self.have:  # asked beyond the end: what is here is not a beginning of it
                raise
            whole = (bad.headers.get("Content-Range") or "").removeprefix("bytes */")
            bad.close()
            if whole == str(self.have):  # all of it is here: an earlier run stopped between the last byte and the name
                self.stream = io.BytesIO()
                return self.stream, self.have, self.have, self.etag
            return self._http(0)

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()

    def _file(self) -> tuple[Any, int, int | None, str]:
        path = Path(urllib.request.url2pathname(urllib.parse.urlsplit(self.url).path))
        try:
            total = path.stat().st_size
            self.stream = path.open("rb")
        except OSError as bad:
            raise urllib.error.URLError(bad.strerror or str(bad)) from None
        start = self.have if self.have <= total else 0
        self.stream.seek(start)
        return self.stream, start, total, ""

    def _http(self, have: int) -> tuple[Any, int, int | None, str]:
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self.etag:
                headers["If-Range"] = self.etag
        self.stream = urllib.request.urlopen(urllib.request.Request(self.url, headers=headers), timeout=TIMEOUT_S)
        said = self.stream.headers
        etag = said.get("ETag") or ""
        etag = "" if etag.startswith("W/") else etag  # a weak tag does not promise the same bytes
        length = said.get("Content-Length")
        if self.stream.status == 206:
            span, _, whole = (said.get("Content-Range") or "").removeprefix("bytes ").partition("/")
            if span.split("-")[0] == str(have):
                return self.stream, have, int(whole) if whole.isdigit() else None, etag
            self.stream.close()
            return self._http(0)
        return self.stream, 0, int(length) if length and length.isdigit() else None, etag


def _inside(name: str) -> bool:
    """Whether a name stays below the folder it is put in."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    drive = len(name) > 1 and name[1] == ":"
    return bool(parts) and not drive and not name.startswith(("/", "\\")) and ".." not in parts and "\0" not in name


def _unpack(archive: Path, path: Path) -> int:
    """Unpack `archive` (named `path` once whole) beside `path`; return the number of files. All names are checked
    first."""
    if not path.name.endswith(ARCHIVES):
        raise DataError("this is not an archive that can be unpacked", path=path, expected=", ".join(ARCHIVES))
    folder = path.parent
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=folder) as made:
        work = Path(made)
        try:
            (_unzip if path.name.endswith(".zip") else _untar)(archive, work, path)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, NotImplementedError) as bad:
            archive.unlink()
            raise DataError(
                f"the archive is damaged ({one_line(bad, 80)})",
                path=path,
                expected="a whole archive",
                todo="It was thrown away: run the command again.",
            ) from None
        files = [p for p in sorted(work.rglob("*")) if p.is_file()]
        for p in files:
            to = folder / p.relative_to(work)
            if to in (archive, path):
                raise DataError(f"the archive holds itself ({one_line(to.name, 40)})", path=path)
            to.parent.mkdir(parents=True, exist_ok=True)
            os.replace(p, to)
    return len(files)


def _check(name: str, size: int, path: Path, plain: bool) -> None:
    if not _inside(name):
        raise DataError(
            f'"{one_line(name, 60)}" would be written outside its folder',
            path=path,
            expected="an archive of files below one folder",
            todo="Do not unpack it; report it to its publisher.",
        )
    if not plain:
        raise DataError(
            f'"{one_line(name, 60)}" is a link or a device', path=path, expected="an archive of plain files"
        )


def _check_room(size: int, archive: Path, work: Path, path: Path) -> None:
    packed = archive.stat().st_size
    if size > FREE + RATIO * packed:
        raise DataError(
            f"it unpacks to more than {RATIO} times its size ({packed:,} bytes to {size:,})", path=path,
            expected="a data set", todo="It is no data set, or a bomb: do not unpack it.",
        )  # fmt: skip
    free = shutil.disk_usage(work).free
    if size > free:
        raise DataError(
            f"unpacking it takes {size / 1e9:.1f} GB and {free / 1e9:.1f} GB are free",
            path=path,
            todo="Free some space or choose another folder with --to.",
        )


def _unzip(archive: Path, work: Path, path: Path) -> None:
    with zipfile.ZipFile(archive) as z:
        for i in z.infolist():
            mode = i.external_attr >> 16
            _check(i.filename, i.file_size, path, not mode or stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR))
        _check_room(sum(i.file_size for i in z.infolist()), archive, work, path)
        z.extractall(work)


def _untar(archive: Path, work: Path, path: Path) -> None:
    with tarfile.open(archive) as t:
        members = t.getmembers()
        for m in members:
            _check(m.name, m.size, path, m.isreg() or m.isdir())
        _check_room(sum(m.size for m in members), archive, work, path)
        t.extractall(work, filter="data")
