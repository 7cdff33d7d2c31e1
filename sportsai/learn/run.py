"""The folder that came out of a training: weights.safetensors, card.md and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sportsai.learn.recipe import Recipe
from sportsai.learn.scorecard import scorecard
from sportsai.learn.ship import Shipped
from sportsai.learn.weights import save_weights
from sportsai.library.atomic import write_bytes


def write_run(
    folder: Path, model: Any, recipe: Recipe, about: Mapping[str, Any], metrics: Mapping[str, Any], card: str
) -> Path:
    """Write the three files into `folder`, each at once; return the weights' path."""
    path = save_weights(folder, model, recipe, about)
    write_bytes(folder / "metrics.json", (json.dumps(metrics, indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(folder / "card.md", card.encode())
    return path


def write_task(
    folder: Path, recipe: Recipe, shipped: Shipped, table: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Path:  # fmt: skip
    """Write a task's weights, scores and card. table: `compare`'s, if made. more: what else metrics.json is to hold."""
    about = {**shipped.about, **({"scores": _brief(table)} if table else {})}
    card = scorecard(recipe, shipped.blend, about, table, more)
    return write_run(folder, shipped.blend, recipe, about, {**(table or {}), **(more or {})}, card)


def _brief(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what travels inside the weights: the shipped model's row and its calibration, for reports.

    "shares": of a model that reads few frames, its row at each share of them that was measured.
    """
    row = next((r for r in table["rows"] if r["joined"]), None) or next(
        r for r in table["rows"] if r["model"] == table["best"]
    )
    kept = {k: table[k] for k in ("headline", "items", "contests", "chance", "reliability", "note")} | {"row": row}
    read = {f"{r['share']:g}": r for r in table["rows"] if "share" in r}
    return kept | ({"shares": read} if read else {})
