"""Training with real processes: killed with `kill -9` and resumed, or shared by two of them, beside one left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load_file

from sportsai.bench.training import difference


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: Path):
    """Return what starts the training of a made-up recipe into a folder, as typed in a shell."""
    recipe = mine.read_text() + "patience = 12\nnoise = 0.01\nmembers = 2\n"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)

    def start(out: str, *more: str, epochs: int = 12, dropout: float = 0.5) -> subprocess.Popen[str]:
        longer = recipe.replace("epochs = 2", f"epochs = {epochs}")
        mine.write_text(longer.replace("hidden = 8", f"hidden = 8\ndropout = {dropout}"))
        words = ["train", "soccer", "mine", "--data", "games", "--quick", "--out", out, *more]
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
    running, beside = typed("two", "--devices", "2", epochs=3, dropout=0.0), set()
    while running.poll() is None:
        with suppress(psutil.NoSuchProcess):  # it has ended between the two questions
            beside |= {p.pid for p in psutil.Process(running.pid).children() if "train" in p.cmdline()}
        time.sleep(0.2)
    out, err = ended(running)
    assert len(beside) == 1  # a second process trained along
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
