"""What measured processes are given, and what ends a case that takes too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sportsai
from sportsai.bench._in_time import in_time
from sportsai.bench._process import environment


def test_a_measured_process_is_of_this_tree_with_its_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    given = environment(2, OTHER="x")
    tree = str(Path(sportsai.__file__).parents[1])
    assert given["PYTHONPATH"].split(os.pathsep) == [tree, str(tmp_path)]
    assert (given["OMP_NUM_THREADS"], given["OTHER"], given["PATH"]) == ("2", "x", os.environ["PATH"])
    monkeypatch.delenv("PYTHONPATH")
    assert environment()["PYTHONPATH"] == tree  # no empty place, which would be wherever it is begun
    code = "import sportsai; print(sportsai.__file__)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == sportsai.__file__


def test_what_takes_too_long_is_ended_and_the_alarm_is_as_before() -> None:
    class Late(BaseException):
        pass

    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(Late, match=r"longer than 0\.05 s"), in_time(0.05, Late):
        time.sleep(10)
    with in_time(10, Late):
        assert signal.getsignal(signal.SIGALRM) != before
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
