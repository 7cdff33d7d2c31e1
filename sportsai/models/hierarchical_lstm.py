"""Two-stage hierarchical LSTM: each person over time, people pooled over the halves of the group, the group over time.

  h1_{t,k} = LSTM1(f_{t,k}, h1_{t-1,k}),  f = the person's features;  action_{t,k} = softmax(W_a h1_{t,k})
  Z_t = [pool_{k in block 1} [f ; h1]_{t,k} ; ... ; pool_{k in block G}]
  h2_t = LSTM2(ReLU(W_z Z_t), h2_{t-1});  group_t = softmax(W_g h2_t);  the answer is their mean over t

Source: Ibrahim, Muralidharan, Deng, Vahdat and Mori, "A hierarchical deep temporal model for group activity
recognition", CVPR 2016, arXiv 1511.06040; sizes there: f 4096 (AlexNet's fc7), LSTM-1 3000, W_z 3000, LSTM-2 1000, two
blocks, max. Differs: f is made from a person's track, box and place in the group (with `image`, from his picture, too);
both stages learn at once (`joint` = False: the group's error stops before the person stage, as there); the averaged
answer is taught, not each step's. `BASELINES` are the paper's B1 to B7 as settings of this one network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.entities import Entities, entities
from sportsai.layers.groups import (
    PERSON,
    GroupAnswer,
    about_people,
    check_groups,
    cut,
    example_groups,
    first_seen,
    given,
    group_loss,
    pool_groups,
)
from sportsai.layers.masked import masked_logmeanexp, masked_mean

_FRAME = {"person_input": False, "person_lstm": False, "people_loss": False}
BASELINES: dict[str, dict[str, Any]] = {
    "B1": {**_FRAME, "group_lstm": False},  # the whole frame
    "B2": {"person_lstm": False, "group_lstm": False, "people_loss": False},  # people, not taught their actions
    "B3": {"person_lstm": False, "group_lstm": False},  # people, taught their actions
    "B4": {**_FRAME, "group_lstm": True},  # the whole frame over time
    "B5": {"person_lstm": False, "people_loss": False},  # people, not taught their actions, over time
    "B6": {"person_lstm": False},  # without LSTM-1
    "B7": {"group_lstm": False},  # without LSTM-2
    "full": {},
}


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: K. frames: T, samples of a window. actions: A, of a person; 0: none are answered.
    width: of a person's features f. lstm1, hidden, lstm2: units of LSTM-1, of W_z, of LSTM-2.
    groups: blocks people are cut into: 1, 2 or 4. by: cut along "x", or by "side". pool: "max", "avg" or "sum".
    faithful: order by boxes' left edges and let the zeros that fill the last block count, as the source does.
    dropout: share of f, and of W_z's units. scene, image: features of a whole frame, of a person's picture; 0: none.
    places: a person's features know his track and box; off: his picture alone, as in the source.
    person_input: people are read one by one; off: only their mean and the whole frame. person_lstm: LSTM-1.
    group_lstm: LSTM-2. people_loss: the person stage learns from people's actions. joint: and from the group's label.
    """

    classes: int = 8
    frames: int = 16
    actions: int = 0
    width: int = 64
    lstm1: int = 64
    hidden: int = 64
    lstm2: int = 64
    groups: int = 2
    by: str = "x"
    pool: str = "max"
    faithful: bool = False
    dropout: float = 0.3
    scene: int = 0
    image: int = 0
    places: bool = True
    person_input: bool = True
    person_lstm: bool = True
    group_lstm: bool = True
    people_loss: bool = True
    joint: bool = True

    def __post_init__(self) -> None:
        check_groups(self.pool, self.groups, self.by)
        if not (self.places or self.image):
            raise ModelError("people have neither places nor pictures", expected="places = true, or image > 0")
        if self.person_lstm and not self.person_input:
            raise ModelError("person_lstm without person_input", expected="both, or person_lstm = false")

    @property
    def told(self) -> int:
        """Numbers known of a person at a sample."""
        return PERSON * self.places + self.image

    @property
    def pooled(self) -> int:
        """Numbers of Z_t."""
        people = self.groups * (self.width + self.lstm1 * self.person_lstm) if self.person_input else self.told
        return people + self.scene


