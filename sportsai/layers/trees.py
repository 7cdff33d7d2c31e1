"""Decision trees as flat arrays, read without the library that grew them; their features' names; places to choose from.

A tree of up to 64 leaves, numbered from left to right, is a list of tests, each with the set of leaves that remain when
the test fails; the leaf reached is the first that all failed tests leave (QuickScorer: Lucchese et al., "QuickScorer: a
fast algorithm to rank documents with additive ensembles of regression trees", SIGIR 2015).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sportsai.errors import ModelError

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]
Array = NDArray[Any]

CHUNK = 512  # rows read through all trees at once
MOST = 64  # leaves a tree may have
_BITS: tuple[tuple[Any, int], ...] = ((np.uint8, 8), (np.uint16, 16), (np.uint32, 32), (np.uint64, 64))
_SIGNED: tuple[tuple[Any, int], ...] = ((np.int16, 16), (np.int32, 32), (np.int64, 65))


@dataclass(frozen=True)
class Trees:
    """Trees whose answers are added. R trees, N = leaves - 1 tests each, L leaves, V numbers a leaf, O outputs.

    Shapes
    ------
    feature (R, N) int16. threshold (R, N) float32, a test holds where the feature is at most this. missing (R, N) bool,
    whether it holds where the feature is NaN. keep (R, N) int64, the leaves left when it fails, a bit each.
    value (R, L, V) float32. output (R,) int16, the first of the V outputs to which a tree adds. start (O,) float64,
    what they add to.
    """

    feature: NDArray[np.int16]
    threshold: Float32
    missing: Bool
    keep: Int
    value: Float32
    output: NDArray[np.int16]
    start: Float

    def raw(self, x: Float32) -> Float:
        """Return the sums of what the trees say, (n, F) -> (n, O)."""
        F, (R, L, V) = x.shape[1], self.value.shape
        order = np.argsort(self.output, kind="stable")
        edges = np.searchsorted(self.output[order], np.arange(len(self.start) + 1))
        # rows of x twice: NaN fails every test in the first, holds in the second
        feature = (self.feature.astype(np.int64) + F * self.missing)[order].T
        threshold = np.ascontiguousarray(self.threshold[order].T)[..., None]
        kind = next(k for k, bits in _BITS if bits >= L)
        keep = np.ascontiguousarray(self.keep[order].T).astype(np.uint64).astype(kind)[..., None]
        value, base = self.value[order].reshape(R * L, V), (np.arange(R) * L)[:, None]
        out = np.tile(self.start, (len(x), 1))
        everything = np.array(-1).astype(kind)
        for i in range(0, len(x), CHUNK):
            rows = np.asarray(x[i : i + CHUNK], np.float32).T
            gone = np.isnan(rows)
            both = np.concatenate([np.where(gone, np.inf, rows), np.where(gone, -np.inf, rows)]).astype(np.float32)
            left = np.full((R, rows.shape[1]), everything)
            for f, t, k in zip(feature, threshold, keep, strict=True):
                left &= np.where(both[f] <= t, everything, k)
            leaf = np.bitwise_count((left & (~left + kind(1))) - kind(1)) + base  # the lowest bit's place
            for v in range(V):
                said = value[:, v][leaf]
                for o in range(len(self.start) - v):
                    if edges[o] < edges[o + 1]:
                        out[i : i + CHUNK, o + v] += said[edges[o] : edges[o + 1]].sum(0, dtype=np.float64)
        return out


class Node(NamedTuple):
    """A node of a tree: places of its children (-1: it is a leaf), its test, whether NaN passes, a leaf's numbers."""

    left: int
    right: int
    feature: int
    threshold: float
    missing: bool
    value: Any


def of_nodes(trees: Sequence[tuple[int, Sequence[Node]]], leaves: int, values: int, start: Float) -> Trees:
    """Return the arrays of trees, each given as the output it adds to and its nodes, the first node its root."""
    R = len(trees)
    feature, missing = np.zeros((R, leaves - 1), np.int16), np.zeros((R, leaves - 1), bool)
    threshold, keep = np.zeros((R, leaves - 1), np.float32), np.full((R, leaves - 1), -1, np.int64)
    value, output = np.zeros((R, leaves, values), np.float32), np.zeros(R, np.int16)
    for r, (adds_to, nodes) in enumerate(trees):
        output[r] = adds_to
        inner = [0, 0]  # tests and leaves so far

        def walk(i: int, r: int = r, nodes: Sequence[Node] = nodes, inner: list[int] = inner) -> int:
            """Number the leaves below node i from left to right; return their set."""
            node = nodes[i]
            if node.left < 0:
                value[r, inner[1]] = node.value
                inner[1] += 1
                return 1 << (inner[1] - 1)
            at = inner[0]
            inner[0] += 1
            feature[r, at], missing[r, at], threshold[r, at] = node.feature, node.missing, _down(node.threshold)
            lost = walk(node.left)
            keep[r, at] = np.array(~lost & (2**64 - 1), np.uint64).astype(np.int64)
            return lost | walk(node.right)

        walk(0)
    return Trees(feature, threshold, missing, keep, value, output, start)


