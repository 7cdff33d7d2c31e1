"""A game as tables and back: what footage shows of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sportsai.library.form import view_from_tables, view_tables
from tests.analysis.test_activities import view


def test_how_far_the_court_lies_off_in_each_frame_is_kept_and_older_games_have_none() -> None:
    shown = replace(view(3), error_px=np.array([0.5, np.nan, 2.0], np.float32))
    tables = view_tables(shown)
    about = {"path": "v.mp4", "width": 1280, "height": 720, "frames": 3}
    again = view_from_tables(tables["boxes"], tables["views"], about)
    np.testing.assert_array_equal(again.error_px, shown.error_px)
    np.testing.assert_array_equal(again.to_court, shown.to_court)
    older = view_from_tables(tables["boxes"], tables["views"].drop_columns(["error_px"]), about)
    assert np.isnan(older.error_px).all() and older.error_px.shape == (3,)
