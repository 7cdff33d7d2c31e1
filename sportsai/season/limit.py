"""End a game that takes too long: by an exception where Python runs, else by ending the process.

The exception reaches a thread as soon as it runs Python again. A thread stuck in compiled code never does: some seconds
later the whole process is ended, where another starts it again (a worker with a nanny), without needing Python to run.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import threading
import time
from collections.abc import Iterator

GRACE_S = 10.0  # between the exception and the end of the process
ARRIVES_S = 1.0  # within which an exception that was sent arrives where Python runs; after it something kept it


class OverTime(BaseException):
    """A game took longer than it may. No `except Exception` on the way keeps it."""


@contextlib.contextmanager
def limited(seconds: float | None, *, end_process: bool = False) -> Iterator[None]:
    """Raise OverTime in this thread after `seconds` (None: never).

    end_process: end the process GRACE_S later where the thread does not let itself be stopped.
    """
    if seconds is None:
        yield
        return
    with _process_ends(seconds + GRACE_S if end_process else None), _stopped(seconds):
        yield


@contextlib.contextmanager
def _process_ends(seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def _stopped(seconds: float) -> Iterator[None]:
    me, lock = threading.get_ident(), threading.Lock()
    running, fired, arrived = True, False, False

    def stop() -> None:
        nonlocal fired
        with lock:
            if running:
                fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(me), ctypes.py_object(OverTime))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except OverTime:
        arrived = True
        raise
    finally:
        timer.cancel()
        with lock:
            running = False
        end = time.monotonic() + ARRIVES_S
        while fired and not arrived and time.monotonic() < end:  # it is on its way: it must not hit what comes after
            time.sleep(0.01)
