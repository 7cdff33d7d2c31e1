"""What travels in the wheel: leagues, report templates and weights, found without the clone."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    code = (
        "import sys; from hatchling.builders.wheel import WheelBuilder\n"
        "print(next(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=['standard'])))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ROOT), str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])


def test_facts_templates_and_weights_are_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as z:
        names = set(z.namelist())
        size = sum(i.compress_size for i in z.infolist())
    assert "sportsai/_leagues/soccer.toml" in names
    assert "sportsai/_leagues/bundesliga/league.toml" in names
    assert any(n.startswith("sportsai/_templates/") and n.endswith((".html", ".j2")) for n in names)
    assert "sportsai/queries/grammar.lark" in names
    assert "sportsai/weights/soccer/shared_compare/weights.safetensors" in names
    assert any(n.endswith("licenses/NOTICE") for n in names)
    assert not any("/tests/" in n or n.endswith((".pkl", ".pt")) for n in names)
    assert size < 35e6


def test_the_installed_package_works_away_from_the_clone(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as z:
        z.extractall(tmp_path / "site")
    code = (
        "import sportsai, sportsai.resources as r; from sportsai.court import load_league\n"
        "assert 'site' in sportsai.__file__, sportsai.__file__\n"
        "assert load_league('bundesliga').court.length_m == 105\n"
        "assert r.templates_folder().name == '_templates' and (r.weights_folder() / 'soccer').is_dir()"
    )
    path = {"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
