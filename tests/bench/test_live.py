"""The live bench's own arithmetic: what is the same event, how late, what a core could follow."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sportsai.bench import _live_games, _live_network, _live_pace, live
from sportsai.bench._live_games import Followed, as_set
from sportsai.data import Game
from sportsai.data.events import events_frame
from tests.conftest import make_game, make_tracks
from tests.live.played import match


def event(frame: int, **changes: object) -> dict[str, object]:
    return {"period": 1, "frame": frame, "type": "pass", "side": 0, "player_id": "7", "start_frame": frame,
            "end_frame": frame + 9, "other_ids": ["8"], "score": 0.5, "delay_s": 2.0, "told_at_frame": frame + 20,
            "attributes": {}, **changes}  # fmt: skip


def told(*events: dict[str, object]) -> dict[str, object]:
    return {"events": list(events), "frames": 3000, "rate_hz": 10.0, "last_frame": 999, "cpu_s": 20.0, "by": "torch",
            "lost": 0, "memory": [(n, 300.0 + n) for n in range(4)]}  # fmt: skip


def game(finished: Game | None = None) -> Followed:
    made = finished or make_game(make_tracks(T=30))
    return Followed("g", Path("g"), "soccer", ("control",), {"the same frames": lambda: made})


def test_a_difference_of_any_kind_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = ("period", "frame", "type", "side", "player_id", "start_frame", "end_frame", "other_ids", "score")
    batch = events_frame({k: pd.Series([event(f)[k] for f in (10, 50)]) for k in columns}, 2)
    monkeypatch.setattr(live, "said_of_whole", lambda *_: batch)
    same = live._same(game(), "control", told(event(10), event(50)))[0]
    assert (same["batch"], same["live"], same["missing"], same["more"], same["ok"]) == (2, 2, 0, 0, True)
    for other, column in (
        ((event(10),), "missing"), ((event(10), event(50), event(70)), "more"),
        ((event(10), event(50, end_frame=60)), "other_evidence"),
        ((event(10), event(50, other_ids=[])), "other_evidence"),
    ):  # fmt: skip
        row = live._same(game(), "control", told(*other))[0]
        assert row[column] == 1 and not row["ok"]
    row = live._same(game(), "control", told(event(10), event(50, score=0.6)))[0]
    assert row["probability_apart"] == "1e-01" and not row["ok"]
    assert not live._same(game(), "control", told(event(10), event(50), event(50)))[0]["ok"]  # said twice


def test_delays_leave_out_what_the_end_made_certain() -> None:
    row = live._late(game(), "control", told(event(10), event(50, delay_s=9.0), event(90, told_at_frame=999)))
    assert (row["events"], row["median_s"], row["max_s"], row["stated_most_s"]) == (2, 5.5, 9.0, 4.9)
    assert row["later_than_stated"] == 1
    assert live._late(game(), "control", told())["events"] == 0


def test_what_a_core_can_follow() -> None:
    row = live._load(game(), "control", told())  # 5 minutes of play, 20 s of work
    assert (row["cpu_s_a_minute"], row["feeds_a_core"]) == (4.0, 15)
    assert (row["MB_10_min"], row["MB_end"], row["MB_most"]) == (301, 303, 303)


def test_how_far_models_look_ahead_is_read_off_them() -> None:
    rows = {r["case"].split(":")[0]: r for r in live._ahead() if "case" in r}
    assert rows["frame_labels"]["frames_10_Hz"] == 128  # 64 frames at 5 Hz
    multi = rows["frame_labels by a MultiLSTM of your own (multi, N = 15)"]
    assert multi["most_s"] == 3.0 and multi["frames_25_Hz"] == 75  # N - 1 frames, and the one that ends the stretch


def test_an_event_with_an_extent_counts_from_its_end() -> None:
    assert _live_pace._at(event(10)) == 10
    assert _live_pace._at(event(10, type="carry")) == 18
    assert _live_pace._at(event(10, attributes={"seconds": 2.0})) == 18


def test_a_step_is_timed_in_turn_and_compared() -> None:
    import numpy as np

    row = _live_network._row("x", lambda: np.ones(3), lambda: np.ones(3) * 1.1, 3)
    assert row["apart"] == "1e-01" and not row["ok"]


def test_the_batch_run_of_a_game() -> None:
    assert set(_live_games.said_of_whole(match(3), "control")["type"]) == {"pass", "turnover"}
    assert as_set([]) == {}
