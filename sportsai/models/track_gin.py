"""TrackGIN: at each sample a graph of the players and the ball; what its nodes hear, pooled over the window.

  h_i <- LN(h_i + MLP((1 + eps) h_i + sum_{j in N(i)} h_j))        at each sample, `layers` times
  z_t = W [h_key ; mean_i h_i ; max_i h_i] + clock_t;  logits = MLP(max_t ReLU(z_t))

Source: Karki et al., "Pixels or Positions? Benchmarking modalities in group activity recognition" (SoccerNet-GAR),
arXiv 2511.12606; GIN of Xu et al., arXiv 1810.00826. Differs: 4 layers instead of 20; layer normalisation and a
shortcut, so that a window does not depend on its batch; dense adjacency matrices instead of lists of edges; no z; the
teams are the key's and the other, with a mark for the key; formation lines are not known in every sport, so edges join
everybody ("complete"), team mates, and the ball with everybody ("team"), or each with those near it ("nearest").
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.attention import clock
from sportsai.layers.entities import Entities, entities, marks, of, velocity
from sportsai.layers.masked import masked_mean

EDGES = ("complete", "team", "nearest")
POOLS = ("max", "mean", "attention")
INPUTS = 9  # position 2, velocity 2, own, other, key, ball, seen


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. choose: score places, (B, P), instead of classes.
    hidden: units of a node. layers: rounds of messages. dropout: share of units, after each round and in the head.
    edges: who hears whom: "complete", "team" or "nearest". nearest: how many hear each, with edges="nearest".
    pool: how samples are put together: "max", "mean" or "attention".
    """

    classes: int = 6
    frames: int = 16
    choose: bool = False
    hidden: int = 64
    layers: int = 4
    dropout: float = 0.1
    edges: str = "team"
    nearest: int = 3
    pool: str = "max"

    def __post_init__(self) -> None:
        for name, known in (("edges", EDGES), ("pool", POOLS)):
            if getattr(self, name) not in known:
                raise ModelError(f'{name} = "{getattr(self, name)}"', expected=f"one of {', '.join(known)}")


class GIN(nn.Module):
    """One round of messages. Shapes: nodes (N, V, F), edges (N, V, V) 0 or 1, [i, j]: i hears j -> (N, V, F)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(()))
        self.update = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, width))
        self.norm = nn.LayerNorm(width)

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        """Return the nodes after hearing their neighbours."""
        return self.norm(nodes + self.update((1 + self.eps) * nodes + edges @ nodes))


class Model(nn.Module):
    """The network; `forward` gives logits, or a score for each place."""

    clock: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.embed = nn.Linear(INPUTS, c.hidden)
        self.rounds = nn.ModuleList(GIN(c.hidden, c.dropout) for _ in range(c.layers))
        self.register_buffer("clock", clock(c.frames, c.hidden), persistent=False)
        self.neck = nn.Linear(3 * c.hidden, c.hidden)
        if c.pool == "attention":
            self.look = nn.Linear(c.hidden, 1)
        if c.choose:
            self.own = nn.Linear(c.hidden, c.hidden)
        self.head = nn.Sequential(
            nn.Dropout(c.dropout), nn.Linear((2 if c.choose else 1) * c.hidden, c.hidden), nn.ReLU(),
            nn.Dropout(c.dropout), nn.Linear(c.hidden, 1 if c.choose else c.classes, bias=not c.choose),
        )  # fmt: skip

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, K), with `choose` scores (B, P), very low where nobody is.

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool.
        """
        e = entities(xy, present, key, side, ball, ball_present, self.config.frames)
        h = self.nodes(e)  # (B, V, T, F)
        seen = e.seen[..., None]
        key_h, key_seen = of(h, e.key)[:, 0], of(e.seen, e.key)[:, 0, :, None]
        mean, anybody = masked_mean(h, seen, 1), e.seen.any(1)[..., None]
        most = torch.where(seen, h, torch.full_like(h, -1e9)).amax(1)
        known = key_seen if key is not None else anybody
        both = torch.cat([key_h if key is not None else mean, mean, most], -1)
        both = torch.where(torch.cat([known, anybody, anybody], -1).repeat_interleave(h.shape[-1], -1), both, 0.0)
        whole = self._pooled((self.neck(both) + self.clock).relu(), anybody)  # (B, F)
        if not self.config.choose:
            return self.head(whole)
        own = self._pooled((self.own(h[:, :-1]) + self.clock).relu(), seen[:, :-1])  # (B, P, F)
        scores = self.head(torch.cat([own, whole[:, None].expand_as(own)], -1)).squeeze(-1)
        return scores.masked_fill(~e.there[:, :-1], LOW)

    def nodes(self, e: Entities) -> Tensor:
        """Return each node after all rounds, zeros where it is not seen, (B, V, T, F)."""
        x = torch.cat([e.xy, velocity(e.xy, e.seen), marks(e)], -1)
        h = self.embed(x).transpose(1, 2).flatten(0, 1)  # (B T, V, F)
        edges = self.edges(e).flatten(0, 1)
        for layer in self.rounds:
            h = layer(h, edges)
        return h.unflatten(0, (len(x), -1)).transpose(1, 2) * e.seen[..., None]

    def edges(self, e: Entities) -> Tensor:
        """Return who hears whom at each sample, nobody himself or somebody not seen, (B, T, V, V)."""
        c, V = self.config, e.seen.shape[1]
        seen = e.seen.transpose(1, 2)
        joined = seen[:, :, :, None] & seen[:, :, None, :] & ~torch.eye(V, dtype=torch.bool, device=seen.device)
        if c.edges == "team":
            ball = e.ball.bool()
            mates = (e.team[:, :, None] * e.team[:, None, :] > 0) | ball[:, None] | ball[None, :]
            joined = joined & mates[:, None]
        elif c.edges == "nearest":
            xy = e.xy.transpose(1, 2)
            away = (xy[:, :, :, None] - xy[:, :, None]).square().sum(-1).masked_fill(~joined, float("inf"))
            near = away.topk(min(c.nearest, V), dim=-1, largest=False).indices
            chosen = torch.zeros_like(joined).scatter(-1, near, True)
            joined = joined & (chosen | chosen.transpose(-1, -2))
        return joined.to(e.xy.dtype)

    def _pooled(self, z: Tensor, seen: Tensor) -> Tensor:
        """Return samples put together, zeros where none is seen. Shapes: (..., T, F), (..., T, 1) -> (..., F)."""
        if self.config.pool == "mean":
            return masked_mean(z, seen, -2)
        if self.config.pool == "max":
            return (z * seen).amax(-2)  # nothing is below 0
        weights = self.look(z).masked_fill(~seen, -1e9).softmax(-2) * seen
        return (weights * z).sum(-2)


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the class, or of the place among `batch["choices"]`. Shapes: output (B, K or P), label (B,)."""
    return answer_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    return example_windows(6, config.frames, config.classes, config.choose, generator)
