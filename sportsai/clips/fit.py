"""Fit a model of clips: games apart, the epoch chosen on validation.

Pictures are cropped at random to a corner or the middle, at three sizes (TSN's corner crops and scale jitter: Wang et
al., "Temporal segment networks", ECCV 2016), snippets taken at an interval drawn anew. `clip_activity` is then tuned to
speeds: its convolutions stand still, every clip comes at a rate drawn for it, and what it says of views at each rate is
averaged (Zhang, Li and Marsic, section 3.4), if that is no worse on validation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.clip_models import load_clip_model
from sportsai.clips.score import worth
from sportsai.clips.shelf import FIRST, Shelf, typical_s
from sportsai.clips.table import Clips
from sportsai.clips.trained import Trained, asks_flow, probabilities
from sportsai.data.splits import Split
from sportsai.errors import RecipeError, nearest
from sportsai.layers.many import binary_terms
from sportsai.layers.observe import draw_rates
from sportsai.layers.resnet import ResNet, load_backbone
from sportsai.learn.metrics import mean_ap_of
from sportsai.learn.recipe import TrainPart
from sportsai.learn.steps import choose_temperature, descend, one_thread
from sportsai.video.snippets import Reading

Progress = Callable[[int, int, str], None]
RATES = (1, 2, 4)  # pictures of a clip between two that are seen; FIRST is taught first
TUNING = 0.3  # of the epochs
CROPS = (1.0, 0.875, 0.75)
TEACH = TrainPart(epochs=20, batch=8, lr=2e-3, weight_decay=1e-3, patience=8, mirror=False)
LR = {"c3d": 5e-4, "clip_activity": 5e-4}  # deep, and without norms


def configured(name: str, classes: int, reading: Reading, given: Mapping[str, str] | None = None) -> Any:
    """Return a model's Config: what clips and labels make of it, then what is given as text, as {"width": "16"}.

    Raises RecipeError for a key the model does not know or a value that is none of its kind.
    """
    config = load_clip_model(name).Config
    kind: dict[str, Any] = {f.name: type(f.default) for f in fields(config)}
    values: dict[str, Any] = {"classes": classes}
    own = {"snippets": reading.snippets, "fields": reading.fields, "frames": reading.pictures // FIRST}
    values |= {k: v for k, v in own.items() if k in kind}
    for key, text in (given or {}).items():
        if key not in kind or key in values:
            open_ = [k for k in kind if k not in values]
            raise RecipeError(f'{name} has no option "{key}"', expected=f"one of {', '.join(open_)}",
                              todo=nearest(key, open_))  # fmt: skip
        try:
            values[key] = {"true": True, "false": False}[text.lower()] if kind[key] is bool else kind[key](text)
        except (KeyError, ValueError):
            raise RecipeError(f'{key} = "{text}"', expected=f"{kind[key].__name__}") from None
    return config(**values)


def teach(
    name: str, clips: Clips, shelf: Shelf, split: Split, t: TrainPart = TEACH, *,
    options: Mapping[str, str] | None = None, backbone: Path | None = None, speeds: bool = True,
    progress: Progress | None = None,
) -> Trained:  # fmt: skip
    """Return the model `name` taught on the clips of `split.train`; `split.validation` chooses the epoch, by `worth`.

    options: of its Config. backbone: safetensors that its two-dimensional networks begin from. speeds: tune
    `clip_activity` to them. t.mirror: pictures are mirrored at random: not where labels tell left from right.
    """
    began = time.process_time()
    room = load_clip_model(name)
    flow, y = asks_flow(name), torch.from_numpy(clips.y.astype(np.float32))
    config = configured(name, len(clips.names), shelf.reading, options)
    dice = np.random.default_rng(t.seed)
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(t.seed)
        model = room.Model(config)
        if hasattr(model, "set_mask"):
            model.set_mask(clips.y[split.train])
        if backbone is not None:
            begun(name, model, backbone)
        many = clips.many or hasattr(model, "many_labels")
        trained = Trained(name, config, model, shelf.reading, shelf.colours, clips.names, clips.many)

        def batches(rates: tuple[int, ...]) -> Iterator[dict[str, Tensor]]:
            order = dice.permutation(split.train)
            for k in range(0, len(order), t.batch):
                index = order[k : k + t.batch]
                if len(index) < 2 and len(order) > 1:  # batch norms need two
                    index = np.concatenate([index, order[:1]])
                each = draw_rates(len(index), rates)
                interval = int(dice.integers(1, shelf.reading.longest + 1))
                batch = varied(shelf.batch(index, each, interval, flow), t.mirror)
                yield batch | {"y": y[index] if many else y[index].argmax(1)}

        def cost(batch: dict[str, Tensor]) -> Tensor:
            said = model(batch["clip"], batch.get("flow"))
            if many and not hasattr(model, "many_labels"):
                return binary_terms(said, batch["y"]).mean()
            found: Tensor = room.loss(said, batch, config)
            return found

        def measure() -> float:
            return worth(clips, split.validation, probabilities(trained, shelf, split.validation))

        steps = -(-len(split.train) // t.batch)
        tuning = speeds and hasattr(model, "tune_head")
        more = max(1, round(t.epochs * TUNING)) if tuning else 0

        def say(before: int) -> Progress:
            return lambda n, of, word: progress(before + n, t.epochs + more, f"{name}, {word}") if progress else None

        trained.epoch, history = descend(
            model, t, steps, lambda: batches((FIRST,)), cost, measure, clip=5.0, figure="likelihood", progress=say(0)
        )
        if tuning:
            _tune(trained, history[trained.epoch], t.model_copy(update={"epochs": more}), steps, lambda: batches(RATES),
                  cost, measure, say(t.epochs))  # fmt: skip
        if not clips.many:
            p = np.maximum(probabilities(trained, shelf, split.validation), 1e-9)
            label = torch.from_numpy(clips.label[split.validation])
            trained.temperature = choose_temperature(torch.from_numpy(np.log(p)), label)
        trained.validation = mean_ap_of(clips.y[split.validation], probabilities(trained, shelf, split.validation))
    trained.length_s = typical_s(clips)
    trained.cpu_s = time.process_time() - began
    return trained


def _tune(
    trained: Trained, before: float, t: TrainPart, steps: int, batches: Callable[[], Iterator[dict[str, Tensor]]],
    cost: Callable[[dict[str, Tensor]], Tensor], measure: Callable[[], float], say: Progress,
) -> None:  # fmt: skip
    """Go on with the head at rates drawn for each clip; it stays what it was, worth `before`, where that is better."""
    was = {k: v.detach().clone() for k, v in trained.model.state_dict().items()}
    trained.model.tune_head()  # type: ignore[operator]
    trained.tuned = True
    at, history = descend(trained.model, t, steps, batches, cost, measure, clip=5.0, figure="likelihood", progress=say)
    if history[at] < before:
        trained.model.load_state_dict(was)
        trained.tuned = False


def begun(name: str, model: nn.Module, path: Path) -> None:
    """Give all two-dimensional networks of a model the weights of a file; RecipeError where it has none."""
    found = [m for m in model.modules() if isinstance(m, ResNet)]
    if not found:
        raise RecipeError(f"{name} has no two-dimensional backbone", expected="frame_net or stpn",
                          todo="Leave --backbone out.")  # fmt: skip
    for one in found:
        load_backbone(one, path)


def varied(batch: dict[str, Tensor], mirror: bool) -> dict[str, Tensor]:
    """Return a batch cropped to a corner or the middle at one of CROPS, as large as it was; half of it mirrored.

    Flow grows with the picture, and points the other way along x where it is mirrored.
    """
    share = CROPS[int(torch.randint(len(CROPS), ()))]
    out = dict(batch)
    H, W = batch["clip"].shape[-2:]
    h, w = max(round(share * H), 1), max(round(share * W), 1)
    top, left = ((0, 0), (0, W - w), (H - h, 0), (H - h, W - w), ((H - h) // 2, (W - w) // 2))[
        int(torch.randint(5, ()))
    ]
    swap = torch.rand(len(batch["clip"])) < 0.5 if mirror else torch.zeros(len(batch["clip"]), dtype=torch.bool)
    for key in ("clip", "flow"):
        if key not in batch:
            continue
        x = batch[key][..., top : top + h, left : left + w]
        if share < 1:
            x = F.interpolate(x.flatten(1, 2), (H, W), mode="bilinear", align_corners=False).unflatten(1, x.shape[1:3])
        if key == "flow":
            scale = torch.tensor([W / w, H / h]).repeat(x.shape[2] // 2)[:, None, None]
            x = x * scale
        if mirror:
            turned = x.flip(-1)
            if key == "flow":
                turned = turned * torch.tensor([-1.0, 1.0]).repeat(x.shape[2] // 2)[:, None, None]
            x = torch.where(swap[:, None, None, None, None], turned, x)
        out[key] = x
    return out
