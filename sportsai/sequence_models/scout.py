"""Scout: it fills a whole game in from the few frames that were read, and says where reading on would pay.

  x_t                                what t shows if it was read, else what lies between the reads around it
  z   = gated dilated convolutions over all frames of [x_t; x_b - x_a of the reads a <= t < b around it, a frame;
                                                       whether t was read; how far the nearest reads are]
  y_t = V z_t                        which events happen at t, whether it was read or not
  w_t = softplus(U z_t)              how wrong y_t still is: where to read next
Reading goes in rounds: a coarse, even grid first; then, all over the game at once, the frames where w is highest and no
read frame is near, a few at a time. So it is taught, too: half of what it learns from was read by its own asking. w
learns what reading can cure: the squared gap between y and a teacher that read every frame, which y learns from, too;
without a teacher, the gap to the truth.

Ours, beside `glimpse` on the same frames. Kin: arXiv 1511.06984 (frames chosen one by one); masked modelling, e.g.
He et al., arXiv 2111.06377 (most of the input hidden); Hinton et al., arXiv 1503.02531 (the
teacher).
Source: none for the whole; each part as said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.dilated import Dilated, rare
from sportsai.layers.frames import example_frames, heat_loss

FEW = True  # it reads the frames it asks for, and no others
FAR = 4.0  # in `scale` frames: reads further away count as so far
SIDE = 2  # frames to either side of a chosen one that are not chosen with it
CLOSE = 4  # frames nearer than this to one that was read are worth less


@dataclass(frozen=True)
class Config:
    """Sizes.

    inputs: F, numbers of a frame. known: of those the last ones are known of every frame without reading it (times).
    classes: K events. width: of a layer. dilations: of the layers of one round, frames between taps. rounds: how often
    they are gone through. dropout: share of a layer's addition. groups: of the norms. least, most: shares of frames
    that are read while training, drawn evenly on a log scale. scale: frames that a way to the nearest read is told in.
    wants: weight of learning where to read next. taught: share of a teacher, where there is one, in what is learned.
    asks: share of what is learned from that was read by the network's own asking. filled: frames that were not read
    show what lies between the read ones around them, in proportion (else zeros). moving: frames are also told how fast
    what they show changes from the last read frame to the next.
    """

    inputs: int = 40
    known: int = 0
    classes: int = 4
    width: int = 64
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    rounds: int = 2
    dropout: float = 0.1
    groups: int = 4
    least: float = 0.02
    most: float = 0.3
    scale: float = 16.0
    wants: float = 1.0
    taught: float = 0.5
    asks: float = 0.5
    filled: bool = True
    moving: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most <= 1:
            raise ModelError(f"least = {self.least}, most = {self.most}", expected="shares, 0 < least <= most <= 1")
        if not 0 <= self.known < self.inputs:
            raise ModelError(f"known = {self.known}", expected=f"0 to {self.inputs - 1}, fewer than inputs")


class Scouted(NamedTuple):
    """logit (B, T, K) of independent probabilities at every frame. want (B, T, K) >= 0: how wrong each still is."""

    logit: Tensor
    want: Tensor


class Model(nn.Module):
    """The network; `forward` gives `Scouted`."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        own = c.inputs - c.known
        self.sees = Dilated(c.inputs + 3 + own * c.moving, c.width, c.dilations, c.rounds, c.dropout, c.groups)
        self.says = rare(nn.Conv1d(c.width, c.classes, 1))
        self.wants = rare(nn.Conv1d(c.width, c.classes, 1))

    def forward(self, x: Tensor, there: Tensor | None = None, read: Tensor | None = None) -> Scouted:
        """Return what is said of every frame, and where to read on.

        Shapes: x (B, T, F), of frames that were not `read` (B, T) bool only the last `known` numbers count; there
        (B, T) bool. None read said: drawn while training (by torch's generator), else all.
        """
        if there is None:
            there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        if read is None:
            read = self.drawn(x, there) if self.training else there
        return self._say(x, there, read & there)

    def _say(self, x: Tensor, there: Tensor, read: Tensor) -> Scouted:
        own = x.shape[-1] - self.config.known
        shown = torch.where(read[..., None], x[..., :own], 0)
        filled, change = between(shown, read)
        told = [filled if self.config.filled else shown, *([change] if self.config.moving else [])]
        near = ways(read, self.config.scale)
        z = self.sees(torch.cat([*told, x[..., own:], read[..., None].to(x.dtype), near], -1), there)
        return Scouted(self.says(z).transpose(1, 2), F.softplus(self.wants(z.detach())).transpose(1, 2))

    def drawn(self, x: Tensor, there: Tensor) -> Tensor:
        """Return frames to be read while training, (B, T) bool: an even grid, then handfuls around places of chance, or
        what the network asks for, having seen the grid, in one to three rounds."""
        c, (B, T) = self.config, there.shape
        read = torch.zeros(B, T, dtype=torch.bool)
        left = torch.zeros(B, dtype=torch.long)
        for b in range(B):
            share = c.least * (c.most / c.least) ** torch.rand(()).item()
            grid = share * (0.3 + 0.7 * torch.rand(()).item())
            at = ((torch.arange(int(T * grid) + 1) + torch.rand(())) / grid).long()
            read[b, at[at < T]] = True
            left[b] = int((share - grid) * T)
        asks = torch.rand(B) < c.asks
        for b in torch.nonzero(~asks)[:, 0].tolist():
            while left[b] > 0:
                n, step = min(int(left[b]), int(torch.randint(1, 5, ()))), int(torch.randint(1, 4, ()))
                read[b, (int(torch.randint(T, ())) + step * torch.arange(n)).clamp_max(T - 1)] = True
                left[b] -= n
        if asks.any():
            rows = torch.nonzero(asks)[:, 0]
            read[rows] = self._asked(x[rows], there[rows], read[rows] & there[rows].cpu(), left[rows])
        return read.to(there.device)

    def _asked(self, x: Tensor, there: Tensor, read: Tensor, left: Tensor) -> Tensor:
        """Return what is read when the network asks for as many further frames of each game as are `left`, (B,)."""
        rounds = int(torch.randint(1, 4, ()))
        self.eval()
        with torch.no_grad():
            for n in range(rounds):
                want = self._say(x, there, read.to(there.device)).want.sum(-1).cpu().numpy()
                for b in range(len(read)):
                    count = int(left[b]) // rounds + (n < int(left[b]) % rounds)
                    read[b, torch.from_numpy(chosen(want[b], (read[b] | ~there[b].cpu()).numpy(), count))] = True
        self.train()
        return read


