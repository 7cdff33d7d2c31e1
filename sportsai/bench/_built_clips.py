"""Built chunks on which a part of a model of clips is needed, and how well each way of building the model tells them.

agreeing   which of two classes is told by whether a picture's code and its motion's agree: side by side, a linear
           answer cannot tell; their products can
moving     of several objects in the picture the one that moves says the class: guided by picture and motion the network
           looks there; guided by the picture alone it cannot know, and the mean of all places is no better
lasting    what goes to and fro at every picture, or at every fourth, is told best when views at both rates are asked
flagged    one frame of a chunk, at a random time, says its class in a stream beside the one that is read, noise
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

PLACES, CODE, LOOKS = 9, 8, 8
SEEDS = 3


def agreeing(n: int, g: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return maps (n, 9, 8), (n, 2, 9, 8) whose codes, one of two in each, agree (class 1) or do not."""
    import torch

    codes = torch.eye(CODE)[:2] * 2
    a, b = torch.randint(2, (2, n), generator=g)
    picture = codes[a][:, None] + 0.3 * torch.randn(n, PLACES, CODE, generator=g)
    snippets = codes[b][:, None, None] + 0.3 * torch.randn(n, 2, PLACES, CODE, generator=g)
    return picture, snippets, (a == b).long()


def moving(n: int, g: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return maps with four objects of four kinds at places drawn anew; the kind of the one that moves is the class."""
    import torch

    kinds = torch.eye(CODE)[:4] * 3
    order = torch.rand(n, PLACES, generator=g).argsort(1)[:, :4]
    kind = torch.randint(4, (n, 4), generator=g)
    picture = 0.3 * torch.randn(n, PLACES, CODE, generator=g)
    picture.scatter_add_(1, order[..., None].expand(-1, -1, CODE), kinds[kind])
    snippets = 0.3 * torch.randn(n, 2, PLACES, CODE, generator=g)
    snippets[torch.arange(n)[:, None], torch.arange(2)[None], order[:, :1], 5] += 4.0
    return picture, snippets, kind[:, 0]


def pyramid(make: Callable[..., Any], classes: int, seed: int, steps: int = 250, **options: Any) -> float:
    """Return how often a pyramid is right on 1,000 chunks it never saw."""
    import torch

    from sportsai.clip_models.stpn import Config, Pyramid

    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    model = Pyramid(CODE, CODE, Config(classes=classes, snippets=2, d=256, hidden=32, dropout=0.0, **options))
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(steps):
        picture, snippets, y = make(64, g)
        worth = torch.nn.functional.cross_entropy(model(picture, snippets), y)
        optimiser.zero_grad()
        worth.backward()
        optimiser.step()
    picture, snippets, y = make(1000, torch.Generator().manual_seed(99))
    with torch.no_grad():
        return float((model.eval()(picture, snippets).argmax(1) == y).float().mean())


def lasting(n: int, g: torch.Generator, frames: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (n, 1, frames, 1, 1) noise over a slow swell and, in half of them, something to and fro: at every picture,
    or at every fourth."""
    import torch

    y = torch.randint(2, (n,), generator=g)
    long = torch.where(torch.rand(n, generator=g) < 0.5, 1, 4)
    t = torch.arange(frames)[None] - frames // 2 + torch.randint(8, (n, 1), generator=g)
    to_and_fro = 1.0 - 2.0 * (torch.div(t, long[:, None], rounding_mode="floor") % 2)
    swell = 2 * torch.sin(2 * np.pi * (t / (24 + 24 * torch.rand(n, 1, generator=g))))
    x = torch.randn(n, frames, generator=g) + swell + to_and_fro * y[:, None]
    return x[:, None, :, None, None], y


def told(rates: tuple[int, ...], seed: int) -> float:
    """Return the AP of a small volume network that looks at LOOKS pictures, asked at each of some rates."""
    import torch

    from sportsai.clip_models.clip_activity import sampled
    from sportsai.learn.metrics import ap_ni

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


def flagged(n: int, g: torch.Generator) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    """A stream that says nothing (2 numbers), and one in which every frame shows one of four codes, of which the one
    at a flag, at a random time, is the chunk's class."""
    import torch

    x = 0.5 * torch.randn(n, 8, 7, generator=g)
    kind, at = torch.randint(4, (n,), generator=g), torch.randint(8, (n,), generator=g)
    every = torch.randint(4, (n, 8), generator=g)
    x[..., 2], x[..., 3:] = 0.0, torch.eye(4)[every] + 0.2 * torch.randn(n, 8, 4, generator=g)
    rows = torch.arange(n)
    x[rows, at, 2], x[rows, at, 3:] = 1.0, torch.eye(4)[kind]
    heat = torch.zeros(n, 8, 4)
    heat[rows, at, kind] = 1.0
    return x, {"heat": heat, "there": torch.ones(n, 8, dtype=torch.bool)}, kind, at


def attended(seed: int, attends: tuple[int, ...] = (2, 3, 4, 5, 6), **changes: Any) -> tuple[float, float]:
    """Return how often the class is right, and how much the flagged frame is looked at, 1 if all were alike."""
    import torch

    from sportsai.sequence_models import attention_lstm

    g = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    sizes: dict[str, Any] = {"width": 16, "match": 16, "dropout": 0.0, "reads": (0, 1)}
    config = attention_lstm.Config(inputs=7, classes=4, attends=attends, **sizes, **changes)
    model = attention_lstm.Model(config)
    opt = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(160):
        x, batch, _, _ = flagged(64, g)
        cost = attention_lstm.loss(model(x, batch["there"]), batch, config)
        opt.zero_grad()
        cost.backward()
        opt.step()
    x, batch, kind, at = flagged(400, torch.Generator().manual_seed(99))
    with torch.no_grad():
        chance, where = model.eval().looks(x, batch["there"])
    return (chance.argmax(1) == kind).float().mean().item(), where[torch.arange(400), at, 0].mean().item()


PYRAMIDS: dict[str, dict[str, dict[str, Any]]] = {  # a built task -> ways, the one that should be best first
    "agreeing": {
        "compact bilinear": {"attention": "none", "fusion": "compact"},
        "side by side": {"attention": "none", "fusion": "concat"},
    },
    "moving": {
        "guided by picture and motion": {"attention": "motion"}, "by the picture": {"attention": "spatial"},
        "the mean of all places": {"attention": "none"},
    },
}  # fmt: skip
CLASSES = {"agreeing": 2, "moving": 4}
ATTENTIONS: dict[str, dict[str, Any]] = {
    "attends to the telling stream, every step": {}, "the same, last step only": {"last": True},
    "that stream's mean": {"context": "mean"}, "attends to the stream it reads": {"attends": (0, 1)},
    "attends to nothing": {"context": "none"},
}  # fmt: skip


def ablated(seeds: int, say: Callable[[int, int], None]) -> list[dict[str, Any]]:
    """Return a row for each way of each built task, means over seeds."""
    rows = []
    makes: dict[str, Callable[..., Any]] = {"agreeing": agreeing, "moving": moving}
    for n, (built, ways) in enumerate(PYRAMIDS.items()):
        say(n, 4)
        for way, options in ways.items():
            each = [pyramid(makes[built], CLASSES[built], seed, **options) for seed in range(seeds)]
            rows.append(_row("stpn", built, way, "accuracy", 1 / CLASSES[built], each))
    say(2, 4)
    for way, rates in (("both rates", (1, 4)), ("every picture", (1,)), ("every fourth", (4,))):
        each = [told(rates, seed) for seed in range(seeds)]
        rows.append(_row("clip_activity's views", "lasting", way, "AP", 0.5, each))
    say(3, 4)
    for way, changes in ATTENTIONS.items():
        each = [attended(seed, **changes)[0] for seed in range(seeds)]
        rows.append(_row("aLSTM", "flagged", way, "accuracy", 0.25, each))
    return rows


def _row(model: str, built: str, way: str, what: str, chance: float, each: list[float]) -> dict[str, Any]:
    return {"task": "Built chunks: is each part needed?", "model": model, "chunks": built, "way": way,
            "figure": f"{what} {np.mean(each):.3f} ± {np.std(each):.3f}", "chance": f"{chance:.2f}",
            "seeds": len(each)}  # fmt: skip
