"""Frame glimpses: an agent that looks at a few frames of a chunk, says what it found, and chooses where to look next.

At glimpse n, location l_n in [0, 1] of the chunk, frame t_n = round(l_n T) within 1 .. T:
  o_n = W [drop(v_{t_n}); sigmoid(w l_n + b)]         what that frame shows, and where it was
  h_n = LSTM(o_n)
  d_n = (s_n, e_n), c_n                               a candidate segment, in chunks, and its confidence, linear in h_n
  p_n ~ softmax(2)                                    whether the candidate is said; the likelier one when tested
  l_{n+1} ~ N(mu_n, .08^2), mu_n linear in h_n        where to look next; mu_n when tested; l_1 = 0
  b_n, linear in h_n                                  what reward the agent expects; b_N is taught
Candidates are taught by back-propagation at every glimpse: cross-entropy of c_n with "an event is in this chunk", and
|d_n - g|^2 to the event g nearest to t_n. What is said and where is looked is taught by REINFORCE: R = +1 for each
event found at tIoU > 1/2, -0.1 for each candidate said beyond those, -10 if nothing is said where an event is; - b_N.

Source: Yeung et al., "End-to-end learning of action detection from frame glimpses in videos", arXiv 1511.06984, with
the constants of its release (github.com/syyeung/frameglimpses): 50 frames, 6 glimpses, 3 x 1024 units, U(-.07, .07).
Differs: many classes in one agent (`classes`: each with its candidates, indicator, reward and baseline; the location is
taught by their sum; one class is the paper's); the baseline is subtracted, and rewards compare segments in one unit,
as the paper says and its release does not; the last location, which changes nothing, is not taught; width 128.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.errors import ModelError
from sportsai.layers.frames import example_frames

State = tuple[Tensor, Tensor]
FEW = True  # it reads the frames it asks for, and no others
LEAST = 1e-6


@dataclass(frozen=True)
class Config:
    """Sizes, rewards and switches.

    inputs: F, numbers of a frame. classes: K kinds of event, found by one agent. frames: T of a chunk. glimpses: G of a
    chunk. width, layers: of the LSTM. dropout: share of a frame's numbers, between layers and of the last state.
    spread: of a location around its mean, in chunks. overlap: tIoU above which an event is found. right, wrong,
    nothing: rewards. around: frames to either side of a moment that are its segment. indicator: candidates are said or
    not (else all are). location: chosen (else evenly spread). regression: segments are learned (else `length` frames
    around the glimpse). length: a mean segment's. entropy: worth of undecided indicators while training. spaced: where
    to look is told from an even spread, in units of `spread`, and not from the chunk's start. scaled: what choices were
    worth is brought to variance 1 in a batch. before: a choice is judged by what was expected when it was made (else by
    b_N, which has seen what the choice led to, and so takes its worth away). matched: confidence is taught whether the
    candidate is right, and not whether its chunk holds an event. near: a segment is told from the frame looked at, and
    not from the chunk's start, and taught where an event lies within `length` of it. apart: where to look is judged by
    all candidates, said or not, and each saying by what the reward would have been without it, the rest the same: a
    look that led to a good candidate is not blamed for its silence, nor one candidate for another.
    """

    inputs: int = 40
    classes: int = 4
    frames: int = 50
    glimpses: int = 6
    width: int = 128
    layers: int = 1
    dropout: float = 0.2
    spread: float = 0.08
    overlap: float = 0.5
    right: float = 1.0
    wrong: float = -0.1
    nothing: float = -10.0
    around: float = 5.0
    indicator: bool = True
    location: bool = True
    regression: bool = True
    length: float = 10.0
    entropy: float = 0.0
    spaced: bool = False
    scaled: bool = False
    before: bool = False
    matched: bool = False
    near: bool = False
    apart: bool = False

    def __post_init__(self) -> None:
        if self.glimpses < 1 or self.frames < 2 or not self.spread > 0:
            raise ModelError(
                f"glimpses = {self.glimpses}, frames = {self.frames}, spread = {self.spread}",
                expected="at least 1, at least 2, above 0",
            )


class Episode(NamedTuple):
    """What the agent did in B chunks, in order.

    frame (B, G) int64 looked at, 0-based. location (B, G) in chunks. mean (B, G): of the location chosen for the NEXT
    glimpse, and chosen (B, G) it. segment (B, G, K, 2) in chunks. sure (B, G, K) logits. indicator (B, G, K, 2) logits,
    said (B, G, K) bool. expects (B, G, K): the baseline; hopes likewise, of where to look,
    where that is judged apart.
    """

    frame: Tensor
    location: Tensor
    mean: Tensor
    chosen: Tensor
    segment: Tensor
    sure: Tensor
    indicator: Tensor
    said: Tensor
    expects: Tensor
    hopes: Tensor


class Model(nn.Module):
    """The agent; `forward` plays an episode in each chunk."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.place = nn.Linear(1, 1)
        self.observe = nn.Linear(c.inputs + 1, c.width)
        self.cells = nn.ModuleList(nn.LSTMCell(c.width, c.width) for _ in range(c.layers))
        self.drop = nn.Dropout(c.dropout)
        self.heads = nn.ModuleDict(
            {
                "segment": nn.Linear(c.width, 2 * c.classes), "sure": nn.Linear(c.width, c.classes),
                "indicator": nn.Linear(c.width, 2 * c.classes), "next": nn.Linear(c.width, 1),
                "expects": nn.Linear(c.width, c.classes),
            }
        )  # fmt: skip
        if c.apart:
            self.heads["hopes"] = nn.Linear(c.width, c.classes)
        for p in self.parameters():
            nn.init.uniform_(p, -0.07, 0.07)

    def forward(self, x: Tensor, there: Tensor | None = None, generator: torch.Generator | None = None) -> Episode:
        """Return the episode of each chunk, looking at frames of x (B, T, F) one at a time; there (B, T) bool.

        While training, locations and indicators are drawn (by `generator`); otherwise they are the likeliest.
        """
        count = torch.full((len(x),), x.shape[1], device=x.device) if there is None else there.sum(1)
        rows = torch.arange(len(x), device=x.device)
        return self.play(lambda frame: x[rows, frame], count, generator)

    def play(
        self, read: Callable[[Tensor], Tensor], count: Tensor, generator: torch.Generator | None = None
    ) -> Episode:
        """Return the episodes of B chunks at once. read: gives what a frame of each shows, (B,) -> (B, F).

        count (B,): frames of each chunk, at most T; locations are of T frames, and one beyond the last shows the last.
        """
        c, B = self.config, len(count)
        like = self.observe.weight
        at = like.new_full((B,), 0.5 / c.glimpses if c.spaced or not c.location else 0.0)
        states: list[State] = [(like.new_zeros(B, c.width), like.new_zeros(B, c.width)) for _ in self.cells]
        steps: list[tuple[Tensor, ...]] = []
        h = states[-1][0]
        for n in range(c.glimpses):
            frame = (at * c.frames).round().long().sub(1).clamp_min(0)
            frame = torch.minimum(frame, (count - 1).clamp_min(0))
            h, states = self._step(read(frame).to(like.dtype), at, states)
            segment = self.heads["segment"](h).unflatten(-1, (c.classes, 2))
            if c.near or not c.regression:
                half = c.length / 2 / c.frames
                middle = ((frame + 0.5) / c.frames)[:, None].expand(-1, c.classes)
                around = torch.stack([middle - half, middle + half], -1)
                segment = around + segment / c.glimpses if c.regression else around + 0 * segment
            indicator = self.heads["indicator"](h).unflatten(-1, (c.classes, 2))
            if not c.indicator:
                said = torch.ones(B, c.classes, dtype=torch.bool, device=like.device)
            elif self.training:
                drawn = torch.rand(B, c.classes, generator=generator, device=like.device)
                said = drawn < indicator.softmax(-1)[..., 1]
            else:
                said = indicator[..., 1] > indicator[..., 0]
            mean = self.heads["next"](h)[:, 0]
            if c.spaced:
                mean = (n + 1.5) / c.glimpses + c.spread * mean
            chosen = mean.detach()
            if not c.location:
                chosen = like.new_full((B,), (n + 1.5) / c.glimpses)
            elif self.training:
                chosen = chosen + c.spread * torch.randn(B, generator=generator, device=like.device)
            expects = self.heads["expects"](h.detach())
            hopes = self.heads["hopes"](h.detach()) if c.apart else expects
            steps.append((frame, at, mean, chosen, segment, self.heads["sure"](h), indicator, said, expects, hopes))
            at = chosen
        return Episode(*(torch.stack(v, 1) for v in zip(*steps, strict=True)))

    def _step(self, v: Tensor, at: Tensor, states: list[State]) -> tuple[Tensor, list[State]]:
        """Return the state after a frame, dropped out as the heads see it, and all layers' states."""
        o = self.observe(torch.cat([self.drop(v), torch.sigmoid(self.place(at[:, None]))], -1))
        after: list[State] = []
        for cell, state in zip(self.cells, states, strict=True):
            h, memory = cell(o, state)
            after.append((h, memory))
            o = self.drop(h)
        return o, after


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Return the temporal IoU of segments, their ends in any order; 0 where both are empty. Shapes: (..., 2) twice."""
    a, b = a.sort(-1).values, b.sort(-1).values
    both = (torch.minimum(a[..., 1], b[..., 1]) - torch.maximum(a[..., 0], b[..., 0])).clamp_min(0)
    either = (a[..., 1] - a[..., 0]) + (b[..., 1] - b[..., 0]) - both
    return torch.where(either > LEAST, both / either.clamp_min(LEAST), 0.0)


def reward(segment: Tensor, said: Tensor, true: Tensor, held: Tensor, config: Config) -> Tensor:
    """Return each chunk's reward for each class, (B, K).

    Shapes: segment (B, G, K, 2), said (B, G, K) bool, true (B, S, 2) segments in the same unit, held (B, S, K) bool of
    which class each is. Events are gone through in order; each takes the free candidate said that overlaps it most, if
    by more than `overlap`. An event missed costs nothing where something was said.
    """
    free = said.clone()
    found = torch.zeros_like(said[:, 0], dtype=segment.dtype)
    for s in range(true.shape[1]):
        each = overlap(segment, true[:, s, None, None])  # (B, G, K)
        best, which = torch.where(free, each, -1.0).max(1)
        hit = (best > config.overlap) & held[:, s]
        found = found + hit
        taken = F.one_hot(which, said.shape[1]).transpose(1, 2).bool() & hit[:, None]
        free = free & ~taken
    none = ~said.any(1) & held.any(1)
    return config.right * found + config.wrong * free.sum(1) + config.nothing * none


def truth(batch: dict[str, Tensor], config: Config) -> tuple[Tensor, Tensor]:
    """Return a batch's events as segments in chunks, (B, S, 2), and of which class each is, (B, S, K) bool."""
    at = batch.get("segments")
    if at is None:
        at = torch.stack([batch["at"] - config.around, batch["at"] + config.around], -1)
    held = F.one_hot(batch["what"].clamp_min(0), config.classes).bool() & (batch["what"] >= 0)[..., None]
    return at / config.frames, held


