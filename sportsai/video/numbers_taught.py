"""How the reader of numbers in `numbers` was taught, on drawn shirts alone: see `drawn_shirts`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sportsai.video.drawn_shirts import NONE, READ, SIDE, UNSURE, Pieces, drawn
from sportsai.video.numbers import (
    CELL,
    DIGITS,
    FIND,
    NAME,
    NUMBER_HIGH,
    NUMBER_WIDE,
    SPREAD,
    USUAL_HIGH,
    cut_out,
    evened,
    placed,
)

UInt8 = NDArray[np.uint8]
BATCH = 64


def taught(
    path: Path, pieces: int = 50_000, rounds: tuple[float, float] = (1.6, 6.5), seed: int = 1,
    say: Callable[[str], None] = print,
) -> Path:  # fmt: skip
    """Write weights for `numbers` and return their path: as they ship, six minutes on one thread, 1 GB.

    rounds: times the pieces are seen by the finder, and by the reader, each time in other colours. say: told how it
    goes. The same machine and torch give the same bytes.
    """
    import torch
    from safetensors.torch import save_file

    made = drawn(pieces)
    weights = {}
    for teach, times in zip((_finder, _reader), rounds, strict=True):
        torch.manual_seed(seed)
        weights.update(teach(made, times, np.random.default_rng(seed), say))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in weights.items()}, path)
    return path


class _Layers:
    """Convolutions that normalise their batches while they are taught. layers: wide, side, step and more of each."""

    def __init__(self, layers: tuple[Any, ...]) -> None:
        import torch

        self.w: dict[str, Any] = {}
        self.layers, before = layers, 3
        for n, (wide, side, *_) in enumerate(layers):
            self.w[f"{n}.weight"] = torch.randn(wide, before, side, side) * (2 / (before * side * side)) ** 0.5
            self.w[f"{n}.gain"], self.w[f"{n}.bias"] = torch.ones(wide), torch.zeros(wide)
            before = wide
        self.wide = before
        self.mean = [torch.zeros(k[0]) for k in layers]
        self.spread = [torch.ones(k[0]) for k in layers]

    def __call__(self, x: Any, n: int, apart: int = 1) -> Any:
        import torch.nn.functional as F

        _, side, step, _ = self.layers[n]
        x = F.conv2d(x, self.w[f"{n}.weight"], None, step, side // 2 * apart, apart)
        x = F.batch_norm(x, self.mean[n], self.spread[n], self.w[f"{n}.gain"], self.w[f"{n}.bias"], True, 0.05)
        return F.relu(x)

    def optimiser(self, steps: int, rate: float) -> None:
        import torch

        for v in self.w.values():
            v.requires_grad_()
        self._by = torch.optim.AdamW(self.w.values(), lr=rate, weight_decay=1e-2)
        self._course = torch.optim.lr_scheduler.OneCycleLR(self._by, rate, steps, pct_start=0.15)

    def step(self, loss: Any) -> None:
        import torch

        self._by.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.w.values()), 5.0)
        self._by.step()
        self._course.step()

    def kept(self, part: str) -> dict[str, Any]:
        """Return the weights under a part's name; what normalised the batches goes into them."""
        out = {f"{part}.{k}": v.detach() for k, v in self.w.items() if not k[0].isdigit()}
        for n in range(len(self.layers)):
            gain = self.w[f"{n}.gain"].detach() / (self.spread[n] + 1e-5).sqrt()
            out[f"{part}.{n}.weight"] = self.w[f"{n}.weight"].detach() * gain[:, None, None, None]
            out[f"{part}.{n}.bias"] = self.w[f"{n}.bias"].detach() - self.mean[n] * gain
        return out


def _recoloured(x: Any) -> Any:
    """Return pictures, (n, 3, h, w) about 0, in other colours: channels swapped, turned about, stretched, shifted."""
    import torch

    n = len(x)
    order = torch.stack([torch.randperm(3) for _ in range(n)])
    x = x.gather(1, order[:, :, None, None].expand_as(x))
    x = torch.where(torch.rand(n, 1, 1, 1) < 0.5, 1 - x, x)
    x = (x - 0.5) * torch.empty(n, 1, 1, 1).uniform_(0.6, 1.2) + torch.empty(n, 3, 1, 1).uniform_(-0.12, 0.12)
    return x.clamp(-0.5, 0.5)


def _pictures(images: UInt8) -> Any:
    import torch

    return _recoloured(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)


