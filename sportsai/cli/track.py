"""sportsai track: footage to tracks on the court."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, library_option, print_json, print_table, progress


@click.command("track", short_help="Footage to tracks on the court.")
@click.argument("video", type=click.Path(path_type=Path))
@click.option("--league", "-l", "league_name", required=True, metavar="L", help="The league (see `sportsai leagues`).")
@click.option("--points", type=click.Path(path_type=Path),
              help="Table frame,x_px,y_px,x_m,y_m: four or more points of the court in a frame; its lines are looked "
              "for when not given.")  # fmt: skip
@click.option("--name", help="The game's name in the library; the file's when not given.")
@click.option("--rate", type=float, default=12.5, show_default=True, help="Frames looked at a second.")
@click.option("--from", "first_s", type=float, default=0.0, help="Begin so many seconds in.")
@click.option("--to", "last_s", type=float, help="End so many seconds in.")
@click.option("--detector", default="movenet", show_default=True, help="What finds people: movenet, centernet, rtdetr.")
@click.option("--weights", type=click.Path(path_type=Path), help="The detector's weights, of your own.")
@click.option("--whole", is_flag=True, help="Look at whole pictures, not in tiles: faster, finds who is large.")
@click.option("--film", type=click.Path(path_type=Path, dir_okay=False), help="Also write an mp4 with all drawn over.")
@click.option(
    "--boxes", type=click.Path(path_type=Path, dir_okay=False), help="Also write the boxes (MOTChallenge text)."
)
@click.option(
    "--ball", is_flag=True, help="Place the ball on the court, too (soccer, hockey): it is often wrong. See --film."
)
@click.option("--numbers", is_flag=True, help="Read numbers on shirts, too, where several looks agree: few are told.")
@click.option("--budget", type=float, metavar="SHARE",
              help="Glance at this share of the frames to find the moments, and track around them.")  # fmt: skip
@click.option("--tracked", type=click.FloatRange(0, 1, min_open=True), metavar="SHARE",
              help="With --budget: track at most this share of the footage; a fifth when not given.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, help="Of the detector.")
@library_option
@json_option
def command(
    video: Path, league_name: str, points: Path | None, name: str | None, rate: float, first_s: float,
    last_s: float | None, detector: str, weights: Path | None, whole: bool, film: Path | None, boxes: Path | None,
    ball: bool, numbers: bool, budget: float | None, tracked: float | None, threads: int, library_folder: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Find the players in VIDEO, follow them, and keep where they stood on the court as a game in the library.

    Where the court lies is found by its painted lines, shot by shot, in views from the side; where that fails, give
    four points of it in one frame. The camera is followed from there, and the lines keep it true. What was watched is
    kept in runs/track: a run that was stopped goes on where it stopped. Close-ups, and frames in which the court is
    not found, are unobserved: `sportsai quality` says how many.

    \b
    Examples:
      sportsai track rally.mp4 --league volleyball
      sportsai track rally.mp4 --league volleyball --points rally.csv --film seen.mp4
      sportsai track half.mp4 -l soccer --points corners.csv --from 600 --to 660 --rate 5
      sportsai track half.mp4 -l soccer --points corners.csv --detector centernet --whole
      sportsai track match.mp4 -l soccer --budget 0.05
    """
    from sportsai.court import load_league
    from sportsai.library import Library
    from sportsai.video.pipeline import track
    from sportsai.video.watch import Asked

    league = load_league(league_name)
    _not_another(video, name, library_folder)
    asked = Asked(rate_hz=rate, first_s=first_s, last_s=last_s, detector=detector, tiled=not whole, numbers=numbers)
    found = None
    if tracked is not None and budget is None:
        raise click.UsageError("--tracked says how much to track around what glances find: add --budget.")
    if budget is not None:
        if points is not None:
            raise click.UsageError("--budget finds the court by its lines: leave out --points.")
        found = _scouted(video, league, budget, asked, tracked)
        asked = replace(asked, stretches=found.stretches)
    with progress("Watching") as advance:
        done = track(
            video, league, points, asked=asked, weights=weights, name=name, threads=threads,
            ball=ball,
            progress=lambda n, total: advance(n, total, f"Watching {video.name}"),
            looks=lambda n, total: advance(n, total, "Looking for the court"),
        )  # fmt: skip
    library = Library(library_folder, create=True)
    library.add(done.game)
    if found is not None:
        from sportsai.analysis.scouting import kept

        library.write_predictions(done.game.id, *kept(found, done.game, float(done.seen.t_s[0])))
    if boxes is not None:
        from sportsai.video.mot import write_mot

        write_mot(boxes, done.seen.frame, done.boxes)
    if film is not None:
        from sportsai.cli._films import film_tracked

        film_tracked(done, league, film)
    game = done.game
    assert game.tracks is not None
    said = {
        "game": game.id, "frames_looked_at": len(done.seen.frame), "of_frames": len(done.footage),
        "frames_on_court": int(game.tracks.observed.sum()), "people": game.extra["people"],
        "shots": game.extra["shots"], "tiles": done.seen.tiles, "court": game.extra["court"],
        "ball": game.extra["ball"], "numbers": {p.id: p.number for p in game.roster if p.number is not None},
        "court_off": game.extra["court_off"], "set_aside": dict(game.repairs), "notes": list(done.footage.notes),
        "cpu_s": round(done.cpu_s, 2),
    }  # fmt: skip
    if found is not None:
        saved = (done.frame_cpu_s * (found.of - len(done.seen.frame)) - found.cpu_s) / 60
        said["glimpses"] = {
            "glances": found.glances,
            "court_found": found.known,
            "of_frames": found.of,
            "moments": len(found.t_s),
            "stretches": len(found.stretches),
            "cpu_s": round(found.cpu_s, 2),
            "minutes_saved": None if found.resumed or saved != saved else round(saved, 2),
        }
    if as_json:
        print_json(said)
        return
    _show(game, said, numbers)
    if found is not None:
        g = said["glimpses"]
        click.echo(
            f"Glances: {g['glances']:,} of {g['of_frames']:,} frames ({g['glances'] / g['of_frames']:.1%}), the court "
            f"found in {g['court_found']:,}; {g['moments']} moment{'s' * (g['moments'] != 1)} in "
            f"{g['stretches']} stretch{'es' * (g['stretches'] != 1)}; "
            f"{len(done.seen.frame):,} frames tracked; CPU time saved: "
            + (
                "not known, an earlier run did some of it"
                if g["minutes_saved"] is None
                else f"about {g['minutes_saved']:.1f} minutes"
            )
        )
    for path in (film, boxes):
        if path is not None:
            click.echo(str(path))
    click.echo(f"Next: sportsai quality {game.id}    sportsai report {game.id}")


