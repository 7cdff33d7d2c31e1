"""Chunks built for agents that glimpse: what is said of them is what their frames show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from sportsai.bench import _built


def test_frames_show_the_events_that_are_said() -> None:
    x, batch = _built.chunks(200, torch.Generator().manual_seed(3))
    assert x.shape == (200, _built.FRAMES, 6)
    at = torch.arange(_built.FRAMES)[None]
    shown = torch.zeros(200, _built.FRAMES, dtype=torch.bool)
    for slot in range(2):
        first, last = batch["segments"][:, slot, :1], batch["segments"][:, slot, 1:]
        length = np.unique(np.round((last - first).numpy(), 3)).tolist()
        assert length == [_built.SHORT, _built.LONG]
        shown |= (at >= first) & (at <= last) & (batch["what"][:, slot, None] == 0)
    assert torch.equal(x[..., 0] == 1, shown)  # distractors have the other sign, the rest nothing
    assert set(np.unique(x[..., 0]).tolist()) == {-1.0, 0.0, 1.0}
    assert x[..., 1:3].min() >= 0 and x[..., 4:].abs().max() <= 1
    middle = batch["segments"].mean(-1)
    first = (middle[:, :1] - at)[:, 0]  # the pointer tells which way the nearest interval lies, from anywhere near
    near = (first.abs() < 10) & (first.abs() > 1)
    assert (torch.sign(x[:, 0, 4])[near] == torch.sign(first)[near]).float().mean() > 0.95


def test_a_row_an_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_built, "STEPS", 2)
    monkeypatch.setattr(_built, "TESTED", 20)
    said: list[str] = []
    *rows, last = _built.built((0,), tmp_path, said.append)
    assert [r["agent"] for r in rows] == list(_built.WAYS)
    assert all(0 <= float(r["AP tIoU 0.5"]) <= 1 for r in rows)
    assert "Simulated" in last["say"] and len(said) == len(rows) == len(list(tmp_path.iterdir()))
    assert _built.built((0,), tmp_path)[0]["CPU-s"] == rows[0]["CPU-s"]  # kept, not trained again
