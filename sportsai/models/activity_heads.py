"""Activity heads: every activity looks for itself among the tokens of the tracks, then hears of the others.

  F = encoder(tracks)                     tokens over time x entities
  own, joint = ActivityHead(F)            K observations -> features of each activity -> correlation map
  p = (sigma(own) + sigma(joint)) / 2

Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
Correlations"; the equations are in `layers.observe`. Differs: the map F comes from tracks (attention over entities and
time in turn, as in `track_set`) instead of video; sizes; which probability counts is a switch, the paper does not say.
While training the answer holds the two outputs side by side, since both are taught.

Speed-invariant tuning: train at one rate of `layers.observe.at_rate`; `tune_head` and go on with rates drawn by
`draw_rates`; test with `over_rates`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.errors import ModelError
from sportsai.layers.answer import LOW, answer_loss, example_windows
from sportsai.layers.cooccurrence import Rows
from sportsai.layers.entities import Entities, entities
from sportsai.layers.many import WAYS, binary_terms, combined, mean_known
from sportsai.layers.observe import ActivityHead, ManyAnswer, TrackMap, as_map, highest
from sportsai.layers.reflect import GROUPS, over_reflections, reflected


@dataclass(frozen=True)
class Config:
    """Sizes and switches.

    classes: L activities, any of which may hold. frames: T, samples of a window. choose: score places, (B, P): players
    ask instead of activities, and there is no correlation map, since one of them is right.
    width: of a token. layers: pairs of an encoder layer over entities and one over time. heads: of the attention.
    patch: samples of one token. observations: K. inner: numbers of an observation. groups: of the grouped maps.
    query: of the observations: the "last" token (the scene at the end), the "mean", or "learned".
    classifier: "shared" by all activities or "per_class". structure: "baseline", "no_activity", "no_correlation" or
    "complete". answer: the "mean" of both probabilities, the "own", the "joint", or the "max".
    dropout: share of the features before the classifiers; a fifth of it of a token.
    reflect: "none"; "y": left and right of the court exchanged; "d2": its ends, too. At random while training, averaged
    afterwards; only for labels that do not tell left from right.
    """

    classes: int = 6
    frames: int = 16
    choose: bool = False
    width: int = 48
    layers: int = 2
    heads: int = 4
    patch: int = 2
    observations: int = 16
    inner: int = 32
    groups: int = 4
    query: str = "last"
    classifier: str = "shared"
    structure: str = "complete"
    answer: str = "mean"
    dropout: float = 0.5
    reflect: str = "y"

    def __post_init__(self) -> None:
        if self.answer not in WAYS:
            raise ModelError(f'answer = "{self.answer}"', expected=f"one of {', '.join(WAYS)}")
        if self.reflect not in GROUPS:
            raise ModelError(f'reflect = "{self.reflect}"', expected=f"one of {', '.join(GROUPS)}")


class Model(nn.Module):
    """The network; `forward` gives logits of independent probabilities, or a score for each place."""

    many_labels = True  # its answers are of each label alone, and do not add up to 1

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.encoder = TrackMap(c.frames, c.width, c.layers, c.heads, c.patch, c.dropout / 5)
        labels, structure = (0, "no_correlation") if c.choose else (c.classes, c.structure)
        classifier = "shared" if c.choose else c.classifier
        self.head = ActivityHead(
            c.width, labels, c.observations, c.inner, c.groups, c.query, classifier, structure, c.dropout, bias=False
        )
        if c.choose:
            self.asks = nn.Linear(c.width, c.inner)

    def forward(
        self, xy: Tensor | None = None, present: Tensor | None = None, key: Tensor | None = None,
        side: Tensor | None = None, ball: Tensor | None = None, ball_present: Tensor | None = None,
        tokens: Tensor | None = None, there: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """Return logits (B, L), with `choose` scores (B, P), very low where nobody is.

        While training the complete structure gives (B, 2 L): its own logits, then the joint ones.
        Shapes: xy (B, P, T, 2); present (B, P, T) bool; key (B,) int64 or None; side (B, P) relation to the key's team;
        ball (B, T, 2), ball_present (B, T) bool; or instead of them a map, tokens (B, width, N), there (B, N) bool.
        """
        if tokens is not None:
            return self._said(self._head(tokens, there))
        e = self._entities(xy, present, key, side, ball, ball_present)

        def read(sign: Tensor) -> Tensor:
            return self._answer(e._replace(xy=reflected(e.xy, sign)))

        return over_reflections(read, self.config.reflect, len(e.xy), self.training, True)

    def explain(
        self, xy: Tensor | None = None, present: Tensor | None = None, key: Tensor | None = None,
        side: Tensor | None = None, ball: Tensor | None = None, ball_present: Tensor | None = None,
        tokens: Tensor | None = None, there: Tensor | None = None,
    ) -> ManyAnswer:  # fmt: skip
        """Return both answers, where each activity looks among the T' (P + 2) tokens, and the correlation map.

        A moment's tokens are the players in their places, the ball, the scene; windows are read as they are.
        """
        if tokens is not None:
            return self._head(tokens, there)
        return self._head(*as_map(*self.encoder(self._entities(xy, present, key, side, ball, ball_present))))

    def set_mask(self, labels: Rows) -> None:
        """Count which activities come together on TRAINING labels (n, L) bool; kept with the weights."""
        if not self.config.choose:
            self.head.set_mask(labels)

    def tune_head(self) -> list[nn.Parameter]:
        """Freeze the encoder and return what is left to train."""
        self.encoder.requires_grad_(False)
        return [p for p in self.parameters() if p.requires_grad]

    def _entities(
        self, xy: Tensor | None, present: Tensor | None, key: Tensor | None, side: Tensor | None, ball: Tensor | None,
        ball_present: Tensor | None,
    ) -> Entities:  # fmt: skip
        if xy is None:
            raise ModelError("nothing to read", expected="xy, or tokens")
        return entities(xy, present, key, side, ball, ball_present, self.config.frames)

    def _head(self, tokens: Tensor, there: Tensor | None) -> ManyAnswer:
        if self.config.choose:
            raise ModelError("a map has no places to choose from", expected="xy, or a model of labels")
        return self.head(tokens, there)

    def _answer(self, e: Entities) -> Tensor:
        z, seen = self.encoder(e)
        if not self.config.choose:
            return self._said(self.head(*as_map(z, seen)))
        P = e.there.shape[1] - 1
        asked = self.asks(highest(z, seen)[:, :P])
        return self.head(*as_map(z, seen), asked).own.masked_fill(~e.there[:, :P], LOW)

    def _said(self, a: ManyAnswer) -> Tensor:
        if a.joint is None:
            return a.own
        return torch.cat([a.own, a.joint], 1) if self.training else combined(a.own, a.joint, self.config.answer)


def loss(output: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Sigmoid cross-entropy of each activity, mean over both outputs; or cross-entropy among `batch["choices"]`.

    Shapes: output (B, L), or (B, 2 L) while training; batch["also"] (B, L) bool or float, NaN where not known;
    batch["weight"] (L,) optional; with choices, output (B, P) and label (B,).
    """
    if "choices" in batch:
        return answer_loss(output, batch)
    also = batch["also"]
    each = [mean_known(binary_terms(o, also), also, batch.get("weight")) for o in output.split(also.shape[1], 1)]
    return torch.stack(each).mean()


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 3 windows of 6 players, one of them absent in the last window."""
    batch = example_windows(6, config.frames, config.classes, config.choose, generator)
    if not config.choose:
        also = torch.rand(3, config.classes, generator=generator) < 0.3
        batch["also"] = also.scatter(1, batch["label"][:, None], True)
    return batch
