"""A report as PDF: printed by the browser that is installed, the very page that was written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sportsai.errors import DataError, StoreError
from sportsai.library.atomic import store_errors, write_bytes

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
LONGEST_S = 120.0


def find_browser() -> Path:
    """Return the browser that prints: SPORTSAI_BROWSER, else a Chromium, Chrome or Edge; DataError where none is."""
    said = os.environ.get("SPORTSAI_BROWSER")
    if said:
        found = shutil.which(said)
        if found is None:
            raise DataError("no such program", path=Path(said), key="SPORTSAI_BROWSER", expected="a Chromium")
        return Path(found)
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    for place in PLACES:
        if Path(place).is_file():
            return Path(place)
    raise DataError("no browser that prints is installed here", key="--pdf", expected="Chromium, Chrome or Edge",
                    todo="Install one, or open the report in any browser and print it.")  # fmt: skip


def print_pdf(html: Path, out: Path, browser: Path) -> Path:
    """Print a report to `out`, all or nothing, and return it; StoreError where the browser fails."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "report.pdf"
        words = [str(browser), "--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run",
                 f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"]  # fmt: skip
        if sys.platform == "linux" and os.geteuid() == 0:  # Chromium refuses its sandbox to root
            words.append("--no-sandbox")
        try:
            subprocess.run([*words, html.resolve().as_uri()], capture_output=True, timeout=LONGEST_S, check=True)
            content = made.read_bytes()
        except (OSError, subprocess.SubprocessError) as why:
            raise StoreError(
                f"{browser.name} did not print the report ({type(why).__name__})", where=html,
                todo="The page itself is written: open it and print it there.",
            ) from None  # fmt: skip
    with store_errors(out, "writing the PDF", "-o"):
        write_bytes(out, content)
    return out
