"""sportsai refine: give what you know of a game, and let the model infer the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress

SHOWN = 15


@click.command("refine", short_help="Give labels you know; infer the others.")
@click.argument("game")
@click.option("--given", "-g", multiple=True, metavar="[WHEN=]LABEL", help="What you know; may be said many times.")
@click.option("--league", help="Whose model to use; the game's own league when not given.")
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of your own instead of the shipped ones.")
@click.option("--no-corrections", is_flag=True, help="Leave out what was said of single events (sportsai label).")
@click.option("--list", "only_list", is_flag=True, help="List the labels and the moments, change nothing.")
@library_option
@json_option
def command(
    game: str, given: tuple[str, ...], league: str | None, weights: Path | None, no_corrections: bool, only_list: bool,
    library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Take what you know of GAME ("power play", "this is a dump-in") and say what follows for everything else.

    \b
    LABEL            holds in the whole game; 'not LABEL' does not
    TEAM=LABEL       at that team's moments: a name, home or away
    17=LABEL         at moment 17 of the list
    12:30=LABEL      at moments in that second of the match clock
    P2/12:00-14:30=LABEL    in that stretch of period 2

    A label brings with it what it implies and what it excludes; labels that contradict each other are refused. The
    result is a run of its own beside the first, and the next report tells it. What people said of single events, with
    `sportsai label` or in a served report, is given with it: a relabelled event's type holds, a rejected one's does
    not.

    \b
    Examples:
      sportsai refine GAME --list
      sportsai refine GAME --given USA=short_handed --given Canada=power_play
      sportsai refine GAME --given power_play --given 17=dump_in --given 'P2/3:00-4:00=not pass'
    """
    from sportsai.analysis.refine import refine_game
    from sportsai.library import Library

    library = Library(library_folder)
    with progress("Refining"):
        _, run = refine_game(
            library, game, given, league=league, weights=weights, corrections=not no_corrections, write=not only_list
        )
    part = run["refine"]
    if as_json:
        print_json(run)
        return
    if only_list:
        rows = [[m["number"], m["clock"], m["who"], m["title"], f"{m['p']:.0%}"] for m in part["list"]]
        print_table(["moment", "clock", "who", "likeliest", "sure"], rows, f"{len(rows)} moments")
        click.echo("Labels: " + ", ".join(d["name"] for d in part["labels"]))
        return
    _labels(part)
    _most(part)
    click.echo(
        f"{part['given_labels']:,} labels given or following from those given; the likeliest event is another at "
        f"{part['changed']} of {part['moments']} moments; run {run['run_id']}"
    )
    if part["corrections"]:
        from sportsai.analysis._corrected import words

        click.echo(f"{words(part['corrections'])}.")
    if part["trained_on"]:
        click.echo("The model was trained on this very game: how sure it is proves little here.")


def _labels(part: dict[str, Any]) -> None:
    rows = [
        [d["title"], d["name"], d["given"] or "", f"{d['before']:.1f}", f"{d['after']:.1f}",
         f"{d['after'] - d['before']:+.1f}"]
        for d in part["labels"]
    ]  # fmt: skip
    columns = ["label", "name", "given at", "expected before", "expected after", "change"]
    print_table(columns, rows, f"{part['moments']} moments")


def _most(part: dict[str, Any]) -> None:
    if not part["most"]:
        return
    rows = [
        [m["number"], m["clock"], m["who"], m["title"], f"{m['before']:.0%}", f"{m['after']:.0%}",
         f"{m['was_title']} -> {m['now_title']}" if m["was"] != m["now"] else ""]
        for m in part["most"][:SHOWN]
    ]  # fmt: skip
    columns = ["moment", "clock", "who", "label", "before", "after", "likeliest event"]
    print_table(columns, rows, "What changed most")
