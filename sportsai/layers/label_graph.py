"""Labels on several levels, from coarse to fine, that speak for and against each other: BINN and SINN.

  down   a_t = V a_{t-1} + H x_t + b         up   a_t = V' a_{t+1} + H' x_t + b'
  both   a_t = U a_t(down) + U' a_t(up) + c

x_t are the activations of level t before any label has heard of another. BINN: every map is dense. SINN: every map is
M(x) = g(M+ x) - g(M- x) with g = ReLU; an entry of M+ exists only for labels that speak for each other, of M- only for
those that speak against. Activations are passed on, never probabilities.

Source: Hu, Deng, Zhou, Liao and Mori, arXiv 1511.05616 (SINN); Nauata, Smith and Mori, arXiv 1706.05028 (BINN). Ours:
a label is linked to itself in both signs, and V = 0, H+ = I, H- = -I, U+ = I/2, U- = -I/2 at the start, so that the
network begins as x itself, plain logistic regression; the slope of ReLU at 0 is 1/2, so that V = 0 learns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError, check_shape
from sportsai.layers.many import binary_terms

EPSILON = 0.005
KINDS = ("logistic", "binn", "sinn")


def reverse_sigmoid(y: Tensor, epsilon: float = EPSILON) -> Tensor:
    """Return the activation of an observed label: logit of y moved to [epsilon, 1 - epsilon]."""
    return torch.logit(y.clamp(epsilon, 1 - epsilon))


def unobserved_loss(logits: Tensor, also: Tensor, given: Tensor | None = None) -> Tensor:
    """Return the sum over labels of sigmoid cross-entropies, the mean over rows; observed labels do not count.

    Shapes: logits, also (B, L); given (B, L), NaN where not observed.
    """
    terms = binary_terms(logits, also)
    return (terms if given is None else torch.where(given.isnan(), terms, torch.zeros_like(terms))).sum(1).mean()


class Dense(nn.Module):
    """M x, beginning as `start` times the identity. Shapes: (B, columns) -> (B, rows)."""

    def __init__(self, rows: int, columns: int, start: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(start * torch.eye(rows, columns))

    def forward(self, x: Tensor) -> Tensor:
        """Return the map of x."""
        return x @ self.weight.T


class Signed(nn.Module):
    """g(M+ x) - g(M- x), both masked on every call. Shapes: masks (rows, columns) bool; (B, columns) -> (B, rows)."""

    may_plus: Tensor
    may_minus: Tensor

    def __init__(self, may_plus: Tensor, may_minus: Tensor, start: float) -> None:
        super().__init__()
        self.register_buffer("may_plus", may_plus.clone())
        self.register_buffer("may_minus", may_minus.clone())
        same = start * torch.eye(*may_plus.shape)
        self.plus = nn.Parameter(same * may_plus)
        self.minus = nn.Parameter(-same * may_minus)

    def forward(self, x: Tensor) -> Tensor:
        """Return what speaks for, less what speaks against."""
        return _relu(x @ (self.plus * self.may_plus).T) - _relu(x @ (self.minus * self.may_minus).T)


class Direction(nn.Module):
    """One direction of the network. Shapes: a list of (B, n_t) in the order it goes -> such a list."""

    def __init__(self, vertical: Iterable[nn.Module], horizontal: Iterable[nn.Module], sizes: Sequence[int]) -> None:
        super().__init__()
        self.vertical, self.horizontal = nn.ModuleList(vertical), nn.ModuleList(horizontal)
        self.bias = nn.ParameterList(torch.zeros(n) for n in sizes)

    def forward(self, x: Sequence[Tensor]) -> list[Tensor]:
        """Return each level's activation, having heard of those before."""
        a: list[Tensor] = []
        for t, (level, across, bias) in enumerate(zip(x, self.horizontal, self.bias, strict=True)):
            own = across(level) + bias
            a.append(own + self.vertical[t - 1](a[-1]) if t else own)
        return a


