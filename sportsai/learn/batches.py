"""Windows as the tensors a model's `forward` takes, and what no part of them may lack."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sportsai.data.splits import Split
from sportsai.data.windows import Windows
from sportsai.errors import RecipeError
from sportsai.tasks import EVENT, Examples


def tensors(windows: Windows) -> dict[str, Tensor]:
    """Return the keyword arguments of a trajectory model's `forward`, and `label`."""
    names = {"xy": "xy", "present": "present", "key": "key", "side": "relation", "ball": "ball",
             "ball_present": "ball_present", "label": "label"}  # fmt: skip
    return {k: torch.from_numpy(np.ascontiguousarray(getattr(windows, v))) for k, v in names.items()}


def refuse_empty(taught: Examples, split: Split, classes: int | None = None) -> None:
    """Raise RecipeError when one of the (first `classes`) classes has no example in a part."""
    for name, index in split.parts().items():
        if name == "dropped":
            continue
        here = taught.windows.label[index[taught.kind[index] == EVENT]]
        for c, label in enumerate(taught.names[:classes]):
            if not (here == c).any():
                raise RecipeError(
                    f'class "{label}" has no example in the {name} part of {", ".join(taught.windows.games[:5])}',
                    expected="at least one", todo="Give more games, or leave the class out of data.classes.",
                )  # fmt: skip
