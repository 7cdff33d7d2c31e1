"""Bombs, paths that lead elsewhere, entities, numbers and nesting without end, in the files that readers are given."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sportsai.bench._attacks import OUTSIDE, Attack, Through, harmless, refused

BOMB = 200 << 20  # bytes that a bomb becomes


def made() -> list[Attack]:
    """Return the attacks by files."""
    return [
        Attack("bomb", "gz and xz of 210 MB of blanks, as JSON, CSV, XML and text", _packed),
        Attack("bomb", "zip of zeros, as a NumPy archive of positions", _npz_bomb),
        Attack("bomb", "zip and tar of zeros, as a data set", _set_bomb),
        Attack("bomb", "NumPy headers that promise 10 TB", _npy_promise),
        Attack("path traversal", "zip members ../, absolute, with a drive, with backslashes, links", _zip_paths),
        Attack("path traversal", "tar members ../, absolute, symbolic and hard links, devices, pipes", _tar_paths),
        Attack("path traversal", "ids of games that are paths", _ids),
        Attack("XML", "a billion laughs, and entities that name files and addresses, in each XML format", _entities),
        Attack("JSON", "100,000 brackets in place of each JSON file, and in it", partial(_json, _nested)),
        Attack("JSON", "1e999, NaN, Infinity and numbers of 5,000 digits in each JSON file", partial(_json, _huge)),
        Attack("JSON", "keys that stand twice in each JSON file", partial(_json, _twice)),
        Attack("TOML", "keys of a league nested 5,000 deep, and numbers of 5,000 digits", _toml),
        Attack("pickle", "arrays of objects in a NumPy archive", _objects),
    ]


# ---- archives --------------------------------------------------------------------------------------------------------


def _read(path: Path, league: str = "soccer", provider: str | None = None) -> object:
    from sportsai.court import load_league
    from sportsai.readers import read_games

    return list(read_games((path,), load_league(league), provider))


def _packed(folder: Path) -> Iterator[str]:
    blanks = b" " * BOMB
    for ending, pack in (("gz", partial(gzip.compress, compresslevel=1)), ("xz", partial(lzma.compress, preset=0))):
        packed = pack(b'[{"frame":1}' + blanks)
        for kind in ("json", "csv", "xml", "txt"):
            path = folder / f"structured_data.{kind}.{ending}"
            path.write_bytes(packed)
            for provider in (None, "skillcorner" if kind == "json" else "table"):
                yield refused(partial(_read, path, "soccer", provider))
            path.unlink()


def _npz_bomb(folder: Path) -> Iterator[str]:
    path = folder / "x_q1.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xy.npy", b"\x93NUMPY" + b"\0" * BOMB)
    for provider in (None, "nba_quarters"):
        yield refused(partial(_read, path, "nba", provider))


def _set_bomb(folder: Path) -> Iterator[str]:
    from sportsai import fetch

    with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.csv", b"\0" * BOMB)
    with tarfile.open(folder / "set.tar.gz", "w:gz") as t:
        member = tarfile.TarInfo("a.csv")
        member.size = BOMB
        t.addfile(member, io.BytesIO(b"\0" * BOMB))
    for name in ("set.zip", "set.tar.gz"):
        yield refused(partial(fetch._unpack, folder / name, folder / name))


def _npy_promise(folder: Path) -> Iterator[str]:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000, 131072), }"
    array = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    path = folder / "x_q1.npz"
    with zipfile.ZipFile(path, "w") as z:
        for name in ("xy", "coords", "positions", "labels"):
            z.writestr(f"{name}.npy", array)
    for provider in (None, "nba_quarters"):
        yield refused(partial(_read, path, "nba", provider))


def _zip_paths(folder: Path) -> Iterator[str]:
    from sportsai import fetch

    inside = folder / "a" / "b"
    inside.mkdir(parents=True)
    here = f"{folder}/{OUTSIDE}"
    for k, name in enumerate((f"../{OUTSIDE}", f"x/../../{OUTSIDE}", here, f"..\\{OUTSIDE}", f"C:\\{OUTSIDE}", "link")):
        path = inside / f"set{k}.zip"
        with zipfile.ZipFile(path, "w") as z:
            member = zipfile.ZipInfo(name)
            member.external_attr = (0o120777 if name == "link" else 0o100644) << 16
            z.writestr(member, "/etc/passwd" if name == "link" else "x")
        yield refused(partial(fetch._unpack, path, path))


def _tar_paths(folder: Path) -> Iterator[str]:
    from sportsai import fetch

    inside = folder / "a" / "b"
    inside.mkdir(parents=True)
    members = [(f"../{OUTSIDE}", tarfile.REGTYPE, ""), (f"{folder}/{OUTSIDE}", tarfile.REGTYPE, ""),
               ("link", tarfile.SYMTYPE, "/etc/passwd"), ("link", tarfile.LNKTYPE, "../../x"),
               ("dev", tarfile.CHRTYPE, ""), ("disk", tarfile.BLKTYPE, ""), ("pipe", tarfile.FIFOTYPE, "")]  # fmt: skip
    for k, (name, kind, link) in enumerate(members):
        path = inside / f"set{k}.tar"
        with tarfile.open(path, "w") as t:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            t.addfile(member, io.BytesIO(b""))
        yield refused(partial(fetch._unpack, path, path))


def _ids(folder: Path) -> Iterator[str]:
    from dataclasses import replace

    from sportsai.bench._faults_library import filled, made_up

    library = filled(folder / "library")
    names = (f"../{OUTSIDE}", f"{folder}/{OUTSIDE}", "..", ".", "a/b", "a\\b", "a\0b", "", "-rf", "v-1\n", "x" * 300)
    for name in names:
        yield refused(lambda name=name: library.add(replace(made_up(), id=name)))  # type: ignore[misc]
        yield refused(lambda name=name: library.load(name))  # type: ignore[misc]
    for name in (f"../{OUTSIDE}", "/x", "..", ""):
        yield refused(lambda name=name: library.write_predictions("1", made_up().events, {"run_id": name}))  # type: ignore[misc]


# ---- what is inside --------------------------------------------------------------------------------------------------


def _seeds(first: bytes) -> Iterator[tuple[str, str, dict[str, bytes], str]]:
    """Yield (reader, league, files, name) of each example's file that begins with one of some bytes."""
    from sportsai.bench._fuzz_seeds import feeds

    for reader, league, files in feeds():
        for name, content in files.items():
            if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in [first[i : i + 1] for i in range(len(first))]:
                yield reader, league, dict(files), name


