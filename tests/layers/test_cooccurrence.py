"""Counting which labels come together: worked out by hand, and what must hold of any labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sportsai.court.labels import LabelGraph
from sportsai.errors import ModelError, ShapeError
from sportsai.layers.cooccurrence import conditional, links, phi

ROWS = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]], bool)
tables = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=2, max_size=12).map(lambda r: np.array(r))


def test_rows_condition_on_their_own_label() -> None:
    # N = 3, 3, 2; together 0-1 twice, 0-2 once, 1-2 twice
    want = torch.tensor([[1, 2 / 3, 1 / 3], [2 / 3, 1, 2 / 3], [1 / 2, 1, 1]])
    assert torch.allclose(conditional(ROWS), want)
    assert torch.equal(conditional(torch.tensor(ROWS)), conditional(ROWS))


@given(tables)
@settings(max_examples=60, deadline=None)
def test_conditional_frequencies_of_any_labels(rows: np.ndarray) -> None:
    mask, n = conditional(rows), torch.tensor(rows.sum(0)).float()
    assert torch.equal(mask.diagonal(), torch.ones(4))
    assert mask.min() >= 0 and mask.max() <= 1
    other = mask.clone().fill_diagonal_(0)
    assert torch.allclose(other * n[:, None], (other * n[:, None]).T, atol=1e-5)  # Mask_jk N_j = Mask_kj N_k
    assert (other[n == 0] == 0).all()


@given(tables)
@settings(max_examples=60, deadline=None)
def test_signed_correlations_are_those_of_numpy(rows: np.ndarray) -> None:
    got = phi(rows).numpy()
    varies = rows.std(0) > 0
    assert (got[~varies] == 0).all() and (got[:, ~varies] == 0).all()
    if varies.sum() > 1:
        want = np.corrcoef(rows[:, varies].T.astype(float))
        np.testing.assert_allclose(got[np.ix_(varies, varies)], want, atol=1e-6)


def test_the_vocabulary_speaks_first_and_labels_where_it_is_silent() -> None:
    names = ("pass", "cross", "shot", "possession", "corner")
    graph = LabelGraph(names, (("cross", "pass"),), (("pass", "shot"),), (("pass", "possession"),))
    said = {edge: graph.matrix(edge) for edge in ("implies", "part_of", "excludes")}
    rows = np.array([[1, 0, 1, 0, 1], [0, 1, 0, 1, 1], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0]], bool)  # denies the vocabulary
    only = links(**said)
    plus, minus = links(rows, 0.1, **said)
    for m in (plus, minus, *only):
        assert torch.equal(m, m.T) and not m.diagonal().any()
    pairs = [tuple(names[i] for i in p) for p in only.plus.triu().nonzero()]
    assert pairs == [("pass", "cross"), ("pass", "possession")]
    assert [tuple(names[i] for i in p) for p in only.minus.triu().nonzero()] == [("pass", "shot"), ("cross", "shot")]
    assert (plus | ~only.plus).all() and (minus | ~only.minus).all() and not (plus & minus).any()
    assert plus[1, 3] and minus[2, 3]  # silent there: cross with possession (phi 1), shot with possession (phi -1)
    assert not (plus | minus)[4].any()  # phi 0 with all others
    assert not any(m.any() for m in links(rows, 1.0))
    assert not any(m.any() for m in links(rows[:, 4:]))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ModelError, match="neither 0 nor 1"):
        conditional(torch.tensor([[0.5, 1.0]]))
    with pytest.raises(ShapeError, match="labels has shape"):
        phi(np.zeros(3, bool))
    with pytest.raises(ModelError, match="no labels and no relations"):
        links()
    with pytest.raises(ShapeError, match="relations have shape"):
        links(ROWS, excludes=np.zeros((2, 2), bool))
