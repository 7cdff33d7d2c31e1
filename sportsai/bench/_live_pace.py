"""A real stretch sent over loopback at its own pace to the command itself: how long after a frame comes the line?"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import orjson

from sportsai.bench._live_games import beyondsight
from sportsai.bench._process import environment

SECONDS, QUICK_S = 90.0, 12.0
TARGET_MS = 500.0
ASKS_S = 60.0  # within which the command has begun and asks for the feed
Said = list[tuple[float, dict[str, Any]]]  # when a line came, and what it says


def pace(quick: bool) -> list[dict[str, Any]]:
    """Return, a row a model, how long after the arrival of the frame that settled an event its line was out."""
    from sportsai.live.feeds.lines import lines_of

    task, game = "Over loopback at 25 frames a second", beyondsight()
    assert game.tracks is not None
    rate = float(game.tracks.rate_hz)
    lines = list(lines_of(game))[: round((QUICK_S if quick else SECONDS) * rate) + 1]
    rows = []
    for model in ("recognise", "frame_labels", "control"):
        sent, said = _played(lines, rate, model)
        after = 1e3 * np.array([at - sent[e["told_at_frame"]] for at, e in said])
        whole = np.array([at - sent[_at(e)] for at, e in said if _at(e) in sent])
        row: dict[str, Any] = {"task": task, "case": model, "frames": len(sent), "events": len(said)}
        if len(after):
            figures = {"median": np.median(after), "p95": np.quantile(after, 0.95), "max": after.max()}
            row |= {f"{n}_ms": round(float(v), 1) for n, v in figures.items()}
            row |= {"from_event_median_s": round(float(np.median(whole)), 1), "max_s": round(float(whole.max()), 1)}
            row |= {"target": f"median < {TARGET_MS:g} ms", "ok": bool(np.median(after) < TARGET_MS)}
        rows.append(row)
    say = (
        "From the moment the frame with which an event became certain was handed to the socket, to the moment its line "
        "was read from the command's output: the line, the parsing, the model, the writing; `from_event`: from the "
        f"event's own frame, with all that the model waits for. A real stretch ({game.id}), {len(lines) / rate:.0f} s, "
        f"on a machine that was not idle (load {os.getloadavg()[0]:.1f})."
    )
    return [*rows, {"task": task, "say": say}]


def _at(event: dict[str, Any]) -> int:
    lasts = event["type"] == "carry" or "seconds" in event["attributes"]
    return int(event["end_frame"]) - 1 if lasts else int(event["frame"])


def _played(lines: list[bytes], rate_hz: float, model: str) -> tuple[dict[int, float], Said]:
    """Return when each frame was sent, and when each event's line came, with it."""
    words = [sys.executable, "-m", "sportsai", "live", "", "--league", "soccer", "--model", model, "--json",
             "--home-attacks", "right"]  # fmt: skip
    said: Said = []
    sent: dict[int, float] = {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(ASKS_S)
        words[4] = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()) as running:
            assert running.stdout is not None
            out = running.stdout

            def listen() -> None:
                for line in out:
                    said.append((time.perf_counter(), orjson.loads(line)))

            listener = threading.Thread(target=listen, daemon=True)
            listener.start()
            try:
                with server.accept()[0] as wire:
                    _send(wire, lines, rate_hz, sent)
            finally:
                running.kill()  # not Ctrl-C: who starts a bench in the background has its processes ignore that
                listener.join(5)
    return sent, said


def _send(wire: socket.socket, lines: list[bytes], rate_hz: float, sent: dict[int, float]) -> None:
    """Send the lines at their pace; put down in `sent` when each frame was."""
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire.sendall(lines[0])
    time.sleep(6.0)  # what is made once, when a feed begins
    began = time.perf_counter()
    for n, line in enumerate(lines[1:]):
        time.sleep(max(0.0, began + n / rate_hz - time.perf_counter()))
        wire.sendall(line)
        sent[int(orjson.loads(line)["frame"])] = time.perf_counter()
    time.sleep(1.0)
