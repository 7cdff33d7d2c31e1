"""A whole game as player graphs, made a batch of frames at a time and never stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sportsai.data.game import Game
from sportsai.data.kinematics import Motion, motion
from sportsai.data.orientation import attacking_right
from sportsai.data.tracks import HOME
from sportsai.errors import DataError, missing_extra
from sportsai.graphs.edges import BALL, connect, line_of
from sportsai.graphs.features import edge_features, node_features

if TYPE_CHECKING:
    from torch_geometric.data import Batch, Data


@dataclass(frozen=True)
class GraphBatch:
    """B frames as graphs of V nodes, the ball the last of them.

    Shapes
    ------
    nodes (B, V, F) in the order of NODE_FEATURES; edges (B, V, V, E) in the order of EDGE_FEATURES, [source, target];
    joined (B, V, V) bool; mask (B, V) bool, False where a place is empty. row (B,) of the tracks, frame (B,) its own.
    slot (B, V) column of the tracks, -1 the ball or an empty place. left_out: players beyond the places of a frame.
    """

    nodes: Tensor
    edges: Tensor
    joined: Tensor
    mask: Tensor
    slot: Tensor
    row: Tensor
    frame: Tensor
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.nodes)

    def to_pyg(self) -> Data:
        """Return the whole batch as one torch_geometric graph: x, edge_index, edge_attr, pos, batch, ptr, frame.

        Shapes: x (|V|, F), edge_index (2, |E|), edge_attr (|E|, E), pos (|V|, 2), batch (|V|,), ptr (B + 1,).
        """
        Data = _torch_geometric().Data
        count = self.mask.sum(1)
        ptr = torch.cat([count.new_zeros(1), count.cumsum(0)])
        place = self.mask.flatten().cumsum(0).view_as(self.mask) - 1
        b, source, target = self.joined.nonzero(as_tuple=True)
        x = self.nodes[self.mask]
        return Data(
            x=x,
            edge_index=torch.stack([place[b, source], place[b, target]]),
            edge_attr=self.edges[b, source, target],
            pos=x[:, :2],
            batch=torch.repeat_interleave(torch.arange(len(self)), count),
            ptr=ptr,
            slot=self.slot[self.mask],
            frame=self.frame,
        )

    def to_pyg_list(self) -> list[Data]:
        """Return one torch_geometric graph a frame, for loaders that want them apart."""
        Data = _torch_geometric().Data
        whole = self.to_pyg()
        edge_graph = whole.batch[whole.edge_index[0]]
        cuts = torch.bincount(edge_graph, minlength=len(self)).cumsum(0)
        out, a = [], 0
        for i in range(len(self)):
            start, stop, e = int(whole.ptr[i]), int(whole.ptr[i + 1]), int(cuts[i])
            out.append(
                Data(
                    x=whole.x[start:stop],
                    edge_index=whole.edge_index[:, a:e] - start,
                    edge_attr=whole.edge_attr[a:e],
                    pos=whole.pos[start:stop],
                    slot=whole.slot[start:stop],
                    frame=self.frame[i],
                )
            )
            a = e
        return out

    def to_pyg_batch(self) -> Batch:
        """Return a torch_geometric Batch that can be taken apart again with `to_data_list`."""
        return _torch_geometric().Batch.from_data_list(self.to_pyg_list())


def _torch_geometric() -> Any:
    try:
        import torch_geometric.data
    except ImportError:
        raise missing_extra("torch-geometric", "graphs") from None
    return torch_geometric.data


@dataclass(frozen=True)
class PlayerGraphs:
    """The observed frames of a game as graphs, in batches, lazily.

    Parameters
    ----------
    game: turned so that the home side attacks +x wherever its direction is known.
    rule: edge rule (sportsai.graphs.EDGE_RULES), k: neighbours of the rule "nearest".
    places: nodes for players; None takes the most seen at once. The nearest to the ball (or the court's centre) stay
        when there are more than places; how many were left out is counted.
    with_edges: False leaves edge features out (edges is then (B, V, V, 0)).
    """

    game: Game
    rule: str = "complete"
    k: int = 5
    places: int | None = None
    with_edges: bool = True
    _turned: Game = field(init=False, repr=False)
    _moved: Motion = field(init=False, repr=False)
    rows: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.game.tracks is None:
            raise DataError(f"game {self.game.id} has no tracks", expected="positions to make graphs of")
        turned = attacking_right(self.game, HOME)
        assert turned.tracks is not None
        people = turned.tracks.present & (turned.tracks.side >= 0)[None]
        most = int(people.sum(1).max(initial=0))
        object.__setattr__(self, "_turned", turned)
        object.__setattr__(self, "_moved", motion(turned.tracks))
        object.__setattr__(self, "rows", np.flatnonzero(turned.tracks.observed))
        object.__setattr__(self, "places", max(1, most) if self.places is None else self.places)
        connect(self.rule, torch.zeros(1, 1, 2), torch.zeros(1, 1), torch.ones(1, 1, dtype=torch.bool))

    def __len__(self) -> int:
        return len(self.rows)

    def batches(self, size: int = 512) -> Iterator[GraphBatch]:
        """Yield the observed frames in order, `size` at a time."""
        for i in range(0, len(self.rows), size):
            yield self.at(self.rows[i : i + size])

    def at(self, rows: np.ndarray) -> GraphBatch:
        """Return the graphs of the given rows of the tracks."""
        tracks, moved = self._turned.tracks, self._moved
        assert tracks is not None and self.places is not None
        rows = np.asarray(rows)
        side = tracks.side
        seen = tracks.present[rows] & (side >= 0)[None]
        slot, left_out = self._chosen(rows, seen)  # (B, places), -1 empty
        place = np.maximum(slot, 0)
        there = slot >= 0
        B, V = len(rows), self.places + 1
        xy, v = np.zeros((B, V, 2), np.float32), np.zeros((B, V, 2), np.float32)
        xy[:, :-1], v[:, :-1] = tracks.xy[rows[:, None], place], moved.v[rows[:, None], place]
        xy[:, -1] = tracks.ball_xy[rows]
        known, mask = np.zeros((B, V), bool), np.zeros((B, V), bool)
        known[:, :-1] = moved.known[rows[:, None], place] & there
        mask[:, :-1], mask[:, -1] = there, tracks.ball_present[rows]
        v[:, -1], known[:, -1] = self._ball_velocity(rows)
        team = np.full((B, V), BALL, np.int64)
        team[:, :-1] = side[place]
        line = np.full((B, V), -1, np.int64)
        line[:, :-1] = self._lines()[place]
        xy[~mask], v[~known] = 0, 0
        return self._dense(xy, v, known, team, mask, line, slot, rows, left_out)

    def _dense(
        self, xy: np.ndarray, v: np.ndarray, known: np.ndarray, team: np.ndarray, mask: np.ndarray, line: np.ndarray,
        slot: np.ndarray, rows: np.ndarray, left_out: int,
    ) -> GraphBatch:  # fmt: skip
        assert self._turned.tracks is not None
        xy_, v_, known_, team_, mask_, line_ = (torch.from_numpy(a) for a in (xy, v, known, team, mask, line))
        goal = self._turned.court_length_m / 2
        nodes = node_features(xy_, v_, known_, team_, mask_, xy.shape[1] - 1, goal)
        edges = (
            edge_features(xy_, v_, team_, mask_) if self.with_edges else xy_.new_zeros(*team.shape, team.shape[1], 0)
        )
        return GraphBatch(
            nodes=nodes,
            edges=edges,
            joined=connect(self.rule, xy_, team_, mask_, line_, self.k),
            mask=mask_,
            slot=torch.from_numpy(np.concatenate([slot, np.full((len(slot), 1), -1)], 1)),
            row=torch.from_numpy(rows),
            frame=torch.from_numpy(self._turned.tracks.frame[rows].astype(np.int64)),
            left_out=left_out,
        )

    def _chosen(self, rows: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the slots that take part, in slot order, -1 where a place stays empty; and how many are left out."""
        assert self._turned.tracks is not None and self.places is not None
        count = seen.sum(1)
        extra = int(np.maximum(count - self.places, 0).sum())
        if extra:
            tracks = self._turned.tracks
            centre = np.where(tracks.ball_present[rows][:, None], tracks.ball_xy[rows], 0)
            away = ((tracks.xy[rows] - centre[:, None]) ** 2).sum(-1)
            away[~seen] = np.inf
            keep = np.argsort(away, 1, kind="stable")[:, : self.places]
            kept = np.zeros_like(seen)
            np.put_along_axis(kept, keep, True, 1)
            seen = seen & kept
        order = np.argsort(~seen, 1, kind="stable")[:, : self.places]
        slot = np.where(np.take_along_axis(seen, order, 1), order, -1)
        if slot.shape[1] < self.places:
            slot = np.pad(slot, ((0, 0), (0, self.places - slot.shape[1])), constant_values=-1)
        return slot, extra

    def _ball_velocity(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Central difference over the neighbouring frames where both hold the ball and follow on, (B, 2), (B,)."""
        tracks = self._turned.tracks
        assert tracks is not None
        before, after = np.maximum(rows - 1, 0), np.minimum(rows + 1, tracks.T - 1)
        known = tracks.ball_present[before] & tracks.ball_present[after] & tracks.ball_present[rows]
        known &= (tracks.frame[after] - tracks.frame[before] == 2) & (tracks.period[after] == tracks.period[before])
        return (tracks.ball_xy[after] - tracks.ball_xy[before]) * (float(tracks.rate_hz) / 2), known

    def _lines(self) -> np.ndarray:
        assert self._turned.tracks is not None
        roster = {p.id: p.position for p in self.game.roster}
        return np.array([line_of(roster.get(s.player_id or "")) for s in self._turned.tracks.slots], np.int64)
