"""python -m sportsai.docs: see the package's docstring."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def main() -> None:
    """Write what is written from the code: references, notebooks as pages, pictures."""


@main.command()
def reference() -> None:
    """Write the references: docs/cli.md, docs/toml.md, docs/python.md."""
    from sportsai.docs.reference import write

    for path in write():
        click.echo(str(path))


@main.command()
@click.option(
    "--to", "into", type=click.Path(path_type=Path), help="Folder; reports/examples/notebooks when not given."
)
@click.option("--only", default="", help="Only notebooks with this in their name.")
def notebooks(into: Path | None, only: str) -> None:
    """Run the notebooks and write them as pages."""
    from sportsai.docs.notebooks import PAGES, write

    for path in write(into or PAGES, only):
        click.echo(f"{path}  ({path.stat().st_size / 1e6:.1f} MB)")


@main.command()
def pictures() -> None:
    """Picture the demo report in a browser, for the README."""
    from sportsai.docs.pictures import write

    for path in write():
        click.echo(f"{path}  ({path.stat().st_size / 1e3:.0f} kB)")


if __name__ == "__main__":
    main()
