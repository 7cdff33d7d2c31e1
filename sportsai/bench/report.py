"""How long the report of a full match takes and how large it is: SkillCorner 2417 with a pass or turnover every 8 s."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TITLE = "Report: a full match as one HTML file"
TARGET_S, TARGET_MB = 30.0, 5.0
_FULL = """
import resource, sys, time
start = time.perf_counter()
from pathlib import Path
from sportsai.library import Library
from sportsai.report import write_report
path = write_report(Library(sys.argv[1]), sys.argv[2], Path(sys.argv[1]) / "report.html")
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024, path.stat().st_size / 1e6)
"""


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return one row a case: 2417 with the handovers its holder column shows as its events, and without events."""
    from sportsai.court import load_league
    from sportsai.data.possessions import handovers
    from sportsai.library import Library
    from sportsai.readers import read_games
    from sportsai.resources import demo_match

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        game = next(read_games(demo_match(), load_league("bundesliga"), "skillcorner"))
        library = Library(Path(folder) / "library", create=True)
        library.add(game)
        cases = [] if quick else [_row("2417, not analysed", library.folder, game.id)]
        if game.tracks is not None:
            made = {"run_id": "bench", "model": "holder column", "made_at": "2026-01-01T00:00:00Z"}
            library.write_predictions(game.id, handovers(game.tracks), made)
        rows = [_row("2417, every handover an event", library.folder, game.id), *cases]
    return rows


def _row(case: str, folder: Path, game_id: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(folder), game_id], check=True, capture_output=True, text=True
    )
    cpu_s, wall_s, peak_mb, size_mb = (float(v) for v in done.stdout.split()[-4:])
    return {
        "case": case,
        "ours_cpu_s": round(cpu_s, 2),
        "wall_s": round(wall_s, 2),
        "peak_mb": round(peak_mb),
        "file_mb": round(size_mb, 2),
        "target": f"{TARGET_S:.0f} s, {TARGET_MB:.0f} MB",
        "ok": wall_s <= TARGET_S and size_mb <= TARGET_MB,
    }
