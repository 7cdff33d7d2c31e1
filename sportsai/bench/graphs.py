"""Player graphs of a whole match, beside unravelsports on the same frames.

Both start from the match already read; kinematics, node features, edge features and edges are timed, nothing else. The
peer lives in an environment of its own (it pins other versions): name its interpreter in SPORTSAI_PEER_PYTHON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sportsai.resources import demo_match

TITLE = "Player graphs with features: frames a CPU-second, beside unravelsports"
FRAMES_A_CPU_S, RATIO = 5_000, 50
PEER = "unravelsports 1.2.1"

_OURS = """
import json, sys, time
from dataclasses import replace
import numpy as np, torch
torch.set_num_threads(1)
from pathlib import Path
from sportsai.court import load_league
from sportsai.graphs import PlayerGraphs
from sportsai.readers import read_games
files, wanted, form = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
game = next(read_games(tuple(map(Path, files)), load_league("bundesliga"), "skillcorner"))
frames = None
if wanted.exists():  # the stretch of the match that the peer read, and in it the frames it made graphs of
    frames = np.array(json.loads(wanted.read_text()))
    stretch = game.tracks.rows(frames[[0, -1]])
    game = replace(game, tracks=game.tracks.cut(stretch[0] - 10, stretch[1] + 11))
if form == "pyg":  # its import is not what is measured
    import torch_geometric.data
start = time.process_time()
graphs = PlayerGraphs(game)
rows = graphs.rows if frames is None else game.tracks.rows(frames)
assert (rows >= 0).all()
for i in range(0, len(rows), 512):
    batch = graphs.at(rows[i : i + 512])
    if form == "pyg":
        batch.to_pyg()
spent = time.process_time() - start
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([len(rows), spent, int(peak) / 1024]))
"""
_PEER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from kloppy import skillcorner
from unravel.soccer import KloppyPolarsDataset, SoccerGraphConverter
files, wanted, limit = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
read = skillcorner.load(
    meta_data=files[1], raw_data=files[0], coordinates="secondspectrum",
    include_empty_frames=False, limit=limit)
start = time.process_time()
data = KloppyPolarsDataset(kloppy_dataset=read)
data.add_dummy_labels()
data.add_graph_ids()
graphs = SoccerGraphConverter(dataset=data, non_potential_receiver_node_value=0.1).to_pytorch_graphs()
spent = time.process_time() - start
json.dump(sorted(int(g.frame_id) for g in graphs), open(wanted, "w"))
print(json.dumps([len(graphs), spent, 0]))
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return three rows: the whole match dense, then the peer's frames dense and as torch_geometric data."""
    files = json.dumps([str(f) for f in demo_match()])
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "frames.json"
        n, spent, peak = _measure(sys.executable, _OURS, files, str(wanted), "dense")
        rows = [_row("2417, every observed frame, dense tensors", n, spent, peak)]
        peer = os.environ.get("SPORTSAI_PEER_PYTHON")
        if not peer:
            rows[0]["note"] = "peer not measured: SPORTSAI_PEER_PYTHON names no interpreter that has it"
            return rows
        peer_n, peer_s, _ = _measure(peer, _PEER, files, str(wanted), "1500" if quick else "6000")
        for form, words in (("dense", "dense tensors"), ("pyg", "torch_geometric data")):
            n, spent, peak = _measure(sys.executable, _OURS, files, str(wanted), form)
            row = _row(f"2417, the peer's {peer_n:,} frames, {words}", n, spent, peak)
            ratio = (n / spent) / (peer_n / peer_s)
            row |= {"peer": PEER, "peer_frames_per_cpu_s": round(peer_n / peer_s), "ratio": round(ratio, 1)}
            row["target"], row["ok"] = f">= {RATIO}x", ratio >= RATIO
            rows.append(row)
    return rows


def _row(case: str, n: int, spent: float, peak: float) -> dict[str, Any]:
    return {
        "case": case,
        "frames": n,
        "ours_cpu_s": round(spent, 2),
        "frames_per_cpu_s": round(n / spent),
        "ours_peak_mb": round(peak),
        "target": f">= {FRAMES_A_CPU_S:,} frames/CPU-s",
        "ok": n / spent >= FRAMES_A_CPU_S,
        "note": "",
    }


def _measure(python: str, code: str, *arguments: str) -> tuple[int, float, float]:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    if python == sys.executable:
        env["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run([python, "-c", code, *arguments], capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError(f"the measured process failed: {done.stderr.strip().splitlines()[-1:]}")
    n, spent, peak = json.loads(done.stdout.strip().splitlines()[-1])
    return int(n), float(spent), float(peak)
