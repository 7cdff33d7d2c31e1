"""The house: imports point down, nothing is in a circle, heavy things wait, help is quick and complete."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sportsai
from sportsai import plugins

ROOT = Path(sportsai.__file__).parent

# Rows from the ground up: a package may import its own row only within itself, and any row below.
ROWS: list[set[str]] = [
    {"errors", "memory", "units"},
    {"plugins", "resources"},
    {"court"},
    {"data"},
    {"readers", "fetch", "video", "library", "graphs", "layers", "simulate"},
    {"models", "sequence_models", "clip_models", "tasks"},
    {"learn"},
    {"search", "whole", "clips"},
    {"analysis"},
    {"live"},
    {"queries"},
    {"report"},
    {"serve"},
    {"season"},
    {"bench", "api"},
    {"cli"},
    {"docs"},
    {"__main__"},
]
ROW_OF = {name: i for i, row in enumerate(ROWS) for name in row}
NEVER_IN_REPORT = {"torch", "torch_geometric", "kornia", "lightning"}
HEAVY = {
    "torch", "torch_geometric", "kornia", "mplsoccer", "matplotlib", "lightning", "sklearn", "kloppy", "polars", "av",
    "cv2",
    "onnxruntime",
}  # fmt: skip
HEAVY_AT_TOP_OK = {
    "torch": {
        "graphs",
        "layers",
        "models",
        "sequence_models",
        "clip_models",
        "learn",
        "search",
        "whole",
        "clips",
        "analysis",
        "live",
    },
    "torch_geometric": {"graphs", "models"},
    "sklearn": {"models", "learn"},
    "lightning": {"learn"},
    "matplotlib": {"report"},
    "mplsoccer": {"report"},
    "polars": {"readers"},
}


def modules() -> list[tuple[str, Path]]:
    """Every module as (dotted name below sportsai, path)."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if parts:
            found.append((".".join(parts), path))
    return found


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    """Dotted names a module imports; with `top_only`, only those that run when it is imported."""
    tree = ast.parse(path.read_text())
    names: set[str] = set()
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
            if node.module == "sportsai" or node.module.startswith("sportsai."):
                names |= {f"{node.module}.{a.name}" for a in node.names}
        elif top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        stack.extend(ast.iter_child_nodes(node))
    return names


def test_every_package_stands_on_a_row() -> None:
    packages = {name.split(".")[0] for name, _ in modules()}
    assert packages <= set(ROW_OF), f"not on any row: {packages - set(ROW_OF)}"


def test_imports_point_down() -> None:
    wrong = []
    for name, path in modules():
        here = name.split(".")[0]
        for target in imports(path):
            if not target.startswith("sportsai."):
                continue
            there = target.split(".")[1]
            if there not in ROW_OF or there == here:
                continue
            if ROW_OF[there] >= ROW_OF[here]:
                wrong.append(f"{name} imports {target}")
    assert not wrong, wrong


def test_the_report_never_needs_torch() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, path in modules()
        if name.split(".")[0] == "report"
        for target in imports(path)
        if target.split(".")[0] in NEVER_IN_REPORT
        or target.split(".")[:2] in (["sportsai", "learn"], ["sportsai", "analysis"])
    ]
    assert not wrong, wrong


def test_heavy_imports_wait_for_the_function_that_needs_them() -> None:
    wrong = []
    for name, path in modules():
        here = name.split(".")[0]
        for target in imports(path, top_only=True):
            library = target.split(".")[0]
            if library in HEAVY and here not in HEAVY_AT_TOP_OK.get(library, set()):
                wrong.append(f"{name} imports {target} at module level")
            if here == "cli" and library in {"pandas", "numpy", "rich", "duckdb", "pyarrow"}:
                wrong.append(f"{name} imports {target} at module level")
    assert not wrong, wrong


def test_no_module_imports_itself_in_a_circle() -> None:
    known = {f"sportsai.{name}" for name, _ in modules()}
    graph = {
        f"sportsai.{n}": {t for t in imports(p, top_only=True) if t in known} - {f"sportsai.{n}"} for n, p in modules()
    }
    done: set[str] = set()

    def walk(node: str, trail: tuple[str, ...]) -> None:
        assert node not in trail, " -> ".join([*trail[trail.index(node) :], node])
        if node in done:
            return
        for target in graph[node]:
            # a package's own face may hand on its modules' names
            if not (node.startswith(f"{target}.") or target.startswith(f"{node}.")):
                walk(target, (*trail, node))
        done.add(node)

    for node in graph:
        walk(node, ())


def test_no_room_called_utils() -> None:
    banned = {"utils", "helpers", "common", "misc", "base"}
    assert not [name for name, _ in modules() if name.split(".")[-1] in banned]


@pytest.mark.parametrize("name", plugins.names("sportsai.cli"))
def test_every_command_has_help_with_a_summary(name: str) -> None:
    command = plugins.load("sportsai.cli", name, "command").command
    assert command.name == name
    assert command.help
    assert command.get_short_help_str()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['sportsai', '--help']\nfrom sportsai.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'matplotlib', 'numpy', 'duckdb', 'rich', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"}
    )
    assert done.returncode == 0, done.stderr
    for name in plugins.names("sportsai.cli"):
        assert f"  {name} " in done.stdout


def test_a_seasons_worker_loads_no_footage_and_no_signal_processing() -> None:
    code = (
        "import sys; from sportsai.analysis._game import capabilities; import sportsai.season.work, sportsai.report\n"
        "capabilities('soccer')\n"
        "print(sorted({'sportsai.video.find', 'cv2', 'scipy.signal', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