def _with(folder: Path, reader: str, league: str, files: dict[str, bytes], name: str, content: bytes) -> str:
    from sportsai.bench._fuzz_targets import put, reading

    put(files | {name: content}, folder)
    return harmless(partial(reading(reader, league, tuple(files)), folder))


def _entities(folder: Path) -> Iterator[str]:
    (folder / "secret").write_text("a secret of this machine")
    laughs = b'<!ENTITY a0 "ha">' + b"".join(b'<!ENTITY a%d "%s">' % (k, b"&a%d;" % (k - 1) * 10) for k in range(1, 10))
    kinds = [
        laughs, b'<!ENTITY a9 SYSTEM "file://%s/secret">' % str(folder).encode(),
        b'<!ENTITY a9 SYSTEM "http://127.0.0.1:9/x">', b'<!ENTITY %% p SYSTEM "file:///etc/passwd"> %p;',
    ]  # fmt: skip
    for n, (reader, league, files, name) in enumerate(_seeds(b"<")):
        text = files[name]
        start = re.search(rb"<[A-Za-z]", text)
        assert start
        root = re.match(rb"[\w.:-]+", text[start.end() - 1 :])
        assert root
        for k, kind in enumerate(kinds):
            dtd = b"<!DOCTYPE %s [%s]>" % (root[0], kind)
            filled = re.sub(rb'="[^"]*"', b'="&a9;"', text[start.start() :], count=3)
            said = _with(folder / f"{n}-{k}", reader, league, files, name, text[: start.start()] + dtd + filled)
            if said == "read as it stands" or "secret of" in said:
                raise Through(f"{name}: {said}")
            yield said


def _nested(text: bytes) -> Iterator[bytes]:
    yield b"[" * 100_000
    yield b'{"a":' * 100_000
    value = re.search(rb":\s*[\d\"]", text)
    if value:
        yield text[: value.start() + 1] + b"[" * 100_000 + b"]" * 100_000 + b"," + text[value.start() + 1 :]


def _huge(text: bytes) -> Iterator[bytes]:
    for number in (b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 5000, b"1e-999", b"-0", b"18446744073709551616"):
        places = list(re.finditer(rb"(?<=[:,\[ ])-?\d+(?:\.\d+)?(?=[,\]} \r\n])", text[: 1 << 17]))
        for one in places[:: max(1, len(places) // 3)][:3]:
            yield text[: one.start()] + number + text[one.end() :]


def _twice(text: bytes) -> Iterator[bytes]:
    for one in list(re.finditer(rb'\{\s*("[^"]+")\s*:', text[: 1 << 17]))[:3]:
        yield text[: one.start() + 1] + one[1] + b":null," + text[one.start() + 1 :]
        yield text[: one.start() + 1] + one[1] + b':{"x":[]},' + text[one.start() + 1 :]


def _json(change: Any, folder: Path) -> Iterator[str]:
    for n, (reader, league, files, name) in enumerate(_seeds(b"[{")):
        for k, content in enumerate(change(files[name])):
            yield _with(folder / f"{n}-{k}", reader, league, files, name, content)
    from sportsai.bench._fuzz_targets import put, targets

    for target in ("library", "corrections JSON lines"):
        one = targets()[target]
        for files, run in zip(one.seeds, one.runs, strict=True):
            for m, (name, text) in enumerate((n, t) for n, t in files.items() if t[:1] in (b"{", b"[")):
                for k, content in enumerate(change(text)):
                    place = folder / f"{target}-{m}-{k}"
                    put(files | {name: content}, place)
                    yield harmless(partial(run, place))


def _toml(folder: Path) -> Iterator[str]:
    from sportsai.bench._fuzz_targets import put, targets

    known = targets()
    for name in ("league TOML", "recipe TOML", "data catalogue TOML"):
        target = known[name]
        ((file, text),) = target.seeds[0].items()
        deep = b"x = " + b"[" * 5000 + b"]" * 5000 + b"\n"
        for k, more in enumerate((deep, b"x = " + b"9" * 5000 + b"\n", b"a" + b".a" * 5000 + b" = 1\n", b"x = nan\n")):
            place = folder / f"{name}-{k}"
            put({file: more + text}, place)
            yield harmless(partial(target.runs[0], place))


def _objects(folder: Path) -> Iterator[str]:
    import pickle

    import numpy as np

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (folder / OUTSIDE,)

    path = folder / "x_q1.npz"
    np.savez(path, xy=np.array([Trap()], dtype=object), labels=np.array([Trap()], dtype=object))
    for provider in (None, "nba_quarters"):
        yield refused(partial(_read, path, "nba", provider))
    path.write_bytes(pickle.dumps(Trap()))
    for provider in (None, "nba_quarters"):
        yield refused(partial(_read, path, "nba", provider))
    for name in ("game.json", "game.csv", "game.parquet", "game.xml", "game.txt", "game.pkl"):
        (folder / name).write_bytes(pickle.dumps([Trap()]))
        yield refused(partial(_read, folder / name))
