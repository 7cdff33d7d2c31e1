"""Single frames read as they are asked for: where the camera looks, kept for the next time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sportsai.court import load_league
from sportsai.video import glances
from sportsai.video.decode import look
from tests.video.films import greys, write

# pixels of 64 x 48 to metres: the picture's middle is the court's
TO_COURT = np.array([[1.0, 0, -32.0], [0, -1.0, 24.0], [0, 0, 1.0]])


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Frames that were searched, told by their grey; every third shows no court, every fifth is far off it."""
    searched: list[int] = []

    def found(mask, height, league, near):
        n = searched[-1]
        far = np.array([[1.0, 0, 500.0 * (n % 5 == 4)], [0, 1, 0], [0, 0, 1]])
        return None if n % 3 == 2 else SimpleNamespace(laid=SimpleNamespace(to_court=far @ TO_COURT))

    def noted(image, dark):
        searched.append(round((float(image.mean()) - 20) / 5))

    monkeypatch.setattr(glances, "find_court", found)
    monkeypatch.setattr(glances, "stripes", noted)
    write(tmp_path / "v.mp4", greys(20))
    return searched


def test_what_was_glanced_at_is_not_looked_at_again(asked: list[int], tmp_path: Path) -> None:
    footage, league = look(tmp_path / "v.mp4"), load_league("soccer")
    seen = glances.Glances(footage, league, np.zeros(7), tmp_path / "run")
    at = seen.looks_at(np.array([6, 0, 2, 4]))
    assert asked == [0, 2, 4, 6] and len(seen) == 4  # in the file's order
    assert np.allclose(at[[0, 1]], 0.0) and np.isnan(at[2:]).all()  # 2 shows no court, 4 is half a kilometre off
    assert np.allclose(seen.looks_at(np.array([0, 1])), 0.0) and asked == [0, 2, 4, 6, 1]
    again = glances.Glances(footage, league, np.zeros(7), tmp_path / "run")
    assert len(again) == 5 and np.isnan(again.looks_at(np.array([2]))).all() and len(asked) == 5
    assert seen.counter.read == 5 and seen.counter.decoded < 20
