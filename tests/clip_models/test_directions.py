"""Built chunks on which a part of a model of clips is needed: three seeds, and a margin.

1. Fusion: which of two classes is told by whether a picture's code and its motion's agree: side by side, a linear
   answer cannot tell; their products can.
2. Attention: of several objects in the picture the one that moves says the class. Guided by picture and motion the
   network looks there; guided by the picture alone it cannot know, and the mean of all places is no better.
3. Speed: what goes to and fro at every picture, or at every fourth, is told best when views at both rates are asked.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sportsai.clip_models.clip_activity import sampled
from sportsai.clip_models.stpn import Config, Pyramid
from sportsai.learn.metrics import ap_ni

PLACES, CODE, LOOKS = 9, 8, 8
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def agreeing(n: int, g: torch.Generator) -> Batch:
    """Return maps whose codes, one of two in each, agree (class 1) or do not."""
    codes = torch.eye(CODE)[:2] * 2
    a, b = torch.randint(2, (2, n), generator=g)
    picture = codes[a][:, None] + 0.3 * torch.randn(n, PLACES, CODE, generator=g)
    snippets = codes[b][:, None, None] + 0.3 * torch.randn(n, 2, PLACES, CODE, generator=g)
    return picture, snippets, (a == b).long()


def moving(n: int, g: torch.Generator) -> Batch:
    """Return maps with four objects of four kinds at places drawn anew; the kind of the one that moves is the class."""
    kinds = torch.eye(CODE)[:4] * 3
    order = torch.rand(n, PLACES, generator=g).argsort(1)[:, :4]
    kind = torch.randint(4, (n, 4), generator=g)
    picture = 0.3 * torch.randn(n, PLACES, CODE, generator=g)
    picture.scatter_add_(1, order[..., None].expand(-1, -1, CODE), kinds[kind])
    snippets = 0.3 * torch.randn(n, 2, PLACES, CODE, generator=g)
    snippets[torch.arange(n)[:, None], torch.arange(2)[None], order[:, :1], 5] += 4.0
    return picture, snippets, kind[:, 0]


def accuracy(make: object, classes: int, seed: int, steps: int = 250, **options: object) -> float:
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    config = Config(classes=classes, snippets=2, d=256, hidden=32, dropout=0.0, **options)  # type: ignore[arg-type]
    model = Pyramid(CODE, CODE, config)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(steps):
        picture, snippets, y = make(64, g)  # type: ignore[operator]
        worth = torch.nn.functional.cross_entropy(model(picture, snippets), y)
        optimiser.zero_grad()
        worth.backward()
        optimiser.step()
    picture, snippets, y = make(1000, torch.Generator().manual_seed(99))  # type: ignore[operator]
    with torch.no_grad():
        return float((model.eval()(picture, snippets).argmax(1) == y).float().mean())


def mean(make: object, classes: int, **options: object) -> float:
    return float(np.mean([accuracy(make, classes, seed, **options) for seed in range(3)]))


def test_products_tell_what_side_by_side_cannot() -> None:
    fused = mean(agreeing, 2, attention="none", fusion="compact")
    beside = mean(agreeing, 2, attention="none", fusion="concat")
    assert fused > 0.95 and beside < 0.6


def test_motion_says_where_to_look() -> None:
    motion = mean(moving, 4, attention="motion")
    spatial = mean(moving, 4, attention="spatial")
    none = mean(moving, 4, attention="none")
    assert motion > spatial + 0.2 and motion > none + 0.2
    assert abs(spatial - none) < 0.15


def lasting(n: int, g: torch.Generator, frames: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (n, 1, frames, 1, 1) noise over a slow swell and, in half of them, something to and fro: at every picture,
    or at every fourth."""
    y = torch.randint(2, (n,), generator=g)
    long = torch.where(torch.rand(n, generator=g) < 0.5, 1, 4)
    t = torch.arange(frames)[None] - frames // 2 + torch.randint(8, (n, 1), generator=g)
    to_and_fro = 1.0 - 2.0 * (torch.div(t, long[:, None], rounding_mode="floor") % 2)
    swell = 2 * torch.sin(2 * np.pi * (t / (24 + 24 * torch.rand(n, 1, generator=g))))
    x = torch.randn(n, frames, generator=g) + swell + to_and_fro * y[:, None]
    return x[:, None, :, None, None], y


def told(rates: tuple[int, ...], seed: int) -> float:
    """Return the AP of a small volume network that looks at LOOKS pictures, asked at each of some rates."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Conv1d(1, 16, 5, padding=2), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(),
        torch.nn.Linear(16, 1),
    )  # fmt: skip
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)

    def says(x: torch.Tensor, rate: int | torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = net(sampled(x, rate, LOOKS)[:, :, :, 0, 0])[:, 0]
        return out

    among = torch.tensor(rates)
    for _ in range(400):
        x, y = lasting(64, g)
        rate = among[torch.randint(len(among), (64,), generator=g)]
        worth = torch.nn.functional.binary_cross_entropy_with_logits(says(x, rate), y.float())
        optimiser.zero_grad()
        worth.backward()
        optimiser.step()
    x, y = lasting(2000, torch.Generator().manual_seed(99))
    with torch.no_grad():
        p = torch.stack([says(x, r).sigmoid() for r in rates]).mean(0)
    return ap_ni(y.numpy(), p.numpy())


def test_several_rates_tell_more_than_one() -> None:
    one = np.mean([max(told((r,), seed) for r in (1, 4)) for seed in range(3)])
    both = np.mean([told((1, 4), seed) for seed in range(3)])
    assert both > one + 0.015


@pytest.mark.parametrize(("rate", "shift", "expected"), [
    (1, 0, [3, 4, 5, 6]), (2, 0, [1, 3, 5, 7]), (4, 0, [0, 1, 5, 9]), (1, 3, [6, 7, 8, 9]),
])  # fmt: skip
def test_pictures_at_a_rate_around_the_middle(rate: int, shift: int, expected: list[int]) -> None:
    clip = torch.arange(10.0)[None, None, :, None, None]
    assert sampled(clip, rate, 4, shift).flatten().tolist() == expected