def _down(threshold: float) -> np.float32:
    """Return the largest finite float32 not above, which parts float32 numbers as `threshold` does."""
    rounded = np.float32(min(threshold, float(np.finfo(np.float32).max)))
    return rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf))


def together(parts: Sequence[Trees]) -> Trees:
    """Return trees that say the mean of what the parts say."""
    joined = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Trees) if f.name != "start"}
    joined["value"] = (joined["value"] / np.float32(len(parts))).astype(np.float32)
    return Trees(**joined, start=np.mean([p.start for p in parts], 0))


def packed(trees: Trees) -> dict[str, Array]:
    """Return the arrays as they travel: sets of leaves in as few bits as hold them."""
    state: dict[str, Array] = {f.name: getattr(trees, f.name) for f in fields(Trees)}
    state["keep"] = state["keep"].astype(next(k for k, bits in _SIGNED if bits > trees.value.shape[1]))
    return state


def unpacked(got: Mapping[str, Array], also: Mapping[str, tuple[int, ...]]) -> tuple[Trees, dict[str, Array]]:
    """Return the trees in `got` and the other arrays; RuntimeError where they do not belong together.

    Parameters
    ----------
    also: what must be there besides the trees, and its shapes (-1: any length).
    """
    names = {f.name for f in fields(Trees)}
    if set(got) != names | set(also):
        raise RuntimeError(f"tensors {sorted(set(got) ^ (names | set(also)))} missing or unknown")
    if got["feature"].ndim != 2 or got["value"].ndim != 3 or got["start"].ndim != 1:
        raise RuntimeError("these are no trees")
    (R, N), V, outputs = got["feature"].shape, got["value"].shape[2], len(got["start"])
    shapes: dict[str, tuple[int, ...]] = {
        "feature": (R, N), "threshold": (R, N), "missing": (R, N), "keep": (R, N), "value": (R, N + 1, V),
        "output": (R,), "start": (outputs,), **also,
    }  # fmt: skip
    for name, shape in shapes.items():
        is_ = got[name].shape
        if len(is_) != len(shape) or any(b not in (-1, a) for a, b in zip(is_, shape, strict=True)):
            raise RuntimeError(f"{name} is {is_}, not {shape}")
    if R and (got["output"].min() < 0 or got["output"].max() + V > outputs or got["feature"].min() < 0):
        raise RuntimeError("a tree adds to an output, or asks for a feature, that there is not")
    kept = {k: got[k] for k in names}
    kept["keep"], kept["value"] = kept["keep"].astype(np.int64), kept["value"].astype(np.float32)
    return Trees(**kept), {k: got[k] for k in also}


def weights(label: Int, balance: float) -> Float:
    """Return what each row weighs: its class's share to the power -balance, the mean 1."""
    _, inside, count = np.unique(label, return_inverse=True, return_counts=True)
    each = (count / len(label))[inside] ** -balance
    return np.asarray(each / each.mean())


def needed(choices: Bool | None) -> Bool:
    """Return `choices`; ModelError where there are none."""
    if choices is None:
        raise ModelError("no choices given", expected="the places among which the answer is, (B, P)")
    return np.asarray(choices, bool)


def over_places(score: Float, choices: Bool) -> Float:
    """Return the log of a softmax over each window's choices, -inf elsewhere, (rows,), (B, P) -> (B, P)."""
    out = np.full(choices.shape, -np.inf)
    out[choices] = score
    top = out.max(1, keepdims=True, initial=-1e30)
    total = np.exp(out - top).sum(1, keepdims=True)
    return np.asarray(out - top - np.log(np.maximum(total, 1e-300)))


def sha(names: Sequence[str]) -> bytes:
    """Return a mark of the features' names in order."""
    return hashlib.sha256("\n".join(names).encode()).digest()


def refuse_others(names: Sequence[str], mark: bytes) -> None:
    """Raise ModelError unless the features are those the trees were grown on."""
    if sha(names) != mark:
        raise ModelError(
            "these windows are described by other features than the trees were grown on",
            expected="windows of as many samples, the moment at the same one, with a ball or without",
        )
