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
        html = (library.folder / "report.html").read_text(encoding="utf-8")
        drawn = None if quick else viewer(html, Path(folder))
    return rows if drawn is None else [*rows, drawn]


def page(rows: list[dict[str, Any]]) -> list[str]:
    """Return the Markdown of the rows, a section each task."""
    from sportsai.bench import _scores

    return ["", "The viewer draws the play with most objects, names on, and each picture is read back.",
            *_scores.page(rows)]  # fmt: skip


def _row(case: str, folder: Path, game_id: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(folder), game_id], check=True, capture_output=True, text=True
    )
    cpu_s, wall_s, peak_mb, size_mb = (float(v) for v in done.stdout.split()[-4:])
    return {
        "task": "A full match as one file",
        "case": case,
        "ours_cpu_s": round(cpu_s, 2),
        "wall_s": round(wall_s, 2),
        "peak_mb": round(peak_mb),
        "file_mb": round(size_mb, 2),
        "target": f"{TARGET_S:.0f} s, {TARGET_MB:.0f} MB",
        "ok": wall_s <= TARGET_S and size_mb <= TARGET_MB,
    }


_PLAYED = """
<script>addEventListener('load', () => {
  const D = JSON.parse(document.querySelector('#data').textContent), v = sportsai.dialog.viewer;
  const there = o => o.some(r => v.mark >= r.start && v.mark <= r.end);
  const seen = i => { sportsai.dialog.open([i]); v.pause(); return v.objects.filter(there).length; };
  let best = 0, most = 0;
  for (let i = 0; i < Math.min(D.events, 400); i++) {
    const n = seen(i);
    if (n > most) { most = n; best = i; }
  }
  seen(best); v.labels = true;
  const flush = () => v.canvas.getContext('2d').getImageData(0, 0, 1, 1), times = [];
  for (let k = 0; k < 300; k++) {
    const t = performance.now();
    v.seek(v.a + k % (v.b - v.a)); flush();
    times.push(performance.now() - t);
  }
  times.sort((a, b) => a - b);
  document.body.innerHTML = '<pre id="told">' + [most, times[150], times[285]].join(' ') + '</pre>';
});</script>
"""


def viewer(html: str, folder: Path) -> dict[str, Any] | None:
    """Return how long the viewer takes for one picture of the play with most objects, drawn and read back; None where
    no browser is installed."""
    from sportsai.errors import DataError
    from sportsai.report.printing import find_browser

    try:
        browser = find_browser()
    except DataError:
        return None
    path = folder / "played.html"
    path.write_text(html.replace("</body>", _PLAYED + "</body>"), encoding="utf-8")
    words = [str(browser), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
             "--window-size=1280,900", "--dump-dom", path.resolve().as_uri()]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    objects, median, late = (float(v) for v in done.stdout.split('<pre id="told">')[1].split("</pre>")[0].split())
    return {"task": "Play viewer", "objects at most": int(objects), "ms a picture, median": round(median, 1),
            "ms a picture, 95 of 100": round(late, 1), "pictures a second": round(1000 / late),
            "target": "30 a second"}  # fmt: skip
