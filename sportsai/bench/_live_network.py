"""One question to each network that is asked live: torch beside onnxruntime, and what that means for the whole."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from sportsai.bench._live_games import EVERY_S, Followed, as_set, beyondsight, followed

TIMES = 200
FRAMES = 130  # of a usual question to the labels of every frame
TASK = "One question, torch beside onnxruntime"
WINS = 1.3  # times faster end to end from which onnxruntime is used


def network(quick: bool) -> list[dict[str, Any]]:
    """Return milliseconds of a question by both, and processor time of the whole with each."""
    times = TIMES // 10 if quick else TIMES
    say = (
        f"One thread each, in turn on the same input in one process; medians of {times}, and of the ratios. "
        f"`sportsai live` asks onnxruntime where the whole is {WINS:g} times faster with it. Shared-Compare is "
        "exported with top-k in place of its stable sort, which onnx does not have: it would not win the whole even "
        "so, for the network is a small share of it. A MultiLSTM is a loop over frames, which an exported graph writes "
        "out for one length: torch."
    )
    return [*_steps(times), *_wholes(quick), {"task": TASK, "say": say}]


def _steps(times: int) -> list[dict[str, Any]]:

    from sportsai.live.compiled import Asked

    dice, labels = np.random.default_rng(0), _weights("frame_labels")
    inputs = labels.recipe.data.inputs
    x = dice.normal(size=(FRAMES, inputs)).astype(np.float32)
    models = [m.model for m in labels.model.members]
    quick, plain = Asked(models, inputs), Asked(models, inputs, compiled=False)
    if quick.by == "torch":
        return [{"task": TASK, "case": "frame_labels", "say": f"Not measured: {quick.why}"}]
    rows = [_row(f"frame_labels: {len(models)} x SpotConv, {FRAMES} frames", lambda: plain(x), lambda: quick(x), times)]
    model, asked = _weights("recognise").model.eval(), _asked()
    return [*rows, _shared(model, list(asked), tuple(asked.values()), times)]


def _asked() -> dict[str, Any]:
    """Return what the recogniser's network was asked in a question of the usual size."""
    weights, asked = _weights("recognise"), list[dict[str, Any]]()
    hook = weights.model.register_forward_pre_hook(lambda _, __, given: asked.append(given), with_kwargs=True)
    _followed(weights, _lines(500))
    hook.remove()
    return sorted(asked, key=lambda a: len(a["xy"]))[len(asked) // 2]


def _shared(model: Any, names: list[str], given: tuple[Any, ...], times: int) -> dict[str, Any]:
    import onnxruntime
    import torch

    from sportsai.live.compiled import exported

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: torch.Tensor) -> torch.Tensor:
            said: torch.Tensor = self.model(**dict(zip(names, values, strict=True)))
            return said

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with patch.object(torch.Tensor, "sort", _top), patch.object(torch.Tensor, "diff", _change):
        graph = exported(Named().eval(), given, names, {})
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    feed = {n.name: v.numpy() for n in session.get_inputs() for v in [given[names.index(n.name)]]}

    def plain() -> Any:
        with torch.inference_mode():
            return model(**dict(zip(names, given, strict=True))).numpy()

    case = f"recognise: Shared-Compare, {len(given[0])} windows"
    return _row(case, plain, lambda: session.run(None, feed)[0], times)


def _top(self: Any, dim: int = -1, stable: bool = True) -> Any:
    return self.topk(self.shape[dim], dim, largest=False)


def _change(self: Any, n: int = 1, dim: int = -1, prepend: Any = None) -> Any:
    import torch

    x = self if prepend is None else torch.cat([prepend, self], dim)
    return x.narrow(dim, 1, x.shape[dim] - 1) - x.narrow(dim, 0, x.shape[dim] - 1)


