"""Write requirements/demo.txt: what `make demo` installs, each file by its SHA-256, for CPython 3.11 on Linux x86_64.

    python .ci/lock.py        # resolves against the public index; the versions installed beside it are kept

Wheels only. torch stands in requirements/torch.txt with two hashes, the index's wheel's and PyTorch's own CPU wheel's,
for either may be what an index gives; the libraries that the former asks for besides (CUDA) are pinned by its own
metadata, and are left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DEMO, TORCH = ROOT / "requirements" / "demo.txt", ROOT / "requirements" / "torch.txt"
BUILD = ("hatchling>=1.27", "editables>=0.5")  # what `pip install -e` needs without a network of its own
CUDA = re.compile(r"(nvidia-|cuda-|triton|torch$)")
HEAD = "# {what}, for CPython 3.11 on Linux x86_64; written by .ci/lock.py, never by hand.\n"


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, tuple[str, list[str]]]:
    """Return what is pinned: name -> version and the SHA-256 of the files that may be it."""
    text = TORCH.read_text() + DEMO.read_text()
    found = re.findall(r"^([a-z0-9-]+)==(\S+)((?:[ \\\n]+--hash=sha256:[0-9a-f]{64})+)$", text, re.MULTILINE)
    return {name: (version, re.findall(r"[0-9a-f]{64}", hashes)) for name, version, hashes in found}


def resolved(wanted: list[str], pins: list[str]) -> list[dict[str, Any]]:
    """Return pip's report of what it would install: name, version, file and its hash."""
    with tempfile.TemporaryDirectory() as folder:
        held, report = Path(folder, "pins.txt"), Path(folder, "report.json")
        held.write_text("\n".join(pins))
        env = {k: v for k, v in os.environ.items() if k not in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL")}
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary",
             ":all:", "--report", str(report), "-c", str(held), *wanted],
            check=True, env=env | {"PIP_CONFIG_FILE": os.devnull},
        )  # fmt: skip
        return list(json.loads(report.read_text())["install"])


def lines(found: list[dict[str, Any]]) -> list[str]:
    """Return a line of requirements a distribution, CUDA's and torch left out, by name."""
    out = {}
    for one in found:
        name, version = canonical(one["metadata"]["name"]), one["metadata"]["version"]
        if not CUDA.match(name):
            out[name] = f"{name}=={version} --hash=sha256:{one['download_info']['archive_info']['hashes']['sha256']}"
    return [out[name] for name in sorted(out)]


def main(cpu_wheel: str | None = None) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    here = {canonical(d.metadata["Name"]): d.version.partition("+")[0] for d in distributions()}
    pins = [
        f"{n}=={v}" for n, v in here.items() if n != "sportsai" and not n.startswith(("nvidia-", "cuda-", "triton"))
    ]
    found = resolved([*about["dependencies"], *BUILD], pins)
    DEMO.write_text(HEAD.format(what="What the demo installs") + "\n".join(lines(found)) + "\n")
    (torch,) = (f for f in found if canonical(f["metadata"]["name"]) == "torch")
    hashes = [torch["download_info"]["archive_info"]["hashes"]["sha256"]]
    version = torch["metadata"]["version"]
    if cpu_wheel:
        hashes.append(hashlib.sha256(Path(cpu_wheel).read_bytes()).hexdigest())
    elif TORCH.is_file() and pinned()["torch"][0] == version:
        hashes += [h for h in pinned()["torch"][1] if h not in hashes]
    else:
        sys.exit(f"lock: name the file of torch {version}'s CPU wheel too: python .ci/lock.py torch-{version}+cpu….whl")
    hashed = "".join(f" \\\n    --hash=sha256:{h}" for h in hashes)
    what = "torch: the index's wheel, then PyTorch's own CPU wheel"
    TORCH.write_text(HEAD.format(what=what) + f"torch=={version}{hashed}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
