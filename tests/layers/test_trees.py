"""Trees as arrays: the leaf that is reached, several numbers a leaf, means of trees, places that share a softmax."""

from __future__ import annotations

import numpy as np
import pytest

from sportsai.errors import ModelError
from sportsai.layers.trees import Node, needed, of_nodes, over_places, packed, together, unpacked, weights

STUMP = [
    Node(1, 2, 0, 0.5, True, None),
    Node(-1, -1, 0, 0.0, False, (1.0, 0.0)),
    Node(-1, -1, 0, 0.0, False, (0.0, 3.0)),
]
DEEP = [Node(1, 2, 1, 0.1, False, None), Node(3, 4, 0, -1.0, False, None), Node(-1, -1, 0, 0.0, False, (0.0, 1.0)),
        Node(-1, -1, 0, 0.0, False, (0.0, 2.0)), Node(-1, -1, 0, 0.0, False, (0.0, 4.0))]  # fmt: skip
X = np.array([[0.5, 0.0], [0.6, 0.0], [np.nan, np.nan], [-1.0, 0.1], [-1.0, 0.2]], np.float32)


def test_each_row_reaches_its_leaf_and_a_leaf_may_say_several_numbers() -> None:
    trees = of_nodes([(0, STUMP), (0, DEEP)], 8, 2, np.array([10.0, 20.0]))
    said = [[11, 24], [10, 27], [11, 21], [11, 21], [11, 21]]  # float32's 0.1 is above 0.1
    np.testing.assert_allclose(trees.raw(X), said)


def test_trees_may_add_to_outputs_of_their_own() -> None:
    trees = of_nodes([(1, STUMP), (0, STUMP)], 2, 2, np.zeros(3))
    np.testing.assert_allclose(trees.raw(X[:2]), [[1, 1, 0], [0, 3, 3]])


def test_together_they_say_the_mean() -> None:
    a, b = (of_nodes([(0, t)], 4, 2, np.array([s, 0.0])) for t, s in ((STUMP, 1.0), (DEEP, 3.0)))
    np.testing.assert_allclose(together([a, b]).raw(X), (a.raw(X) + b.raw(X)) / 2)


def test_they_travel_packed_and_what_does_not_belong_is_refused() -> None:
    trees = of_nodes([(0, STUMP), (0, DEEP)], 8, 2, np.zeros(2))
    state = packed(trees)
    assert state["keep"].dtype == np.int16
    other, rest = unpacked({**state, "more": np.zeros(3)}, {"more": (-1,)})
    np.testing.assert_array_equal(other.raw(X), trees.raw(X))
    assert rest["more"].shape == (3,)
    for wrong in ({**state, "value": state["value"][..., 0]}, {**state, "start": np.zeros(1)}, {**state, "more": X}):
        with pytest.raises(RuntimeError):
            unpacked(wrong, {})


def test_places_share_a_softmax_and_choices_are_needed() -> None:
    choices = np.array([[True, True, False], [False, False, False]])
    said = over_places(np.log([3.0, 1.0]), choices)
    np.testing.assert_allclose(np.exp(said), [[0.75, 0.25, 0], [0, 0, 0]])
    with pytest.raises(ModelError, match="choices"):
        needed(None)


def test_rows_weigh_by_their_class() -> None:
    label = np.array([0, 0, 0, 5])
    np.testing.assert_allclose(weights(label, 1.0), [2 / 3, 2 / 3, 2 / 3, 2])
    np.testing.assert_allclose(weights(label, 0.0), 1)
