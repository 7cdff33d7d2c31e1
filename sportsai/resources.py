"""Find the folders that travel with the code: leagues, report templates, shipped weights, and the user's data; and
tell one file from another."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(in_wheel: str, in_clone: str) -> Path:
    wheel = _PACKAGE / in_wheel
    return wheel if wheel.is_dir() else _PACKAGE.parent / in_clone


def leagues_folders() -> list[Path]:
    """Return the folders searched for leagues, the user's own (SPORTSAI_LEAGUES, `:`-separated) before the shipped."""
    own = [Path(p) for p in os.environ.get("SPORTSAI_LEAGUES", "").split(os.pathsep) if p]
    return [*own, _shipped("_leagues", "leagues")]


def templates_folder() -> Path:
    """Return the folder of report templates."""
    return _shipped("_templates", "reports/templates")


def weights_folder() -> Path:
    """Return the folder of shipped weights, one folder a recipe: <league>/<recipe>/."""
    return _PACKAGE / "weights"


def data_folder() -> Path | None:
    """Return the folder of real games: SPORTSAI_DATA, else ../shared/data beside a clone, else None."""
    named = os.environ.get("SPORTSAI_DATA")
    if named:
        return Path(named) if Path(named).is_dir() else None
    beside = _PACKAGE.parent.parent / "shared" / "data"
    return beside if beside.is_dir() else None


def demo_match() -> tuple[Path, Path]:
    """Return the tracking and match file of the demo match: SkillCorner 2417, which travels inside the kloppy wheel.

    Found without importing kloppy. Raises DataError saying how to get the files when the installed wheel has none.
    """
    from importlib.util import find_spec

    from sportsai.errors import DataError

    spec = find_spec("kloppy")
    folder = Path(spec.origin).parent / "tests" / "files" if spec and spec.origin else Path("kloppy/tests/files")
    files = folder / "skillcorner_structured_data.json", folder / "skillcorner_match_data.json"
    if not all(f.is_file() for f in files):
        raise DataError(
            "the demo match is not in the installed kloppy",
            path=folder,
            expected="skillcorner_structured_data.json and skillcorner_match_data.json (kloppy 3.19.1 holds them)",
            todo="Run `pip install kloppy==3.19.1`, or `sportsai ingest` match 2417 of SkillCorner's open data.",
        )
    return files


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; a file of any size, block by block."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain(path: Path) -> Path:
    """Return `path`; OSError where it is a device or a pipe, which may have no end, or never begin."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "is no plain file")
    return path
