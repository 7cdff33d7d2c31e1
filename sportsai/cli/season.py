"""sportsai season: many games read, analysed and reported on a cluster, and one page of them all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import Length, json_option, library_option, print_json, print_table
from sportsai.errors import SportsaiError

SAY_S = 60.0  # between lines where there is no terminal


@click.command("season", short_help="Many games at once, on a cluster, and one page of them all.")
@click.argument("sources", nargs=-1, type=click.Path(path_type=Path))
@click.option("--league", "-l", metavar="L", help="The league (see `sportsai leagues`).")
@click.option("--provider", "-p", metavar="P", help="The provider's format; guessed from the files when not given.")
@click.option("--reports", metavar="FOLDER", help="Where the pages go; an address too.  [default: season-L]")
@click.option("--workers", type=click.IntRange(min=0), metavar="N",
              help="Processes here; 0: this one alone, without Dask.  [default: one a core]")  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster of yours, as tcp://host:8786.")
@click.option("--limit-s", "limit_s", type=Length(), metavar="LENGTH",
              help="What a game may take, as 10min; a longer one is ended and named.")  # fmt: skip
@click.option("--retries", type=click.IntRange(min=0), default=2, show_default=True, metavar="N",
              help="Tries after the first, where the reason may pass.")  # fmt: skip
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of your own, as in `sportsai analyse`.")
@click.option("--force", is_flag=True, help="Do again what is done.")
@click.option("--fetch", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Only copy the library of object storage into this folder, the games that changed.")  # fmt: skip
@library_option
@json_option
def command(
    sources: tuple[Path, ...], league: str | None, provider: str | None, reports: str | None, workers: int | None,
    scheduler: str | None, limit_s: float | None, retries: int, weights: Path | None, force: bool, fetch: Path | None,
    library_folder: str, as_json: bool,
) -> None:  # fmt: skip
    """Read, analyse and report every game of SOURCES (files and folders, also of many games), then write season.html.

    Without SOURCES: the games of the league that the library holds. A game that fails is named with its reason and the
    others go on; the exit code is then 1. Run again after anything, a crash too: what is done is not done again. The
    library may be in object storage (s3://bucket/folder).

    \b
    Examples:
      sportsai season season-folder/ --league bundesliga
      sportsai season nba_q1.npz --league nba --workers 2 --limit-s 5min
      sportsai season games/ -l nba --scheduler tcp://10.0.0.5:8786 --library s3://club/library
      sportsai season --library s3://club/library --fetch sportsai-library
    """
    if fetch is not None:
        _fetch(library_folder, fetch, as_json)
        return
    if league is None:
        raise SportsaiError("no league", expected="--league L", todo="See `sportsai leagues`.")
    if scheduler is not None and workers is not None:
        raise SportsaiError("--workers are of a cluster here, --scheduler names one that has its own",
                            expected="one of the two")  # fmt: skip
    from sportsai.season.pool import Cluster, Here
    from sportsai.season.run import PAGE, RECORD, run_season
    from sportsai.season.work import Job

    where = reports or f"season-{league}"
    job = Job(league, _full(library_folder), str(weights.resolve()) if weights else None, limit_s, retries, force)
    pool = Here() if workers == 0 else Cluster(scheduler, workers, retries)
    shown: list[Any] = []
    try:
        with _progress(shown) as say, pool:
            season = run_season(sources, league, job, where, pool, provider=provider, say=say)
    except KeyboardInterrupt:
        last = f" in {shown[-1].what}, {shown[-1].done} of {shown[-1].total} done" if shown else ""
        click.echo(f"sportsai: stopped{last}. Run the same command to go on: what is done is kept.", err=True)
        sys.exit(130)
    failed = [{"game": o.game, "source": o.source, "while": o.stage, "why": o.why} for o in season.failed]
    if as_json:
        from sportsai.season.place import Place

        print_json({"games": len(season.games), "failed": failed, "made": season.made, "seconds": season.seconds,
                    "page": Place(where).named(PAGE), "record": Place(where).named(RECORD)})  # fmt: skip
    else:
        _tell(season, where, failed)
    if failed:
        raise SportsaiError(
            f"{len(failed)} failed, {len(season.games)} games are in", where=f"{where}/{RECORD}",
            todo="Mend what it names and run the same command.",
        )  # fmt: skip


def _tell(season: Any, where: str, failed: list[dict[str, Any]]) -> None:
    from sportsai.season.place import Place
    from sportsai.season.run import PAGE

    if failed:
        rows = [[f["game"] or f["source"], f["while"], f["why"]] for f in failed]
        print_table(["game or source", "while", "why"], rows, "What failed")
    if season.passed:
        click.echo(f"{len(season.passed)} files that no reader recognises were passed over; season.json names them.")
    new = season.made.get("games", 0)
    rate = f", {3600 * new / season.seconds['all']:,.0f} games an hour" if new else ""
    click.echo(
        f"{len(season.games)} games, {new} of them new, {season.made.get('reports', 0)} reports written in "
        f"{season.seconds['all']:.0f} s{rate}"
    )
    click.echo(Place(where).named(PAGE))


def _fetch(where: str, folder: Path, as_json: bool) -> None:
    from sportsai.season.store import fetch_library, is_remote

    if not is_remote(where):
        raise SportsaiError("this library is a folder already", where=where, expected="--library s3://bucket/folder")
    games = fetch_library(where, folder)
    if as_json:
        print_json({"games": games, "library": str(folder.resolve())})
    else:
        click.echo(f"{len(games)} games in {folder.resolve()}")


def _full(library: str) -> str:
    return library if "://" in library else str(Path(library).resolve())


@contextmanager
def _progress(shown: list[Any]) -> Iterator[Callable[[Any], None]]:
    """Yield say(step): a bar on a terminal, a line a minute elsewhere; each step is put into `shown`."""
    if not sys.stderr.isatty():
        yield _lines(shown)
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"), rich.BarColumn(), rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[rate]}"), rich.TextColumn("[red]{task.fields[failed]}"),
        rich.TimeElapsedColumn(), rich.TextColumn("left"), rich.TimeRemainingColumn(),
    )  # fmt: skip
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}
        tasks["games"] = bar.add_task("Games", total=None, rate="", failed="")

        def say(step: Any) -> None:
            shown.append(step)
            del shown[:-1]
            if step.what not in tasks:
                tasks[step.what] = bar.add_task(step.what.capitalize(), total=step.total, rate="", failed="")
            failed = f"{step.failed} failed" if step.failed else ""
            rate = f"{step.an_hour:,.0f} an hour" if step.new else ""
            bar.update(tasks[step.what], completed=step.done, total=step.total, rate=rate, failed=failed)

        yield say


def _lines(shown: list[Any]) -> Callable[[Any], None]:
    import time

    said = time.monotonic()

    def say(step: Any) -> None:
        nonlocal said
        shown.append(step)
        del shown[:-1]
        if time.monotonic() - said >= SAY_S:
            said = time.monotonic()
            left = (step.total - step.done) * step.seconds / max(step.done, 1)
            click.echo(
                f"{step.done} of {step.total} {step.what}, {step.an_hour:,.0f} an hour, about {left / 60:.0f} min "
                f"left, {step.failed} failed", err=True,
            )  # fmt: skip

    return say
