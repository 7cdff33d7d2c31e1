"""Everything true of a moment: closure over the league's hierarchy, one example a moment, contradictions said."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.errors import DataError
from sportsai.learn.lessons import task_examples
from sportsai.learn.measure import chance, headline, measure, value
from sportsai.learn.recipe import load_recipe
from sportsai.tasks import EVENT, labels
from tests.tasks.test_plays import made_up


def taught(path, **options: object):
    return labels.examples([path], labels.Options.model_validate({"task": "labels", "least": 1, **options}), 16)


def names_of(found, i: int) -> set[str]:
    return {n for n, holds in zip(found.names, found.also[i], strict=True) if holds}


def test_a_moment_has_all_its_labels_and_what_they_imply(tmp_path):
    path = made_up(
        tmp_path, situation_type=["5 on 4", "5 on 4", "5 on 4", "4 on 5"], event_type=["Direct", "", "", ""],
        event_successful=["t", "t", "f", "t"], event_detail_1=["", "", "Blocked", ""],
    )  # fmt: skip
    found = labels.examples([path], labels.Options(task="labels", least=2), 16)
    assert found.refused["further events of a moment and player, their labels joined"] == 1
    found = taught(path)
    found = found.take(found.kind == EVENT)
    assert len(found) == 3  # a pass and a recovery of one player in one frame are one moment
    assert names_of(found, 0) == {
        "power_play", "possession", "gain", "pass", "puck_recovery", "successful", "direct_pass"
    }  # fmt: skip
    assert names_of(found, 1) == {"power_play", "possession", "shot", "blocked"}
    assert names_of(found, 2) == {"short_handed", "gain", "faceoff", "successful"}
    level = dict(zip(found.names, found.hierarchy.level, strict=True))
    assert (level["power_play"], level["gain"], level["shot"], level["blocked"]) == (0, 1, 2, 3)
    place = {n: i for i, n in enumerate(found.names)}
    assert (place["blocked"], place["shot"]) in found.hierarchy.implies
    assert (place["power_play"], place["short_handed"]) in found.hierarchy.excludes


def test_a_log_that_contradicts_itself_gives_neither(tmp_path):
    path = made_up(tmp_path, situation_type=["5 on 4", "4 on 5", "5 on 4", "4 on 5"])
    found = taught(path)
    found = found.take(found.kind == EVENT)
    assert not {"power_play", "short_handed"} & names_of(found, 0)
    assert 'moments logged as "power_play" and "short_handed", which cannot be: neither is taken' in found.refused


def test_rare_labels_are_left_out_and_said(tmp_path):
    found = labels.examples([made_up(tmp_path)], labels.Options(task="labels", least=2), 16)
    assert set(found.names) == {"gain", "possession"}
    assert found.refused['moments of "shot", a label too rare to be taught'] == 1
    with pytest.raises(DataError, match="no label holds 99 times"):
        labels.examples([made_up(tmp_path / "b")], labels.Options(task="labels", least=99), 16)
    with pytest.raises(DataError, match='nothing here whose moments are those of "outcomes"'):
        labels.examples([made_up(tmp_path / "c")], labels.Options(task="labels", of="outcomes"), 16)


def test_the_figure_is_the_mean_ap_of_every_label(tmp_path):
    found = taught(made_up(tmp_path))
    found = found.take(found.kind == EVENT)
    perfect = np.where(found.also, -0.1, -3.0)
    assert headline(found) == "mAP"
    assert value(found, perfect, "mAP") == 1.0
    row = measure(found, perfect, load_recipe("hockey", "labels"))
    assert row["mAP"] == row["AP shot"] == row["mAP, level 3"] == 1.0
    assert chance(found)["mAP"] == pytest.approx(found.also.mean())


def test_at_rest_nobody_moves(tmp_path):
    found = taught(made_up(tmp_path), still=True)
    w = found.windows
    assert (w.xy == w.xy[:, :, w.reference][:, :, None]).all()


@pytest.mark.parametrize(("league", "moments", "least"), [("hockey", 957, 20), ("american_football", 432, 15),
                                                          ("soccer", 7746, 16)])  # fmt: skip
def test_real_games(real_data, league: str, moments: int, least: int) -> None:
    found = task_examples(load_recipe(league, "labels"), real_data)
    events = found.take(found.kind == EVENT)
    assert len(events) == moments
    assert len(found.names) >= least
    assert events.also.sum(0).min() >= 15
    for a, b in found.hierarchy.excludes:
        assert not (events.also[:, a] & events.also[:, b]).any(), (found.names[a], found.names[b])
    for a, b in (*found.hierarchy.implies, *found.hierarchy.part_of):
        torn = events.also[:, a] & ~events.also[:, b]
        assert not torn.any(), (found.names[a], found.names[b])
