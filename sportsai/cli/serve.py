"""sportsai serve: the library's reports in the browser, where events can be confirmed and put right."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from sportsai.cli._options import library_option


@click.command("serve", short_help="Open the reports in the browser, and correct events there.")
@click.option("--port", type=click.IntRange(0, 65535), default=8420, show_default=True, metavar="N",
              help="Where to listen; 0 finds a free one.")  # fmt: skip
@click.option("--by", metavar="NAME", help="Who corrects.  [default: SPORTSAI_ANALYST, else your login name]")
@click.option("--open", "show", is_flag=True, help="Open the list of games in the browser.")
@library_option
def command(port: int, by: str | None, show: bool, library_folder: str) -> None:
    """Serve the library's games to the browser of this machine, and to nobody else.

    Each game's report is the one `sportsai report` writes. In its play viewer an event can be confirmed (c), rejected
    (r), or changed (l); what you say is kept at once, with your name, and counts everywhere. Ctrl-C ends it.

    \b
    Examples:
      sportsai serve --open
      sportsai serve --port 0 --by Ada
    """
    from sportsai.library import Library
    from sportsai.serve import open_server

    library = Library(library_folder)
    server = open_server(library, port, by)
    server.site.rows()  # read before anyone asks
    click.echo(f"{server.url}  (Ctrl-C ends it)")
    asked = threading.Event()

    def ask(*_: Any) -> None:
        asked.set()

    before = [(s, signal.signal(s, ask)) for s in (signal.SIGINT, signal.SIGTERM)]
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    if show:
        click.launch(server.url)
    try:
        asked.wait()
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        server.shutdown()
        server.end()
    click.echo("Ended.")
