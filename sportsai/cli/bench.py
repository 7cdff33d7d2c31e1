"""sportsai bench: measured speed, memory and scores, against peers in the same run."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import json_option, print_json, print_table
from sportsai.errors import SportsaiError


@click.command("bench", short_help="Measure speed and memory against peers.")
@click.argument("name", required=False)
@click.option("--quick", is_flag=True, help="Smaller inputs, for a first look.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Also write a Markdown table.")
@json_option
def command(name: str | None, quick: bool, output: Path | None, as_json: bool) -> None:
    """Run the benchmark NAME (all of them are listed when none is named). CPU-seconds, each case in its own process.

    \b
    Examples:
      sportsai bench
      sportsai bench read -o reports/benchmarks/read.md
    """
    from sportsai import plugins

    known = plugins.names("sportsai.bench")
    if name is None:
        rows = [[n, plugins.load("sportsai.bench", n, "benchmark").TITLE] for n in known]
        print_table(["benchmark", "measures"], rows)
        return
    module = plugins.load("sportsai.bench", name, "benchmark", SportsaiError)
    rows_found = module.run(quick=quick)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        page = module.page(rows_found) if hasattr(module, "page") else None
        output.write_text(_markdown(module.TITLE, rows_found, name, quick, page))
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


def _columns(rows: list[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(k for r in rows for k in r))


def _markdown(title: str, rows: list[dict[str, object]], name: str, quick: bool, page: list[str] | None = None) -> str:
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
    made = f"`sportsai bench {name}{' --quick' if quick else ''}`, {datetime.now(UTC):%Y-%m-%d}, Python "
    seconds = " CPU-seconds are user + system." if any("cpu" in c for c in columns) else ""
    lines += ["", made + f"{platform.python_version()}, {os.cpu_count()} cores.{seconds}"]
    return "\n".join(lines) + "\n"
