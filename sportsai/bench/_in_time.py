"""End what takes too long in the main thread, by an exception of the caller's own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_time(seconds: float, late: type[BaseException]) -> Iterator[None]:
    """Raise `late` where what is within takes longer; what SIGALRM did before, it does again after."""

    def ring(*_: object) -> None:
        raise late(f"longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
