"""sportsai simulate: games that nobody played, exact in every label."""

from __future__ import annotations

from pathlib import Path

import click

from sportsai.cli._options import progress


@click.group("simulate", short_help="Make simulated games, exact in every label.")
def command() -> None:
    """Make games that nobody played, with every label exact, in files that `sportsai ingest` reads.

    Teams, titles and licence lines say simulated, and so does every report of them.

    \b
    Examples:
      sportsai simulate volleyball -o simulated
      sportsai ingest simulated --league volleyball
    """


@command.command("volleyball", short_help="Volleyball: ball flight, roles, blocks, digs.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Where the games go; made when it is not there.")  # fmt: skip
@click.option(
    "--games", type=click.IntRange(1, 1000), default=4, show_default=True, help="Games, each of two new teams."
)
@click.option("--rallies", type=click.IntRange(1, 400), default=100, show_default=True,
              help="Rallies a game; fewer where the match is over before.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed, the same games.")
@click.option("--net", type=click.Choice(["men", "women"]), default="men", show_default=True, help="2.43 m or 2.24 m.")
def volleyball(output: Path, games: int, rallies: int, seed: int, net: str) -> None:
    """Simulate volleyball: positions at 25 Hz, contacts, team activities, what each person does at each frame.

    \b
    Examples:
      sportsai simulate volleyball -o simulated
      sportsai simulate volleyball -o simulated --games 1 --rallies 20 --seed 7
      sportsai ingest simulated/simulated-1.parquet --league volleyball
    """
    from sportsai.library.atomic import store_errors, write_bytes
    from sportsai.simulate import volleyball as room

    with store_errors(output, "making the folder"):
        output.mkdir(parents=True, exist_ok=True)
    with progress("Simulating", games * rallies) as advance:
        for number in range(1, games + 1):
            before = (number - 1) * rallies

            def said(done: int, before: int = before, number: int = number) -> None:
                advance(before + done, text=f"Simulating game {number} of {games}")

            made = room.simulate(number, rallies, seed, net=net, progress=said)
            with store_errors(output, f"writing {made.game.id}"):
                for name, content in room.files(made).items():
                    write_bytes(output / name, content)
        with store_errors(output, "writing README.md"):
            write_bytes(output / "README.md", room.readme(games, rallies, seed, net).encode())
    one = output / "simulated-1.parquet"
    click.echo(f"{games} simulated game{'s' * (games != 1)} in {output}, seed {seed}: nobody played them")
    click.echo(f"Next: sportsai ingest {one if games == 1 else output} --league volleyball")
