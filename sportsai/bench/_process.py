"""What a measured process of its own is given, so that all are measured alike."""

from __future__ import annotations

import os
from pathlib import Path


def environment(threads: int = 1, **more: str) -> dict[str, str]:
    """Return the environment of a measured process: so many threads, this very tree before any other, and `more`."""
    paths = (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))
    own = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return {**os.environ, **own, **more}