def loss(output: Episode, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """What candidates lack, minus what the policy earned; one episode a chunk (repeat chunks for several).

    Shapes: batch["at"] (B, S) frames of moments (or "segments" (B, S, 2)) and "what" (B, S) classes, -1 none.
    """
    c = config or Config(classes=output.sure.shape[-1], glimpses=output.sure.shape[1])
    true, held = truth(batch, c)
    some = held.any(1)  # (B, K)
    right = some[:, None].expand_as(output.sure)
    if c.matched:
        with torch.no_grad():
            hit = overlap(output.segment[..., None, :], true[:, None, None]) > c.overlap  # (B, G, K, S)
            right = (hit & held.transpose(1, 2)[:, None]).any(-1)
    each = F.binary_cross_entropy_with_logits(output.sure, right.to(output.sure))
    middle = (output.frame.to(true) + 0.5) / c.frames
    away = (true.mean(-1)[:, None] - middle[..., None]).abs()[:, :, None]  # (B, G, 1, S)
    away = torch.where(held.transpose(1, 2)[:, None], away, torch.inf)
    near = away.argmin(-1) if away.shape[-1] else torch.zeros_like(output.sure, dtype=torch.long)
    if c.regression and true.shape[1]:
        goal = true[torch.arange(len(true), device=true.device)[:, None, None], near]  # (B, G, K, 2)
        taught = some[:, None].expand_as(output.sure)
        if c.near:
            taught = taught & (away.min(-1).values <= c.length / c.frames)
        lost = torch.where(taught[..., None], (output.segment - goal) ** 2, 0.0)
        each = each + lost.sum(-1).mean()
    with torch.no_grad():
        earned = reward(output.segment, output.said, true, held, c)
        better = _better(earned, output.expects, c)
        led = reward(output.segment, torch.ones_like(output.said), true, held, c) if c.apart else None
        further = None if led is None else _better(led, output.hopes, c)
        alone = changes(output.segment, output.said, true, held, c) if c.apart and c.indicator else None
    policy = -log_chosen(output, better, c, further, said=alone is None).mean()
    if alone is not None:
        policy = policy - (output.indicator.softmax(-1)[..., 1] * alone).sum((1, 2)).mean()
    expects = _judged(output.expects, earned, c)
    if led is not None:
        expects = expects + _judged(output.hopes, led, c)
    if c.indicator and c.entropy:
        p = output.indicator.log_softmax(-1)
        policy = policy + c.entropy * (p.exp() * p).sum(-1).mean()
    return each + policy + expects


def _better(earned: Tensor, expected: Tensor, config: Config) -> Tensor:
    """Return what was earned beyond what was expected, (B, G or 1, K), of variance 1 where asked for."""
    better = earned[:, None] - (expected if config.before else expected[:, -1:])
    return better / better.std().clamp_min(1e-3) if config.scaled else better


def _judged(expected: Tensor, earned: Tensor, config: Config) -> Tensor:
    judges = expected if config.before else expected[:, -1:]
    return F.mse_loss(judges, earned[:, None].expand_as(judges))


def changes(segment: Tensor, said: Tensor, true: Tensor, held: Tensor, config: Config) -> Tensor:
    """Return how much more a chunk earns with each candidate said than without it, all others as they are, (B, G, K).

    In the mean over what is said, times p (1 - p) this is the reward's gradient by the indicator: what REINFORCE
    estimates, without the noise of the other choices. Shapes as of `reward`.
    """
    out = torch.zeros_like(segment[..., 0])
    for n in range(said.shape[1]):
        with_it, without = said.clone(), said.clone()
        with_it[:, n], without[:, n] = True, False
        out[:, n] = reward(segment, with_it, true, held, config) - reward(segment, without, true, held, config)
    return out


def log_chosen(
    output: Episode, better: Tensor, config: Config, further: Tensor | None = None, said: bool = True
) -> Tensor:
    """Return each chunk's sum of log-probabilities of what was chosen, each times what it was worth, (B,).

    Shapes: better (B, G or 1, K), reward minus what was expected; further: of locations, where not the same. said: what
    was said counts. The location is worth the sum over classes; that after the last glimpse does not count.
    """
    total = better.new_zeros(len(better))
    if config.indicator and said:
        p = output.indicator.log_softmax(-1)
        total = total + (torch.where(output.said, p[..., 1], p[..., 0]) * better).sum((1, 2))
    if config.location and config.glimpses > 1:
        off = (output.chosen - output.mean)[:, :-1] / config.spread
        worth = (better if further is None else further).sum(-1).expand(-1, config.glimpses)[:, :-1]
        total = total + (-0.5 * off**2 * worth).sum(1)
    return total


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 chunks, the last one shorter."""
    return example_frames(config.frames, config.inputs, config.classes, generator)
