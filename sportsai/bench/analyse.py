"""How long does it take to recognise the events of a whole match with the shipped weights?"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from sportsai.bench._process import environment
from sportsai.resources import demo_match

TITLE = "analysing match 2417 with shipped weights, two threads"
WALL_S, AIM_S = 60.0, 20.0

_OURS = """
import json, sys, time
from pathlib import Path
from sportsai.court import load_league
from sportsai.readers import read_games
paths = tuple(Path(p) for p in sys.argv[1:3])
game = next(read_games(paths, load_league("bundesliga"), "skillcorner"))
wall, cpu = time.perf_counter(), time.process_time()
from sportsai.analysis import analyse
import torch
torch.set_num_threads(2)
events, run = analyse(game)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0] if Path("/proc/self/status").exists() else 0
print(json.dumps([wall, cpu, int(peak) / 1024, run["frames_read"], len(events)]))
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return one row: the match analysed once, imports of the models counted, reading the file not."""
    command = [sys.executable, "-c", _OURS, *map(str, demo_match())]
    done = subprocess.run(command, env=environment(threads=2), stdout=subprocess.PIPE, check=True, text=True)
    wall, cpu, peak, frames, events = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        {
            "case": "whole match, every frame with the ball in view",
            "ours_cpu_s": round(cpu, 2),
            "peer": None,
            "peer_cpu_s": None,
            "ratio": None,
            "frames_per_cpu_s": round(frames / cpu),
            "ours_peak_mb": round(peak),
            "target": f"<= {WALL_S:g} s wall (aim {AIM_S:g})",
            "ok": wall <= WALL_S,
            "note": f"{wall:.1f} s wall; {frames:,} frames read, {events:,} events",
        }
    ]
