"""The folder that came out of a training: weights.safetensors, card.md and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sportsai.learn.card import card
from sportsai.learn.train import Trained
from sportsai.learn.weights import save_weights
from sportsai.library.atomic import write_bytes


def write(folder: Path, trained: Trained, table: Mapping[str, Any] | None = None) -> Path:
    """Write weights, metrics.json and card.md into `folder`; return the weights' path. table: `evaluate`'s, if made."""
    metrics = {"detection": trained.detection, **({"classification": table} if table else {})}
    about = {**trained.about, **({"scores": dict(table)} if table else {})}
    path = save_weights(folder, trained.fitted.model, trained.fitted.recipe, about)
    write_bytes(folder / "metrics.json", (json.dumps(metrics, indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(folder / "card.md", card(trained, table).encode())
    return path
