"""Weights that would run code, or that promise more than they hold: nothing in a file of weights can run."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sportsai.bench._attacks import OUTSIDE, Attack, refused


def made() -> list[Attack]:
    """Return the attacks by weights."""
    return [
        Attack("pickle", "pickles and torch files named .safetensors, .pt, .pkl, as weights and checkpoints", _pickles),
        Attack("weights", "headers of 4 GB, of 100,000 brackets, tensors that overlap or reach past the end", _headers),
        Attack("weights", "numbers changed after they were saved", _changed),
    ]


def _ways_in() -> list[Callable[[Path], object]]:
    from sportsai.bench._faulty_commands import checkpoint_of
    from sportsai.clips.keep import load_trained
    from sportsai.learn.weights import load_weights

    def checkpoint(path: Path) -> object:
        kept, _ = checkpoint_of(path.parent)
        from dataclasses import replace

        return replace(kept, path=path).load()

    return [load_weights, load_trained, checkpoint]


def _pickles(folder: Path) -> Iterator[str]:
    import torch

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (folder / OUTSIDE,)

    saved, archive = io.BytesIO(), io.BytesIO()
    torch.save({"a": Trap()}, saved)
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("archive/data.pkl", pickle.dumps(Trap()))
    old = io.BytesIO()
    torch.save({"a": Trap()}, old, _use_new_zipfile_serialization=False)
    contents = [pickle.dumps(Trap(), protocol=p) for p in range(6)] + [b.getvalue() for b in (saved, archive, old)]
    for k, content in enumerate(contents):
        for name in ("weights.safetensors", "weights.pt", "weights.pkl", "weights.ckpt"):
            path = folder / str(k) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            for way in _ways_in():
                yield refused(partial(way, path))


def _headers(folder: Path) -> Iterator[str]:
    tensor = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    heads = [
        b"[" * 100_000, b"{" * 100_000, b'{"a":' * 50_000, json.dumps({"a": tensor, "b": tensor}).encode(),
        json.dumps({"a": tensor | {"data_offsets": [0, 1 << 40]}}).encode(),
        json.dumps({"a": tensor | {"shape": [1 << 40, 1 << 40]}}).encode(),
        json.dumps({"a": tensor | {"shape": [-1]}}).encode(), json.dumps({"a": tensor | {"dtype": "O"}}).encode(),
        json.dumps({"__metadata__": {"sportsai": "[" * 100_000}, "a": tensor}).encode(),
        json.dumps({"__metadata__": {"sportsai": '{"recipe": ' + "9" * 5000 + "}"}, "a": tensor}).encode(),
        json.dumps({"__metadata__": {"sportsai": "null"}, "a": tensor}).encode(), b"",
    ]  # fmt: skip
    lengths = [None, 0, 1 << 32, 1 << 62, (1 << 64) - 1]
    for k, head in enumerate(heads):
        for length in lengths if k < 2 else lengths[:1]:
            path = folder / f"{k}.safetensors"
            path.write_bytes(struct.pack("<Q", len(head) if length is None else length) + head + b"\0" * 16)
            for way in _ways_in():
                yield refused(partial(way, path))


def _changed(folder: Path) -> Iterator[str]:
    from sportsai.learn.weights import find_weights, load_weights

    whole = find_weights("basketball", "enders").read_bytes()
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    for k in range(8):
        at = start + (len(whole) - start - 1) * k // 7
        path = folder / f"{k}.safetensors"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        yield refused(partial(load_weights, path))
