"""aLSTM: an LSTM reads one stream of a chunk while it attends to another; where it looked is what was worth seeing.

  v_t <- sigmoid(W v_t + b)                             the stream that is read
  m_{t,i} = w . tanh(W_h h_{t-1} + W_a a_i)             how well frame i of the attended stream matches the state
  k_t     = sum over i of softmax_i(m_t)_i a_i
  h_t     = LSTM(v_t, k_t, h_{t-1})                     every gate gets W v_t + D k_t + U h_{t-1} + b
  y_t     = V h_t                                       at every step (a), or at the last only (b)
The attention of a step adds up to 1 over frames; a frame's saliency is its mean over the steps that answer.

Source: Torabi & Sigal, "Action classification and highlighting in videos", arXiv 1708.09522 (eqs 4 to 12; 512 units,
matching vector of 512). Its tanh and how the context reaches the gates are as in the Blocks library it used. Differs:
streams are columns of what frames show (the ball, one team, the other, the shape of both) at N = T frames; labels may
hold together, each with a sigmoid of its own; units 64.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.frames import chunk_loss, example_frames

CONTEXTS = ("attention", "mean", "none")


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    inputs: F, numbers of a frame. classes: K labels of a chunk. reads, attends: columns of the stream that is read and
    of the one attended to, () for all. context: "attention"; "mean": the attended frames' mean; "none": the plain LSTM.
    last: attend and answer at the last step only (variant b). width: of the LSTM. match: of the matching vector.
    dropout: share of what enters the LSTM and the answer, never of what recurs.
    """

    inputs: int = 40
    classes: int = 4
    reads: tuple[int, ...] = ()
    attends: tuple[int, ...] = ()
    context: str = "attention"
    last: bool = False
    width: int = 64
    match: int = 64
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.context not in CONTEXTS:
            raise ModelError(f'context = "{self.context}"', expected=f"one of {', '.join(CONTEXTS)}")
        for name in ("reads", "attends"):
            if any(not 0 <= i < self.inputs for i in getattr(self, name)):
                raise ModelError(f"{name} = {getattr(self, name)}", expected=f"columns from 0 to {self.inputs - 1}")


class Model(nn.Module):
    """The network; `forward` gives logits at every step, alike at all where only the last one answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        reads, attends = c.reads or tuple(range(c.inputs)), c.attends or tuple(range(c.inputs))
        self.reads, self.attends = list(reads), list(attends)
        self.before = nn.Linear(len(reads), len(reads))
        if c.context == "attention":
            self.asks = nn.Linear(c.width, c.match)
            self.shows = nn.Linear(len(attends), c.match, bias=False)
            self.weighs = nn.Linear(c.match, 1, bias=False)
        self.cell = nn.LSTMCell(len(reads), c.width)
        if c.context != "none":
            self.tells = nn.Linear(len(attends), 4 * c.width, bias=False)
        self.drop = nn.Dropout(c.dropout)
        self.says = nn.Linear(c.width, c.classes)

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, K). Shapes: x (B, T, F), there (B, T) bool, its gaps at the end of a chunk only."""
        return self.all(x, there)[0]

    def all(self, x: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits (B, T, K), and where each step looked, (B, T, T): rows add up to 1, 0 where none is there."""
        c = self.config
        B, T, _ = x.shape
        if there is None:
            there = torch.ones(B, T, dtype=torch.bool, device=x.device)
        x = torch.where(there[..., None], x, 0)
        v = self.drop(torch.sigmoid(self.before(x[..., self.reads])))
        a = x[..., self.attends]
        shown = self.shows(a) if c.context == "attention" else a
        even = there / there.sum(1, keepdim=True).clamp_min(1)
        h = memory = v.new_zeros(B, c.width)
        final = there.sum(1) - 1
        hs, looks = [], []
        for t, now in enumerate(v.unbind(1)):
            if c.context == "attention":
                m = self.weighs(torch.tanh(self.asks(h)[:, None] + shown))[..., 0].masked_fill(~there, -1e9)
                look = m.softmax(-1).masked_fill(~there, 0.0)
            else:
                look = even
            told = self.tells(self.drop(torch.einsum("bi,bif->bf", look, a))) if c.context != "none" else None
            if c.last and told is not None:
                told = torch.where((final == t)[:, None], told, 0)
            h, memory = self._gates(now, told, h, memory)
            hs.append(h)
            looks.append(look)
        y = self.says(self.drop(torch.stack(hs, 1)))
        where = torch.stack(looks, 1)
        if c.last:
            at = final.clamp_min(0)
            rows = torch.arange(B, device=x.device)
            y, where = y[rows, at, None].expand(-1, T, -1), where[rows, at, None].expand(-1, T, -1)
        return y, where * there[..., None]

    def looks(self, x: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return how likely each chunk holds each class, (B, K), and how much each frame was looked at, (B, T, K).

        The chance is the mean over a chunk's steps; where was looked is the same for all classes, 1 if at all alike.
        """
        there = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device) if there is None else there
        logit, where = self.all(x, there)
        chance = (logit.sigmoid() * there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp_min(1)
        return chance, saliency(where, there)[..., None].expand(-1, -1, self.config.classes)

    def _gates(self, v: Tensor, told: Tensor | None, h: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        if told is None:
            return self.cell(v, (h, memory))
        z = nn.functional.linear(v, self.cell.weight_ih, self.cell.bias_ih)
        z = z + nn.functional.linear(h, self.cell.weight_hh, self.cell.bias_hh) + told
        i, f, g, o = z.chunk(4, -1)
        memory = torch.sigmoid(f) * memory + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(memory), memory


def saliency(where: Tensor, there: Tensor) -> Tensor:
    """Return how much each frame was looked at, 1 if all were alike. Shapes: (B, T, T), (B, T) -> (B, T).

    The mean over a chunk's steps, times its frames, so that chunks of any length compare.
    """
    return where.sum(1) * there


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Cross-entropy of every step with what the chunk holds, the mean of the steps that are there. See `chunk_loss`."""
    return chunk_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 chunks of 12 frames, the last one shorter."""
    return example_frames(12, config.inputs, config.classes, generator)
