"""New footage labelled: windows and events by hand, a film that turns round, and times in a SportsCode file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sportsai.clips.fit import TEACH, Trained, teach
from sportsai.clips.label import Said, as_moments, events, label, windows
from sportsai.clips.table import parted
from sportsai.errors import DataError
from sportsai.library.exports import write_sportscode
from tests.clips.made_up import pans
from tests.video.films import view, write


@pytest.mark.parametrize(
    ("length", "expected"),
    [(5.0, [0, 1, 2, 3]), (5.5, [0, 1, 2, 3, 3.5]), (2.0, [0]), (1.0, [0])],
)
def test_windows_cover_the_footage(length: float, expected: list[float]) -> None:
    span = windows(length, 2.0, 1.0)
    assert span[:, 0].tolist() == expected and span[-1, 1] == length


def test_alike_windows_are_one_event() -> None:
    """Windows of 2 s a second apart, middles 1 to 4: a, a, none, b: borders lie half way between middles."""
    p = np.array([[0.6, 0.3, 0.1], [0.9, 0.0, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]])
    said = Said(windows(5, 2, 1), p, ("a", "b", "none"), False)
    assert events(said).values.tolist() == [[0.0, 2.5, "a", 0.9], [3.5, 5.0, "b", 0.8]]
    assert events(said, 0.85).values.tolist() == [[1.5, 2.5, "a", 0.9]]
    both = Said(windows(5, 2, 1), np.full((4, 2), 0.7), ("a", "b"), True)
    assert events(both).values.tolist() == [[0.0, 5.0, "a", 0.7], [0.0, 5.0, "b", 0.7]]


def test_times_of_the_events_in_a_file_of_instances(tmp_path: Path) -> None:
    found = pd.DataFrame([(1.25, 2.5, "a", 0.9)], columns=["from_s", "to_s", "label", "score"])
    text = write_sportscode(*as_moments(found), tmp_path / "e.xml").read_text()
    assert "<start>1.25</start>" in text and "<end>2.50</end>" in text and "<code>a</code>" in text and "90%" in text


def test_a_camera_that_turns_round_is_two_events(tmp_path: Path) -> None:
    clips, shelf = pans(tmp_path, games=4, each=2)
    t = TEACH.model_copy(update={"epochs": 16, "batch": 4, "lr": 1e-2})
    trained = teach("stpn", clips, shelf, parted(clips), t, options={"d": "32", "dropout": "0"})
    there = [100 + 6 * n for n in range(32)]
    path = write(tmp_path / "new.mp4", [view(x, 96, 64) for x in [*there, *there[::-1]]])
    assert trained.length_s == pytest.approx(0.32)
    counted: list[tuple[int, int]] = []
    said = label(path, trained, progress=lambda *a: counted.append(a))
    assert counted[-1] == (len(said.p), len(said.p)) and said.p.shape == (15, 2)
    found = events(said)
    assert found["label"].tolist()[0] == "right" and found["label"].tolist()[-1] == "left"
    turned = found[found["label"] == "left"]["from_s"].iloc[0]
    assert abs(turned - 1.28) < 0.3


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("text")
    with pytest.raises(DataError, match="is not a video"):
        label(tmp_path / "a.mp4", object.__new__(Trained), 1.0)
