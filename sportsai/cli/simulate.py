"""sportsai simulate: games that nobody played, exact in every label."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from sportsai.cli._options import library_option, progress


@click.group("simulate", short_help="Make simulated games and footage, exact in every label.")
def command() -> None:
    """Make games that nobody played, with every label exact, in files that `sportsai ingest` reads.

    Teams, titles and licence lines say simulated, and so does every report of them.

    \b
    Examples:
      sportsai simulate volleyball -o simulated
      sportsai ingest simulated --league volleyball
      sportsai simulate broadcast my-game -o drawn.mp4
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

    with store_errors(output, "making the folder", "-o"):
        output.mkdir(parents=True, exist_ok=True)
    with progress("Simulating", games * rallies) as advance:
        for number in range(1, games + 1):
            before = (number - 1) * rallies

            def said(done: int, before: int = before, number: int = number) -> None:
                advance(before + done, text=f"Simulating game {number} of {games}")

            made = room.simulate(number, rallies, seed, net=net, progress=said)
            with store_errors(output, f"writing {made.game.id}", "-o"):
                for name, content in room.files(made).items():
                    write_bytes(output / name, content)
        with store_errors(output, "writing README.md", "-o"):
            write_bytes(output / "README.md", room.readme(games, rallies, seed, net).encode())
    one = output / "simulated-1.parquet"
    click.echo(f"{games} simulated game{'s' * (games != 1)} in {output}, seed {seed}: nobody played them")
    click.echo(f"Next: sportsai ingest {one if games == 1 else output} --league volleyball")


@command.command("broadcast", short_help="Footage of a game's tracks, its camera and boxes known.")
@click.argument("game")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.mp4",
              help="Where the film goes; its boxes go beside it.")  # fmt: skip
@click.option("--from", "first_s", type=click.FloatRange(min=0), default=0.0, help="Begin so many seconds in.")
@click.option("--length", type=click.FloatRange(min=0.2), default=20.0, show_default=True, help="Seconds.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed, the same film.")
@library_option
def broadcast(game: str, output: Path, first_s: float, length: float, seed: int, library_folder: str) -> None:
    """Draw GAME of the library as a broadcast: made-up figures where real people were, a camera that follows play.

    Every frame's camera and every person's box are known: beside FILE.mp4 lie FILE.boxes.csv (frame, track, box in
    pixels, metres on the court, share hidden) and FILE.camera.json (of each frame the homography from pixels to
    metres). For trying `sportsai track` on something of which all is true. Nobody filmed this: say so where you show
    it.

    \b
    Examples:
      sportsai simulate broadcast my-game -o drawn.mp4 --from 60 --length 15
      sportsai track drawn.mp4 --league nba
    """
    from sportsai.court import load_league
    from sportsai.library import Library
    from sportsai.library.atomic import store_errors, write_bytes
    from sportsai.simulate import broadcast as room
    from sportsai.video.film import Writer

    if output.suffix.lower() != ".mp4":
        raise click.BadParameter(f'"{output}" is no .mp4: name the film FILE.mp4.', param_hint="-o")
    found = Library(library_folder).load(game)
    size = (room.WIDE_PX, room.HIGH_PX)
    with progress("Drawing") as advance, Writer(output, size, Fraction(room.FPS), quality=26) as writer:
        filmed = room.film(
            found, load_league(found.league), writer.write, first_s, length, seed=seed, progress=advance
        )  # fmt: skip
    beside = {output.with_suffix(ending): content for ending, content in room.files(filmed).items()}
    with store_errors(output.parent, "writing what is true", "-o"):
        for path, content in beside.items():
            write_bytes(path, content)
    click.echo(f"{output}: {len(filmed.camera.focal)} frames of {found.title}, drawn and not filmed")
    for path in beside:
        click.echo(str(path))
