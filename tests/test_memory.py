"""Freed memory is kept for the next array, and goes back after a game."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1] == "keep":
    from sportsai.memory import keep_freed
    assert keep_freed()
def layers():
    for _ in range(50):
        a = np.ones(500_000)
        b = a + a
        del a, b
layers()
start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
layers()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], stdout=subprocess.PIPE, check=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep freed memory")
def test_arrays_of_megabytes_cost_no_new_pages_once_freed_memory_is_kept() -> None:
    pages = 2 * 500_000 * 8 // resource.getpagesize()  # two arrays
    assert faults("keep") <= 2 * pages  # at most mapped once or twice in fifty rounds
    assert faults("as it is") > 10 * pages


GIVEN = """
import numpy as np, psutil
from sportsai.memory import give_back, keep_freed
assert keep_freed()
kept = [np.zeros(1000) for _ in range(20_000)]  # 160 MB in pieces of 8 KB
last = np.zeros(1000)
del kept
held = psutil.Process().memory_info().rss
assert give_back()
print(held - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to hand memory back")
def test_what_is_free_goes_back_when_a_game_is_done() -> None:
    done = subprocess.run([sys.executable, "-c", GIVEN], stdout=subprocess.PIPE, check=True, text=True)
    assert int(done.stdout) > 100 * 2**20
