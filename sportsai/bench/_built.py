"""A part of `bench whole_game`: agents that glimpse at chunks built so that where to look, and when to speak, matters.

What the built chunks hold is known. An event's every frame shows it, so does a distractor's with the other sign; the
frames around an edge tell how far it is; every frame tells about where the nearest of both is, the further the less
exactly. So the agent must go there to know what it is and how long; it comes by twice, and must say it once. What each
part of the agent is worth there, it need not be worth on games.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

FRAMES, GLIMPSES, SHORT, LONG = 104, 6, 4.0, 16.0
CUE, EVENTS, BOTH, NOISE = 3, 0.5, 0.9, 0.3
STEPS, BATCH, TESTED, LR = 8000, 128, 2000, 2e-3
WAYS: dict[str, dict[str, Any]] = {
    "full": {}, "no indicator": {"indicator": False}, "no location": {"location": False},
    "neither": {"indicator": False, "location": False}, "no regression": {"regression": False},
}  # fmt: skip


def built(
    seeds: Sequence[int], keep: Path, progress: Callable[[str], None] = lambda said: None
) -> list[dict[str, Any]]:
    """Return the AP of the agent and of the agent without each of its parts, on built chunks it did not learn from.

    keep: folder for finished trainings' figures.
    """
    task, rows = "Agents that glimpse, built chunks (made up)", []
    for name, changes in WAYS.items():
        each = []
        for seed in seeds:
            progress(f"{task}: {name}, seed {seed}")
            each.append(_kept(keep, seed, changes))
        ap = [e[0] for e in each]
        rows.append({
            "task": task, "agent": name, "AP tIoU 0.5": f"{np.mean(ap):.3f}"
            + (f" ± {np.std(ap, ddof=1):.3f}" if len(ap) > 1 else ""), "each seed": ", ".join(f"{a:.3f}" for a in ap),
            "candidates a chunk": f"{np.mean([e[1] for e in each]):.2f}", "seeds": len(ap),
            "CPU-s": f"{np.mean([e[2] for e in each]):.0f}",
        })  # fmt: skip
    say = (
        f"Simulated, not a game: chunks of {FRAMES} frames of which {GLIMPSES} are read, one or two intervals of "
        f"{SHORT:g} or {LONG:g} frames, half of them events and half distractors, told apart only from within; the "
        f"{CUE} frames to either side of an edge say how far it is, every frame where the middle of the nearest is, "
        f"off by {NOISE:.0%} of the way. {STEPS:,} steps of {BATCH} chunks, {TESTED:,} chunks test. All-point "
        "interpolated AP at a tIoU of at least 0.5. The agent judges each choice by what it changes."
    )
    return [*rows, {"task": task, "say": say}]


def _kept(keep: Path, seed: int, changes: dict[str, Any]) -> tuple[float, float, float]:
    """Return what a training measured, from its file where it is finished."""
    from sportsai.learn.trials import digest
    from sportsai.library.atomic import write_bytes

    asked = (FRAMES, GLIMPSES, SHORT, LONG, CUE, EVENTS, BOTH, NOISE, STEPS, BATCH, TESTED, LR, seed, changes)
    path = keep / f"built-{digest(*asked)}.json"
    if not path.is_file():
        keep.mkdir(parents=True, exist_ok=True)
        write_bytes(path, json.dumps(learnt(seed, changes)).encode())
    ap, said, cpu_s = json.loads(path.read_text())
    return ap, said, cpu_s


def learnt(seed: int, changes: dict[str, Any]) -> tuple[float, float, float]:
    """Return the AP of one training, how many candidates it gives a chunk, and its CPU-seconds."""
    import torch

    from sportsai.learn.spotting import Found, segment_ap
    from sportsai.learn.steps import one_thread
    from sportsai.sequence_models.glimpse import Config, Model, loss

    begun = time.process_time()
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    config = Config(
        inputs=6, classes=1, frames=FRAMES, glimpses=GLIMPSES, width=64, dropout=0.0, nothing=-1.0, length=9.0,
        entropy=0.01, spread=0.05, near=True, matched=True, spaced=True, scaled=True, before=True, apart=True,
        **changes,
    )  # fmt: skip
    model = Model(config)
    optimiser = torch.optim.Adam(model.parameters(), LR)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, LR, total_steps=STEPS)
    with one_thread():
        for _ in range(STEPS):
            x, batch = chunks(BATCH, generator)
            worth = loss(model(x, None, generator), batch, config)
            optimiser.zero_grad()
            worth.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            rate.step()
        model.eval()
        x, batch = chunks(TESTED, torch.Generator().manual_seed(99))
        with torch.no_grad():
            played = model(x)
    said = played.said[:, :, 0].reshape(-1).numpy()
    chunk = np.repeat(np.arange(TESTED), GLIMPSES)[said]
    segment = (played.segment[:, :, 0] * FRAMES).reshape(-1, 2).numpy()[said]
    found = Found.of(chunk, chunk * 0, segment, played.sure[:, :, 0].sigmoid().reshape(-1).numpy()[said])
    real = (batch["what"] >= 0).numpy()
    at = np.nonzero(real)[0]
    ap = segment_ap(Found.of(at, at * 0, batch["segments"].numpy()[real]), found, 1, (0.5,))[0, 0]
    return float(ap), len(found) / TESTED, time.process_time() - begun


def chunks(n: int, generator: Any) -> tuple[Any, dict[str, Any]]:
    """Return n built chunks, (n, FRAMES, 6), and what is true of them, as `glimpse.loss` wants it.

    Of a frame: 1 within an event, -1 within a distractor; how near it is to a beginning, to an end; how far from it;
    about how far the middle of the nearest interval is, in halves of the chunk and in tens of frames, at most one.
    """
    import torch

    x = torch.zeros(n, FRAMES, 6)
    segments, what = torch.zeros(n, 2, 2), torch.full((n, 2), -1)
    at = torch.arange(FRAMES)[None].float()
    half = FRAMES // 2
    away = torch.full((n, 2, FRAMES), 1e3)
    for slot in range(2):
        length = torch.where(torch.rand(n, generator=generator) < 0.5, SHORT, LONG)
        first = half * slot + 1 + torch.rand(n, generator=generator) * (half - 2 - length)
        last = first + length
        there = torch.rand(n, generator=generator) < (BOTH if slot else 1.0)
        real = torch.rand(n, generator=generator) < EVENTS
        x[..., 0] += ((at >= first[:, None]) & (at <= last[:, None]) & there[:, None]) * (2 * real[:, None].float() - 1)
        for k, edge in enumerate((first, last), start=1):
            far = at - edge[:, None]
            cue = (far.abs() <= CUE) & there[:, None]
            x[..., k] += cue * (1 - far.abs() / (CUE + 1))
            x[..., 3] += cue * far / CUE
        away[:, slot] = torch.where(there[:, None], ((first + last) / 2)[:, None] - at, 1e3)
        segments[:, slot] = torch.stack([first, last], -1)
        what[:, slot] = torch.where(there & real, 0, -1)
    near = away.gather(1, away.abs().argmin(1, keepdim=True))[:, 0]
    near = near * (1 + NOISE * torch.randn(n, FRAMES, generator=generator))
    x[..., 4], x[..., 5] = (near / half).clamp(-1, 1), (near / 10).clamp(-1, 1)
    return x, {"segments": segments, "what": what}
