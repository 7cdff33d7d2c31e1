"""Team activities told from footage: pictures as the task makes them, pooled over a second, runs as events."""

from __future__ import annotations

import numpy as np

from sportsai.analysis import activities
from sportsai.data import Game, View, empty_events
from sportsai.tasks.activities import ACTIVITIES
from tests.conftest import make_game, make_tracks


def view(rows: int, people: int = 12) -> View:
    """Return footage in which people stand in two rows of six."""
    k = np.tile(np.arange(people), rows)
    low = np.stack([100.0 + 80 * (people - k), 300.0 + 100 * (k % 2)], -1)
    return View(
        "v.mp4", 1280, 720, rows, np.arange(rows), np.tile(np.eye(3), (rows, 1, 1)),
        np.full(rows, np.nan, np.float32),
        np.repeat(np.arange(rows), people).astype(np.int32), (k % 6).astype(np.int16), k.astype(np.int32),
        np.concatenate([low, low + np.array([50, 120])], 1).astype(np.float32), np.zeros(rows * people, bool),
    )  # fmt: skip


def rally(people: int = 12) -> Game:
    tracks = make_tracks(T=60, rate_hz=10)
    return make_game(tracks, league="volleyball", kind="clip", view=view(60, people))


def test_a_picture_is_what_the_task_makes_of_it() -> None:
    asked = activities.examples(view(3), np.array([2]))
    w = asked.windows
    assert w.xy.shape == (1, 12, 1, 2) and w.present.all()
    # the leftmost person: his box from (180, 400) to (230, 520); the middle of its foot in half widths of 1280 x 720
    assert np.allclose(w.xy[0, 0, 0], [(205 - 640) / 640, (520 - 360) / 640])
    assert np.allclose(asked.more["size"][0, :, 0], [50 / 640, 120 / 640])
    assert (np.diff(w.xy[0, :, 0, 0]) > 0).all()


def test_a_run_of_one_answer_is_an_event(fake) -> None:
    def says(taught):
        early = (taught.windows.frame < 30)[:, None]
        return np.where(early, 4.0 * (np.arange(8) == 0), 4.0 * (np.arange(8) == 5))

    found = activities.analyse(rally(), empty_events(), fake("volleyball", "activities", says))
    first, second = found.events.to_dict("records")
    assert (first["type"], second["type"]) == ("l_pass", "r_spike") and (first["side"], second["side"]) == (0, 1)
    assert first["start_frame"] == 0 and second["end_frame"] == 59 and first["end_frame"] <= second["start_frame"]
    sure = np.exp(4) / (np.exp(4) + 7)
    assert 0.8 * sure < first["score"] <= sure + 1e-6  # less than each moment's where the neighbours say another
    assert found.read == 30 and found.part["by_class"] == {"l_pass": 1, "r_spike": 1}
    assert set(first["attributes"]["classes"]) == set(ACTIVITIES)


def test_what_is_unsure_or_not_seen_is_counted_not_told(fake) -> None:
    weights = fake("volleyball", "activities", lambda taught: np.tile(np.eye(8)[0], (len(taught), 1)))
    found = activities.analyse(rally(), empty_events(), weights)
    assert not len(found.events) and found.part["unsure"] == 1 and "1 more" in found.said[0]
    assert "No frame shows 6 players" in activities.analyse(rally(4), empty_events(), weights).notes[0]
    bare = make_game(make_tracks(), league="volleyball")
    assert "not made from any" in activities.analyse(bare, empty_events(), weights).notes[0]