class Model(nn.Module):
    """The network; `forward` gives what the group and what each person does."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        if c.person_input:
            self.person = nn.Sequential(
                nn.Linear(c.told, c.width), nn.ReLU(), nn.Linear(c.width, c.width), nn.ReLU(), nn.Dropout(c.dropout)
            )
            if c.person_lstm:
                self.lstm1 = nn.LSTM(c.width, c.lstm1, batch_first=True)
            if c.actions:
                self.action = nn.Linear(c.lstm1 if c.person_lstm else c.width, c.actions)
        self.frame = nn.Sequential(nn.Linear(c.pooled, c.hidden), nn.ReLU(), nn.Dropout(c.dropout))
        if c.group_lstm:
            self.lstm2 = nn.LSTM(c.hidden, c.lstm2, batch_first=True)
        self.group = nn.Linear(c.lstm2 if c.group_lstm else c.hidden, c.classes)

    def forward(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, size: Tensor | None = None,
        scene: Tensor | None = None, image: Tensor | None = None,
    ) -> GroupAnswer:  # fmt: skip
        """Return log-probabilities of the group's class (B, K) and logits of people's actions (B, P, A).

        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64; side (B, P) in {-1, 0, 1}; ball (B, T, 2),
        ball_present (B, T) bool; size (B, P, T, 2) of boxes, in the units of xy; scene (B, S, scene), S frames spread
        evenly over the window, NaN where there is none; image (B, P, T, image).
        """
        c = self.config
        e = entities(xy, present, None, side, ball, ball_present, c.frames)
        z, people = self._frames(e, key, size, scene, image)
        h = self.frame(z)
        if c.group_lstm:
            h = self.lstm2(h)[0]
        steps = self.group(h).log_softmax(-1)  # (B, T, K)
        counts = e.seen[:, :-1].any(1)
        if c.scene and scene is not None:
            counts = torch.ones_like(counts)
        counts = counts | ~counts.any(1, keepdim=True)
        return GroupAnswer(masked_logmeanexp(steps, counts[..., None], 1), people)

    def frames(
        self, xy: Tensor, present: Tensor | None = None, key: Tensor | None = None, side: Tensor | None = None,
        ball: Tensor | None = None, ball_present: Tensor | None = None, size: Tensor | None = None,
        scene: Tensor | None = None, image: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return Z_t, (B, T, pooled): the blocks' people side by side, then the whole frame. Shapes as `forward`."""
        e = entities(xy, present, None, side, ball, ball_present, self.config.frames)
        return self._frames(e, key, size, scene, image)[0]

    def _frames(
        self, e: Entities, key: Tensor | None, size: Tensor | None, scene: Tensor | None, image: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return Z_t, (B, T, pooled), and people's actions, (B, P, A)."""
        c = self.config
        seen = e.seen[:, :-1]
        B, P, T = seen.shape
        x = given(image, "B P T F", "image", e.xy.new_zeros(B, P, T, c.image))
        if c.places:
            x = torch.cat([about_people(e, key, size), x], -1)
        x = torch.where(seen[..., None], x, 0.0)
        shots = given(scene, "B S F", "scene", e.xy.new_zeros(B, 1, c.scene)).nan_to_num(0.0)
        shots = shots[:, torch.arange(T, device=shots.device) * shots.shape[1] // T]  # (B, T, scene)
        if not c.person_input:
            z = torch.cat([masked_mean(x, seen[..., None], 1), shots], -1)
            return z, x.new_zeros(B, P, c.actions)
        h = told = self.person(x)
        if c.person_lstm:
            told = self.lstm1(h.flatten(0, 1))[0].unflatten(0, (B, P))
            h = torch.cat([h, told], -1)
        people = x.new_zeros(B, P, 0)
        if c.actions:
            people = masked_mean(self.action(told if c.people_loss else told.detach()), seen[..., None], 2)
        blocks = cut(first_seen(e, size if c.faithful else None), e.there[:, :-1], c.groups, c.by, e.team[:, :-1])
        z = pool_groups(h if c.joint else h.detach(), seen, blocks, c.pool, c.faithful)
        return torch.cat([z, shots], -1), people


def lstm_parameters(inputs: int, units: int, biases: int = 1) -> int:
    """Return the weights of an LSTM: four gates of inputs, state and `biases` (the source: one; torch: two)."""
    return 4 * units * (inputs + units) + 4 * units * biases


def loss(output: GroupAnswer, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the group's class and people's actions. Shapes: label (B,), people (B, P), -1 not known."""
    return group_loss(output, batch)


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 people, one of them absent in the last window."""
    return example_groups(config.frames, config.classes, config.actions, config.scene, config.image, generator)
