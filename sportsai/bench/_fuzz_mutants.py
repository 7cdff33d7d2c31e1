"""Break a file the way files break, and the way an enemy breaks them: bytes, numbers, JSON, tables, tags, archives."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

MOST = 1 << 18  # bytes; a mutation that would make more is cut

_WORDS = (
    b"NaN", b"nan", b"Infinity", b"-inf", b"1e999", b"-1", b"0", b"1e308", b"2147483648", b"-9223372036854775809",
    b"99999999999999999999999999", b"9" * 5000, "²".encode(), "٣".encode(), b"", b"null", b"true", b"''", b'"', b"\\",
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", "\u202e".encode(), b"\x1b[31m", b"\n", b"\r", b",", b";", b":",
    b"<!ENTITY a 'b'>", b"&a;", b"%s", b"{}", b"[]", b"../../x", b"=1+1", b"<script>", b"'; drop table x; --", b"1.5",
    b"-0", b"1_000", b"0x10", b"00:00", b"25:61:99", b"2026-13-45", b"0.0000000001", b"32768", b"70000", b"$" * 300,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 2**31, 2**63, -(2**70), 0.5, "", "x", "²", "9" * 5000, "NaN", "\ud800", "\x00",
    [], {}, [[]], [None], {"x": None}, "../../x", "\x1b[31m", 1e-320, "25:61:99", "-1", "2026-13-45T99:00",
)  # fmt: skip


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return `content` with one to four things in it broken; the same for the same state of `rng`."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        content = _one(content, rng)[:MOST]
    return content


def _one(content: bytes, rng: random.Random) -> bytes:
    kinds: list[Callable[[bytes, random.Random], bytes]] = [_bytes, _cut, _twice, _word, _number]
    head = content[:4]
    if head[:2] == b"\x1f\x8b":
        kinds = [_bytes, _gzipped, _gzipped, _gzipped]
    elif head == b"PK\x03\x04":
        kinds = [_bytes, _cut, _archive, _archive, _archive]
    elif head == b"PAR1":
        kinds = [_bytes, _cut, _parquet, _parquet, _parquet]
    elif content[8:9] == b"{" and content[:8] == struct.pack("<Q", min(struct.unpack("<Q", content[:8])[0], 1 << 20)):
        kinds = [_bytes, _cut, _safetensors, _safetensors]
    elif head.lstrip()[:1] in (b"{", b"["):
        kinds += [_json] * 6
    elif head.lstrip()[:1] == b"<":
        kinds += [_tag] * 5
    elif b"," in content[:4096] or b";" in content[:4096]:
        kinds += [_cell] * 4 + [_line] * 2
    else:
        kinds += [_line] * 3
    return rng.choice(kinds)(content, rng)


def _span(content: bytes, rng: random.Random) -> tuple[int, int]:
    a = rng.randrange(len(content) + 1)
    return a, min(len(content), a + rng.choice((1, 1, 2, 4, 8, 16, 64, 256)))


def _bytes(content: bytes, rng: random.Random) -> bytes:
    a, b = _span(content, rng)
    return content[:a] + rng.randbytes(rng.choice((0, 1, b - a))) + content[b:]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _twice(content: bytes, rng: random.Random) -> bytes:
    a, b = _span(content, rng)
    return content[:a] + content[a:b] * rng.choice((2, 2, 3, 50, 3000)) + content[b:]


def _word(content: bytes, rng: random.Random) -> bytes:
    a, b = _span(content, rng)
    return content[:a] + rng.choice(_WORDS) + content[rng.choice((a, b)) :]


def _number(content: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", content[:MOST]))
    if not found:
        return _word(content, rng)
    one = rng.choice(found)
    return content[: one.start()] + rng.choice(_WORDS) + content[one.end() :]


def _json(content: bytes, rng: random.Random) -> bytes:
    """Change one value of JSON, or of one line of JSON lines: another value, no key, a copy, or a deep nest."""
    try:
        return _changed(content, rng)
    except (ValueError, RecursionError):
        pass
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    try:
        lines[k] = _changed(lines[k], rng)
    except (ValueError, RecursionError):
        return _number(content, rng)
    return b"\n".join(lines)


def _changed(text: bytes, rng: random.Random) -> bytes:
    value = json.loads(text)
    holder: Any = [value]
    key: Any = 0
    here: Any = value
    for _ in range(rng.randrange(1, 9)):  # a walk from the top, which stops anywhere
        if not isinstance(here, list | dict) or not here:
            break
        holder, key = here, rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        here = holder[key]
    how = rng.randrange(8)
    if how == 0 and isinstance(holder, dict):
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, here)
    elif how == 2:
        holder[key] = [here, here]
    elif how == 3:
        holder[key] = "@deep@"
    elif how == 4 and isinstance(here, int | float):
        holder[key] = str(here)
    elif how == 5 and isinstance(holder, dict):
        holder[rng.choice(list(holder))] = here
    else:
        holder[key] = rng.choice(_VALUES)
    top = value if holder is not value or not isinstance(holder, list) else holder
    out = json.dumps(top).encode()
    deep = rng.choice((50, 2000, 30_000))
    return out.replace(b'"@deep@"', b"[" * deep + b"]" * deep)


def _tag(content: bytes, rng: random.Random) -> bytes:
    """Change one attribute, text or tag of XML."""
    found = list(re.finditer(rb'(?<==")[^"]*(?=")|>[^<>]+<|<[^<>]+>', content[:MOST]))
    if not found:
        return _word(content, rng)
    one = rng.choice(found)
    old = one[0]
    if old[:1] == b"<":
        return content[: one.start()] + rng.choice((b"", old + old, b"<x>", b"<a" * 3000)) + content[one.end() :]
    new = rng.choice(_WORDS)
    return content[: one.start()] + (b">" + new + b"<" if old[:1] == b">" else new) + content[one.end() :]


def _cell(content: bytes, rng: random.Random) -> bytes:
    """Change, drop or double one cell of one line."""
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    sep = b";" if lines[k].count(b";") > lines[k].count(b",") else b","
    cells = lines[k].split(sep)
    c = rng.randrange(len(cells))
    how = rng.randrange(4)
    cells[c : c + 1] = [[rng.choice(_WORDS)], [], [cells[c], cells[c]], [rng.choice(cells)]][how]
    lines[k] = sep.join(cells)
    return b"\n".join(lines)


def _line(content: bytes, rng: random.Random) -> bytes:
    """Drop, double, move or empty one line."""
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        del lines[k]
    elif how == 1:
        lines.insert(rng.randrange(len(lines)), lines[k])
    elif how == 2:
        lines[k] = b""
    else:
        rng.shuffle(lines)
    return b"\n".join(lines)


def _gzipped(content: bytes, rng: random.Random) -> bytes:
    try:
        return gzip.compress(_one(gzip.decompress(content), rng), mtime=0)
    except (OSError, EOFError, ValueError):
        return _bytes(content, rng)
    except Exception:  # zlib.error
        return _bytes(content, rng)


def _archive(content: bytes, rng: random.Random) -> bytes:
    """Change one array of a NumPy archive: its values, type, shape or header; drop it; name it otherwise."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as z:
            members = {i.filename: z.read(i) for i in z.infolist()}
    except Exception:  # damaged by an earlier mutation, in one of the many ways an archive can be
        return _bytes(content, rng)
    if not members:
        return _bytes(content, rng)
    name = rng.choice(list(members))
    how = rng.randrange(5)
    if how == 0:
        members[name] = _array(members[name], rng)
    elif how == 1:
        members[name] = _bytes(members[name], rng)
    elif how == 2:
        members[name] = re.sub(rb"'shape': \(\d*", b"'shape': (" + rng.choice((b"0", b"7", b"99999999999")),
                               members[name], count=1)  # fmt: skip
    elif how == 3:
        members[name] = _array(members[rng.choice(list(members))], rng)
    else:
        del members[name]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for n, raw in members.items():
            z.writestr(zipfile.ZipInfo(n), raw)
    return out.getvalue()


