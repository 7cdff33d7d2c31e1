"""What the demo installs: pinned by hash, fitting what the project asks for, licences listed, holes asked for."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
COPYLEFT = re.compile(r"GPL|MPL|EUPL|CDDL|Mozilla|copyleft|Eclipse|EPL|CeCILL|OSL", re.IGNORECASE)
FREE = {  # shared libraries in wheels under permissive licences
    "libSvtAv1Enc", "libXau", "libaom", "libavif", "libcrypto", "libdav1d", "libdrm", "libopenblasp", "libopencore",
    "libopus", "libpng16", "libscipy_openblas", "libscipy_openblas64_", "libsharpyuv", "libssl", "libvpl", "libvpx",
    "libwebp", "libwebpmux", "libxcb",
}  # fmt: skip
FFMPEG = {"libavcodec", "libavdevice", "libavfilter", "libavformat", "libavutil", "libswresample", "libswscale"}


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    return lambda name: import_module(name)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_what_is_pinned_is_what_the_project_asks_for(tool: Any) -> None:
    lock = tool("lock")
    pins = lock.pinned()
    asked = [Requirement(r) for r in [*project()["project"]["dependencies"], *project()["build-system"]["requires"]]]
    wrong = [str(r) for r in asked if not r.specifier.contains(pins[lock.canonical(r.name)][0])]
    assert not wrong, f"run make lock: {wrong}"
    lines = [x for x in (lock.DEMO.read_text() + lock.TORCH.read_text()).splitlines() if "==" in x]
    assert len(pins) == len(lines) > 60 and not any(x.count("#") for x in lines)
    assert all(hashes for _, hashes in pins.values()) and len(pins["torch"][1]) == 2
    assert "://" not in lock.DEMO.read_text() + lock.TORCH.read_text()


def test_what_is_pinned_needs_nothing_that_is_not(tool: Any) -> None:
    lock, sbom = tool("lock"), tool("sbom")
    pins = lock.pinned()
    missing = {n: [r for r in sbom.needs(n) if r not in pins and not lock.CUDA.match(r)] for n in pins}
    assert not {n: r for n, r in missing.items() if r}


def test_the_bill_of_materials_is_valid_and_whole(tool: Any, tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    tool("sbom").main(str(tmp_path / "sbom.json"))
    text = (tmp_path / "sbom.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    made = json.loads(text)
    assert {c["name"] for c in made["components"]} == set(tool("lock").pinned())
    (numpy,) = (c for c in made["components"] if c["name"] == "numpy")
    assert numpy["purl"] == f"pkg:pypi/numpy@{numpy['version']}" and numpy["hashes"][0]["alg"] == "SHA-256"
    (ours,) = (d for d in made["dependencies"] if d["ref"] == made["metadata"]["component"]["bom-ref"])
    assert f"numpy@{numpy['version']}" in ours["dependsOn"] and len(ours["dependsOn"]) > 15


def test_no_licence_asks_for_more_than_the_notice_says(tool: Any) -> None:
    sbom, pins = tool("sbom"), tool("lock").pinned()
    said = (ROOT / "NOTICE").read_text().split("What the demo installs")[1].split("Example report")[0]
    stated = {n: sbom.licence(n) for n in pins}
    assert not [n for n, v in stated.items() if v in ("", "not stated", "UNKNOWN")]
    assert not [(n, v) for n, v in stated.items() if COPYLEFT.search(v) and n not in said]
    for name in pins:
        held = set(sbom.bundled(name)) - FREE
        assert not held or name in said, f"{name} carries {held}"
        assert not held & FFMPEG or "FFmpeg" in said
        assert not [v for v in held - FFMPEG if v not in said], name


def advisory(**about: Any) -> dict[str, Any]:
    return {"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "Some_Thing"}, **about}]}


@pytest.mark.parametrize(
    ("about", "known"),
    [
        ({"versions": ["1.2.0"]}, True),
        ({"versions": ["1.1"]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}, False),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "1.10"}]}]}, True),
        ({"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "1.1"}]}]}, False),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ],
)
def test_holes_are_found_in_a_file_of_advisories(tool: Any, tmp_path: Path, about: Any, known: bool) -> None:
    audit = tool("audit")
    path = tmp_path / "advisories.json"
    path.write_text(json.dumps([advisory(**about), advisory(**about) | {"withdrawn": "2026-01-01"}]))
    found = audit.holes({"some-thing": "1.2.0"}, audit.advisories(path))
    assert found == (["some-thing 1.2.0: X-1"] if known else [])


def test_an_index_that_says_nothing_is_no_all_clear(tool: Any, monkeypatch: Any, capsys: Any) -> None:
    audit: ModuleType = tool("audit")
    pins = tool("lock").pinned()
    monkeypatch.setattr(audit, "asked", lambda: audit.told([{"name": n, "skip_reason": "not found"} for n in pins]))
    assert audit.main() == 0 and "could not ask the index" in capsys.readouterr().out
    some = [{"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "X-1"}]}, {"name": "six", "skip_reason": ""}]
    monkeypatch.setattr(audit, "asked", lambda: audit.told(some))
    assert audit.main() == 1
    assert f"1 known holes in {len(pins)} distributions, 1 of which it says nothing" in capsys.readouterr().out


def test_a_file_of_advisories_is_named_with_its_day(tool: Any, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "advisories.json"
    path.write_text("[]")
    assert tool("audit").main(str(path), "2026-11-20") == 0
    assert "asked advisories.json of 2026-11-20" in capsys.readouterr().out
    assert tool("audit").main(str(path)) == 2
