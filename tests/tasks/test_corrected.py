"""What a person said of an event is what is taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sportsai.data import Game
from sportsai.data.possessions import handovers
from sportsai.errors import DataError
from sportsai.learn.games import recipe_games
from sportsai.learn.lessons import check_corrections, task_examples
from sportsai.learn.recipe import load_recipe
from sportsai.library import Library
from sportsai.library.desk import Desk
from sportsai.tasks import EVENT, NONE
from sportsai.tasks._corrected import with_corrections
from sportsai.tasks.handovers import Moments, Options, around, background, examples_of, labelled
from tests.report.conftest import small_game

CLASSES = ("pass", "turnover", "carry")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library whose run found what the holder column says: every handover."""
    library, game = Library(tmp_path / "library", create=True), small_game()
    assert game.tracks is not None
    library.add(game)
    library.write_predictions("small", handovers(game.tracks).assign(score=0.7), {"run_id": "r1", "made_at": "2026"})
    return library


def at(m: Moments, frame: int) -> list[tuple[int, str]]:
    return [(int(s), CLASSES[k]) for f, s, k in zip(m.frame, m.slot, m.label, strict=True) if f == frame]


def test_labels_change_with_what_was_said(library: Library) -> None:
    game, desk = small_game(), Desk(library, "small")
    before = labelled(game, CLASSES, 1.2)
    rows = desk.rows
    kinds = rows["type"].to_numpy(object)
    one, two, three = (int(i) for i in np.flatnonzero(kinds == "pass")[[2, 5, 8]])
    frames = rows["frame"].to_numpy(int)
    library.correct(
        "small",
        [
            desk.relabel(str(rows["event_id"][one]), "Ada", type_="turnover"),
            desk.reject(str(rows["event_id"][two]), "Ada"),
            desk.confirm(str(rows["event_id"][three]), "Ada"),
            desk.relabel(str(rows["event_id"][three + 1]), "Ada", type_="shot"),  # not a class of this recipe
            desk.add("4:10", "turnover", "Ada", player="p2"),
        ],
    )
    told = with_corrections(game, library)
    after = labelled(told, CLASSES, 1.2)
    ((slot, _),) = at(before, frames[one])
    assert at(before, frames[one]) == [(slot, "pass")]
    assert at(after, frames[one]) == [(slot, "turnover")]
    assert len(at(before, frames[two])) == 1
    assert at(after, frames[two]) == []
    assert at(after, frames[three]) == at(before, frames[three])
    assert at(after, frames[three + 1]) == []
    added = 2500  # 4:10 into the first period, ten frames a second
    assert at(before, added) == []
    assert at(after, added) == [(2, "turnover")]
    assert len(after) == len(before) - 1
    assert (np.diff(after.frame) >= 0).all()
    # the moved ones follow, and what was rejected is taught as no event
    moved = around(told, CLASSES, 1.2, 2)
    assert at(moved, frames[one] + 1) == [(slot, "turnover")]
    assert at(moved, frames[two] + 1) == []
    none = background(told, CLASSES, 1.2, 3, 3)
    rejected = [(int(f), int(s)) for f, s in zip(none.frame, none.slot, strict=True) if f == frames[two]]
    assert (frames[two], int(before.slot[before.frame == frames[two]][0])) in rejected
    assert not [f for f, s in zip(none.frame, none.slot, strict=True) if f == added and s == 2]
    # the game itself is as it was
    assert len(labelled(game, CLASSES, 1.2)) == len(before)


def test_windows_are_taught_with_corrected_labels(library: Library) -> None:
    options = Options(task="handovers", games=("small",))
    plain = examples_of([small_game()], options, 16)
    desk = Desk(library, "small")
    event = desk.rows[desk.rows["type"] == "pass"].iloc[3]
    library.correct("small", [desk.relabel(str(event["event_id"]), "Ada", type_="turnover")])
    taught = examples_of([with_corrections(small_game(), library)], options, 16)
    assert len(taught.windows) == len(plain.windows)
    here = (plain.windows.frame == event["frame"]) & (plain.kind == EVENT)
    there = (taught.windows.frame == event["frame"]) & (taught.kind == EVENT)
    assert [plain.names[k] for k in plain.windows.label[here]] == ["pass"]
    assert [taught.names[k] for k in taught.windows.label[there]] == ["turnover"]
    assert ((taught.kind == NONE).sum(), (plain.kind == NONE).sum()) == ((plain.kind == NONE).sum(),) * 2


def test_only_training_periods_are_corrected(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search is measured on the second half, by the provider's own labels."""
    recipe = load_recipe("soccer", "shared_compare")
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"games": ("small",)})})
    desk = Desk(library, "small")
    first, second = (desk.rows[(desk.rows["period"] == p) & (desk.rows["type"] == "pass")].iloc[0] for p in (1, 2))
    library.correct("small", [desk.reject(str(second["event_id"]), "Ada")])

    def games() -> list[Game]:
        return recipe_games(recipe, library_folder=library.folder, corrections=library.folder)

    with pytest.raises(DataError, match="nothing was said of small in period 1"):
        games()
    library.correct("small", [desk.reject(str(first["event_id"]), "Ada")])
    (game,) = games()
    moments = labelled(game, CLASSES, 1.2)
    assert at(moments, int(first["frame"])) == []
    assert len(at(moments, int(second["frame"]))) == 1
    blend = load_recipe("soccer", "handovers")
    blend = blend.model_copy(update={"data": blend.data.model_copy(update={"games": ("small",)})})
    plain = task_examples(blend, library_folder=library.folder)
    both = task_examples(blend, library_folder=library.folder, corrections=library.folder)
    assert (plain.kind == EVENT).sum() - (both.kind == EVENT).sum() == 2


def test_recipes_that_read_public_sets_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="public set"):
        check_corrections(load_recipe("hockey", "plays"), None, True)
    named = load_recipe("soccer", "shared_compare")
    with pytest.raises(DataError, match="public set"):
        check_corrections(named, tmp_path, True)
    with pytest.raises(DataError, match="--quick"):
        check_corrections(named, None, False)
    check_corrections(named, None, True)