def _finder(made: Pieces, rounds: float, rng: np.random.Generator, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the weights of what finds numbers: a cell about the middle of one that can be read, and its height."""
    import torch
    import torch.nn.functional as F

    net = _Layers(FIND)
    net.w["head.weight"] = torch.randn(2, net.wide, 1, 1) * 0.05
    net.w["head.bias"] = torch.tensor([-4.0, 0.0])
    each = len(made.image) // BATCH
    steps = int(each * rounds)
    net.optimiser(steps, 4e-3)
    cells = torch.arange(SIDE // CELL).float()
    for step in range(steps):
        if step % each == 0:
            order = rng.permutation(len(made.image))
        rows = order[step % each * BATCH :][:BATCH]
        x = _pictures(made.image[rows]) * SPREAD
        for n, (_, _, _, apart) in enumerate(FIND):
            x = net(x, n, apart)
        out = F.conv2d(x, net.w["head.weight"], net.w["head.bias"])
        at = torch.from_numpy(made.at[rows]) / CELL
        far = torch.hypot(cells[None, None] - at[:, 0, None, None], cells[None, :, None] - at[:, 1, None, None])
        told = torch.from_numpy(made.told[rows])[:, None, None]
        yes = (told == READ) & (far < 1)
        left_out = (told == READ) & (far >= 1) & (far < 2) | (told == UNSURE) & (far < 4)
        there = F.binary_cross_entropy_with_logits(out[:, 0], yes.float(), reduction="none")
        there = (there * ~left_out).sum() / BATCH
        row, i, j = ((told == READ) & (far < 1.6)).nonzero(as_tuple=True)
        high = torch.from_numpy(np.log(made.high[rows] / USUAL_HIGH))[row]
        net.step(there + 2 * F.smooth_l1_loss(out[row, 1, i, j], high, beta=0.1))
        if step % 300 == 299:
            say(f"finder {step + 1} of {steps}: {there.item():.2f}")
    return net.kept("find")


def _reader(made: Pieces, rounds: float, rng: np.random.Generator, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the weights of what reads a number where it was found: seen a little off, and beside it, too."""
    import torch
    import torch.nn.functional as F

    net = _Layers(NAME)
    flat = net.wide * (NUMBER_HIGH // 8) * (NUMBER_WIDE // 8)
    net.w["wide.weight"], net.w["wide.bias"] = torch.randn(96, flat) * (2 / flat) ** 0.5, torch.zeros(96)
    net.w["head.weight"], net.w["head.bias"] = torch.randn(1 + 2 * DIGITS, 96) * 0.05, torch.zeros(1 + 2 * DIGITS)
    right, wrong = np.flatnonzero(made.told == READ), np.flatnonzero(made.told == NONE)
    whole, cut, other = 48, 6, 10  # of a batch: numbers, pieces beside numbers, pieces without
    each = len(right) // whole
    steps = int(each * rounds)
    net.optimiser(steps, 2.5e-3)
    for step in range(steps):
        if step % each == 0:
            order = rng.permutation(right)
        rows = np.concatenate([order[step % each * whole :][:whole], rng.choice(right, cut), rng.choice(wrong, other)])
        x = np.zeros((len(rows), NUMBER_HIGH, NUMBER_WIDE, 3), np.uint8)
        for n, k in enumerate(rows.tolist()):
            high, turn = made.high[k], rng.normal(0, 0.1)
            size, aspect = np.exp(rng.normal(0, 0.12)), np.exp(rng.normal(0, 0.1))
            off = rng.normal(0, 0.09, 2) * high
            if n >= whole + cut:
                off = rng.uniform(-14, 14, 2)
            elif n >= whole:
                way = rng.uniform(0, 6.28)
                off = np.array([np.cos(way), np.sin(way)]) * rng.uniform(0.75, 1.4) * high
            c, s = np.cos(turn), np.sin(turn)
            map_ = placed(
                np.asarray(made.at[k] + off, np.float64),
                float(high),
                size * np.array([[c * aspect, -s], [s * aspect, c]]),
            )
            x[n] = cut_out(made.image[k], map_)
        y = evened(_pictures(x)).contiguous(memory_format=torch.channels_last)
        for n, (_, _, _, halved) in enumerate(NAME):
            y = net(y, n)
            y = F.max_pool2d(y, 2) if halved else y
        y = F.relu(F.linear(F.dropout(y.flatten(1), 0.1), net.w["wide.weight"], net.w["wide.bias"]))
        y = F.linear(F.dropout(y, 0.2), net.w["head.weight"], net.w["head.bias"])
        value = torch.from_numpy(made.number[rows[:whole]])
        can = F.binary_cross_entropy_with_logits(y[:, 0], (torch.arange(len(rows)) < whole).float())
        tens = F.cross_entropy(y[:whole, 1 : 1 + DIGITS], value // 10, label_smoothing=0.01)
        units = F.cross_entropy(y[:whole, 1 + DIGITS :], value % 10, label_smoothing=0.01)
        net.step(can + tens + units)
        if step % 300 == 299:
            say(f"reader {step + 1} of {steps}: {tens.item():.2f}, {units.item():.2f}")
    return net.kept("name")
