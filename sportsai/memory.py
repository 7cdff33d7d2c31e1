"""Keep freed memory for the next array instead of handing it back after every layer; hand it back after a game."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of mallopt(3), glibc
KEEP = 256 * 1024**2  # bytes kept at most at the top of the heap
OWN_MAP = 32 * 1024**2  # bytes from which an array gets a mapping of its own: the most glibc takes on 64 bits


def keep_freed() -> bool:
    """Ask the C library to keep freed memory; return whether it does (glibc only; elsewhere nothing changes).

    A model's arrays between layers are of a few megabytes, which glibc maps and unmaps each time; the page faults cost
    up to two fifths of reading small windows with a network, more in one process and less in the next.
    """
    mallopt = _of_glibc("mallopt")
    return mallopt is not None and bool(mallopt(_MAP, OWN_MAP)) and bool(mallopt(_TRIM, KEEP))


def give_back() -> bool:
    """Hand memory that is free to the system; return whether it was asked to take it (glibc only).

    What is kept between layers is cut into pieces game by game: over 1,347 games a process that never gives back grew
    by 6 MB in every 100.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)
    return trim is not None


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    """Return a function of the C library; None where there is none of that name."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    return found
