"""Do many games: here, one after the other, or on Dask, as many at a time as it has threads.

No more games are with Dask than it can do at once: when a process dies, the game it was at is to blame, and no other.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sportsai.errors import SportsaiError, missing_extra, one_line

WAIT_S = 30.0  # for a scheduler to answer, and for its first worker
LOOK_S = 1.0  # between looks at how many threads there are
QUIET = ("distributed", *(f"distributed.{n}" for n in ("nanny", "scheduler", "worker", "core", "comm")), "tornado")
Task = tuple[Callable[..., Any], tuple[Any, ...]]
Blamed = Callable[[Task, str], Any]


class Here:
    """This process. What ends it ends the season."""

    threads = 1

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def each(self, tasks: Iterable[Task], lost: Blamed) -> Iterator[Any]:
        """Yield the result of each task."""
        for do, given in tasks:
            yield do(*given)


class Cluster:
    """Dask: a cluster of this machine's, or one at an address.

    Parameters
    ----------
    scheduler: its address; None: a cluster of `workers` processes here (None: one a core). retries: how often a game
    may lose the process that works on it and be begun again. processes: False: threads of this process (for tests).
    """

    def __init__(
        self, scheduler: str | None = None, workers: int | None = None, retries: int = 2, processes: bool = True
    ) -> None:
        self._scheduler, self._workers, self._retries, self._processes = scheduler, workers, retries, processes
        self._stack = contextlib.ExitStack()
        self.client: Any = None
        self.threads = 0

    def __enter__(self) -> Cluster:
        try:
            import dask
            import distributed
        except ImportError:
            raise missing_extra("dask.distributed", "cluster") from None
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is said by the season itself
        settings = {
            "distributed.scheduler.allowed-failures": self._retries,
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,  # a worker holds one game: what fills it is that game
            "distributed.worker.memory.terminate": 0.95,
        }
        try:
            with contextlib.ExitStack() as stack:
                address: Any = self._scheduler
                if address is None:
                    stack.enter_context(dask.config.set(settings))
                    address = stack.enter_context(
                        distributed.LocalCluster(
                            n_workers=self._workers, threads_per_worker=1, processes=self._processes,
                            dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
                        )
                    )  # fmt: skip
                self.client = stack.enter_context(distributed.Client(address, timeout=WAIT_S, set_as_default=False))
                self.client.wait_for_workers(1, timeout=WAIT_S)
                if self._processes and self._scheduler is None:
                    self.client.register_plugin(_quiet_plugin())
                self._stack = stack.pop_all()
        except (OSError, TimeoutError, ValueError, RuntimeError) as bad:
            raise SportsaiError(
                f"no Dask cluster answers ({one_line(bad, 120) or type(bad).__name__})", where=self._scheduler,
                expected="a scheduler with at least one worker, as tcp://host:8786",
                todo="Start one with `dask scheduler` and `dask worker tcp://host:8786`, or leave --scheduler out.",
            ) from None  # fmt: skip
        self.threads = self._count()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # a scheduler that is gone cannot be told so
            self._stack.close()

    def _count(self) -> int:
        return max(1, sum(self.client.nthreads().values()))

    def each(self, tasks: Iterable[Task], lost: Blamed) -> Iterator[Any]:
        """Yield the result of each task as they end, `lost(task, why)` of those whose process died or was lost."""
        from distributed import CancelledError, wait

        ahead = iter(tasks)
        running: dict[Any, tuple[Task, int, float]] = {}
        looked, more = time.monotonic(), True
        try:
            while True:
                if time.monotonic() - looked > LOOK_S:
                    looked, self.threads = time.monotonic(), self._count()
                while more and len(running) < self.threads:
                    task = next(ahead, None)
                    more = task is not None
                    if task is not None:
                        running[self._submit(task)] = (task, 0, time.monotonic())
                if not running:
                    return
                with contextlib.suppress(TimeoutError, CancelledError), self.client.as_current():
                    wait(list(running), timeout=LOOK_S, return_when="FIRST_COMPLETED")
                self._connected()
                for future in [f for f in running if f.done()]:
                    task, tries, since = running.pop(future)
                    if future.status == "finished":
                        yield future.result()
                    elif future.status == "error":
                        yield lost(task, _why(future.exception(), time.monotonic() - since))
                    elif tries < self._retries:  # cancelled: the scheduler forgot it, or was begun again
                        running[self._submit(task)] = (task, tries + 1, time.monotonic())
                    else:
                        yield lost(task, f"the scheduler lost it {tries + 1} times")
                    future.release()
        except OSError as bad:  # Dask's own name for a line that is cut
            raise self._gone(one_line(bad, 120)) from None
        finally:
            with contextlib.suppress(Exception):
                self.client.cancel(list(running))

    def _connected(self) -> None:
        """Wait for a scheduler that is away to come back, WAIT_S at most."""
        end = time.monotonic() + WAIT_S
        while self.client.status != "running":
            if self.client.status == "closed" or time.monotonic() > end:
                raise self._gone(f"it did not come back in {WAIT_S:.0f} s")
            time.sleep(0.1)

    def _gone(self, why: str) -> SportsaiError:
        return SportsaiError(
            f"the connection to the Dask scheduler is lost ({why})", where=self._scheduler,
            todo="What is done is kept: run the same command when it is back.",
        )  # fmt: skip

    def _submit(self, task: Task) -> Any:
        do, given = task
        return self.client.submit(do, *given, pure=False, retries=0)


def _why(bad: BaseException, seconds: float) -> str:
    """Return why Dask gave a task up, in a line."""
    from distributed import KilledWorker

    if isinstance(bad, KilledWorker):
        times = bad.allowed_failures + 1
        return (
            f"the process that worked on it died {times} time{'s' * (times != 1)}, in {seconds:.0f} s (it crashed, ran "
            "out of memory, or was ended after the limit)"
        )
    return one_line(f"{type(bad).__name__}: {bad}", 300)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that a person talks to; it ends the workers itself."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _quiet_plugin() -> Any:
    from distributed import WorkerPlugin

    class Quiet(WorkerPlugin):
        """A worker that is started again later ignores Ctrl-C too."""

        name = "sportsai-quiet"

        def setup(self, worker: Any) -> None:
            _ignore_interrupts()

    return Quiet()
