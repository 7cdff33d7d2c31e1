"""sportsai data: the public data sets, and bringing one onto this machine."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import json_option, print_json, print_table, progress
from sportsai.errors import one_line


@click.group("data", short_help="List public data sets, or fetch one.")
def command() -> None:
    """List the public data sets that sportsai reads, and fetch one with its licence said first.

    Nothing is fetched unless you ask for it here.

    \b
    Examples:
      sportsai data list
      sportsai data fetch metrica --to data
      sportsai data fetch lastrow --mirror file:///mnt/mirror/lastrow
    """


@command.command("list", short_help="List the sets, their licences and their readers.")
@json_option
def list_sets(as_json: bool) -> None:
    """List the public data sets: sport, reader, number of files, licence.

    \b
    Examples:
      sportsai data list
      sportsai data list --json
    """
    from sportsai.fetch import catalogue

    sets = catalogue()
    if as_json:
        print_json(
            [
                {
                    "name": s.name,
                    "title": s.title,
                    "sport": s.sport,
                    "provider": s.provider,
                    "files": len(s.files),
                    "licence": s.licence,
                    "source": s.source,
                    "note": s.note,
                }
                for s in sets.values()
            ]
        )
        return
    rows = [[s.name, s.sport, s.provider or "", len(s.files), s.licence, s.title] for s in sets.values()]
    print_table(["name", "sport", "provider", "files", "licence", "what"], rows)


@command.command("fetch", short_help="Fetch a set; stopped, it goes on where it was.")
@click.argument("name")
@click.option(
    "--to", "folder", default="data", show_default=True, metavar="DIR", help="Folder; the set gets its own in it."
)
@click.option("--mirror", metavar="URL", help="Fetch from here (https:// or file://) instead of the public address.")
def fetch_set(name: str, folder: str, mirror: str | None) -> None:
    """Fetch the data set NAME into DIR/NAME, checking every file.

    Files take their names only when whole; run the command again after a break and it goes on. Where no checksum is
    published the one seen is recorded beside the file, and checked the next time.

    \b
    Examples:
      sportsai data fetch metrica
      sportsai data fetch lastrow --to ~/data
    """
    from sportsai.fetch import data_set, fetch

    what = data_set(name)
    target = Path(folder).expanduser() / what.name
    click.echo(f"{what.title}\nLicence: {what.licence}\nSource: {what.source}", err=True)
    if what.note:
        click.echo(f"Note: {what.note}", err=True)
    n = 0
    with progress(what.name) as advance:

        def show(done: int, total: int | None) -> None:
            text = what.files[n].to if n < len(what.files) else what.name
            advance(done=done, total=total, text=one_line(text, 40))

        for got in fetch(what, target, mirror, show):
            n += 1
            unpacked = f", {got.unpacked} files unpacked" if got.unpacked else ""
            check = "checksum right" if got.published else f"no checksum is published; recorded sha256 {got.sha256}"
            click.echo(f"{got.path}: {got.how}{unpacked}; {check}")
    if what.provider:
        first = (target / what.files[0].to).parent
        click.echo(
            f"Read it with, for example: sportsai ingest '{first}' --league {what.sport} --provider {what.provider}",
            err=True,
        )
