"""A game as tables and back: what footage shows of it, and facts that no game has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from sportsai.errors import NOT_AS_DESCRIBED, DataError
from sportsai.library import form
from sportsai.library.form import view_from_tables, view_tables
from tests.analysis.test_activities import view
from tests.report.conftest import small_game


def test_how_far_the_court_lies_off_in_each_frame_is_kept_and_older_games_have_none() -> None:
    shown = replace(view(3), error_px=np.array([0.5, np.nan, 2.0], np.float32))
    tables = view_tables(shown)
    about = {"path": "v.mp4", "width": 1280, "height": 720, "frames": 3}
    again = view_from_tables(tables["boxes"], tables["views"], about)
    np.testing.assert_array_equal(again.error_px, shown.error_px)
    np.testing.assert_array_equal(again.to_court, shown.to_court)
    older = view_from_tables(tables["boxes"], tables["views"].drop_columns(["error_px"]), about)
    assert np.isnan(older.error_px).all() and older.error_px.shape == (3,)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("roster", 0, "number"), 2**64), (("roster", 0, "number"), 1.8446744073709552e19),
        (("roster", 0, "position"), 7), (("roster", 0, "starter"), "yes"), (("teams", 0, "abbreviation"), ["x"]),
        (("teams", 1, "color"), 3), (("periods", 0, "attacks_right"), 2**64), (("periods", 0, "end_frame"), 2**70),
        (("score",), [2**40, 0]),
    ],
)  # fmt: skip
def test_facts_that_no_game_has_are_refused(where: tuple[str | int, ...], value: object) -> None:
    facts = orjson.loads(form.dump_json(form.game_to_dict(small_game())))
    assert form.check_facts(facts) is facts
    *path, last = where
    at: Any = facts
    for key in path:
        at = at[key]
    at[last] = value
    with pytest.raises(NOT_AS_DESCRIBED):
        form.check_facts(facts)


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(DataError, match="half a character"):
        form.dump_json({"name": "\ud800"})
    with pytest.raises(TypeError):
        form.dump_json({"name": object()})


def test_rows_of_frames_are_found_by_table_and_by_search_alike() -> None:
    for frame in ([5], [5, 6, 7, 20], [0, 1_000_000], [-3, -1, 4]):
        held = np.array(frame, np.int32)
        wanted = np.repeat(held, 3)
        assert (form._rows(held, wanted) == np.searchsorted(held, wanted)).all()
