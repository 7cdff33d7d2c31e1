"""The README's pictures: the demo report as a browser shows it. Small WebP files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sportsai.docs import ROOT
from sportsai.errors import StoreError
from sportsai.library.atomic import write_bytes

PICTURES = ROOT / "reports" / "examples" / "pictures"
MOST_BYTES = 150_000
SIZE, SHOWN_WIDE_PX = (1200, 780), 1000
ALONE = "for (const s of document.querySelectorAll('main > section')) if (!s.matches('#NAME')) s.remove();"
BUTTON = "[...document.querySelectorAll('#plays button')].find(b => b.textContent == 'Event')"
EVENT = f"setTimeout(() => {BUTTON}.click(), 800);"
SHOTS = {  # what the page does before it is pictured
    "front": "",
    "moments": ALONE.replace("NAME", "moments"),
    "match": ALONE.replace("NAME", "match"),
    "viewer": f"document.querySelector('#front a.play').click(); {EVENT}",
}


def write(into: Path = PICTURES) -> list[Path]:
    """Read and analyse the demo match, write its report, picture it, and return the pictures."""
    import sportsai as sa
    from sportsai.report.printing import find_browser

    browser, made = find_browser(), []
    with TemporaryDirectory() as folder:
        library = sa.demo(Path(folder) / "library")
        page = sa.write_report(library, "2417", Path(folder) / "report.html").read_text(encoding="utf-8")
        into.mkdir(parents=True, exist_ok=True)
        for name, script in SHOTS.items():
            html = Path(folder) / f"{name}.html"
            acts = f"<script>addEventListener('load', () => {{ {script} }});</script></body>"
            html.write_text(page.replace("</body>", acts), encoding="utf-8")
            made.append(into / f"{name}.webp")
            write_bytes(made[-1], _small(_shot(browser, html, Path(folder))))
    return made


def _shot(browser: Path, html: Path, folder: Path) -> Path:
    png = html.with_suffix(".png")
    words = [str(browser), "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             f"--user-data-dir={folder / 'profile'}", f"--window-size={SIZE[0]},{SIZE[1]}",
             "--virtual-time-budget=4000", f"--screenshot={png}"]  # fmt: skip
    if sys.platform == "linux":
        words.append("--no-sandbox")
    subprocess.run([*words, html.as_uri()], capture_output=True, timeout=120, check=True)
    if not png.is_file():
        raise StoreError(f"{browser.name} made no picture", where=html)
    return png


def _small(png: Path) -> bytes:
    """Return a picture as WebP of at most MOST_BYTES."""
    import io

    from PIL import Image

    with Image.open(png) as whole:
        high = round(whole.height * SHOWN_WIDE_PX / whole.width)
        picture = whole.convert("RGB").resize((SHOWN_WIDE_PX, high), Image.Resampling.LANCZOS)
    for quality in range(90, 20, -10):
        out = io.BytesIO()
        picture.save(out, format="WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()
