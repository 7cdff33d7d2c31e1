"""Likely receivers: ids, places and probabilities of made-up passes, and what is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sportsai.analysis import receivers
from sportsai.data import events_frame
from tests.conftest import make_game, make_tracks


def nearest(taught) -> np.ndarray:
    """Prefer the place nearest to the sender: places are in that order."""
    return -np.arange(taught.windows.P)[None].repeat(len(taught), 0).astype(float)


def passes(game, who: list[str], to: list[list[str]], frames: list[int]) -> pd.DataFrame:
    t = game.tracks
    slot = [t.slot_of(w) for w in who]
    return events_frame(
        {
            "type": ["pass"] * len(who), "frame": frames, "side": [int(t.side[s]) for s in slot], "player_id": who,
            "other_ids": to, "t_s": [f / 10 for f in frames], "score": [0.8] * len(who),
            "x": [t.xy[f, s, 0] for f, s in zip(frames, slot, strict=True)],
            "y": [t.xy[f, s, 1] for f, s in zip(frames, slot, strict=True)],
        }
    )  # fmt: skip


def test_the_receiver_has_his_place_among_the_likely(fake) -> None:
    game = make_game(make_tracks(players=6))
    t = game.tracks
    away = np.linalg.norm(t.xy[20, :6] - t.xy[20, 0], axis=-1)
    order = [f"h{i}" for i in np.argsort(away)[1:]]
    events = passes(game, ["h0", "h0", "a1"], [[order[1]], ["a0"], []], [20, 21, 30])
    weights = fake("soccer", "receivers", nearest)
    found = receivers.analyse(game, events, weights)
    about = found.events["attributes"].tolist()
    assert [i for i, _ in about[0]["likely_receivers"]] == order[:3]
    assert about[0]["receiver"] == {"id": order[1], "rank": 2, "p": about[0]["likely_receivers"][1][1]}
    assert 0 < about[0]["receiver"]["p"] < about[0]["likely_receivers"][0][1] < 1
    assert about[0]["receivers_seen"] == 5
    assert all("receiver" not in a for a in about[1:])  # an opponent; nobody known
    assert found.part["told"] == 3
    assert found.part["known"] == 1
    assert found.part["by_side"][0] == {"known": 1, "first": 0, "among_three": 1}
    assert found.part["scores"]["mean"]["top-1"] == 0.5
    same = [c for c in events.columns if c != "attributes"]
    pd.testing.assert_frame_equal(found.events[same], events[same])
    assert events["attributes"].tolist() == [{}, {}, {}]  # the given table is left alone


def test_nothing_after_the_release_is_read(fake) -> None:
    game = make_game(make_tracks(players=6))
    events = passes(game, ["h0"], [["h1"]], [20])
    weights = fake("soccer", "receivers", nearest)
    receivers.analyse(game, events, weights)
    windows = weights.model.asked[0].windows
    assert (windows.last_frame <= 20).all()
    assert not windows.ball_present.any()
    assert weights.model.asked[0].choices[0, 0] == False  # noqa: E712 - the sender


def test_few_team_mates_and_a_sender_off_camera_are_left_out_and_counted(fake) -> None:
    from dataclasses import replace

    game = make_game(make_tracks(players=6))
    events = passes(game, ["h0", "a0"], [["h1"], ["a1"]], [20, 30])
    here = game.tracks.present.copy()
    here[20, 0] = False
    here[30, 8:] = False
    gone = replace(game, tracks=replace(game.tracks, present=here))
    found = receivers.analyse(gone, events, fake("soccer", "receivers", nearest))
    assert found.part["told"] == 0
    assert set(found.part["left_out"].values()) == {1}
    assert "Receivers are told of 0 of 2 passes" in found.notes[0]
    assert receivers.analyse(game, events.iloc[:0], fake("soccer", "receivers", nearest)).part == {}
