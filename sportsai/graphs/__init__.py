"""Players as graphs: named node and edge features, edge rules, whole games lazily, torch-geometric at the boundary.

Inside, a batch of frames is a few dense tensors (a complete graph of 23 through dense attention is over twenty times
quicker than through sparse message passing on a CPU); `to_pyg` turns it into torch_geometric data for anyone else.
"""

from sportsai.graphs.edges import EDGE_RULES, connect
from sportsai.graphs.features import EDGE_FEATURES, NODE_FEATURES
from sportsai.graphs.games import GraphBatch, PlayerGraphs

__all__ = ["EDGE_FEATURES", "EDGE_RULES", "NODE_FEATURES", "GraphBatch", "PlayerGraphs", "connect"]
