"""What breaks a run off: Ctrl-C, a file that is gone as it is opened, an address that is none, no place for events."""

from __future__ import annotations

import errno
import fcntl
import os
from collections import Counter
from pathlib import Path

import pytest

from sportsai.court import load_league
from sportsai.errors import DataError, StoreError
from sportsai.live.follow import Follower, follow
from sportsai.live.log import Log
from sportsai.live.source import open_source


class Stopped:
    """A source at which somebody presses Ctrl-C."""

    name = "stopped"

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def poll(self, wait_s: float) -> list[bytes]:
        self.counts["times the feed was connected to again"] += 1
        raise KeyboardInterrupt

    def close(self) -> None:
        pass


def test_what_was_wrong_at_the_source_is_told_after_ctrl_c() -> None:
    follower = Follower(load_league("soccer"), "control", None)
    with pytest.raises(KeyboardInterrupt):
        follow(Stopped(), follower, lambda told: None)
    assert follower.sum_up().counts["times the feed was connected to again"] == 1


def test_a_file_that_is_gone_as_it_is_opened_again_may_come_back_and_one_that_may_not_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g.jsonl"
    path.write_bytes(b"one\ntwo\n")
    feed = open_source(str(path))
    assert feed.poll(0) == [b"one", b"two"]
    path.write_bytes(b"new\n")  # shorter: it is begun again
    with monkeypatch.context() as gone:
        gone.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(FileNotFoundError(2, "No such file")))
        assert feed.poll(0) == []
        gone.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        with pytest.raises(DataError, match="cannot be read"):
            feed.poll(0)
    assert feed.poll(0) == [] and feed.poll(0) == [b"new"]
    assert feed.counts == Counter({"times the file was cut short": 1})
    feed.close()


@pytest.mark.parametrize("name", ["tcp://[::1", "http://[x:1/", "tcp://127.0.0.1:nine", "tcp:127.0.0.1:9000"])
def test_an_address_that_is_none_is_said(name: str) -> None:
    with pytest.raises(DataError, match="not on this machine"):
        open_source(name)


@pytest.mark.parametrize(
    ("number", "what"),
    [(errno.EWOULDBLOCK, "another run is writing it"), (errno.ENOLCK, "No locks available while locking"),
     (errno.ENOSPC, "the disk is full .* another folder with -o")],
)  # fmt: skip
def test_why_events_cannot_be_kept_is_said(
    number: int, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(StoreError, match=what):
        Log(tmp_path / "events.jsonl", "1", "control")
