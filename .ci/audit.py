"""Ask whether a known hole is in what the demo installs (requirements/*.txt), and say it in a line.

    python .ci/audit.py                      # asks the index through pip-audit
    python .ci/audit.py all.zip 2026-11-20   # asks a file instead: advisories in OSV's form, and the day they are of

Exit code 1 where a hole is known, else 0. Where nobody could be asked that is said: it is no all-clear. All of OSV's
advisories of PyPI are one file, https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lock import DEMO, TORCH, canonical, pinned
from packaging.version import InvalidVersion, Version

WAIT_S = 60


def advisories(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the advisories of a file: one, a list of them, or a zip of many."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield json.loads(packed.read(name))
    else:
        held = json.loads(path.read_text())
        yield from held if isinstance(held, list) else [held]


def holes(pins: Mapping[str, str], known: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return "name version: advisory" of every pin that an advisory is about."""
    found = set()
    for one in known:
        for about in one.get("affected", ()) if not one.get("withdrawn") else ():
            package = about.get("package", {})
            name = canonical(str(package.get("name", "")))
            if package.get("ecosystem") == "PyPI" and name in pins and _about(pins[name], about):
                found.add(f"{name} {pins[name]}: {one['id']}")
    return sorted(found)


def _about(version: str, about: Mapping[str, Any]) -> bool:
    if version in about.get("versions", ()):
        return True
    here = Version(version)
    for spell in about.get("ranges", ()):
        if spell.get("type") != "ECOSYSTEM":
            continue
        inside = False
        for event in spell.get("events", ()):  # in order of version
            try:
                if "introduced" in event and (event["introduced"] == "0" or here >= Version(event["introduced"])):
                    inside = True
                if "fixed" in event and here >= Version(event["fixed"]):
                    inside = False
                if "last_affected" in event and here > Version(event["last_affected"]):
                    inside = False
            except InvalidVersion:
                continue
        if inside:
            return True
    return False


def asked() -> tuple[list[str], int]:
    """Return the holes that the index knows of, and of how many distributions it said nothing."""
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "all.txt")
        both.write_text(TORCH.read_text() + DEMO.read_text())
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", str(both), "--require-hashes", "--disable-pip", "-f", "json",
             "--progress-spinner", "off", "--timeout", "10"], capture_output=True, text=True, timeout=WAIT_S,
        )  # fmt: skip
    return told(json.loads(done.stdout)["dependencies"])


def told(found: Iterable[Mapping[str, Any]]) -> tuple[list[str], int]:
    """Return holes and the number of those left out, of what pip-audit writes."""
    found = list(found)
    named = [f"{d['name']} {d['version']}: {v['id']}" for d in found for v in d.get("vulns", ())]
    return sorted(named), sum("skip_reason" in d for d in found)


def main(file: str = "", day: str = "") -> int:
    pins = {name: version for name, (version, _) in pinned().items()}
    silent, source = 0, "the index"
    if file:
        if not day:
            print("audit: say of which day the advisories are: python .ci/audit.py FILE 2026-11-20", file=sys.stderr)
            return 2
        named, source = holes(pins, advisories(Path(file))), f"{Path(file).name} of {day}"
    else:
        try:
            named, silent = asked()
        except (subprocess.TimeoutExpired, OSError, ValueError, KeyError):
            named, silent = [], len(pins)
    if silent == len(pins):
        print(f"audit: could not ask {source} about {len(pins)} distributions; nothing is known of holes, no all-clear")
        return 0
    left = f", {silent} of which it says nothing" if silent else ""
    print(f"audit: {len(named)} known holes in {len(pins)} distributions{left}, asked {source}")
    for line in named:
        print(f"  {line}")
    return int(bool(named))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
