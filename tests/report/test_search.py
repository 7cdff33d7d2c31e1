"""Key moments come from a search of the whole game where there is one, with what it read and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sportsai.data.events import events_frame
from sportsai.library import Library
from sportsai.report.material import gather
from sportsai.report.moments import found_moments
from sportsai.report.page import build_report
from tests.whole.made_up import game


def run(**more: Any) -> dict[str, Any]:
    return {
        "run_id": "dense-1", "game": "game-20", "kind": "detect", "how": "dense", "model": "spot_conv", "said": [],
        "recipe": "basketball/moments", "frames_total": 400, "frames_read": 100, "metrics": {"types": {}},
        "made_at": "2026-01-01T00:00:00+00:00", "worth": {"shot": 1.0}, "card_text": "# The <card>",
        "scores": {"headline": "mAP", "mean": {"mAP": 0.86}}, "notes": ["Frames are missing."],
        "types": {"shot": {"found": 3, "expected": 2.4, "logged": 8, "AP": 0.9}}, **more,
    }  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path / "lib", create=True)
    library.add(game(20))
    frame = [40, 60, 200, 300]
    events = events_frame(
        {
            "event_id": [f"m{f}" for f in frame], "period": 1, "t_s": [f / 2 for f in frame], "frame": frame,
            "type": ["shot", "shot", "shot", "rebound"], "score": [0.9, 0.8, 0.7, 0.99],
            "start_frame": [f - 8 for f in frame], "end_frame": [f + 5 for f in frame],
        },
        4,
    )  # fmt: skip
    library.write_predictions("game-20", events, run())
    return library


def test_the_likeliest_of_what_is_worth_seeing_come_first_and_lie_apart(library: Library) -> None:
    m = gather(library, "game-20")
    assert m.search is not None and m.run is None
    found = found_moments(m.search)
    assert [(k.title, k.side) for k in found] == [("Shot, 90% likely", -1), ("Shot, 70% likely", -1)]  # 10 s are near


def test_the_page_says_what_was_read_and_how_good_it_is(library: Library) -> None:
    html = build_report(library, "game-20")
    assert "spot_conv read 100 of its 400 frames of play (25%)" in html
    assert "On games it never saw its mAP is 0.86" in html
    assert html.count('class="no o"') == 2
    assert "<td>2.4</td><td>8</td><td>0.90</td>" in html
    assert "Frames are missing." in html and "# The &lt;card&gt;" in html
    assert "The search for key moments" in html


def test_without_a_search_nothing_is_said_of_one(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib", create=True)
    library.add(game(21))
    assert "The search for key moments" not in build_report(library, "game-21")


def test_a_search_that_found_nothing_takes_no_key_moment_away(library: Library) -> None:
    before = gather(library, "game-20")
    library.write_predictions("game-20", before.search.events.iloc[:0], run(run_id="dense-2", made_at="2027"))  # type: ignore[union-attr]
    html = build_report(library, "game-20")
    assert "likeliest moments of a search" not in html
    assert "No model but the search below ran on this game." in html


def test_a_search_by_a_model_that_learned_from_the_game_says_so(library: Library) -> None:
    events = gather(library, "game-20").search.events  # type: ignore[union-attr]
    library.write_predictions("game-20", events, run(run_id="dense-2", made_at="2027", trained_on=True))
    assert "It was trained on this very game: how sure it is proves little here." in build_report(library, "game-20")
