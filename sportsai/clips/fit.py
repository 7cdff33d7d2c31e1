"""Fit a model of clips: games apart, the epoch chosen on validation, what is tested tested once, a baseline beside it.

Pictures are cropped at random to a corner or the middle, at three sizes (TSN's corner crops and scale jitter: Wang et
al., "Temporal segment networks", ECCV 2016), snippets taken at an interval drawn anew. `clip_activity` is then tuned to
speeds: its convolutions stand still, every clip comes at a rate drawn for it, and what it says of views at each rate is
averaged (Zhang, Li and Marsic, section 3.4), if that is no worse on validation.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from sportsai.clip_models import load_clip_model
from sportsai.clip_models.clip_activity import over_rates, sampled
from sportsai.clips.plain import numbers, regression
from sportsai.clips.shelf import FIRST, Shelf, tensors, typical_s
from sportsai.clips.table import Clips
from sportsai.data.splits import Split
from sportsai.errors import RecipeError, nearest
from sportsai.layers.many import binary_terms
from sportsai.layers.observe import draw_rates
from sportsai.layers.resnet import ResNet, load_backbone
from sportsai.learn.metrics import (
    accuracy,
    balanced_accuracy,
    bootstrap,
    confusion,
    macro_f1,
    mean_ap_of,
)
from sportsai.learn.recipe import TrainPart
from sportsai.learn.steps import choose_temperature, descend, one_thread
from sportsai.video.snippets import Clip, Reading

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Progress = Callable[[int, int, str], None]
RATES = (1, 2, 4)  # pictures of a clip between two that are seen; FIRST is taught first
VIEWS = tuple((FIRST, s) for s in (-1, 0, 1, 2)) + tuple((r, 2 * r * s) for r in (1, 4) for s in (-1, 0, 1))
TUNING = 0.3  # of the epochs
CROPS = (1.0, 0.875, 0.75)
LEAST_GAMES = 3  # that an interval is drawn over
PLAIN, SHARES = "colours and flow, logistic regression", "shares of the labels"
TEACH = TrainPart(epochs=20, batch=8, lr=2e-3, weight_decay=1e-3, patience=8, mirror=False)
LR = {"c3d": 5e-4, "clip_activity": 5e-4}  # deep, and without norms


@dataclass
class Trained:
    """A model that was taught clips, and what it needs to be asked.

    name, config: of `sportsai.clip_models`. reading, colours: how clips are read, see `Shelf`. names: its labels. many:
    several may hold. temperature: its log-probabilities are divided by (one class of several). tuned: to speeds.
    length_s: of the clips it was taught, the median. validation: mAP there. epoch: the one kept.
    """

    name: str
    config: Any
    model: nn.Module
    reading: Reading
    colours: str
    names: tuple[str, ...]
    many: bool
    temperature: float = 1.0
    tuned: bool = False
    length_s: float = 2.0
    validation: float = float("nan")
    epoch: int = 0
    cpu_s: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Numbers the model learned."""
        return sum(p.numel() for p in self.model.parameters())

    def says(self, clips: Sequence[Clip]) -> Float:
        """Return each clip's probabilities, (n, A)."""
        return asked(self, tensors(clips, self.reading, self.colours, None, flow=asks_flow(self.name)))


def asks_flow(name: str) -> bool:
    """Return whether a model reads flow."""
    flow = inspect.signature(load_clip_model(name).Model.forward).parameters.get("flow")
    return flow is not None and flow.default is inspect.Parameter.empty


@torch.no_grad()
def asked(t: Trained, batch: Mapping[str, Tensor]) -> Float:
    """Return probabilities (B, A) of a batch whose clips hold all their pictures, at all rates where it was tuned."""
    t.model.eval()
    if t.tuned:
        p = over_rates(t.model, batch["clip"], VIEWS)  # type: ignore[arg-type]
    else:
        clip = sampled(batch["clip"], FIRST, t.reading.pictures // FIRST)
        logits = t.model(clip, batch.get("flow"))
        p = logits.sigmoid() if t.many or hasattr(t.model, "many_labels") else logits.softmax(1)
    out = p.double().numpy()
    if t.many:
        return np.asarray(out)
    z = np.log(np.maximum(out, 1e-9)) / t.temperature
    z = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(z / z.sum(1, keepdims=True))


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


def probabilities(t: Trained, shelf: Shelf, index: Int, size: int = 8) -> Float:
    """Return probabilities of some clips of a shelf, (n, A)."""
    said = [
        asked(t, shelf.batch(index[k : k + size], None, flow=asks_flow(t.name))) for k in range(0, len(index), size)
    ]
    return np.concatenate(said) if said else np.zeros((0, len(t.names)))


def worth(clips: Clips, index: Int, p: Float) -> float:
    """Return the geometric mean of the probabilities (n, A) of what is true of some clips, at the best temperature.

    What is chosen is chosen by this: of few clips mAP is soon 1, whatever the likeliest label is.
    """
    y, p = clips.y[index], np.clip(p, 1e-6, 1 - 1e-6)
    if clips.many:
        return float(np.exp(np.log(np.where(y, p, 1 - p)).mean()))
    z, label = torch.from_numpy(np.log(p)), torch.from_numpy(clips.label[index])
    return float(torch.exp(-F.cross_entropy(z / choose_temperature(z, label), label)))


def figures(clips: Clips, index: Int, p: Float) -> dict[str, float]:
    """Return how good probabilities (n, A) of some clips are: mAP, of one class of several also accuracies."""
    y = clips.y[index]
    found = {"mAP": mean_ap_of(y, p)}
    if not clips.many:
        table = confusion(clips.label[index], p.argmax(1), len(clips.names))
        found |= {
            "accuracy": accuracy(table), "balanced accuracy": balanced_accuracy(table), "macro-F1": macro_f1(table),
        }  # fmt: skip
    return found


def weighed(clips: Clips, shelf: Shelf, split: Split, trained: Sequence[Trained]) -> list[dict[str, Any]]:
    """Return a row for each model, the classical baseline and the labels' shares: figures on `split.test`, once.

    "interval": of mAP, drawn by game, where there are LEAST_GAMES that test.
    """
    said = {m.name: (probabilities(m, shelf, split.test), m.validation) for m in trained}
    plain = regression(numbers(shelf), clips.y, clips.many, split.train, split.validation)
    shares = np.tile(clips.y[split.train].mean(0), (len(clips), 1))
    said |= {
        name: (p[split.test], mean_ap_of(clips.y[split.validation], p[split.validation]))
        for name, p in ((PLAIN, plain), (SHARES, shares))
    }
    game = np.array(clips.game)[split.test]
    rows = []
    for name, (p, validation) in said.items():
        row: dict[str, Any] = {"model": name, **figures(clips, split.test, p), "validation mAP": validation}

        def figure(i: Int, p: Float = p) -> float:
            return mean_ap_of(clips.y[split.test][i], p[i])

        row["interval"] = bootstrap(game, figure, draws=300) if len(set(game)) >= LEAST_GAMES else None
        rows.append(row)
    return rows
