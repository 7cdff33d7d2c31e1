"""docs/cli.md: every command with its arguments, options and examples, as the commands themselves say them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import click

HEAD = """# Commands

Written from the code by `make docs`; a test fails where this page is stale. `sportsai COMMAND --help` says the same.

Wrong input gets one line - what is wrong, where, what was expected, what to do - and exit code 1; nothing is left
half-written. A wrong option gives exit code 2, Ctrl-C 130.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name, groups before their own commands."""
    from sportsai.cli import cli

    yield from _below(cli, "sportsai")


def _below(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for one in group.list_commands(context):
        command = group.get_command(context, one)
        assert command is not None
        yield f"{name} {one}", command
        if isinstance(command, click.Group):
            yield from _below(command, f"{name} {one}")


def text() -> str:
    """Return the page."""
    each = list(commands())
    rows = [f"| [`{name}`](#{_anchor(name)}) | {_cell(c.get_short_help_str(100))} |" for name, c in each]
    parts = [HEAD, "\n".join(["| command | what it does |", "|---|---|", *rows])]
    parts += [_section(name, command) for name, command in each]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    lines = [f"## {name}", "", "```", usage, "```", ""]
    lines += _help(inspect.cleandoc(command.help or ""))
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        lines += ["", "| option | what it does | default |", "|---|---|---|", *(_row(o, context) for o in options)]
    return "\n".join(lines)


def _help(told: str) -> Iterator[str]:
    r"""Yield a command's help: paragraphs as they are, those kept line by line (\b) as code."""
    for paragraph in re.split(r"\n\s*\n", told):
        if not paragraph.startswith("\b"):
            yield from (paragraph, "")
            continue
        kept = paragraph.removeprefix("\b").strip("\n").splitlines()
        shell = kept[0].strip() == "Examples:"
        body = inspect.cleandoc("\n".join(["", *(kept[1:] if shell else kept)]))
        yield from (["```sh" if shell else "```", *body.splitlines(), "```", ""])


def _row(option: click.Option, context: click.Context) -> str:
    about: Any = option.to_info_dict()
    name = ", ".join(f"`{o}`" for o in [*option.opts, *option.secondary_opts])
    if not option.is_flag:
        name += f" {_cell(option.make_metavar(context))}"
    told = _cell(option.help or "")
    if option.required:
        told += " Needed."
    if option.multiple:
        told += "" if "again" in told or "many times" in told else " May be given again."
    if option.envvar:
        told += f" Also `{option.envvar}`."
    default = about["default"] if option.show_default and not option.is_flag else None
    return f"| {name} | {told} | {'' if default is None else f'`{default}`'} |"


def _cell(said: str) -> str:
    return " ".join(said.split()).replace("|", "\\|")
