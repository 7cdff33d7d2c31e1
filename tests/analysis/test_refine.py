"""Labels the analyst gives: read, spread to what they imply, refused where they contradict, and told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sportsai.analysis import refine
from sportsai.analysis._corrected import answers, words
from sportsai.analysis.refine import Given, parse, told
from sportsai.court import load_league
from sportsai.data import events_frame
from sportsai.errors import DataError
from sportsai.library.corrected import correct
from sportsai.library.corrections import Marked, make
from sportsai.tasks import labels
from tests.analysis.test_plays import clip

NAMES = list(labels.Options(task="labels").names)
MOMENTS = pd.DataFrame(
    {"period": [1, 1, 2, 2], "t_s": [10.0, 70.0, 10.0, 70.5], "clock_s": [1190.0, 1130.0, 1190.0, 1129.5],
     "side": [0, 1, 0, 1]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "given", "at"),
    [
        ("power_play", Given("power_play", True, ""), [1, 1, 1, 1]),
        ("Power play", Given("power_play", True, ""), [1, 1, 1, 1]),
        ("not dump-in", Given("dump_in", False, ""), [1, 1, 1, 1]),
        ("3=pass", Given("pass", True, "", number=3), [0, 0, 1, 0]),
        ("#2 = not pass", Given("pass", False, "", number=2), [0, 1, 0, 0]),
        ("18:50=shot", Given("shot", True, "", start_s=1130.0, end_s=1130.0), [0, 1, 0, 0]),
        ("19:50-18:40=shot", Given("shot", True, "", start_s=1120.0, end_s=1190.0), [1, 1, 1, 1]),
        ("P2/18:40-18:55=shot", Given("shot", True, "", period=2, start_s=1120.0, end_s=1135.0), [0, 0, 0, 1]),
        ("away=short_handed", Given("short_handed", True, "", side=1), [0, 1, 0, 1]),
    ],
)
def test_what_is_given_is_read(text: str, given: Given, at: list[int]) -> None:
    got = parse(text, NAMES, clip())
    assert got == Given(**{**given.__dict__, "said": text})
    assert got.at(MOMENTS).astype(int).tolist() == at


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("powerplay", 'no label "powerplay".*Did you mean "power_play"'),
        ("", 'no label ""'),
        ("yesterday=pass", '"yesterday" is no moment'),
        ("12:99=pass", '"12:99" is no moment'),
        ("9" * 50 + "=puss", 'no label "puss"'),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as bad:
        parse(text, NAMES, clip())
    assert "\n" not in str(bad.value)


def known(*texts: str) -> dict[str, list[float]]:
    found = told([parse(t, NAMES, clip()) for t in texts], MOMENTS, load_league("hockey"), NAMES)
    return {n: found[:, k].tolist() for k, n in enumerate(NAMES) if not np.isnan(found[:, k]).all()}


def test_a_label_brings_what_it_implies_and_rules_out() -> None:
    got = known("2=blocked")
    assert {n: v[1] for n, v in got.items()} == {
        "blocked": 1, "shot": 1, "possession": 1, "on_net": 0, "dump": 0, "dump_in": 0, "dump_out": 0, "entry_dumped": 0
    }  # fmt: skip
    assert all(np.isnan(v[0]) for v in got.values())
    got = known("not shot")
    assert {n: v[0] for n, v in got.items()} == {"shot": 0, "on_net": 0, "blocked": 0}


def test_labels_that_contradict_each_other_are_said_not_averaged() -> None:
    with pytest.raises(DataError, match=r'"2=short_handed" and "power_play" contradict each other: .* at moment 2'):
        known("power_play", "2=short_handed")
    with pytest.raises(DataError, match="contradict each other"):
        known("1=blocked", "1=not shot")
    with pytest.raises(DataError, match="contradict each other"):
        known("dump_in", "shot")
    with pytest.raises(DataError, match='"9=pass" speaks of none of the 4 moments'):
        known("9=pass")
    assert known("power_play", "1=power_play")["power_play"] == [1, 1, 1, 1]  # said twice is no contradiction


class Rises:
    """Says .2 of everything; where a label is given, .6 of all others of that moment, and .9 of a takeaway."""

    config = SimpleNamespace(levels=[t for t, level in enumerate(labels.LEVELS["plays"]) for _ in level])

    def scores(self, windows, given=None):
        p = np.full((len(windows), len(NAMES)), 0.2)
        p[:, NAMES.index("pass")] = 0.3
        if given is not None:
            some = ~np.isnan(given).all(1)
            p[some] = 0.6
            p[some, NAMES.index("takeaway")] = 0.9
            p = np.where(np.isnan(given), p, given)
        with np.errstate(divide="ignore"):
            return np.log(p)


def test_events_change_and_keep_both_answers(fake) -> None:
    weights = fake("hockey", "labels", lambda e: e, names=NAMES)
    member = SimpleNamespace(name="label_graph", model=Rises(), config=Rises.config)
    weights = weights.__class__(
        SimpleNamespace(members=(member,), names=["label_graph"]), weights.recipe, weights.sha256, weights.about,
        weights.path,
    )  # fmt: skip
    game = clip()
    rows = {"type": ["pass", "shot"], "frame": [100, 150], "player_id": ["h1", "h2"], "side": [0, 0], "t_s": [3.3, 5.0],
            "x": game.tracks.xy[[100, 150], [1, 2], 0], "y": game.tracks.xy[[100, 150], [1, 2], 1]}  # fmt: skip
    events = events_frame(rows)
    before = events["type"].tolist()
    done, run = refine.refine(game, events, {"run_id": "first"}, weights, ["1=zone_entry"])
    part = run["refine"]
    assert (part["moments"], part["changed"]) == (2, 1)
    assert run["refined_from"] == "first"
    assert done["type"].tolist() == ["takeaway", "shot"]
    about = done["attributes"].iloc[0]
    assert about["given"]["zone_entry"] is True
    assert about["refined_from"] == "pass"
    assert about["labels"]["takeaway"] == 0.9
    assert about["labels_before"]["takeaway"] == 0.2
    assert part["most"][0]["number"] == 1
    assert part["most"][0]["label"] == "takeaway"
    assert events["type"].tolist() == before  # the first run's events stay as they were
    _, none = refine.refine(game, events, {"run_id": "first"}, weights, [])
    assert none["refine"]["changed"] == 0
    assert none["refine"]["most"] == []


def test_a_game_without_moments_is_one_line(fake) -> None:
    weights = fake("hockey", "labels", lambda e: e, names=NAMES)
    with pytest.raises(DataError, match="no moment of this game can be asked about"):
        refine.moments_of(clip(), events_frame({"type": []}), weights)


# ---- what people said of single events ----


def said_of(*corrections: object) -> object:
    game = clip()
    rows = {"type": ["pass", "shot"], "frame": [100, 150], "player_id": ["h1", "h2"], "side": [0, 0], "t_s": [3.3, 5.0],
            "score": [0.5, 0.5], "x": game.tracks.xy[[100, 150], [1, 2], 0],
            "y": game.tracks.xy[[100, 150], [1, 2], 1]}  # fmt: skip
    events = events_frame(rows)
    return game, events, correct(events, list(corrections), {"first"}, {""})


def spot(event: str, type_: str, **changes: object) -> Marked:
    at = {"e0": (3.3, 100, "h1"), "e1": (5.0, 150, "h2")}[event]
    return replace(Marked("first", "", event, 1, at[0], at[1], type_, 0, at[2]), **changes)


def weights_of(fake: object) -> object:
    weights = fake("hockey", "labels", lambda e: e, names=NAMES)  # type: ignore[operator]
    member = SimpleNamespace(name="label_graph", model=Rises(), config=Rises.config)
    return weights.__class__(
        SimpleNamespace(members=(member,), names=["label_graph"]), weights.recipe, weights.sha256, weights.about,
        weights.path,
    )  # fmt: skip


def test_a_relabelled_event_gives_its_label_and_a_rejected_one_takes_it_away(fake) -> None:
    relabel = make("relabel", "Ada", was=spot("e0", "pass"), now=spot("e0", "shot"))
    reject = make("reject", "Ben", was=spot("e1", "shot"))
    game, events, said = said_of(relabel, reject)
    done, run = refine.refine(game, events, {"run_id": "first"}, weights_of(fake), [], said)
    part = run["refine"]
    assert part["given"] == ["1=Ada: shot", "1=Ada: not pass", "2=Ben: not shot"]
    assert part["corrections"] == {"used": 2, "left": 0}
    first, second = (a["given"] for a in done["attributes"])
    assert (first["shot"], first["pass"], first["possession"], first["dump"]) == (True, False, True, False)
    assert second == {"shot": False, "on_net": False, "blocked": False}
    # the label graph moves the others: what nobody spoke of is likelier now at both moments
    for about in done["attributes"]:
        assert about["labels"]["successful"] == 0.6
        assert about["labels_before"]["successful"] == 0.2
    assert part["changed"] == 2
    _, alone = refine.refine(game, events, {"run_id": "first"}, weights_of(fake), [], None)
    assert (alone["refine"]["changed"], alone["refine"]["given"], alone["refine"]["corrections"]) == (0, [], {})


def test_a_label_given_against_a_correction_is_refused(fake) -> None:
    confirm = make("confirm", "Ada", was=spot("e1", "shot"))
    game, events, said = said_of(confirm)
    with pytest.raises(DataError, match=r'"2=Ada: shot" and "2=not shot" contradict each other'):
        refine.refine(game, events, {"run_id": "first"}, weights_of(fake), ["2=not shot"], said)


def test_the_player_somebody_named_is_the_one_who_is_asked_about(fake) -> None:
    game = clip()
    x, y = game.tracks.xy[100, 2].tolist()
    now = spot("e0", "pass", player_id="h2", x=x, y=y)
    game, events, said = said_of(make("relabel", "Ada", was=spot("e0", "pass"), now=now))
    _, run = refine.refine(game, events, {"run_id": "first"}, weights_of(fake), [], said)
    assert [m["player"] for m in run["refine"]["list"]] == ["h2", "h2"]
    assert run["refine"]["given"] == ["1=Ada: pass"]


def test_an_added_event_speaks_of_the_nearest_moment_and_others_are_counted(fake) -> None:
    near = make("add", "Ada", now=spot("e1", "faceoff", t_s=5.4))
    far = make("add", "Ada", now=spot("e1", "shot", t_s=8.0))
    game, events, said = said_of(near, far)
    _, run = refine.refine(game, events, {"run_id": "first"}, weights_of(fake), [], said)
    assert run["refine"]["given"] == ["2=Ada: faceoff"]
    assert run["refine"]["corrections"] == {"used": 1, "left": 1}
    assert words(run["refine"]["corrections"]) == (
        "1 correction taken as given labels, 1 of no moment that the model is asked about"
    )


def test_an_event_gives_its_label_to_the_possession_it_ends() -> None:
    moments = pd.DataFrame(
        {"period": [1, 1, 2], "t_s": [10.0, 14.0, 10.0], "side": [0, 0, 1], "player_id": ["a", "b", "c"], "row": -1}
    )  # fmt: skip
    names, graph = list(labels.LEVELS["outcomes"][1]), load_league("soccer").labels
    said = [
        make("add", "Ada", now=spot("e0", "pass", t_s=13.0, player_id="a")),
        make("add", "Ada", now=spot("e0", "turnover", t_s=16.0, player_id="b")),
        make("add", "Ada", now=spot("e0", "pass", t_s=16.0, player_id="a")),  # it is b who has the ball
        make("add", "Ada", now=spot("e0", "carry", t_s=13.0, player_id="a")),  # no label of a possession's end
        make("add", "Ada", now=spot("e0", "pass", t_s=30.0, player_id="c", period=2)),  # too long ago
    ]
    empty = events_frame({"type": []})
    found, left = answers(moments, empty, correct(empty, said, {"first"}, {""}), names, graph)
    assert [(a.moment, a.label, a.holds) for a in found] == [(0, "pass", True), (1, "possession_loss", True)]
    assert left == 3