def _array(raw: bytes, rng: random.Random) -> bytes:
    import numpy as np

    try:
        a = np.load(io.BytesIO(raw), allow_pickle=False)
    except Exception:  # as above
        return _bytes(raw, rng)
    how = rng.randrange(9)
    if how == 0:
        a = a.astype(str)
    elif how == 1:
        a = a[..., None]
    elif how == 2:
        a = a[:0] if a.ndim else a
    elif how == 3:
        a = a[: len(a) // 2] if a.ndim else a
    elif how == 4 and a.dtype.kind in "iuf" and a.size:
        a = a.astype(np.float64)
        a.flat[rng.randrange(a.size)] = rng.choice((np.nan, np.inf, -1e300, 2.0**40, -1.0, 0.5))
    elif how == 5 and a.dtype.kind in "iuf" and a.size:
        a = a.copy()
        a.flat[rng.randrange(a.size)] = rng.choice((0, 1, 2, 5, 100))
    elif how == 6:
        a = a.astype(object)
    elif how == 7 and a.dtype.kind == "U" and a.size:
        a = a.astype("U40")
        a.flat[rng.randrange(a.size)] = rng.choice(("", ",", "²", "../../x", "nan"))
    else:
        a = np.zeros(rng.choice(((), (0,), (3,), (2, 2))), rng.choice(("f4", "i8", "c16", "?", "M8[s]", "U3")))
    out = io.BytesIO()
    np.save(out, a, allow_pickle=True)  # an array of objects: what a reader must refuse
    return out.getvalue()


def _parquet(content: bytes, rng: random.Random) -> bytes:
    """Change one column of a Parquet file: its values, type or name; drop it; leave no rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        k = rng.randrange(table.num_columns)
        name, column, n = table.column_names[k], table.column(k).combine_chunks(), table.num_rows
        how = rng.randrange(8)
        if how == 0:
            table = table.drop([name])
        elif how == 1:
            table = table.slice(0, rng.choice((0, 1, n // 2)))
        elif how == 2:
            table = table.set_column(k, name, column.cast(pa.string(), safe=False))
        elif how == 3:
            table = table.set_column(k, name, pa.nulls(n, column.type))
        elif how == 4:
            names = table.column_names
            names[k] = rng.choice(names)
            table = table.rename_columns(names)
        elif how == 5:
            values = column.to_pylist()
            values[rng.randrange(max(n, 1))] = rng.choice((None, float("nan"), float("inf"), -1, 2**40, 0.5, "x", ""))
            kind = column.type if not pa.types.is_integer(column.type) else None
            table = table.set_column(k, name, pa.array(values, kind))
        elif how == 6:
            kind = rng.choice((pa.int64(), pa.float16(), pa.float64(), pa.bool_(), pa.binary(), pa.list_(pa.int8())))
            table = table.set_column(k, name, pa.nulls(n, kind) if rng.random() < 0.5 else column.cast(kind))
        else:
            table = pa.concat_tables([table, table.slice(0, 1)])
        out = io.BytesIO()
        pq.write_table(table, out)
        return out.getvalue()
    except Exception:  # a change that a table does not allow, or a file that is none any more
        return _bytes(content, rng)


def _safetensors(content: bytes, rng: random.Random) -> bytes:
    """Change the header of a safetensors file: a JSON text behind its length."""
    n = struct.unpack("<Q", content[:8])[0]
    head, rest = content[8 : 8 + n], content[8 + n :]
    said = rng.random() < 0.6 and re.search(rb'"sportsai":"((?:[^"\\]|\\.)*)"', head)
    try:
        if said:  # what is said of the tensors is JSON inside JSON
            inner = json.dumps(_changed(json.loads(b'"' + said[1] + b'"').encode(), rng).decode()).encode()
            head = head[: said.start(1) - 1] + inner + head[said.end(1) + 1 :]
        else:
            head = _changed(head, rng)
    except (ValueError, RecursionError):
        head = _one(head, rng)
    return struct.pack("<Q", rng.choice((len(head),) * 6 + (0, 1 << 40, len(content)))) + head + rest
