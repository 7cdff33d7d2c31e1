"""A game that takes too long is ended, and what comes after it is not hit."""

from __future__ import annotations

import ctypes
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from sportsai.season import limit
from sportsai.season.limit import OverTime, limited


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.001)


def test_what_is_quick_is_left_alone() -> None:
    with limited(5.0):
        spin(0.01)
    with limited(None):
        spin(0.01)
    spin(0.05)


def test_what_is_slow_is_ended_even_where_exceptions_are_caught() -> None:
    def stubborn() -> None:
        for _ in range(1000):
            try:
                spin(0.02)
            except Exception:
                continue

    with pytest.raises(OverTime), limited(0.05):
        stubborn()


def test_an_exception_that_is_on_its_way_arrives_before_what_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent while the game runs, and takes its time: the game is over when it arrives."""
    sent: queue.Queue[tuple[ctypes.c_ulong, ctypes.py_object]] = queue.Queue()
    slow = SimpleNamespace(PyThreadState_SetAsyncExc=lambda thread, what: sent.put((thread, what)))
    monkeypatch.setattr(
        limit, "ctypes", SimpleNamespace(pythonapi=slow, c_ulong=ctypes.c_ulong, py_object=ctypes.py_object)
    )
    passed = []
    try:
        with limited(0.02):
            on_its_way = sent.get(timeout=30)
            passed.append("the game")
            threading.Timer(0.3, ctypes.pythonapi.PyThreadState_SetAsyncExc, on_its_way).start()
        passed.append("what comes after")
        spin(30)
    except OverTime:
        passed.append("ended")
    assert passed == ["the game", "ended"]


def test_a_game_that_is_over_is_not_stopped_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock had gone off, and comes to stop the game after its end: no cancelling reaches it."""
    gone_off: list[Callable[[], None]] = []

    def timer(seconds: float, stop: Callable[[], None]) -> SimpleNamespace:
        gone_off.append(stop)
        return SimpleNamespace(start=lambda: None, cancel=lambda: None)

    monkeypatch.setattr(
        limit, "threading", SimpleNamespace(Timer=timer, Lock=threading.Lock, get_ident=threading.get_ident)
    )
    passed = []
    try:
        with limited(1.0):
            passed.append("the game")
        (stop,) = gone_off
        stop()
        spin(0.05)
        passed.append("what comes after")
    except OverTime:
        passed.append("ended")
    assert passed == ["the game", "what comes after"]


def test_a_process_stuck_in_compiled_code_is_ended() -> None:
    code = (
        "import re\nfrom sportsai.season import limit\nlimit.GRACE_S = 0.2\n"
        "with limit.limited(0.2, end_process=True):\n    re.match(r'(a+)+$', 'a' * 60 + 'b')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == 1 and done.stderr == b""
