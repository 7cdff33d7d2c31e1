"""A trained recogniser's folder: weights.safetensors, card.md and metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sportsai.learn.run import write_run
from sportsai.search.card import card
from sportsai.search.train import Trained


def write(folder: Path, trained: Trained, table: Mapping[str, Any] | None = None) -> Path:
    """Write weights, metrics.json and card.md into `folder`; return the weights' path. table: `evaluate`'s, if made."""
    metrics = {"detection": trained.detection, **({"classification": table} if table else {})}
    about = {**trained.about, **({"scores": dict(table)} if table else {})}
    return write_run(folder, trained.fitted.model, trained.fitted.recipe, about, metrics, card(trained, table))
