"""Open a provider's files: every way a file can be missing, empty, cut short or unreadable gives one clear line."""

from __future__ import annotations

import gzip
import lzma
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sportsai.errors import DataError
from sportsai.resources import plain
from sportsai.resources import sha256 as sha256

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

RATIO, FREE = 200, 64 << 20  # what a compressed file may unpack to: FREE bytes and RATIO times its size
_PIECE = 1 << 20
_WIDE_DTD = tuple(w.encode(e) for w in ("<!DOCTYPE", "<!ENTITY") for e in ("utf-16-le", "utf-16-be"))


def check_file(path: Path) -> Path:
    """Return `path` if it is a file with something in it; raise DataError saying what is wrong otherwise."""
    if not path.exists():
        near = sorted(p.name for p in path.parent.iterdir())[:5] if path.parent.is_dir() else []
        beside = f"In that folder: {', '.join(near)}." if near else "Check the path."
        raise DataError("no such file", path=path, expected="a provider's tracking file or folder", todo=beside)
    if path.is_dir():
        raise DataError("this is a folder", path=path, expected="a file")
    if not path.is_file():
        raise DataError("this is no plain file", path=path, expected="a file", todo="Save what it gives as a file.")
    try:
        empty = path.stat().st_size == 0
    except OSError as bad:
        raise DataError(f"cannot be read ({bad.strerror})", path=path) from None
    if empty:
        raise DataError("the file is empty", path=path, expected="tracking data", todo="Download it again.")
    return path


def read_bytes(path: Path) -> bytes:
    """Return the file's content, decompressed when it ends in .gz or .xz; DataError for a bomb (`check_unpacked`)."""
    check_file(path)
    try:
        if path.suffix in (".gz", ".xz"):
            return _unpacked(path)
        return path.read_bytes()
    except PermissionError:
        raise DataError("permission denied", path=path, todo="Make the file readable.") from None
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as bad:
        what = f"the compressed file is damaged ({bad})"
        raise DataError(what, path=path, expected="a complete archive", todo="Download it again.") from None


def _unpacked(path: Path) -> bytes:
    opened = gzip.open if path.suffix == ".gz" else lzma.open
    pieces, size, packed = [], 0, path.stat().st_size
    with opened(path, "rb") as f:
        while piece := f.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            check_unpacked(size, packed, path)
    return b"".join(pieces)


def check_unpacked(size: int, packed: int, path: Path) -> None:
    """Raise DataError when `packed` bytes say that they unpack to more than tracking data do: a bomb fills the memory.

    Real feeds become 5 to 30 times larger; an archive of zeros a thousand times and more.
    """
    if size > FREE + RATIO * packed:
        raise DataError(
            f"it unpacks to more than {RATIO} times its size ({packed:,} bytes to {size:,} and more)", path=path,
            expected="tracking data", todo="It is no tracking data, or a bomb: do not unpack it.",
        )  # fmt: skip


def read_text(path: Path, encoding: str = "utf-8-sig") -> str:
    """Return the file's text; raise DataError with the line of the first byte that is not `encoding`."""
    raw = read_bytes(path)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as bad:
        raise DataError(
            f"byte 0x{raw[bad.start]:02x} is not {encoding.replace('-sig', '').upper()} text",
            path=path, line=raw[: bad.start].count(b"\n") + 1, expected="a UTF-8 text file",
            todo="Save the file as UTF-8 and try again.",
        ) from None  # fmt: skip


def read_json(path: Path) -> Any:
    """Return the file's JSON; raise DataError with the line where it is cut short or broken."""
    return parse_json(read_bytes(path), path)


def parse_json(raw: bytes, path: Path) -> Any:
    """Return `raw` as JSON; raise DataError naming `path` and the line where it breaks."""
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as bad:
        short = bad.pos >= len(raw.rstrip()) - 1 or "unexpected end" in str(bad).lower()
        message = re.sub(r": line \d+ column \d+ \(char \d+\)", "", str(bad))
        raise DataError(
            "the JSON ends too early (the file is cut short)" if short else f"this is not valid JSON ({message})",
            path=path, line=bad.lineno, expected="a complete JSON file", todo="Download it again.",
        ) from None  # fmt: skip


def parse_xml(raw: bytes, path: Path) -> Any:
    """Return the root element of `raw`; raise DataError naming `path` and the line where it breaks."""
    from lxml import etree  # type: ignore[import-untyped]

    check_no_dtd(raw, path)
    try:
        return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except etree.XMLSyntaxError as bad:
        line = bad.lineno
        short = not raw.rstrip().endswith(b">") or "Premature end" in str(bad) or "EndTag" in str(bad)
        what = re.sub(r", line \d+, column \d+.*$", "", str(bad))
        raise DataError(
            "the XML ends too early (the file is cut short)" if short else f"this is not valid XML ({what})",
            path=path, line=line, expected="a complete XML file", todo="Download it again.",
        ) from None  # fmt: skip


def check_no_dtd(raw: bytes, path: Path) -> None:
    """Raise DataError for XML with a document type declaration: no feed has one, and entities can name any file."""
    found = re.search(rb"<!(DOCTYPE|ENTITY)", raw)
    if found or any(word in raw for word in _WIDE_DTD):
        raise DataError(
            "it has a document type declaration, which is not read", path=path,
            line=raw[: found.start()].count(b"\n") + 1 if found else None, expected="XML without a DTD and entities",
            todo="Take the declaration out, or ask the provider for the file again.",
        )  # fmt: skip


