"""The command line: one file a command, found by listing this folder; a command's heavy imports wait until it runs."""

from __future__ import annotations

import os
import sys

import click

from sportsai import __version__, plugins
from sportsai.errors import SportsaiError, nearest, one_line

_EPILOG = """\b
Examples:
  sportsai demo                                             a real match, from file to report
  sportsai ingest tracking.json --league bundesliga         read a provider's files into the library
  sportsai analyse 2417                                     recognise events with the shipped model
  sportsai report 2417 -o report.html                       write the analyst's report
"""


class _Commands(click.Group):
    """Commands found by listing the folder; only the one asked for is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return plugins.names("sportsai.cli")

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in plugins.names("sportsai.cli"):
            return None
        return plugins.load("sportsai.cli", name, "command").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            raise SportsaiError(
                f'no command "{one_line(args[0], 40)}"',
                todo=f"{nearest(args[0], self.list_commands(ctx))} See `sportsai --help`.",
            )
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="sportsai %(version)s")
def cli() -> None:
    """From tracking data or footage to an analyst's report whose every statement links to evidence."""


def main() -> None:
    """Run the command line; every problem a user can act on is one line on standard error and exit code 1."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        print("sportsai: stopped", file=sys.stderr)
        sys.exit(130)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except SportsaiError as problem:
        print(f"sportsai: {problem}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("sportsai: stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
