"""A network that is asked twice a second, compiled: several members as one graph for onnxruntime, one thread.

torch spends much of a small step on calling its layers one by one. `pip install 'sportsai[live]'` brings what writes
the graph (onnx); without it torch answers, and says the same.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sportsai.errors import one_line
from sportsai.learn.steps import one_thread
from sportsai.whole.heat import each_frame

Float = NDArray[np.float64]
OPSET = 17


class Together(nn.Module):
    """The mean of several models' probabilities at every frame. Shapes: (1, T, F) -> (1, T, L)."""

    def __init__(self, models: Sequence[Any]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)

    def forward(self, x: Tensor) -> Tensor:
        told = [each_frame(m(x), x.shape[1]) for m in self.models]
        return torch.stack(told).mean(0)


class Asked:
    """Models of whole games, asked of a piece: by onnxruntime where it can be, else by torch.

    by: "onnxruntime" or "torch"; why: what keeps it from being compiled, "" nothing. `compiled` False: torch.
    """

    def __init__(self, models: Sequence[Any], inputs: int, compiled: bool = True) -> None:
        self.models = [m.eval() for m in models]
        self.why = "" if compiled else "it was not asked for"
        self._session: Any = None
        if compiled:
            self._session, self.why = _session(self.models, inputs)
        self.by = "torch" if self._session is None else "onnxruntime"

    def __call__(self, x: NDArray[np.float32]) -> Float:
        """Return the mean probability of each label at each frame. Shapes: (T, F) -> (T, L)."""
        piece = np.ascontiguousarray(x)[None]
        if self._session is not None:
            return np.asarray(self._session.run(None, {"x": piece})[0][0], np.float64)
        with torch.inference_mode(), one_thread():
            told = [each_frame(m(torch.from_numpy(piece)), len(x))[0].numpy() for m in self.models]
        return np.asarray(np.sum(told, axis=0, dtype=np.float64) / len(told))


def _session(models: Sequence[Any], inputs: int) -> tuple[Any, str]:
    if not all(hasattr(m.config, "reach") for m in models):  # a loop over frames would be written out for one length
        return None, "its network goes on from frame to frame"
    if find_spec("onnx") is None:
        return None, "onnx is not installed: pip install 'sportsai[live]'"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        graph = exported(Together(models).eval(), (torch.zeros(1, 64, inputs),), ["x"], {"x": {1: "t"}, "y": {1: "t"}})
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as bad:  # whatever an exporter of another version cannot do, torch can
        return None, f"it cannot be compiled ({one_line(bad, 80)})"
    return session, ""


def exported(model: nn.Module, example: tuple[Tensor, ...], names: list[str], free: dict[str, dict[int, str]]) -> bytes:
    """Return a network as an ONNX graph with output "y". names: of its inputs; free: their axes of any length."""
    out = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad(), _silent():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, example, out,  # type: ignore[arg-type]
            input_names=names, output_names=["y"], dynamic_axes=free, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    return out.getvalue()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep standard output shut: of what it cannot export the exporter prints the graph, where events go out."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
