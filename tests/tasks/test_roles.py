"""Who does what, when nobody says who: the key is hidden, the receiver known by his shirt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sportsai.learn.lessons import task_examples
from sportsai.learn.measure import measure_people
from sportsai.learn.recipe import load_recipe
from sportsai.readers import bigdatacup
from sportsai.tasks import EVENT, roles
from tests.tasks.test_plays import made_up


def taught(path, **options: object):
    return roles.examples([path], roles.Options.model_validate({"task": "roles", "moved": (), **options}), 16)


def test_places_are_in_order_of_x_and_the_actor_moves_with_his_part(tmp_path):
    found = taught(made_up(tmp_path, jn2=[7.0, None, None, None]))
    w = found.windows
    assert (w.key == 0).all()
    x = np.where(w.present[:, :, w.reference], w.xy[:, :, w.reference, 0], 9.0)
    assert (np.diff(x, axis=1) >= 0).all()
    names = found.people_names
    said = [[names[k] if k >= 0 else "-" for k in row[:3]] for row in found.people]
    # the keeper stands far left and comes first; he wears 7 and receives the first event, the key player acts
    assert said[0] == ["receives", "pass", "-"]
    assert said[1] == ["nothing", "recovery", "-"]
    assert said[2] == ["nothing", "shot", "-"]
    assert said[3] == ["faceoff", "nothing", "-"]  # Canada's event: turned, its player is further left
    assert w.relation[0, :3].tolist() == [1, 1, 0]


def test_asked_who_the_choices_are_the_acting_teams_skaters(tmp_path):
    what, who = (taught(made_up(tmp_path), ask=a) for a in ("what", "who"))
    assert who.names == () and who.also is None and who.choices is not None
    doing = [what.people_names[what.people[i, p]] for i, p in enumerate(who.windows.label)]
    assert doing == [what.names[k] for k in what.windows.label]
    n = np.arange(len(who))
    assert who.choices[n, who.windows.label].all()
    assert (who.windows.relation[who.choices] == 1).all()  # nobody of the other team, no goalkeeper


def test_a_shirt_worn_twice_is_nobodys(tmp_path):
    path = made_up(tmp_path, jn2=[7.0, None, None, None])
    with np.load(path) as data:
        arrays = dict(data)
    arrays["same_team"][0, 2], arrays["jersey"][0, 2] = 1, 7
    arrays["mask"][0, :, 2] = True
    np.savez(path, **arrays)
    assert not (taught(path).people == len(roles.CLASSES) + 1).any()


def test_who_acts_is_scored_beside_chance(tmp_path):
    found = taught(made_up(tmp_path))
    right = np.full((*found.people.shape, len(found.people_names)), -9.0)
    np.put_along_axis(right, np.maximum(found.people, 0)[..., None], 0.0, -1)
    row = measure_people(found, right, roles.ACTS)
    assert row["who acts"] == 1.0
    assert row["who acts, chance"] == pytest.approx(0.5)
    assert measure_people(found, right)["persons right"] == 1.0
    # everybody is a little likelier to do nothing than what he does: held equally likely, he who acts is found
    names = len(found.people_names)
    near = np.log(np.full((*found.people.shape, names), 1e-6))
    near[..., 0] = np.log(0.6)
    acts = found.people > 0
    near[acts, found.people[acts]] = np.log(0.3)
    share = np.full((len(found), names), 0.1 / (names - 1))
    share[:, 0] = 0.9
    row = measure_people(found, near, (), share)
    assert row["persons right"] < 1 and row["persons right, even"] == row["persons, mean of actions, even"] == 1.0


def test_real_games(real_data) -> None:
    recipe = load_recipe("hockey", "roles")
    found = task_examples(recipe, real_data)
    events = found.take(found.kind == EVENT)
    assert len(events) == 1056
    does = (events.people > 0) & (events.people < len(found.people_names) - 1)
    assert (does.sum(1) == 1).all()
    got = (events.people == len(found.people_names) - 1).any(1)
    assert got.sum() > 300
    assert got[events.facts["event"] == "pass"].mean() > 0.5
    log = pd.read_csv(real_data / "hockey" / bigdatacup.EVENTS)
    assert got[events.facts["event"].isin(["puck_recovery", "takeaway"])].mean() < 0.05, log.columns