def chosen(worth: NDArray[Any], read: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Return the `count` frames worth reading most, in order: those near read ones count less, and the wider the gap
    a chosen one lies in, the further from it is the next. Shapes: worth (T,), read (T,) bool."""
    T = len(read)
    at = np.flatnonzero(read)
    every = np.arange(T)
    i = np.searchsorted(at, every)
    before = every - np.where(i > 0, at[np.maximum(i - 1, 0)] if len(at) else 0, -T)
    after = np.where(i < len(at), at[np.minimum(i, len(at) - 1)] if len(at) else 0, 2 * T) - every
    near = np.minimum(before, after)
    value = np.where(read, -1.0, worth * np.minimum(near, CLOSE) / CLOSE)
    left = value.copy()
    out: list[int] = []
    for _ in range(min(count, int((~read).sum()))):
        best = int(left.argmax())
        if left[best] < 0:  # only neighbours of chosen ones are left
            left = value.copy()
            left[out] = -1.0
            best = int(left.argmax())
        out.append(best)
        reach = max(SIDE, int(min(near[best], T)) // 2)
        left[max(0, best - reach) : best + reach + 1] = -1.0
    return np.sort(np.array(out, np.int64))


def between(x: Tensor, read: Tensor) -> tuple[Tensor, Tensor]:
    """Return x (B, T, F) with what lies between read frames in proportion, and how much that changes a frame.

    read (B, T) bool. Before the first read frame and after the last one lies what the nearest shows, unchanging; zeros
    where none was read. Of a read frame the change is the one that comes.
    """
    T = read.shape[1]
    at = torch.arange(T, device=read.device).expand(read.shape)
    a = torch.where(read, at, -1).cummax(1).values
    b = F.pad(torch.where(read, at, T).flip(1).cummin(1).values.flip(1)[:, 1:], (0, 1), value=T)  # after this frame
    a, b = torch.where(a < 0, b, a), torch.where(b >= T, a, b)
    wide = (b - a).clamp_min(1).to(x)[..., None]
    a, b = (i.clamp(0, T - 1)[..., None].expand(-1, -1, x.shape[-1]) for i in (a, b))
    first = x.gather(1, a)
    change = (x.gather(1, b) - first) / wide
    return first + change * (at[..., None] - a).clamp_min(0), change


def ways(read: Tensor, scale: float) -> Tensor:
    """Return how far the last read frame and the next one are, in `scale` frames, at most FAR: (B, T) -> (B, T, 2)."""
    at = torch.arange(read.shape[1], device=read.device, dtype=torch.float32).expand(read.shape)
    last = torch.where(read, at, -torch.inf).cummax(1).values
    after = torch.where(read, at, torch.inf).flip(1).cummin(1).values.flip(1)
    return (torch.stack([at - last, after - at], -1) / scale).clamp_max(FAR)


def loss(output: Scouted, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """What is said against what is true, and where to read against how wrong that was.

    Shapes: batch["heat"] (B, T, K); batch["teacher"] (B, T, K), optional: probabilities of a model that read all.
    """
    c = config or Config()
    heat = batch["heat"]
    teacher = batch.get("teacher", heat)
    taught = c.taught if "teacher" in batch else 0.0
    said = heat_loss(output.logit, {**batch, "heat": (1 - taught) * heat + taught * teacher})
    wrong = (teacher - output.logit.detach().sigmoid()) ** 2
    known = torch.isfinite(wrong) & batch["there"][..., None]
    each = output.want - torch.where(known, wrong, 0) * torch.log(output.want + 1e-6)  # least where want is its mean
    return said + c.wants * torch.where(known, each, 0).sum() / known.sum().clamp_min(1)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
