"""sportsai bench: measured speed, memory and scores, against peers in the same run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, print_json, print_table
from sportsai.errors import SportsaiError, nearest


@click.command("bench", short_help="Measure speed and memory against peers.")
@click.argument("name", required=False)
@click.option("--quick", is_flag=True, help="Smaller inputs, for a first look.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Also write a Markdown table.")
@click.option(
    "--part", "parts", multiple=True, help="Only this part, of a benchmark that has parts; may be given again."
)
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="How long, of a benchmark that runs for long."
)
@json_option
def command(
    name: str | None, quick: bool, output: Path | None, parts: tuple[str, ...], minutes: float | None, as_json: bool
) -> None:  # fmt: skip
    """Run the benchmark NAME (all of them are listed when none is named). CPU-seconds, each case in its own process.

    With --part the other sections of an existing file stay as they are, and both commands stand at its foot.

    \b
    Examples:
      sportsai bench
      sportsai bench read -o reports/benchmarks/read.md
      sportsai bench soak --minutes 60 -o reports/benchmarks/soak.md
      sportsai bench whole_game --part speed -o reports/benchmarks/whole-game.md
    """
    from sportsai import plugins
    from sportsai.library.atomic import check_output, store_errors, write_bytes

    known = plugins.names("sportsai.bench")
    if name is None:
        rows = [[n, plugins.load("sportsai.bench", n, "benchmark").TITLE] for n in known]
        print_table(["benchmark", "measures"], rows)
        return
    module = plugins.load("sportsai.bench", name, "benchmark", SportsaiError)
    _known_parts(name, parts, getattr(module, "PARTS", {}))
    if minutes is not None and not hasattr(module, "MINUTES"):
        raise SportsaiError(f"{name} takes as long as it takes", todo="Leave --minutes out.")
    if output is not None:
        with store_errors(output, "writing the page", ""):
            check_output(output)
    asked: dict[str, Any] = {"parts": parts} if parts else {}
    asked |= {} if minutes is None else {"minutes": minutes}
    rows_found = module.run(quick=quick, **asked)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        page = module.page(rows_found) if hasattr(module, "page") else None
        text = _markdown(module.TITLE, rows_found, name, quick, page, parts)
        whole = renewed(output.read_text(), text) if parts and output.is_file() else text
        with store_errors(output, "writing the page", ""):
            write_bytes(output, whole.encode())
        if hasattr(module, "pictures"):  # the page links them where it lies
            module.pictures(rows_found, output.parent)
    if as_json:
        print_json(rows_found)
    else:
        columns = _columns(rows_found)
        if hasattr(module, "page"):  # sections of their own columns: one table of all would be as wide as all of them
            click.echo("\n".join(module.page(rows_found)))
        else:
            print_table(columns, [[r.get(c) for c in columns] for r in rows_found], module.TITLE)
    missed = [str(r.get("case")) for r in rows_found if r.get("ok") is False]
    if missed:
        raise SportsaiError(f"target missed: {', '.join(missed)}")


def _known_parts(name: str, parts: Sequence[str], known: Collection[str]) -> None:
    for part in parts:
        if part not in known:
            raise SportsaiError(
                f'no part "{part}" of {name}',
                expected=f"one of {', '.join(known)}" if known else "none: it has no parts",
                todo=nearest(part, known) if known else "Leave --part out.",
            )  # fmt: skip


def renewed(old: str, new: str) -> str:
    """Return a page with the sections of `new` in place of its own of the same heading, further ones after them.

    What stands above the first section is the new page's; the lines at the foot that say how they were made are all
    kept, each once.
    """
    head, sections, made = _split(new)
    _, kept, before = _split(old)
    lines = [head, *(kept | sections).values(), *dict.fromkeys([*before, *made])]
    return "\n\n".join(lines) + "\n"


def _split(page: str) -> tuple[str, dict[str, str], list[str]]:
    """Return what stands above the first section, the sections by heading, and the lines at the foot."""
    lines = page.rstrip("\n").split("\n")
    made = [line for line in lines if line.startswith("`sportsai bench ")]
    head, *rest = "\n".join(line for line in lines if line not in made).split("\n## ")
    return head.strip(), {r.split("\n", 1)[0]: f"## {r.strip()}" for r in rest}, made


def _columns(rows: list[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(k for r in rows for k in r))


def _markdown(
    title: str, rows: list[dict[str, object]], name: str, quick: bool, page: list[str] | None = None,
    parts: Sequence[str] = (),
) -> str:  # fmt: skip
    import os
    import platform
    from datetime import UTC, datetime

    columns = _columns(rows)

    def cell(value: object) -> str:
        return "" if value is None else f"{value:,.3g}" if isinstance(value, float) else str(value)

    lines = [f"# {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(cell(r.get(c)) for c in columns)} |" for r in rows]
    if page is not None:  # a benchmark with sections of its own
        lines = [f"# {title}", *page]
    asked = "".join(f" --part {p}" for p in parts) + (" --quick" if quick else "")
    made = f"`sportsai bench {name}{asked}`, {datetime.now(UTC):%Y-%m-%d}, Python "
    seconds = " CPU-seconds are user + system." if any("cpu" in c for c in columns) else ""
    lines += ["", made + f"{platform.python_version()}, {os.cpu_count()} cores.{seconds}"]
    return "\n".join(lines) + "\n"
