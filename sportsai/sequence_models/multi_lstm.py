"""MultiLSTM: every frame gets its labels from an LSTM that reads a window of frames and speaks about a window of them.

  W(t)            N frames: up to t ("causal"), or around it ("centre")
  a_{t,i}         softmax over W(t) of w . [tanh(W_h h_{t-1}) * tanh(W_v v_i)]
  x_t           = sum of a_{t,i} v_i                                     +a; uniform weights: +i; v_t alone: LSTM
  h_t           = LSTM(x_t, h_{t-1})
  p_{t -> i}    = what step t says of frame i of W(t)
  y_i           = sum over t of b_{t-i} p_{t -> i},  b normalised over the steps that spoke      multi; else y_t = V h_t

Four rungs: "lstm", "input" (+i), "attention" (+i+a), "multi". Answers of "multi" come N - 1 frames late.
Source: Yeung et al., "Every Moment Counts", arXiv 1507.05738, section 4; N = 15, 512 units. Not said there and chosen
here: the product of the two tanh terms, learned b (softmax over the offset), logits averaged; width 128.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.frames import example_frames, heat_loss

RUNGS = ("lstm", "input", "attention", "multi")
ALIGN = ("causal", "centre")
SPEAKS = ("learned", "uniform", "triangular")


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    inputs: F, numbers of a frame. classes: L labels, any of which may hold. window: N, frames read and spoken of. rung:
    "lstm", "input", "attention" or "multi", each with what those before it have. align: the window ends at the step, or
    lies around it. speaks: how the N answers about a frame are weighed: "learned", "uniform" or "triangular". width: of
    the LSTM. match: of the attention. embed: of a frame before all, 0 for the frame's own numbers. dropout: share of
    inputs and states.
    """

    inputs: int = 40
    classes: int = 4
    window: int = 15
    rung: str = "multi"
    align: str = "causal"
    speaks: str = "learned"
    width: int = 128
    match: int = 64
    embed: int = 64
    dropout: float = 0.2

    def __post_init__(self) -> None:
        for name, known in (("rung", RUNGS), ("align", ALIGN), ("speaks", SPEAKS)):
            if getattr(self, name) not in known:
                raise ModelError(f'{name} = "{getattr(self, name)}"', expected=f"one of {', '.join(known)}")
        if self.window < 1:
            raise ModelError(f"window = {self.window}", expected="at least 1 frame")

    @property
    def ahead(self) -> int:
        """Frames of a step's window that lie after it."""
        return self.window // 2 if self.align == "centre" else 0

    @property
    def latency(self) -> int:
        """How many frames after a frame its answer is final."""
        reads = self.ahead if self.rung != "lstm" else 0
        return reads + (self.window - 1 - self.ahead if self.rung == "multi" else 0)


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities at every frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        read = c.embed or c.inputs
        self.enter = nn.Linear(c.inputs, c.embed) if c.embed else nn.Identity()
        self.lstm = nn.LSTM(read, c.width, batch_first=True)
        self.drop = nn.Dropout(c.dropout)
        if c.rung in ("attention", "multi"):
            self.asks = nn.Linear(c.width, c.match, bias=False)
            self.shows = nn.Linear(read, c.match, bias=False)
            self.weighs = nn.Linear(c.match, 1, bias=False)
        spoken = c.window if c.rung == "multi" else 1
        self.says = nn.Linear(c.width, spoken * c.classes)
        nn.init.constant_(self.says.bias, -2.0)  # most labels do not hold at most frames
        if c.rung == "multi" and c.speaks == "learned":
            self.offset = nn.Parameter(torch.zeros(c.window))

    @property
    def trust(self) -> Tensor:
        """How much each of the N answers about a frame counts, (N,), place n: by the step N - 1 - n frames after."""
        c = self.config
        if c.speaks == "learned":
            return self.offset.softmax(0)
        n = torch.arange(c.window, dtype=torch.float32, device=self.says.weight.device)
        far = (n - (c.window - 1 - c.ahead)).abs()
        whole = torch.ones_like(n) if c.speaks == "uniform" else far.max() + 1 - far
        return whole / whole.sum()

    def forward(self, x: Tensor, there: Tensor | None = None) -> Tensor:
        """Return logits (B, T, L). Shapes: x (B, T, F), there (B, T) bool, its gaps at the end of a game only."""
        return self.all(x, there)[0]

    def all(self, x: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits (B, T, L) and where each step looked, (B, T, N); the weights of a window add up to 1."""
        c = self.config
        B, T, _ = x.shape
        if there is None:
            there = torch.ones(B, T, dtype=torch.bool, device=x.device)
        v = self.drop(self.enter(torch.where(there[..., None], x, 0)))
        seen = self._windows(there[..., None])[..., 0]  # (B, T, N)
        if c.rung == "lstm":
            looks = F.one_hot(torch.tensor(c.window - 1 - c.ahead), c.window).to(v).expand(B, T, -1) * seen
            h = self.lstm(v)[0]
        elif c.rung == "input":
            looks = seen.to(v.dtype) / seen.sum(-1, keepdim=True).clamp_min(1)
            h = self.lstm(torch.einsum("btn,btnf->btf", looks, self._windows(v)))[0]
        else:
            h, looks = self._attend(v, seen)
        spoken = self.says(self.drop(h))
        if c.rung != "multi":
            return spoken, looks
        return self._heard(spoken.unflatten(-1, (c.window, c.classes)), there), looks

    def _windows(self, v: Tensor) -> Tensor:
        """Return the frames of each step's window, zeros where there are none. Shapes: (B, T, F) -> (B, T, N, F)."""
        c = self.config
        return F.pad(v, (0, 0, c.window - 1 - c.ahead, c.ahead)).unfold(1, c.window, 1).transpose(-1, -2)

    def _attend(self, v: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states (B, T, width) and the attention (B, T, N), step by step: where to look hangs on h."""
        frames, shown = self._windows(v).unbind(1), self._windows(torch.tanh(self.shows(v))).unbind(1)
        h = cell = v.new_zeros(1, len(v), self.config.width)
        hs, looks = [], []
        for frame, shows, there in zip(frames, shown, seen.unbind(1), strict=True):  # a slice a step would cost T twice
            ask = torch.tanh(self.asks(h[0]))[:, None]
            m = self.weighs(ask * shows)[..., 0].masked_fill(~there, -1e9)
            a = m.softmax(-1).masked_fill(~there, 0.0)
            y, (h, cell) = self.lstm((a[..., None] * frame).sum(1)[:, None], (h, cell))
            hs.append(y)
            looks.append(a)
        return torch.cat(hs, 1), torch.stack(looks, 1)

    def _heard(self, spoken: Tensor, there: Tensor) -> Tensor:
        """Return the weighted mean of what all steps said of each frame. Shapes: (B, T, N, L) -> (B, T, L).

        Place n of a step's answers is about the frame N - 1 - `ahead` - n before it; steps that are not there are
        silent, and the weights of those that spoke are brought to add up to 1.
        """
        c, on = self.config, there[..., None].to(spoken)
        total, weight = torch.zeros_like(spoken[:, :, 0]), torch.zeros_like(on)
        for n, (trust, said) in enumerate(zip(self.trust, spoken.unbind(2), strict=True)):
            back = c.window - 1 - c.ahead - n  # step t = i + back speaks of frame i
            moved = (0, 0, -back, back)  # what steps said, beside the frames they spoke of
            total = total + F.pad(said * on * trust, moved)
            weight = weight + F.pad(on * trust, moved)
        return total / weight.clamp_min(1e-9)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Binary cross-entropy of each label at each frame, on the averaged answer. See `heat_loss`."""
    return heat_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 games of 20 frames, the last one shorter."""
    return example_frames(20, config.inputs, config.classes, generator)
