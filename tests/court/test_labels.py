"""Label graphs: what follows from what, and contradictions."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.court import league_names, load_league
from sportsai.court.labels import LabelGraph
from sportsai.errors import LeagueError


def graph(implies=None, exclusive=(), part_of=None, nodes=("a", "b", "c", "d")) -> LabelGraph:
    return LabelGraph.checked(nodes, implies or {}, exclusive, part_of or {}, "x.toml")


def test_what_follows() -> None:
    # a -> b -> c, and c excludes d: a and b exclude d too
    g = graph({"a": ["b"], "b": ["c"]}, [["d", "c"]])
    assert g.implied("a") == {"b", "c"}
    assert g.excluded("a") == {"d"}
    assert g.excluded("d") == {"a", "b", "c"}
    assert g.agrees(["a", "c"])
    assert not g.agrees(["a", "d"])
    assert g.agrees([])
    np.testing.assert_array_equal(g.matrix("implies", ["a", "c", "d"]), [[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert (g.matrix("excludes") == g.matrix("excludes").T).all()


def test_wholes_go_all_the_way_up() -> None:
    g = graph(part_of={"a": ["b"], "b": ["c"]})
    assert g.wholes("a") == {"b", "c"}
    assert g.matrix("part_of", ["a", "c"]).tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"implies": {"a": ["b"], "b": ["c"], "c": ["a"]}},
            r"x\.toml, \"labels\.implies\": goes in a circle: a -> b -> c",
        ),
        ({"implies": {"a": ["a"]}}, "circle: a -> a"),
        ({"part_of": {"a": ["b"], "b": ["a"]}}, r"labels\.part_of\": goes in a circle"),
        ({"implies": {"a": ["b"]}, "exclusive": [["a", "b"]]}, r"labels\.excludes\": \"a\" can never happen"),
        ({"implies": {"a": ["b", "c"]}, "exclusive": [["b", "c"]]}, '"a" can never happen'),
        ({"implies": {"a": ["bb"]}}, 'no label named "bb".*labels.nodes'),
        ({"implies": {"aa": ["b"]}}, 'no label named "aa"'),
        ({"exclusive": [["a", "z"]]}, r"labels\.excludes\": no label named \"z\""),
        ({"exclusive": [["a"]]}, "two or more"),
        ({"exclusive": [["a", "a"]]}, "two or more"),
        ({"part_of": {"a": ["nowhere"]}}, r"labels\.part_of\": no label"),
    ],
)
def test_contradictions_are_one_line(wrong: dict, says: str) -> None:
    with pytest.raises(LeagueError, match=says) as caught:
        graph(**wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", league_names())
def test_every_league_can_happen(name: str) -> None:
    """Each label agrees with all that it implies, and with what it is part of."""
    league = load_league(name)
    for label in league.labels.nodes:
        assert league.labels.agrees({label} | league.labels.implied(label))
        assert label in league.label_titles
    assert set(league.events) <= set(league.labels.nodes)


def test_soccer() -> None:
    g = load_league("soccer").labels
    assert g.implied("cross") == {"pass", "on_ball"}
    assert "shot" in g.excluded("cross")
    assert g.agrees({"pass", "cross", "turnover"})


def test_hockey_agrees_with_what_people_marked() -> None:
    """Labels that share a frame and player in the Olympic power plays may hold at once."""
    g = load_league("olympics_hockey").labels
    for pair in ({"pass", "puck_recovery"}, {"dump_in", "entry_dumped"}, {"dump_out", "puck_recovery"},
                 {"dump_in", "puck_recovery"}, {"puck_recovery", "shot"}, {"pass", "takeaway"}):  # fmt: skip
        assert g.agrees(pair), pair


def test_what_a_label_entails_goes_up_through_parts_and_implications() -> None:
    graph = LabelGraph.checked(
        ["blocked", "shot", "possession", "play"], {"blocked": ["shot"], "possession": ["play"]}, [],
        {"shot": ["possession"]}, "x.toml",
    )  # fmt: skip
    assert graph.entails("blocked") == {"blocked", "shot", "possession", "play"}
    assert graph.entails("play") == {"play"}
