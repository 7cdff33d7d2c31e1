"""Features worked out by hand: three players and the ball, chosen so that swapping x and y changes every angle.

home 0 at (0, 0) running (3, 4) m/s; home 1 at (10, 0) still; away 2 at (-30, 40) running (0, -2); ball at (3, 4).
Goals at x = +-52.5: home attacks +x, away attacks -x.
"""

from __future__ import annotations

import math

import pytest
import torch

from sportsai.graphs import EDGE_FEATURES, EDGE_RULES, NODE_FEATURES, connect
from sportsai.graphs.edges import line_of
from sportsai.graphs.features import column, edge_features, node_features

XY = torch.tensor([[[0.0, 0.0], [10.0, 0.0], [-30.0, 40.0], [3.0, 4.0]]])
V = torch.tensor([[[3.0, 4.0], [0.0, 0.0], [0.0, -2.0], [0.0, 0.0]]])
SIDE = torch.tensor([[0, 0, 1, -1]])
MASK = torch.ones(1, 4, dtype=torch.bool)
KNOWN = torch.tensor([[True, True, True, False]])


def nodes(**changes):
    given = {"xy": XY, "v": V, "v_known": KNOWN, "side": SIDE, "mask": MASK, **changes}
    return node_features(*given.values(), ball=3, goal_x_m=52.5)[0]


def node(i: int, name: str, **changes) -> float:
    return float(nodes(**changes)[i, column(NODE_FEATURES, name)])


def edge(a: int, b: int, name: str) -> float:
    return float(edge_features(XY, V, SIDE, MASK)[0, a, b, column(EDGE_FEATURES, name)])


def test_where_and_how_fast() -> None:
    assert [node(0, n) for n in ("x", "y", "vx", "vy", "speed", "v_known")] == [0, 0, 3, 4, 5, 1]
    assert [node(2, n) for n in ("x", "y", "vx", "vy", "speed")] == [-30, 40, 0, -2, 2]


def test_towards_the_ball() -> None:
    assert node(0, "ball_distance") == pytest.approx(5)
    assert (node(0, "ball_cos"), node(0, "ball_sin")) == (pytest.approx(0.6), pytest.approx(0.8))  # not 0.8, 0.6
    # from (10, 0) to (3, 4): (-7, 4), length sqrt(65)
    assert node(1, "ball_cos") == pytest.approx(-7 / math.sqrt(65))
    assert node(1, "ball_sin") == pytest.approx(4 / math.sqrt(65))
    assert [node(3, n) for n in ("ball_distance", "ball_cos", "ball_sin")] == [0, 0, 0]


def test_towards_the_goal_each_side_attacks() -> None:
    assert (node(1, "goal_distance"), node(1, "goal_cos"), node(1, "goal_sin")) == (42.5, 1, 0)
    # away attacks (-52.5, 0): from (-30, 40) that is (-22.5, -40)
    length = math.hypot(22.5, 40)
    assert node(2, "goal_distance") == pytest.approx(length)
    assert node(2, "goal_cos") == pytest.approx(-22.5 / length)
    assert node(2, "goal_sin") == pytest.approx(-40 / length)
    assert node(3, "goal_distance") == pytest.approx(math.hypot(49.5, 4))  # the ball: the nearer goal


def test_who_is_who() -> None:
    flags = [[int(node(i, n)) for n in ("is_home", "is_away", "is_ball")] for i in range(4)]
    assert flags == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_pairs_from_source_to_target() -> None:
    assert [edge(0, 3, n) for n in ("dx", "dy", "distance")] == [3, 4, 5]
    assert [edge(3, 0, n) for n in ("dx", "dy", "distance")] == [-3, -4, 5]
    assert (edge(0, 3, "cos"), edge(0, 3, "sin")) == (pytest.approx(0.6), pytest.approx(0.8))
    assert [edge(0, 1, n) for n in ("dvx", "dvy")] == [-3, -4]
    assert edge(0, 3, "closing") == pytest.approx(5)  # running straight at the resting ball
    assert edge(0, 1, "closing") == pytest.approx(3)  # 3 of its 5 m/s are towards (10, 0)
    assert edge(1, 0, "closing") == pytest.approx(3)
    assert [edge(0, 1, "same_team"), edge(0, 2, "same_team"), edge(0, 3, "same_team")] == [1, 0, 0]
    assert edge(0, 0, "distance") == 0
    assert math.isfinite(edge(0, 0, "cos"))


def test_absent_nodes_and_an_absent_ball_are_zeros() -> None:
    mask = torch.tensor([[True, False, True, False]])
    x = nodes(mask=mask)
    assert not x[1].any()
    assert not x[3].any()
    for name in ("ball_distance", "ball_cos", "ball_sin"):
        assert node(0, name, mask=mask) == 0
    e = edge_features(XY, V, SIDE, mask)[0]
    assert not e[1].any()
    assert not e[:, 3].any()


def test_rules() -> None:
    def joined(rule: str, k: int = 1, line=None, mask=MASK) -> set[tuple[int, int]]:
        return {(int(a), int(b)) for a, b in connect(rule, XY, SIDE, mask, line, k)[0].nonzero()}

    everybody = {(a, b) for a in range(4) for b in range(4) if a != b}
    with_ball = {(3, i) for i in range(3)} | {(i, 3) for i in range(3)}
    assert joined("complete") == everybody
    assert joined("ball") == with_ball
    assert joined("team") == with_ball | {(0, 1), (1, 0)}
    # (source, target): nearest to 0 is the ball, to 1 the ball (sqrt 65 < 10), to 2 the ball (48.8 < 50), to it 0
    assert joined("nearest") == {(3, 0), (3, 1), (3, 2), (0, 3)}
    lines = torch.tensor([[1, 3, 2, -1]])
    assert joined("positional", line=lines) == with_ball  # defence and attack are not neighbours
    assert joined("positional", line=torch.tensor([[1, 2, 2, -1]])) == with_ball | {(0, 1), (1, 0)}
    absent = torch.tensor([[True, False, True, True]])
    for rule in EDGE_RULES:
        assert not [e for e in joined(rule, mask=absent) if 1 in e]
        assert not [e for e in joined(rule) if e[0] == e[1]]


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(Exception, match='Did you mean "nearest"'):
        connect("nearst", XY, SIDE, MASK)


def test_roles_stand_in_lines() -> None:
    assert [line_of(p) for p in ("GK", "LCB", "RWB", "DM", "LM", "CF", "LW", None, "SUB")] == [
        0,
        1,
        1,
        2,
        2,
        3,
        3,
        -1,
        -1,
    ]
