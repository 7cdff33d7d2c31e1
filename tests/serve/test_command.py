"""`sportsai serve` as a process: it says where it is, ends when asked to, and a kill leaves nothing by half."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from sportsai.library import Library

Start = Callable[..., tuple["subprocess.Popen[str]", int]]


@pytest.fixture
def start(library: Library) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def started(*words: str) -> tuple[subprocess.Popen[str], int]:
        one = subprocess.Popen(
            [sys.executable, "-m", "sportsai", "serve", "--library", str(library.folder), "--port", "0", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(one)
        assert one.stdout is not None
        found = re.match(r"http://127\.0\.0\.1:(\d+)/  \(Ctrl-C ends it\)", one.stdout.readline())
        assert found
        return one, int(found[1])

    yield started
    for one in running:
        one.kill()
        one.communicate()


def token(port: int) -> str:
    """Return the token in the page, once the report is there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("GET", "/games/small")
        found = re.search(r'"token":"([^"]+)"', line.getresponse().read().decode())
        line.close()
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError("no report")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_asked_to(start: Start, how: signal.Signals) -> None:
    one, port = start()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/")
    answer = line.getresponse()
    assert (answer.status, answer.read()[:9]) == (200, b"<!doctype")
    one.send_signal(how)
    out, err = one.communicate(timeout=20)  # though the line is still open
    assert (one.returncode, err) == (0, "")
    assert out == "Ended.\n"
    line.close()


def test_a_taken_port_ends_in_one_line(start: Start, library: Library) -> None:
    _, port = start()
    done = subprocess.run(
        [sys.executable, "-m", "sportsai", "serve", "--library", str(library.folder), "--port", str(port)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"port {port} is taken" in done.stderr


def test_a_kill_while_answers_come_leaves_every_one_that_was_kept(start: Start, library: Library) -> None:
    rng = np.random.default_rng(2)
    events = library.predictions("small")[0]
    kept: list[str] = []
    for _ in range(3):
        one, port = start("--by", "Ada")
        sent = {"X-Sportsai-Token": token(port), "Content-Type": "application/json"}
        end = time.monotonic() + float(rng.uniform(0.1, 0.5))
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for n in range(10_000):
            e = events.iloc[n % len(events)]
            body = {"action": "confirm", "event": e["event_id"], "frame": int(e["frame"]), "by": "Ada"}
            if time.monotonic() > end:
                os.kill(one.pid, signal.SIGKILL)
                end = float("inf")
            try:
                line.request("POST", "/games/small/corrections", json.dumps(body), sent)
                kept.append(json.loads(line.getresponse().read())["id"])
            except (OSError, http.client.HTTPException):
                break
        line.close()
        one.wait(20)
        have = [c.id for c in library.corrections("small")]
        assert set(kept) <= set(have)
        assert len(have) <= len(kept) + 3  # of the last answer to each killed server nobody was told
    assert len(kept) > 3


def test_a_folder_that_is_no_library_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sportsai", "serve", "--library", str(tmp_path), "--port", "0"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "there is no library here" in done.stderr
