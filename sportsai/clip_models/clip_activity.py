"""Activity-specific heads over a clip: every activity looks for itself among the places and times of a volume's map.

  F = conv3d(clip)                        P = T' W' H' positions of C channels
  own, joint = ActivityHead(F)            K observations -> features of each activity -> correlation map
  p = (sigma(own) + sigma(joint)) / 2

Source: Zhang, Li and Marsic, "Multi-Label Activity Recognition using Activity-specific Features and Activity
Correlations"; the equations are in `layers.observe`. Differs: the map is C3D's, as wide as `c3d`'s `width` makes it,
where the paper's is CSN-152's. Speed-invariant tuning (its section 3.4): train at one rate, `tune_head`, go on with
a rate drawn anew for every clip (`layers.observe.draw_rates`, `sampled`), and add up what `over_rates` says of views at
each rate (12 at 4, 9 at 8 and 9 at 2 in the paper).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sportsai.clip_models import c3d
from sportsai.errors import ModelError
from sportsai.layers.cooccurrence import Rows
from sportsai.layers.many import binary_terms, mean_known
from sportsai.layers.observe import STRUCTURES, ActivityHead, ManyAnswer


@dataclass(frozen=True)
class Config:
    """Sizes and switches. classes: A labels that may hold together. width: see `c3d`. observations: K. inner: C'.
    groups: of the grouped maps. structure: "baseline", "no_activity", "no_correlation" or "complete". classifier:
    "shared" or "per_class". frames: pictures that are looked at."""

    classes: int = 8
    width: int = 8
    observations: int = 16
    inner: int = 32
    groups: int = 4
    structure: str = "complete"
    classifier: str = "shared"
    dropout: float = 0.5
    frames: int = 16

    def __post_init__(self) -> None:
        if self.structure not in STRUCTURES:
            raise ModelError(f'structure = "{self.structure}"', expected=f"one of {', '.join(STRUCTURES)}")


class Model(nn.Module):
    """The network; while training it gives (B, 2 A), its own logits and then the joint ones, where it has both."""

    many_labels = True

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = c = config
        self.maps = c3d.Model(c3d.Config(classes=1, width=c.width)).maps
        channels = c3d.FILTERS[-1][-1] // c.width
        self.head = ActivityHead(
            channels, c.classes, c.observations, c.inner, c.groups, "last", c.classifier, c.structure, c.dropout
        )

    def explain(self, clip: Tensor) -> ManyAnswer:
        """Return both answers and where each activity looks among the P places and times. Shapes: clip (B, 3, T, H, W),
        T of 8 or more, H and W of 16 or more."""
        if clip.dim() != 5 or clip.shape[1] != 3 or clip.shape[2] < 8 or min(clip.shape[3:]) < 16:
            raise ModelError(f"clip is {tuple(clip.shape)}", expected="(B, 3, 8 or more, 16 or more, 16 or more)")
        answer: ManyAnswer = self.head(self.maps(clip).flatten(2))
        return answer

    def forward(self, clip: Tensor, flow: Tensor | None = None) -> Tensor:
        """Return logits, (B, A), while training (B, 2 A); flow is not read."""
        a = self.explain(clip)
        if a.joint is None:
            return a.own
        if self.training:
            return torch.cat([a.own, a.joint], 1)
        return torch.logit((a.own.sigmoid() + a.joint.sigmoid()) / 2, 1e-7)

    def set_mask(self, labels: Rows) -> None:
        """Count which activities come together on TRAINING labels (n, A) bool; kept with the weights."""
        self.head.set_mask(labels)

    def tune_head(self) -> list[nn.Parameter]:
        """Freeze the convolutions and return what is left to train."""
        self.maps.requires_grad_(False)
        return [p for p in self.parameters() if p.requires_grad]


def sampled(clip: Tensor, rate: int | Tensor, frames: int, shift: int = 0) -> Tensor:
    """Return every `rate`-th picture of longer clips around their middle, (B, C, `frames`, H, W).

    clip (B, C, T, H, W); rate a number or one for each clip (B,); shift: pictures that the middle is moved by. What
    would lie outside the clip is its first or last picture.
    """
    B, _, T = clip.shape[:3]
    step = torch.as_tensor(rate, device=clip.device).expand(B)[:, None]
    at = T // 2 + shift + step * (torch.arange(frames, device=clip.device) - frames // 2)
    at = at.clamp(0, T - 1)[:, None, :, None, None]
    return clip.gather(2, at.expand(-1, clip.shape[1], -1, *clip.shape[3:]))


@torch.no_grad()
def over_rates(model: Model, clip: Tensor, views: Sequence[tuple[int, int]]) -> Tensor:
    """Return the mean probability of each label over views, (B, A). views: (rate, shift) of each; see `sampled`."""
    said = [model(sampled(clip, rate, model.config.frames, shift)).sigmoid() for rate, shift in views]
    return torch.stack(said).mean(0)


def loss(output: Tensor, batch: dict[str, Tensor], config: Config | None = None) -> Tensor:
    """Return the sigmoid cross-entropy of each label, the mean over both outputs; batch["y"] (B, A)."""
    y = batch["y"]
    return torch.stack([mean_known(binary_terms(o, y), y) for o in output.split(y.shape[1], 1)]).mean()


def example(config: Config, generator: torch.Generator) -> dict[str, Tensor]:
    """Return the smallest valid batch: 2 clips of 8 pictures, 32 pixels wide."""
    return {
        "clip": torch.rand(2, 3, 8, 32, 32, generator=generator),
        "y": (torch.rand(2, config.classes, generator=generator) < 0.4).float(),
    }
