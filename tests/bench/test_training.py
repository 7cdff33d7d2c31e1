"""The training bench's own arithmetic: how far two files of weights are apart, and what its page says."""

from __future__ import annotations

from pathlib import Path

import torch

from sportsai.bench import training
from sportsai.learn.tensor_file import write_tensors


def test_the_largest_difference_by_hand(tmp_path: Path) -> None:
    weights = {"model.a": torch.tensor([1.0, 2.0]), "model.b": torch.tensor([[0.5]])}
    moved = {"model.a": torch.tensor([1.0, 1.75]), "model.b": torch.tensor([[0.625]])}
    for name, state in (("one", weights), ("two", moved), ("other", {"model.a": weights["model.a"]})):
        dice = {"dice": torch.zeros(3), "moments.0.step": torch.rand(1), "kept.model.a": torch.rand(2)}
        write_tensors(tmp_path / name, state | dice, "bench", {})
    one, two, other = (tmp_path / n for n in ("one", "two", "other"))
    assert training.difference(one, two) == 0.25
    assert training.difference(one, one) == 0
    assert training.difference(one, other) == float("inf")


def test_a_training_left_alone_is_not_killed(tmp_path: Path, monkeypatch) -> None:
    import numpy as np

    said = {"history": [0.5]}
    monkeypatch.setattr(training, "_typed", lambda out, asked: ["true"])
    monkeypatch.setattr(training, "trained", lambda out, **asked: said | {"resume": asked["resume"]})
    tmp_path.joinpath("said.json").write_text("{}")
    assert training.killed(tmp_path, np.random.default_rng(0), 3) == ([], said | {"resume": True})


def test_a_step_of_every_network_is_timed(monkeypatch) -> None:
    told = {"32": {"history": [0.4, 0.5], "wall_s": 2}, "bf16": {"history": [0.46, 0.45], "wall_s": 3}}
    monkeypatch.setattr(training, "trained", lambda out, **asked: told[asked["train"]["precision"]])
    rows = training.precision(quick=True)
    timed = [r for r in rows if "cpu_ms_32" in r]
    assert [r["case"] for r in timed] == list(training._networks())
    assert all(r["cpu_ms_32"] > 0 and r["cpu_ms_bf16"] > 0 for r in timed)
    assert [r["difference"] for r in rows if "difference" in r] == ["-0.0400"]
    page = training.page(rows)
    assert "## Half the bits" in page and any("no GPU was here" in line for line in page)


def test_what_patience_costs_is_read_off_the_longer_run(monkeypatch) -> None:
    whole = [0.2, 0.5, 0.4, 0.3, 0.6]
    told = {2: {"history": whole[:4], "epoch": 1}, 4: {"history": whole, "epoch": 4}}
    monkeypatch.setattr(training, "trained", lambda out, **asked: told[asked["train"]["patience"]])
    row = training.stopping(quick=True)[0]
    assert (row["epochs"], row["kept"], row["validation_mAP"], row["if_none_ended_it"], row["ok"]) == (
        4, 2, 0.5, 0.6, True)  # fmt: skip
