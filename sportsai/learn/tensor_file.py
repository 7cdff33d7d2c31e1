"""Named tensors, and what is said of them, in one safetensors file: written whole, checked when read, no pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from sportsai.errors import ModelError
from sportsai.library.atomic import write_bytes

FORM = "sportsai 1"
AGAIN = "Copy the file again, or train: sportsai train LEAGUE RECIPE"
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def write_tensors(path: Path, state: Mapping[str, Tensor], form: str, about: Mapping[str, Any]) -> Path:
    """Write tensors, and what is said of them, as one safetensors file, at once; return its path."""
    state = {k: v.detach().contiguous().cpu() for k, v in state.items()}
    said = {"format": form, "tensors_sha256": _digest(state), **about}
    write_bytes(path, save(state, {"sportsai": json.dumps(said)}))
    return path


def read_tensors(path: Path, form: str = FORM, again: str = AGAIN) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Return the tensors of a file, what it says of them, and its SHA-256.

    form: what it must say it is. again: what to do about a file that does not. Raises ModelError as `load_weights`.
    """
    if not path.is_file():
        raise ModelError("no weights here", where=path, todo=f"Check the path, or {again.split(', or ', 1)[-1]}")
    raw = path.read_bytes()
    if raw[:2] in _PICKLES or raw[:4] in _PICKLES or path.suffix in (".pt", ".pth", ".pkl", ".pickle", ".ckpt"):
        raise ModelError(
            "is a pickle, which can run code when opened", where=path, expected="a safetensors file",
            todo=f"Save the weights as safetensors, or {again.split(', or ', 1)[-1].replace('train:', 'train again:')}",
        )  # fmt: skip
    try:
        state = load(raw)  # `safe_open(...).get_tensor` leaves 57 bytes behind a tensor (safetensors 0.8)
        said = json.loads(_metadata(raw).get("sportsai", "null"))
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as bad:
        raise ModelError(f"damaged: {bad}", where=path, expected="a safetensors file", todo=again) from None
    if not isinstance(said, dict) or said.get("format") != form:
        raise ModelError("holds no recipe of ours", where=path, expected=f'metadata "{form}"', todo=again)
    if said.pop("tensors_sha256", None) != _digest(state):
        raise ModelError("damaged: the numbers are not those that were saved", where=path, todo=again)
    return state, said, hashlib.sha256(raw).hexdigest()


def _metadata(raw: bytes) -> dict[str, str]:
    """Return what the header of a safetensors file, which `load` has checked, says beside its tensors."""
    size = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8 : 8 + size]).get("__metadata__") or {}


def _digest(state: Mapping[str, Tensor]) -> str:
    h = hashlib.sha256()
    for name in sorted(state):
        h.update(f"{name} {tuple(state[name].shape)} {state[name].dtype}".encode())
        h.update(state[name].contiguous().view(-1).view(dtype=torch.uint8).numpy().tobytes())
    return h.hexdigest()
