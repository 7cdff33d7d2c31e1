"""Where frames come from while a game is played: a file that grows, or lines from loopback. Complete lines come out.

path                          read to its end, and on as it grows; begun again when it is replaced or cut short
tcp://127.0.0.1:PORT          lines, as they come; a connection that ends is made again
http://127.0.0.1:PORT/path    the lines of an answer that goes on
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from sportsai.errors import DataError, one_line

LONGEST = 1 << 23  # bytes of a line
BLOCK = 1 << 20  # bytes read at once
AGAIN_S = 0.5  # between two attempts to connect
WAIT_S = 0.05  # between two looks at a file that did not grow
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Source(Protocol):
    """What gives lines. counts: what went wrong on the way, each with how often."""

    name: str
    counts: Counter[str]

    def poll(self, wait_s: float) -> list[bytes]:
        """Return the complete lines that are there, none after `wait_s` without any."""

    def close(self) -> None:
        """Let go of the file or connection."""


def open_source(name: str) -> Source:
    """Return the source called `name`; DataError where there is no such file, or it is not on this machine."""
    if name.partition(":")[0].lower() in ("tcp", "http"):
        return Wire(name)
    if "://" in name:
        raise DataError(f'"{one_line(name, 80)}" cannot be followed',
                        expected="a file, tcp://127.0.0.1:PORT or http://127.0.0.1:PORT/path")  # fmt: skip
    return Growing(Path(name))


class Growing:
    """A file that grows. A last line without its newline waits for the rest."""

    def __init__(self, path: Path) -> None:
        if path.suffix in (".gz", ".xz", ".zip"):
            raise DataError("a compressed file cannot be followed", path=path, expected="text that grows",
                            todo="Read the finished file with `sportsai ingest`.")  # fmt: skip
        self.path, self.name = path, str(path)
        self.counts: Counter[str] = Counter()
        try:
            self._file = path.open("rb")
        except OSError as bad:
            raise self._unreadable(bad) from None
        self._rest = b""

    def _unreadable(self, bad: OSError) -> DataError:
        return DataError(f"cannot be read ({bad.strerror})", path=self.path, expected="a file of frames")

    def poll(self, wait_s: float) -> list[bytes]:
        """See `Source`."""
        until = time.monotonic() + wait_s
        while True:
            lines = self._more()
            if lines or time.monotonic() >= until:
                return lines
            time.sleep(min(WAIT_S, max(wait_s, 0.001)))

    def _more(self) -> list[bytes]:
        block = self._file.read(BLOCK)
        if not block and not self._replaced():
            return []
        whole = (self._rest + block).split(b"\n")
        self._rest = whole.pop()
        if len(self._rest) > LONGEST:
            raise DataError(f"a line of over {LONGEST >> 20} MB", path=self.path, expected="a frame a line",
                            todo="Only formats with a frame a line can be followed.")  # fmt: skip
        return whole

    def _replaced(self) -> bool:
        """Begin again where another file stands in this one's place, or it is shorter than was read."""
        try:
            there, here = os.stat(self.path), os.fstat(self._file.fileno())
        except OSError:
            return False  # moved away: another may come
        other = (there.st_ino, there.st_dev) != (here.st_ino, here.st_dev)
        if not other and there.st_size >= self._file.tell():
            return False
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return False  # moved away since
        except OSError as bad:
            raise self._unreadable(bad) from None
        self.counts["times the file was replaced" if other else "times the file was cut short"] += 1
        self.counts["lines cut short"] += bool(self._rest)
        self._file.close()
        self._file, self._rest = file, b""
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Wire:
    """Lines from a server on loopback, read by a thread of its own so that waiting for them can end."""

    def __init__(self, name: str, connect_s: float = 5.0) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        try:
            parts = urlsplit(name)
            host, port = parts.hostname, parts.port
        except ValueError:  # a bracket that is not closed, a port that is no number
            host = port = None
        if host not in LOOPBACK or port is None:
            scheme = name.partition(":")[0].lower()
            raise DataError(f'"{one_line(name, 80)}" is not on this machine', expected=f"{scheme}://127.0.0.1:PORT",
                            todo="Bring a remote feed here with a tunnel, as ssh -L.")  # fmt: skip
        self._parts, self._port, self._connect_s = parts, port, connect_s
        self._lines: queue.Queue[bytes] = queue.Queue(maxsize=4096)
        self._over = threading.Event()
        self._socket: socket.socket | None = None
        self._asks: HTTPConnection | None = None
        self._stream: BufferedIOBase | None = None
        try:
            self._stream = self._connect()
        except (OSError, HTTPException) as bad:
            self._hang_up()
            raise DataError(f"nothing can be read there ({one_line(bad, 80)})", path=name, expected="lines of frames",
                            todo="Start the feed first.") from None  # fmt: skip
        self._thread = threading.Thread(target=self._read, daemon=True, name="feed")
        self._thread.start()

    def _connect(self) -> BufferedIOBase:
        host = self._parts.hostname or "127.0.0.1"
        if self._parts.scheme == "tcp":
            self._socket = socket.create_connection((host, self._port), self._connect_s)
            self._socket.settimeout(None)
            return self._socket.makefile("rb")
        asks = self._asks = HTTPConnection(host, self._port, timeout=self._connect_s)
        asks.connect()
        self._socket = asks.sock  # an answer that ends with its connection takes it away from `asks`
        asks.request("GET", (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else ""))
        answer = asks.getresponse()
        if answer.status != 200:
            raise HTTPException(f"it answers {answer.status} {answer.reason}")
        if self._socket is not None:
            self._socket.settimeout(None)
        return answer

    def _hang_up(self) -> None:
        for held in (self._stream, self._asks, self._socket):
            if held is not None:
                held.close()
        self._stream = self._asks = self._socket = None

    def _read(self) -> None:
        while not self._over.is_set():
            try:
                while self._stream is not None and not self._over.is_set():
                    line = self._stream.readline(LONGEST)
                    if not line.endswith(b"\n"):
                        self.counts["lines cut short"] += bool(line)
                        break
                    self._put(line[:-1])
            except (OSError, HTTPException, ValueError):
                pass
            self._hang_up()
            self._over.wait(AGAIN_S)
            if self._over.is_set():
                return
            try:
                self._stream = self._connect()
                self.counts["times the feed was connected to again"] += 1
            except (OSError, HTTPException):
                self._hang_up()

    def _put(self, line: bytes) -> None:
        while not self._over.is_set():
            try:
                self._lines.put(line, timeout=0.5)
            except queue.Full:
                continue
            return

    def poll(self, wait_s: float) -> list[bytes]:
        """See `Source`."""
        try:
            lines = [self._lines.get(timeout=wait_s)]
        except queue.Empty:
            return []
        while len(lines) < 4096:
            try:
                lines.append(self._lines.get_nowait())
            except queue.Empty:
                break
        return lines

    def close(self) -> None:
        """Let go of the connection."""
        self._over.set()
        held = self._socket
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a line
        self._thread.join(self._connect_s + 1)
