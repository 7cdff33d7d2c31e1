"""Does moving like players carry over? A network that has seen another sport is fine-tuned with few labels.

Three beginnings of the same network: from nothing; from tracks of other sports without labels (the end of each window
is hidden and everybody's way is to be predicted); from another sport's labelled events. Each is fine-tuned with a share
of the labels of the games that train, and tested on the game left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sportsai.layers.pretext import TrajectoryHead, hidden_samples, hide_the_end, pretext_loss
from sportsai.learn.lessons import folds
from sportsai.learn.measure import headline, measure, value
from sportsai.learn.metrics import bootstrap
from sportsai.learn.networks import teach
from sportsai.learn.predict import inputs
from sportsai.learn.recipe import Recipe
from sportsai.learn.standard import standard
from sportsai.learn.steps import one_thread
from sportsai.models import load_model
from sportsai.tasks import EVENT, Examples

Progress = Callable[..., None]
SHARES = (0.1, 0.3, 1.0)
HIDDEN = 0.25  # of a window's samples


def pretrain(
    name: str, config: Any, sets: Sequence[Examples], *, steps: int = 2000, batch: int = 64, seed: int = 0,
    lr: float = 2e-3, progress: Progress | None = None,
) -> tuple[dict[str, Tensor], list[float]]:  # fmt: skip
    """Return the weights of an encoder that learned where everybody goes while hidden, and its loss every 100 steps.

    Sets are drawn in turn, so that a small one counts as much as a large one; labels and keys are not read.
    """
    generator = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        model = load_model(name).Model(config)
        head = TrajectoryHead(config.width, hidden_samples(config.frames, HIDDEN))
        each = [*model.parameters(), *head.parameters()]
        optimiser = torch.optim.AdamW(each, lr=lr, weight_decay=1e-4)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps)
        model.train()
        losses, running = [], 0.0
        for step in range(steps):
            taught = sets[step % len(sets)]
            index = np.sort(generator.choice(len(taught), min(batch, len(taught)), replace=False))
            asked = hide_the_end(inputs(taught.take(index)), HIDDEN)
            loss = pretext_loss(head(model.encode(**asked.inputs)), asked)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(each, 5.0)
            optimiser.step()
            rate.step()
            running += float(loss.detach())
            if step % 100 == 99:
                losses.append(running / 100)
                running = 0.0
                if progress:
                    progress(step + 1, steps, text=f"Pre-training, loss {losses[-1]:.3f}")
    return {k: v for k, v in model.state_dict().items() if not k.startswith("head.")}, losses


def few(train: Examples, share: float, seed: int) -> Examples:
    """Return a share of the labelled moments, at least two of each class; below 1 without their moved versions."""
    if share >= 1:
        return train
    train = train.take(train.kind == EVENT)
    generator, chosen = np.random.default_rng(seed), []
    for k in np.unique(train.windows.label):
        mine = np.flatnonzero(train.windows.label == k)
        chosen.append(generator.choice(mine, min(len(mine), max(2, round(share * len(mine)))), replace=False))
    return train.take(np.sort(np.concatenate(chosen)))


def carry_over(
    name: str, recipe: Recipe, taught: Examples, starts: Mapping[str, Mapping[str, Tensor] | None], *,
    shares: Sequence[float] = SHARES, seeds: Sequence[int] = (0, 1, 2), progress: Progress | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a row for each beginning and share of labels: figures on games never seen, and the gain over nothing.

    starts: what a beginning is called -> its weights (None: from nothing).
    """
    splits, figure = folds(taught, recipe), headline(taught)
    config = standard(name, taught, {})
    done, total = 0, len(starts) * len(shares) * len(seeds) * len(splits)
    rows: list[dict[str, Any]] = []
    for share in shares:
        base: list[Any] = []
        for title, start in starts.items():
            said = []
            for seed in seeds:
                scores = np.full((len(taught), len(taught.names)), np.nan)
                for split in splits:
                    train = few(taught.take(split.train), share, seed)
                    size = recipe.train.windows_per_epoch or int((train.kind == EVENT).sum())
                    t = recipe.train.model_copy(update={"windows_per_epoch": max(64, round(size * max(share, 0.3)))})
                    model = teach(name, config, train, taught.take(split.validation), t, seed=seed, start=start)
                    event = split.test[taught.kind[split.test] == EVENT]
                    scores[event] = model.scores(taught.take(event))
                    done += 1
                    if progress:
                        progress(done, total, text=f"{title}, {share:.0%} of the labels")
                said.append(scores)
            rows.append(_row(title, share, said, base, taught, recipe, figure))
            base = base or said
    return rows


def _row(
    title: str, share: float, said: list[Any], base: list[Any], taught: Examples, recipe: Recipe, figure: str
) -> dict[str, Any]:
    tested = np.flatnonzero(np.isfinite(said[0]).any(1))
    events = taught.take(tested)
    each = [measure(events, s[tested], recipe) for s in said]
    keys = ("accuracy", "macro-F1", "mAP")
    row: dict[str, Any] = {"start": title, "labels": share, "seeds": len(said)}
    row |= {k: float(np.mean([e[k] for e in each])) for k in keys}
    row |= {f"{k} sd": float(np.std([e[k] for e in each])) for k in keys}
    if base:

        def gain(i: Any) -> float:
            here = events.take(i)
            ours = np.mean([value(here, s[tested][i], figure) for s in said])
            return float(ours - np.mean([value(here, s[tested][i], figure) for s in base]))

        low, high = bootstrap(events.windows.game, gain, draws=200)
        row |= {"gain": gain(np.arange(len(events))), "low": low, "high": high}
    return row
