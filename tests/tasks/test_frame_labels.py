"""What holds at each frame, by hand: intervals from their first frame to their last, moments near them, sides apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.data.events import events_frame
from sportsai.tasks.frame_labels import SIDES, Options, timeline
from tests.whole.made_up import game

OPTIONS = Options(
    provider="any", intervals={"attack": ("create", "finish")}, moments={"shot near": ("shot",)}, near_s=1.0
)  # fmt: skip


def test_labels_by_hand() -> None:
    made = game(0, frames=20, moments=0)
    events = events_frame(
        {
            "type": ["possession", "possession", "create", "finish", "shot"],
            "side": [0, 1, 0, 0, 0], "period": 1, "t_s": [1.0, 4.0, 1.0, 2.5, 6.0], "frame": [2, 8, 2, 5, 12],
            "start_frame": [2, 8, 2, 5, 12], "end_frame": [5, 10, 6, 7, 13],
        },
        5,
    )  # fmt: skip
    line = timeline(replace(made, events=events), OPTIONS)
    assert line is not None and line.labels is not None
    assert line.label_names == (*SIDES, "attack", "shot near") == OPTIONS.names
    holds = {n: np.flatnonzero(line.labels[:, k]).tolist() for k, n in enumerate(line.label_names)}
    assert holds["home has the ball"] == [2, 3, 4]
    assert holds["away has the ball"] == [8, 9]
    assert holds["attack"] == [2, 3, 4, 5, 6]  # two that overlap are one
    assert holds["shot near"] == [10, 11, 12, 13, 14]
    assert OPTIONS.turned == (1, 0, 2, 3)  # the ends exchanged, the teams change places


def test_a_game_of_which_nothing_is_logged_has_labels_that_never_hold() -> None:
    made = replace(game(0, frames=20, moments=0), events=None)
    line = timeline(made, OPTIONS)
    assert line is not None and line.labels is not None
    assert not line.labels.any()
    assert timeline(replace(made, tracks=None), OPTIONS) is None
