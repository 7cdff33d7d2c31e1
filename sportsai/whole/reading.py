"""Find the moments of a game by reading few of its frames: which were read is counted, what they show is all there is.

even     a grid over the whole game
scout    a coarse grid, then round after round the frames a scout asks for (`sequence_models.scout`)
glimpse  an agent's glimpses of each chunk (`sequence_models.glimpse`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sportsai.data.frames import NAMES
from sportsai.data.timeline import BALL, Timeline, clock_gaps, named, own
from sportsai.errors import DataError
from sportsai.learn.steps import one_thread
from sportsai.sequence_models.scout import chosen
from sportsai.whole.heat import EDGE, PIECE, mirror_images

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]

BUDGET = 0.05  # of the frames of play, where no share is asked for
SHARES = (0.05, 0.1, 0.2)  # that tables show; BUDGET is one of them
START = 0.5  # of the budget goes into the first grid
ROUNDS = 4  # in which the rest is spent


@dataclass(frozen=True)
class Read:
    """What was said of a game of which some frames were read.

    heat (N, K) probabilities. frame (R,): the frames, in the order they were read. round (R,): in which round.
    """

    heat: Float
    frame: Int
    round: Int

    @property
    def share(self) -> float:
        """Of the frames of play, how many were read."""
        return len(self.frame) / max(len(self.heat), 1)


def count_of(frames: int, budget: float) -> int:
    """Return how many frames a budget buys; DataError where it is no share, or buys none."""
    if not 0 < budget <= 1:
        raise DataError(f"a budget of {budget:g}", expected="a share of the frames of play, above 0 and at most 1",
                        todo="For example 0.05: one frame in twenty.")  # fmt: skip
    count = int(budget * frames)
    if count < 1:
        raise DataError(f"a budget of {budget:g} of {frames} frames buys none", expected="one frame at least",
                        todo=f"Ask for at least {1 / max(frames, 1):.2g}.")  # fmt: skip
    return count


def even(count: int, frames: int) -> Int:
    """Return `count` frames spread evenly over all."""
    return np.unique(((np.arange(count) + 0.5) * frames / count).astype(np.int64))


def scout(
    models: Sequence[Any], line: Timeline, budget: float, *, gaps: bool = False, ball_only: bool = False,
    start: float = START, rounds: int = ROUNDS, wants: bool = True, mirrors: bool = True,
    only: Sequence[int] | None = None,
) -> Read:  # fmt: skip
    """Return what scouts say of a game of which they read a share `budget`.

    Parameters
    ----------
    gaps: they are told how long the clock stood, which the times alone say. ball_only: of a frame only the ball. start:
        share of the budget of the first grid; 1: no more is asked for. wants: they ask where they think themselves
        wrong; else where they are undecided. mirrors: what is said in the end is the mean over mirror images.
        only: classes they ask about; all when None.
    """
    N, count = len(line), count_of(len(line), budget)
    known = clock_gaps(line.frames, np.arange(N)) if gaps else np.zeros((N, 0), np.float32)
    wide = len(BALL if ball_only else NAMES)
    x = np.concatenate([np.zeros((N, wide), np.float32), known], 1)
    read, order, when = np.zeros(N, bool), [], []

    def look(frames: Int, number: int) -> None:
        x[frames, :wide] = own(line.frames.read(frames), ball_only)
        read[frames] = True
        order.append(frames)
        when.append(np.full(len(frames), number))

    first = count if start >= 1 or rounds < 1 else max(1, round(count * start))
    look(even(first, N), 0)
    for number in range(1, rounds + 1) if first < count else ():
        left = count - int(read.sum())
        heat, want = ask(models, x, read, line.stretches())
        wrong = want if wants else heat * (1 - heat)
        worth = (wrong if only is None else wrong[:, list(only)]).sum(1)
        look(chosen(worth, read, left // (rounds + 1 - number)), number)
    names = named(ball_only=ball_only, gaps=gaps)
    heat = np.mean([ask(models, seen, read, line.stretches())[0] for seen in mirror_images(x, names, mirrors)], axis=0)
    return Read(heat, np.concatenate(order), np.concatenate(when))


def ask(models: Sequence[Any], x: Float32, read: Bool, stretches: Sequence[tuple[int, int]]) -> tuple[Float, Float]:
    """Return what scouts say and where they would read on, (N, K) each, the mean over them, piece by piece."""
    K = models[0].config.classes
    heat, want = np.zeros((len(x), K)), np.zeros((len(x), K))
    with torch.inference_mode(), one_thread():
        for model in models:
            model.eval()
            for first, end in stretches:
                for a in range(first, end, PIECE):
                    b, lo, hi = min(a + PIECE, end), max(first, a - EDGE), min(end, a + PIECE + EDGE)
                    said = model(torch.from_numpy(x[lo:hi])[None], None, torch.from_numpy(read[lo:hi])[None])
                    heat[a:b] += said.logit[0, a - lo : b - lo].sigmoid().numpy()
                    want[a:b] += said.want[0, a - lo : b - lo].numpy()
    return heat / len(models), want / len(models)


def glimpses(model: Any, line: Timeline, gaps: bool = False, ball_only: bool = False) -> Read:
    """Return what a glimpse agent says of a game, all its chunks played side by side, glimpse by glimpse.

    Its segments become heat: at the middle of each one that is said, how sure it was. Chunks do not overlap.
    """
    c = model.config
    chunks = [(a, min(a + c.frames, end)) for first, end in line.stretches() for a in range(first, end, c.frames)]
    if not chunks:
        raise DataError("a game without frames", expected="frames of play")
    first = np.array([a for a, _ in chunks])
    known = clock_gaps(line.frames, np.arange(len(line))) if gaps else np.zeros((len(line), 0), np.float32)
    count = torch.tensor([b - a for a, b in chunks])
    order: list[Int] = []

    def read(frame: torch.Tensor) -> torch.Tensor:
        at = first + frame.numpy()
        order.append(at)
        return torch.from_numpy(np.concatenate([own(line.frames.read(at), ball_only), known[at]], 1))

    model.eval()
    with torch.inference_mode(), one_thread():
        played = model.play(read, count)
        sure = played.sure.sigmoid()
        middle = played.segment.mean(-1) * c.frames - 0.5
    heat = np.zeros((len(line), c.classes))
    for b, (a, end) in enumerate(chunks):
        at = np.clip(np.rint(middle[b].numpy()).astype(np.int64) + a, a, end - 1)  # (G, K)
        said = played.said[b].numpy()
        for k in range(c.classes):
            np.maximum.at(heat[:, k], at[said[:, k], k], sure[b, :, k].numpy()[said[:, k]])
    frame, round_of = np.concatenate(order), np.repeat(np.arange(len(order)), len(chunks))
    _, once = np.unique(frame, return_index=True)
    return Read(heat, frame[np.sort(once)], round_of[np.sort(once)])
