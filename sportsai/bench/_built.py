"""A part of `bench whole_game`: agents that glimpse at chunks built so that where to look, and when to speak, matters.

What the built chunks hold is known: an event's every frame shows it, so does a distractor's with the other sign, and
the frames around an edge tell how far it is. What each part of the agent is worth there, it need not be worth on games.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

FRAMES, SHORT, LONG = 50, 4.0, 16.0
TASKS = {
    "six frames of fifty, which meet every event": (6, 3),
    "three frames of fifty, with cues that reach further": (3, 8),
}
STEPS, BATCH, TESTED, LR = 2000, 128, 1000, 2e-3
WAYS: dict[str, dict[str, Any]] = {
    "full": {}, "no location": {"location": False}, "no indicator": {"indicator": False},
    "neither": {"indicator": False, "location": False}, "no regression": {"regression": False},
}  # fmt: skip


def built(seeds: Sequence[int], progress: Callable[[str], None] = lambda said: None) -> list[dict[str, Any]]:
    """Return the AP of the agent and of the agent without each of its parts, on built chunks it did not learn from."""
    task, rows = "Agents that glimpse, built chunks (made up)", []
    for (what, (glimpses, cue)), (name, changes) in itertools.product(TASKS.items(), WAYS.items()):
        progress(f"{task}, {what}: {name}")
        each = [learnt(seed, glimpses, cue, changes) for seed in seeds]
        ap = [e[0] for e in each]
        rows.append({
            "task": task, "read": what, "agent": name, "AP tIoU 0.5": f"{np.mean(ap):.3f}"
            + (f" ± {np.std(ap, ddof=1):.3f}" if len(ap) > 1 else ""), "candidates a chunk":
            f"{np.mean([e[1] for e in each]):.2f}", "seeds": len(ap), "CPU-s": f"{np.mean([e[2] for e in each]):.0f}",
        })  # fmt: skip
    say = (
        f"Simulated, not a game: chunks of {FRAMES} frames of which 6 or 3 are read, one or two intervals of {SHORT:g} "
        f"or {LONG:g} frames, 60 % of them events and the others distractors; the 3 (or 8) frames to either side of an "
        f"edge say how far it is, only those within which it is. {STEPS:,} steps of {BATCH} chunks, {TESTED:,} "
        "chunks test. All-point interpolated AP at a tIoU of at least 0.5."
    )
    return [*rows, {"task": task, "say": say}]


def learnt(seed: int, glimpses: int, cue: int, changes: dict[str, Any]) -> tuple[float, float, float]:
    """Return the AP of one training, how many candidates it gives a chunk, and its CPU-seconds."""
    import torch

    from sportsai.learn.spotting import Found, segment_ap
    from sportsai.learn.steps import one_thread
    from sportsai.sequence_models.glimpse import Config, Model, loss

    begun = time.process_time()
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    config = Config(
        inputs=4, classes=1, frames=FRAMES, glimpses=glimpses, width=64, dropout=0.0, wrong=-0.3, nothing=-1.0,
        length=9.0, near=True, matched=True, spaced=True, scaled=True, before=True, **changes,
    )  # fmt: skip
    model = Model(config)
    optimiser = torch.optim.Adam(model.parameters(), LR)
    with one_thread():
        for _ in range(STEPS):
            x, batch = chunks(BATCH, cue, generator)
            worth = loss(model(x, None, generator), batch, config)
            optimiser.zero_grad()
            worth.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        model.eval()
        x, batch = chunks(TESTED, cue, torch.Generator().manual_seed(99))
        with torch.no_grad():
            played = model(x)
    said = played.said[:, :, 0].reshape(-1).numpy()
    chunk = np.repeat(np.arange(TESTED), glimpses)[said]
    segment = (played.segment[:, :, 0] * FRAMES).reshape(-1, 2).numpy()[said]
    found = Found.of(chunk, chunk * 0, segment, played.sure[:, :, 0].sigmoid().reshape(-1).numpy()[said])
    real = (batch["what"] >= 0).numpy()
    at = np.nonzero(real)[0]
    ap = segment_ap(Found.of(at, at * 0, batch["segments"].numpy()[real]), found, 1, (0.5,))[0, 0]
    return float(ap), len(found) / TESTED, time.process_time() - begun


def chunks(n: int, reach: int, generator: Any) -> tuple[Any, dict[str, Any]]:
    """Return n built chunks, (n, FRAMES, 4), and what is true of them, as `glimpse.loss` wants it.

    reach: frames to either side of an edge that tell how far it is.

    Of a frame: 1 within an event, -1 within a distractor; how near it is to a beginning, to an end; how far from it.
    """
    import torch

    x = torch.zeros(n, FRAMES, 4)
    segments, what = torch.zeros(n, 2, 2), torch.full((n, 2), -1)
    at = torch.arange(FRAMES)[None].float()
    half = FRAMES // 2
    for slot in range(2):
        length = torch.where(torch.rand(n, generator=generator) < 0.5, SHORT, LONG)
        first = half * slot + 1 + torch.rand(n, generator=generator) * (half - 2 - length)
        last = first + length
        there = torch.rand(n, generator=generator) < (0.9 if slot else 1.0)
        real = torch.rand(n, generator=generator) < 0.6
        x[..., 0] += ((at >= first[:, None]) & (at <= last[:, None]) & there[:, None]) * (2 * real[:, None].float() - 1)
        for k, edge in enumerate((first, last), start=1):
            far = at - edge[:, None]
            cue = (far.abs() <= reach) & there[:, None]
            x[..., k] += cue * (1 - far.abs() / (reach + 1))
            x[..., 3] += cue * far / reach
        segments[:, slot] = torch.stack([first, last], -1)
        what[:, slot] = torch.where(there & real, 0, -1)
    return x, {"segments": segments, "what": what}
