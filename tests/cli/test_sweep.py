"""A sweep as a researcher types it, and what it found taught and used like any other recipe."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("optuna")


def test_it_writes_a_recipe_that_can_be_trained(type_, tmp_path: Path, mine: Path) -> None:
    asked = ("sweep", "soccer", "mine", "--param", "train.lr=1e-3:1e-2:log", "--data", "games", "--out", "s", "--json")
    said = json.loads(type_(*asked, "--trials", "3"))
    with (tmp_path / "s" / "trials.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert [float(r["figure"]) for r in rows] == [t["figure"] for t in said["trials"]]
    assert len(rows) == 3 and len(said["not_read"]) == 1
    best = max(rows, key=lambda r: float(r["figure"]))
    assert float(best["train.lr"]) == said["best"]["train.lr"]
    assert "validates best" in (tmp_path / "s" / "trials.svg").read_text()
    assert "study of another recipe" in type_(*asked, "--seed", "1", code=1)

    text = (tmp_path / "s" / "best.toml").read_text()
    assert "# small" in text and tomllib.loads(text)["train"]["lr"] == said["best"]["train.lr"]
    mine.write_text(text)
    type_("train", "soccer", "mine", "--data", "games", "--out", "w", "--quick")
    assert sorted(p.name for p in (tmp_path / "w").iterdir()) == ["card.md", "metrics.json", "weights.safetensors"]