class LabelNet(nn.Module):
    """L labels on levels of `sizes`, coarse first; or, with `level` (L,), the level of each label, in any order.

    kind: "logistic" (what comes in goes out), "binn" or "sinn". plus, minus: (L, L) bool, who speaks for and against
    whom (`layers.cooccurrence.links`); only entries within a level and between neighbouring ones are used.
    """

    order: Tensor

    def __init__(
        self, sizes: Sequence[int] | None = None, kind: str = "sinn", plus: Tensor | None = None,
        minus: Tensor | None = None, level: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if kind not in KINDS:
            raise ModelError(f'kind = "{kind}"', expected=f"one of {', '.join(KINDS)}")
        if level is None:
            if sizes is None:
                raise ModelError("labels without levels", expected="sizes, or a level for each label")
            level = [t for t, n in enumerate(sizes) for _ in range(n)]
        at = torch.as_tensor(level)
        self.kind, self.sizes = kind, [int((at == t).sum()) for t in range(int(at.max()) + 1)]
        if 0 in self.sizes or (sizes is not None and list(sizes) != self.sizes):
            raise ModelError(f"levels of {self.sizes} labels", expected=f"{list(sizes or [])}, none of them empty")
        self.register_buffer("order", at.argsort(stable=True))
        if kind == "logistic":
            return
        L = len(at)
        if kind == "sinn" and (plus is None or minus is None):
            raise ModelError("a SINN without plus and minus", expected="who speaks for and against whom, (L, L) bool")
        signs = []
        for mask in (plus, minus) if plus is not None and minus is not None else ():
            mask = torch.as_tensor(mask).bool()
            if mask.shape != (L, L):
                raise ModelError(f"links of shape {tuple(mask.shape)}", expected=f"({L}, {L})")
            signs.append((mask | torch.eye(L, dtype=torch.bool))[self.order][:, self.order])
        ends = torch.tensor([0, *self.sizes]).cumsum(0).tolist()

        def between(to: int, source: int, start: float) -> nn.Module:
            if kind == "binn":
                return Dense(self.sizes[to], self.sizes[source], start)
            here, there = slice(ends[to], ends[to + 1]), slice(ends[source], ends[source + 1])
            return Signed(signs[0][here, there], signs[1][here, there], start)

        m = len(self.sizes)
        going = list(range(m))
        self.down, self.up = (
            Direction([between(t, s, 0) for s, t in pairwise(o)], [between(t, t, 1) for t in o],
                      [self.sizes[t] for t in o])
            for o in (going, going[::-1])
        )  # fmt: skip
        self.after_down, self.after_up = (nn.ModuleList(between(t, t, 0.5) for t in going) for _ in range(2))
        self.bias = nn.ParameterList(torch.zeros(n) for n in self.sizes)

    def forward(self, x: Tensor | Sequence[Tensor], given: Tensor | None = None) -> Tensor:
        """Return logits (B, L); those of observed labels are not meant to be read.

        Shapes: x (B, L) activations, or a list of (B, n_t), coarse first, each in the order of its labels; given (B, L)
        in {0, 1}, NaN where not observed.
        """
        back = self.order.argsort()
        x = x if isinstance(x, Tensor) else torch.cat(list(x), 1)[:, back]
        check_shape(x, f"B {len(back)}", "x")
        if given is not None:
            x = torch.where(given.isnan(), x, reverse_sigmoid(given.nan_to_num().to(x.dtype)))
        if self.kind == "logistic":
            return x
        down, up = self.directions(list(x[:, self.order].split(self.sizes, 1)))
        parts = zip(self.after_down, down, self.after_up, up, self.bias, strict=True)
        return torch.cat([u(d) + v(r) + b for u, d, v, r, b in parts], 1)[:, back]

    def directions(self, x: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Return the activations going down and going up, each coarse first. Shapes: lists of (B, n_t)."""
        return self.down(x), self.up(x[::-1])[::-1]


def _relu(x: Tensor) -> Tensor:
    return (x + x.abs()) / 2
