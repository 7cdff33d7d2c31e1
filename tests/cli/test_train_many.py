"""Training with real processes: killed with `kill -9` and resumed, or shared by two of them, beside one left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sportsai.bench.training import difference
from tests.cli.test_tasks import write_games

RECIPE = """title = "Made up"
model = "shared_compare"
[data]
task = "handovers"
games = ["1", "2", "3", "4"]
background = ""
players = 6
[split]
folds = 4
[model_config]
frames = 8
shared = [8]
compare = [8]
hidden = 8
dropout = DROPOUT
[train]
epochs = EPOCHS
patience = 12
batch = 16
windows_per_epoch = 32
noise = 0.01
members = 2
"""


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return what starts the training of a made-up recipe into a folder, as typed in a shell."""
    own = tmp_path / "leagues" / "soccer" / "recipes"
    own.mkdir(parents=True)
    games = str(write_games(tmp_path / "games", 1, 2, 3, 4))
    monkeypatch.setenv("SPORTSAI_LEAGUES", str(tmp_path / "leagues"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)

    def start(out: str, *more: str, epochs: int = 12, dropout: float = 0.5) -> subprocess.Popen[str]:
        (own / "mine.toml").write_text(RECIPE.replace("EPOCHS", str(epochs)).replace("DROPOUT", str(dropout)))
        words = ["train", "soccer", "mine", "--data", games, "--quick", "--out", out, *more]
        return subprocess.Popen([sys.executable, "-m", "sportsai", *words], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)  # fmt: skip

    return start


def ended(running: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return out, err


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_weights(typed, tmp_path: Path) -> None:
    ended(typed("whole"))
    dice, kept, kills = np.random.default_rng(4), tmp_path / "killed" / "checkpoints", 0
    for first in range(1, 3):  # a member's file; then another's
        running = typed("killed", "--resume")
        while running.poll() is None and len(list(kept.glob("*.safetensors"))) < first:
            time.sleep(0.001)
        time.sleep(float(dice.uniform(0, 0.1)))
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
            kills += 1
        running.communicate()
    assert kills == 2
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    _, err = ended(typed("killed", "--resume"))
    assert err.count("Resumed: shared_compare went on after epoch") == 2
    whole, killed = (load_file(tmp_path / n / "weights.safetensors") for n in ("whole", "killed"))
    assert all(np.array_equal(v.numpy(), killed[k].numpy()) for k, v in whole.items()) and len(whole) == len(killed)
    assert {p.name for p in (tmp_path / "killed").iterdir()} == {"weights.safetensors", "card.md", "metrics.json"}


@pytest.mark.slow
def test_two_processes_learn_what_one_learns_and_one_speaks(typed, tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    ended(typed("one", epochs=3, dropout=0.0))
    out, err = ended(typed("two", "--devices", "2", epochs=3, dropout=0.0))
    assert out.count("weights.safetensors") == 1
    assert err.count("Training on 4 games") == 1
    one, two = (tmp_path / n / "weights.safetensors" for n in ("one", "two"))
    assert difference(one, two) < 1e-3  # kept in half precision: its last bit
    assert not (tmp_path / "two" / "checkpoints").exists()


@pytest.mark.slow
def test_a_device_that_is_not_there_is_told_in_one_line(typed) -> None:
    pytest.importorskip("lightning")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    running = typed("few", "--devices", "2", "--accelerator", "gpu")
    _, err = running.communicate(timeout=120)
    assert running.returncode == 1
    assert err.count("\n") == 1 and "Lightning cannot start 2 x gpu" in err and "--accelerator cpu" in err
