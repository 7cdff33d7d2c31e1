"""The command as typed: killed and gone on with, over a growing file and over loopback; what is wrong in one line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import orjson
import pytest
from click.testing import CliRunner

from sportsai.cli.live import command
from sportsai.errors import SportsaiError
from sportsai.live.feeds.lines import lines_of
from tests.live.played import match, played

ASKED = ["--league", "soccer", "--model", "control", "--home-attacks", "right"]


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, [*words])
    if isinstance(result.exception, SportsaiError):
        return 1, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def keys(told: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(r["frame"], r["type"], r["player_id"]) for r in told]


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_and_nothing_twice(tmp_path: Path) -> None:
    """A file grows at many times real pace; the run is killed with SIGKILL, typed again, and again."""
    game, path, events = match(3, seconds=100), tmp_path / "g.jsonl", tmp_path / "e.jsonl"
    lines, dice = list(lines_of(game)), np.random.default_rng(2)
    whole, _ = played(game, "control", None)
    typed = [sys.executable, "-m", "sportsai", "live", str(path), *ASKED, "-o", str(events)]
    grown, before = 200, b""
    path.write_bytes(b"".join(lines[:grown]))
    for kill in range(2):
        running = subprocess.Popen(typed, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        most, until = grown + 20 * int(dice.integers(8, 14)), time.monotonic() + 60
        while time.monotonic() < until and (grown < most or events.stat().st_size <= len(before)):
            if kill or events.is_file():
                with path.open("ab") as f:
                    f.write(b"".join(lines[grown : grown + 20]))
                grown += 20
            time.sleep(float(dice.uniform(0, 0.05)))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        now = events.read_bytes()
        assert now.startswith(before[: before.rfind(b"\n") + 1]) and len(now) > len(before)
        before = now
    path.write_bytes(b"".join(lines))
    code, out, err = run(str(path), *ASKED, "-o", str(events), "--until-quiet", "0.2", "--json")
    kept = [orjson.loads(line) for line in events.read_bytes().splitlines()]
    assert code == 0 and 0 < len(out.splitlines()) < len(kept)
    assert keys(kept) == keys(whole)  # type: ignore[arg-type]
    assert f"{len(kept) - len(out.splitlines())} said before" in err


def test_over_loopback_a_feed_that_breaks_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second connection says all again from the first line; a line was cut, garbage came."""
    from sportsai.live import source

    monkeypatch.setattr(source, "AGAIN_S", 0.05)
    game = match(3)
    whole, _ = played(game, "control", None)
    content = b"".join(lines_of(game))
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for piece in (content[: len(content) // 2], content + b'garbage\n{"end": true}\n'):
            line, _ = server.accept()
            line.sendall(piece)
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    code, out, err = run(f"tcp://127.0.0.1:{server.getsockname()[1]}", *ASKED, "-o", str(tmp_path / "e"), "--json")
    thread.join(5)
    server.close()
    assert code == 0
    assert keys([orjson.loads(line) for line in out.splitlines()]) == keys(whole)  # type: ignore[arg-type]
    assert "times the feed was connected to again: " in err and "lines cut short: 1" in err
    assert "frames out of order: " in err and "lines that could not be read: 1 (line " in err


@pytest.mark.parametrize(
    ("content", "more", "what"),
    [
        (b"Period,Frame\n", [], "not recognised as a format"), (b"\x89PNG\r\n\n", [], "not recognised as a format"),
        (b"", [], "there are no frames in it"), (b'{"game": 1, "rate_hz": 10}\n', [], "does not say the game"),
        (b"x\n", ["--provider", "metrica"], "cannot be followed while it grows"),
        (b"x\n", ["--model", "shared_compair"], "no model named"), (b"x\n", ["--model", "spot_conv"], "no model named"),
        (b"x\n", ["--weights", "none"], "none"), (b"x\n", ["--league", "volleyball"], "can follow volleyball"),
        (b"x\n", ["--league", "nba", "--model", "recognise"], "cannot follow basketball"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(content: bytes, more: list[str], what: str, tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    path.write_bytes(content)
    asked = ["--league", "soccer", "--until-quiet", "0.05", "-o", str(tmp_path / "e.jsonl"), *more]
    code, out, err = run(str(path), *asked)
    assert (code, out) == (1, "") and what in err and "\n" not in err.strip()
    assert not (tmp_path / "e.jsonl").exists()


def test_a_bad_model_names_what_there_is(tmp_path: Path) -> None:
    for words, known in (
        (["--league", "soccer", "--model", "x"], "control, frame_labels, recognise"),
        (["--league", "nba", "--model", "frame_labels"], "control"),
    ):
        code, _, err = run(str(tmp_path / "g"), *words)
        assert code == 1 and known in err


def test_latency_is_said_without_a_feed(tmp_path: Path) -> None:
    code, out, _ = run("tcp://127.0.0.1:9", "--league", "bundesliga", "--latency")
    assert code == 0 and "who has the ball next" in out and "together" in out
