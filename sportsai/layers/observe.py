"""Observing a window: at a rate, as a map of tokens, by K attentions, of which every activity takes its own mixture.

  a_k = softmax_p(beta_k(q) . gamma_k(F_p));  o_k = sum_p a_kp alpha_k(F_p)          K observations of the map F
  F_A[i] = sum_k softmax_k(Q_i . key(o_k)) o_k                                       features of activity i
  F_AC = (softmax(query(F_A) . key'(F_A)) + Mask) F_A,  Mask_jk = N_jk / N_j         what activities say of each other
  own = F_A w + b;  joint = F_AC w' + b'                                             both are taught

Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
Correlations", eqs 1-13; all maps are grouped (`layers.grouped`). Where the paper says only "a similar approach", the
maps are those that its parameter counts allow: a learned query for each activity, classifiers shared by all. Alpha and
gamma are linear, so gamma is applied to the query and alpha to the mixture: the same numbers, without K maps of every
token. Ours: masked positions; other queries than the last position; activities that bring their own query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError, ShapeError, check_shape
from sportsai.layers.attention import Block, clock
from sportsai.layers.cooccurrence import Rows, conditional
from sportsai.layers.entities import Entities, marks, velocity
from sportsai.layers.grouped import GroupedLinear
from sportsai.layers.masked import masked_mean

STRUCTURES = ("baseline", "no_activity", "no_correlation", "complete")
QUERIES = ("last", "mean", "learned")
CLASSIFIERS = ("shared", "per_class")
TOKEN = 9  # position 2, velocity 2, own, other, key, ball, seen
Given = TypeVar("Given")


def draw_rates(n: int, rates: Iterable[int], generator: torch.Generator | None = None) -> Tensor:
    """Return one of the rates for each of n windows, each as likely, (n,) int64."""
    among = torch.tensor(list(rates))
    return among[torch.randint(len(among), (n,), generator=generator)]


def at_rate(batch: Mapping[str, Tensor], rate: int | Tensor, frames: int) -> dict[str, Tensor]:
    """Return windows of T = `frames` samples, every `rate`-th one around the middle T' // 2 of longer ones.

    The middle becomes sample T // 2; what lies outside the longer window is not seen. Other keys are kept.
    Shapes: xy (B, P, T', 2), present (B, P, T'), ball (B, T', 2), ball_present (B, T'); rate a number or (B,).
    """
    B, P, long, _ = check_shape(batch["xy"], "B P T C", "xy")
    device = batch["xy"].device
    step = torch.as_tensor(rate, device=device).expand(B)[:, None]
    index = long // 2 + step * (torch.arange(frames, device=device) - frames // 2)  # (B, T)
    inside = (index >= 0) & (index < long)
    index = index.clamp(0, long - 1)
    ours = dict(batch)
    for name in ("xy", "present", "ball", "ball_present"):
        if name in batch:
            x = batch[name]
            axis = 2 if name in ("xy", "present") else 1
            at = index.reshape(B, *[1] * (axis - 1), frames, *[1] * (x.dim() - axis - 1))
            ours[name] = x.gather(axis, at.expand(*x.shape[:axis], frames, *x.shape[axis + 1 :]))
    ours["present"] = ours.get("present", inside.new_ones(B, P, frames)) & inside[:, None]
    if "ball" in batch:
        ours["ball_present"] = ours.get("ball_present", torch.ones_like(inside)) & inside
    return ours


def over_rates(
    score: Callable[[Given], Tensor], windows_at_rates: Mapping[int, Given], weights: Mapping[int, float]
) -> Tensor:
    """Return the sum over rates of weight times score; over the weights' sum it is a probability where scores are.

    Source: speed-invariant tuning of Zhang, Li and Marsic: 12 views at the rate taught first, 9 at each other one.
    """
    if set(windows_at_rates) != set(weights) or not weights:
        raise ModelError(f"windows at rates {sorted(windows_at_rates)}", expected=f"at {sorted(weights)}, as weighted")
    return torch.stack([weights[r] * score(windows_at_rates[r]) for r in sorted(weights)]).sum(0)


class TrackMap(nn.Module):
    """Tracks as tokens: at each moment the entities look at each other, then each looks along its own track.

    A token holds `patch` samples of one entity; a whole-scene entity, always there, comes after the ball, so the last
    token is the scene at the end of the window. Shapes: V entities -> (B, T', V + 1, width), and who is there.
    """

    clock: Tensor

    def __init__(self, frames: int, width: int, layers: int, heads: int, patch: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ModelError(f"{heads} heads of a width of {width}", expected="a number that divides it")
        if not 1 <= patch <= frames:
            raise ModelError(f"patch = {patch}", expected=f"1 to {frames}")
        self.patch, self.moments = patch, -(-frames // patch)
        self.embed = nn.Linear(TOKEN * patch, width)
        self.register_buffer("clock", clock(self.moments, width), persistent=False)
        self.scene = nn.Parameter(torch.randn(width) * 0.02)
        self.across = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.along = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, e: Entities) -> tuple[Tensor, Tensor]:
        """Return the tokens (B, T', V + 1, width) and whether each is there, (B, T', V + 1) bool."""
        B, V, T = e.seen.shape
        x, seen = torch.cat([e.xy, velocity(e.xy, e.seen), marks(e)], -1), e.seen
        more = self.moments * self.patch - T
        x = F.pad(x, (0, 0, 0, more)).unflatten(2, (self.moments, self.patch)).flatten(3)
        seen = F.pad(seen, (0, more)).unflatten(2, (self.moments, self.patch)).any(-1)
        scene = self.scene.expand(B, 1, self.moments, -1)
        z = (torch.cat([self.embed(x), scene], 1) + self.clock).transpose(1, 2)
        seen = F.pad(seen, (0, 0, 0, 1), value=True).transpose(1, 2)
        at_once, in_turn = seen.flatten(0, 1), seen.transpose(1, 2).flatten(0, 1)
        for across, along in zip(self.across, self.along, strict=True):
            z = across(z.flatten(0, 1), at_once).unflatten(0, (B, self.moments)).transpose(1, 2)
            z = along(z.flatten(0, 1), in_turn).unflatten(0, (B, V + 1)).transpose(1, 2)
        return self.norm(z), seen


def as_map(z: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Return tokens as a map, moment by moment. Shapes: (B, T', V, C), (B, T', V) -> (B, C, T' V), (B, T' V)."""
    return z.flatten(1, 2).transpose(1, 2), seen.flatten(1)


def highest(z: Tensor, seen: Tensor) -> Tensor:
    """Return each entity's highest over time, zeros where it is never there. Shapes as `as_map` -> (B, V, C)."""
    return torch.where(seen[..., None], z, torch.full_like(z, -1e9)).amax(1) * seen.any(1)[..., None]


class Observations(nn.Module):
    """K observations of a map: where each looks, and what it sees there.

    query: "last" position that is there (the paper's), "mean" of those that are, or "learned", without a map beta.
    Shapes: map (B, C, P), there (B, P) bool -> looks (B, K, P), rows adding up to 1, and observations (B, K, C'); both
    zeros where nothing is there. Parameters of three maps: 3 K C' C / n, and 3 K C' biases.
    """

    def __init__(
        self, inputs: int, count: int = 64, inner: int = 128, groups: int = 32, query: str = "last", bias: bool = True
    ) -> None:
        super().__init__()
        if query not in QUERIES:
            raise ModelError(f'query = "{query}"', expected=f"one of {', '.join(QUERIES)}")
        self.query = query
        self.alpha = GroupedLinear(inputs, inner, groups, count, bias)
        self.gamma = GroupedLinear(inputs, inner, groups, count, bias)
        if query == "learned":
            self.asked = nn.Parameter(torch.randn(count, inner))
        else:
            self.beta = GroupedLinear(inputs, inner, groups, count, bias)

    def forward(self, tokens: Tensor, there: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the looks and the observations."""
        if there is None:
            there = torch.ones(tokens.shape[0], tokens.shape[2], dtype=torch.bool, device=tokens.device)
        x, any_there = tokens.transpose(1, 2), there.any(1)[:, None, None]
        q = self._asks(x, there)
        scores = self.gamma.back(q) @ tokens
        if self.gamma.bias is not None:  # the same for all positions: it changes nothing, and is counted in the paper
            scores = scores + (q * self.gamma.bias).sum(-1, keepdim=True)
        hidden = ~there[:, None]
        looks = scores.masked_fill(hidden, -1e9).softmax(-1).masked_fill(hidden, 0.0)
        return looks, self.alpha(looks @ x) * any_there

    def _asks(self, x: Tensor, there: Tensor) -> Tensor:
        if self.query == "learned":
            return self.asked.expand(len(x), -1, -1)
        if self.query == "mean":
            return self.beta(masked_mean(x, there[..., None], 1)[:, None])
        last = (there * torch.arange(there.shape[1], device=x.device)).argmax(1)
        return self.beta(x[torch.arange(len(x), device=x.device), last][:, None])


class ManyAnswer(NamedTuple):
    """What a head says of A activities, and why.

    Shapes: own, joint (B, A) logits, joint None without a correlation map; looks (B, K, P) of the observations;
    shares (B, A, K) of the observations in each activity; links (B, A, A) input-dependent part of the correlation map,
    mask (A, A) its counted part.
    """

    own: Tensor
    joint: Tensor | None
    looks: Tensor
    shares: Tensor
    links: Tensor | None = None
    mask: Tensor | None = None

    @property
    def attention(self) -> Tensor:
        """Where each activity looks, (B, A, P); rows add up to 1 where anything is there."""
        return self.shares @ self.looks

    @property
    def correlation(self) -> Tensor | None:
        """The correlation map, (B, A, A)."""
        return None if self.links is None or self.mask is None else self.links + self.mask


class ActivityHead(nn.Module):
    """Reads A activities from a map of tokens of any kind.

    inputs: C. labels: A; 0: activities come with queries of their own. observations: K. inner: C'. groups: n, divides
    both. query: of the observations. classifier: "shared" by all activities, or "per_class". dropout: share of the
    features before the classifiers. bias: of the observations' maps.
    structure: "baseline" mean of the map, a classifier for each activity; "no_activity" mean of the observations, the
    same classifier; "no_correlation" features of each activity; "complete" with the correlation map.
    """

    mask: Tensor

    def __init__(
        self, inputs: int, labels: int, observations: int = 64, inner: int = 128, groups: int = 32,
        query: str = "last", classifier: str = "shared", structure: str = "complete", dropout: float = 0.5,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if structure not in STRUCTURES:
            raise ModelError(f'structure = "{structure}"', expected=f"one of {', '.join(STRUCTURES)}")
        if classifier not in CLASSIFIERS:
            raise ModelError(f'classifier = "{classifier}"', expected=f"one of {', '.join(CLASSIFIERS)}")
        activity = structure in ("no_correlation", "complete")
        if not labels and (structure != "no_correlation" or classifier == "per_class"):
            raise ModelError(f'{structure}, "{classifier}" without labels', expected='no_correlation, "shared"')
        self.structure, self.drop = structure, nn.Dropout(dropout)
        if structure != "baseline":
            self.observe = Observations(inputs, observations, inner, groups, query, bias)
        if not activity:
            self.own: nn.Module = nn.Linear(inputs if structure == "baseline" else inner, labels)
            return
        self.key = GroupedLinear(inner, inner, groups, bias=False)
        if labels:
            self.asked = nn.Parameter(torch.randn(labels, inner))
        self.own = EachOwn(labels, inner) if classifier == "per_class" else nn.Linear(inner, 1)
        if structure == "complete":
            self.asks = GroupedLinear(inner, inner, groups)
            self.answers = GroupedLinear(inner, inner, groups, bias=False)
            self.joint = EachOwn(labels, inner) if classifier == "per_class" else nn.Linear(inner, 1)
            self.register_buffer("mask", torch.eye(labels))

    @torch.no_grad()
    def set_mask(self, labels: Rows) -> None:
        """Count the correlation map's Mask on TRAINING labels (n, A) bool; the identity until then."""
        if self.structure != "complete":
            return
        counted = conditional(labels)
        if counted.shape != self.mask.shape:
            raise ShapeError(f"labels have {len(counted)} columns", expected=f"{len(self.mask)}")
        self.mask.copy_(counted)

    def forward(self, tokens: Tensor, there: Tensor | None = None, queries: Tensor | None = None) -> ManyAnswer:
        """Return what is said of each activity. Shapes: tokens (B, C, P), there (B, P) bool, queries (B, A, C')."""
        B, _, P = check_shape(tokens, "B C P", "tokens")
        if there is None:
            there = torch.ones(B, P, dtype=torch.bool, device=tokens.device)
        if self.structure == "baseline":
            own = self.own(self.drop(masked_mean(tokens.transpose(1, 2), there[..., None], 1)))
            looks = there[:, None].to(own.dtype) / there.sum(1).clamp(min=1)[:, None, None]
            return ManyAnswer(own, None, looks, torch.ones_like(own)[..., None])
        looks, seen = self.observe(tokens, there)
        if self.structure == "no_activity":
            own = self.own(self.drop(seen.mean(1)))
            K = seen.shape[1]
            return ManyAnswer(own, None, looks, own.new_full((1, 1, 1), 1 / K).expand(*own.shape, K))
        asked = self.asked if queries is None else queries
        shares = (asked @ self.key(seen[..., None, :]).squeeze(-2).transpose(1, 2)).softmax(-1)
        features = shares @ seen  # (B, A, C')
        own = self.own(self.drop(features)).squeeze(-1)
        if self.structure == "no_correlation":
            return ManyAnswer(own, None, looks, shares)
        rows = features[..., None, :]
        links = (self.asks(rows).squeeze(-2) @ self.answers(rows).squeeze(-2).transpose(1, 2)).softmax(-1)
        counted = F.linear(features.transpose(1, 2), self.mask)  # Mask F_A, without a Mask for each window
        joint = links @ features + counted.transpose(1, 2)
        return ManyAnswer(own, self.joint(self.drop(joint)).squeeze(-1), looks, shares, links, self.mask)


class EachOwn(nn.Module):
    """A classifier for each activity. Shapes: (B, A, C') -> (B, A, 1)."""

    def __init__(self, labels: int, inner: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(labels, inner) / inner**0.5)
        self.bias = nn.Parameter(torch.zeros(labels))

    def forward(self, x: Tensor) -> Tensor:
        """Return each activity's logit."""
        return (torch.einsum("bac,ac->ba", x, self.weight) + self.bias)[..., None]