def _scouted(video: Path, league: Any, budget: float, asked: Any, tracked: float | None) -> Any:
    """Return the moments that glances find, see `analysis.scouting`; DataError where they find none."""
    from sportsai.analysis.scouting import TRACKED, scouted
    from sportsai.errors import DataError
    from sportsai.video.pipeline import DARK

    with progress("Glancing") as advance:
        found = scouted(video, league, budget, replace(asked, dark=league.sport in DARK), tracked=tracked or TRACKED,
                         progress=advance)  # fmt: skip
    if not len(found.t_s):
        raise DataError(f"{found.glances} glances found no moment", path=video, expected="a shot, a ball lost",
                        todo="Glance at more: a larger --budget. Or track all of it: leave --budget out.")  # fmt: skip
    return found


def _not_another(video: Path, name: str | None, library_folder: str) -> None:
    """Raise StoreError where the library has another game under the name that this video's would get."""
    from sportsai.data import game_id
    from sportsai.errors import StoreError
    from sportsai.library import Library
    from sportsai.resources import sha256

    known = game_id(name or video.stem)
    if not Path(library_folder).is_dir() or not video.is_file():
        return
    library = Library(library_folder)
    if known in library.ids() and library.facts(known)["source"].get(video.name) != sha256(video):
        raise StoreError(f'"{known}" is another game', where=library.folder, expected="a name of its own",
                         todo="Give one with --name.")  # fmt: skip


def _show(game: Any, said: dict[str, Any], asked_numbers: bool) -> None:
    tracks = game.tracks
    rows = [
        [team, int((tracks.side == side).sum()), f"{tracks.present[:, tracks.side == side].sum(1).mean():.1f}",
         color or ""]
        for side, team, color in [(0, game.teams[0].name, game.teams[0].color), (1, game.teams[1].name,
                                  game.teams[1].color), (-1, "neither", None)]
    ]  # fmt: skip
    print_table(["shirts", "tracks", "seen a frame", "colour"], rows)
    for note in (*said["notes"], *(f"{count} {what}" for what, count in said["set_aside"].items())):
        click.echo(note)
    off = said["court_off"]
    by = f", off by {off['median_px']:.1f} px at the median ({off['median_m']:.2f} m)" if "median_px" in off else ""
    click.echo(f"The court: {said['court']}; lines seen in {off['by_lines']} of {off['frames']} frames{by}")
    click.echo(f"The ball: {said['ball']}")
    if asked_numbers:
        told = ", ".join(f"{who.replace('-', ' ')} wears {n}" for who, n in said["numbers"].items())
        click.echo(f"Numbers on shirts: {told or 'none is told, no three looks agree on any'}")
    click.echo(
        f"{said['frames_on_court']} of {said['frames_looked_at']} frames looked at are on the court "
        f"(of {said['of_frames']} in the file, {said['shots']} shot{'s' * (said['shots'] != 1)}) in "
        f"{said['cpu_s']:.1f} CPU-s"
    )
