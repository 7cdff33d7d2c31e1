"""Write build/sbom.json: what the demo installs, with version, hashes, licence and what needs what (CycloneDX 1.6).

    python .ci/sbom.py [FILE]

Versions and hashes are those that are pinned (requirements/*.txt); licences are those that the distributions state.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from lock import ROOT, canonical, pinned
from packageurl import PackageURL
from packaging.requirements import Requirement

OUT = ROOT / "build" / "sbom.json"


def licence(name: str) -> str:
    """Return what a distribution states as its licence: an expression, else its classifiers, else its first line."""
    about = distribution(name).metadata
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    named = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or () if c.startswith("License :: ")]
    named = [c for c in named if c != "OSI Approved"]
    first = (about.get("License") or "").strip().split("\n")[0].strip()
    return first if 0 < len(first) <= 40 and not named else "; ".join(named) or first[:80] or "not stated"


def bundled(name: str) -> list[str]:
    """Return the shared libraries that travel in a distribution's wheel besides its own, without their versions."""
    found = {re.match(r"[^.]+\.libs/(lib[\w+]+?)(?:[-.]|$)", str(f)) for f in distribution(name).files or ()}
    return sorted({m[1] for m in found if m})


def needs(name: str) -> list[str]:
    """Return the names of what a distribution asks for here, extras left out."""
    asked = [Requirement(r) for r in distribution(name).requires or ()]
    return [canonical(r.name) for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})]


def bill() -> Bom:
    """Return the bill of materials."""
    here, factory = pinned(), LicenseFactory()
    ours = Component(name="sportsai", version=distribution("sportsai").version, type=ComponentType.APPLICATION,
                     licenses=[factory.make_from_string(licence("sportsai"))])  # fmt: skip
    parts = {}
    for name, (version, hashes) in here.items():
        parts[name] = Component(
            name=name, version=version, type=ComponentType.LIBRARY, bom_ref=f"{name}@{version}",
            purl=PackageURL("pypi", None, name, version), licenses=[factory.make_from_string(licence(name))],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=h) for h in hashes],
            properties=[Property(name="sportsai:bundled", value=v) for v in bundled(name)],
        )  # fmt: skip
    made = Bom(components=parts.values())
    made.metadata.component = ours
    for one, name in ((ours, "sportsai"), *((p, n) for n, p in parts.items())):
        made.register_dependency(one, [parts[n] for n in needs(name) if n in parts])
    return made


def main(path: str = "") -> None:
    out = Path(path) if path else OUT
    missing = []
    for name in pinned():
        try:
            distribution(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        sys.exit(f"sbom: not installed here: {', '.join(missing)}; run make demo first")
    made = bill()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(JsonV1Dot6(made).output_as_string(indent=1) + "\n")
    print(f"sbom: {len(made.components)} distributions in {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
