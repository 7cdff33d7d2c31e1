"""The file of events: whole lines, nothing twice, gone on with after any stop, never somebody else's."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from sportsai.data.events import empty_events, events_frame
from sportsai.errors import DataError, StoreError
from sportsai.live.log import Log, line_of, records
from tests.live.played import match, played, weights


def record(frame: int, **changes: object) -> dict[str, object]:
    return {"game": "g", "model": "control", "period": 1, "frame": frame, "type": "pass", "side": 0, "player_id": "7",
            **changes}  # fmt: skip


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    log = Log(path, "g", "control")
    assert len(log.write([record(1), record(2), record(1)])) == 2
    log.close()
    with path.open("ab") as f:
        f.write(line_of(record(3))[:20])  # killed while it wrote
    log = Log(path, "g", "control")
    assert [r["frame"] for r in log.write([record(1), record(2), record(3), record(4)])] == [3, 4]
    log.close()
    assert [orjson.loads(line)["frame"] for line in path.read_bytes().splitlines()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"my diary\n", "line 1: this line is no event"), (b"no newline", "its last line is no event"),
        (line_of(record(1, game="h")), "events of game h by control"),
        (line_of(record(1, model="recognise")), "by recognise"),
    ],
)  # fmt: skip
def test_somebody_elses_file_is_left_alone(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "e.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what):
        Log(path, "g", "control")
    assert path.read_bytes() == content


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    log = Log(tmp_path / "e.jsonl", "g", "control")
    with pytest.raises(StoreError, match="another run is writing it"):
        Log(tmp_path / "e.jsonl", "g", "control")
    log.close()
    Log(tmp_path / "e.jsonl", "g", "control").close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="opening the file of events"):
        Log(tmp_path / "none" / "e.jsonl", "g", "control")


def test_a_run_goes_on_where_one_stopped(tmp_path: Path) -> None:
    from sportsai.live.feeds.lines import lines_of
    from tests.live.played import told

    game, path = match(3), tmp_path / "e.jsonl"
    lines = list(lines_of(game))
    whole, _ = played(game, "control", None)
    _, first = told([b"".join(lines[:200])], "control", None)  # says what is open as the end, too
    assert first.told.events
    follower_lines = [b"".join(lines)]
    from sportsai.court import load_league
    from sportsai.live.follow import Follower

    stopped = Follower(load_league("soccer"), "control", None, home_attacks="right", log=path)
    stopped.take([line.rstrip(b"\n") for line in lines[:200]])  # and no `finish`: it was interrupted
    stopped.close()
    before = path.read_bytes()
    _, again = told(follower_lines, "control", None, log=path)
    again.close()
    after = path.read_bytes()
    assert after.startswith(before) and before
    kept = [orjson.loads(line) for line in after.splitlines()]
    assert [(r["frame"], r["type"]) for r in kept] == [(r["frame"], r["type"]) for r in whole]
    assert again.told.known == len(before.splitlines())


def test_a_record_says_who_in_words_and_how_late() -> None:
    live, follower = played(match(3), "recognise", weights("shared_compare"))
    assert follower.head is not None
    first = live[0]
    assert first["game"] == "match-3" and first["model"] == "recognise"
    assert first["player"] == f"Player {first['player_id']}" and first["team"] in ("Home Town", "Away City")
    assert 0 <= first["score"] <= 1 and first["told_at_frame"] > first["frame"]
    at = first["end_frame"] - 1 if first["type"] == "carry" else first["frame"]
    assert first["delay_s"] == pytest.approx((first["told_at_frame"] - at) / 10)
    nameless = events_frame({"type": ["pass"], "other_ids": [[None]], "frame": [5]}, 1)
    told = records(nameless, follower.head, "control", 9)[0]
    assert (told["other_ids"], told["others"], told["player"]) == ([None], [None], None)
    none = records(empty_events(), follower.head, "control", 0)
    assert none == []
