"""A game that takes too long is ended, and what comes after it is not hit."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

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


@pytest.mark.parametrize("n", range(40))
def test_the_exception_never_arrives_late(n: int) -> None:
    late = False
    try:
        with limited(0.005):
            spin(0.0045 + n * 2.5e-5)  # about as long as it may
    except OverTime:
        late = True
    spin(0.02)  # whatever was sent has arrived by now
    assert late in (True, False)


def test_a_process_stuck_in_compiled_code_is_ended() -> None:
    code = (
        "import re\nfrom sportsai.season import limit\nlimit.GRACE_S = 0.2\n"
        "with limit.limited(0.2, end_process=True):\n    re.match(r'(a+)+$', 'a' * 60 + 'b')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.returncode == 1 and done.stderr == b""