def _row(case: str, plain: Callable[[], Any], quick: Callable[[], Any], times: int) -> dict[str, Any]:
    from sportsai.learn.steps import one_thread

    with one_thread():
        apart = float(np.abs(plain() - quick()).max())
        spent = np.empty((times, 2))
        for i in range(times):
            for k, ask in enumerate((plain, quick)):
                began = time.perf_counter()
                ask()
                spent[i, k] = time.perf_counter() - began
    torch_s, other_s = np.median(spent, 0)
    return {
        "task": TASK, "case": case, "torch_ms": round(1e3 * float(torch_s), 2),
        "onnxruntime_ms": round(1e3 * float(other_s), 2),
        "times_faster": round(float(np.median(spent[:, 0] / spent[:, 1])), 2), "apart": f"{apart:.0e}",
        "target": "apart <= 1e-05", "ok": apart <= 1e-5,
    }  # fmt: skip


def _wholes(quick: bool) -> list[dict[str, Any]]:
    task = "The whole of live with each"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.jsonl"
        lines = _lines(2000 if quick else 4000)
        path.write_bytes(b"".join(lines))
        follow = Followed("", path, "soccer", (), {}, home_attacks="right")
        spent: dict[str, list[float]] = {"torch": [], "onnxruntime": []}
        said: dict[str, Any] = {}
        for _ in range(1 if quick else 3):
            for by in spent:
                told = followed(follow, "frame_labels", compiled=by == "onnxruntime")
                spent[told["by"]].append(told["cpu_s"])
                said[told["by"]] = {k: v[:3] for k, v in as_set(told["events"]).items()}
        share, whole = _share(lines)
    rows: list[dict[str, Any]] = []
    if spent["onnxruntime"]:
        a, b = (float(np.median(spent[by])) for by in ("torch", "onnxruntime"))
        rows.append({"task": task, "case": "frame_labels", "torch_cpu_s": round(a, 2), "onnxruntime_cpu_s": round(b, 2),
                     "times_faster": round(a / b, 2), "same_events": "yes" if said["torch"] == said["onnxruntime"]
                     else "no", "used": "onnxruntime" if a / b >= WINS else "torch"})  # fmt: skip
    bound = 1 / (1 - share)
    rows.append({"task": task, "case": "recognise", "torch_cpu_s": round(whole, 2), "network_share": f"{share:.0%}",
                 "times_faster": f"at most {bound:.2f}", "used": "torch"})  # fmt: skip
    say = (
        f"A real stretch of {len(lines) / 25:.0f} s at 25 Hz; processor seconds, the median of 3. `network_share`: of "
    )
    say += (
        "the processor time, what is spent in the network; a network that costs nothing would make the whole at most "
    )
    return [*rows, {"task": task, "say": say + "so many times faster."}]


def _share(lines: list[bytes]) -> tuple[float, float]:
    """Return the share of the recogniser's network in the processor time of the whole, and that time in seconds."""
    weights, began, inside = _weights("recognise"), [0.0], [0.0]

    def before(*_: Any) -> None:
        began[0] = time.process_time()

    def after(*_: Any) -> None:
        inside[0] += time.process_time() - began[0]

    hooks = [weights.model.register_forward_pre_hook(before), weights.model.register_forward_hook(after)]
    whole = _followed(weights, lines)
    for hook in hooks:
        hook.remove()
    return inside[0] / whole, whole


def _followed(weights: Any, lines: list[bytes]) -> float:
    """Follow a stretch with the recogniser; return the processor seconds it took."""
    from sportsai.court import load_league
    from sportsai.learn.steps import one_thread
    from sportsai.live.follow import Follower

    follower = Follower(load_league("soccer"), "recognise", weights, home_attacks="right", every_s=EVERY_S)
    with one_thread():
        since = time.process_time()
        follower.take([line.rstrip(b"\n") for line in lines])
        return time.process_time() - since


def _lines(most: int | None) -> list[bytes]:
    from sportsai.live.feeds.lines import lines_of

    return list(lines_of(beyondsight()))[:most]


def _weights(model: str) -> Any:
    from sportsai.court import load_league
    from sportsai.live.follow import model_for, weights_of

    return weights_of(model_for("soccer", model)[1], load_league("soccer"), None)
