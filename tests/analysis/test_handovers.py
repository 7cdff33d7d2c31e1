"""A second opinion changes nothing but what stands beside an event."""

from __future__ import annotations

import pandas as pd

from sportsai.analysis import handovers
from tests.analysis.conftest import constant
from tests.analysis.test_receivers import passes
from tests.conftest import make_game, make_tracks


def test_the_opinion_is_written_beside_and_nothing_is_changed(fake) -> None:
    game = make_game(make_tracks(players=6))
    events = passes(game, ["h0", "a0", "h2"], [["h1"], [], []], [20, 30, 58])
    events.loc[1, "type"] = "turnover"
    found = handovers.analyse(game, events, fake("soccer", "handovers", constant(2.0, 0.0, 0.0), contests=["made-up"]))
    about = found.events["attributes"].tolist()
    assert about[0]["second_opinion"]["pass"] > 0.7
    assert set(about[0]["second_opinion"]) == {"pass", "turnover", "carry"}
    assert about[0]["second_opinion_trained_on"] is True
    assert about[2] == {}  # its window reaches over the end
    same = [c for c in events.columns if c != "attributes"]
    pd.testing.assert_frame_equal(found.events[same], events[same])
    assert (found.part["told"], found.part["agree"], found.part["asked"]) == (2, 1, 3)
    assert "trained on this very game" in " ".join(found.notes)
