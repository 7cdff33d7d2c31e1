"""sportsai live: follow a game while it is played, and say events as they become certain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sportsai.live.follow import Told


@click.command("live", short_help="Follow a growing file or a feed: events as they become certain.")
@click.argument("source", nargs=-1, required=True)
@click.option("--league", "-l", required=True, metavar="L", help="The competition, as bundesliga.")
@click.option("--provider", help="Format of the frames; guessed from the first line when left out.")
@click.option("--model", help="recognise (shared_compare), frame_labels or control; its first that fits when left out.")
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of your own instead of the shipped ones.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
              help="File of events, a line each; a run with the same file goes on where it stopped.")  # fmt: skip
@click.option("--every", "every_s", type=click.FloatRange(0.05, 60), default=0.5, show_default=True,
              help="Seconds of play between two questions to the model.")  # fmt: skip
@click.option("--until-quiet", "quiet_s", type=click.FloatRange(min=0, min_open=True), metavar="S",
              help="Stop when nothing came for so many seconds.  [default: wait for ever]")  # fmt: skip
@click.option("--home-attacks", type=click.Choice(["right", "left"]),
              help="Where the home team attacks in the first period; found from positions when left out.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines on a terminal, too.")
@click.option("--latency", is_flag=True, help="Say what the model waits for, and stop.")
def command(
    source: tuple[str, ...], league: str, provider: str | None, model: str | None, weights: Path | None,
    output: Path | None, every_s: float, quiet_s: float | None, home_attacks: str | None, as_json: bool, latency: bool,
) -> None:  # fmt: skip
    """Follow SOURCE, a growing file of frames or a feed on this machine, and say each event once nothing that may still
    come can change it: the same events that the finished game gives.

    SOURCE is a file (SkillCorner JSON lines, TRACAB .dat, sportsai's own lines), tcp://127.0.0.1:PORT or
    http://127.0.0.1:PORT/path. Name the match or metadata file after it where it does not lie beside it. Events are
    JSON, one a line, and readable lines on a terminal. Ctrl-C stops; what was said is in the file.

    \b
    Examples:
      sportsai live 1886347_tracking_extrapolated.jsonl --league a_league -o events.jsonl
      sportsai live tracking.dat metadata.xml --league bundesliga --until-quiet 60
      sportsai live tcp://127.0.0.1:9000 --league bundesliga --home-attacks left
      sportsai live tcp://127.0.0.1:9000 --league bundesliga --model frame_labels --latency
    """
    from sportsai.court import load_league
    from sportsai.live.follow import Follower, follow, model_for, weights_of
    from sportsai.live.source import open_source

    rules = load_league(league)
    name, chosen = model_for(rules.sport, model)
    loaded = weights_of(chosen, rules, weights)
    if latency:
        return _latency(name, chosen, loaded, every_s)
    frames = open_source(source[0])
    first = None if "://" in source[0] else Path(source[0])
    follower = Follower(
        rules, name, loaded, provider=provider, first=first, companions=tuple(Path(s) for s in source[1:]),
        every_s=every_s, home_attacks=home_attacks, log=output,
    )  # fmt: skip
    readable = sys.stdout.isatty() and not as_json
    quiet = output is not None and not sys.stdout.isatty() and not as_json

    def say(told: list[dict[str, Any]]) -> None:
        for record in () if quiet else told:
            click.echo(_sentence(record, rules) if readable else _line(record))

    click.echo(f"Following {frames.name} with {name}; Ctrl-C stops.", err=True)
    try:
        follow(frames, follower, say, quiet_s)
    finally:
        frames.close()
        follower.close()
        _sum_up(follower.sum_up(), output)


def _line(record: dict[str, Any]) -> str:
    from sportsai.live.log import line_of

    return line_of(record).decode().rstrip("\n")


def _sentence(record: dict[str, Any], league: Any) -> str:
    """Return an event as a line for people: the clock, what, who, how sure, how late."""
    from sportsai.errors import one_line

    at = league.clock.text(record["period"], record["t_s"])
    who = record["player"] or record["team"] or ""
    then = f" to {one_line(record['others'][0], 40)}" if record["others"] and record["others"][0] else ""
    sure = "" if record["score"] is None else f"{record['score']:.0%}"
    seconds = record["attributes"].get("seconds")
    lasts = f" {seconds:g} s" if seconds is not None else ""
    said = f"{at:>6}  {record['type']:<20}{one_line(who, 40)}{then}{lasts}"
    return f"{said:<72}{sure:>5}  {record['delay_s']:.1f} s after"


def _latency(name: str, model: Any, weights: Any, every_s: float) -> None:
    from fractions import Fraction

    from sportsai.cli._options import print_table

    rate = Fraction(10)
    rows = [[p.what, f"{p.least_s:.1f}", f"{p.most_s:.1f}"] for p in model.latency(weights, rate)]
    rows.append(["a question every --every seconds", "0.0", f"{every_s:.1f}"])
    rows.append(["together", *(f"{sum(float(r[k]) for r in rows):.1f}" for k in (1, 2))])
    print_table([f"{name}, at {float(rate):g} Hz, waits for", "least, s", "most, s"], rows)


def _sum_up(told: Told, output: Path | None) -> None:
    """Say on standard error how it went: nothing that was left out is left unsaid."""
    if not told.frames:
        return
    say = [f"{told.frames:,} frames, {told.events:,} events"]
    if told.known:
        say.append(f"{told.known:,} said before")
    if told.delays_s:
        late = sorted(told.delays_s)
        say.append(f"{late[len(late) // 2]:.1f} s after (median), {late[-1]:.1f} s at most")
    click.echo("; ".join(say) + (f"; in {output}" if output else ""), err=True)
    for period, how in told.directions.items():
        click.echo(f"period {period}: {how}", err=True)
    for what, n in sorted(told.counts.items()):
        if n:
            click.echo(f"{what}: {n:,}" + (f" ({told.first_bad})" if "could not" in what else ""), err=True)
    if told.lost:
        click.echo(f"events given up because they did not end in time: {told.lost}", err=True)
