"""A whole game as graphs: every seen player once, batches equal single frames, torch_geometric agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sportsai.graphs import NODE_FEATURES, PlayerGraphs
from sportsai.graphs.features import column
from tests.conftest import make_game, make_tracks

TENSORS = ("nodes", "edges", "joined", "mask", "slot", "row", "frame")


@pytest.fixture
def game():
    tracks = make_tracks(T=40, players=4)
    present, ball = tracks.present.copy(), tracks.ball_present.copy()
    present[10:20, 2] = False
    present[30] = False  # nobody
    ball[5:15] = False
    return make_game(replace(tracks, present=present, ball_present=ball))


def test_every_seen_player_is_a_node_once(game) -> None:
    graphs = PlayerGraphs(game)
    assert len(graphs) == 39  # the frame in which nobody was seen is no graph
    for batch in graphs.batches(7):
        for i, row in enumerate(batch.row):
            slots = batch.slot[i][batch.slot[i] >= 0].tolist()
            assert slots == np.flatnonzero(game.tracks.present[row]).tolist()
            xy = batch.nodes[i, : len(slots), :2].numpy()
            assert np.allclose(xy, game.tracks.xy[row, slots], atol=1e-5)
            assert bool(batch.mask[i, -1]) == bool(game.tracks.ball_present[row])


def test_one_frame_alone_equals_the_frame_in_a_batch(game) -> None:
    graphs = PlayerGraphs(game, "nearest", k=2)
    whole = next(graphs.batches(39))
    for i in (0, 12, 38):
        one = graphs.at(whole.row[i : i + 1].numpy())
        for name in TENSORS:
            assert torch.equal(getattr(one, name)[0], getattr(whole, name)[i]), name


def test_torch_geometric_agrees(game) -> None:
    from torch_geometric.data import Batch

    dense = next(PlayerGraphs(game, "team").batches(16))
    flat = dense.to_pyg()
    assert flat.x.shape == (int(dense.mask.sum()), len(NODE_FEATURES))
    assert flat.edge_index.shape[1] == int(dense.joined.sum()) == flat.edge_attr.shape[0]
    assert flat.validate()
    offset = flat.pos[flat.edge_index[1]] - flat.pos[flat.edge_index[0]]
    assert torch.allclose(flat.edge_attr[:, :2], offset, atol=1e-5)
    parts = dense.to_pyg_list()
    assert len(parts) == 16
    again = Batch.from_data_list(parts)
    for name in ("x", "edge_index", "edge_attr", "batch", "ptr"):
        assert torch.equal(again[name], flat[name]), name
    assert dense.to_pyg_batch().num_graphs == 16


def test_too_few_places_are_counted_and_the_nearest_to_the_ball_stay(game) -> None:
    batch = next(PlayerGraphs(game, places=3).batches(5))
    assert batch.left_out == 5 * (8 - 3)
    away = np.linalg.norm(game.tracks.xy[0] - game.tracks.ball_xy[0], axis=-1)
    assert sorted(batch.slot[0, :3].tolist()) == sorted(np.argsort(away)[:3].tolist())


def test_the_home_side_attacks_right_in_every_period(demo_game) -> None:
    graphs = PlayerGraphs(demo_game)
    assert len(graphs) == int(demo_game.tracks.observed.sum())
    keeper = next(
        i
        for i, s in enumerate(demo_game.tracks.slots)
        if s.side == 0 and s.player_id and demo_game.player(s.player_id).position == "GK"
    )
    for period in (1, 2):
        rows = np.flatnonzero(demo_game.tracks.present[:, keeper] & (demo_game.tracks.period == period))[::50]
        batch = graphs.at(rows)
        x = batch.nodes[..., column(NODE_FEATURES, "x")][batch.slot == keeper]
        assert x.median() < -30
    assert all(torch.isfinite(b.nodes).all() and torch.isfinite(b.edges).all() for b in graphs.batches(4096))
