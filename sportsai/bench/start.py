"""How long the command line takes to say hello: `sportsai --help`, and what it loads to do so."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

TITLE = "Start: sportsai --help"
TARGET_S = 0.2
_LOADED = (
    "import sys; sys.argv = ['sportsai', '--help']\nfrom sportsai.cli import main\n"
    "try:\n    main()\nexcept SystemExit:\n    pass\n"
    "print(','.join(sorted({'torch', 'pandas', 'matplotlib', 'numpy'} & set(sys.modules))), file=sys.stderr)"
)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Return one row: median wall seconds of `sportsai --help` and of a bare interpreter, heavy modules loaded."""

    def median_s(command: list[str]) -> float:
        times = []
        for _ in range(5 if quick else 15):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    ours = median_s([sys.executable, "-m", "sportsai", "--help"])
    bare = median_s([sys.executable, "-c", "pass"])
    loaded = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True).stderr.strip()
    return [
        {
            "case": "sportsai --help",
            "wall_s": round(ours, 3),
            "bare_python_s": round(bare, 3),
            "heavy_modules_loaded": loaded or "none",
            "target": f"{TARGET_S} s, none loaded",
            "ok": ours <= TARGET_S and not loaded,
        }
    ]
