"""`kill -9` at any moment of a real ingest: what was there still opens, and running it again completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sportsai.bench.bad_input import _write
from sportsai.library import Library
from sportsai.resources import demo_match


@pytest.mark.slow
def test_ingest_killed_at_random_moments(tmp_path: Path) -> None:
    library = tmp_path / "library"
    command = [sys.executable, "-m", "sportsai", "ingest", "--library", str(library), "--force"]
    small = [*command, str(_write(tmp_path)), "--league", "soccer"]
    real = [*command, *map(str, demo_match()), "--league", "bundesliga"]
    subprocess.run(small, check=True, capture_output=True)
    start = time.monotonic()
    subprocess.run(real, check=True, capture_output=True)
    whole_s = time.monotonic() - start
    tracks = Library(library).load("2417").tracks

    rng = np.random.default_rng(3)
    killed = 0
    for _ in range(24):
        if killed == 5:
            break
        running = subprocess.Popen(real, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(float(rng.uniform(0.5, 1.1)) * whole_s)  # most moments fall while the game is being written
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
            killed += 1
        else:
            whole_s *= 0.8  # modules were compiled by the first run, or the machine is less busy than it was
        running.wait()
        assert Library(library).ids() == ["1", "2417"]
        assert Library(library).load("1").tracks is not None
        again = Library(library).load("2417").tracks
        assert np.array_equal(again.xy, tracks.xy)
        assert np.array_equal(again.present, tracks.present)
    assert killed == 5
    subprocess.run(real, check=True, capture_output=True)
    assert len([p for p in (library / "games" / "2417").iterdir() if p.is_dir()]) == 1


def test_a_first_ingest_killed_leaves_no_game_and_the_next_completes(tmp_path: Path) -> None:
    source, half = str(_write(tmp_path)), 0
    for n, share in enumerate((0.0, 0.02, 0.05, 0.1)):
        library = tmp_path / f"library{n}"
        command = [sys.executable, "-m", "sportsai", "ingest", source, "-l", "soccer", "--library", str(library)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None and not (library / "games" / "1").is_dir():
            time.sleep(0.001)
        time.sleep(share)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        half += not (library / "games" / "1" / "current").exists()
        for game in Library(library):
            Library(library).load(game)
    assert half > 0  # killed while the game was being written
    subprocess.run(command, check=True, capture_output=True)
    assert Library(library).ids() == ["1"]
    assert len([p for p in (library / "games" / "1").iterdir() if p.is_dir()]) == 1
