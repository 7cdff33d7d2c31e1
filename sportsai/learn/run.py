"""The folder that came out of a training: weights.safetensors, card.md and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sportsai.learn.card import card
from sportsai.learn.recipe import Recipe
from sportsai.learn.scorecard import scorecard
from sportsai.learn.ship import Shipped
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


def write_task(folder: Path, recipe: Recipe, shipped: Shipped, table: Mapping[str, Any] | None = None) -> Path:
    """Write a task's weights, metrics.json and card.md into `folder`; return the weights' path. table: `compare`'s."""
    about = {**shipped.about, **({"scores": _brief(table)} if table else {})}
    path = save_weights(folder, shipped.blend, recipe, about)
    write_bytes(folder / "metrics.json", (json.dumps(dict(table or {}), indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(folder / "card.md", scorecard(recipe, shipped.blend, about, table).encode())
    return path


def _brief(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what travels inside the weights: the shipped model's row and its calibration, for reports."""
    row = next((r for r in table["rows"] if r["joined"]), None) or next(
        r for r in table["rows"] if r["model"] == table["best"]
    )
    return {k: table[k] for k in ("headline", "items", "contests", "chance", "reliability", "note")} | {"row": row}