def fingerprints(*paths: Path | None) -> dict[str, str]:
    """Return file name -> SHA-256 of each file given."""
    return {p.name: sha256(p) for p in paths if p is not None}


def head(path: Path, n: int = 4096) -> bytes:
    """Return the first n bytes of a file (decompressed), b"" when it cannot be read: for guessing formats only."""
    try:
        plain(path)
        if path.suffix == ".gz":
            with gzip.open(path) as f:
                return f.read(n)
        if path.suffix == ".xz":
            with lzma.open(path) as f:
                return f.read(n)
        with path.open("rb") as f:
            return f.read(n)
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return b""


def json_records(path: Path, schema: pa.Schema) -> pa.Table:
    """Return the records of a JSON array of objects, or of JSON lines, as an Arrow table with the columns of `schema`.

    The text is cut into records without parsing it, then parsed column by column: no object per sample. Fields not in
    `schema` are passed over; missing ones are null. Raises DataError with the record that breaks.
    """
    import numpy as np

    check_file(path)
    if path.suffix in (".gz", ".xz"):
        return json_rows(np.frombuffer(bytearray(read_bytes(path)), np.uint8), path, schema)
    try:
        return json_rows(np.fromfile(path, np.uint8), path, schema)
    except OSError as bad:
        raise DataError(f"cannot be read ({bad.strerror})", path=path, todo="Make the file readable.") from None


def json_rows(content: NDArray[np.uint8], path: Path, schema: pa.Schema) -> pa.Table:
    """Return `content`, JSON bytes out of `path`, as `json_records` does; `content` is written over."""
    import numpy as np

    todo = "Download it again, or name its format with --provider."
    text = content.data
    blank = re.match(rb"(?:\xef\xbb\xbf)?\s*", text)
    begin, end = blank.end() if blank else 0, len(text)
    while end > begin and text[end - 1] in b" \t\r\n":
        end -= 1
    is_array = bytes(text[begin : begin + 1]) == b"["
    if bytes(text[:2]) in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the file is UTF-16 text", path=path, line=1, expected="JSON in UTF-8",
                        todo="Save the file as UTF-8 and try again.")  # fmt: skip
    if not is_array and bytes(text[begin : begin + 1]) != b"{":
        raise DataError("this is not JSON", path=path, line=1, expected="a JSON array or JSON lines", todo=todo)
    if bytes(text[end - 1 : end]) != (b"]" if is_array else b"}"):
        raise _cut_short(path)
    if not is_array:
        return _parse_lines(text[begin:end], path, schema)
    body, raw = text[begin + 1 : end - 1], content[begin + 1 : end - 1]
    if len(body) < 64 and not bytes(body).strip():
        raise DataError("there are no frames in it", path=path, expected="at least one frame", todo=todo)
    # the records of a file begin alike, `}, {"frame"`: cutting there is quick; where it fails, braces are counted
    start = re.match(rb'\s*(\{\s*"[^"]*")', body)
    between = re.search(rb"\}\s*(,)\s*" + re.escape(start[1]), body[: 1 << 20]) if start else None
    if between and b"\n" not in bytes(body[: 1 << 16]):
        comma = between.start(1) - between.start()
        places = np.fromiter((m.start() for m in re.finditer(re.escape(between[0]), body)), np.int64) + comma
        raw[places] = 10
        try:
            return _parse_lines(body, path, schema)
        except DataError:
            raw[places] = ord(",")
    if _newline_between_records(raw) != 0:
        raise _cut_short(path)
    return _parse_lines(body, path, schema)


def _cut_short(path: Path) -> DataError:
    return DataError("the JSON ends too early (the file is cut short)", path=path, expected="a complete file",
                     todo="Download it again, or name its format with --provider.")  # fmt: skip


def _parse_lines(body: memoryview, path: Path, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa
    import pyarrow.json as pj

    layout = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    message = ""
    for block_size in (1 << 20, 1 << 28):  # the second for records that are longer than a block
        try:
            options = pj.ReadOptions(use_threads=False, block_size=block_size)
            return pj.read_json(pa.BufferReader(pa.py_buffer(body)), parse_options=layout, read_options=options)
        except pa.ArrowInvalid as bad:
            message = re.sub(r"^JSON (parse|conversion) error: ", "", str(bad))
            if "straddling" not in message:
                break
    raise DataError(f"a frame cannot be read ({message})", path=path, expected="frames as the format describes them",
                    todo="Download it again, or name its format with --provider.")  # fmt: skip


def _newline_between_records(raw: NDArray[np.uint8], step: int = 1 << 22) -> int:
    """Turn each comma between top-level objects into a newline, in place; return the brace depth at the end."""
    import numpy as np

    depth = 0
    for i in range(0, len(raw), step):
        block = raw[i : i + step]
        level = np.cumsum((block == 123).view(np.int8) - (block == 125).view(np.int8), dtype=np.int32) + depth
        depth = int(level[-1])
        block[(block == 10) & (level > 0)] = 32  # a pretty-printed record becomes one line
        block[(block == 44) & (level == 0)] = 10
    return depth
